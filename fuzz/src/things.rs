//! Keys, values and hashers. Each key and each value with a destructor is counted when
//! it is made and when it is dropped.

use super::bytes::Bytes;
use equivalent::Equivalent;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};

/// How many counted things have not been dropped.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicIsize);

impl Tally {
    pub(crate) fn live(&self) -> isize {
        self.0.load(Ordering::SeqCst)
    }
}

const ALIVE: u32 = 0x5eed_a11e;

/// A counted thing. The box is for the sanitizer, which detects a second drop and a use
/// after the first.
#[derive(Debug)]
pub(crate) struct Ticket {
    tally: Arc<Tally>,
    state: Box<u32>,
}

impl Ticket {
    fn new(tally: &Arc<Tally>) -> Self {
        tally.0.fetch_add(1, Ordering::SeqCst);
        Self {
            tally: Arc::clone(tally),
            state: Box::new(ALIVE),
        }
    }

    fn check(&self) {
        assert_eq!(*self.state, ALIVE, "used after its drop");
    }
}

impl Clone for Ticket {
    fn clone(&self) -> Self {
        self.check();
        Self::new(&self.tally)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.check();
        *self.state = 0;
        self.tally.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A key. It is looked up by its [`Name`].
#[derive(Clone, Debug)]
pub(crate) struct Key(u8, Ticket);

impl Key {
    pub(crate) fn new(number: u8, tally: &Arc<Tally>) -> Self {
        Self(number, Ticket::new(tally))
    }

    pub(crate) fn number(&self) -> u8 {
        self.1.check();
        self.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.number());
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Name(pub(crate) u8);

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.0);
    }
}

impl Equivalent<Key> for Name {
    fn equivalent(&self, key: &Key) -> bool {
        self.0 == key.number()
    }
}

/// Whether two values count as equal. Values with different numbers can be equal.
pub(crate) fn equal(a: u32, b: u32) -> bool {
    a % 3 == b % 3
}

/// A value, which has a number.
pub(crate) trait Value: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Whether it is counted.
    const BOOKED: bool;

    fn new(number: u32, tally: &Arc<Tally>) -> Self;

    fn number(&self) -> u32;
}

/// With a destructor, and small enough to be stored in its entry.
#[derive(Clone, Debug)]
pub(crate) struct Thing(u32, Ticket);

impl Value for Thing {
    const BOOKED: bool = true;

    fn new(number: u32, tally: &Arc<Tally>) -> Self {
        Self(number, Ticket::new(tally))
    }

    fn number(&self) -> u32 {
        self.1.check();
        self.0
    }
}

/// With a destructor, and too large for its entry.
#[derive(Clone, Debug)]
pub(crate) struct Large(Thing, [u32; 32]);

impl Value for Large {
    const BOOKED: bool = true;

    fn new(number: u32, tally: &Arc<Tally>) -> Self {
        Self(Thing::new(number, tally), [number; 32])
    }

    fn number(&self) -> u32 {
        assert!(self.1.iter().all(|part| *part == self.0.0));
        self.0.number()
    }
}

/// Without a destructor: its memory is reused.
#[derive(Clone, Debug)]
pub(crate) struct Plain([u32; 4]);

impl Value for Plain {
    const BOOKED: bool = false;

    fn new(number: u32, _: &Arc<Tally>) -> Self {
        Self([number; 4])
    }

    fn number(&self) -> u32 {
        assert_eq!(self.0, [self.0[0]; 4]);
        self.0[0]
    }
}

/// Without a destructor, and too large for its entry.
#[derive(Clone, Debug)]
pub(crate) struct Boxed([u32; 20]);

impl Value for Boxed {
    const BOOKED: bool = false;

    fn new(number: u32, _: &Arc<Tally>) -> Self {
        Self([number; 20])
    }

    fn number(&self) -> u32 {
        assert_eq!(self.0, [self.0[0]; 20]);
        self.0[0]
    }
}

impl PartialEq for Thing {
    fn eq(&self, other: &Self) -> bool {
        equal(self.number(), other.number())
    }
}

impl PartialEq for Large {
    fn eq(&self, other: &Self) -> bool {
        equal(self.number(), other.number())
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        equal(self.number(), other.number())
    }
}

impl PartialEq for Boxed {
    fn eq(&self, other: &Self) -> bool {
        equal(self.number(), other.number())
    }
}

/// Hashers that make keys collide in one way or another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Hashing {
    /// Well distributed.
    #[default]
    Mixed,
    /// All keys have the same hash.
    Constant,
    /// Keys differ only in the bits that choose a bucket.
    Low,
    /// Keys differ only in the bits that are compared first.
    High,
}

impl Hashing {
    pub(crate) fn chosen(bytes: &Bytes<'_>) -> Self {
        bytes.choose(&[Self::Mixed, Self::Constant, Self::Low, Self::High])
    }
}

impl BuildHasher for Hashing {
    type Hasher = HashOf;

    fn build_hasher(&self) -> HashOf {
        HashOf(*self, 0)
    }
}

pub(crate) struct HashOf(Hashing, u64);

impl Hasher for HashOf {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed here");
    }

    fn write_u8(&mut self, number: u8) {
        let number = u64::from(number);
        self.1 = match self.0 {
            Hashing::Mixed => number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            Hashing::Constant => 7,
            Hashing::Low => number,
            Hashing::High => number << 57,
        };
    }

    fn finish(&self) -> u64 {
        self.1
    }
}

//! The keys and the orders of look-ups, which are the same for all contenders.

use evmap::StableHashEq;
use std::hash::Hash;

/// The traits that the contenders together require of a key.
pub(crate) trait Key:
    Clone + Eq + Ord + Hash + Send + Sync + StableHashEq + 'static
{
    const NAME: &'static str;

    /// Key number `n`. No two numbers give the same key.
    fn nth(n: u64) -> Self;
}

impl Key for u64 {
    const NAME: &'static str = "u64";

    fn nth(n: u64) -> Self {
        scrambled(n)
    }
}

impl Key for String {
    const NAME: &'static str = "String";

    fn nth(n: u64) -> Self {
        format!("key.{:016x}", scrambled(n))
    }
}

/// The first number of the keys that are in no map.
const ABSENT: u64 = 1 << 40;

/// The first number of the keys that are inserted and removed.
pub(crate) const FRESH: u64 = 1 << 41;

/// So many pseudorandom positions that no branch predictor can learn them.
const STEPS: usize = 1 << 14;

/// The keys of maps of one size.
pub(crate) struct Keys<K> {
    /// The entries of the maps, in the order of their insertion.
    pub(crate) entries: Vec<(K, u64)>,
    pub(crate) present: Walk<K>,
    pub(crate) absent: Walk<K>,
}

/// Keys in the order in which they are looked up.
pub(crate) struct Walk<K> {
    /// Shuffled, independently of the order of insertion.
    pub(crate) keys: Vec<K>,
    /// Positions in `keys`. With [`STEPS`] keys or more they are sequential, so that
    /// the walk itself costs next to nothing and only the maps miss the cache. With
    /// fewer keys they are random, each equally often.
    order: Vec<u32>,
}

impl<K: Key> Keys<K> {
    pub(crate) fn new(size: usize) -> Self {
        let mut random = Random(size as u64);
        let mut entries: Vec<_> = numbers(0, size).map(|n| (K::nth(n), n)).collect();
        random.shuffle(&mut entries);
        Self {
            entries,
            present: Walk::new(0, size, &mut random),
            absent: Walk::new(ABSENT, size, &mut random),
        }
    }

    /// The sum of all values.
    pub(crate) fn sum(&self) -> u64 {
        self.entries.iter().map(|(_, value)| value).sum()
    }
}

impl<K: Key> Walk<K> {
    fn new(first: u64, size: usize, random: &mut Random) -> Self {
        let mut numbers: Vec<_> = numbers(first, size).collect();
        random.shuffle(&mut numbers);
        let keys = numbers.into_iter().map(K::nth).collect();
        let mut order: Vec<_> = (0..).take(size).collect();
        if size < STEPS {
            let once = order.clone();
            order.clear();
            while order.len() < STEPS {
                let from = order.len();
                order.extend(&once);
                random.shuffle(&mut order[from..]);
            }
        }
        Self { keys, order }
    }

    /// A walk that begins `part` (from 0 to 1) of the way in.
    pub(crate) fn from(&self, part: f64) -> Steps<'_> {
        let order = &self.order;
        let at = (order.len() as f64 * part) as usize % order.len();
        Steps { order, at }
    }

    /// Part `n` of `of` equal parts of the keys.
    pub(crate) fn part(&self, n: usize, of: usize) -> &[K] {
        let length = self.keys.len() / of;
        &self.keys[n * length..(n + 1) * length]
    }
}

/// A position in a walk, which starts again after its end.
pub(crate) struct Steps<'w> {
    order: &'w [u32],
    at: usize,
}

impl<'w> Steps<'w> {
    /// The next positions, at most `count` and at least one.
    pub(crate) fn next(&mut self, count: usize) -> &'w [u32] {
        let order = self.order;
        let end = order.len().min(self.at + count);
        let steps = &order[self.at..end];
        self.at = end % order.len();
        steps
    }
}

/// A pseudorandom generator, splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        let wide = u128::from(scrambled(self.0)) * bound as u128;
        (wide >> 64) as usize
    }

    fn shuffle<T>(&mut self, slice: &mut [T]) {
        for last in (1..slice.len()).rev() {
            slice.swap(last, self.below(last + 1));
        }
    }
}

fn numbers(first: u64, size: usize) -> impl Iterator<Item = u64> {
    (first..).take(size)
}

/// A bijection: splitmix64's output for one state.
fn scrambled(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

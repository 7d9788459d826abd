//! The map under test, with keys and values that testify.
//!
//! Each holds a loom cell that whoever looks at it reads and its destructor
//! writes. loom panics unless the destructor happens after every look, so a key
//! or a value that is freed too early, or that is handed over without its bytes,
//! is a red model. What is made and what is dropped is counted outside the
//! model, and has to balance when an execution has ended.

use loom::cell::UnsafeCell;
#[cfg(crossbeam_loom)]
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use readmostly::{Compute, EntryState, Operation, Ref, SyncMap};
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

thread_local! {
    /// Keys and values made and not yet dropped in this execution. One counter
    /// serves all threads of a model: loom runs them on one thread of the
    /// system.
    static ALIVE: Cell<isize> = const { Cell::new(0) };
}

/// Panics if something was leaked or dropped twice since the last time.
pub(crate) fn assert_balance() {
    let alive = ALIVE.replace(0);
    assert_eq!(
        alive, 0,
        "keys and values leaked (or, below zero, dropped twice)"
    );
}

/// Something that testifies. loom itself reports an `Arc` that is never dropped.
pub(crate) struct Witness(UnsafeCell<u32>, #[cfg(crossbeam_loom)] Arc<()>);

// SAFETY: loom checks every look at the cell; that is what it is for.
unsafe impl Sync for Witness {}

impl Witness {
    fn new(number: u32) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self(
            UnsafeCell::new(number),
            #[cfg(crossbeam_loom)]
            Arc::new(()),
        )
    }

    pub(crate) fn look(&self) -> u32 {
        // SAFETY: nobody writes it but its destructor, and loom says so.
        self.0.with(|number| unsafe { *number })
    }
}

impl Clone for Witness {
    fn clone(&self) -> Self {
        Self::new(self.look())
    }
}

impl PartialEq for Witness {
    fn eq(&self, other: &Self) -> bool {
        self.look() == other.look()
    }
}

impl Eq for Witness {}

impl Hash for Witness {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look().hash(state);
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
        // SAFETY: nobody looks any more, and loom says so.
        self.0.with_mut(|number| unsafe { *number = u32::MAX });
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(crate) Witness);

#[derive(Clone, PartialEq)]
pub(crate) struct Value(pub(crate) Witness);

pub(crate) fn key(name: char) -> Key {
    Key(Witness::new(u32::from(name)))
}

pub(crate) fn value(number: u32) -> Value {
    Value(Witness::new(number))
}

pub(crate) fn show(seen: Option<&Value>) -> String {
    seen.map_or("-".into(), |value| value.0.look().to_string())
}

/// loom wants the same steps every time, and the order in which the map copies
/// its entries comes from the hasher.
pub(crate) type Fixed = BuildHasherDefault<DefaultHasher>;

/// The map, and two words beside it for what a model wants to send along.
pub(crate) struct World {
    map: SyncMap<Key, Value, Fixed>,
    pub(crate) aside: AtomicUsize,
}

/// Go's operations under their names, each telling what it saw; `-` is nothing.
impl World {
    pub(crate) fn new() -> Self {
        let mut map = SyncMap::with_hasher(Fixed::new());
        // Makes loom's objects, which an execution makes at their first use.
        map.stats();
        map.iter_mut();
        Self {
            map,
            aside: AtomicUsize::new(0),
        }
    }

    pub(crate) fn load(&self, name: char) -> String {
        show(self.map.get(&key(name)).as_deref())
    }

    pub(crate) fn contains(&self, name: char) -> String {
        String::from(if self.map.contains_key(&key(name)) {
            "there"
        } else {
            "-"
        })
    }

    /// Two loads in a row.
    pub(crate) fn load_two(&self, first: char, second: char) -> String {
        let first = self.load(first);
        format!("{first} {}", self.load(second))
    }

    /// Three loads of a key: the first and the last under a pin that is held
    /// meanwhile, the other by itself.
    pub(crate) fn load_around(&self, name: char) -> String {
        let pinned = self.map.pin();
        let first = show(pinned.get(&key(name)));
        let by_itself = self.load(name);
        format!("{first} {by_itself} {}", show(pinned.get(&key(name))))
    }

    /// Two loads under one pin.
    pub(crate) fn load_two_pinned(&self, first: char, second: char) -> String {
        let pinned = self.map.pin();
        let (first, second) = (pinned.get(&key(first)), pinned.get(&key(second)));
        format!("{} {}", show(first), show(second))
    }

    /// A load whose reference is kept while another key is loaded, and read
    /// after that.
    pub(crate) fn load_and_keep(&self, kept: char, then: char) -> String {
        let kept = self.map.get(&key(kept));
        let then = self.load(then);
        format!("{} {then}", show(kept.as_deref()))
    }

    /// Two loads under one pin, between which the word aside is set.
    pub(crate) fn load_announce_load(&self, name: char) -> String {
        let pinned = self.map.pin();
        let first = show(pinned.get(&key(name)));
        self.announce();
        format!("{first} {}", show(pinned.get(&key(name))))
    }

    /// Sets the word aside. As `be_sequential` has it, a read-modify-write stands
    /// for a SeqCst access.
    pub(crate) fn announce(&self) {
        self.aside.fetch_or(1, Ordering::Release);
    }

    pub(crate) fn announced(&self) -> usize {
        self.aside.fetch_or(0, Ordering::Acquire)
    }

    pub(crate) fn swap(&self, name: char, number: u32) -> String {
        show(self.map.insert(key(name), value(number)).as_deref())
    }

    pub(crate) fn load_or_store(&self, name: char, number: u32) -> String {
        match self.map.try_insert(key(name), value(number)) {
            Ok(stored) => format!("stored {}", show(Some(&*stored))),
            Err(refused) => format!("loaded {}", show(Some(&*refused.current))),
        }
    }

    pub(crate) fn load_or_store_with(&self, name: char, number: u32) -> String {
        match self.map.try_insert_with(key(name), || value(number)) {
            Ok(stored) => format!("stored {}", show(Some(&*stored))),
            Err(refused) => format!("loaded {}", show(Some(&*refused.current))),
        }
    }

    pub(crate) fn load_and_delete(&self, name: char) -> String {
        show(self.map.remove(&key(name)).as_deref())
    }

    pub(crate) fn compare_and_swap(&self, name: char, old: u32, new: u32) -> String {
        let swapped = (self.map).compare_exchange(&key(name), &value(old), value(new));
        String::from(if swapped.is_ok() { "swapped" } else { "kept" })
    }

    pub(crate) fn compare_and_delete(&self, name: char, old: u32) -> String {
        let deleted = self.map.compare_remove(&key(name), &value(old));
        String::from(if deleted.is_some() { "deleted" } else { "kept" })
    }

    pub(crate) fn range(&self) -> String {
        let mut seen = Vec::new();
        let _ = self.map.for_each(|key, value| {
            seen.push(pair(key, value));
            ControlFlow::<()>::Continue(())
        });
        braces(seen)
    }

    pub(crate) fn len(&self) -> String {
        format!("len {}", self.map.len())
    }

    pub(crate) fn clear(&self) -> String {
        self.map.clear();
        String::from("cleared")
    }

    pub(crate) fn update(&self, name: char, add: u32) -> String {
        let updated = (self.map).update(&key(name), |old| value(old.0.look() + add));
        show(updated.as_deref())
    }

    /// Takes one away, and the key with the last.
    pub(crate) fn compute_down(&self, name: char) -> String {
        Self::tell(self.map.compute(key(name), |seen| match seen {
            None => Operation::Abort(()),
            Some((_, last)) if last.0.look() == 1 => Operation::Remove,
            Some((_, more)) => Operation::Insert(value(more.0.look() - 1)),
        }))
    }

    /// Adds one, and the key with the first.
    pub(crate) fn compute_up(&self, name: char) -> String {
        Self::tell(self.map.compute(key(name), |seen| {
            let before = seen.map_or(0, |(_, before)| before.0.look());
            Operation::Insert(value(before + 1))
        }))
    }

    fn tell(computed: Compute<Ref<'_, Key, Value>, ()>) -> String {
        match computed {
            Compute::Inserted(_) => String::from("inserted"),
            Compute::Updated { old, new } => format!("{}→{}", show(Some(&*old)), show(Some(&*new))),
            Compute::Removed(old) => format!("removed {}", show(old.as_deref())),
            Compute::Aborted(()) => String::from("aborted"),
        }
    }

    pub(crate) fn compact(&self) -> String {
        format!("purged {}", self.map.compact())
    }
}

/// What a thread does with light pins that are on.
impl World {
    /// Light pins are on from here. What was retired before is freed at the end.
    pub(crate) fn with_light_pins(&self) {
        readmostly::internals::switch_light_pins_on();
    }

    /// What a call saw; after it, what this thread has retired waits for a grace period.
    /// One begins, unless one is under way, and what need not wait any more is freed: so
    /// many functions.
    pub(crate) fn waited_for(&self, saw: String) -> String {
        readmostly::internals::hand_over();
        self.begins(saw)
    }

    /// As [`waited_for`](Self::waited_for), for what other threads have retired.
    pub(crate) fn begins(&self, saw: String) -> String {
        readmostly::internals::begin_or_go_on();
        self.runs(saw)
    }

    /// What a call saw; after it, what need not wait any more is freed.
    pub(crate) fn runs(&self, saw: String) -> String {
        format!("{saw} freed {}", readmostly::internals::run_due())
    }

    /// What a call saw; after it, the thread ends.
    pub(crate) fn ends(&self, saw: String) -> String {
        readmostly::internals::end_of_thread();
        saw
    }

    /// A load whose reference is kept while the key is loaded again, and goes first.
    pub(crate) fn load_twice_first_goes_first(&self, name: char) -> String {
        let first = self.map.get(&key(name));
        let second = self.map.get(&key(name));
        let saw = show(first.as_deref());
        drop(first);
        format!("{saw} {}", show(second.as_deref()))
    }

    /// A load whose reference is kept while the key is loaded again, and goes last.
    pub(crate) fn load_twice_first_goes_last(&self, name: char) -> String {
        let first = self.map.get(&key(name));
        let second = self.load(name);
        format!("{} {second}", show(first.as_deref()))
    }

    /// A load whose reference outlives the thread's record.
    pub(crate) fn load_and_end(&self, name: char) -> String {
        let kept = self.map.get(&key(name));
        readmostly::internals::end_of_thread();
        show(kept.as_deref())
    }
}

#[cfg(crossbeam_loom)]
impl World {
    /// Makes what the crate keeps for this thread, which it makes at its first use.
    pub(crate) fn take_part(&self) {
        self.map.pin();
        readmostly::internals::take_a_record();
    }

    /// As [`waited_for`](Self::waited_for), if no guard is in the way either.
    pub(crate) fn flushed_and_waited_for(&self, saw: String) -> String {
        self.map.flush();
        self.begins(saw)
    }

    /// A removal, and then a look at the key and the value that it gave back.
    pub(crate) fn delete_and_look(&self, name: char) -> String {
        let removed = self.map.remove(&key(name));
        self.announced();
        let seen = removed.iter();
        braces(seen.map(|removed| pair(removed.key(), removed)))
    }

    pub(crate) fn with_pin(&self, act: impl FnOnce()) {
        let _pinned = self.map.pin();
        act();
    }

    /// Two loads under one pin, which is renewed in between.
    pub(crate) fn load_repin_load(&self, name: char) -> String {
        let mut pinned = self.map.pin();
        let first = show(pinned.get(&key(name)));
        pinned.repin();
        format!("{first} {}", show(pinned.get(&key(name))))
    }

    /// What a call saw; after it, what no guard is in the way of is freed.
    pub(crate) fn flushed(&self, saw: String) -> String {
        self.map.flush();
        saw
    }
}

impl World {
    /// What a call saw; after it, whoever comes by may free what it retired.
    pub(crate) fn handed_over(&self, saw: String) -> String {
        readmostly::internals::hand_over();
        saw
    }
}

/// The two maps as they stand, and the count: `read{a:1 b:nil}+ dirty{a:1} 0
/// len 1`, where `+` is amended, and the number the misses.
impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = self.map.inspect();
        let states = |states: Vec<(Key, EntryState<Value>)>| {
            let states = states.iter();
            braces(states.map(|(key, state)| (key.0.look(), state_of(state))))
        };
        write!(f, "read{}", states(inside.read))?;
        if inside.amended {
            write!(f, "+")?;
        }
        if let Some(dirty) = inside.dirty {
            write!(f, " dirty{} {}", states(dirty), inside.misses)?;
        }
        write!(f, " len {}", self.map.len())
    }
}

fn state_of(state: &EntryState<Value>) -> String {
    match state {
        EntryState::Value(value) => value.0.look().to_string(),
        EntryState::Nil => String::from("nil"),
        EntryState::Expunged => String::from("X"),
    }
}

/// A key and its value, for [`braces`].
pub(crate) fn pair(key: &Key, value: &Value) -> (u32, String) {
    (key.0.look(), value.0.look().to_string())
}

/// Pairs in the order of their keys: `{a:1 b:nil}`.
pub(crate) fn braces(pairs: impl IntoIterator<Item = (u32, String)>) -> String {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_unstable();
    let pairs: Vec<_> = (pairs.into_iter())
        .map(|(key, seen)| format!("{}:{seen}", char::from_u32(key).unwrap_or('?')))
        .collect();
    format!("{{{}}}", pairs.join(" "))
}

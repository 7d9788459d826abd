//! The map under test. Its keys and values report a use too early or too late.
//!
//! Each key and each value holds a loom cell. A look at it reads the cell, and its destructor
//! writes the cell. loom panics unless each look happens after the constructor and before the
//! destructor. So a model fails if a key or a value is freed too early, or is published
//! without its bytes. What is made and what is dropped is counted outside the model. When an
//! execution has ended, the two must balance.

use loom::cell::UnsafeCell;
#[cfg(crossbeam_loom)]
use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use readmostly::internals::story::{self, Argument, Argument::Key as Of, Argument::Number};
use readmostly::{Compute, EntryState, Operation, Ref, SyncMap};
use std::array;
use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::ptr;

thread_local! {
    /// Keys and values made and not yet dropped in this execution. One counter serves all
    /// threads of a model: loom runs them on one thread of the operating system.
    static ALIVE: Cell<isize> = const { Cell::new(0) };
}

/// Panics if a key or a value was leaked or dropped twice since the last call.
pub(crate) fn assert_balance() {
    let alive = ALIVE.replace(0);
    assert_eq!(
        alive, 0,
        "keys and values leaked (or, below zero, dropped twice)"
    );
}

/// Forgets those that an execution has left that has gone wrong.
pub(crate) fn forget_balance() {
    ALIVE.set(0);
}

/// An execution begins, whose steps are recorded. The map in `scene` is followed, and not a clone
/// of it.
pub(crate) fn begin_story<S>(scene: &S) {
    let begin = ptr::from_ref(scene) as usize;
    let (key, value) = (|key: &Key| key.0.told, |value: &Value| value.0.told);
    story::begin(key, value, begin..begin + size_of::<S>());
}

/// Records a call and what it saw.
pub(crate) fn told<const N: usize>(
    name: &'static str,
    arguments: [Argument; N],
    call: impl FnOnce() -> String,
) -> String {
    story::call(name, array::from_fn(|place| arguments.get(place).copied()));
    let saw = call();
    story::returned(saw.clone());
    saw
}

/// What a key or a value holds. loom itself reports an `Arc` that is never dropped.
pub(crate) struct Witness {
    seen: UnsafeCell<u32>,
    /// The same number, for the story: to read it is no look.
    told: u32,
    #[cfg(crossbeam_loom)]
    _leaks: Arc<()>,
}

// SAFETY: loom checks every access to the cell.
unsafe impl Sync for Witness {}

impl Witness {
    fn new(number: u32) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self {
            seen: UnsafeCell::new(number),
            told: number,
            #[cfg(crossbeam_loom)]
            _leaks: Arc::new(()),
        }
    }

    pub(crate) fn look(&self) -> u32 {
        // SAFETY: only the destructor writes the cell. loom panics if it does not come after.
        self.seen.with(|number| unsafe { *number })
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
        story::dropped(self);
        // SAFETY: loom panics unless every look came before.
        self.seen.with_mut(|number| unsafe { *number = u32::MAX });
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

/// A hasher without random keys. loom needs the same steps in every execution, and the hashes
/// decide in which order the map copies its entries.
pub(crate) type Fixed = BuildHasherDefault<DefaultHasher>;

/// The map, and a word beside it for the threads of a model.
pub(crate) struct World {
    map: SyncMap<Key, Value, Fixed>,
    pub(crate) aside: AtomicUsize,
}

/// Go's operations, under Go's names. Each returns what it saw; `-` is an absent key.
impl World {
    pub(crate) fn new() -> Self {
        let mut map = SyncMap::with_hasher(Fixed::new());
        // An execution makes loom's objects at their first use. Here, before the race.
        #[cfg(crossbeam_loom)]
        readmostly::internals::make_cookies();
        map.stats();
        map.iter_mut();
        Self {
            map,
            aside: AtomicUsize::new(0),
        }
    }

    pub(crate) fn load(&self, name: char) -> String {
        told("load", [Of(name)], || {
            show(self.map.get(&key(name)).as_deref())
        })
    }

    pub(crate) fn contains(&self, name: char) -> String {
        told("contains", [Of(name)], || {
            String::from(if self.map.contains_key(&key(name)) {
                "there"
            } else {
                "-"
            })
        })
    }

    /// Two loads in a row.
    pub(crate) fn load_two(&self, first: char, second: char) -> String {
        let first = self.load(first);
        format!("{first} {}", self.load(second))
    }

    /// Three loads of a key. The first and the third are under one pin. The second is a
    /// one-shot call while that pin is held.
    pub(crate) fn load_around(&self, name: char) -> String {
        told("load_around", [Of(name)], || {
            let pinned = self.map.pin();
            let first = show(pinned.get(&key(name)));
            let by_itself = self.load(name);
            format!("{first} {by_itself} {}", show(pinned.get(&key(name))))
        })
    }

    /// Two loads under one pin.
    pub(crate) fn load_two_pinned(&self, first: char, second: char) -> String {
        told("load_two_pinned", [Of(first), Of(second)], || {
            let pinned = self.map.pin();
            let (first, second) = (pinned.get(&key(first)), pinned.get(&key(second)));
            format!("{} {}", show(first), show(second))
        })
    }

    /// Loads `kept` and then `then`. Reads the first reference after the second load.
    pub(crate) fn load_and_keep(&self, kept: char, then: char) -> String {
        told("load_and_keep", [Of(kept), Of(then)], || {
            let kept = self.map.get(&key(kept));
            let then = self.load(then);
            format!("{} {then}", show(kept.as_deref()))
        })
    }

    /// Two loads under one pin. Sets the word beside the map between them.
    pub(crate) fn load_announce_load(&self, name: char) -> String {
        told("load_announce_load", [Of(name)], || {
            let pinned = self.map.pin();
            let first = show(pinned.get(&key(name)));
            self.announce();
            format!("{first} {}", show(pinned.get(&key(name))))
        })
    }

    /// Sets the word beside the map. A read-modify-write stands for a SeqCst access, as under
    /// `be_sequential`.
    pub(crate) fn announce(&self) {
        story::call("announce", [None; 3]);
        self.aside.fetch_or(1, Ordering::Release);
        story::returned(String::new());
    }

    pub(crate) fn announced(&self) -> usize {
        story::call("announced", [None; 3]);
        let announced = self.aside.fetch_or(0, Ordering::Acquire);
        story::returned(announced.to_string());
        announced
    }

    pub(crate) fn swap(&self, name: char, number: u32) -> String {
        told("store", [Of(name), Number(number)], || {
            show(self.map.insert(key(name), value(number)).as_deref())
        })
    }

    pub(crate) fn load_or_store(&self, name: char, number: u32) -> String {
        told("load_or_store", [Of(name), Number(number)], || {
            match self.map.try_insert(key(name), value(number)) {
                Ok(stored) => format!("stored {}", show(Some(&*stored))),
                Err(refused) => format!("loaded {}", show(Some(&*refused.current))),
            }
        })
    }

    pub(crate) fn load_or_store_with(&self, name: char, number: u32) -> String {
        told(
            "load_or_store_with",
            [Of(name), Number(number)],
            || match self.map.try_insert_with(key(name), || value(number)) {
                Ok(stored) => format!("stored {}", show(Some(&*stored))),
                Err(refused) => format!("loaded {}", show(Some(&*refused.current))),
            },
        )
    }

    /// LoadOrStore of a value that one thread makes. Says whether this call made it.
    pub(crate) fn make_once(&self, name: char, number: u32) -> String {
        told("make_once", [Of(name), Number(number)], || {
            let mut made = false;
            let present = self.map.get_or_insert_once(key(name), || {
                made = true;
                value(number)
            });
            let what = if made { "made" } else { "found" };
            format!("{what} {}", show(Some(&*present)))
        })
    }

    /// As [`make_once`](Self::make_once), but the value cannot be made.
    pub(crate) fn fail_once(&self, name: char) -> String {
        told("fail_once", [Of(name)], || {
            match self.map.get_or_try_insert_once(key(name), || Err(())) {
                Ok(present) => format!("found {}", show(Some(&*present))),
                Err(()) => String::from("failed"),
            }
        })
    }

    pub(crate) fn load_and_delete(&self, name: char) -> String {
        told("delete", [Of(name)], || {
            show(self.map.remove(&key(name)).as_deref())
        })
    }

    pub(crate) fn compare_and_swap(&self, name: char, old: u32, new: u32) -> String {
        told(
            "compare_and_swap",
            [Of(name), Number(old), Number(new)],
            || {
                let swapped = (self.map).compare_exchange(&key(name), &value(old), value(new));
                String::from(if swapped.is_ok() { "swapped" } else { "kept" })
            },
        )
    }

    pub(crate) fn compare_and_delete(&self, name: char, old: u32) -> String {
        told("compare_and_delete", [Of(name), Number(old)], || {
            let deleted = self.map.compare_remove(&key(name), &value(old));
            String::from(if deleted.is_some() { "deleted" } else { "kept" })
        })
    }

    pub(crate) fn range(&self) -> String {
        told("range", [], || {
            let mut seen = Vec::new();
            let _ = self.map.for_each(|key, value| {
                seen.push(pair(key, value));
                ControlFlow::<()>::Continue(())
            });
            braces(seen)
        })
    }

    pub(crate) fn len(&self) -> String {
        told("len", [], || format!("len {}", self.map.len()))
    }

    pub(crate) fn clear(&self) -> String {
        told("clear", [], || {
            self.map.clear();
            String::from("cleared")
        })
    }

    pub(crate) fn update(&self, name: char, add: u32) -> String {
        told("update", [Of(name), Number(add)], || {
            let updated = (self.map).update(&key(name), |old| value(old.0.look() + add));
            show(updated.as_deref())
        })
    }

    /// Subtracts one from the value. Removes the key if the value is 1.
    pub(crate) fn compute_down(&self, name: char) -> String {
        told("compute_down", [Of(name)], || {
            Self::tell(self.map.compute(key(name), |seen| match seen {
                None => Operation::Abort(()),
                Some((_, last)) if last.0.look() == 1 => Operation::Remove,
                Some((_, more)) => Operation::Insert(value(more.0.look() - 1)),
            }))
        })
    }

    /// Adds one to the value. Inserts an absent key with 1.
    pub(crate) fn compute_up(&self, name: char) -> String {
        told("compute_up", [Of(name)], || {
            Self::tell(self.map.compute(key(name), |seen| {
                let before = seen.map_or(0, |(_, before)| before.0.look());
                Operation::Insert(value(before + 1))
            }))
        })
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
        told("compact", [], || format!("purged {}", self.map.compact()))
    }
}

/// What only models with light pins call.
impl World {
    /// Switches light pins on. Over the epoch of `cargo loom`, what was retired before is freed
    /// at the end of the execution.
    pub(crate) fn with_light_pins(&self) {
        readmostly::internals::switch_light_pins_on();
    }

    /// Returns what a call saw, and how many functions were run after it. What this thread has
    /// retired waits for a grace period from here on. A grace period begins, unless one is under
    /// way. Then everything runs that waits for no grace period any more.
    pub(crate) fn waited_for(&self, saw: String) -> String {
        readmostly::internals::hand_over();
        self.begins(saw)
    }

    /// [`waited_for`](Self::waited_for), but what this thread has retired is not handed over.
    pub(crate) fn begins(&self, saw: String) -> String {
        readmostly::internals::begin_or_go_on();
        self.runs(saw)
    }

    /// [`begins`](Self::begins), but no grace period begins, and none is found to be over.
    pub(crate) fn runs(&self, saw: String) -> String {
        format!("{saw} freed {}", readmostly::internals::run_due())
    }

    /// Returns what a call saw. After it, this thread gives its record back, as at its end.
    pub(crate) fn ends(&self, saw: String) -> String {
        readmostly::internals::end_of_thread();
        saw
    }

    /// Loads a key twice, and holds both references. Drops the first one before it reads the
    /// second one.
    pub(crate) fn load_twice_first_goes_first(&self, name: char) -> String {
        told("load_twice_first_goes_first", [Of(name)], || {
            let first = self.map.get(&key(name));
            let second = self.map.get(&key(name));
            let saw = show(first.as_deref());
            drop(first);
            format!("{saw} {}", show(second.as_deref()))
        })
    }

    /// Loads a key twice, and holds both references. Drops the second one before it reads the
    /// first one.
    pub(crate) fn load_twice_first_goes_last(&self, name: char) -> String {
        told("load_twice_first_goes_last", [Of(name)], || {
            let first = self.map.get(&key(name));
            let second = self.load(name);
            format!("{} {second}", show(first.as_deref()))
        })
    }

    /// A load whose reference is read after this thread has given its record back.
    pub(crate) fn load_and_end(&self, name: char) -> String {
        told("load_and_end", [Of(name)], || {
            let kept = self.map.get(&key(name));
            readmostly::internals::end_of_thread();
            show(kept.as_deref())
        })
    }
}

#[cfg(crossbeam_loom)]
impl World {
    /// Makes what the crate keeps for this thread. It is made at its first use: here.
    pub(crate) fn take_part(&self) {
        self.map.pin();
        readmostly::internals::take_a_record();
    }

    /// As [`waited_for`](Self::waited_for). What this thread has retired waits for a grace
    /// period only once it has come due from the epoch: when no guard is in the way.
    pub(crate) fn flushed_and_waited_for(&self, saw: String) -> String {
        self.map.flush();
        self.begins(saw)
    }

    /// A removal, and then a look at the key and the value that it returned.
    pub(crate) fn delete_and_look(&self, name: char) -> String {
        told("delete_and_look", [Of(name)], || {
            let removed = self.map.remove(&key(name));
            self.announced();
            let seen = removed.iter();
            braces(seen.map(|removed| pair(removed.key(), removed)))
        })
    }

    /// Takes the first item of an iterator. Looks at the item when the iterator is gone.
    pub(crate) fn first_item(&self) -> String {
        told("first_item", [], || {
            let first = self.map.iter().next();
            self.announced();
            let seen = first.iter();
            braces(seen.map(|item| pair(item.key(), item)))
        })
    }

    /// A removal whose value the caller owns, if no guard is in the way. Its destructor runs
    /// at once then.
    pub(crate) fn remove_and_own(&self, name: char) -> String {
        told("remove_owned", [Of(name)], || {
            let Some(removed) = self.map.remove_owned(&key(name)) else {
                return String::from("-");
            };
            match removed.try_into_inner() {
                Ok(value) => format!("{} owned", show(Some(&value))),
                Err(removed) => format!("{} lent", show(Some(&removed))),
            }
        })
    }

    /// Takes all pairs. The caller owns them, if no guard is in the way.
    pub(crate) fn take_all_and_own(&self) -> String {
        told("take_all", [], || {
            match self.map.take_all().try_into_inner() {
                Ok(pairs) => {
                    let pairs: Vec<_> = pairs.collect();
                    let seen = pairs.iter().map(|(key, value)| pair(key, value));
                    format!("{} owned", braces(seen))
                }
                Err(_) => String::from("lent"),
            }
        })
    }

    pub(crate) fn with_pin(&self, act: impl FnOnce()) {
        let _pinned = self.map.pin();
        act();
    }

    /// Two loads under one pin, which is renewed between them.
    pub(crate) fn load_repin_load(&self, name: char) -> String {
        told("load_repin_load", [Of(name)], || {
            let mut pinned = self.map.pin();
            let first = show(pinned.get(&key(name)));
            pinned.repin();
            format!("{first} {}", show(pinned.get(&key(name))))
        })
    }

    /// Two loads of a key under a pin that is renewed between them. `before` is called before
    /// the renewal.
    pub(crate) fn load_around_a_renewal(&self, name: char, before: fn()) -> String {
        told("load_around_a_renewal", [Of(name)], || {
            let mut pinned = self.map.pin();
            let first = show(pinned.get(&key(name)));
            before();
            pinned.repin();
            format!("{first} {}", show(pinned.get(&key(name))))
        })
    }

    /// Returns what a call saw. After it, what this thread has retired is freed, if no guard is
    /// in the way.
    pub(crate) fn flushed(&self, saw: String) -> String {
        self.map.flush();
        saw
    }
}

impl World {
    /// Returns what a call saw. After it, any thread may free what this thread has retired.
    pub(crate) fn handed_over(&self, saw: String) -> String {
        readmostly::internals::hand_over();
        saw
    }
}

/// Both maps and the count: `read{a:1 b:X}+ dirty{a:1 c:2} 0 len 2`. `+` is amended, `X` is
/// expunged, and the number behind `dirty` is the misses.
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

//! What the threads of an execution do, step by step, and how the map stands after each step.
//! A model that fails prints it as a schedule.
//!
//! It is recorded outside the model, in a plain thread-local: loom runs all threads of a model
//! on one thread of the system. So it adds no edge and no branch, and loom explores the same
//! executions.
//!
//! The state of the map is the sum of the steps. Nothing looks into the map: a step may come
//! in the middle of a change of a table.

use crate::sync::Ordering;
use std::any::type_name;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

/// One step of one actor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// The actor, from 0.
    pub actor: usize,
    /// What it did.
    pub event: Event,
    /// Where in the source. `None`: at a call or its return, or in a destructor.
    pub at: Option<&'static Location<'static>>,
    /// The map after the step, if the step changed it.
    pub map: Option<Arc<Map>>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A call begins.
    Call(String),
    /// A call returns.
    Return(String),
    /// A load.
    Load {
        /// Of what.
        on: On,
        /// What it read.
        seen: Shown,
        /// Whether that is the newest value.
        newest: bool,
        /// Its memory ordering.
        order: Ordering,
    },
    /// A store, or a read-modify-write that always succeeds.
    Write {
        /// To what.
        on: On,
        /// What was there.
        from: Shown,
        /// What is there now.
        to: Shown,
        /// Its memory ordering.
        order: Ordering,
        /// Its name: `swap`, `store`, `fetch_or`.
        by: &'static str,
    },
    /// A compare-and-swap.
    Cas {
        /// Of what.
        on: On,
        /// What was expected.
        from: Shown,
        /// What was to be put in.
        to: Shown,
        /// What was there, if that was something else.
        failed: Option<Shown>,
        /// Its memory ordering.
        order: Ordering,
    },
    /// A heavy fence.
    HeavyFence,
    /// Waits for a lock that another actor has.
    Waits(Lock),
    /// Has taken a lock.
    Locks(Lock),
    /// Gives a lock back.
    Unlocks(Lock),
    /// Has looked for a key in a table.
    Looked {
        /// The snapshot whose table it is. `None`: the dirty map.
        snapshot: Option<usize>,
        /// Whether the key is there.
        found: bool,
    },
    /// Changed the dirty map or the number of misses.
    Dirty(Change),
    /// Hands something over, to be freed later.
    Retires(Shown),
    /// A destructor runs.
    Frees(Shown),
}

/// What became of the dirty map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was built from the snapshot.
    Built,
    /// An entry was added.
    Added,
    /// An entry was taken out.
    Removed,
    /// A miss was counted.
    Missed,
    /// It was taken, to be published.
    Taken,
    /// It was emptied.
    Cleared,
}

/// What an atomic access is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum On {
    /// The word `p` of an entry, by its number in [`Story::words`].
    Word(usize),
    /// `read`: the `ArcSwap`.
    Read,
    /// The address of the current snapshot, which is a hint.
    Hint,
    /// The state of a snapshot, by its number.
    State(usize),
    /// Anything else. The source says what.
    Other,
}

/// A value of an atomic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shown {
    /// A deleted entry.
    Nil,
    /// A deleted entry that the dirty map lacks.
    Expunged,
    /// A value of the map. `u32::MAX`: it has been freed.
    Value(u32),
    /// A snapshot, by its number from 1. 0: none.
    Snapshot(usize),
    /// The flags of a snapshot.
    Flags {
        /// The dirty map may have keys that the snapshot lacks.
        amended: bool,
        /// Another snapshot is, or is about to be, the current one.
        superseded: bool,
    },
    /// A number.
    Number(usize),
    /// An address of something else.
    Pointer(usize),
}

/// A lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lock {
    /// By the order of their first use in this execution.
    pub number: usize,
    /// Whether it is the mutex of a `SyncMap`, by where it is taken.
    pub is_of_the_map: bool,
}

/// The map after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Map {
    /// The number of the current snapshot.
    pub snapshot: Option<usize>,
    /// Whether it is amended.
    pub amended: bool,
    /// Whether it is superseded.
    pub superseded: bool,
    /// Its entries, and what their words hold.
    pub read: Vec<(usize, Shown)>,
    /// Those of the dirty map.
    pub dirty: Option<Vec<(usize, Shown)>>,
    /// The misses since the dirty map was built.
    pub misses: usize,
    /// Who has the mutex.
    pub mutex: Option<usize>,
    /// What is retired, and not freed yet.
    pub retired: Vec<Shown>,
}

/// A recorded execution.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Story {
    /// The map before the race.
    pub start: Arc<Map>,
    /// The steps of the actors.
    pub steps: Vec<Step>,
    /// The entries: the key, and how many entries with this key there were before. Numbers of
    /// [`On::Word`] begin with 0.
    pub words: Vec<(String, usize)>,
}

/// How a value is shown: its type's name, and a function that reads an address of that type.
type Shows = (&'static str, fn(*const ()) -> u32);

#[derive(Default)]
struct Recorder {
    story: Story,
    now: Map,
    /// What changed since the last step that carries the map.
    last: Arc<Map>,
    keys: Option<Shows>,
    values: Option<Shows>,
    /// Numbers of words, by address.
    words: HashMap<usize, usize>,
    /// What the words hold.
    held: Vec<Shown>,
    /// Addresses of values, while they are in the map or are retired.
    shown: HashMap<usize, u32>,
    /// The snapshots: address, size, flags, entries.
    snapshots: Vec<Snapshot>,
    /// The flags and the entries of the snapshot that is published next.
    next: (usize, Vec<usize>),
    in_dirty: Option<Vec<usize>>,
    /// The addresses of the `ArcSwap` and of what the mutex guards, in the first map that is
    /// used. Of a second map nothing is told but its atomics.
    read_at: Option<usize>,
    locked_at: Option<usize>,
    /// Locks, by address, and who has them.
    locks: Vec<(usize, Option<usize>)>,
}

struct Snapshot {
    addresses: std::ops::Range<usize>,
    flags: usize,
    entries: Vec<usize>,
}

thread_local! {
    static RECORDER: RefCell<Recorder> = RefCell::default();
}

/// Not while the recorder is in use: a destructor of the system may come in between.
fn with<R>(f: impl FnOnce(&mut Recorder) -> R) -> Option<R> {
    RECORDER
        .try_with(|recorder| recorder.try_borrow_mut().ok().map(|mut it| f(&mut it)))
        .ok()?
}

/// An execution begins. `key` and `value` read the number of a key and a value of the model.
pub fn begin<K, V>(key: fn(&K) -> u32, value: fn(&V) -> u32) {
    // SAFETY: a reference and a pointer are passed in the same way, and `shows` calls it with
    // the address of a `K` that is alive.
    let key = unsafe { std::mem::transmute::<fn(&K) -> u32, fn(*const ()) -> u32>(key) };
    // SAFETY: as above, of a `V`.
    let value = unsafe { std::mem::transmute::<fn(&V) -> u32, fn(*const ()) -> u32>(value) };
    with(|it| {
        *it = Recorder {
            keys: Some((type_name::<K>(), key)),
            values: Some((type_name::<V>(), value)),
            ..Recorder::default()
        };
    });
}

/// The race begins: what is there now is the start.
pub fn race() {
    with(|it| {
        it.last = Arc::new(it.map());
        it.story.start = Arc::clone(&it.last);
    });
}

/// What `act` does is done by this actor.
pub fn by<R>(actor: usize, act: impl FnOnce() -> R) -> R {
    ACTOR.with(|mine| mine.set(Some(actor)));
    let done = act();
    ACTOR.with(|mine| mine.set(None));
    done
}

loom::thread_local! {
    /// The actor of this thread of the model.
    static ACTOR: std::cell::Cell<Option<usize>> = std::cell::Cell::new(None);
}

/// A call begins.
pub fn call(what: String) {
    told(Event::Call(what), None);
}

/// A call returns.
pub fn returned(saw: String) {
    told(Event::Return(saw), None);
}

/// A value is dropped.
pub fn dropped<V>(value: &V) {
    let address = std::ptr::from_ref(value) as usize;
    // A value holds `V` and nothing else.
    let gone = with(|it| it.shown.remove(&address)).flatten();
    if let Some(number) = gone {
        told(Event::Frees(Shown::Value(number)), None);
    }
}

/// What has been recorded since [`begin`].
pub fn story() -> Story {
    with(|it| it.story.clone()).unwrap_or_default()
}

/// As [`story()`], and forgets it.
pub fn take() -> Story {
    with(|it| std::mem::take(it).story).unwrap_or_default()
}

/// Whether anything has been recorded since [`begin`].
pub fn is_any() -> bool {
    with(|it| !it.story.steps.is_empty()).unwrap_or(false)
}

/// How many steps there are, how many of them read an old value, and how often another actor
/// went on.
pub fn measure() -> (usize, usize, usize) {
    with(|it| {
        let steps = &it.story.steps;
        let is_old = |step: &&Step| matches!(step.event, Event::Load { newest: false, .. });
        let changes = steps.windows(2).filter(|two| two[0].actor != two[1].actor);
        (
            steps.len(),
            steps.iter().filter(is_old).count(),
            changes.count(),
        )
    })
    .unwrap_or_default()
}

/// The actor of this thread of the model. Not in a destructor of the model's own.
fn me() -> Option<usize> {
    ACTOR.try_with(std::cell::Cell::get).ok().flatten()
}

fn told(event: Event, at: Option<&'static Location<'static>>) {
    let actor = me();
    with(|it| it.tell(actor, event, at));
}

impl Recorder {
    fn tell(&mut self, actor: Option<usize>, event: Event, at: Option<&'static Location<'static>>) {
        match &event {
            Event::Retires(what) => self.now.retired.push(*what),
            Event::Frees(what) => {
                if let Some(place) = self.now.retired.iter().position(|it| it == what) {
                    self.now.retired.remove(place);
                }
            }
            _ => {}
        }
        let Some(actor) = actor else { return };
        let map = self.map();
        let changed = map != *self.last;
        if changed {
            self.last = Arc::new(map);
        }
        let map = changed.then(|| Arc::clone(&self.last));
        self.story.steps.push(Step {
            actor,
            event,
            at,
            map,
        });
    }

    /// The map as it is now.
    fn map(&self) -> Map {
        let entries = |words: &[usize]| words.iter().map(|&word| (word, self.held[word])).collect();
        let snapshot = self.now.snapshot;
        let current = snapshot.map(|number| &self.snapshots[number - 1]);
        Map {
            snapshot,
            amended: current.is_some_and(|it| it.flags & AMENDED != 0),
            superseded: current.is_some_and(|it| it.flags & SUPERSEDED != 0),
            read: current.map_or_else(Vec::new, |it| entries(&it.entries)),
            dirty: self.in_dirty.as_deref().map(entries),
            misses: self.now.misses,
            mutex: self.now.mutex,
            retired: self.now.retired.clone(),
        }
    }

    /// The number of the word of an entry with this key.
    fn word(&mut self, address: usize, key: String, held: Shown) -> usize {
        if let Some(&number) = self.words.get(&address) {
            if self.story.words[number].0 == key {
                self.held[number] = held;
                return number;
            }
        }
        let before = self
            .story
            .words
            .iter()
            .filter(|(other, _)| *other == key)
            .count();
        self.story.words.push((key, before));
        self.held.push(held);
        self.words.insert(address, self.held.len() - 1);
        self.held.len() - 1
    }

    fn snapshot_at(&self, address: usize) -> Option<usize> {
        let is_in = |it: &Snapshot| it.addresses.contains(&address);
        self.snapshots
            .iter()
            .rposition(is_in)
            .map(|place| place + 1)
    }

    fn lock(&mut self, address: usize) -> usize {
        let place = self.locks.iter().position(|(other, _)| *other == address);
        place.unwrap_or_else(|| {
            self.locks.push((address, None));
            self.locks.len() - 1
        })
    }

    /// What the pointer of an atomic at this address shows.
    fn shown<T>(&mut self, p: *mut T, is_new: bool) -> Shown {
        let address = p as usize;
        if is_snapshot::<T>() {
            return Shown::Snapshot(self.snapshot_at(address).unwrap_or(0));
        }
        let Some(show) = self.values.filter(|(name, _)| *name == type_name::<T>()) else {
            return Shown::Pointer(address);
        };
        match address {
            0 => Shown::Nil,
            1 => Shown::Expunged,
            _ => {
                if is_new {
                    self.shown.insert(address, show.1(p.cast_const().cast()));
                }
                Shown::Value(self.shown.get(&address).copied().unwrap_or(u32::MAX))
            }
        }
    }

    /// What the atomic pointer at this address is.
    fn on<T>(&mut self, atomic: usize, as_number: bool) -> On {
        match () {
            () if is_snapshot::<T>() && as_number => On::Hint,
            () if is_snapshot::<T>() => {
                let is_ours = *self.read_at.get_or_insert(atomic) == atomic;
                if is_ours { On::Read } else { On::Other }
            }
            () => self
                .words
                .get(&atomic)
                .map_or(On::Other, |&word| On::Word(word)),
        }
    }

    fn state_of(&self, atomic: usize) -> On {
        self.snapshot_at(atomic).map_or(On::Other, On::State)
    }

    fn wrote(&mut self, on: On, to: Shown) {
        match (on, to) {
            (On::Word(word), _) => self.held[word] = to,
            (On::Read, Shown::Snapshot(number)) => {
                self.now.snapshot = (number > 0).then_some(number);
            }
            _ => {}
        }
    }
}

/// The flags of `read_only.rs`.
const SUPERSEDED: usize = crate::reclaim::SUPERSEDED;
const AMENDED: usize = SUPERSEDED << 1;

fn is_snapshot<T>() -> bool {
    type_name::<T>().contains("::ReadOnly<")
}

/// An atomic pointer: where it is, and whether it is like a number.
pub(super) struct Pointer {
    pub(super) address: usize,
    pub(super) as_number: bool,
}

impl Pointer {
    #[track_caller]
    pub(super) fn loaded<T>(&self, seen: *mut T, newest: *mut T, order: Ordering) {
        let at = Location::caller();
        let (actor, newest) = (me(), seen == newest);
        with(|it| {
            let on = it.on::<T>(self.address, self.as_number);
            let seen = it.shown(seen, false);
            it.tell(
                actor,
                Event::Load {
                    on,
                    seen,
                    newest,
                    order,
                },
                Some(at),
            );
        });
    }

    #[track_caller]
    pub(super) fn swapped<T>(&self, from: *mut T, to: *mut T, order: Ordering) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let on = it.on::<T>(self.address, self.as_number);
            let from = it.shown(from, false);
            if is_snapshot::<T>() && !self.as_number && !to.is_null() {
                let (flags, entries) = std::mem::take(&mut it.next);
                let addresses = to as usize..to as usize + size_of::<T>();
                it.snapshots.push(Snapshot {
                    addresses,
                    flags,
                    entries,
                });
            }
            let to = it.shown(to, true);
            it.wrote(on, to);
            let by = "swap";
            it.tell(
                actor,
                Event::Write {
                    on,
                    from,
                    to,
                    order,
                    by,
                },
                Some(at),
            );
        });
    }

    #[track_caller]
    pub(super) fn exchanged<T>(
        &self,
        (from, to): (*mut T, *mut T),
        failed: Option<*mut T>,
        order: Ordering,
    ) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let on = it.on::<T>(self.address, self.as_number);
            let from = it.shown(from, false);
            let to = match it.values.filter(|(name, _)| *name == type_name::<T>()) {
                // It goes back to its owner: its address must not be remembered.
                Some(show) if failed.is_some() && to as usize > 1 => {
                    Shown::Value(show.1(to.cast_const().cast()))
                }
                _ => it.shown(to, true),
            };
            let failed = failed.map(|seen| it.shown(seen, false));
            if failed.is_none() {
                it.wrote(on, to);
            }
            it.tell(
                actor,
                Event::Cas {
                    on,
                    from,
                    to,
                    failed,
                    order,
                },
                Some(at),
            );
        });
    }
}

/// An atomic number at this address.
pub(super) struct Number(pub(super) usize);

impl Number {
    /// The number in an entry is its hash, of which nothing is told.
    fn is_told(at: &Location<'_>) -> bool {
        !at.file().contains("src/entry/")
    }

    #[track_caller]
    pub(super) fn loaded(&self, seen: usize, newest: usize, order: Ordering) {
        let at = Location::caller();
        if !Self::is_told(at) {
            return;
        }
        let (actor, newest) = (me(), seen == newest);
        with(|it| {
            let on = it.state_of(self.0);
            let seen = flags(on, seen);
            it.tell(
                actor,
                Event::Load {
                    on,
                    seen,
                    newest,
                    order,
                },
                Some(at),
            );
        });
    }

    #[track_caller]
    pub(super) fn wrote(&self, by: &'static str, from: usize, to: usize, order: Ordering) {
        let at = Location::caller();
        if !Self::is_told(at) {
            return;
        }
        let actor = me();
        with(|it| {
            let on = it.state_of(self.0);
            if let On::State(number) = on {
                it.snapshots[number - 1].flags = to;
            }
            let (from, to) = (flags(on, from), flags(on, to));
            it.tell(
                actor,
                Event::Write {
                    on,
                    from,
                    to,
                    order,
                    by,
                },
                Some(at),
            );
        });
    }

    #[track_caller]
    pub(super) fn exchanged(
        &self,
        (from, to): (usize, usize),
        failed: Option<usize>,
        order: Ordering,
    ) {
        let at = Location::caller();
        if !Self::is_told(at) {
            return;
        }
        let actor = me();
        with(|it| {
            let on = it.state_of(self.0);
            let (from, to) = (flags(on, from), flags(on, to));
            let failed = failed.map(|seen| flags(on, seen));
            it.tell(
                actor,
                Event::Cas {
                    on,
                    from,
                    to,
                    failed,
                    order,
                },
                Some(at),
            );
        });
    }
}

fn flags(on: On, state: usize) -> Shown {
    match on {
        On::State(_) => Shown::Flags {
            amended: state & AMENDED != 0,
            superseded: state & SUPERSEDED != 0,
        },
        _ => Shown::Number(state),
    }
}

/// A lock at this address, of a `T`.
pub(super) struct LockAt {
    address: usize,
    is_of_the_map: bool,
}

impl LockAt {
    pub(super) fn of<T>(address: usize) -> Self {
        let is_of_the_map = type_name::<T>().contains("::Locked<");
        Self {
            address,
            is_of_the_map,
        }
    }

    fn tell(
        &self,
        at: Option<&'static Location<'static>>,
        event: impl FnOnce(&mut Option<usize>, Lock) -> Option<Event>,
    ) {
        let actor = me();
        with(|it| {
            let number = it.lock(self.address);
            let is_of_the_map = self.is_of_the_map;
            let holder = &mut it.locks[number].1;
            let event = event(
                holder,
                Lock {
                    number,
                    is_of_the_map,
                },
            );
            if is_of_the_map {
                it.now.mutex = it.locks[number].1;
            }
            if let Some(event) = event {
                it.tell(actor, event, at);
            }
        });
    }

    #[track_caller]
    pub(super) fn wants(&self) {
        self.tell(Some(Location::caller()), |holder, lock| {
            holder.is_some().then_some(Event::Waits(lock))
        });
    }

    #[track_caller]
    pub(super) fn has(&self) {
        let actor = me();
        self.tell(Some(Location::caller()), |holder, lock| {
            *holder = actor;
            Some(Event::Locks(lock))
        });
    }

    pub(super) fn gives_back(&self) {
        self.tell(None, |holder, lock| {
            *holder = None;
            Some(Event::Unlocks(lock))
        });
    }
}

/// A heavy fence was executed.
#[track_caller]
pub(super) fn heavy_fence() {
    told(Event::HeavyFence, Some(Location::caller()));
}

/// A key was looked for in this table.
#[track_caller]
pub(crate) fn looked<T>(table: &T, found: bool) {
    let at = Location::caller();
    let actor = me();
    with(|it| {
        let snapshot = it.snapshot_at(std::ptr::from_ref(table) as usize);
        it.tell(actor, Event::Looked { snapshot, found }, Some(at));
    });
}

/// The word of an entry, and its key.
pub(crate) type Line<'t, K, V> = (&'t K, &'t crate::sync::AtomicPtr<V>);

impl Recorder {
    fn lines<'t, K: 't, V: 't>(
        &mut self,
        lines: impl Iterator<Item = Line<'t, K, V>>,
    ) -> Option<Vec<usize>> {
        let (name, show) = self.keys?;
        if name != type_name::<K>() {
            return None;
        }
        let words = lines.map(|(key, word)| {
            let key = show(std::ptr::from_ref(key).cast());
            let key = char::from_u32(key).unwrap_or('?').to_string();
            let held = self.shown(word.newest_told(), true);
            self.word(std::ptr::from_ref(word) as usize, key, held)
        });
        let mut words: Vec<_> = words.collect();
        words.sort_by(|&a, &b| self.story.words[a].cmp(&self.story.words[b]));
        Some(words)
    }
}

/// A snapshot is made, in this state. It is about to be published.
pub(crate) fn snapshot<'t, K: 't, V: 't, I>(state: usize, entries: impl FnOnce() -> I)
where
    I: Iterator<Item = Line<'t, K, V>>,
{
    with(|it| {
        let entries = it.lines(entries()).unwrap_or_default();
        it.next = (state, entries);
    });
}

/// The dirty map has changed, or the number of misses.
#[track_caller]
pub(crate) fn dirty<'t, K: 't, V: 't, I, T>(
    locked: &T,
    change: Change,
    misses: usize,
    entries: impl FnOnce() -> Option<I>,
) where
    I: Iterator<Item = Line<'t, K, V>>,
{
    let at = Location::caller();
    let actor = me();
    let address = std::ptr::from_ref(locked) as usize;
    with(|it| {
        if *it.locked_at.get_or_insert(address) != address {
            return;
        }
        it.in_dirty = entries().and_then(|entries| it.lines(entries));
        it.now.misses = misses;
        it.tell(actor, Event::Dirty(change), Some(at));
    });
}

/// A value, or a snapshot, is retired.
#[track_caller]
pub(crate) fn retires<T>(address: *const T) {
    let at = Location::caller();
    let actor = me();
    with(|it| {
        let shown = it.shown(address.cast_mut(), false);
        it.tell(actor, Event::Retires(shown), Some(at));
    });
}

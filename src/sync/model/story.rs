//! What the threads of an execution do, step by step, and how the map stands after each step.
//! A model that fails prints it as a schedule.
//!
//! It is recorded outside the model, in a plain thread-local: loom runs all threads of a model
//! on one thread of the system. So it adds no edge and no branch, and loom explores the same
//! executions.
//!
//! The state of the map is the sum of the steps. A step does not look into the map: it may come in
//! the middle of a change of a table. A table is listed only by the calls of [`snapshot`] and
//! [`dirty`], which the map makes where a table may be looked into (rule M2 of `docs/memory.md`).

use crate::sync::Ordering;
use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::ops::Range;
use std::panic::Location;
use std::ptr;

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
    pub map: Option<Map>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A call begins, with these arguments.
    Call(&'static str, Arguments),
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

/// The arguments of a call.
pub type Arguments = [Option<Argument>; 3];

/// One argument of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A key.
    Key(char),
    /// The number of a value.
    Number(u32),
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
    /// Whether it is the mutex of the `SyncMap` that is followed.
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
    pub start: Map,
    /// The steps of the actors.
    pub steps: Vec<Step>,
    /// The entries: the key, and how many entries with this key there were before. Numbers of
    /// [`On::Word`] begin with 0.
    pub words: Vec<(char, usize)>,
}

/// How a value is shown: its type's name, and a function that reads an address of that type.
type Shows = (&'static str, fn(*const ()) -> u32);

/// What happened, as it is recorded. What became of the map is worked out only if the story is
/// told.
#[derive(Clone)]
struct Happened {
    /// `None`: before the race, or after it.
    actor: Option<usize>,
    event: Event,
    at: Option<&'static Location<'static>>,
    dirty: Option<Box<Dirty>>,
}

/// The dirty map from here on.
#[derive(Clone)]
struct Dirty {
    /// The entries, by their words, and what these hold.
    entries: Option<Vec<(usize, Shown)>>,
    misses: usize,
}

#[derive(Default)]
struct Recorder {
    happened: Vec<Happened>,
    /// How much of that came before the race.
    before: usize,
    keys: Option<Shows>,
    values: Option<Shows>,
    /// The words: their addresses, or 0 if they are gone, as [`Story::words`].
    words: Vec<(usize, char, usize)>,
    /// The values that are in the map or are retired: their addresses and their numbers.
    shown: Vec<(usize, u32)>,
    snapshots: Vec<Snapshot>,
    /// The bits of a snapshot's state: superseded, amended.
    bits: [usize; 2],
    /// The snapshots that are about to be published, and by whom: a second map may have one too.
    next: Vec<Next>,
    /// The map that is followed is here. Of another map nothing is told but its atomics, locks and
    /// snapshots.
    followed: Range<usize>,
    /// The addresses of its `ArcSwap`, of the hint, of the mutex and of what that guards.
    read_at: Option<usize>,
    hint_at: Option<usize>,
    mutex_at: Option<usize>,
    locked_at: Option<Range<usize>>,
    /// Locks, by address, and how often they were taken or given back.
    locks: Vec<(usize, usize)>,
}

/// A snapshot that this actor is about to publish: its state, and its entries.
type Next = (Option<usize>, usize, Vec<(usize, Shown)>);

/// A snapshot, as it was published.
struct Snapshot {
    addresses: Range<usize>,
    flags: usize,
    entries: Vec<(usize, Shown)>,
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

/// An execution begins. `key` and `value` read the number of a key and a value of the model. Of
/// the maps, the first one is followed that is used and is stored at one of these `addresses`.
pub fn begin<K, V>(key: fn(&K) -> u32, value: fn(&V) -> u32, addresses: Range<usize>) {
    // SAFETY: a reference and a pointer are passed in the same way. `lines` calls it with a
    // reference to a `K` (M2). It compares the names of the types before: a model has one
    // type of this name.
    let key = unsafe { std::mem::transmute::<fn(&K) -> u32, fn(*const ()) -> u32>(key) };
    // SAFETY: as above, of a `V`. `shown` calls it with a value that the caller is about to put
    // in or gets back, or that is still in a word (M3). No thread of the model runs in between.
    let value = unsafe { std::mem::transmute::<fn(&V) -> u32, fn(*const ()) -> u32>(value) };
    with(|it| {
        it.forget();
        it.followed = addresses;
        STACKS.set([(0, false); ACTORS]);
        it.keys = Some((type_name::<K>(), key));
        it.values = Some((type_name::<V>(), value));
    });
}

/// The race begins: what is there now is the start.
pub fn race() {
    with(|it| it.before = it.happened.len());
}

thread_local! {
    /// For each actor that acts or has acted: an address in its stack, above all that it calls,
    /// and whether it acts now.
    static STACKS: Cell<[(usize, bool); ACTORS]> = const { Cell::new([(0, false); ACTORS]) };
}

/// More than any model has.
const ACTORS: usize = 4;

/// What `act` does is done by this actor.
pub fn by<R>(actor: usize, act: impl FnOnce() -> R) -> R {
    let here = 0_u8;
    let here = ptr::from_ref(black_box(&here)) as usize;
    let acts = |acts| {
        let mut stacks = STACKS.get();
        stacks[actor] = (here, acts);
        STACKS.set(stacks);
    };
    acts(true);
    let done = act();
    acts(false);
    done
}

/// The actor of this thread of the model.
///
/// loom gives each thread of a model a stack of its own, and a stack grows downwards. So the
/// actor is the one whose address in [`STACKS`] comes next above an address in this function. The
/// address of an actor that has acted stays there: what its thread does at its end is not done by
/// the actor whose stack lies above.
///
/// loom's own thread-local would be slower: it took a tenth of the time of a model.
#[inline(never)]
fn me() -> Option<usize> {
    let here = 0_u8;
    let here = ptr::from_ref(black_box(&here)) as usize;
    let stacks = STACKS.get();
    let above = stacks
        .iter()
        .enumerate()
        .filter(|(_, (address, _))| *address > here);
    let (actor, (_, acts)) = above.min_by_key(|(_, (address, _))| *address)?;
    acts.then_some(actor)
}

/// A call begins.
pub fn call(name: &'static str, arguments: Arguments) {
    told(Event::Call(name, arguments), None);
}

/// A call returns.
pub fn returned(saw: String) {
    told(Event::Return(saw), None);
}

/// A value is dropped.
pub fn dropped<V>(value: &V) {
    let address = ptr::from_ref(value) as usize;
    // A value holds `V` and nothing else.
    let gone = with(|it| {
        let place = it.shown.iter().position(|(other, _)| *other == address)?;
        Some(it.shown.swap_remove(place).1)
    });
    if let Some(number) = gone.flatten() {
        told(Event::Frees(Shown::Value(number)), None);
    }
}

/// What has been recorded since [`begin`].
pub fn story() -> Story {
    with(|it| it.story()).unwrap_or_default()
}

/// As [`story()`], and forgets it.
pub fn take() -> Story {
    with(|it| {
        let story = it.story();
        it.forget();
        story
    })
    .unwrap_or_default()
}

/// Whether any actor has done anything since [`begin`].
pub fn is_any() -> bool {
    with(|it| it.of_actors().next().is_some()).unwrap_or(false)
}

/// How many steps there are, how many of them read an old value, and how often another actor
/// went on.
pub fn measure() -> (usize, usize, usize) {
    with(|it| {
        let is_old = |it: &&Happened| matches!(it.event, Event::Load { newest: false, .. });
        let old = it.of_actors().filter(is_old).count();
        let mut last = None;
        let changes = it
            .of_actors()
            .filter(|it| last.replace(it.actor) != Some(it.actor));
        (it.of_actors().count(), old, changes.count())
    })
    .unwrap_or_default()
}

fn told(event: Event, at: Option<&'static Location<'static>>) {
    let actor = me();
    with(|it| it.tell(actor, event, at));
}

impl Recorder {
    fn tell(&mut self, actor: Option<usize>, event: Event, at: Option<&'static Location<'static>>) {
        let dirty = None;
        self.happened.push(Happened {
            actor,
            event,
            at,
            dirty,
        });
    }

    /// Keeps the room for the next execution.
    fn forget(&mut self) {
        self.happened.clear();
        self.before = 0;
        self.words.clear();
        self.shown.clear();
        self.snapshots.clear();
        self.next.clear();
        self.read_at = None;
        self.hint_at = None;
        self.mutex_at = None;
        self.locked_at = None;
        self.locks.clear();
    }

    fn of_actors(&self) -> impl Iterator<Item = &Happened> {
        let race = &self.happened[self.before.min(self.happened.len())..];
        race.iter().filter(|it| it.actor.is_some())
    }

    /// The number of the word at this address, of an entry with this key.
    fn word(&mut self, address: usize, key: char) -> usize {
        let is_it = |it: &(usize, char, usize)| it.0 == address && it.1 == key;
        if let Some(number) = self.words.iter().rposition(is_it) {
            return number;
        }
        let before = self.words.iter().filter(|it| it.1 == key).count();
        self.words.push((address, key, before));
        self.words.len() - 1
    }

    /// The atomic at this address is gone. Another one may have its address from here on.
    fn is_gone(&mut self, address: usize) {
        for word in &mut self.words {
            if word.0 == address {
                word.0 = 0;
            }
        }
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
            self.locks.push((address, 0));
            self.locks.len() - 1
        })
    }

    /// What the pointer of an atomic shows.
    fn shown<T>(&mut self, p: *mut T, kind: Kind, is_new: bool) -> Shown {
        let address = p as usize;
        if kind.is_snapshot {
            return Shown::Snapshot(self.snapshot_at(address).unwrap_or(0));
        }
        let Some(show) = self.values.filter(|(name, _)| *name == type_name::<T>()) else {
            return Shown::Pointer(address);
        };
        match address {
            0 => Shown::Nil,
            1 => Shown::Expunged,
            _ if is_new => {
                let number = show.1(p.cast_const().cast());
                self.shown.retain(|(other, _)| *other != address);
                self.shown.push((address, number));
                Shown::Value(number)
            }
            _ => {
                let known = self.shown.iter().find(|(other, _)| *other == address);
                Shown::Value(known.map_or(u32::MAX, |(_, number)| *number))
            }
        }
    }

    /// What the atomic pointer at this address is.
    fn on(&mut self, atomic: usize, kind: Kind) -> On {
        if !kind.is_snapshot {
            let found = self.words.iter().rposition(|it| it.0 == atomic);
            return found.map_or(On::Other, On::Word);
        }
        let (first, on) = match kind.is_number {
            true => (&mut self.hint_at, On::Hint),
            false => (&mut self.read_at, On::Read),
        };
        match self.followed.contains(&atomic) && *first.get_or_insert(atomic) == atomic {
            true => on,
            false => On::Other,
        }
    }

    fn state_of(&self, atomic: usize) -> On {
        self.snapshot_at(atomic).map_or(On::Other, On::State)
    }

    /// What became of the map, step by step.
    fn story(&self) -> Story {
        let words = self.words.iter().map(|&(_, key, before)| (key, before));
        let mut told = Story {
            words: words.collect(),
            ..Story::default()
        };
        let mut now = Now::of(self);
        let (before, race) = self.happened.split_at(self.before.min(self.happened.len()));
        before.iter().for_each(|it| now.goes_on(it));
        told.start = now.map();
        let mut last = told.start.clone();
        for it in race {
            now.goes_on(it);
            let Some(actor) = it.actor else { continue };
            let map = now.map();
            let changed = map != last;
            if changed {
                last = map;
            }
            told.steps.push(Step {
                actor,
                event: it.event.clone(),
                at: it.at,
                map: changed.then(|| last.clone()),
            });
        }
        told
    }
}

/// The map between two steps.
struct Now<'r> {
    recorder: &'r Recorder,
    /// What each word holds. `None`: no step has shown it yet.
    held: Vec<Option<Shown>>,
    flags: Vec<Shown>,
    map: Map,
    dirty: Option<Vec<usize>>,
}

impl<'r> Now<'r> {
    fn of(recorder: &'r Recorder) -> Self {
        let flags = recorder.snapshots.iter().map(|it| recorder.flags(it.flags));
        Self {
            recorder,
            held: vec![None; recorder.words.len()],
            flags: flags.collect(),
            map: Map::default(),
            dirty: None,
        }
    }

    fn put(&mut self, on: On, to: Shown) {
        match (on, to) {
            (On::Word(word), _) => self.held[word] = Some(to),
            (On::State(number), _) => self.flags[number - 1] = to,
            (On::Read, Shown::Snapshot(number)) => {
                self.map.snapshot = (number > 0).then_some(number);
                if let Some(number) = self.map.snapshot {
                    // Between the making of a snapshot and its publication, another thread
                    // may have stored to an entry: what the steps say is newer.
                    for &(word, held) in &self.recorder.snapshots[number - 1].entries {
                        self.held[word].get_or_insert(held);
                    }
                }
            }
            _ => {}
        }
    }

    fn goes_on(&mut self, it: &Happened) {
        match &it.event {
            Event::Write { on, to, .. } => self.put(*on, *to),
            Event::Cas {
                on,
                to,
                failed: None,
                ..
            } => self.put(*on, *to),
            Event::Locks(lock) if lock.is_of_the_map => self.map.mutex = it.actor,
            Event::Unlocks(lock) if lock.is_of_the_map => self.map.mutex = None,
            Event::Retires(what) => self.map.retired.push(*what),
            Event::Frees(what) => {
                if let Some(place) = self.map.retired.iter().position(|it| it == what) {
                    self.map.retired.remove(place);
                }
            }
            _ => {}
        }
        if let Some(dirty) = &it.dirty {
            self.map.misses = dirty.misses;
            let entries = dirty.entries.as_deref();
            for &(word, held) in entries.into_iter().flatten() {
                self.held[word] = Some(held);
            }
            self.dirty = entries.map(|it| it.iter().map(|(word, _)| *word).collect());
        }
    }

    fn map(&self) -> Map {
        let words = &self.recorder.words;
        let entries = |entries: &mut dyn Iterator<Item = usize>| {
            let mut entries: Vec<_> = entries
                .map(|word| (word, self.held[word].unwrap_or(Shown::Nil)))
                .collect();
            entries.sort_by_key(|&(word, _)| (words[word].1, words[word].2));
            entries
        };
        let current = self.map.snapshot.map(|number| number - 1);
        let is = |flag: fn(&Shown) -> bool| current.is_some_and(|it| flag(&self.flags[it]));
        let read = current.map(|it| self.recorder.snapshots[it].entries.iter());
        Map {
            amended: is(|it| matches!(it, Shown::Flags { amended: true, .. })),
            superseded: is(|it| {
                matches!(
                    it,
                    Shown::Flags {
                        superseded: true,
                        ..
                    }
                )
            }),
            read: entries(&mut read.into_iter().flatten().map(|(word, _)| *word)),
            dirty: (self.dirty.as_ref()).map(|it| entries(&mut it.iter().copied())),
            ..self.map.clone()
        }
    }
}

/// Of what kind an atomic pointer is.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// It points to a snapshot.
    is_snapshot: bool,
    /// It takes turns as a number does.
    pub(super) is_number: bool,
}

impl Kind {
    pub(super) fn of<T>() -> Self {
        Self {
            is_snapshot: type_name::<T>().starts_with("readmostly::read_only::ReadOnly<"),
            is_number: false,
        }
    }
}

/// An atomic pointer.
pub(super) struct Pointer {
    pub(super) address: usize,
    pub(super) kind: Kind,
}

impl Pointer {
    #[track_caller]
    pub(super) fn loaded<T>(&self, seen: *mut T, newest: *mut T, order: Ordering) {
        let at = Location::caller();
        let (actor, newest) = (me(), seen == newest);
        with(|it| {
            let on = it.on(self.address, self.kind);
            let seen = it.shown(seen, self.kind, false);
            let event = Event::Load {
                on,
                seen,
                newest,
                order,
            };
            it.tell(actor, event, Some(at));
        });
    }

    #[track_caller]
    pub(super) fn swapped<T>(&self, from: *mut T, to: *mut T, order: Ordering) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let on = it.on(self.address, self.kind);
            let from = it.shown(from, self.kind, false);
            if self.kind.is_snapshot && !self.kind.is_number && !to.is_null() {
                let place = it.next.iter().position(|(by, ..)| *by == actor);
                let next = place.map(|place| it.next.swap_remove(place));
                let (_, flags, entries) = next.unwrap_or_default();
                let addresses = to as usize..to as usize + size_of::<T>();
                it.snapshots.push(Snapshot {
                    addresses,
                    flags,
                    entries,
                });
            }
            let to = it.shown(to, self.kind, true);
            let event = Event::Write {
                on,
                from,
                to,
                order,
                by: "swap",
            };
            it.tell(actor, event, Some(at));
        });
    }

    /// A plain store, of what is no snapshot.
    #[track_caller]
    pub(super) fn stored<T>(&self, from: *mut T, to: *mut T, order: Ordering) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let on = it.on(self.address, self.kind);
            let from = it.shown(from, self.kind, false);
            let to = it.shown(to, self.kind, true);
            let event = Event::Write {
                on,
                from,
                to,
                order,
                by: "store",
            };
            it.tell(actor, event, Some(at));
        });
    }

    /// It is dropped.
    pub(super) fn is_gone(&self) {
        with(|it| it.is_gone(self.address));
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
            let on = it.on(self.address, self.kind);
            let from = it.shown(from, self.kind, false);
            let to = match it.values.filter(|(name, _)| *name == type_name::<T>()) {
                // It goes back to its owner: its address must not be remembered.
                Some(show) if failed.is_some() && to as usize > 1 => {
                    Shown::Value(show.1(to.cast_const().cast()))
                }
                _ => it.shown(to, self.kind, true),
            };
            let failed = failed.map(|seen| it.shown(seen, self.kind, false));
            let event = Event::Cas {
                on,
                from,
                to,
                failed,
                order,
            };
            it.tell(actor, event, Some(at));
        });
    }
}

/// An atomic number at this address.
pub(super) struct Number(pub(super) usize);

/// Whether anything is told of a number that is made there. The number in an entry is its
/// hash.
pub(super) fn is_told(made_at: &Location<'_>) -> bool {
    !made_at.file().starts_with("src/entry/")
}

impl Number {
    #[track_caller]
    pub(super) fn loaded(&self, seen: usize, newest: usize, order: Ordering) {
        let at = Location::caller();
        let (actor, newest) = (me(), seen == newest);
        with(|it| {
            let on = it.state_of(self.0);
            let seen = it.number(on, seen);
            let event = Event::Load {
                on,
                seen,
                newest,
                order,
            };
            it.tell(actor, event, Some(at));
        });
    }

    #[track_caller]
    pub(super) fn wrote(&self, by: &'static str, from: usize, to: usize, order: Ordering) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let on = it.state_of(self.0);
            let (from, to) = (it.number(on, from), it.number(on, to));
            let event = Event::Write {
                on,
                from,
                to,
                order,
                by,
            };
            it.tell(actor, event, Some(at));
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
        let actor = me();
        with(|it| {
            let on = it.state_of(self.0);
            let (from, to) = (it.number(on, from), it.number(on, to));
            let failed = failed.map(|seen| it.number(on, seen));
            let event = Event::Cas {
                on,
                from,
                to,
                failed,
                order,
            };
            it.tell(actor, event, Some(at));
        });
    }
}

impl Recorder {
    fn flags(&self, state: usize) -> Shown {
        let [superseded, amended] = self.bits.map(|bit| state & bit != 0);
        Shown::Flags {
            amended,
            superseded,
        }
    }

    fn number(&self, on: On, number: usize) -> Shown {
        match on {
            On::State(_) => self.flags(number),
            _ => Shown::Number(number),
        }
    }
}

/// A lock at this address, of a `T`, that a thread takes.
pub(super) struct LockAt {
    address: usize,
    is_of_a_map: bool,
    /// How often it had been taken or given back when this thread came.
    changes_before: usize,
}

impl LockAt {
    pub(super) fn of<T>(address: usize) -> Self {
        Self {
            address,
            is_of_a_map: type_name::<T>().starts_with("readmostly::locked::Locked<"),
            changes_before: 0,
        }
    }

    fn lock(&self, it: &mut Recorder) -> Lock {
        let number = it.lock(self.address);
        let is_of_the_map = self.is_of_a_map
            && it.followed.contains(&self.address)
            && *it.mutex_at.get_or_insert(self.address) == self.address;
        Lock {
            number,
            is_of_the_map,
        }
    }

    /// The thread comes to the lock. Whether it waits is known when it has the lock.
    #[track_caller]
    pub(super) fn wants(&mut self) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let lock = self.lock(it);
            self.changes_before = it.locks[lock.number].1;
            it.tell(actor, Event::Waits(lock), Some(at));
        });
    }

    /// The thread has the lock. It has waited if another thread took the lock, or gave it back, in
    /// the meantime.
    #[track_caller]
    pub(super) fn has(&self) {
        let at = Location::caller();
        let actor = me();
        with(|it| {
            let lock = self.lock(it);
            let changes = &mut it.locks[lock.number].1;
            let has_waited = *changes != self.changes_before;
            *changes += 1;
            if !has_waited {
                let came = |it: &Happened| it.actor == actor && it.event == Event::Waits(lock);
                if let Some(place) = it.happened.iter().rposition(came) {
                    it.happened.remove(place);
                    it.before -= usize::from(place < it.before);
                }
            }
            it.tell(actor, Event::Locks(lock), Some(at));
        });
    }

    pub(super) fn gives_back(&self) {
        let actor = me();
        with(|it| {
            let lock = self.lock(it);
            it.locks[lock.number].1 += 1;
            it.tell(actor, Event::Unlocks(lock), None);
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
        let address = ptr::from_ref(table) as usize;
        let snapshot = it.snapshot_at(address);
        let is_dirty = (it.locked_at.as_ref()).is_some_and(|at| at.contains(&address));
        // The dirty map of a second map is not followed.
        if snapshot.is_some() || is_dirty {
            it.tell(actor, Event::Looked { snapshot, found }, Some(at));
        }
    });
}

/// The word of an entry, and its key.
pub(crate) type Line<'t, K, V> = (&'t K, &'t crate::sync::AtomicPtr<V>);

impl Recorder {
    /// The entries of a table, by their words, and what these hold.
    fn lines<'t, K: 't, V: 't>(
        &mut self,
        lines: impl Iterator<Item = Line<'t, K, V>>,
    ) -> Option<Vec<(usize, Shown)>> {
        let (name, show) = self.keys?;
        if name != type_name::<K>() {
            return None;
        }
        let lines = lines.map(|(key, word)| {
            let key = show(ptr::from_ref(key).cast());
            let key = char::from_u32(key).unwrap_or('?');
            let address = ptr::from_ref(word) as usize;
            // What a known word holds has been shown when it was put in.
            let is_new = !self.words.iter().any(|it| (it.0, it.1) == (address, key));
            let held = self.shown(word.newest_told(), word.kind(), is_new);
            (self.word(address, key), held)
        });
        Some(lines.collect())
    }
}

/// A snapshot is made, in this state. It is about to be published. `bits`: superseded, amended.
/// The mutex is held: its table was the dirty map until now (M2).
pub(crate) fn snapshot<'t, K: 't, V: 't, I>(
    bits: [usize; 2],
    state: usize,
    entries: impl FnOnce() -> I,
) where
    I: Iterator<Item = Line<'t, K, V>>,
{
    let actor = me();
    with(|it| {
        it.bits = bits;
        let entries = it.lines(entries()).unwrap_or_default();
        it.next.retain(|(by, ..)| *by != actor);
        it.next.push((actor, state, entries));
    });
}

/// The dirty map has changed, or the number of misses. The mutex is held, or the map is borrowed
/// exclusively: so the dirty map may be looked into (M2).
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
    let address = ptr::from_ref(locked) as usize;
    with(|it| {
        let here = address..address + size_of::<T>();
        if !it.followed.contains(&address) || *it.locked_at.get_or_insert(here.clone()) != here {
            return;
        }
        let entries = entries().and_then(|entries| it.lines(entries));
        it.happened.push(Happened {
            actor,
            event: Event::Dirty(change),
            at: Some(at),
            dirty: Some(Box::new(Dirty { entries, misses })),
        });
    });
}

/// A value, or a snapshot, is retired.
#[track_caller]
pub(crate) fn retires<T>(address: *const T) {
    let at = Location::caller();
    let actor = me();
    with(|it| {
        let shown = it.shown(address.cast_mut(), Kind::of::<T>(), false);
        it.tell(actor, Event::Retires(shown), Some(at));
    });
}

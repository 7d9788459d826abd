//! The models, for `--cfg loom`: the same names as in `real.rs`, by contract.
//!
//! - The atomics are loom's.
//! - The locks are loom's.
//! - `ArcSwapOption` is one loom pointer: an acquiring load, an acquire-release
//!   swap; SeqCst in the models across keys. arc-swap promises more than the former.
//!   The memory of what it ever published is kept outside the model, so that no edge
//!   appears that arc-swap does not promise. References to it are given up as with
//!   arc-swap: what the last of them leaves behind must not be used any more, and a
//!   number says so if it is ([`AtomicUsize`]).
//! - The epoch is one of two. `model/kept.rs` keeps all garbage until the execution
//!   has ended, and its `pin` has no fence: less than crossbeam-epoch promises, for
//!   the models of the algorithm. `model/collected.rs` is crossbeam-epoch itself over
//!   loom's atomics (`--cfg crossbeam_loom`), for the models of reclamation.
//! - Light pins are off, unless a model switches them on (`model/light.rs`). The
//!   heavy fence is there, too: every thread takes part in it at its next access.
//!
//! The constructors are `const` as the real ones are; loom's objects belong to
//! an execution and cannot be, so each is made at its first use.

#[cfg(crossbeam_loom)]
mod collected;
mod due;
#[cfg(not(crossbeam_loom))]
mod kept;
mod light;

#[cfg(crossbeam_loom)]
use collected as epoch;
#[cfg(not(crossbeam_loom))]
use kept as epoch;

pub use due::DueQueue;
pub use epoch::hand_over;
pub(crate) use epoch::{Guard, fence, flush, pin};
#[cfg(not(crossbeam_loom))]
pub use kept::free_garbage;
#[cfg(crossbeam_loom)]
pub use light::take_a_record;
pub use light::{begin_or_go_on, end_light_pins, end_of_thread, run_due, switch_light_pins_on};
pub(crate) use light::{enter, enter_again};
pub(crate) use loom::sync::atomic::AtomicIsize;

use std::cell::{Cell, UnsafeCell};
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::{Arc, OnceLock, PoisonError, Weak};

use super::Ordering;

/// Makes loom explore the accesses to one atomic in every order.
///
/// loom remembers, for each atomic, one last load and one last write, and asks
/// of these alone whether another order should be tried. Of *load ∥ load, then
/// CAS*, which is the loop of every operation on an entry, it so misses most
/// orders (tokio-rs/loom#166 and #392). A read-modify-write before each access
/// makes any two of them depend on each other. It is relaxed, on a word of its
/// own whose value never matters: it orders nothing and makes nothing visible.
struct Turn(loom::sync::atomic::AtomicUsize);

thread_local! {
    static TURNS: Cell<bool> = const { Cell::new(false) };

    static NUMBERS_TOO: Cell<bool> = const { Cell::new(false) };
    static SEQUENTIAL: Cell<bool> = const { Cell::new(false) };
}

/// Whether a SeqCst load reads the newest value, in the models that this thread
/// runs from now on.
///
/// loom takes SeqCst for acquire-release, and so lets such a load read an older
/// one. Where every write of a word is SeqCst, as of the words of the entries, none
/// does: they are in one order with such loads, and loom runs them in one. The newest is
/// what a read-modify-write reads; one without Release makes nothing visible.
pub fn be_sequential(yes: bool) {
    SEQUENTIAL.set(yes);
}

/// The place of a word in the one order of all SeqCst accesses. It has none any
/// more once something weaker has written it: loads then read what loom lets them.
struct Place {
    /// Outside the model: it adds no edge.
    lost: std::sync::atomic::AtomicBool,
}

impl Place {
    fn new() -> Self {
        Self {
            lost: std::sync::atomic::AtomicBool::new(false),
        }
    }

    fn written(&self, order: Ordering) {
        // ORDERING: no access by itself, but what the writer has asked for.
        if order != Ordering::SeqCst {
            // ORDERING: Relaxed: loom runs all threads of a model on one.
            self.lost.store(true, Ordering::Relaxed);
        }
    }

    fn reads_the_newest(&self, order: Ordering) -> bool {
        // ORDERING: Relaxed, as in `written`.
        order == Ordering::SeqCst && SEQUENTIAL.get() && !self.lost.load(Ordering::Relaxed)
    }
}

/// Whether the models that this thread runs from now on take turns.
pub fn take_turns(yes: bool) {
    TURNS.set(yes);
}

/// Whether they, if they take turns, do so at numbers too. Whoever changes one does
/// so by a single read-modify-write; but who has loaded it before, as who publishes
/// the first snapshot has, hides the other's load by that.
pub fn take_turns_at_numbers_too(yes: bool) {
    NUMBERS_TOO.set(yes);
}

impl Turn {
    fn new() -> Self {
        Self(loom::sync::atomic::AtomicUsize::new(0))
    }

    fn take(&self) {
        if TURNS.get() {
            // ORDERING: Relaxed, so that it adds no edge to the model.
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// loom's, with a [`Turn`].
pub(crate) struct AtomicPtr<T> {
    turn: Turn,
    /// Whether it takes turns only where numbers do.
    as_numbers: bool,
    place: Place,
    word: loom::sync::atomic::AtomicPtr<T>,
}

impl<T> AtomicPtr<T> {
    pub(crate) fn new(p: *mut T) -> Self {
        Self {
            turn: Turn::new(),
            as_numbers: false,
            place: Place::new(),
            word: loom::sync::atomic::AtomicPtr::new(p),
        }
    }

    /// Before each access.
    fn begin(&self) {
        if !self.as_numbers || NUMBERS_TOO.get() {
            self.turn.take();
        }
        light::take_part();
    }

    pub(crate) fn load(&self, order: Ordering) -> *mut T {
        self.begin();
        if self.place.reads_the_newest(order) {
            let null = ptr::null_mut();
            // ORDERING: Acquire, and no Release: it is a load.
            let acquire = Ordering::Acquire;
            let read = self.word.compare_exchange(null, null, acquire, acquire);
            return read.unwrap_or_else(|newest| newest);
        }
        light::taking_part(|| self.word.load(order))
    }

    pub(crate) fn swap(&self, new: *mut T, order: Ordering) -> *mut T {
        self.begin();
        self.place.written(order);
        self.word.swap(new, order)
    }

    pub(crate) fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.begin();
        let outcome = (self.word).compare_exchange(current, new, success, failure);
        if outcome.is_ok() {
            self.place.written(success);
        }
        outcome
    }
}

/// loom's. Panics if it is used after its end, as long as its memory is there: a snapshot
/// that nobody has a reference to must not be asked for its state.
///
/// Without a [`Turn`], unless [`take_turns_at_numbers_too`] says so: they would
/// make the models several times as large. Whoever changes one does so by a single
/// read-modify-write, so loom misses few of its orders: those in which the same thread
/// has loaded it before.
pub(crate) struct AtomicUsize {
    turn: Turn,
    place: Place,
    word: loom::sync::atomic::AtomicUsize,
    /// Outside the model: it adds no edge.
    dropped: std::sync::atomic::AtomicBool,
}

impl Drop for AtomicUsize {
    fn drop(&mut self) {
        // ORDERING: Relaxed: loom runs all threads of a model on one.
        self.dropped.store(true, Ordering::Relaxed);
    }
}

impl AtomicUsize {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            turn: Turn::new(),
            place: Place::new(),
            word: loom::sync::atomic::AtomicUsize::new(number),
            dropped: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// Before each access.
    fn begin(&self) {
        // ORDERING: Relaxed, as in `drop`.
        assert!(!self.dropped.load(Ordering::Relaxed), "used after its end");
        if NUMBERS_TOO.get() {
            self.turn.take();
        }
        light::take_part();
    }

    pub(crate) fn load(&self, order: Ordering) -> usize {
        self.begin();
        if self.place.reads_the_newest(order) {
            // ORDERING: Acquire, and no Release: it is a load.
            return self.word.fetch_or(0, Ordering::Acquire);
        }
        light::taking_part(|| self.word.load(order))
    }

    /// The newest value: for a load that can't miss a store so far. A read-modify-write
    /// reads that, and one that fails stores nothing. loom does not order two stores of
    /// which neither thread knows of the other, so what is asked for its newest value has
    /// one thread at a time that stores.
    pub(crate) fn newest(&self, order: Ordering) -> usize {
        self.begin();
        let other = usize::MAX;
        let read = self.word.compare_exchange(other, other, order, order);
        read.unwrap_or_else(|newest| newest)
    }

    pub(crate) fn store(&self, number: usize, order: Ordering) {
        self.begin();
        self.place.written(order);
        self.word.store(number, order);
    }

    pub(crate) fn compare_exchange(
        &self,
        current: usize,
        new: usize,
        success: Ordering,
        failure: Ordering,
    ) -> Result<usize, usize> {
        self.begin();
        let outcome = (self.word).compare_exchange(current, new, success, failure);
        if outcome.is_ok() {
            self.place.written(success);
        }
        outcome
    }

    pub(crate) fn fetch_add(&self, number: usize, order: Ordering) -> usize {
        self.begin();
        self.place.written(order);
        self.word.fetch_add(number, order)
    }

    pub(crate) fn fetch_or(&self, bits: usize, order: Ordering) -> usize {
        self.begin();
        self.place.written(order);
        self.word.fetch_or(bits, order)
    }
}

/// An atomic null, made at its first use. As for a number, whoever changes it does so by a
/// single read-modify-write, and it takes turns where numbers do.
pub(crate) struct ConstAtomicPtr<T>(OnceLock<AtomicPtr<T>>);

impl<T> ConstAtomicPtr<T> {
    pub(crate) const fn null() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Deref for ConstAtomicPtr<T> {
    type Target = AtomicPtr<T>;

    fn deref(&self) -> &AtomicPtr<T> {
        self.0.get_or_init(|| AtomicPtr {
            as_numbers: true,
            ..AtomicPtr::new(ptr::null_mut())
        })
    }
}

/// parking_lot's mutex: a gate of loom's, and what it guards.
pub(crate) struct Mutex<T> {
    gate: OnceLock<loom::sync::Mutex<()>>,
    data: UnsafeCell<T>,
}

// SAFETY: the gate lets one thread in at a time.
unsafe impl<T: Send> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self {
            gate: OnceLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let gate = self.gate.get_or_init(|| loom::sync::Mutex::new(()));
        MutexGuard {
            // parking_lot does not poison.
            _gate: gate.lock().unwrap_or_else(PoisonError::into_inner),
            data: &self.data,
        }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }
}

/// The mutex, held.
pub(crate) struct MutexGuard<'a, T> {
    _gate: loom::sync::MutexGuard<'a, ()>,
    data: &'a UnsafeCell<T>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the gate is ours.
        unsafe { &*self.data.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the gate is ours.
        unsafe { &mut *self.data.get() }
    }
}

/// parking_lot's lock for many readers or one writer: a gate of loom's, and what
/// it guards.
pub(crate) struct RwLock<T> {
    gate: OnceLock<loom::sync::RwLock<()>>,
    data: UnsafeCell<T>,
}

// SAFETY: the gate lets one thread in at a time, or several who only look.
unsafe impl<T: Send> Send for RwLock<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    pub(crate) const fn new(data: T) -> Self {
        Self {
            gate: OnceLock::new(),
            data: UnsafeCell::new(data),
        }
    }

    fn gate(&self) -> &loom::sync::RwLock<()> {
        self.gate.get_or_init(|| loom::sync::RwLock::new(()))
    }

    pub(crate) fn read(&self) -> impl Deref<Target = T> {
        Held {
            // parking_lot does not poison.
            _gate: self.gate().read().unwrap_or_else(PoisonError::into_inner),
            data: &self.data,
        }
    }

    pub(crate) fn write(&self) -> impl DerefMut<Target = T> {
        HeldAlone(Held {
            _gate: self.gate().write().unwrap_or_else(PoisonError::into_inner),
            data: &self.data,
        })
    }

    pub(crate) fn try_write(&self) -> Option<impl DerefMut<Target = T>> {
        let gate = self.gate().try_write().ok()?;
        Some(HeldAlone(Held {
            _gate: gate,
            data: &self.data,
        }))
    }
}

/// A lock, held by `G`, at least for reading.
struct Held<'a, T, G> {
    _gate: G,
    data: &'a UnsafeCell<T>,
}

impl<T, G> Deref for Held<'_, T, G> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: while the gate is ours, nobody writes but by way of us.
        unsafe { &*self.data.get() }
    }
}

/// A lock, held for writing.
struct HeldAlone<'a, T, G>(Held<'a, T, G>);

impl<T, G> Deref for HeldAlone<'_, T, G> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T, G> DerefMut for HeldAlone<'_, T, G> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the gate is ours alone.
        unsafe { &mut *self.0.data.get() }
    }
}

/// arc-swap promises one order of all its operations, and its loads and swaps of the
/// pointer are SeqCst (1.9.3). Less will do, but across keys.
fn as_arc_swap_has_it(less: Ordering) -> Ordering {
    if SEQUENTIAL.get() {
        Ordering::SeqCst
    } else {
        less
    }
}

/// arc-swap's cell.
pub(crate) struct ArcSwapOption<T> {
    /// Owns a reference, which [`swap`](Self::swap) hands over. Who drops the cell has
    /// taken that out before.
    current: OnceLock<AtomicPtr<T>>,
    /// The memory of everything ever published, and no reference to it.
    kept: std::sync::Mutex<Vec<Weak<T>>>,
}

impl<T> ArcSwapOption<T> {
    pub(crate) const fn const_empty() -> Self {
        Self {
            current: OnceLock::new(),
            kept: std::sync::Mutex::new(Vec::new()),
        }
    }

    fn current(&self) -> &AtomicPtr<T> {
        self.current.get_or_init(|| AtomicPtr::new(ptr::null_mut()))
    }

    pub(crate) fn load(&self) -> Option<Arc<T>> {
        self.load_full()
    }

    pub(crate) fn load_full(&self) -> Option<Arc<T>> {
        // Pairs with `swap`.
        let order = as_arc_swap_has_it(Ordering::Acquire);
        let current = self.current().load(order);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.iter().find(|kept| ptr::eq(kept.as_ptr(), current))?;
        Some(kept.upgrade().expect("somebody has a reference to it"))
    }

    pub(crate) fn swap(&self, new: Option<Arc<T>>) -> Option<Arc<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(new.as_ref().map(Arc::downgrade));
        drop(kept);
        let new = new.map_or(ptr::null(), Arc::into_raw).cast_mut();
        // Pairs with `load_full`.
        let order = as_arc_swap_has_it(Ordering::AcqRel);
        let old = NonNull::new(self.current().swap(new, order))?;
        // SAFETY: the reference that came with it when it was put in.
        Some(unsafe { Arc::from_raw(old.as_ptr()) })
    }
}

/// Nothing: each model says for itself whether light pins are on.
pub(crate) fn switch_on() {}

/// As in `blocks.rs`: here every value is boxed.
#[derive(Clone, Copy)]
pub(crate) enum Length {}

impl Length {
    // As in `blocks.rs`, where the type matters.
    #[allow(clippy::extra_unused_type_parameters)]
    pub(crate) const fn of<T>() -> Option<Self> {
        None
    }
}

pub(crate) fn allocate(length: Length) -> NonNull<u8> {
    match length {}
}

/// # Safety
///
/// As in `blocks.rs`.
pub(crate) unsafe fn give_back(_address: NonNull<u8>, length: Length) {
    match length {}
}

/// # Safety
///
/// As in `blocks.rs`.
pub(crate) unsafe fn retire(_address: NonNull<u8>, length: Length, _guard: &Guard) {
    match length {}
}

/// A panic is a failed model.
pub(crate) fn contain_panic(free: impl FnOnce()) {
    free();
}

/// Memory that is freed by hand: loom panics unless its end comes after every use.
pub(crate) struct Watch(loom::cell::UnsafeCell<()>);

// SAFETY: loom checks every use; that is what it is for.
unsafe impl Send for Watch {}
// SAFETY: as above.
unsafe impl Sync for Watch {}

impl Watch {
    pub(crate) fn new() -> Self {
        Self(loom::cell::UnsafeCell::new(()))
    }

    pub(crate) fn used(&self) {
        self.0.with(|_| ());
    }

    pub(crate) fn freed(&self) {
        self.0.with_mut(|_| ());
    }
}

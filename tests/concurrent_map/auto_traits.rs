//! `Send`, `Sync` and the unwinding traits: exactly as keys, values and hasher
//! allow. What follows from that for programs is in the crate's `compile_fail`
//! examples.

use readmostly::primitives::{
    HotOrCold, HybridMap, MutexMap, Owned, Recorded, RecordingOptions, RwLockMap, ShardedMap,
    StartError,
};
use readmostly::{
    Compute, Drain, EntryState, ExtractIf, ExtractRefs, Inspection, IntoIter, Iter, IterMut,
    KeyRefs, Keys, MappedRef, OccupiedError, Operation, Pinned, Ref, Refs, Stats, SyncMap,
    ValueRefs, Values,
};
use std::cell::Cell;
use std::hash::RandomState;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard;

/// `Send` and `Sync`.
type Both = String;
/// `Send`, not `Sync`.
type SendOnly = Cell<u8>;
/// `Sync`, not `Send`.
type SyncOnly = MutexGuard<'static, u8>;
/// Neither.
type Neither = Rc<u8>;

/// Says of `T` which traits it has. The associated constants of its own come
/// before those of the trait [`Not`], where their bounds hold.
struct Of<T>(PhantomData<T>);

trait Not {
    const SEND: bool = false;
    const SYNC: bool = false;
}

impl<T> Not for Of<T> {}

impl<T: Send> Of<T> {
    const SEND: bool = true;
}

impl<T: Sync> Of<T> {
    const SYNC: bool = true;
}

/// Whether a type is `Send`, and whether it is `Sync`. A macro, as in a generic
/// function the bounds would be those of the function.
macro_rules! send_and_sync {
    ($of:ty) => {
        (<Of<$of>>::SEND, <Of<$of>>::SYNC)
    };
}

const BOTH: (bool, bool) = (true, true);
const SEND_ONLY: (bool, bool) = (true, false);
const SYNC_ONLY: (bool, bool) = (false, true);
const NEITHER: (bool, bool) = (false, false);

/// The probe itself, before it is relied upon.
#[test]
fn the_types_used_here_are_what_they_are_said_to_be() {
    assert_eq!(send_and_sync!(Both), BOTH);
    assert_eq!(send_and_sync!(SendOnly), SEND_ONLY);
    assert_eq!(send_and_sync!(SyncOnly), SYNC_ONLY);
    assert_eq!(send_and_sync!(Neither), NEITHER);
}

/// Through a shared map a thread reads and drops keys and values that another
/// one put in: all of them have to be both.
#[test]
fn a_map_asks_both_of_keys_and_values() {
    assert_eq!(send_and_sync!(SyncMap<Both, Both>), BOTH);

    assert_eq!(send_and_sync!(SyncMap<SendOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(SyncMap<SyncOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(SyncMap<Neither, Both>), NEITHER);

    assert_eq!(send_and_sync!(SyncMap<Both, SendOnly>), NEITHER);
    assert_eq!(send_and_sync!(SyncMap<Both, SyncOnly>), NEITHER);
    assert_eq!(send_and_sync!(SyncMap<Both, Neither>), NEITHER);
}

/// The hasher stays in the map: it moves with it, and is shared with it.
#[test]
fn a_map_asks_of_its_hasher_what_is_done_with_it() {
    assert_eq!(send_and_sync!(SyncMap<Both, Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(SyncMap<Both, Both, SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(SyncMap<Both, Both, Neither>), NEITHER);
}

/// A mutex lets one thread at a time read and drop: that they may go from one to
/// another is enough.
#[test]
fn a_map_behind_a_mutex_asks_that_keys_and_values_may_go_elsewhere() {
    assert_eq!(send_and_sync!(MutexMap<Both, Both>), BOTH);
    assert_eq!(send_and_sync!(MutexMap<SendOnly, SendOnly>), BOTH);
    assert_eq!(send_and_sync!(MutexMap<SyncOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(MutexMap<Both, SyncOnly>), NEITHER);
    assert_eq!(send_and_sync!(MutexMap<Both, Neither>), NEITHER);
    assert_eq!(send_and_sync!(MutexMap<Both, Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(MutexMap<Both, Both, SyncOnly>), SYNC_ONLY);
}

/// Several threads read at a time. Moved, it takes its keys and values along.
#[test]
fn a_map_behind_readers_writer_locks_asks_both_of_keys_and_values_to_be_shared() {
    assert_eq!(send_and_sync!(RwLockMap<Both, Both>), BOTH);
    assert_eq!(send_and_sync!(RwLockMap<SendOnly, Both>), SEND_ONLY);
    assert_eq!(send_and_sync!(RwLockMap<Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(RwLockMap<SyncOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(RwLockMap<Both, SyncOnly>), NEITHER);
    assert_eq!(send_and_sync!(RwLockMap<Both, Both, SyncOnly>), SYNC_ONLY);

    assert_eq!(send_and_sync!(ShardedMap<Both, Both>), BOTH);
    assert_eq!(send_and_sync!(ShardedMap<SendOnly, Both>), SEND_ONLY);
    assert_eq!(send_and_sync!(ShardedMap<Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(ShardedMap<SyncOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(ShardedMap<Both, SyncOnly>), NEITHER);
    assert_eq!(send_and_sync!(ShardedMap<Both, Both, SendOnly>), SEND_ONLY);
}

#[test]
fn a_hybrid_map_asks_both_of_keys_and_values() {
    assert_eq!(send_and_sync!(HybridMap<Both, Both>), BOTH);
    assert_eq!(send_and_sync!(HybridMap<SendOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(HybridMap<Both, SendOnly>), NEITHER);
    assert_eq!(send_and_sync!(HybridMap<SyncOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(HybridMap<Both, SyncOnly>), NEITHER);
    assert_eq!(send_and_sync!(HybridMap<Both, Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(HybridMap<Both, Both, SyncOnly>), SYNC_ONLY);
}

#[test]
fn a_recorded_map_asks_what_the_map_asks() {
    assert_eq!(send_and_sync!(Recorded<Both>), BOTH);
    assert_eq!(send_and_sync!(Recorded<SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(Recorded<SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(Recorded<Neither>), NEITHER);
    assert_eq!(send_and_sync!(RecordingOptions), BOTH);
    assert_eq!(send_and_sync!(StartError<SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(StartError<SyncOnly>), SYNC_ONLY);
}

#[test]
fn a_value_that_has_left_a_map_goes_where_it_may_go() {
    assert_eq!(send_and_sync!(Owned<Both>), BOTH);
    assert_eq!(send_and_sync!(Owned<SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(Owned<SyncOnly>), SYNC_ONLY);
    // It may hold a guard.
    assert_eq!(send_and_sync!(HotOrCold<'_, Both, Both>), SYNC_ONLY);
}

/// A guard is its thread's own.
#[test]
fn what_holds_or_borrows_a_guard_stays_in_its_thread() {
    assert_eq!(send_and_sync!(Pinned<'_, Both, Both, RandomState>), NEITHER);
    assert_eq!(send_and_sync!(Iter<'_, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(Keys<'_, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(Values<'_, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(ExtractIf<'_, Both, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(Refs<'_, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(KeyRefs<'_, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(ExtractRefs<'_, Both, Both, Both>), NEITHER);
    assert_eq!(send_and_sync!(ValueRefs<'_, Both, Both>), NEITHER);
}

/// A shared reference to a `Ref` gives what it refers to, and nothing of its guard.
#[test]
fn a_reference_to_a_ref_goes_where_a_reference_to_the_value_may_go() {
    assert_eq!(send_and_sync!(Ref<'_, Both, Both>), SYNC_ONLY);
    assert_eq!(send_and_sync!(Ref<'_, SyncOnly, SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(Ref<'_, SendOnly, Both>), NEITHER);
    assert_eq!(send_and_sync!(Ref<'_, Both, SendOnly>), NEITHER);
    assert_eq!(send_and_sync!(MappedRef<'_, Both>), SYNC_ONLY);
    assert_eq!(send_and_sync!(MappedRef<'_, str>), SYNC_ONLY);
    assert_eq!(send_and_sync!(MappedRef<'_, SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(MappedRef<'_, SendOnly>), NEITHER);
    assert_eq!(
        send_and_sync!(OccupiedError<Ref<'_, Both, Both>, Both, Both>),
        SYNC_ONLY
    );
    assert_eq!(send_and_sync!(Compute<Ref<'_, Both, Both>>), SYNC_ONLY);
}

#[test]
fn what_owns_keys_and_values_goes_where_they_may_go() {
    assert_eq!(send_and_sync!(IntoIter<Both, Both>), BOTH);
    assert_eq!(send_and_sync!(IntoIter<SendOnly, Both>), SEND_ONLY);
    assert_eq!(send_and_sync!(IntoIter<Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(IntoIter<SyncOnly, Both>), SYNC_ONLY);
    assert_eq!(send_and_sync!(IntoIter<Both, SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(IntoIter<Neither, Both>), NEITHER);
    assert_eq!(send_and_sync!(IntoIter<Both, Neither>), NEITHER);

    assert_eq!(send_and_sync!(Drain<'_, Both, Both>), BOTH);
    assert_eq!(send_and_sync!(Drain<'_, SendOnly, Both>), SEND_ONLY);
    assert_eq!(send_and_sync!(Drain<'_, Both, SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(Drain<'_, Both, Neither>), NEITHER);

    assert_eq!(send_and_sync!(Operation<Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(Inspection<Both, SendOnly>), SEND_ONLY);
    assert_eq!(send_and_sync!(EntryState<SyncOnly>), SYNC_ONLY);
    assert_eq!(send_and_sync!(Stats), BOTH);
}

#[cfg(feature = "lock-stats")]
#[test]
fn what_locks_measured_goes_anywhere() {
    use readmostly::primitives::{HybridLockStats, LockStats, WaitTimes};

    assert_eq!(send_and_sync!(LockStats), BOTH);
    assert_eq!(send_and_sync!(WaitTimes), BOTH);
    assert_eq!(send_and_sync!(HybridLockStats), BOTH);
}

/// It may not go to another thread where keys or values may not. Where they may,
/// it need not.
#[test]
fn a_mutable_iterator_does_not_go_where_keys_and_values_may_not() {
    assert_eq!(send_and_sync!(IterMut<'_, Both, Neither>), NEITHER);
    assert_eq!(send_and_sync!(IterMut<'_, Neither, Both>), NEITHER);
    let (send, _) = send_and_sync!(IterMut<'_, Both, SyncOnly>);
    let (_, sync) = send_and_sync!(IterMut<'_, Both, SendOnly>);
    assert!(!send && !sync);
}

/// The same bounds are enough where the types are not known.
#[test]
fn generic_code_gets_by_with_these_bounds() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    fn of<K: Send + Sync, V: Send + Sync, S: Send>() {
        is_send::<SyncMap<K, V, S>>();
    }
    fn shared<K: Send + Sync, V: Send + Sync, S: Sync>() {
        is_sync::<SyncMap<K, V, S>>();
    }
    fn owned<K: Send, V: Send>() {
        is_send::<IntoIter<K, V>>();
        is_send::<Drain<'_, K, V>>();
    }
    of::<Both, Both, SendOnly>();
    shared::<Both, Both, SyncOnly>();
    owned::<SendOnly, SendOnly>();
}

/// A panic leaves a map whole, as `panics.rs` and `panics/` show: `catch_unwind` may see one.
#[test]
fn a_map_may_be_used_after_a_panic() {
    fn survives<T: UnwindSafe + RefUnwindSafe>() {}
    survives::<SyncMap<Both, Both>>();
    survives::<MutexMap<Both, Both>>();
    survives::<RwLockMap<Both, Both>>();
    survives::<ShardedMap<Both, Both>>();
    survives::<HybridMap<Both, Both>>();
    survives::<Recorded<SyncMap<Both, Both>>>();

    let map = SyncMap::from([(1, 1)]);
    let caught = std::panic::catch_unwind(|| {
        map.update(&1, |_| std::panic::resume_unwind(Box::new("bang")));
    });
    assert!(caught.is_err());
    assert_eq!(map.get_cloned(&1), Some(1));
}

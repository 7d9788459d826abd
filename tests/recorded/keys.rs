//! Recording changes nothing but the time that a call takes. In particular `Hash` of
//! a key, which recording runs once more, runs with no lock held: so a `Hash` that
//! looks into the map goes on doing so.

use crate::watchdog::watched;
use readmostly::SyncMap;
use readmostly::primitives::{
    ConcurrentMap, HybridMap, MutexMap, Recorded, RecordingOptions, RwLockMap, ShardedMap,
};
use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

thread_local! {
    /// What `Hash` of a key does first.
    static ON_HASH: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };

    /// How often it did.
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

/// A key whose `Hash` does what it is told to; but not while it does that.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Nosy(u32);

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(look) = ON_HASH.take() {
            HASHED.set(HASHED.get() + 1);
            look();
            ON_HASH.set(Some(look));
        }
        self.0.hash(state);
    }
}

/// Keys of which some are hot, if the map has such.
trait Heated {
    fn heat(&self, _key: &Nosy) {}
}

impl Heated for SyncMap<Nosy, u32> {}
impl Heated for MutexMap<Nosy, u32> {}
impl Heated for RwLockMap<Nosy, u32> {}
impl Heated for ShardedMap<Nosy, u32> {}

impl Heated for HybridMap<Nosy, u32> {
    /// Waits for walks.
    fn heat(&self, key: &Nosy) {
        self.declare_hot(key);
    }
}

/// Does everything to a map whose keys look into it, and write to it.
fn a_hash_may_use_the_map<M>(record: bool)
where
    M: ConcurrentMap<Nosy, u32> + Heated + Default + Send + Sync + 'static,
{
    watched(move || {
        let map = Rc::new(Recorded::new(M::default()));
        if record {
            let options = RecordingOptions::new().at_most(u64::MAX);
            map.start(options, io::sink()).unwrap();
        }
        for number in 0..8 {
            map.insert(Nosy(number), 0);
        }
        let used = Rc::clone(&map);
        let look = move || {
            for number in 0..8 {
                used.contains_key(&Nosy(number));
            }
            used.insert(Nosy(100), 1);
            used.get_ref().heat(&Nosy(6));
        };
        ON_HASH.set(Some(Rc::new(look)));
        map.insert(Nosy(1), 1);
        map.insert(Nosy(9), 1);
        assert_eq!(map.get_with(&Nosy(1), |n| *n), Some(1));
        assert_eq!(map.get_cloned(&Nosy(1)), Some(1));
        assert!(map.contains_key(&Nosy(1)));
        assert_eq!(map.get_with_or_insert(Nosy(1), || 2, |n| *n), 1);
        assert_eq!(map.get_with_or_insert(Nosy(10), || 2, |n| *n), 2);
        assert!(map.modify(&Nosy(1), |n| n + 1));
        assert!(map.compare_and_set(&Nosy(1), &2, 3).is_ok());
        assert!(map.compare_and_set(&Nosy(1), &2, 3).is_err());
        assert!(map.remove(&Nosy(1)).is_some());
        let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
        map.retain(|key, _| key.0 % 2 == 0 && key.0 != 6);
        map.clear();
        ON_HASH.set(None);
        assert!(HASHED.get() > 0);
        assert_eq!(map.stop().is_some(), record);
    });
}

/// As the map does by itself, so it does while it is recorded.
macro_rules! of_each {
    ($($name:ident: $map:ty,)*) => {$(
        #[test]
        fn $name() {
            a_hash_may_use_the_map::<$map>(false);
            a_hash_may_use_the_map::<$map>(true);
        }
    )*};
}

of_each! {
    a_hash_may_use_the_sync_map_that_is_recorded: SyncMap<Nosy, u32>,
    a_hash_may_use_the_mutex_map_that_is_recorded: MutexMap<Nosy, u32>,
    a_hash_may_use_the_rw_lock_map_that_is_recorded: RwLockMap<Nosy, u32>,
    a_hash_may_use_the_sharded_map_that_is_recorded: ShardedMap<Nosy, u32>,
    a_hash_may_use_the_hybrid_map_that_is_recorded: HybridMap<Nosy, u32>,
}

/// The one panic goes on; the other does not end the process.
#[test]
fn a_hash_may_panic_when_the_question_what_is_kept_has_panicked() {
    let map = Recorded::new(MutexMap::from([(Nosy(1), 1), (Nosy(2), 2)]));
    let options = RecordingOptions::new().at_most(u64::MAX);
    map.start(options, io::sink()).unwrap();
    let asked = Cell::new(0);
    let bang = || resume_unwind(Box::new("bang"));
    ON_HASH.set(Some(Rc::new(bang)));
    let keep = |_: &Nosy, _: &u32| {
        asked.set(asked.get() + 1);
        if asked.get() == 2 {
            bang();
        }
        false
    };
    assert!(catch_unwind(AssertUnwindSafe(|| map.retain(keep))).is_err());
    ON_HASH.set(None);
    assert_eq!((asked.get(), map.len()), (2, 1));
    assert!(map.stop().unwrap().is_ok());
}

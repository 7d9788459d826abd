//! Values whose destructor removes their own key, and nobody else's value.

use crate::hashers::{Hashers, with_every_hash};
use crate::ledger::{Ledger, Ticket};
use crate::watchdog::watched;
use crate::{THREADS, together};
use readmostly::SyncMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

const KEYS: u64 = 2;
const ROUNDS: u64 = if cfg!(miri) { 10 } else { 500 };

/// What a cache has for a key, as long as somebody else uses it.
struct Handle<S: Hashers>(Weak<Item<S>>);

type Cache<S> = SyncMap<u64, Handle<S>, S>;

/// What is cached. Removes its handle when the last user lets go of it, but not the
/// handle of an item that has taken its place.
struct Item<S: Hashers> {
    key: u64,
    cache: Arc<Cache<S>>,
    me: Weak<Self>,
}

impl<S: Hashers> Drop for Item<S> {
    fn drop(&mut self) {
        let mine = |_: &u64, handle: &Handle<S>| handle.0.ptr_eq(&self.me);
        self.cache.remove_if(&self.key, mine);
    }
}

impl<S: Hashers> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<S: Hashers> PartialEq for Handle<S> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

/// One way to call the cache.
trait CacheCalls: 'static {
    fn get<S: Hashers>(cache: &Cache<S>, key: u64) -> Option<Handle<S>>;
    /// Puts `new` in the place of `seen`, or of nothing.
    fn put<S: Hashers>(
        cache: &Cache<S>,
        key: u64,
        seen: Option<&Handle<S>>,
        new: Handle<S>,
    ) -> bool;
}

struct OneShot;
struct UnderAPin;

impl CacheCalls for OneShot {
    fn get<S: Hashers>(cache: &Cache<S>, key: u64) -> Option<Handle<S>> {
        cache.get_cloned(&key)
    }

    fn put<S: Hashers>(
        cache: &Cache<S>,
        key: u64,
        seen: Option<&Handle<S>>,
        new: Handle<S>,
    ) -> bool {
        match seen {
            Some(seen) => cache.compare_exchange(&key, seen, new).is_ok(),
            None => cache.try_insert(key, new).is_ok(),
        }
    }
}

impl CacheCalls for UnderAPin {
    fn get<S: Hashers>(cache: &Cache<S>, key: u64) -> Option<Handle<S>> {
        cache.pin().get(&key).cloned()
    }

    fn put<S: Hashers>(
        cache: &Cache<S>,
        key: u64,
        seen: Option<&Handle<S>>,
        new: Handle<S>,
    ) -> bool {
        let pinned = cache.pin();
        match seen {
            Some(seen) => pinned.compare_exchange(&key, seen, new).is_ok(),
            None => pinned.try_insert(key, new).is_ok(),
        }
    }
}

/// An item that is not in the cache.
fn make<S: Hashers>(cache: &Arc<Cache<S>>, key: u64) -> Arc<Item<S>> {
    Arc::new_cyclic(|me| Item {
        key,
        cache: Arc::clone(cache),
        me: Weak::clone(me),
    })
}

/// The item of `key`, made if nobody uses one.
fn obtain<C: CacheCalls, S: Hashers>(cache: &Arc<Cache<S>>, key: u64) -> Arc<Item<S>> {
    loop {
        let seen = C::get(cache, key);
        if let Some(live) = seen.as_ref().and_then(|handle| handle.0.upgrade()) {
            return live;
        }
        let made = make(cache, key);
        if C::put(cache, key, seen.as_ref(), Handle(Arc::downgrade(&made))) {
            return made;
        }
        // Another thread came first. What we made goes, and its destructor finds
        // the other's handle, which it spares.
    }
}

/// Go's cache of weak pointers. While one user holds an item, every user of its key
/// gets that item. When nobody does, the cache is empty.
fn a_cache_of_weak_values_has_one_live_value_for_each_key<C: CacheCalls, S: Hashers>() {
    watched(|| {
        let cache: Arc<Cache<S>> = Arc::default();
        together(|thread| {
            let mut long_held = None;
            for round in 0..ROUNDS {
                let key = round % KEYS;
                let held = obtain::<C, S>(&cache, key);
                assert_eq!(held.key, key);
                let late = make(&cache, key);
                let handle = Handle(Arc::downgrade(&late));
                assert!(!C::put(&cache, key, None, handle), "one is there");
                drop(late);
                let again = obtain::<C, S>(&cache, key);
                assert!(Arc::ptr_eq(&held, &again), "two live items of one key");
                if (round + thread) % 3 == 0 {
                    // Goes at another time than it came.
                    long_held = Some(again);
                }
            }
            drop(long_held);
        });
        assert!(cache.is_empty(), "an item has left its handle behind");
        assert_eq!(cache.pin().iter().count(), 0);
    });
}

/// A value that removes its own key when it is dropped, if it is still there, and
/// notes if it was.
struct Lease<S: Hashers> {
    key: u64,
    number: u64,
    leases: Weak<SyncMap<u64, Lease<S>, S>>,
    met_itself: &'static AtomicUsize,
    _ticket: Ticket,
}

impl<S: Hashers> PartialEq for Lease<S> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<S: Hashers> Drop for Lease<S> {
    fn drop(&mut self) {
        let Some(leases) = self.leases.upgrade() else {
            return;
        };
        if leases.compare_remove(&self.key, self).is_some() {
            self.met_itself.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Each thread has a key of its own, so it knows which lease must be there, whatever
/// destructors of earlier ones run meanwhile, on any thread.
fn destructors_spare_newer_values<S: Hashers>(
    ledger: &'static Ledger,
    met_itself: &'static AtomicUsize,
) {
    watched(move || {
        let leases: Arc<SyncMap<u64, Lease<S>, S>> = Arc::default();
        let lease = |key, number| Lease {
            key,
            number,
            leases: Arc::downgrade(&leases),
            met_itself,
            _ticket: ledger.issue(),
        };
        let number_of = |key: &u64| Some(leases.get(key)?.number);
        together(|key| {
            for round in 0..ROUNDS {
                let number = round * 4;
                drop(leases.insert(key, lease(key, number)));
                assert_eq!(number_of(&key), Some(number), "inserted");
                let refused = leases.try_insert(key, lease(key, number + 1));
                assert!(refused.is_err());
                drop(refused);
                assert_eq!(number_of(&key), Some(number), "one was refused");
                let old = lease(key, number);
                let exchanged = leases.compare_exchange(&key, &old, lease(key, number + 2));
                assert!(exchanged.is_ok());
                drop(exchanged);
                // `old` has the number of one that is gone. It meets nothing.
                drop(old);
                assert_eq!(number_of(&key), Some(number + 2), "exchanged");
                if round % 3 == 0 {
                    assert!(leases.remove(&key).is_some());
                    leases.flush();
                    assert_eq!(number_of(&key), None, "removed");
                }
            }
        });
        leases.clear();
        ledger.settles_at(0);
        assert_eq!(
            met_itself.load(Ordering::Relaxed),
            0,
            "dropped while it is there"
        );
        assert!(leases.is_empty());
    });
    const { assert!(THREADS > 1) };
}

with_every_hash! { [a_cache_of_weak_values_has_one_live_value_for_each_key] by {
    one_shot = crate::weak_values::OneShot,
    pinned = crate::weak_values::UnderAPin,
} }

mod a_destructor_that_removes_its_own_key_spares_a_newer_value {
    use super::destructors_spare_newer_values;
    use crate::hashers::{Constant, Truncated, Whole};
    use crate::ledger::Ledger;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn whole_hashes() {
        static LEDGER: Ledger = Ledger::new();
        static MET_ITSELF: AtomicUsize = AtomicUsize::new(0);
        destructors_spare_newer_values::<Whole>(&LEDGER, &MET_ITSELF);
    }

    #[test]
    fn one_hash() {
        static LEDGER: Ledger = Ledger::new();
        static MET_ITSELF: AtomicUsize = AtomicUsize::new(0);
        destructors_spare_newer_values::<Constant>(&LEDGER, &MET_ITSELF);
    }

    #[test]
    fn truncated_hashes() {
        static LEDGER: Ledger = Ledger::new();
        static MET_ITSELF: AtomicUsize = AtomicUsize::new(0);
        destructors_spare_newer_values::<Truncated>(&LEDGER, &MET_ITSELF);
    }
}

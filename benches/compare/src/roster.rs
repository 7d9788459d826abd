//! All contenders, and how to build and measure each with its type erased.

use crate::contender::{Contender, Writable};
use crate::keys::Key;
use crate::loops::iterate;
use crate::loops::lookups::{self, Lookups};
use crate::loops::mixed::{self, Mix, Mixed};
use crate::loops::writes::{self, Writes, Written};
use crate::maps::{arc_swap, dashmap, evmap, flurry, hashmap, papaya, rwlock, scc, sync_map};
use crate::timing::Window;

/// A built map that can be read. One dynamic call for each measurement; the
/// loops inside are compiled for each contender.
pub(crate) trait Readable<K> {
    fn lookups(&self, lookups: &Lookups<'_, K>) -> f64;
    fn pass(&self, lookups: &Lookups<'_, K>) -> u64;
    fn iterate(&self, window: Window) -> f64;
}

/// A built map that can be written to as well.
pub(crate) trait Changeable<K> {
    fn writes(&self, writes: &Writes<'_, K>) -> Written;
    fn mixed(&self, mix: &Mix<'_, K>) -> Mixed;
    fn overwrite(&self, entries: &[(K, u64)]);
}

impl<C: Contender> Readable<C::Key> for C {
    fn lookups(&self, lookups: &Lookups<'_, C::Key>) -> f64 {
        lookups::measure(self, lookups)
    }

    fn pass(&self, lookups: &Lookups<'_, C::Key>) -> u64 {
        lookups::pass(&self.reader(), lookups)
    }

    fn iterate(&self, window: Window) -> f64 {
        iterate::measure(self, window)
    }
}

impl<C: Writable> Changeable<C::Key> for C {
    fn writes(&self, writes: &Writes<'_, C::Key>) -> Written {
        writes::measure(self, writes)
    }

    fn mixed(&self, mix: &Mix<'_, C::Key>) -> Mixed {
        mixed::measure(self, mix)
    }

    fn overwrite(&self, entries: &[(C::Key, u64)]) {
        writes::overwrite(self, entries);
    }
}

/// How a contender is built with these entries.
pub(crate) type Build<K, T> = fn(&[(K, u64)]) -> Box<T>;

pub(crate) struct Entrant<K> {
    pub(crate) name: &'static str,
    /// How it is used.
    pub(crate) usage: &'static str,
    pub(crate) readable: Build<K, dyn Readable<K>>,
    /// `None` for a map that cannot be written to while it is shared.
    pub(crate) changeable: Option<Build<K, dyn Changeable<K>>>,
}

/// In the order of the tables.
pub(crate) fn all<K: Key>() -> Vec<Entrant<K>> {
    vec![
        read_only::<hashmap::Plain<K>>(),
        full::<sync_map::OneShot<K>>(),
        full::<sync_map::Held<K>>(),
        full::<papaya::PerCall<K>>(),
        full::<papaya::Held<K>>(),
        full::<dashmap::Sharded<K>>(),
        full::<scc::Locked<K>>(),
        full::<scc::Index<K>>(),
        full::<flurry::PerCall<K>>(),
        full::<flurry::Held<K>>(),
        full::<evmap::LeftRight<K>>(),
        full::<rwlock::Std<K>>(),
        full::<rwlock::ParkingLot<K>>(),
        full::<arc_swap::Copied<K>>(),
    ]
}

/// The contenders with these names.
pub(crate) fn chosen<K: Key>(names: &[&str]) -> Vec<Entrant<K>> {
    let mut entrants = all();
    entrants.retain(|entrant| names.contains(&entrant.name));
    entrants
}

fn read_only<C: Contender>() -> Entrant<C::Key> {
    Entrant {
        name: C::NAME,
        usage: C::USE,
        readable: |entries| Box::new(C::build(entries)),
        changeable: None,
    }
}

fn full<C: Writable>() -> Entrant<C::Key> {
    Entrant {
        changeable: Some(|entries| Box::new(C::build(entries))),
        ..read_only::<C>()
    }
}

/// A contender that can be written to.
pub(crate) type Changing = (&'static str, Build<u64, dyn Changeable<u64>>);

/// The contenders with these names that can be written to.
pub(crate) fn changeable(names: &[&str]) -> Vec<Changing> {
    let entrants = chosen::<u64>(names).into_iter();
    entrants
        .filter_map(|entrant| Some((entrant.name, entrant.changeable?)))
        .collect()
}

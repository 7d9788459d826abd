//! The operations on a whole map, and on other maps.

use super::check::{Inside, check};
use super::handle::Kept;
use super::model::Model;
use super::shared::Under;
use super::succession::Change;
use super::things::{Value, equal};
use readmostly::SyncMap;
use std::ops::ControlFlow;

impl<V: Value> Under<'_, '_, V> {
    pub(crate) fn flush(&self) {
        let held = self.held.borrow();
        let refs = held.iter().filter(|(kept, _)| matches!(kept, Kept::Ref(_)));
        // An operation that is still running holds a guard too.
        let guards = self.depth.get() + self.pins.iter().flatten().count() + refs.count();
        let done = self.world.maps[0].flush();
        assert_eq!(done, guards == 0, "flush");
        if done {
            let kept: usize = self.world.models.borrow().iter().map(kept_by::<V>).sum();
            assert_eq!(self.world.tally.live(), kept as isize, "kept after a flush");
        }
    }

    pub(crate) fn extend(&self, index: usize) {
        let pairs = self.world.pairs();
        for &(key, number) in &pairs {
            self.model(index).swap(key, number);
        }
        let mut map = &self.world.maps[index];
        map.extend(self.world.real(&pairs));
    }

    pub(crate) fn clone_and_drop(&self, index: usize) {
        self.model(index).range();
        let clone = self.world.maps[index].clone();
        let expected = Model::filled(self.model(index).plain.clone());
        let mut new = Inside::default();
        check(&clone, &expected, &mut new, Change::Ordinary);
    }

    pub(crate) fn compare(&self, index: usize) {
        let other = self.world.bytes.map();
        let (map, with) = (&self.world.maps[index], &self.world.maps[other]);
        // Promotes both maps in advance, so that the comparison itself counts no miss.
        for (index, map) in [(index, map), (other, with)] {
            self.model(index).range();
            assert!(
                map.for_each(|_, _| ControlFlow::<()>::Continue(()))
                    .is_continue()
            );
        }
        self.check(other, Change::Ordinary);
        let contents = |index| self.model(index).plain.clone();
        let (ours, theirs) = (contents(index), contents(other));
        let pair = |((a, b), (c, d)): ((&u8, &u32), (&u8, &u32))| a == c && equal(*b, *d);
        let expected = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(pair);
        assert_eq!(map == with, expected, "compared");
    }

    /// Makes, uses and drops other maps. A later map may get the memory of an earlier
    /// one.
    pub(crate) fn other_maps(&self) {
        for _ in 0..=self.world.bytes.below(16) {
            let map = SyncMap::new();
            map.insert(1, 1);
            assert_eq!(map.get_cloned(&1), Some(1));
            assert_eq!(map.get_cloned(&1), Some(1));
        }
    }
}

/// How many counted things a map holds.
fn kept_by<V: Value>(model: &Model) -> usize {
    let values = if V::BOOKED { model.plain.len() } else { 0 };
    model.attached_entries() + values
}

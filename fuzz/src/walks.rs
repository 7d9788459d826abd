//! The operations that visit every key. Some have a closure, which works as in
//! `closures.rs`.

use super::handle::Handle;
use super::model::Entry;
use super::shared::{Inside, Under};
use super::things::{Key, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// The entries that a walk may visit, with the values they had at its start.
type All = BTreeMap<u8, (Entry, Option<u32>)>;

impl<'h, V: Value> Under<'h, '_, V> {
    /// Panics unless a completed walk over `all` visited every key whose value stayed
    /// the same.
    fn walked(&self, index: usize, all: &All, seen: &BTreeSet<u8>) {
        let model = self.model(index);
        for (key, &(entry, before)) in all {
            let stayed = before.is_some() && model.value(entry) == before;
            assert!(!stayed || seen.contains(key), "{key} was left out");
        }
    }

    /// Every entry that a walk may visit, with its value now.
    fn range(&self, index: usize) -> All {
        let mut model = self.model(index);
        let all = model.range().into_iter();
        all.map(|(key, entry)| (key, (entry, model.value(entry))))
            .collect()
    }

    pub(crate) fn for_each(&self, index: usize, handle: Handle<'h, V>) {
        let (all, mut visited) = (self.range(index), BTreeSet::new());
        let visit = |key: &Key, value: &V| {
            let now = self.seen(index, all.get(&key.number()).map(|(entry, _)| *entry));
            assert_eq!(Some(value.number()), now, "what is visited");
            assert!(visited.insert(key.number()), "{key:?} twice");
            if let Inside::Panic = self.inside() {
                self.bang();
            }
            match self.world.bytes.below(16) {
                15 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        if let Some(ControlFlow::Continue(())) = Self::may_panic(|| handle.for_each(visit)) {
            self.walked(index, &all, &visited);
        }
    }

    pub(crate) fn retain(&self, index: usize, handle: Handle<'h, V>) {
        let (all, mut visited) = (self.range(index), BTreeSet::new());
        // The key and value that the closure must be called with next, if a nested
        // operation changed the value.
        let mut again: Option<(u8, u32)> = None;
        let mut removed = 0;
        let keep = |key: &Key, value: &V| {
            let (number, seen) = (key.number(), value.number());
            let (entry, _) = all[&number];
            match again.take() {
                Some(expected) => assert_eq!((number, seen), expected, "asked again"),
                None => assert!(visited.insert(number), "{key:?} twice"),
            }
            assert_eq!(Some(seen), self.seen(index, Some(entry)), "what is judged");
            if let Inside::Panic = self.inside() {
                self.bang();
            }
            let keep = self.world.bytes.below(3) > 0;
            if !keep {
                match self.exchange(index, entry, seen, None) {
                    true => removed += 1,
                    false => again = self.seen(index, Some(entry)).map(|now| (number, now)),
                }
            }
            keep
        };
        if let Some(counted) = Self::may_panic(|| handle.retain(keep)) {
            assert_eq!(again, None, "not asked again");
            assert_eq!(counted, removed, "how many it removed");
            self.walked(index, &all, &visited);
        }
    }

    pub(crate) fn iterate(&self, index: usize) {
        let own;
        let pin = match &self.pins[index] {
            Some(pin) => pin,
            None => {
                own = self.world.maps[index].pin();
                &own
            }
        };
        let all = self.range(index);
        let present = || {
            all.iter()
                .filter_map(|(key, (_, value))| Some((*key, (*value)?)))
        };
        let pair = |(key, value): (&Key, &V)| (key.number(), value.number());
        let mut iter = pin.iter();
        let taken = usize::from(self.world.bytes.below(4));
        let mut found: BTreeMap<_, _> = iter.by_ref().take(taken).map(pair).collect();
        let rest = iter.clone().count();
        assert!(iter.size_hint().1.is_some_and(|most| most >= rest));
        found.extend(iter.map(pair));
        assert_eq!(found, present().collect(), "iterated");
        let mut keys: Vec<_> = pin.keys().map(Key::number).collect();
        let mut values: Vec<_> = pin.values().map(V::number).collect();
        keys.sort_unstable();
        values.sort_unstable();
        assert!(keys.into_iter().eq(found.keys().copied()), "keys");
        let mut expected: Vec<_> = found.into_values().collect();
        expected.sort_unstable();
        assert_eq!(values, expected, "values");
    }
}

//! The operations that need exclusive access to a map.

use super::check::check;
use super::model::Model;
use super::succession::Change;
use super::things::{Hashing, Key, Name, Value};
use super::{Map, World};
use std::collections::BTreeMap;
use std::mem;

#[derive(Clone, Copy)]
enum Op {
    GetMut,
    IterMut,
    Drain,
    IntoIter,
    Replace,
    Collect,
    Clone,
    Extend,
    Swap,
}

const OPS: [Op; 10] = [
    Op::GetMut,
    Op::GetMut,
    Op::IterMut,
    Op::Drain,
    Op::IntoIter,
    Op::Replace,
    Op::Collect,
    Op::Clone,
    Op::Extend,
    Op::Swap,
];

const CAPACITIES: [usize; 4] = [0, 1, 100, usize::MAX];

impl<V: Value> World<'_, V> {
    /// Does one operation, and checks the map that it was done to.
    pub(crate) fn change(&mut self) {
        let index = self.bytes.map();
        let change = match self.bytes.choose(&OPS) {
            Op::GetMut => self.get_mut(index),
            Op::IterMut => self.iter_mut(index),
            Op::Drain => self.drain(index),
            Op::IntoIter => self.consume(index),
            Op::Replace => self.replace(index),
            Op::Collect => self.collect(index),
            Op::Clone => self.clone_over(index),
            Op::Extend => self.extend(index),
            Op::Swap => self.swap(index),
        };
        let (map, seen) = (&self.maps[index], self.seen.get_mut());
        check(map, &self.models.get_mut()[index], &mut seen[index], change);
    }

    /// The entry of a key that is present.
    fn entry(model: &Model, key: u8) -> usize {
        let in_dirty = || model.dirty.as_ref()?.get(&key);
        *model
            .read
            .get(&key)
            .or_else(in_dirty)
            .expect("it is present")
    }

    fn get_mut(&mut self, index: usize) -> Change {
        let name = Name(self.bytes.key());
        let (number, value) = self.value();
        let model = &mut self.models.get_mut()[index];
        let expected = model.plain.get(&name.0).copied();
        let found = self.maps[index].get_mut(&name);
        assert_eq!(found.as_ref().map(|found| found.number()), expected);
        if let Some(found) = found {
            *found = value;
            let entry = Self::entry(model, name.0);
            model.write(entry, Some(number));
        }
        Change::Ordinary
    }

    fn iter_mut(&mut self, index: usize) -> Change {
        let most = usize::from(self.bytes.below(16));
        let model = &mut self.models.get_mut()[index];
        let (mut seen, all) = (BTreeMap::new(), model.plain.clone());
        let next = &self.next;
        for (key, value) in self.maps[index].iter_mut().take(most) {
            assert!(seen.insert(key.number(), value.number()).is_none());
            let number = next.replace(next.get() + 1);
            *value = V::new(number, &self.tally);
            model.write(Self::entry(model, key.number()), Some(number));
        }
        assert_part(&seen, &all, most);
        Change::Ordinary
    }

    fn drain(&mut self, index: usize) -> Change {
        let most = usize::from(self.bytes.below(16));
        let drained = self.maps[index].drain().take(most).map(pair).collect();
        let model = &mut self.models.get_mut()[index];
        assert_part(&drained, &model.plain, most);
        model.empty();
        Change::Clear
    }

    fn consume(&mut self, index: usize) -> Change {
        let most = usize::from(self.bytes.below(16));
        let map = mem::replace(&mut self.maps[index], Map::with_hasher(Hashing::Mixed));
        let taken = map.into_iter().take(most).map(pair).collect();
        let model = mem::take(&mut self.models.get_mut()[index]);
        assert_part(&taken, &model.plain, most);
        Change::Clear
    }

    fn replace(&mut self, index: usize) -> Change {
        let capacity = self.bytes.choose(&CAPACITIES);
        let hasher = Hashing::chosen(&self.bytes);
        self.maps[index] = Map::with_capacity_and_hasher(capacity, hasher);
        self.models.get_mut()[index] = Model::default();
        Change::Clear
    }

    fn collect(&mut self, index: usize) -> Change {
        let pairs = self.pairs();
        self.maps[index] = self.real(&pairs).into_iter().collect();
        self.models.get_mut()[index] = Model::filled(pairs);
        Change::Clear
    }

    fn clone_over(&mut self, index: usize) -> Change {
        let other = self.bytes.map();
        let clone = self.maps[other].clone();
        let models = self.models.get_mut();
        models[other].range();
        let seen = &mut self.seen.get_mut()[other];
        check(&self.maps[other], &models[other], seen, Change::Ordinary);
        models[index] = Model::filled(models[other].plain.clone());
        self.maps[index] = clone;
        Change::Clear
    }

    fn extend(&mut self, index: usize) -> Change {
        let pairs = self.pairs();
        let real = self.real(&pairs);
        self.maps[index].extend(real);
        for (key, number) in pairs {
            self.models.get_mut()[index].swap(key, number);
        }
        Change::Ordinary
    }

    /// Moves two maps, and so changes the order in which the maps are dropped at the
    /// end.
    fn swap(&mut self, index: usize) -> Change {
        let other = self.bytes.map();
        self.maps.swap(index, other);
        self.models.get_mut().swap(index, other);
        self.seen.get_mut().swap(index, other);
        Change::Ordinary
    }
}

fn pair<V: Value>((key, value): (Key, V)) -> (u8, u32) {
    (key.number(), value.number())
}

/// Panics unless `part` is `most` pairs of `all`, or all of them if there are fewer.
fn assert_part(part: &BTreeMap<u8, u32>, all: &BTreeMap<u8, u32>, most: usize) {
    assert_eq!(part.len(), most.min(all.len()));
    let among = |(key, value)| all.get(key) == Some(value);
    assert!(part.iter().all(among), "{part:?} of {all:?}");
}

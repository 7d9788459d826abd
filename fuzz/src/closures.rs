//! The operations on one key that take a closure.
//!
//! A closure also updates the model. At its end it does to the model what the map is
//! about to do, and records whether the map has to call it again.

use super::handle::Handle;
use super::model::{Entry, Purpose};
use super::shared::{Inside, Under};
use super::things::{Key, Name, Value};
use readmostly::{Compute, Operation};
use std::cell::Cell;

impl<'h, V: Value> Under<'h, '_, V> {
    /// The closure of LoadOrStore with a value that is made when it is needed. At its
    /// end it stores into the model, and records what the map has to find.
    fn make(&self, index: usize, key: u8, made: &Cell<Option<(u32, Option<u32>)>>) -> V {
        assert!(made.get().is_none(), "made twice");
        if let Inside::Panic = self.inside() {
            self.bang();
        }
        let (number, value) = self.world.value();
        made.set(Some((number, self.model(index).load_or_store(key, number))));
        value
    }

    fn present(&self, index: usize, key: u8) -> Option<u32> {
        let mut model = self.model(index);
        let current = model.plain.get(&key).copied();
        // A look-up that stores nothing, and counts a miss as LoadOrStore does.
        current.and_then(|_| model.load_or_store(key, 0))
    }

    pub(crate) fn try_insert_with(&self, index: usize, handle: Handle<'h, V>) {
        let Name(key) = self.name();
        let (current, made) = (self.present(index, key), Cell::new(None));
        let make = || self.make(index, key, &made);
        let outcome = Self::may_panic(|| handle.try_insert_with(self.world.key(key), make));
        let made = made.get();
        assert!(current.is_none() || made.is_none(), "made without need");
        match outcome {
            None => assert_eq!((current, made), (None, None)),
            Some(Ok(stored)) => match made {
                Some((number, None)) => self.keep(stored, number),
                _ => panic!("stored, but {made:?}"),
            },
            Some(Err(refused)) => {
                let expected = current.or(made.and_then(|(_, current)| current));
                self.keep_if_any(refused.current, expected);
                assert_eq!(refused.key.map(|back| back.number()), Some(key));
                let back = refused.value.map(|back| back.number());
                assert_eq!(back, made.map(|(number, _)| number));
            }
        }
    }

    pub(crate) fn get_or_insert_with(&self, index: usize, handle: Handle<'h, V>) {
        let Name(key) = self.name();
        let (current, made) = (self.present(index, key), Cell::new(None));
        let make = || self.make(index, key, &made);
        let found = Self::may_panic(|| handle.get_or_insert_with(self.world.key(key), make));
        let Some(found) = found else {
            return assert_eq!((current, made.get()), (None, None));
        };
        let (number, late) = made.get().unzip();
        let expected = current.or(late.flatten()).or(number);
        self.keep_if_any(Some(found), expected);
    }

    /// The compare-and-swap at the end of a closure that saw `seen`. Returns whether it
    /// succeeds.
    pub(crate) fn exchange(&self, index: usize, entry: Entry, seen: u32, new: Option<u32>) -> bool {
        let mut model = self.model(index);
        let same = model.value(entry) == Some(seen);
        if same {
            model.write(entry, new);
        }
        same
    }

    pub(crate) fn update(&self, index: usize, handle: Handle<'h, V>) {
        let name = self.name();
        let entry = self.model(index).locate(name.0, Purpose::Load);
        let mut expected = self.seen(index, entry);
        let mut done = None;
        let f = |value: &V| {
            let (Some(entry), Some(seen)) = (entry, expected) else {
                panic!("called for {}", value.number());
            };
            assert_eq!(value.number(), seen, "what is updated");
            if let Inside::Panic = self.inside() {
                self.bang();
            }
            let (number, new) = self.world.value();
            match self.exchange(index, entry, seen, Some(number)) {
                true => (done, expected) = (Some(number), None),
                false => expected = self.seen(index, Some(entry)),
            }
            new
        };
        if let Some(updated) = Self::may_panic(|| handle.update(name, f)) {
            assert_eq!(expected, None, "not called again");
            self.keep_if_any(updated, done);
        }
    }

    pub(crate) fn remove_if(&self, index: usize, handle: Handle<'h, V>) {
        let name = self.name();
        let entry = self.model(index).locate(name.0, Purpose::Load);
        let mut expected = self.seen(index, entry);
        let mut done = None;
        let condition = |key: &Key, value: &V| {
            let (Some(entry), Some(seen)) = (entry, expected) else {
                panic!("called for {}", value.number());
            };
            assert_eq!((key.number(), value.number()), (name.0, seen));
            if let Inside::Panic = self.inside() {
                self.bang();
            }
            let wanted = self.world.bytes.below(4) > 0;
            if !wanted {
                expected = None;
            } else if self.exchange(index, entry, seen, None) {
                (done, expected) = (Some(seen), None);
            } else {
                expected = self.seen(index, Some(entry));
            }
            wanted
        };
        if let Some(removed) = Self::may_panic(|| handle.remove_if(name, condition)) {
            assert_eq!(expected, None, "not called again");
            self.keep_if_any(removed, done);
        }
    }

    pub(crate) fn compute(&self, index: usize, handle: Handle<'h, V>) {
        let Name(key) = self.name();
        let locate = || self.model(index).locate(key, Purpose::Load);
        let mut entry = locate();
        let mut done = None;
        let f = |found: Option<(&Key, &V)>| {
            assert!(done.is_none(), "called again");
            let seen = self.seen(index, entry);
            let shown = found.map(|(key, value)| (key.number(), value.number()));
            assert_eq!(shown, seen.map(|seen| (key, seen)), "what is computed from");
            if let Inside::Panic = self.inside() {
                self.bang();
            }
            match self.world.bytes.below(5) {
                0 => {
                    done = Some(Compute::Aborted(7));
                    Operation::Abort(7)
                }
                1 | 2 => {
                    match (entry, seen) {
                        (Some(entry), Some(old)) => {
                            if self.exchange(index, entry, old, None) {
                                done = Some(Compute::Removed(Some(old)));
                            }
                        }
                        _ => done = Some(Compute::Removed(None)),
                    }
                    if done.is_none() {
                        entry = locate();
                    }
                    Operation::Remove
                }
                _ => {
                    let (new, value) = self.world.value();
                    match (entry, seen) {
                        (Some(entry), Some(old)) => {
                            if self.exchange(index, entry, old, Some(new)) {
                                done = Some(Compute::Updated { old, new });
                            }
                        }
                        _ => {
                            if self.model(index).load_or_store(key, new).is_none() {
                                done = Some(Compute::Inserted(new));
                            }
                        }
                    }
                    if done.is_none() {
                        entry = locate();
                    }
                    Operation::Insert(value)
                }
            }
        };
        let Some(outcome) = Self::may_panic(|| handle.compute(self.world.key(key), f)) else {
            return;
        };
        match (outcome, done) {
            (Compute::Inserted(new), Some(Compute::Inserted(number))) => self.keep(new, number),
            (
                Compute::Updated { old, new },
                Some(Compute::Updated {
                    old: before,
                    new: after,
                }),
            ) => {
                self.keep(old, before);
                self.keep(new, after);
            }
            (Compute::Removed(old), Some(Compute::Removed(number))) => {
                self.keep_if_any(old, number);
            }
            (Compute::Aborted(7), Some(Compute::Aborted(7))) => {}
            (_, done) => panic!("it should have been {done:?}"),
        }
    }
}

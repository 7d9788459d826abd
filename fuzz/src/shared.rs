//! The operations that need only a shared reference to a map. They also run inside each
//! other's closures.
//!
//! Operations without a closure are here, those with one in `closures.rs` and
//! `walks.rs`, and operations on a whole map in `whole.rs`.

use super::World;
use super::check::check;
use super::handle::{Handle, Kept, Pin};
use super::model::{Entry, Model, Purpose};
use super::succession::Change;
use super::things::{Name, Value, equal};
use std::cell::{Cell, RefCell, RefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Why the operations under these pins end.
pub(crate) enum End {
    Repin,
    Exclusive,
    Over,
}

/// An operation that needs no exclusive access, or the end of these operations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Get,
    GetCloned,
    ContainsKey,
    GetKey,
    Insert,
    TryInsert,
    TryInsertWith,
    GetOrInsert,
    GetOrInsertWith,
    Update,
    Compute,
    CompareExchange,
    Remove,
    RemoveIf,
    CompareRemove,
    ForEach,
    Iterate,
    Retain,
    Clear,
    Compact,
    Len,
    Flush,
    Extend,
    Clone,
    Compare,
    Format,
    LetGo,
    OtherMaps,
    Repin,
    Exclusive,
}

/// Frequent operations are listed more than once.
const OPS: [Op; 45] = {
    use Op::{
        Clear, Clone, Compact, Compare, CompareExchange, CompareRemove, Compute, ContainsKey,
        Exclusive, Extend, Flush, ForEach, Format, Get, GetCloned, GetKey, GetOrInsert,
        GetOrInsertWith, Insert, Iterate, Len, LetGo, OtherMaps, Remove, RemoveIf, Repin, Retain,
        TryInsert, TryInsertWith, Update,
    };
    [
        Get,
        Get,
        Get,
        GetCloned,
        ContainsKey,
        GetKey,
        Insert,
        Insert,
        Insert,
        Insert,
        TryInsert,
        TryInsert,
        TryInsertWith,
        TryInsertWith,
        GetOrInsert,
        GetOrInsertWith,
        Update,
        Update,
        Compute,
        Compute,
        Compute,
        CompareExchange,
        CompareExchange,
        Remove,
        Remove,
        Remove,
        RemoveIf,
        RemoveIf,
        CompareRemove,
        ForEach,
        Iterate,
        Iterate,
        Retain,
        Clear,
        Compact,
        Len,
        Flush,
        Extend,
        Clone,
        Compare,
        Format,
        LetGo,
        OtherMaps,
        Repin,
        Exclusive,
    ]
};

/// How deep operations may be nested.
const DEEPEST: usize = 3;

/// The payload of a closure's panic. The panic skips the panic hook, which would end
/// the fuzzer.
struct Bang;

/// The maps, some of them pinned.
pub(crate) struct Under<'h, 'd, V> {
    pub(crate) world: &'h World<'d, V>,
    pub(crate) pins: &'h [Option<Pin<'h, V>>],
    /// The values that operations returned, each with the number that it had then.
    pub(crate) held: RefCell<Vec<(Kept<'h, V>, u32)>>,
    pub(crate) depth: Cell<usize>,
}

/// What a closure does before it returns.
pub(crate) enum Inside {
    Nothing,
    Panic,
}

impl<'h, 'd, V: Value> Under<'h, 'd, V> {
    pub(crate) fn new(world: &'h World<'d, V>, pins: &'h [Option<Pin<'h, V>>]) -> Self {
        Self {
            world,
            pins,
            held: RefCell::default(),
            depth: Cell::new(0),
        }
    }

    pub(crate) fn play(&self) -> End {
        while !self.world.bytes.is_empty() {
            let op = self.world.bytes.choose(&OPS);
            match op {
                Op::Repin => {
                    self.let_go();
                    return End::Repin;
                }
                Op::Exclusive => {
                    self.let_go();
                    return End::Exclusive;
                }
                op => self.step(op),
            }
        }
        self.let_go();
        End::Over
    }

    /// Does one operation, and checks the map it was done to.
    pub(crate) fn step(&self, op: Op) {
        let index = self.world.bytes.map();
        let pinned = self.pins[index]
            .as_ref()
            .filter(|_| self.world.bytes.below(2) == 0);
        let map = &self.world.maps[index];
        let handle = pinned.map_or(Handle::OneShot(map), Handle::Pinned);
        self.operate(op, index, handle);
        let change = match op {
            Op::Clear => Change::Clear,
            Op::Compact => Change::Compact,
            _ => Change::Ordinary,
        };
        self.check(index, change);
    }

    pub(crate) fn check(&self, index: usize, change: Change) {
        let (map, mut seen) = (&self.world.maps[index], self.world.seen.borrow_mut());
        check(map, &self.model(index), &mut seen[index], change);
    }

    pub(crate) fn model(&self, index: usize) -> RefMut<'_, Model> {
        RefMut::map(self.world.models.borrow_mut(), |models| &mut models[index])
    }

    fn operate(&self, op: Op, index: usize, handle: Handle<'h, V>) {
        match op {
            Op::Get | Op::GetCloned | Op::ContainsKey | Op::GetKey => self.load(op, index, handle),
            Op::Insert => self.insert(index, handle),
            Op::TryInsert => self.try_insert(index, handle),
            Op::TryInsertWith => self.try_insert_with(index, handle),
            Op::GetOrInsert => self.get_or_insert(index, handle),
            Op::GetOrInsertWith => self.get_or_insert_with(index, handle),
            Op::Update => self.update(index, handle),
            Op::Compute => self.compute(index, handle),
            Op::CompareExchange => self.compare_exchange(index, handle),
            Op::Remove => self.remove(index, handle),
            Op::RemoveIf => self.remove_if(index, handle),
            Op::CompareRemove => self.compare_remove(index, handle),
            Op::ForEach => self.for_each(index, handle),
            Op::Iterate => self.iterate(index),
            Op::Retain => self.retain(index, handle),
            Op::Clear => {
                self.model(index).clear();
                handle.clear();
            }
            Op::Compact => {
                let purged = self.model(index).compact();
                assert_eq!(handle.compact(), purged, "compact");
            }
            Op::Len => assert_eq!(handle.len(), self.model(index).plain.len()),
            Op::Flush => self.flush(),
            Op::Extend => self.extend(index),
            Op::Clone => self.clone_and_drop(index),
            Op::Compare => self.compare(index),
            Op::Format => {
                self.model(index).range();
                let shown = format!("{:?}", handle.map());
                assert!(shown.starts_with('{'));
            }
            Op::LetGo => self.let_go(),
            Op::OtherMaps => self.other_maps(),
            Op::Repin | Op::Exclusive => {}
        }
    }

    /// Runs a call whose closure may panic. None if it panicked.
    pub(crate) fn may_panic<T>(call: impl FnOnce() -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(outcome) => Some(outcome),
            Err(panic) if panic.is::<Bang>() => None,
            Err(other) => resume_unwind(other),
        }
    }

    /// Does what the program chooses inside a closure: nothing, or another operation. A
    /// panic is left to the caller.
    pub(crate) fn inside(&self) -> Inside {
        match self.world.bytes.below(8) {
            5 | 6 if self.depth.get() < DEEPEST => {
                self.depth.set(self.depth.get() + 1);
                // What the outer operation has done so far is one step, and the nested
                // operation is the next.
                (0..self.world.maps.len()).for_each(|map| self.check(map, Change::Ordinary));
                // Operations that end the pins do nothing here.
                self.step(self.world.bytes.choose(&OPS));
                self.depth.set(self.depth.get() - 1);
                Inside::Nothing
            }
            7 => Inside::Panic,
            _ => Inside::Nothing,
        }
    }

    pub(crate) fn bang(&self) -> ! {
        resume_unwind(Box::new(Bang))
    }

    /// Keeps a value, or releases it at once.
    pub(crate) fn keep(&self, value: Kept<'h, V>, number: u32) {
        assert_eq!(value.number(), number, "what came back");
        if self.world.bytes.below(4) == 0 {
            self.held.borrow_mut().push((value, number));
        }
    }

    pub(crate) fn keep_if_any(&self, value: Option<Kept<'h, V>>, number: Option<u32>) {
        let found = value.as_ref().map(|value| value.number());
        assert_eq!(found, number, "what came back");
        if let (Some(value), Some(number)) = (value, number) {
            self.keep(value, number);
        }
    }

    pub(crate) fn let_go(&self) {
        for (value, number) in self.held.take() {
            assert_eq!(value.number(), number, "what was held");
        }
    }

    pub(crate) fn name(&self) -> Name {
        Name(self.world.bytes.key())
    }

    fn load(&self, op: Op, index: usize, handle: Handle<'h, V>) {
        let name = self.name();
        let expected = self.model(index).load(name.0);
        match op {
            Op::GetCloned => {
                let value = handle.get_cloned(name);
                assert_eq!(value.map(|value| value.number()), expected);
            }
            Op::ContainsKey => assert_eq!(handle.contains_key(name), expected.is_some()),
            Op::GetKey => assert_eq!(handle.key_of(name), expected.map(|_| name.0)),
            _ => self.keep_if_any(handle.get(name), expected),
        }
    }

    fn insert(&self, index: usize, handle: Handle<'h, V>) {
        let (Name(key), (number, value)) = (self.name(), self.world.value());
        let expected = self.model(index).swap(key, number);
        self.keep_if_any(handle.insert(self.world.key(key), value), expected);
    }

    fn try_insert(&self, index: usize, handle: Handle<'h, V>) {
        let (Name(key), (number, value)) = (self.name(), self.world.value());
        let expected = self.model(index).load_or_store(key, number);
        match handle.try_insert(self.world.key(key), value) {
            Ok(stored) => {
                assert_eq!(expected, None, "stored");
                self.keep(stored, number);
            }
            Err(refused) => {
                self.keep_if_any(refused.current, expected);
                assert_eq!(refused.key.map(|back| back.number()), Some(key));
                assert_eq!(refused.value.map(|back| back.number()), Some(number));
            }
        }
    }

    fn get_or_insert(&self, index: usize, handle: Handle<'h, V>) {
        let (Name(key), (number, value)) = (self.name(), self.world.value());
        let current = self.model(index).load_or_store(key, number);
        let found = handle.get_or_insert(self.world.key(key), value);
        self.keep(found, current.unwrap_or(number));
    }

    /// What the closure of a running operation sees next: the value of the entry
    /// it works on.
    pub(crate) fn seen(&self, index: usize, entry: Option<Entry>) -> Option<u32> {
        entry.and_then(|entry| self.model(index).value(entry))
    }

    /// A value to compare with, which may be equal to the current one.
    fn expectation(&self, current: Option<u32>) -> V {
        let offset = u32::from(self.world.bytes.below(4) == 1);
        V::new(current.unwrap_or(0) + offset, &self.world.tally)
    }

    fn compare_exchange(&self, index: usize, handle: Handle<'h, V>) {
        let (name, (number, new)) = (self.name(), self.world.value());
        let entry = self.model(index).locate(name.0, Purpose::CompareAndSwap);
        let current = self.seen(index, entry);
        let expected = self.expectation(current);
        let fits = |&current: &u32| equal(current, expected.number());
        let replaced = current.filter(fits).zip(entry);
        if let Some((_, entry)) = replaced {
            self.model(index).write(entry, Some(number));
        }
        match handle.compare_exchange(name, &expected, new) {
            Ok(old) => self.keep_if_any(Some(old), replaced.map(|(old, _)| old)),
            Err(refused) => {
                assert!(replaced.is_none(), "refused");
                self.keep_if_any(refused.current, current);
                assert_eq!(refused.value.map(|back| back.number()), Some(number));
            }
        }
    }

    fn compare_remove(&self, index: usize, handle: Handle<'h, V>) {
        let name = self.name();
        let entry = self.model(index).locate(name.0, Purpose::Load);
        let current = self.seen(index, entry);
        let expected = self.expectation(current);
        let fits = |&current: &u32| equal(current, expected.number());
        let removed = current.filter(fits).zip(entry);
        if let Some((_, entry)) = removed {
            self.model(index).write(entry, None);
        }
        let outcome = handle.compare_remove(name, &expected);
        self.keep_if_any(outcome, removed.map(|(old, _)| old));
    }

    fn remove(&self, index: usize, handle: Handle<'h, V>) {
        let name = self.name();
        let expected = self.model(index).load_and_delete(name.0);
        self.keep_if_any(handle.remove(name), expected);
    }
}

//! What is called in a history, and what came of it.

use readmostly::Operation;
use std::fmt;

/// How many keys the histories are about. There are others beside them, which
/// only fill the map up.
pub(crate) const KEYS: usize = NAMES.len();

pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];

/// One of the keys that a history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) usize);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES[self.0])
    }
}

/// A call of the map that has a place in a sequential order. Every value that is
/// put in occurs once in its history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    Get(Name),
    GetHashed(Name),
    GetCloned(Name),
    ContainsKey(Name),
    Insert(Name, u64),
    TryInsert(Form, Name, u64),
    /// An insertion whose value cannot be made.
    FailToInsert(Keyed, Name),
    CompareExchange {
        name: Name,
        expected: u64,
        new: u64,
    },
    Replace(Name, u64),
    ReplaceIf {
        name: Name,
        expected: u64,
        new: u64,
    },
    Remove(Name),
    /// A removal of a value that the caller owns.
    RemoveOwned(Name),
    /// The first item of an iterator that removes this key.
    ExtractIf(Name),
    CompareRemove {
        name: Name,
        expected: u64,
    },
    TryRemoveIf {
        name: Name,
        expected: u64,
    },
    Update(Name, u64),
    UpdateOrInsert(Keyed, Name, u64),
    /// None: removes the key.
    UpdateOrRemove(Name, Option<u64>),
    Compute {
        keyed: Keyed,
        name: Name,
        present: Operation<u64>,
        absent: Operation<u64>,
    },
    Clear,
    /// All pairs are dropped unasked: so it is a clear.
    TakeAll,
}

/// What an update that may insert puts in where it would put `value` over another value.
pub(crate) fn inserted_for(value: u64) -> u64 {
    value + 50
}

/// Whether the map gets a key, or borrows one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Keyed {
    Own,
    Lent,
}

/// The methods that are Go's LoadOrStore.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    TryInsert,
    TryInsertWith,
    GetOrInsert,
    GetOrInsertWith,
    GetOrInsertWithRef,
    GetOrInsertHashedWith,
    GetOrTryInsertWith,
    GetOrTryInsertWithRef,
    GetOrInsertOnce,
}

impl Call {
    /// The key it is about. None: all of them.
    pub(crate) fn name(self) -> Option<Name> {
        match self {
            Self::Get(name)
            | Self::GetHashed(name)
            | Self::GetCloned(name)
            | Self::ContainsKey(name)
            | Self::Insert(name, _)
            | Self::TryInsert(_, name, _)
            | Self::FailToInsert(_, name)
            | Self::CompareExchange { name, .. }
            | Self::Replace(name, _)
            | Self::ReplaceIf { name, .. }
            | Self::Remove(name)
            | Self::RemoveOwned(name)
            | Self::ExtractIf(name)
            | Self::CompareRemove { name, .. }
            | Self::TryRemoveIf { name, .. }
            | Self::Update(name, _)
            | Self::UpdateOrInsert(_, name, _)
            | Self::UpdateOrRemove(name, _)
            | Self::Compute { name, .. } => Some(name),
            Self::Clear | Self::TakeAll => None,
        }
    }

    /// Whether a call of another thread could tell in which order the two were.
    pub(crate) fn meets(self, other: Self) -> bool {
        match (self.name(), other.name()) {
            (Some(mine), Some(yours)) => mine == yours,
            _ => true,
        }
    }

    /// The same call, if it compares with `value`.
    pub(crate) fn expecting(self, value: u64) -> Self {
        let expected = value;
        match self {
            Self::CompareExchange { name, new, .. } => Self::CompareExchange {
                name,
                expected,
                new,
            },
            Self::ReplaceIf { name, new, .. } => Self::ReplaceIf {
                name,
                expected,
                new,
            },
            Self::CompareRemove { name, .. } => Self::CompareRemove { name, expected },
            Self::TryRemoveIf { name, .. } => Self::TryRemoveIf { name, expected },
            other => other,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Get(name) => write!(f, "get({name})"),
            Self::GetHashed(name) => write!(f, "get_hashed({name})"),
            Self::GetCloned(name) => write!(f, "get_cloned({name})"),
            Self::ContainsKey(name) => write!(f, "contains_key({name})"),
            Self::Insert(name, value) => write!(f, "insert({name}, {value})"),
            Self::TryInsert(form, name, value) => write!(f, "{form}({name}, {value})"),
            Self::FailToInsert(keyed, name) => write!(f, "fail to insert({name}, {keyed:?})"),
            Self::Replace(name, new) => write!(f, "replace({name}, {new})"),
            Self::ReplaceIf {
                name,
                expected,
                new,
            } => write!(f, "replace_if({name}, {expected}, {new})"),
            Self::CompareExchange {
                name,
                expected,
                new,
            } => write!(f, "compare_exchange({name}, {expected}, {new})"),
            Self::Remove(name) => write!(f, "remove({name})"),
            Self::RemoveOwned(name) => write!(f, "remove_owned({name})"),
            Self::ExtractIf(name) => write!(f, "extract_if({name})"),
            Self::CompareRemove { name, expected } => {
                write!(f, "compare_remove({name}, {expected})")
            }
            Self::TryRemoveIf { name, expected } => {
                write!(f, "try_remove_if({name}, {expected})")
            }
            Self::UpdateOrInsert(keyed, name, value) => {
                write!(f, "update_or_insert({name}, to {value}, {keyed:?})")
            }
            Self::UpdateOrRemove(name, value) => {
                write!(f, "update_or_remove({name}, to {value:?})")
            }
            Self::Update(name, value) => write!(f, "update({name}, to {value})"),
            Self::Compute {
                keyed,
                name,
                present,
                absent,
            } => write!(
                f,
                "compute({name}, if present {present:?}, else {absent:?}, {keyed:?})"
            ),
            Self::Clear => write!(f, "clear()"),
            Self::TakeAll => write!(f, "take_all()"),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TryInsert => "try_insert",
            Self::TryInsertWith => "try_insert_with",
            Self::GetOrInsert => "get_or_insert",
            Self::GetOrInsertWith => "get_or_insert_with",
            Self::GetOrInsertWithRef => "get_or_insert_with_ref",
            Self::GetOrInsertHashedWith => "get_or_insert_hashed_with",
            Self::GetOrTryInsertWith => "get_or_try_insert_with",
            Self::GetOrTryInsertWithRef => "get_or_try_insert_with_ref",
            Self::GetOrInsertOnce => "get_or_insert_once",
        })
    }
}

/// What came of a call, all of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// What was found, overwritten or taken out.
    Found(Option<u64>),
    Present(bool),
    /// The value that is in the map now.
    Inserted(u64),
    Occupied {
        current: u64,
    },
    /// What the key had instead of the expected value, and the new one back.
    Refused {
        current: Option<u64>,
        back: u64,
    },
    Updated {
        old: u64,
        new: u64,
    },
    /// What the closure saw that decided to change nothing.
    Aborted(Option<u64>),
    Done,
    /// No call may end so.
    Panicked(String),
}

impl Outcome {
    /// What a thread that made this call, with this outcome, knows of its key.
    pub(crate) fn seen_after(&self, call: Call) -> Option<u64> {
        match (self, call) {
            (_, Call::Insert(_, value)) => Some(value),
            (Self::Found(_), Call::Remove(_) | Call::RemoveOwned(_)) => None,
            (Self::Found(_), Call::CompareRemove { .. }) => None,
            (Self::Found(_), Call::ExtractIf(_) | Call::TryRemoveIf { .. }) => None,
            (Self::Found(_), Call::UpdateOrRemove(..)) => None,
            (Self::Found(_), Call::CompareExchange { new, .. }) => Some(new),
            (Self::Found(_), Call::ReplaceIf { new, .. } | Call::Replace(_, new)) => Some(new),
            (Self::Found(value) | Self::Aborted(value), _) => *value,
            (Self::Inserted(value) | Self::Updated { new: value, .. }, _) => Some(*value),
            (Self::Occupied { current }, _) => Some(*current),
            (Self::Refused { current, .. }, _) => *current,
            (Self::Present(_) | Self::Done | Self::Panicked(_), _) => None,
        }
    }
}

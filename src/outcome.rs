//! What the methods with more than one outcome take and give back.
//!
//! `R` is the type in which a present value is handed out: a [`Ref`](crate::Ref) by the
//! methods of [`SyncMap`](crate::SyncMap), a plain `&V` by those of
//! [`Pinned`](crate::Pinned).

use std::error::Error;
use std::fmt;

/// What hands out one value at most.
pub(crate) trait Outcome<R> {
    /// The same that hands out a `Q`.
    type With<Q>;

    /// The same with the value handed out by `f`.
    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> Self::With<Q>;
}

impl<R> Outcome<R> for Option<R> {
    type With<Q> = Option<Q>;

    #[inline]
    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> Option<Q> {
        self.map(f)
    }
}

impl<R, E: Outcome<R>> Outcome<R> for Result<R, E> {
    type With<Q> = Result<Q, E::With<Q>>;

    #[inline]
    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> Result<Q, E::With<Q>> {
        match self {
            Ok(value) => Ok(f(value)),
            Err(refused) => Err(refused.hand_out(f)),
        }
    }
}

/// An operation that ends with a value, unless code of the user's fails.
pub(crate) struct Tried<R, E>(pub(crate) Result<R, E>);

impl<R, E> Outcome<R> for Tried<R, E> {
    type With<Q> = Tried<Q, E>;

    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> Tried<Q, E> {
        Tried(self.0.map(f))
    }
}

/// The key is already present, so nothing was inserted. The error contains the key and the
/// value that the caller passed.
///
/// [`SyncMap::try_insert`](crate::SyncMap::try_insert) returns it with the value as `W =
/// V`. [`SyncMap::try_insert_with`](crate::SyncMap::try_insert_with) returns it with `W =
/// Option<V>`, which is `None` if the value was never made.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let refused = map.try_insert("a", 2).unwrap_err();
/// assert_eq!(*refused.current, 1);
/// assert_eq!((refused.key, refused.value), ("a", 2));
/// ```
pub struct OccupiedError<R, K, W> {
    /// The value that is in the map.
    pub current: R,
    /// The key that was not inserted.
    pub key: K,
    /// The value that was not inserted.
    pub value: W,
}

/// An insertion that may have been refused.
pub(crate) type Insertion<R, K, W> = Result<R, OccupiedError<R, K, W>>;

impl<R, K, W> OccupiedError<R, K, W> {
    /// The value that is in the map. Drops what was offered.
    pub(crate) fn into_current(self) -> R {
        let Self {
            current,
            key,
            value,
        } = self;
        // Dropped here, while `current` is still ours. At the end of the function a
        // panicking destructor would leak the value that is returned, and its guard.
        drop((key, value));
        current
    }
}

impl<R, K, W> Outcome<R> for OccupiedError<R, K, W> {
    type With<Q> = OccupiedError<Q, K, W>;

    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> OccupiedError<Q, K, W> {
        OccupiedError {
            current: f(self.current),
            key: self.key,
            value: self.value,
        }
    }
}

impl<R: fmt::Debug, K: fmt::Debug, W: fmt::Debug> fmt::Debug for OccupiedError<R, K, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedError")
            .field("current", &self.current)
            .field("key", &self.key)
            .field("value", &self.value)
            .finish()
    }
}

impl<R, K, W> fmt::Display for OccupiedError<R, K, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is present already, and its value was kept")
    }
}

impl<R: fmt::Debug, K: fmt::Debug, W: fmt::Debug> Error for OccupiedError<R, K, W> {}

/// The value does not equal the expected one, or the key is absent. Nothing was exchanged.
/// The error contains the new value.
///
/// [`SyncMap::compare_exchange`](crate::SyncMap::compare_exchange) and
/// [`SyncMap::replace_if`](crate::SyncMap::replace_if) return this error.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let refused = map.compare_exchange("a", &7, 8).unwrap_err();
/// assert_eq!(refused.current.as_deref(), Some(&1));
/// assert_eq!(refused.new, 8);
/// ```
pub struct CompareExchangeError<R, V> {
    /// The value that is in the map. `None` if the key is absent.
    pub current: Option<R>,
    /// The new value, which was not put in.
    pub new: V,
}

/// An exchange that may have been refused.
pub(crate) type Exchange<R, V> = Result<R, CompareExchangeError<R, V>>;

impl<R, V> Outcome<R> for CompareExchangeError<R, V> {
    type With<Q> = CompareExchangeError<Q, V>;

    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> CompareExchangeError<Q, V> {
        CompareExchangeError {
            current: self.current.map(f),
            new: self.new,
        }
    }
}

impl<R: fmt::Debug, V: fmt::Debug> fmt::Debug for CompareExchangeError<R, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompareExchangeError")
            .field("current", &self.current)
            .field("new", &self.new)
            .finish()
    }
}

impl<R, V> fmt::Display for CompareExchangeError<R, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.current {
            Some(_) => "the value is not the expected one, and was kept",
            None => "the key is absent, and nothing was inserted",
        })
    }
}

impl<R: fmt::Debug, V: fmt::Debug> Error for CompareExchangeError<R, V> {}

/// The condition does not hold for the value, or the key is absent. Nothing was removed.
///
/// [`SyncMap::try_remove_if`](crate::SyncMap::try_remove_if) returns this error.
///
/// # Examples
///
/// ```
/// use readmostly::SyncMap;
///
/// let map = SyncMap::from([("a", 1)]);
/// let refused = map.try_remove_if("a", |_, n| *n > 1).unwrap_err();
/// assert_eq!(refused.current.as_deref(), Some(&1));
/// assert!(map.try_remove_if("b", |_, _| true).unwrap_err().current.is_none());
/// ```
pub struct RemoveIfError<R> {
    /// The value that is in the map. `None` if the key is absent.
    pub current: Option<R>,
}

/// A removal that may have been refused.
pub(crate) type Removal<R> = Result<R, RemoveIfError<R>>;

impl<R> Outcome<R> for RemoveIfError<R> {
    type With<Q> = RemoveIfError<Q>;

    fn hand_out<Q>(self, f: impl FnOnce(R) -> Q) -> RemoveIfError<Q> {
        RemoveIfError {
            current: self.current.map(f),
        }
    }
}

impl<R: fmt::Debug> fmt::Debug for RemoveIfError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoveIfError")
            .field("current", &self.current)
            .finish()
    }
}

impl<R> fmt::Display for RemoveIfError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.current {
            Some(_) => "the condition does not hold for the value, which was kept",
            None => "the key is absent, and nothing was removed",
        })
    }
}

impl<R: fmt::Debug> Error for RemoveIfError<R> {}

/// The decision of the closure of [`SyncMap::compute`](crate::SyncMap::compute).
///
/// # Examples
///
/// ```
/// use readmostly::{Operation, SyncMap};
///
/// let map = SyncMap::from([("a", 1)]);
/// map.compute("a", |_| Operation::<_>::Remove);
/// assert!(map.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<V, T = ()> {
    /// Insert this value if the key is absent. Overwrite the value of the key if it is
    /// present.
    Insert(V),
    /// Remove the key. If the key is absent, nothing happens.
    Remove,
    /// Change nothing. The caller gets this reason.
    Abort(T),
}

/// The result of [`SyncMap::compute`](crate::SyncMap::compute).
///
/// # Examples
///
/// ```
/// use readmostly::{Compute, Operation, SyncMap};
///
/// let map = SyncMap::new();
/// let inserted = map.compute("a", |_| Operation::<_>::Insert(1));
/// assert!(matches!(inserted, Compute::Inserted(n) if *n == 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compute<R, T = ()> {
    /// The key was absent. This is its new value.
    Inserted(R),
    /// The key was present, and its value was overwritten.
    Updated {
        /// The value it had.
        old: R,
        /// The value it has now.
        new: R,
    },
    /// The key is absent now. This is the value that was removed. `None` if the key was
    /// absent before.
    Removed(Option<R>),
    /// Nothing was changed, for this reason.
    Aborted(T),
}

impl<R, T> Compute<R, T> {
    /// The same with every value handed out by `f`.
    pub(crate) fn map<Q>(self, mut f: impl FnMut(R) -> Q) -> Compute<Q, T> {
        match self {
            Self::Inserted(value) => Compute::Inserted(f(value)),
            Self::Updated { old, new } => Compute::Updated {
                old: f(old),
                new: f(new),
            },
            Self::Removed(value) => Compute::Removed(value.map(f)),
            Self::Aborted(reason) => Compute::Aborted(reason),
        }
    }
}

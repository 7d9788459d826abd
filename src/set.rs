//! [`SyncSet`]: a set over a [`SyncMap`] whose values have no size.

use crate::iter::{Drain, IntoIter, Keys};
use crate::map::SyncMap;
use crate::pinned::Pinned;
use crate::refs::{MappedRef, Ref};
use crate::refs_iter::KeyRefs;
use equivalent::Equivalent;
use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::iter::FusedIterator;
use std::ops::{ControlFlow, Deref};

/// A concurrent set for read-mostly data: a [`SyncMap`] without values.
///
/// What the documentation of the map says of its keys holds for the elements of the set: which
/// calls take the mutex, when an element is dropped, and what a removal leaves behind. An
/// element costs an entry of the map, and no more.
///
/// # Examples
///
/// ```
/// use readmostly::SyncSet;
/// use std::thread;
///
/// let banned = SyncSet::from(["10.0.0.1", "10.0.0.2"]);
/// thread::scope(|scope| {
///     scope.spawn(|| assert!(banned.insert("10.0.0.3")));
///     scope.spawn(|| assert!(banned.contains("10.0.0.1")));
/// });
/// assert_eq!(banned.len(), 3);
/// ```
pub struct SyncSet<T, S = RandomState> {
    map: SyncMap<T, (), S>,
}

/// A reference to an element, from a one-shot method of [`SyncSet`]. What [`Ref`] says of
/// itself holds for it too. It is a `Ref<T, ()>` inside, and errors of the compiler name that.
///
/// # Examples
///
/// ```
/// let set = readmostly::SyncSet::from([String::from("a")]);
/// assert_eq!(*set.get("a").unwrap(), "a");
/// ```
pub struct SetRef<'m, T>(Ref<'m, T, ()>);

impl<T> Deref for SetRef<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.key()
    }
}

impl<T: fmt::Debug> fmt::Debug for SetRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for SetRef<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> SyncSet<T, RandomState> {
    /// The same as [`SyncMap::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::<u32>::new();
    /// assert!(set.is_empty());
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// The same as [`SyncMap::with_capacity`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::with_capacity(1_000);
    /// set.insert("a");
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T, S> SyncSet<T, S> {
    /// The map that it is built on.
    #[cfg(feature = "rayon")]
    pub(crate) fn map(&self) -> &SyncMap<T, (), S> {
        &self.map
    }

    /// The same as [`SyncMap::with_hasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncSet;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// type Fixed = BuildHasherDefault<DefaultHasher>;
    /// static NAMES: SyncSet<&str, Fixed> = SyncSet::with_hasher(Fixed::new());
    ///
    /// assert!(NAMES.insert("a"));
    /// ```
    pub const fn with_hasher(hasher: S) -> Self {
        Self::with_capacity_and_hasher(0, hasher)
    }

    /// The same as [`SyncMap::with_capacity_and_hasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncSet;
    /// use std::hash::RandomState;
    ///
    /// let set = SyncSet::with_capacity_and_hasher(1_000, RandomState::new());
    /// set.insert("a");
    /// ```
    pub const fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        let map = SyncMap::with_capacity_and_hasher(capacity, hasher);
        Self { map }
    }

    /// The same as [`SyncMap::hasher`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::<u32>::new();
    /// let _: &std::hash::RandomState = set.hasher();
    /// ```
    pub fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// The same as [`SyncMap::len`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::SyncSet::from([1, 2]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// The same as [`SyncMap::is_empty`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(readmostly::SyncSet::<u32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The same as [`SyncMap::pin`]. The handle has nearly the same methods as the set.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// assert_eq!(set.pin().iter().sum::<i32>(), 3);
    /// ```
    pub fn pin(&self) -> PinnedSet<'_, T, S> {
        PinnedSet {
            map: self.map.pin(),
        }
    }

    /// Returns an iterator over the elements that are present. Each item can be kept: it shares
    /// the pin of the iterator, as those of [`SyncMap::keys`] do.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// assert_eq!(set.iter().map(|n| *n).sum::<i32>(), 3);
    /// ```
    pub fn iter(&self) -> KeyRefs<'_, T, ()> {
        self.map.keys()
    }

    /// The same as [`SyncMap::flush`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([String::from("a")]);
    /// set.clear();
    /// set.flush();
    /// ```
    pub fn flush(&self) -> bool
    where
        T: Send + Sync + 'static,
    {
        self.map.flush()
    }

    /// The same as [`SyncMap::for_each`], for elements.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// let set = readmostly::SyncSet::from([1]);
    /// assert_eq!(set.for_each(|&n| ControlFlow::Break(n)), ControlFlow::Break(1));
    /// ```
    pub fn for_each<B>(&self, mut f: impl FnMut(&T) -> ControlFlow<B>) -> ControlFlow<B> {
        self.map.for_each(|element, ()| f(element))
    }

    /// The same as [`SyncMap::drain`], for elements.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut set = readmostly::SyncSet::from([1]);
    /// assert_eq!(set.drain().collect::<Vec<_>>(), [1]);
    /// assert!(set.is_empty());
    /// ```
    pub fn drain(&mut self) -> SetDrain<'_, T> {
        SetDrain(self.map.drain())
    }
}

/// Reads.
impl<T, S: BuildHasher> SyncSet<T, S> {
    /// Returns `true` if the set has the element. In all other respects the same as
    /// [`SyncMap::get`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from(["a"]);
    /// assert!(set.contains("a") && !set.contains("b"));
    /// ```
    #[inline]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.contains_key(element)
    }

    /// Returns the element of the set that equals `element`, or `None`. In all other respects
    /// the same as [`SyncMap::get`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([String::from("a")]);
    /// assert_eq!(*set.get("a").unwrap(), "a");
    /// ```
    #[inline]
    pub fn get<Q>(&self, element: &Q) -> Option<SetRef<'_, T>>
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.get(element).map(SetRef)
    }

    /// Returns `true` if `other` has each element of this set. The guarantees are those of an
    /// iteration over this set with a call of [`contains`](SyncSet::contains) of `other` for
    /// each element.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncSet;
    ///
    /// assert!(SyncSet::from([1]).is_subset(&SyncSet::from([1, 2])));
    /// ```
    pub fn is_subset<R: BuildHasher>(&self, other: &SyncSet<T, R>) -> bool
    where
        T: Hash + Eq,
    {
        let (ours, theirs) = (self.pin(), other.pin());
        ours.iter().all(|element| theirs.contains(element))
    }

    /// Returns `true` if `other` has no element of this set. The guarantees are those of
    /// [`is_subset`](SyncSet::is_subset).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::SyncSet;
    ///
    /// assert!(SyncSet::from([1]).is_disjoint(&SyncSet::from([2])));
    /// ```
    pub fn is_disjoint<R: BuildHasher>(&self, other: &SyncSet<T, R>) -> bool
    where
        T: Hash + Eq,
    {
        let (ours, theirs) = (self.pin(), other.pin());
        ours.iter().all(|element| !theirs.contains(element))
    }
}

/// Writes.
impl<T, S> SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher,
{
    /// Inserts `element`. Returns `true` if it was absent. Otherwise the set keeps its own
    /// element, and drops `element`. In all other respects the same as
    /// [`SyncMap::try_insert`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::new();
    /// assert!(set.insert("a"));
    /// assert!(!set.insert("a"));
    /// ```
    pub fn insert(&self, element: T) -> bool {
        self.map.try_insert(element, ()).is_ok()
    }

    /// Returns the element of the set that equals `element`. If there is none, inserts the
    /// element that `make` returns. The closure is given `element`, so a function such as
    /// `str::to_owned` can be passed. In all other respects the same as
    /// [`SyncMap::get_or_insert_with_ref`].
    ///
    /// # Examples
    ///
    /// ```
    /// let names = readmostly::SyncSet::<String>::new();
    /// for name in ["tea", "milk", "tea"] {
    ///     assert_eq!(*names.get_or_insert_with(name, str::to_owned), name);
    /// }
    /// assert_eq!(names.len(), 2);
    /// ```
    #[doc(alias = "intern")]
    pub fn get_or_insert_with<Q>(&self, element: &Q, make: impl FnOnce(&Q) -> T) -> SetRef<'_, T>
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        let make = || make(element);
        SetRef(self.map.get_or_insert_with_ref(element, make, || ()))
    }

    /// Removes `element`. Returns `true` if it was present. In all other respects the same as
    /// [`SyncMap::remove`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from(["a"]);
    /// assert!(set.remove("a"));
    /// assert!(!set.remove("a"));
    /// ```
    pub fn remove<Q>(&self, element: &Q) -> bool
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.remove(element).is_some()
    }

    /// Removes `element`. Returns the element that was in the set, or `None`. In all other
    /// respects the same as [`SyncMap::remove`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([String::from("a")]);
    /// assert_eq!(*set.take("a").unwrap(), "a");
    /// assert!(set.is_empty());
    /// ```
    pub fn take<Q>(&self, element: &Q) -> Option<SetRef<'_, T>>
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.remove(element).map(SetRef)
    }
}

/// Writes that do not hash an element.
impl<T: Send + Sync + 'static, S> SyncSet<T, S> {
    /// The same as [`SyncMap::retain`], for elements.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// assert_eq!(set.retain(|n| *n > 1), 1);
    /// assert!(!set.contains(&1) && set.contains(&2));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&T) -> bool) -> usize {
        self.map.retain(|element, ()| keep(element))
    }

    /// The same as [`SyncMap::clear`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1]);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        self.map.clear();
    }

    /// Makes room for so many more elements, as [`SyncMap::reserve`] does for keys.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::<u32>::new();
    /// set.reserve(1_000);
    /// ```
    pub fn reserve(&self, additional: usize) {
        self.map.reserve(additional);
    }

    /// The same as [`SyncMap::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// set.remove(&1);
    /// assert_eq!(set.compact(), 1);
    /// ```
    pub fn compact(&self) -> usize {
        self.map.compact()
    }
}

/// A [`SyncSet`] under a pin that is held for many calls, from [`SyncSet::pin`]. What
/// [`Pinned`] says of itself holds for it too.
///
/// # Examples
///
/// ```
/// let set = readmostly::SyncSet::from(["a", "b"]);
/// let pinned = set.pin();
/// assert_eq!(pinned.get("a"), Some(&"a"));
/// for element in &pinned {
///     println!("{element}");
/// }
/// ```
pub struct PinnedSet<'m, T, S> {
    map: Pinned<'m, T, (), S>,
}

impl<T, S> PinnedSet<'_, T, S> {
    /// The same as [`Pinned::repin`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1]);
    /// let mut pinned = set.pin();
    /// pinned.repin();
    /// assert_eq!(pinned.len(), 1);
    /// ```
    pub fn repin(&mut self) {
        self.map.repin();
    }

    /// The same as [`SyncSet::len`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly::SyncSet::from([1, 2]).pin().len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// The same as [`SyncSet::is_empty`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!readmostly::SyncSet::from([1]).pin().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The same as [`SyncSet::for_each`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// let set = readmostly::SyncSet::from([1]);
    /// assert_eq!(set.pin().for_each(|&n| ControlFlow::Break(n)), ControlFlow::Break(1));
    /// ```
    pub fn for_each<B>(&self, mut f: impl FnMut(&T) -> ControlFlow<B>) -> ControlFlow<B> {
        self.map.for_each(|element, ()| f(element))
    }

    /// Returns an iterator over the elements, as [`Pinned::keys`] does over keys.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// assert_eq!(set.pin().iter().max(), Some(&2));
    /// ```
    pub fn iter(&self) -> Keys<'_, T, ()> {
        self.map.keys()
    }
}

/// Reads.
impl<T, S: BuildHasher> PinnedSet<'_, T, S> {
    /// The same as [`SyncSet::contains`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(readmostly::SyncSet::from(["a"]).pin().contains("a"));
    /// ```
    #[inline]
    pub fn contains<Q>(&self, element: &Q) -> bool
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.contains_key(element)
    }

    /// The same as [`SyncSet::get`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from(["a"]);
    /// assert_eq!(set.pin().get("a"), Some(&"a"));
    /// ```
    #[inline]
    pub fn get<Q>(&self, element: &Q) -> Option<&T>
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        Some(self.map.get_key_value(element)?.0)
    }
}

/// Writes.
impl<T, S> PinnedSet<'_, T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher,
{
    /// The same as [`SyncSet::insert`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::new();
    /// assert!(set.pin().insert("a"));
    /// ```
    pub fn insert(&self, element: T) -> bool {
        self.map.try_insert(element, ()).is_ok()
    }

    /// The same as [`SyncSet::get_or_insert_with`], but returns a plain reference.
    ///
    /// # Examples
    ///
    /// ```
    /// let names = readmostly::SyncSet::<String>::new();
    /// let pinned = names.pin();
    /// let tea = pinned.get_or_insert_with("tea", str::to_owned);
    /// assert!(std::ptr::eq(tea, pinned.get_or_insert_with("tea", str::to_owned)));
    /// ```
    #[doc(alias = "intern")]
    pub fn get_or_insert_with<Q>(&self, element: &Q, make: impl FnOnce(&Q) -> T) -> &T
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        let make = || make(element);
        self.map
            .get_or_insert_key_value_with_ref(element, make, || ())
            .0
    }

    /// The same as [`SyncSet::remove`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(readmostly::SyncSet::from(["a"]).pin().remove("a"));
    /// ```
    pub fn remove<Q>(&self, element: &Q) -> bool
    where
        Q: Hash + Equivalent<T> + ?Sized,
    {
        self.map.remove(element).is_some()
    }
}

/// Writes that do not hash an element.
impl<T: Send + Sync + 'static, S> PinnedSet<'_, T, S> {
    /// The same as [`SyncSet::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1, 2]);
    /// let pinned = set.pin();
    /// pinned.retain(|n| *n > 1);
    /// assert_eq!(pinned.len(), 1);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&T) -> bool) -> usize {
        self.map.retain(|element, ()| keep(element))
    }

    /// The same as [`SyncSet::clear`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1]);
    /// set.pin().clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        self.map.clear();
    }

    /// The same as [`SyncSet::compact`].
    ///
    /// # Examples
    ///
    /// ```
    /// let set = readmostly::SyncSet::from([1]);
    /// set.remove(&1);
    /// assert_eq!(set.pin().compact(), 1);
    /// ```
    pub fn compact(&self) -> usize {
        self.map.compact()
    }
}

/// The same as [`SyncSet::iter`].
impl<'m, T, S> IntoIterator for &'m SyncSet<T, S> {
    type Item = MappedRef<'m, T>;
    type IntoIter = KeyRefs<'m, T, ()>;

    fn into_iter(self) -> KeyRefs<'m, T, ()> {
        self.iter()
    }
}

impl<'p, T, S> IntoIterator for &'p PinnedSet<'_, T, S> {
    type Item = &'p T;
    type IntoIter = Keys<'p, T, ()>;

    fn into_iter(self) -> Keys<'p, T, ()> {
        self.iter()
    }
}

impl<T: fmt::Debug, S> fmt::Debug for PinnedSet<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

/// An iterator that owns the elements of a set, from `into_iter` of the set.
///
/// # Examples
///
/// ```
/// let set = readmostly::SyncSet::from(["a"]);
/// assert_eq!(set.into_iter().collect::<Vec<_>>(), ["a"]);
/// ```
pub struct SetIntoIter<T>(IntoIter<T, ()>);

/// An iterator that owns the elements that were in a set, from [`SyncSet::drain`]. The drop of
/// the iterator drops the elements that it has not returned.
///
/// # Examples
///
/// ```
/// let mut set = readmostly::SyncSet::from(["a"]);
/// assert_eq!(set.drain().next(), Some("a"));
/// ```
pub struct SetDrain<'m, T>(Drain<'m, T, ()>);

impl<T> Iterator for SetIntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next().map(|(element, ())| element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> Iterator for SetDrain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next().map(|(element, ())| element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> ExactSizeIterator for SetIntoIter<T> {}
impl<T> ExactSizeIterator for SetDrain<'_, T> {}
impl<T> FusedIterator for SetIntoIter<T> {}
impl<T> FusedIterator for SetDrain<'_, T> {}

impl<T> fmt::Debug for SetIntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetIntoIter").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SetDrain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetDrain").finish_non_exhaustive()
    }
}

impl<T, S: Default> Default for SyncSet<T, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// Shows the elements. The guarantees of the iteration are those of
/// [`for_each`](SyncSet::for_each).
impl<T: fmt::Debug, S> fmt::Debug for SyncSet<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pin().fmt(f)
    }
}

/// Creates a new set with clones of the elements, as the clone of a [`SyncMap`] does.
impl<T, S> Clone for SyncSet<T, S>
where
    T: Clone + Hash + Eq + Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn clone(&self) -> Self {
        let map = self.map.clone();
        Self { map }
    }
}

/// Two sets are equal if they have the same elements. The result is exact when no writer runs.
impl<T, S, R> PartialEq<SyncSet<T, R>> for SyncSet<T, S>
where
    T: Hash + Eq,
    S: BuildHasher,
    R: BuildHasher,
{
    fn eq(&self, other: &SyncSet<T, R>) -> bool {
        self.map == other.map
    }
}

impl<T: Hash + Eq, S: BuildHasher> Eq for SyncSet<T, S> {}

/// Inserts the elements in blocks, as `extend` of a [`SyncMap`] does. If an element is present,
/// the set keeps its own.
impl<T, S> Extend<T> for &SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        let pairs = elements.into_iter().map(|element| (element, ()));
        (&self.map).extend(pairs);
    }
}

/// Inserts the elements, as `extend` of a shared reference does.
impl<T, S> Extend<T> for SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        (&*self).extend(elements);
    }
}

/// Inserts copies of the elements, as `extend` of a shared reference does.
impl<'a, T, S> Extend<&'a T> for SyncSet<T, S>
where
    T: Copy + Hash + Eq + Send + Sync + 'static,
    S: BuildHasher,
{
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, elements: I) {
        (&*self).extend(elements.into_iter().copied());
    }
}

/// Creates a set of the elements. They are promoted, so reads of the new set are lock-free from
/// the first one.
impl<T, S> FromIterator<T> for SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher + Default,
{
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let pairs = elements.into_iter().map(|element| (element, ()));
        let map = pairs.collect();
        Self { map }
    }
}

/// The same as [`FromIterator`].
impl<T, const N: usize> From<[T; N]> for SyncSet<T, RandomState>
where
    T: Hash + Eq + Send + Sync + 'static,
{
    fn from(elements: [T; N]) -> Self {
        Self::from_iter(elements)
    }
}

/// Moves the elements into a set that can be shared, with a clone of the hasher.
impl<T, S> From<HashSet<T, S>> for SyncSet<T, S>
where
    T: Hash + Eq + Send + Sync + 'static,
    S: BuildHasher + Clone,
{
    fn from(set: HashSet<T, S>) -> Self {
        let hasher = set.hasher().clone();
        let pairs = set.into_iter().map(|element| (element, ()));
        let map = SyncMap::filled(hasher, 0, pairs);
        Self { map }
    }
}

/// Moves the elements into a plain set, with a clone of the hasher.
impl<T, S> From<SyncSet<T, S>> for HashSet<T, S>
where
    T: Hash + Eq,
    S: BuildHasher + Clone,
{
    fn from(set: SyncSet<T, S>) -> Self {
        let hasher = set.hasher().clone();
        let elements = set.into_iter();
        let mut plain = Self::with_capacity_and_hasher(elements.len(), hasher);
        plain.extend(elements);
        plain
    }
}

/// Moves the elements out of the set.
impl<T, S> IntoIterator for SyncSet<T, S> {
    type Item = T;
    type IntoIter = SetIntoIter<T>;

    fn into_iter(self) -> SetIntoIter<T> {
        SetIntoIter(self.map.into_iter())
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::SyncSet;
    use serde::de::{SeqAccess, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::fmt;
    use std::hash::{BuildHasher, Hash};
    use std::iter;
    use std::marker::PhantomData;

    /// Serializes the elements as a sequence.
    impl<T: Serialize, S> Serialize for SyncSet<T, S> {
        fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
            // Collected first, as the pairs of a map are.
            let pinned = self.pin();
            let elements: Vec<_> = pinned.iter().collect();
            serializer.collect_seq(elements)
        }
    }

    /// Deserializes from a sequence.
    impl<'de, T, S> Deserialize<'de> for SyncSet<T, S>
    where
        T: Deserialize<'de> + Hash + Eq + Send + Sync + 'static,
        S: BuildHasher + Default,
    {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Elements<T, S>(PhantomData<(T, S)>);

            impl<'de, T, S> Visitor<'de> for Elements<T, S>
            where
                T: Deserialize<'de> + Hash + Eq + Send + Sync + 'static,
                S: BuildHasher + Default,
            {
                type Value = SyncSet<T, S>;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a sequence")
                }

                fn visit_seq<A: SeqAccess<'de>>(
                    self,
                    mut elements: A,
                ) -> Result<Self::Value, A::Error> {
                    let mut failed = None;
                    let valid = iter::from_fn(|| {
                        elements.next_element().unwrap_or_else(|error| {
                            failed = Some(error);
                            None
                        })
                    });
                    let set = valid.collect();
                    failed.map_or(Ok(set), Err)
                }
            }

            deserializer.deserialize_seq(Elements(PhantomData))
        }
    }
}

//! FNV-1a, for programs that need this very hash.

use std::hash::{BuildHasherDefault, Hasher};

/// The 64-bit FNV-1a hash: one exclusive-or and one multiplication for each byte.
///
/// FNV-1a is fast for keys of a few bytes. For long keys the hasher of `std`'s `HashMap` is
/// faster. The hash is the same in every run, and on all machines with the same byte order.
/// The hash has no seed, so an attacker who chooses the keys can make all of them collide.
/// Do not use it for keys from an untrusted source.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::Fnv1a;
/// use std::hash::Hasher;
///
/// let mut hasher = Fnv1a::new();
/// hasher.write(b"foobar");
/// assert_eq!(hasher.finish(), 0x85944171f73967e8);
/// ```
#[derive(Clone, Debug)]
pub struct Fnv1a(u64);

/// Builds [`Fnv1a`] hashers.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, ShardedMap};
///
/// let map = ShardedMap::with_shards_and_hasher(8, BuildFnv1a::new());
/// map.insert("a", 1);
/// assert_eq!(map.get_cloned("a"), Some(1));
/// ```
pub type BuildFnv1a = BuildHasherDefault<Fnv1a>;

impl Fnv1a {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    /// Creates a hasher that has hashed nothing yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::Fnv1a;
    /// use std::hash::Hasher;
    ///
    /// assert_eq!(Fnv1a::new().finish(), 0xcbf29ce484222325);
    /// ```
    pub const fn new() -> Self {
        Self(Self::OFFSET_BASIS)
    }
}

impl Default for Fnv1a {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher for Fnv1a {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(Self::PRIME);
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

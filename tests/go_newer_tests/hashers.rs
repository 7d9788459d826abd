//! Good hashes, and two kinds of bad ones.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hasher};

/// What all maps take for a hasher.
pub(crate) trait Hashers: BuildHasher + Default + Clone + Send + Sync + 'static {}
impl<S: BuildHasher + Default + Clone + Send + Sync + 'static> Hashers for S {}

/// Hashes as good as the standard library's, and the same in every run.
pub(crate) type Whole = BuildHasherDefault<DefaultHasher>;

/// All keys have one hash.
pub(crate) type Constant = BuildHasherDefault<Masked<0>>;

/// Four hashes, which differ in their last bits alone: the upper bits, which a
/// table compares first, are the same for all keys.
pub(crate) type Truncated = BuildHasherDefault<Masked<0b11>>;

/// Of a hash, the bits of `MASK`.
#[derive(Default)]
pub(crate) struct Masked<const MASK: u64>(DefaultHasher);

impl<const MASK: u64> Hasher for Masked<MASK> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finish() & MASK
    }
}

/// Makes each of these statements, which are generic functions, a test of each of
/// these ways and hashers. A macro, as a generic function cannot be handed to
/// another one.
macro_rules! with_every_hash {
    ([$($statement:ident)*] by $ways:tt) => {$(
        $crate::hashers::with_every_hash! { @ways $statement $ways }
    )*};
    (@ways $statement:ident { $($name:ident = $way:ty),* $(,)? }) => {
        mod $statement {
            $(mod $name {
                use crate::hashers::{Constant, Truncated, Whole};

                #[test]
                fn whole_hashes() {
                    super::super::$statement::<$way, Whole>();
                }

                #[test]
                fn one_hash() {
                    super::super::$statement::<$way, Constant>();
                }

                #[test]
                fn truncated_hashes() {
                    super::super::$statement::<$way, Truncated>();
                }
            })*
        }
    };
}

pub(crate) use with_every_hash;

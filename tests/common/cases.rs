//! How long a property test goes on.

use proptest::prelude::ProptestConfig;

/// So many cases, and a few under Miri. One that fails is printed, and kept in no file.
pub(crate) fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if cfg!(miri) { 4 } else { number },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

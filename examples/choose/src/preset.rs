//! Loads with a name.

use crate::skew::Skew;
use crate::workload::{Workload, processors};
use clap::ValueEnum;

/// The four rows of a widely quoted decision table, and the benchmarks that are quoted
/// with it.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Preset {
    /// Few threads, 80 % reads: the table says a readers-writer lock
    FewThreads,
    /// Written once and read ever after, 16 threads: the table says sync.Map
    WriteOnce,
    /// Half writes, 64 threads: the table says shards
    ManyWriters,
    /// A tenth of the keys gets nine tenths of the load: the table says a hybrid
    HotKeys,
    /// 10 threads, half writes, 1,000 keys that stay; published: sync.Map 3.4 s,
    /// mutex 1 s for 10 million operations
    Balanced,
    /// The same, but every write inserts a new key
    BalancedNew,
    /// 64 threads, 20 % writes; published: shards cut p99 by 40 to 70 %
    TailLatency,
    /// Keys that come and go, a fifth of all operations
    Churn,
}

impl Preset {
    pub(crate) fn workload(self) -> Workload {
        let base = Workload::default();
        match self {
            Self::FewThreads => Workload {
                threads: processors().min(8),
                reads: 80.0,
                ..base
            },
            Self::WriteOnce => Workload {
                threads: 16,
                reads: 100.0,
                skew: Skew::Zipf(0.99),
                ..base
            },
            Self::ManyWriters => Workload {
                threads: 64,
                reads: 50.0,
                ..base
            },
            Self::HotKeys => Workload {
                threads: 16,
                reads: 90.0,
                skew: Skew::Hot {
                    keys: 10.0,
                    operations: 90.0,
                },
                ..base
            },
            Self::Balanced => Workload {
                keys: 1_000,
                threads: 10,
                reads: 50.0,
                string_keys: true,
                ..base
            },
            Self::BalancedNew => Workload {
                new_keys: 100.0,
                ..Self::Balanced.workload()
            },
            Self::TailLatency => Workload {
                threads: 64,
                reads: 80.0,
                string_keys: true,
                ..base
            },
            Self::Churn => Workload {
                reads: 80.0,
                new_keys: 50.0,
                removes: 50.0,
                ..base
            },
        }
    }
}

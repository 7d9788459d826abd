//! The command line.

use crate::workloads::Workload;
use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// Measures readmostly::SyncMap against Go's own sync.Map
#[derive(Debug, Parser)]
#[command(name = "against_go")]
pub(crate) struct Options {
    /// The go command [default: the variable GO, or else `go`]
    #[arg(long, value_name = "PATH")]
    pub(crate) go: Option<PathBuf>,

    /// Call Go's map through an interface, as Go's own benchmarks do
    ///
    /// Go then allocates every key. In a direct call, as programs make it, Go
    /// does not allocate a key that is only looked up.
    #[arg(long)]
    pub(crate) interface: bool,

    /// How often each workload is run on each side
    #[arg(long, value_name = "N", default_value_t = 7)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rounds: u16,

    /// The least duration of a measured run, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=60_000))]
    ms: u32,

    /// Threads, and cores that Go may use
    #[arg(long, value_name = "N", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: u16,

    /// Run only these workloads, and no rebuilds
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,

    /// Run only the rebuilds
    #[arg(long, conflicts_with = "only")]
    rebuilds: bool,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Fail if a bar is missed
    #[arg(long)]
    pub(crate) check: bool,

    /// Smoke test: check that everything runs; the figures mean nothing
    #[arg(long)]
    test: bool,

    /// Passed by `cargo bench`, not by `cargo test`
    #[arg(long, hide = true)]
    bench: bool,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) target: Duration,
    pub(crate) threads: usize,
    /// A smoke test: one round of very short runs.
    pub(crate) smoke: bool,
}

impl Options {
    pub(crate) fn effort(&self) -> Effort {
        let smoke = self.test || !self.bench;
        Effort {
            rounds: if smoke { 1 } else { usize::from(self.rounds) },
            target: Duration::from_millis(if smoke { 1 } else { u64::from(self.ms) }),
            threads: usize::from(self.threads),
            smoke,
        }
    }

    pub(crate) fn workloads(&self) -> Result<Vec<Workload>, String> {
        if self.rebuilds {
            return Ok(Vec::new());
        }
        if self.only.is_empty() {
            return Ok(Workload::ALL.to_vec());
        }
        self.only.iter().map(|name| named(name)).collect()
    }

    pub(crate) fn without_stalls(&self) -> bool {
        !self.only.is_empty()
    }
}

fn named(name: &str) -> Result<Workload, String> {
    let known = |workload: &Workload| workload.name().eq_ignore_ascii_case(name);
    let found = Workload::ALL.into_iter().find(known);
    found.ok_or_else(|| {
        let names: Vec<_> = Workload::ALL.map(Workload::name).into();
        format!(
            "no workload is named {name}; there are {}",
            names.join(", ")
        )
    })
}

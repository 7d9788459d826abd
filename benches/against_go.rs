//! [`SyncMap`](readmostly::SyncMap) against Go's own `sync.Map`: the 24 workloads
//! of Go's benchmarks, and the first new key after a promotion.
//!
//! ```text
//! cargo bench --bench against_go
//! GO=path/to/go cargo bench --bench against_go -- --only LoadMostlyHits,Range --rounds 15
//! ```
//!
//! It needs Go 1.23, the last release whose `sync.Map` has a read map and a dirty map.
//! Both sides use the same number of threads, which share out the iterations. Both
//! raise the number of iterations until two runs take long enough, and take the wall
//! time of the shorter run. Garbage is freed between runs and does not count. Go's
//! collector runs with its default settings. The two sides take turns, and a ratio
//! compares two runs of the same round, so that other load on the machine affects both.

mod against;
mod garbage;
mod threads;
mod workloads;

use against::options::Options;
use against::{bars, go, rounds, stall, table};
use clap::Parser;
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = Options::parse();
    match compare(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("against_go: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Returns false if `--check` is given and a bar is missed.
fn compare(options: &Options) -> Result<bool, Box<dyn Error>> {
    let effort = options.effort();
    let Some(go) = go::Go::find(options)? else {
        println!("against_go: Go was not found, so nothing was compared.");
        println!("Set GO to the command of a Go 1.23, or give it with --go.");
        return Ok(true);
    };
    if let Some(note) = go.note() {
        eprintln!("against_go: {note}");
    }
    let rows = rounds::play(&go, &options.workloads()?, &effort)?;
    let stalls = match options.without_stalls() {
        true => Vec::new(),
        false => stall::measure(&go, &effort)?,
    };
    // A smoke test is too short to judge.
    let verdicts = match effort.smoke {
        true => Vec::new(),
        false => bars::judge(&rows, &stalls),
    };
    match options.json {
        true => table::print_json(&go, &effort, &rows, &stalls, &verdicts)?,
        false => table::print(&go, &effort, &rows, &stalls, &verdicts),
    }
    Ok(!options.check || verdicts.iter().all(|verdict| verdict.held))
}

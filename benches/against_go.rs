//! [`SyncMap`](readmostly::SyncMap) against Go's own `sync.Map`: the 24 workloads
//! of Go's benchmarks, and the first new key after a promotion.
//!
//! ```text
//! cargo bench --bench against_go
//! GO=path/to/go cargo bench --bench against_go -- --only LoadMostlyHits,Range --rounds 15
//! ```
//!
//! It wants Go 1.23, the last with the two maps. Both sides share iterations out
//! among as many threads, run more and more of them until a run takes long
//! enough twice, and take the wall time of the shorter; neither pays in it for
//! garbage of the run before. Go's collector runs as it does by default. The two
//! sides take turns, and a ratio is that of two runs of the same round, so that
//! what else the machine does falls out of it.

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

/// Whether there is nothing to complain about.
fn compare(options: &Options) -> Result<bool, Box<dyn Error>> {
    let effort = options.effort();
    let Some(go) = go::Go::find(options)? else {
        println!("against_go: there is no Go here, so nothing was compared.");
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
    // A run that is over at once says nothing.
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

//! Which concurrent map a workload needs, measured on this machine.
//!
//! ```text
//! cargo run --release -p choose -- --help
//! ```

#[path = "../../../benches/compare/src/allocator.rs"]
mod allocator;
mod arguments;
mod comparison;
mod contender;
mod data;
mod demands;
mod keys;
mod latency;
mod lines;
mod machine;
mod metric;
#[path = "../../registry/src/numbers.rs"]
mod numbers;
mod peers;
mod plot;
mod preset;
mod progress;
mod replay;
mod report;
#[path = "../../../benches/compare/src/room.rs"]
mod room;
mod roster;
mod round;
mod script;
mod skew;
mod statistics;
mod sweep;
mod table;
mod units;
mod verdict;
mod workload;

use arguments::{Arguments, refusal};
use clap::Parser;
use comparison::{Length, Plan, Tally};
use latency::clock_cost_ns;
use lines::wrapped;
use machine::{Machine, Spent, watched};
use progress::Progress;
use report::Report;
use roster::NAMES;
use script::Script;
use serde::Serialize;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;
use sweep::{READS, Square, Sweep, thread_counts};
use verdict::Verdict;
use workload::{Workload, processors};

const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let done = Arguments::try_parse().map_err(Into::into);
    match done.and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => refuse(&*problem),
    }
}

/// Says what the problem is. Help and version are no problems.
fn refuse(problem: &(dyn Error + 'static)) -> ExitCode {
    let text = match problem.downcast_ref::<clap::Error>() {
        Some(shown) if !shown.use_stderr() => {
            let _ = shown.print();
            return ExitCode::SUCCESS;
        }
        Some(refused) => refused.render().ansi().to_string(),
        None => format!("choose: {problem}\n"),
    };
    // A failure of standard error cannot be reported anywhere.
    let _ = writeln!(anstream::stderr(), "{}", wrapped(&text));
    ExitCode::from(REFUSED)
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let workload = arguments.workload()?;
    let contenders = contenders(arguments)?;
    if arguments.load.trace.is_none() {
        workload.room_for(workload.keys)?;
    }
    match arguments.sweep {
        true => sweep(arguments, workload, &contenders),
        false => compare(arguments, workload, &contenders),
    }
}

/// The maps that `--only` names, or else all.
fn contenders(arguments: &Arguments) -> Result<Vec<&'static str>, clap::Error> {
    if arguments.only.is_empty() {
        return Ok(NAMES.into());
    }
    let named = arguments.only.iter().map(|name| {
        let known = NAMES
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        known.ok_or_else(|| {
            let all = NAMES.join(", ");
            refusal(format!(
                "--only: no map is called {name:?}; there are {all}"
            ))
        })
    });
    named.collect()
}

/// Measures one load. For a picture, measures it with fewer threads too.
fn compare(
    arguments: &Arguments,
    workload: Workload,
    contenders: &[&'static str],
) -> Result<(), Box<dyn Error>> {
    let (script, load) = match &arguments.load.trace {
        Some(path) => replay::read(path, &workload)?,
        None => (Script::of(&workload, arguments.seed), workload.to_string()),
    };
    workload.room_for(script.present)?;
    let mut counts = match arguments.plot {
        Some(_) => thread_counts(workload.threads),
        None => vec![workload.threads],
    };
    counts.reverse();
    let steps = comparison::steps(arguments.rounds, contenders.len());
    let progress = Progress::new(steps * counts.len());
    let plan = Plan {
        script: &script,
        threads: workload.threads,
        value_bytes: workload.value_bytes,
        rounds: arguments.rounds,
        length: length(arguments, contenders.len() * counts.len()),
        contenders,
    };
    let measure = |&threads: &usize| {
        let tallies = measured(&Plan { threads, ..plan }, &workload, &progress);
        (threads, tallies)
    };
    let (by_threads, spent) = watched(|| counts.iter().map(measure).collect::<Vec<_>>());
    let machine = Machine::of(spent);
    progress.finish();
    // The first entry is that of all threads.
    let tallies = &by_threads[0].1;
    let report = Report {
        load,
        threads: workload.threads,
        processors: processors(),
        rounds: arguments.rounds,
        seed: arguments.seed,
        operations_per_round: most_operations(tallies),
        clock_cost_ns: clock_cost_ns(),
        maps: tallies.iter().map(Into::into).collect(),
        verdict: Verdict::of(tallies, arguments.by).map(|verdict| verdict.on(&machine)),
        machine,
        tallies,
    };
    print(arguments, &report)?;
    match &arguments.plot {
        Some(path) => plot::comparison(path, &report.load, &by_threads),
        None => Ok(()),
    }
}

/// Measures every combination of thread counts and shares of reads.
fn sweep(
    arguments: &Arguments,
    workload: Workload,
    contenders: &[&'static str],
) -> Result<(), Box<dyn Error>> {
    let threads = thread_counts(arguments.load.threads.unwrap_or(2 * processors()));
    let combinations = threads.len() * READS.len();
    let steps = comparison::steps(arguments.rounds, contenders.len());
    let progress = Progress::new(steps * combinations);
    let mut cells = Vec::new();
    let mut spent = Some(Spent::default());
    for &threads in &threads {
        for reads in READS {
            let workload = Workload {
                threads,
                reads,
                ..workload
            };
            let plan = Plan {
                script: &Script::of(&workload, arguments.seed),
                threads,
                value_bytes: workload.value_bytes,
                rounds: arguments.rounds,
                length: length(arguments, contenders.len() * combinations),
                contenders,
            };
            let (tallies, now) = watched(|| measured(&plan, &workload, &progress));
            spent = spent.zip(now).map(|(spent, now)| spent + now);
            cells.push(Square {
                threads,
                reads,
                verdict: Verdict::of(&tallies, arguments.by)
                    .map(|verdict| verdict.on(&Machine::of(now))),
            });
        }
    }
    progress.finish();
    let sweep = Sweep {
        load: workload.without_threads_and_reads(),
        processors: processors(),
        rounds: arguments.rounds,
        threads,
        reads: READS,
        cells,
        machine: Machine::of(spent),
    }
    .doubted();
    print(arguments, &sweep)?;
    match &arguments.plot {
        Some(path) => plot::sweep(path, &sweep),
        None => Ok(()),
    }
}

/// The length of a turn, if each round has so many turns.
fn length(arguments: &Arguments, turns: usize) -> Length {
    match arguments.operations {
        Some(operations) => Length::Operations(operations),
        None => {
            let turns = turns * arguments.rounds;
            Length::Time(Duration::from_secs_f64(arguments.seconds / turns as f64))
        }
    }
}

/// Measures with the types of keys and values that the load names.
fn measured(plan: &Plan<'_>, workload: &Workload, progress: &Progress) -> Vec<Tally> {
    let is_small = workload.value_bytes <= size_of::<u64>();
    match (workload.string_keys, is_small) {
        (false, true) => comparison::run::<u64, u64>(plan, progress),
        (false, false) => comparison::run::<u64, Box<[u8]>>(plan, progress),
        (true, true) => comparison::run::<String, u64>(plan, progress),
        (true, false) => comparison::run::<String, Box<[u8]>>(plan, progress),
    }
}

/// The operations of a round by a map that was not stopped.
fn most_operations(tallies: &[Tally]) -> u64 {
    let rounds = tallies.iter().flat_map(|tally| &tally.rounds);
    rounds.map(|round| round.operations).max().unwrap_or(0)
}

/// Writes to standard output. A closed pipe is no error.
fn print(arguments: &Arguments, report: &(impl Serialize + Display)) -> Result<(), Box<dyn Error>> {
    let text = match arguments.json {
        true => serde_json::to_string_pretty(report)? + "\n",
        false => report.to_string(),
    };
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {problem}").into())
        }
        _ => Ok(()),
    }
}

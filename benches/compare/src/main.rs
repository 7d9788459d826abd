//! `SyncMap` beside other concurrent maps: the figures that this crate claims.
//!
//! All contenders run in one process with the same keys and the same hasher. The
//! measurements are interleaved: each round measures every contender once, and starts
//! with another one. The program reports the median of the rounds, their quartiles, and
//! ratios within a round: a machine that slows down slows all contenders of a round
//! down.
//!
//! ```text
//! cargo run --release -p compare -- --help
//! ```

mod allocator;
mod arguments;
mod claims;
mod contender;
mod context;
mod document;
mod iterate;
mod keys;
mod lookups;
mod loops;
mod maps;
mod memory;
mod mixed;
mod progress;
mod quiet;
mod rebuild;
mod results;
mod room;
mod roster;
mod settings;
mod statistics;
mod tables;
mod timing;
mod writes;

use arguments::Arguments;
use clap::Parser;
use context::Context;
use document::Document;
use progress::Progress;
use results::Results;
use room::is_there_room;
use settings::{Group, KeyType, Settings};
use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::thread;

const MISSED: u8 = 1;
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let settings = Settings::from(Arguments::parse());
    run(&settings).unwrap_or_else(|problem| {
        // A failure of standard error cannot be reported anywhere.
        let _ = writeln!(io::stderr(), "compare: {problem}");
        ExitCode::from(FAILED)
    })
}

fn run(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    for &size in &settings.sizes {
        let maps = settings.contenders.len();
        let bytes = size.checked_mul(maps * size_of::<(u64, u64)>());
        if !is_there_room(bytes) {
            return Err(format!("there is no memory for {maps} maps of {size} keys").into());
        }
    }
    let results = measure(settings);
    let document = Document {
        settings,
        processors: thread::available_parallelism().map_or(1, |count| count.get()),
        clock_cost_ns: timing::clock_cost_ns(),
        claims: claims::verdicts(&results),
        results: &results,
    };
    let mut text = String::new();
    match settings.json {
        true => text = serde_json::to_string_pretty(&document.json())? + "\n",
        false => tables::write(&document, &mut text)?,
    }
    print(&text)?;
    if !settings.check {
        return Ok(ExitCode::SUCCESS);
    }
    let held: Vec<_> = document.claims.iter().filter_map(|it| it.holds).collect();
    match held.is_empty() {
        true => Err("there is nothing to check: no claim was measured".into()),
        false if held.contains(&false) => Ok(ExitCode::from(MISSED)),
        false => Ok(ExitCode::SUCCESS),
    }
}

fn measure(settings: &Settings) -> Results {
    let mut context = Context {
        settings,
        results: Results::default(),
        progress: Progress::new(),
    };
    let groups = groups(settings);
    for (steps, _) in &groups {
        context.progress.expect(steps(&context));
    }
    for (_, run) in groups {
        run(&mut context);
    }
    context.progress.finish();
    context.results.notes.extend(quiet::note());
    context.results
}

type Steps = fn(&Context<'_>) -> usize;
type Run = fn(&mut Context<'_>);

/// How many steps each group has, and how it is run.
fn groups(settings: &Settings) -> Vec<(Steps, Run)> {
    let all: [(&[Group], Steps, Run); 6] = [
        (&[Group::Memory], memory::steps, memory::run),
        (&[Group::Read, Group::Miss], lookups::steps, look_up),
        (&[Group::Overwrite], writes::steps, writes::run),
        (&[Group::Iterate], iterate::steps, iterate::run),
        (&[Group::Mixed], mixed::steps, mixed::run),
        (&[Group::Rebuild], rebuild::steps, rebuild::run),
    ];
    let wanted = |groups: &[Group]| groups.iter().any(|group| settings.only.contains(group));
    let chosen = all.into_iter().filter(|(groups, ..)| wanted(groups));
    chosen.map(|(_, steps, run)| (steps, run)).collect()
}

fn look_up(context: &mut Context<'_>) {
    let settings = context.settings;
    for &keys in &settings.keys {
        for &size in &settings.sizes {
            match keys {
                KeyType::Number => lookups::run::<u64>(context, size),
                KeyType::Text => lookups::run::<String>(context, size),
            }
        }
    }
}

/// Writes to standard output. A closed pipe is no error.
fn print(text: &str) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {problem}").into())
        }
        _ => Ok(()),
    }
}

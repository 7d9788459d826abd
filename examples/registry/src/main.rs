//! A read-mostly registry, filled from a file of `key<TAB>value` lines. It answers
//! queries, or it measures a `SyncMap` under a read-mostly load.
//!
//! ```text
//! cargo run --release -p registry -- --help
//! ```

mod arguments;
mod cycles;
mod figures;
mod inside;
mod latency;
mod load;
mod names;
mod numbers;
mod prose;
mod random;
mod reader;
mod report;
mod results;
mod run;
mod stand_in;
mod steps;
mod table;
mod width;
mod witness;
mod writer;
mod zipf;

use arguments::Arguments;
use clap::Parser;
use report::Report;
use run::Run;
use std::error::Error;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use table::{Registry, Table};
use width::{lines_wrapped, pair, wrapped};

const ABSENT_KEY: u8 = 1;
const REFUSED: u8 = 2;
const WRONG_VALUE: u8 = 3;

fn main() -> ExitCode {
    let done = match Arguments::try_parse() {
        Ok(arguments) => run(&arguments),
        Err(instead) => help_or_refusal(&instead),
    };
    done.unwrap_or_else(|problem| {
        complain(&problem.to_string());
        ExitCode::from(REFUSED)
    })
}

/// Prints what the parser has to say: the help, the version, or why it refuses.
fn help_or_refusal(instead: &clap::Error) -> Result<ExitCode, Box<dyn Error>> {
    let text = instead.to_string();
    if instead.use_stderr() {
        // The refusal quotes the user's words, which can be long. As to a failure, see
        // `complain`.
        let _ = io::stderr().write_all(lines_wrapped(&text).as_bytes());
        return Ok(ExitCode::from(REFUSED));
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let table = match &arguments.input {
        Some(path) => Table::read(path)?,
        None => Table::shipped()?,
    };
    match &arguments.query {
        Some(keys) => answer(table, keys),
        None => measure(table, &arguments.load),
    }
}

/// Prints the value of each key, and reports the keys that have none.
fn answer(table: Table, keys: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let source = table.source;
    let registry: Registry = table.pairs.into_iter().collect();
    // A pipe gets lines such as a table has.
    let on_terminal = io::stdout().is_terminal();
    let mut answers = String::new();
    let mut absent = Vec::new();
    for key in keys {
        match registry.get(key) {
            Some(value) if on_terminal => answers += &pair(key, &value),
            Some(value) => answers += &format!("{key}\t{value}\n"),
            None => absent.push(key),
        }
    }
    print(&answers)?;
    for key in &absent {
        complain(&format!("{source}: no key {key:?}"));
    }
    Ok(match absent.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(ABSENT_KEY),
    })
}

/// Runs the load and prints the report.
fn measure(table: Table, options: &arguments::Load) -> Result<ExitCode, Box<dyn Error>> {
    let report = Report::from(Run::of(table, options)?);
    match options.json {
        true => print(&(serde_json::to_string_pretty(&report)? + "\n"))?,
        false => print(&report.to_string())?,
    }
    Ok(match report.violation {
        None => ExitCode::SUCCESS,
        Some(violation) => {
            complain(&format!("the map is wrong: {violation}"));
            ExitCode::from(WRONG_VALUE)
        }
    })
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

/// Writes to standard error. A failure of that cannot be reported anywhere.
fn complain(problem: &str) {
    let _ = writeln!(
        io::stderr(),
        "{}",
        wrapped(&format!("registry: {problem}"), 0)
    );
}

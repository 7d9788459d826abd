//! The program `registry`, run as its users run it: what it answers, what it
//! refuses and how, and whether its figures agree with one another.
//!
//! Its parts that a run shows only by chance (the sampler, and the witness that
//! never has anything to say about a sound map) are also tested by themselves.

use program::{Run, command, file, finish, float, number};
use serde_json::Value;

// The program's own parts, in which these paths mean what they mean there.
#[path = "../../src/cycles.rs"]
mod cycles;
#[path = "../../src/figures.rs"]
mod figures;
#[allow(dead_code, reason = "only its counts are needed")]
#[path = "../../src/inside.rs"]
mod inside;
#[allow(dead_code, reason = "only its summary is needed")]
#[path = "../../src/latency.rs"]
mod latency;
#[allow(dead_code, reason = "the tests draw no keys")]
#[path = "../../src/names.rs"]
mod names;
#[path = "../../../common/program.rs"]
mod program;
#[path = "../../src/prose.rs"]
mod prose;
#[path = "../../src/random.rs"]
mod random;
#[path = "../../src/report.rs"]
mod report;
#[path = "../../src/stand_in.rs"]
mod stand_in;
#[path = "../../src/steps.rs"]
mod steps;
#[path = "../../src/width.rs"]
mod width;
#[path = "../../src/witness.rs"]
mod witness;
#[path = "../../src/zipf.rs"]
mod zipf;

mod columns;
mod counts_of_the_map;
mod figures_of_people;
mod loads;
mod measured_cycles;
mod queries;
mod refused_flags;
mod refused_tables;
mod sampler;
mod shipped_table;
mod stand_in_values;
mod witness_of_values;

const PROGRAM: &str = env!("CARGO_BIN_EXE_registry");

const MEDIA_TYPES: &str = include_str!("../../../data/media-types.tsv");

fn run(arguments: &[&str]) -> Run {
    finish(command(PROGRAM, arguments), b"")
}

/// A message without its spaces and line breaks: where its rows end is for the tests in
/// `columns.rs` to say.
fn squeezed(message: &str) -> String {
    message.split_whitespace().collect()
}

/// Asks for the key `a`, which most tables here have in their first line.
fn query_in(table: &[u8]) -> Run {
    finish(command(PROGRAM, &["--input", "-", "--query", "a"]), table)
}

/// Asks for a key of a table that is in order up to some point: it must be
/// refused as a whole, with its name and the line.
fn assert_refused(table: &[u8], place: &str, expected: &str) {
    let run = query_in(table);
    let message = format!("registry: standard input{place}: expected {expected}");
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert_eq!(squeezed(&run.err), squeezed(&message));
}

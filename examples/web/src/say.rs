//! Lines for whoever started the program.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// Writes a line to standard output. `println!` would panic if nobody reads it any more.
pub fn say(line: impl Display) {
    let _ = writeln!(stdout(), "{line}");
}

/// Writes a line to standard error. `eprintln!` would panic if nobody reads it any more.
pub fn complain(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}

//! The command line.

use clap::Parser;
use std::path::PathBuf;
use walkthrough::Script;

/// What each call does inside a SyncMap, call by call
///
/// Plays a script of calls on a map. After each call it prints both maps, and in
/// words what the call changed.
#[derive(Debug, Parser)]
#[command(name = "walkthrough", version, verbatim_doc_comment)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub(crate) struct Arguments {
    /// File with the script
    ///
    /// Without it: a script that goes through all states of an entry.
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,

    /// Wait for Enter before each call
    #[arg(long)]
    pub(crate) pause: bool,

    /// Print no colours
    ///
    /// There are none if the output is no terminal, or with NO_COLOR set.
    #[arg(long)]
    pub(crate) plain: bool,
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p walkthrough
  cargo run --release -p walkthrough -- --pause
  cargo run --release -p walkthrough -- --script my_calls.txt";

const NOTATION: &str = "\
The notation:
  read{a:1 b:nil c:X}+ dirty{a:1} 0

  read{…}   the entries of the snapshot, each with its word p
  nil       the key was removed
  X         expunged: the key was removed, and dirty was built without it
  +         amended: dirty may have keys that the snapshot lacks
  dirty{…}  the entries of the dirty map, if there is one
  0         the misses since dirty was built";

fn long_help() -> String {
    let syntax = Script::syntax().replace('\n', "\n  ");
    format!(
        "\
The script:
  Each line has one operation. A comment begins with #.

  {syntax}

  A key has letters, digits and _, and begins with a letter. A value is a whole
  number.

{NOTATION}

{EXAMPLES}"
    )
}

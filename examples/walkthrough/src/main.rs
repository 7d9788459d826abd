//! Plays a script of calls on a map, and prints after each call what the map is like and what
//! the call has changed.
//!
//! ```text
//! cargo run --release -p walkthrough -- --help
//! ```

mod arguments;
mod page;

use arguments::Arguments;
use clap::Parser;
use page::Page;
use std::error::Error;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, str};
use walkthrough::{BUILT_IN, Line, Player, Script};

const REFUSED: u8 = 2;

fn main() -> ExitCode {
    // clap prints the help, and what it refuses, and ends the program.
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // A failure of standard error cannot be reported anywhere.
            let _ = writeln!(io::stderr(), "walkthrough: {problem}");
            ExitCode::from(REFUSED)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let script = match &arguments.script {
        Some(path) => read(path)?,
        None => Script::parse("built_in.txt", BUILT_IN)?,
    };
    let no_colour = env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    let page = Page {
        colour: !arguments.plain && !no_colour && io::stdout().is_terminal(),
    };
    match play(&script, &page, arguments.pause) {
        Err(problem) if problem.kind() != ErrorKind::BrokenPipe => {
            Err(format!("the output cannot be written: {problem}").into())
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Script, Box<dyn Error>> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|problem| format!("{name}: {problem}"))?;
    let text = str::from_utf8(&bytes).map_err(|problem| {
        let before = &bytes[..problem.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begin = before.iter().rposition(|byte| *byte == b'\n');
        let begun = &before[begin.map_or(0, |end| end + 1)..];
        let column = String::from_utf8_lossy(begun).chars().count() + 1;
        format!("{name}:{line}:{column}: expected text in UTF-8, found other bytes")
    })?;
    Ok(Script::parse(&name, text)?)
}

/// Plays the whole script. With `pause`, the reader's Enter comes before each call.
fn play(script: &Script, page: &Page, pause: bool) -> io::Result<()> {
    let player = Player::new();
    let mut out = io::stdout().lock();
    if pause {
        writeln!(io::stderr(), "Enter plays the next call.")?;
    }
    let mut was_comment = true;
    for line in &script.lines {
        match line {
            Line::Comment(text) => {
                let gap = if was_comment { "" } else { "\n" };
                writeln!(out, "{gap}{}", page.comment(text))?;
                was_comment = true;
            }
            Line::Call(_, call) => {
                out.flush()?;
                if pause && !enter()? {
                    return Ok(());
                }
                write!(out, "{}", page.call(call, &player.play(call)))?;
                was_comment = false;
            }
        }
    }
    out.flush()
}

/// Waits for a line of the reader's. `false`: there will be none.
fn enter() -> io::Result<bool> {
    Ok(io::stdin().read_line(&mut String::new())? > 0)
}

//! A program of `examples/`, run as its users run it.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program at this path, with pipes for what it reads and writes.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    command
}

/// Runs to the end, which must come, and without a panic.
pub(crate) fn finish(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // The program may end without reading its input; that is no fault here.
    let _ = stdin.write_all(input);
    drop(stdin);
    let out = child.stdout.take().map(reader_of);
    let err = child.stderr.take().map(reader_of);
    let code = code_of(child);
    let text = |reader: Option<JoinHandle<String>>| {
        reader.map_or_else(String::new, |reader| reader.join().expect("it is UTF-8"))
    };
    let (out, err) = (text(out), text(err));
    assert!(!err.contains("panicked"), "{err}");
    Run { code, out, err }
}

/// Reads a pipe while the program runs, which could not go on if it were full.
fn reader_of(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text)
            .expect("the pipe has text in it");
        text
    })
}

/// Far longer than a program takes here, on any machine, however busy.
const PATIENCE: Duration = Duration::from_secs(600);

fn code_of(mut child: Child) -> Option<i32> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status.code();
        }
        if begin.elapsed() > PATIENCE {
            child.kill().expect("it is our child");
            panic!("the program does not end");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// A file for a program to read. Gives its path.
pub(crate) fn file(name: &str, contents: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, contents).expect("the test can write its file");
    path.to_str().expect("its path is UTF-8").to_owned()
}

pub(crate) fn number(report: &Value, pointer: &str) -> u64 {
    let field = report.pointer(pointer).and_then(Value::as_u64);
    field.unwrap_or_else(|| panic!("{pointer} is not a count in {report:#}"))
}

pub(crate) fn float(report: &Value, pointer: &str) -> f64 {
    let field = report.pointer(pointer).and_then(Value::as_f64);
    field.unwrap_or_else(|| panic!("{pointer} is not a number in {report:#}"))
}

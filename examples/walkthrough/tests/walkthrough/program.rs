//! The program, run as its users run it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program to its end, with this standard input.
pub(crate) fn run(arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_walkthrough"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    // The program may end without reading its input.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it is our child");
    let text = |bytes| String::from_utf8(bytes).expect("it is UTF-8");
    Run {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// What a run printed, which must have succeeded.
pub(crate) fn succeeds(run: &Run) -> String {
    assert_eq!(run.code, Some(0), "{}", run.err);
    run.out.clone()
}

/// A file for the program to read. Gives its path.
pub(crate) fn file(name: &str, contents: &[u8]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, contents).expect("the test can write its file");
    path.to_str().expect("its path is UTF-8").to_owned()
}

#[test]
fn with_pause_each_call_waits_for_a_line() {
    let file = file("paused.txt", b"store a 1\nload a\nload a\n");
    let arguments = ["--script", &file, "--pause"];
    let all = succeeds(&run(&arguments, "\n\n\n"));
    assert_eq!(all.matches("load a = 1").count(), 2);
    // The end of the input is the end of the walk.
    let two = succeeds(&run(&arguments, "\n\n"));
    assert!(all.starts_with(&two) && two.matches("load a = 1").count() == 1);
    assert_eq!(run(&arguments, "").out, "");
}

#[test]
fn a_pipe_gets_no_colours() {
    for arguments in [&[][..], &["--plain"]] {
        assert!(!succeeds(&run(arguments, "")).contains('\x1b'));
    }
}

/// `script` of util-linux gives the program a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colours_unless_they_are_refused() {
    let program = env!("CARGO_BIN_EXE_walkthrough");
    let on_terminal = |variables: &[(&str, &str)], arguments: &str| {
        let command = format!("{program} {arguments}");
        let output = Command::new("script")
            .args(["--quiet", "--return", "--command", &command, "/dev/null"])
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output();
        output
            .ok()
            .map(|output| String::from_utf8_lossy(&output.stdout).contains("\x1b["))
    };
    let Some(colours) = on_terminal(&[], "") else {
        eprintln!("`script` of util-linux is not there: no terminal to test with");
        return;
    };
    assert!(colours);
    assert_eq!(on_terminal(&[], "--plain"), Some(false));
    assert_eq!(on_terminal(&[("NO_COLOR", "1")], ""), Some(false));
    assert_eq!(on_terminal(&[("NO_COLOR", "")], ""), Some(true));
}

#[test]
fn the_help_has_the_syntax_and_the_notation() {
    let help = succeeds(&run(&["--help"], ""));
    for part in [
        "compare_and_swap KEY OLD NEW",
        "read{a:1 b:nil c:X}+ dirty{a:1} 0",
    ] {
        assert!(help.contains(part), "{help}");
    }
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    assert_eq!(run(&["--scrip"], "").code, Some(2));
}

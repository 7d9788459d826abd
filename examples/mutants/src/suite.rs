//! A test program of the crate: how it is built, and how one of its tests is run.

use crate::patch::Red;
use crate::problem::Result;
use crate::tree::Tree;
use std::env;
use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A test program that was built.
pub(crate) struct Suite {
    /// As the patches call it.
    pub(crate) name: String,
    program: PathBuf,
    /// Where its tests expect to run.
    folder: PathBuf,
}

/// How a test ended.
pub(crate) enum Ended {
    Passed,
    Failed,
    /// It exceeded its time limit and was killed.
    Hung,
    /// It ended with this bad status, but without a panic.
    Crashed(String),
    /// There is no such test.
    RanNothing,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passes"),
            Self::Failed => f.write_str("fails"),
            Self::Hung => f.write_str("hangs"),
            Self::Crashed(how) => write!(f, "crashes ({how})"),
            Self::RanNothing => f.write_str("is not there"),
        }
    }
}

impl Suite {
    /// Builds the suite from the present state of `tree`. The inner error is the output
    /// of the compiler.
    pub(crate) fn build(tree: &Tree, name: &str) -> Result<std::result::Result<Self, String>> {
        Self::build_telling(tree, name, Stdio::piped())
    }

    /// As [`build`](Self::build), but cargo says to `said` what it does.
    pub(crate) fn build_telling(
        tree: &Tree,
        name: &str,
        said: Stdio,
    ) -> Result<std::result::Result<Self, String>> {
        let output = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
            .args(arguments(tree, name)?)
            .args(["--no-run", "--message-format=json-render-diagnostics"])
            .current_dir(tree.path())
            // These would override the suite's own flags.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            // From one build to the next, only a few lines of the crate change.
            .env("CARGO_INCREMENTAL", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(said)
            .spawn()?
            .wait_with_output()?;
        if !output.status.success() {
            return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let program = executable(&messages).ok_or_else(|| format!("{name} has no tests"))?;
        Ok(Ok(Self {
            name: name.to_owned(),
            program: program.into(),
            folder: tree.path().to_owned(),
        }))
    }

    /// Runs the one test. What it prints goes to `log`.
    pub(crate) fn run(&self, red: &Red, patience: Duration, log: &Path) -> Result<Ended> {
        let out = File::create(log)?;
        let child = Command::new(&self.program)
            .args(["--exact", &red.test, "--include-ignored", "--nocapture"])
            .envs(red.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stderr(out.try_clone()?)
            .stdout(out)
            .spawn()?;
        let Some(status) = wait(child, patience)? else {
            return Ok(Ended::Hung);
        };
        let said = fs::read(log)?;
        let said = String::from_utf8_lossy(&said);
        Ok(if said.contains("running 0 tests") {
            Ended::RanNothing
        } else if status.success() {
            Ended::Passed
        } else if said.contains("panicked at") {
            Ended::Failed
        } else {
            Ended::Crashed(status.to_string())
        })
    }
}

/// `None` if the process exceeded the limit and was killed.
fn wait(mut child: Child, patience: Duration) -> Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The arguments for cargo.
fn arguments(tree: &Tree, suite: &str) -> Result<Vec<String>> {
    if let Some(target) = suite.strip_prefix("test ") {
        let mut arguments = vec!["test", "--target-dir", "target", "--test", target];
        // The test of a program has the program's name, and stands in its package.
        if tree.path().join("examples").join(target).is_dir() {
            arguments.extend(["--package", target]);
        }
        return Ok(arguments.into_iter().map(str::to_owned).collect());
    }
    let settings = fs::read_to_string(tree.path().join(".cargo/config.toml"))?;
    let alias = alias(&settings, suite).ok_or_else(|| format!("no suite is called {suite}"))?;
    // The words after it are for the test program.
    Ok(alias.into_iter().take_while(|word| word != "--").collect())
}

/// The words of one of cargo's aliases.
fn alias(settings: &str, name: &str) -> Option<Vec<String>> {
    let begin = format!("\n{name} = [");
    let (_, rest) = settings.split_once(&begin)?;
    let mut words = Vec::new();
    let mut rest = rest;
    loop {
        let next = rest.find(['"', ']'])?;
        if rest[next..].starts_with(']') {
            return Some(words);
        }
        let (word, after) = rest[next + 1..].split_once('"')?;
        words.push(word.to_owned());
        rest = after;
    }
}

/// The test program that cargo's messages name. A test of a program has the program built,
/// too, before or after the test.
pub(crate) fn executable(messages: &str) -> Option<String> {
    let is_test = |line: &&str| line.contains("\"kind\":[\"test\"]");
    let message = messages.lines().rfind(is_test)?;
    let (_, rest) = message.split_once("\"executable\":\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(path.replace("\\\\", "\\"))
}

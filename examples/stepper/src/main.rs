//! Writes `docs/stepper.html`: the algorithm, one step at a time, as loom ran it.
//!
//! ```text
//! cargo run --release -p stepper -- --data DIR          # write the page
//! cargo run --release -p stepper -- --data DIR --check  # fail if the page would change
//! cargo run --release -p stepper -- --data DIR --only two-misses
//!                                   # these scenarios alone, to target/stepper.html
//! cargo run --release -p stepper -- --script FILE
//!                                   # your own calls, to target/stepper.html
//! ```
//!
//! A script has one call a line, as `store a 1` or `load a`: `examples/walkthrough` says more.
//!
//! `DIR` has the stories that `tests/book/stories.py --stepper DIR` takes from the models. The texts
//! are in `page/`: the scenarios, the sentences, the algorithm in ten lines. `tests/book/` has the
//! check of the page in a browser.

mod blocks;
mod code;
mod own;
mod pack;
mod page;
mod patch;
mod scenarios;
mod sentences;
mod source;
mod story;

use code::Code;
use pack::{Data, Telling};
use patch::Patch;
use scenarios::Scenario;
use sentences::Sentences;
use source::Source;
use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use story::Story;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SCENARIOS: &str = include_str!("../page/scenarios.txt");
const SENTENCES: &str = include_str!("../page/sentences.txt");
const CODE: &str = include_str!("../page/code.txt");

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("stepper: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    data: Option<PathBuf>,
    script: Option<PathBuf>,
    check: bool,
    /// The scenarios to show. Empty: all.
    only: Vec<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--data" => arguments.data = Some(PathBuf::from(value()?)),
                "--script" => arguments.script = Some(PathBuf::from(value()?)),
                "--only" => arguments.only.push(value()?),
                "--check" => arguments.check = true,
                _ => return Err(format!("what is {word}?").into()),
            }
        }
        Ok(arguments)
    }
}

fn run(words: impl Iterator<Item = String>) -> Result<()> {
    let arguments = Arguments::parse(words)?;
    let root = &Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = Source::read(root)?;
    if let Some(script) = &arguments.script {
        let mut data = Data::new(Code::parse(CODE)?, &Sentences::parse("")?);
        own::add(&mut data, script)?;
        let page = page::write(&data, &source.hash())?;
        return write(&in_target()?.join("stepper.html"), &page);
    }
    let folder = arguments.data.as_deref();
    let folder = folder.ok_or("--data DIR or --script FILE is missing")?;
    let page = of_models(root, folder, &source, &arguments.only)?;
    if !arguments.only.is_empty() {
        return write(&in_target()?.join("stepper.html"), &page);
    }
    let path = root.join("docs/stepper.html");
    if !arguments.check {
        return write(&path, &page);
    }
    if fs::read_to_string(&path)? == page {
        return Ok(());
    }
    Err("docs/stepper.html is not what the models give now: write it again".into())
}

fn write(path: &Path, page: &str) -> Result<()> {
    fs::write(path, page)?;
    eprintln!("{}: {} bytes", path.display(), page.len());
    Ok(())
}

/// Cargo's target folder: this program is `target/release/stepper`.
fn in_target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program
        .ancestors()
        .nth(2)
        .ok_or("no target folder")?
        .to_owned())
}

/// The page of the models.
fn of_models(root: &Path, folder: &Path, source: &Source, only: &[String]) -> Result<String> {
    let sentences = Sentences::parse(SENTENCES)?;
    let mut data = Data::new(Code::parse(CODE)?, &sentences);
    let telling = Telling {
        source,
        sentences: &sentences,
        patch: None,
    };
    for scenario in Scenario::parse_all(SCENARIOS)? {
        if !only.is_empty() && !only.contains(&scenario.id) {
            continue;
        }
        let story = |suffix: &str| {
            let name = format!("{}{suffix}.json", scenario.id);
            Story::read(&folder.join(name), &scenario.model)
        };
        let mut stories = vec![story("")?];
        for number in 1..=scenario.with.len() {
            stories.push(story(&format!(".with-{number}"))?);
        }
        let broken = match &scenario.broken {
            None => None,
            Some(bug) => Some((story(".broken")?, Patch::read(root, &bug.mutant)?)),
        };
        let broken = broken.as_ref().map(|(story, patch)| (story, patch));
        data.add(&scenario, &stories, broken, telling)
            .map_err(|problem| format!("{}: {problem}", scenario.id))?;
    }
    if only.is_empty() {
        check_anchors(source, &sentences)?;
        let untold = data.untold();
        if !untold.is_empty() {
            let untold = untold.join("\n");
            return Err(format!("no scenario reaches these sentences:\n{untold}").into());
        }
    }
    page::write(&data, &source.hash())
}

/// Each anchor has a sentence, and each anchor of a sentence is in the source.
fn check_anchors(source: &Source, sentences: &Sentences) -> Result<()> {
    let (there, named) = (source.anchors(), sentences.anchors());
    if let Some(anchor) = there.difference(&named).next() {
        return Err(format!("the anchor {anchor} has no sentence").into());
    }
    match named.difference(&there).next() {
        Some(anchor) => Err(format!("src/ has no anchor {anchor}").into()),
        None => Ok(()),
    }
}

//! Runs the mutants: breaks the map in each of the ways that `tests/mutants/` lists, and
//! checks that the test which each mutant names fails.
//!
//! ```text
//! cargo run --release -p mutants               # all of them
//! cargo run --release -p mutants -- loom clear # by suite, or by part of the name
//! cargo run --release -p mutants -- --check    # they apply, and the document lists them
//! cargo run --release -p mutants -- --table    # print the list for the document
//! cargo run --release -p mutants -- --tour     # what the tour has: docs/break-it.md
//! cargo run --release -p mutants -- --tour 01  # break the map and see the model's story
//! cargo run --release -p mutants -- --stories  # each model that fails tells a story
//! ```
//!
//! It works on a copy of the crate, under `target/mutants/`, and keeps the output of the
//! tests there too. It needs `git`, to apply patches.

mod output;
mod patch;
mod problem;
mod stories;
mod story;
mod suite;
mod table;
mod tour;
mod tree;

use output::print;
use patch::{Patch, Red};
use problem::Result;
use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use suite::{Ended, Suite};
use tree::Tree;

/// The time limit of a test on the unmodified crate. On a mutant, the limit is this
/// plus ten times what the test took there: a mutant may have more to explore before it
/// fails.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("mutants: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether nothing was wrong.
fn run(arguments: &[String]) -> Result<bool> {
    let source = &Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let patches = Patch::read_all(&source.join("tests/mutants"))?;
    let names: Vec<_> = arguments.iter().map(String::as_str).collect();
    match names[..] {
        ["--table"] => {
            print(&table::of(&patches));
            Ok(true)
        }
        ["--check"] => {
            let tree = copy(source)?;
            let told = stories::exceptions(source, &patches).map(|_| true)?;
            Ok(all_apply(&tree, &patches)? & table::is_published(source, &patches)? & told)
        }
        ["--tour"] => {
            print(&tour::list(&patches));
            Ok(true)
        }
        ["--tour", name] => tour::show(source, &target(source)?, &patches, name, true),
        ["--tour", name, "--repair"] => tour::show(source, &target(source)?, &patches, name, false),
        ["--stories", ref names @ ..] => {
            let named = |patch: &&Patch| {
                names.is_empty() || names.iter().any(|name| patch.is_meant_by(name))
            };
            let chosen: Vec<_> = patches.iter().filter(named).collect();
            let exceptions = stories::exceptions(source, &patches)?;
            stories::are_told(&copy(source)?, &chosen, &exceptions)
        }
        [] => Ok(hunt(&copy(source)?, &patches)? & table::is_published(source, &patches)?),
        _ => {
            let named = |patch: &Patch| names.iter().any(|name| patch.is_meant_by(name));
            let chosen: Vec<_> = patches.into_iter().filter(named).collect();
            if chosen.is_empty() {
                return Err("no patch has such a name".into());
            }
            hunt(&copy(source)?, &chosen)
        }
    }
}

/// The copy to break, in cargo's target folder.
fn copy(source: &Path) -> Result<Tree> {
    Tree::copy(source, &target(source)?.join("mutants"))
}

/// Cargo's target folder: this program is `target/release/mutants`.
fn target(source: &Path) -> Result<PathBuf> {
    let program = env::current_exe()?;
    Ok(program.ancestors().nth(2).unwrap_or(source).to_owned())
}

/// Whether each patch applies to the unmodified crate.
fn all_apply(tree: &Tree, patches: &[Patch]) -> Result<bool> {
    let mut all = true;
    for patch in patches {
        if let Err(problem) = tree.apply(patch) {
            print(&format!("{}: {problem}\n", patch.name));
            all = false;
        }
        tree.restore()?;
    }
    Ok(all)
}

/// What came of one mutant.
enum Outcome {
    /// Its test failed.
    Red,
    /// Its test did not end.
    Hangs,
    /// Its test ended with a bad status, but without a panic.
    Crashes(String),
    /// It names no test: its head says why there is none.
    NotRun,
    Survived,
    DoesNotApply,
    DoesNotCompile,
}

impl Outcome {
    fn is_good(&self) -> bool {
        match self {
            Self::Red | Self::Hangs | Self::Crashes(_) | Self::NotRun => true,
            Self::Survived | Self::DoesNotApply | Self::DoesNotCompile => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Red => f.write_str("red"),
            Self::Hangs => f.write_str("hangs"),
            Self::Crashes(how) => write!(f, "crashes ({how})"),
            Self::NotRun => f.write_str("not run"),
            Self::Survived => f.write_str("SURVIVED"),
            Self::DoesNotApply => f.write_str("DOES NOT APPLY"),
            Self::DoesNotCompile => f.write_str("DOES NOT COMPILE"),
        }
    }
}

/// How long each test takes on the unmodified crate.
type Times<'a> = BTreeMap<&'a Red, Duration>;

/// Whether every mutant is found by its test.
fn hunt(tree: &Tree, patches: &[Patch]) -> Result<bool> {
    let Some(times) = all_pass(tree, patches)? else {
        return Ok(false);
    };
    print("\n| mutant | found by | result | seconds |\n|---|---|---|---|\n");
    let mut counts = (0, 0);
    for patch in patches {
        let start = Instant::now();
        let outcome = try_one(tree, patch, &times)?;
        tree.restore()?;
        let seconds = start.elapsed().as_secs_f64();
        let name = &patch.name;
        let red = patch.red().map_or_else(String::new, Red::to_string);
        print(&format!("| {name} | {red} | {outcome} | {seconds:.1} |\n"));
        counts.0 += 1;
        counts.1 += usize::from(!outcome.is_good());
    }
    let (all, bad) = counts;
    let logs = tree.log("*");
    print(&format!(
        "\n{all} mutants, {bad} not as they should be; what was printed is in {}\n",
        logs.display()
    ));
    Ok(bad == 0)
}

/// Runs every test that a patch names, on the unmodified crate. `None` if one of them
/// fails there: its failure on a mutant would prove nothing.
fn all_pass<'a>(tree: &Tree, patches: &'a [Patch]) -> Result<Option<Times<'a>>> {
    let mut times = Times::new();
    let mut tests: Vec<_> = patches.iter().filter_map(Patch::red).collect();
    tests.sort_unstable();
    tests.dedup();
    print(&format!(
        "{} tests on the crate as it is ...\n",
        tests.len()
    ));
    let mut built: Option<Suite> = None;
    let mut all = true;
    for red in tests {
        if built.as_ref().is_none_or(|suite| suite.name != red.suite) {
            built = Some(
                Suite::build(tree, &red.suite)?
                    .map_err(|log| format!("the suite {} does not compile:\n{log}", red.suite))?,
            );
        }
        let Some(suite) = &built else { continue };
        let start = Instant::now();
        let log = tree.log("as-it-is");
        let ended = suite.run(red, PATIENCE, &log)?;
        times.insert(red, start.elapsed());
        if !matches!(ended, Ended::Passed) {
            print(&format!("{red}: {ended}, see {}\n", log.display()));
            all = false;
        }
    }
    Ok(all.then_some(times))
}

/// Applies the patch to the copy and runs its test. Leaves the copy broken.
fn try_one(tree: &Tree, patch: &Patch, times: &Times<'_>) -> Result<Outcome> {
    let log = tree.log(&patch.name);
    if let Err(problem) = tree.apply(patch) {
        fs::write(log, problem.to_string())?;
        return Ok(Outcome::DoesNotApply);
    }
    // A mutant without a test must compile too, in any suite.
    let suite = patch.red().map_or("loom", |red| &red.suite);
    let suite = match Suite::build(tree, suite)? {
        Ok(suite) => suite,
        Err(problem) => {
            fs::write(log, problem)?;
            return Ok(Outcome::DoesNotCompile);
        }
    };
    let Some(red) = patch.red() else {
        return Ok(Outcome::NotRun);
    };
    let usual = times.get(red).copied().unwrap_or_default();
    Ok(match suite.run(red, usual * 10 + PATIENCE, &log)? {
        Ended::Failed => Outcome::Red,
        Ended::Hung => Outcome::Hangs,
        Ended::Crashed(how) => Outcome::Crashes(how),
        Ended::Passed => Outcome::Survived,
        Ended::RanNothing => return Err(format!("there is no test {red}").into()),
    })
}

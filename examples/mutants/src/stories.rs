//! Demands a story of each model that a mutant turns red.

use crate::output::print;
use crate::patch::{Patch, Red};
use crate::problem::Result;
use crate::story;
use crate::suite::{Ended, Suite};
use crate::tree::Tree;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// The mutants whose models tell no story, each with the reason: `name: reason`.
const EXCEPTIONS: &str = "tests/mutants/without-a-story.txt";

/// As long as a model may take to fail.
const PATIENCE: Duration = Duration::from_secs(600);

/// The exceptions, by the names of the mutants. Each name must be that of a mutant of a model.
pub(crate) fn exceptions(source: &Path, patches: &[Patch]) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(source.join(EXCEPTIONS))
        .map_err(|problem| format!("{EXCEPTIONS}: {problem}"))?;
    let mut exceptions = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, reason) = (line.split_once(": "))
            .ok_or_else(|| format!("{EXCEPTIONS}:{number}: expected `name: reason`"))?;
        let is_there = |patch: &Patch| patch.name == name && patch.model().is_some();
        if !patches.iter().any(is_there) {
            return Err(format!("{EXCEPTIONS}:{number}: no model finds a mutant {name}").into());
        }
        exceptions.insert(name.to_owned(), reason.trim().to_owned());
    }
    Ok(exceptions)
}

/// Whether the model of each of these mutants tells a story when it fails, except for those
/// that are excused. An excuse that is not needed is wrong, too.
pub(crate) fn are_told(
    tree: &Tree,
    patches: &[&Patch],
    exceptions: &BTreeMap<String, String>,
) -> Result<bool> {
    print("| mutant | found by | story |\n|---|---|---|\n");
    let (mut all, mut bad) = (0, 0);
    for patch in patches {
        let Some(model) = patch.model() else { continue };
        let told = tell(tree, patch, model)?;
        tree.restore()?;
        let (is_good, verdict) = match (told, exceptions.get(&patch.name)) {
            (Ok(()), None) => (true, String::from("told")),
            (Ok(()), Some(_)) => (false, format!("TOLD, but excused in {EXCEPTIONS}")),
            (Err(lack), None) => (false, lack.to_uppercase()),
            (Err(_), Some(reason)) => (true, format!("not told: {reason}")),
        };
        print(&format!("| {} | {model} | {verdict} |\n", patch.name));
        all += 1;
        bad += usize::from(!is_good);
    }
    let logs = tree.log("*");
    print(&format!(
        "\n{all} models, {bad} not as they should be; what was printed is in {}\n",
        logs.display()
    ));
    match all {
        0 => Err("no patch of a model has such a name".into()),
        _ => Ok(bad == 0),
    }
}

/// Breaks the copy and runs the model. The inner error says what the story lacks.
fn tell(tree: &Tree, patch: &Patch, model: &Red) -> Result<std::result::Result<(), &'static str>> {
    tree.apply(patch)?;
    let suite = Suite::build(tree, &model.suite)??;
    let log = tree.log(&patch.name);
    match suite.run(model, PATIENCE, &log)? {
        Ended::Failed | Ended::Crashed(_) => {}
        ended => return Err(format!("{}: {model} {ended}", patch.name).into()),
    }
    let output = fs::read(&log)?;
    Ok(story::is_told(&String::from_utf8_lossy(&output)))
}

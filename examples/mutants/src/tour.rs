//! The tour: one mutant at a time, for a reader of `docs/break-it.md`.

use crate::output::print;
use crate::patch::Patch;
use crate::problem::Result;
use crate::suite::{Ended, Suite};
use crate::tree::Tree;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// The mutants of the page, by the numbers of their patches.
const STOPS: [&str; 5] = ["01", "07", "14", "45", "86"];

/// As long as a model may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// The mutants of the page.
pub(crate) fn list(patches: &[Patch]) -> String {
    let stops = STOPS.iter().filter_map(|stop| find(patches, stop));
    let mut list = String::from("The tour (docs/break-it.md):\n");
    for Patch { name, what, .. } in stops {
        list.push_str(&format!("  {name}: {what}\n"));
    }
    list.push_str(
        "Each has its number: --tour 01 breaks a copy of the map and runs the model that\n\
         finds the bug, --tour 01 --repair runs the same model on the map as it is.\n",
    );
    list
}

/// Copies the crate to `tour` in the target folder, breaks the copy if `broken`, and runs the
/// model that finds the mutant. Returns whether the model is red, or green if not `broken`.
pub(crate) fn show(
    source: &Path,
    target: &Path,
    patches: &[Patch],
    name: &str,
    broken: bool,
) -> Result<bool> {
    let patch = find(patches, name)
        .ok_or_else(|| format!("no patch has the number {name}\n{}", list(patches)))?;
    let model = (patch.model()).ok_or_else(|| format!("no model finds the mutant {name}"))?;
    let tree = Tree::copy(source, &target.join("tour"))?;
    if broken {
        tree.apply(patch)?;
        print(&format!(
            "{}: {}\n\n{}\n",
            patch.name,
            patch.what,
            patch.diff()?
        ));
    } else {
        print(&format!("{}, repaired\n\n", patch.name));
    }
    print(&format!("In the copy {}:\n", tree.path().display()));
    print(&format!("cargo {} {}\n", model.suite, model.test));
    let suite = Suite::build_telling(&tree, &model.suite, Stdio::inherit())?
        .map_err(|_| "the copy does not compile")?;
    let log = tree.log(&patch.name);
    let ended = suite.run(model, PATIENCE, &log)?;
    print(&String::from_utf8_lossy(&fs::read(&log)?));
    let (is_good, verdict) = match (ended, broken) {
        (Ended::Failed | Ended::Crashed(_), true) => (true, "red: the model has found the bug"),
        (Ended::Passed, false) => (true, "green: the model passes on the map as it is"),
        (Ended::Passed, true) => (false, "GREEN, although the map is broken"),
        (Ended::Failed | Ended::Crashed(_), false) => (false, "RED, although nothing is broken"),
        (Ended::Hung, _) => (false, "the model does not end"),
        (Ended::RanNothing, _) => (false, "there is no such model"),
    };
    print(&format!("\n{verdict}\n"));
    Ok(is_good)
}

/// The patch with this number, `1` or `01`, or with this name.
fn find<'a>(patches: &'a [Patch], name: &str) -> Option<&'a Patch> {
    let number = format!("{name:0>2}-");
    let is_meant = |patch: &&Patch| {
        let is_number = !name.is_empty() && patch.name.starts_with(&number);
        is_number || patch.name == name || patch.name.starts_with(&format!("{name}-"))
    };
    patches.iter().find(is_meant)
}

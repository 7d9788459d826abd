//! The list of mutants in the documentation.

use crate::output::print;
use crate::patch::Patch;
use crate::problem::Result;
use std::fs;
use std::path::Path;

/// The page with the list, which stands between two comments.
const PAGE: &str = "tests/mutants/README.md";
const BEGIN: &str = "<!-- mutants -->";
const END: &str = "<!-- /mutants -->";

/// The list of these patches.
pub(crate) fn of(patches: &[Patch]) -> String {
    let mut table = String::from("| what is broken | found by |\n|---|---|\n");
    for Patch { what, expected, .. } in patches {
        let row = format!("{} | {}", cell(what), cell(&expected.to_string()));
        table.push_str(&format!("| {row} |\n"));
    }
    table
}

/// Escapes each `|`, which would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Whether the page has the list of these patches. If not, prints the difference.
pub(crate) fn is_published(source: &Path, patches: &[Patch]) -> Result<bool> {
    let page = fs::read_to_string(source.join(PAGE))?;
    let should_be = of(patches);
    let Some(is) = between(&page) else {
        print(&format!("{PAGE} has no list between {BEGIN} and {END}\n"));
        return Ok(false);
    };
    let (is, should_be) = (lines(is), lines(&should_be));
    let only_in = |these: &[&str], those: &[&str], sign: char| {
        let missing = these.iter().filter(|line| !those.contains(line));
        missing
            .map(|line| format!("{sign} {line}\n"))
            .collect::<String>()
    };
    if is == should_be {
        return Ok(true);
    }
    print(&format!(
        "{PAGE} does not list these mutants, in this order (see --table):\n{}{}",
        only_in(&is, &should_be, '-'),
        only_in(&should_be, &is, '+')
    ));
    Ok(false)
}

fn between(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once(BEGIN)?;
    let (list, _) = rest.split_once(END)?;
    Some(list)
}

fn lines(table: &str) -> Vec<&str> {
    table.trim().lines().map(str::trim).collect()
}

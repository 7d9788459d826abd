//! The story that a red model prints: the schedule of its threads, in columns.
//!
//! ```text
//! The schedule that led to this:
//!
//!         thread 1                 thread 2                 the map, where it changes
//!                                                           read{}+ dirty{a:1} 0
//!      1  load(a)
//!      2    locks the mutex                                 src/map/locate.rs:74
//!      3    = 1
//!         ·                        ·
//!      4                           load(a)
//! ```

use std::collections::BTreeSet;

/// The line that a story begins with.
const BEGIN: &str = "The schedule that led to this:";

/// What a red model says below the steps: its outcome, or why loom gave up.
const ENDS: [&str; 2] = ["an outcome that must not be", "panicked at"];

/// Whether the output of a red model tells its story: steps of two threads, and then the
/// outcome, or a panic of loom. The error says what the output lacks.
pub(crate) fn is_told(output: &str) -> Result<(), &'static str> {
    let (_, story) = output.split_once(BEGIN).ok_or("no story")?;
    let mut lines = story.lines();
    let header = lines.find(|line| line.trim_start().starts_with("thread 1"));
    let columns = columns(header.ok_or("no names of threads above the steps")?);
    let mut threads = BTreeSet::new();
    let mut ending = Vec::new();
    for line in lines {
        match place_of_step(line) {
            Some(place) => {
                threads.extend(columns.iter().rposition(|begin| *begin <= place));
                ending.clear();
            }
            None => ending.push(line),
        }
    }
    if threads.len() < 2 {
        return Err("no steps of two threads");
    }
    let is_end = |line: &&str| ENDS.iter().any(|end| line.contains(end));
    match ending.iter().any(is_end) {
        true => Ok(()),
        false => Err("neither an outcome nor a panic below the steps"),
    }
}

/// Where the columns of the threads begin, in characters.
fn columns(header: &str) -> Vec<usize> {
    let begins = header.match_indices("thread ");
    begins.map(|(at, _)| header[..at].chars().count()).collect()
}

/// Where the text of a step begins. A step begins with its number.
fn place_of_step(line: &str) -> Option<usize> {
    let numbered = line.trim_start();
    let text = numbered.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_step = text.len() < numbered.len() && text.starts_with("  ");
    let behind = text.trim_start();
    let before = &line[..line.len() - behind.len()];
    (is_step && !behind.is_empty()).then(|| before.chars().count())
}

//! A story as text: a column for each actor, the map wherever it changed, and the source.

use super::words::Words;
use readmostly::internals::story::{Event, On, Shown, Step, Story};
use std::collections::HashMap;

/// How wide a column is at the most, and at the least.
const WIDTH: std::ops::RangeInclusive<usize> = 26..=52;

/// One row.
struct Row {
    number: usize,
    actor: usize,
    what: String,
    map: String,
    at: String,
}

/// `all`: with the steps that ask for the current snapshot once more.
pub(super) fn columns(story: &Story, all: bool) -> String {
    let words = Words::of(story);
    let mut rows: Vec<Row> = Vec::new();
    let mut map = words.map(&story.start);
    let mut last_states = LastStates::default();
    for (place, step) in story.steps.iter().enumerate() {
        let what = match step.event {
            Event::Call(..) => words.step(step),
            _ => format!("  {}", words.step(step)),
        };
        let now = step
            .map
            .as_ref()
            .map_or_else(|| map.clone(), |map| words.map(map));
        let changes = now != map;
        let asks_again = last_states.asks_again(step);
        let repeats = || {
            rows.last()
                .is_some_and(|row| row.actor == step.actor && row.what == what)
        };
        if !all && !changes && (is_folded(step) || asks_again || repeats()) {
            continue;
        }
        rows.push(Row {
            number: place + 1,
            actor: step.actor,
            what,
            map: if changes { now.clone() } else { String::new() },
            at: step
                .at
                .map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line())),
        });
        map = now;
    }
    let actors = rows.iter().map(|row| row.actor + 1).max().unwrap_or(0);
    let wide = |text: &str| text.chars().count();
    let widest = rows.iter().map(|row| wide(&row.what)).max().unwrap_or(0);
    let width = widest.clamp(*WIDTH.start(), *WIDTH.end()) + 1;
    let map_width = rows.iter().map(|row| wide(&row.map)).max().unwrap_or(0);
    let map_width = map_width.max(wide(&words.map(&story.start))).max(26);

    let mut text = String::new();
    let mut line = |head: &str, cells: Vec<String>, map: &str, at: &str| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<width$}")).collect();
        let row = format!("{head:>4}  {cells} {map:<map_width$}  {at}");
        text.push_str(row.trim_end());
        text.push('\n');
    };
    let empty = || vec![String::new(); actors];
    let heads = (1..=actors)
        .map(|actor| format!("thread {actor}"))
        .collect();
    line("", heads, "the map, where it changes", "");
    line("", empty(), &words.map(&story.start), "");
    let mut last = None;
    for row in &rows {
        if last.is_some_and(|last| last != row.actor) {
            line("", vec!["·".into(); actors], "", "");
        }
        last = Some(row.actor);
        let mut cells = empty();
        cells[row.actor] = row.what.clone();
        line(&row.number.to_string(), cells, &row.map, &row.at);
    }
    text
}

/// How often a thread asks for the current snapshot is of no interest, unless it reads an old
/// answer.
fn is_folded(step: &Step) -> bool {
    match step.event {
        Event::Load {
            on: On::Hint,
            newest,
            ..
        } => newest,
        Event::Write { on: On::Hint, .. } => true,
        _ => false,
    }
}

/// What each actor has read last of the state of a snapshot, in this call.
#[derive(Default)]
struct LastStates(HashMap<usize, (On, Shown)>);

impl LastStates {
    /// Whether this step reads what its actor has read before.
    fn asks_again(&mut self, step: &Step) -> bool {
        match step.event {
            Event::Load {
                on: on @ On::State(_),
                seen,
                ..
            } => self.0.insert(step.actor, (on, seen)) == Some((on, seen)),
            Event::Call(..) => {
                self.0.remove(&step.actor);
                false
            }
            _ => false,
        }
    }
}

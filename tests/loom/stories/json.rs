//! Stories for a program to read.

use super::Model;
use super::words::Words;
use readmostly::internals::story::{Event, Map, Shown, Step, Story};
use std::fmt::Write as _;

/// One object, in one line.
pub(super) fn json(model: &Model, stories: &[(bool, &String, &Story)]) -> String {
    let actors = stories.iter().flat_map(|(_, _, told)| &told.steps);
    let actors = actors.map(|step| step.actor + 1).max().unwrap_or(0);
    let mut outcomes = Vec::new();
    for (old, outcome, told) in stories {
        let words = Words::of(told);
        let expected = model.expected.contains(outcome);
        let steps: Vec<_> = told.steps.iter().map(|it| step(&words, it)).collect();
        outcomes.push(format!(
            r#"{{"outcome":{},"expected":{expected},"stale":{old},"start":{},"steps":[{}]}}"#,
            string(outcome),
            map(&words, &told.start),
            steps.join(","),
        ));
    }
    format!(
        r#"{{"model":{},"claim":{},"actors":{actors},"outcomes":[{}]}}"#,
        string(&model.name),
        string(&model.claim),
        outcomes.join(",")
    )
}

fn step(words: &Words<'_>, step: &Step) -> String {
    let (kind, event) = match &step.event {
        Event::Call(..) => ("call", "call"),
        Event::Return(_) => ("return", "return"),
        other => ("step", name(other)),
    };
    let mut text = format!(
        r#"{{"actor":{},"kind":"{kind}","event":"{event}","text":{}"#,
        step.actor,
        string(&words.step(step))
    );
    let on = |on| string(&words.on(on, step.at));
    let shown = |one| string(&words.shown(one));
    let _ = match &step.event {
        Event::Load {
            on: of,
            seen,
            newest,
            order,
        } => write!(
            text,
            r#","on":{},"to":{},"newest":{newest},"order":"{order:?}""#,
            on(*of),
            shown(*seen)
        ),
        Event::Write {
            on: of,
            from,
            to,
            order,
            ..
        } => write!(
            text,
            r#","on":{},"from":{},"to":{},"order":"{order:?}""#,
            on(*of),
            shown(*from),
            shown(*to)
        ),
        Event::Cas {
            on: of,
            from,
            to,
            failed,
            order,
        } => {
            let seen = failed.map_or("null".into(), shown);
            write!(
                text,
                r#","on":{},"from":{},"to":{},"seen":{seen},"order":"{order:?}""#,
                on(*of),
                shown(*from),
                shown(*to)
            )
        }
        Event::Looked { snapshot, found } => {
            let table = snapshot.map_or("dirty".into(), |number| format!("S{number}"));
            write!(text, r#","on":"{table}","found":{found}"#)
        }
        Event::Retires(what) | Event::Frees(what) => write!(text, r#","on":{}"#, shown(*what)),
        Event::Waits(_) | Event::Locks(_) | Event::Unlocks(_) => write!(text, r#","on":"mutex""#),
        Event::Dirty(change) => write!(text, r#","change":"{change:?}""#),
        _ => Ok(()),
    };
    if let Some(at) = step.at {
        let _ = write!(
            text,
            r#","file":{},"line":{}"#,
            string(at.file()),
            at.line()
        );
    }
    let after = step.map.as_ref().map_or("null".into(), |it| map(words, it));
    let _ = write!(text, r#","map":{after}}}"#);
    text
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Load { .. } => "load",
        Event::Write { by: "fetch_or", .. } => "mark",
        Event::Write { by, .. } => by,
        Event::Cas { failed: None, .. } => "cas",
        Event::Cas { .. } => "cas-failed",
        Event::HeavyFence => "heavy-fence",
        Event::Waits(_) => "waits",
        Event::Locks(_) => "locks",
        Event::Unlocks(_) => "unlocks",
        Event::Looked { .. } => "looks",
        Event::Dirty(_) => "dirty",
        Event::Retires(_) => "retire",
        Event::Frees(_) => "free",
        _ => "other",
    }
}

fn map(words: &Words<'_>, map: &Map) -> String {
    let entries = |entries: &[(usize, Shown)]| {
        let one = |&(word, held): &(usize, Shown)| {
            format!(
                r#"{{"key":{},"entry":{},"p":{}}}"#,
                string(&words.key(word).to_string()),
                string(&words.entry(word)),
                string(&words.shown(held))
            )
        };
        let entries: Vec<_> = entries.iter().map(one).collect();
        format!(r#"{{"entries":[{}]}}"#, entries.join(","))
    };
    let read = entries(&map.read);
    let retired: Vec<_> = map
        .retired
        .iter()
        .map(|it| string(&words.shown(*it)))
        .collect();
    format!(
        r#"{{"text":{},"read":{{"snapshot":{},"amended":{},"superseded":{},{},"dirty":{},"misses":{},"mutex":{},"retired":[{}]}}"#,
        string(&words.map(map)),
        map.snapshot
            .map_or("null".into(), |number| format!(r#""S{number}""#)),
        map.amended,
        map.superseded,
        read.strip_prefix('{').unwrap_or(&read),
        map.dirty.as_deref().map_or("null".into(), entries),
        map.misses,
        map.mutex.map_or("null".into(), |actor| actor.to_string()),
        retired.join(",")
    )
}

fn string(text: &str) -> String {
    let mut out = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            char if u32::from(char) < 32 => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

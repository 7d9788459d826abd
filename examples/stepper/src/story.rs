//! The stories: what `STORIES=json cargo story` writes, a file for each model.

use crate::Result;
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// A model, with one schedule for each of its outcomes.
#[derive(Deserialize)]
pub(crate) struct Story {
    pub(crate) model: String,
    /// What the model claims: its doc comment.
    pub(crate) claim: String,
    pub(crate) actors: usize,
    pub(crate) outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) outcome: String,
    /// Whether the model names it.
    pub(crate) expected: bool,
    /// Whether some step read an old value.
    pub(crate) stale: bool,
    /// The map before the first step.
    pub(crate) start: Map,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Call,
    Step,
    Return,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Step {
    pub(crate) actor: usize,
    pub(crate) kind: Kind,
    pub(crate) event: String,
    /// What the step is about: `a.p`, `S1`, `the state of S1`, `mutex`.
    pub(crate) on: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    /// What a compare-and-swap that failed has found.
    pub(crate) seen: Option<String>,
    /// Whether a key that was looked for is there.
    pub(crate) found: Option<bool>,
    /// What became of the dirty map.
    pub(crate) change: Option<String>,
    /// The ordering of an access.
    pub(crate) order: Option<String>,
    /// Whether a read returned the newest value.
    #[serde(default = "yes")]
    pub(crate) newest: bool,
    pub(crate) text: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
    /// None: the step changed nothing.
    pub(crate) map: Option<Map>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Deserialize)]
pub(crate) struct Map {
    pub(crate) text: String,
    pub(crate) read: Read,
    pub(crate) dirty: Option<Dirty>,
    pub(crate) misses: usize,
    /// Who holds the mutex.
    pub(crate) mutex: Option<usize>,
    pub(crate) retired: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Read {
    /// None: no snapshot is published.
    pub(crate) snapshot: Option<String>,
    pub(crate) amended: bool,
    pub(crate) superseded: bool,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Dirty {
    pub(crate) entries: Vec<Entry>,
}

#[derive(Clone, Deserialize, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) entry: String,
    pub(crate) p: String,
}

impl Map {
    /// The entries of both tables.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        let dirty = self.dirty.iter().flat_map(|dirty| &dirty.entries);
        self.read.entries.iter().chain(dirty)
    }
}

impl Story {
    /// Reads a story. It must be one of `model`.
    pub(crate) fn read(path: &Path, model: &str) -> Result<Self> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let story = || -> Result<Self> {
            let story: Self = serde_json::from_str(&text)?;
            if story.model != model {
                return Err(format!("it is a story of {}", story.model).into());
            }
            story.check()?;
            Ok(story)
        };
        story().map_err(|problem| format!("{}: {problem}", path.display()).into())
    }

    /// Checks that the steps fit together, so that a page never shows what was not so.
    fn check(&self) -> Result<()> {
        for outcome in &self.outcomes {
            let mut map = &outcome.start;
            for (index, step) in outcome.steps.iter().enumerate() {
                let is_wrong = |what: String| {
                    format!(
                        "`{}`, step {}, `{}`: {what}",
                        outcome.outcome,
                        index + 1,
                        step.text
                    )
                };
                if step.actor >= self.actors {
                    return Err(is_wrong(format!("there is no thread {}", step.actor + 1)).into());
                }
                let holds = |map: &Map, value: &str| {
                    let entry = map
                        .entries()
                        .find(|it| Some(it.entry.as_str()) == step.entry());
                    entry.is_none_or(|it| it.p == value)
                };
                let writes = matches!(step.event.as_str(), "swap" | "cas");
                let before = map;
                map = step.map.as_ref().unwrap_or(map);
                let ends = [(before, &step.from, "before"), (map, &step.to, "after")];
                for (map, value, when) in ends {
                    if let Some(value) = value.as_ref().filter(|_| writes) {
                        if !holds(map, value) {
                            return Err(is_wrong(format!("it is not {value} {when}")).into());
                        }
                    }
                }
            }
            let (_, end) = outcome.outcome.split_once(" → ").unwrap_or_default();
            if outcome.expected && !end.starts_with(&map.text) {
                let problem = format!("`{}` ends with {}", outcome.outcome, map.text);
                return Err(problem.into());
            }
        }
        Ok(())
    }
}

impl Step {
    /// Its text, as it stands in its thread's column. The ordering is shown with the place.
    pub(crate) fn label(&self) -> String {
        let ordering = self.order.as_ref().map(|order| format!(", {order}"));
        match self.kind {
            Kind::Return => self.text.replacen("= ", "returns ", 1),
            Kind::Call | Kind::Step => match ordering {
                Some(ordering) => self.text.replacen(&ordering, "", 1).replace('`', ""),
                None => self.text.clone(),
            },
        }
    }

    /// What its call returns.
    pub(crate) fn result(&self) -> Option<&str> {
        (self.kind == Kind::Return).then(|| self.text.trim_start_matches("= "))
    }

    /// The entry whose word it is about.
    pub(crate) fn entry(&self) -> Option<&str> {
        self.on.as_deref()?.strip_suffix(".p")
    }

    /// The snapshot that it is about.
    pub(crate) fn snapshot(&self) -> Option<&str> {
        let on = self.on.as_deref()?;
        let name = on.strip_prefix("the state of ").unwrap_or(on);
        let number = name.strip_prefix('S')?;
        number.parse::<u32>().is_ok().then_some(name)
    }

    /// What it is about, in one word.
    pub(crate) fn subject(&self) -> &str {
        let on = self.on.as_deref().unwrap_or_default();
        match on {
            "`read`" => "read",
            "the address of the snapshot" => "address",
            _ if self.entry().is_some() => "word",
            _ if on.starts_with("the state of ") => "state",
            _ if self.event == "looks" && self.snapshot().is_some() => "table",
            _ if self.snapshot().is_some() => "snapshot",
            _ => on,
        }
    }
}

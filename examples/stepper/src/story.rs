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
    /// The map before the first step.
    pub(crate) start: Map,
    pub(crate) outcomes: Vec<Outcome>,
    /// The number of the planted bug that the model ran with.
    #[serde(default)]
    pub(crate) mutant: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Outcome {
    pub(crate) outcome: String,
    /// Whether the model names it.
    pub(crate) expected: bool,
    /// Whether some step read an old value.
    #[serde(default)]
    pub(crate) stale: bool,
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
    /// What the step is about: `a.p`, `read`, `mutex`, a snapshot.
    #[serde(default)]
    pub(crate) on: Option<String>,
    #[serde(default)]
    pub(crate) from: Option<String>,
    #[serde(default)]
    pub(crate) to: Option<String>,
    /// The ordering of an access.
    #[serde(default)]
    pub(crate) order: Option<String>,
    /// Whether a read returned the newest value.
    #[serde(default = "yes")]
    pub(crate) newest: bool,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) file: Option<String>,
    #[serde(default)]
    pub(crate) line: Option<usize>,
    /// None: the step changed nothing.
    #[serde(default)]
    pub(crate) map: Option<Map>,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Deserialize)]
pub(crate) struct Map {
    pub(crate) text: String,
    /// None: no snapshot is published.
    pub(crate) read: Option<Read>,
    pub(crate) dirty: Option<Dirty>,
    pub(crate) misses: usize,
    /// Who holds the mutex.
    pub(crate) mutex: Option<usize>,
    #[serde(default)]
    pub(crate) retired: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Read {
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
        let read = self.read.iter().flat_map(|read| &read.entries);
        read.chain(self.dirty.iter().flat_map(|dirty| &dirty.entries))
    }
}

/// The stories in a folder.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Story>> {
    let mut stories = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let story: Story = serde_json::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        story.check().map_err(|problem| format!("{}: {problem}", path.display()))?;
        stories.push(story);
    }
    Ok(stories)
}

impl Story {
    /// Checks that the steps fit together, so that a page never shows what was not so.
    fn check(&self) -> Result<()> {
        for outcome in &self.outcomes {
            let mut map = &self.start;
            for (index, step) in outcome.steps.iter().enumerate() {
                let is_wrong = |what: String| {
                    format!("`{}`, step {}, `{}`: {what}", outcome.outcome, index + 1, step.text)
                };
                if step.actor >= self.actors {
                    return Err(is_wrong(format!("there is no thread {}", step.actor + 1)).into());
                }
                if let (Some(entry), Some(from), "swap" | "cas") =
                    (step.entry(), &step.from, step.event.as_str())
                {
                    let before = map.entries().find(|it| it.entry == entry);
                    if before.is_some_and(|it| it.p != *from) {
                        return Err(is_wrong(format!("{entry} did not hold {from}")).into());
                    }
                }
                map = step.map.as_ref().unwrap_or(map);
                if let (Some(entry), Some(to), "swap" | "cas") =
                    (step.entry(), &step.to, step.event.as_str())
                {
                    let after = map.entries().find(|it| it.entry == entry);
                    if after.is_some_and(|it| it.p != *to) {
                        return Err(is_wrong(format!("{entry} does not hold {to}")).into());
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
                Some(ordering) => self.text.replacen(&ordering, "", 1),
                None => self.text.clone(),
            },
        }
    }

    /// The entry whose word it is about.
    pub(crate) fn entry(&self) -> Option<&str> {
        self.on.as_deref()?.strip_suffix(".p")
    }
}

//! What the page shows, as it stands in the page: every text and every state of the map once.

use crate::Result;
use crate::code::Code;
use crate::patch::Patch;
use crate::scenarios::Scenario;
use crate::sentences::{Context, Sentences};
use crate::source::Source;
use crate::story::{Entry, Kind, Map, Outcome, Step, Story};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
pub(crate) struct Data {
    pub(crate) strings: Vec<String>,
    pub(crate) maps: Vec<serde_json::Value>,
    pub(crate) listings: Code,
    /// The heads of the sentences.
    pub(crate) templates: Vec<String>,
    pub(crate) scenarios: Vec<Shown>,
    #[serde(skip)]
    places: BTreeMap<String, usize>,
    #[serde(skip)]
    states: BTreeMap<String, usize>,
    /// The sentences that some step is told by.
    #[serde(skip)]
    told: BTreeSet<usize>,
}

/// A scenario.
#[derive(Serialize)]
pub(crate) struct Shown {
    id: String,
    group: String,
    title: String,
    intro: String,
    claim: String,
    rule: String,
    threads: usize,
    runs: Vec<Run>,
    broken: Option<Run>,
    patch: Option<Bug>,
}

#[derive(Serialize)]
struct Bug {
    what: String,
    file: String,
    lines: Vec<String>,
    /// Lines of the algorithm with the bug: listing, line, text.
    listing: Vec<(usize, usize, String)>,
}

/// A schedule.
#[derive(Serialize)]
struct Run {
    outcome: String,
    stale: bool,
    start: usize,
    /// Thread, kind, label, sentence, template, listing, line, place, map.
    steps: Vec<[usize; 9]>,
}

/// A state of the map, with what only a whole schedule shows.
#[derive(Serialize)]
struct State<'a> {
    text: &'a str,
    snapshot: &'a str,
    amended: bool,
    superseded: bool,
    read: Vec<[&'a str; 3]>,
    dirty: Option<Vec<[&'a str; 3]>>,
    misses: usize,
    mutex: Option<usize>,
    waiting: &'a BTreeSet<usize>,
    retired: &'a [String],
    /// Entries in no table whose words are still used.
    gone: Vec<[&'a str; 3]>,
}

/// What a schedule is told with.
#[derive(Clone, Copy)]
pub(crate) struct Telling<'a> {
    pub(crate) source: &'a Source,
    pub(crate) sentences: &'a Sentences,
    pub(crate) patch: Option<&'a Patch>,
}

impl Data {
    pub(crate) fn new(code: Code, sentences: &Sentences) -> Self {
        Self {
            strings: Vec::new(),
            maps: Vec::new(),
            listings: code,
            templates: sentences.heads(),
            scenarios: Vec::new(),
            places: BTreeMap::new(),
            states: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// The heads of the sentences that no step is told by.
    pub(crate) fn untold(&self) -> Vec<&str> {
        let heads = self.templates.iter().enumerate();
        let untold = heads.filter(|(index, _)| !self.told.contains(index));
        untold.map(|(_, head)| head.as_str()).collect()
    }

    pub(crate) fn add(
        &mut self,
        scenario: &Scenario,
        story: &Story,
        broken: Option<(&Story, &Patch)>,
        telling: Telling<'_>,
    ) -> Result<()> {
        let mut runs = Vec::new();
        for outcome in story.outcomes.iter().filter(|outcome| outcome.expected) {
            runs.push(self.run(story, outcome, telling)?);
        }
        if runs.is_empty() {
            return Err(format!("the model {} has no outcome", story.model).into());
        }
        let mut shown = Shown {
            id: scenario.id.clone(),
            group: scenario.group.clone(),
            title: scenario.title.clone(),
            intro: scenario.intro.clone(),
            claim: story.claim.split_whitespace().collect::<Vec<_>>().join(" "),
            rule: String::new(),
            threads: story.actors,
            runs,
            broken: None,
            patch: None,
        };
        if let (Some((story, patch)), Some(bug)) = (broken, &scenario.broken) {
            let red = story.outcomes.iter().find(|outcome| !outcome.expected);
            let red = red.ok_or_else(|| format!("{} found nothing", patch.file))?;
            let telling = Telling { patch: Some(patch), ..telling };
            shown.broken = Some(self.run(story, red, telling)?);
            shown.rule = bug.rule.clone();
            let mut listing = Vec::new();
            for (label, line) in &bug.lines {
                let (of, at) = self.listings.line(label, "")?;
                listing.push((of, at, line.clone()));
            }
            shown.patch = Some(Bug {
                what: patch.what.clone(),
                file: patch.file.clone(),
                lines: patch.lines.clone(),
                listing,
            });
        }
        self.scenarios.push(shown);
        Ok(())
    }

    fn run(&mut self, story: &Story, outcome: &Outcome, telling: Telling<'_>) -> Result<Run> {
        let name = format!("{} => {}", story.model, outcome.outcome);
        self.pack(story, outcome, telling)
            .map_err(|problem| format!("{name}: {problem}").into())
    }

    fn pack(&mut self, story: &Story, outcome: &Outcome, telling: Telling<'_>) -> Result<Run> {
        let kept = folded(&outcome.steps);
        let mut walk = Walk::new(story, outcome);
        let start = self.state(&walk, 0)?;
        let mut steps: Vec<[usize; 9]> = Vec::new();
        for (index, step) in outcome.steps.iter().enumerate() {
            let context = walk.take(step);
            if !kept.contains(&index) {
                continue;
            }
            let place = step.file.as_deref().zip(step.line);
            let place = place.map(|(file, line)| match telling.patch {
                Some(patch) => (file, patch.unpatched(file, line)),
                None => (file, line),
            });
            let anchor = place.and_then(|(file, line)| telling.source.anchor(file, line));
            let context = Context { anchor, ..context };
            let told = telling.sentences.tell(step, &context, &self.listings)?;
            self.told.insert(told.template);
            // A place in the models' own shims says nothing about the algorithm.
            let place = place.filter(|(file, _)| !file.starts_with("src/sync/"));
            let place = place.map(|(file, line)| format!("{file}:{line}"));
            let place = place.into_iter().chain(step.order.clone());
            let place = place.collect::<Vec<_>>().join(", ");
            let next = [
                step.actor,
                step.kind as usize,
                self.string(step.label()),
                self.string(told.text),
                told.template,
                told.listing,
                told.line,
                self.string(place),
                self.state(&walk, index + 1)?,
            ];
            if let Some(last) = steps.last() {
                // Sentence, line and map.
                if [0, 3, 6, 8].iter().all(|&at| last[at] == next[at]) {
                    return Err(format!("step {} looks like the one before", index + 1).into());
                }
            }
            steps.push(next);
        }
        if steps.is_empty() {
            return Err("it has no step".into());
        }
        Ok(Run {
            outcome: outcome.outcome.clone(),
            stale: outcome.stale,
            start,
            steps,
        })
    }

    fn string(&mut self, text: String) -> usize {
        let next = self.strings.len();
        *self.places.entry(text.clone()).or_insert_with(|| {
            self.strings.push(text);
            next
        })
    }

    /// The state of the map after so many steps.
    fn state(&mut self, walk: &Walk<'_>, steps: usize) -> Result<usize> {
        let state = serde_json::to_value(walk.state(steps))?;
        let next = self.maps.len();
        Ok(*self.states.entry(state.to_string()).or_insert_with(|| {
            self.maps.push(state);
            next
        }))
    }
}

/// Which steps are shown. A thread asks more than once which snapshot is current, and looks
/// for its key again when it goes from one kind of pin to another. Each answer is shown once,
/// as long as nothing has happened in between.
fn folded(steps: &[Step]) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    let mut asked: Vec<(&Step, usize)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let only_looks = step.map.is_none()
            && step.newest
            && step.entry().is_none()
            && matches!(step.event.as_str(), "load" | "looks");
        if !only_looks || asked.last().is_some_and(|(last, _)| last.actor != step.actor) {
            asked.clear();
        }
        if only_looks {
            let same = |(it, _): &(&Step, usize)| {
                it.event == step.event && it.on == step.on && it.to == step.to
            };
            if asked.iter().any(same) {
                continue;
            }
            // The address of the snapshot, and then the snapshot itself: one question.
            let is_snapshot = |step: &Step| step.event == "load" && step.on.as_deref() != Some("read");
            if is_snapshot(step) {
                if let Some((before, at)) = asked.last() {
                    if before.event == "load" && before.on.as_deref() == Some("read") {
                        kept.remove(at);
                    }
                }
            }
            asked.push((step, index));
        }
        kept.insert(index);
    }
    kept
}

/// Goes through a schedule, and knows what the map's states alone do not tell.
struct Walk<'a> {
    outcome: &'a Outcome,
    map: &'a Map,
    calls: Vec<&'a str>,
    /// Whether the thread has held the mutex in its current call.
    has_locked: Vec<bool>,
    waiting: BTreeSet<usize>,
    /// Every entry that has been in a table, as it is now.
    entries: BTreeMap<&'a str, Entry>,
}

impl<'a> Walk<'a> {
    fn new(story: &'a Story, outcome: &'a Outcome) -> Self {
        let mut walk = Self {
            outcome,
            map: &story.start,
            calls: vec![""; story.actors],
            has_locked: vec![false; story.actors],
            waiting: BTreeSet::new(),
            entries: BTreeMap::new(),
        };
        walk.note_entries();
        walk
    }

    fn note_entries(&mut self) {
        for entry in self.map.entries() {
            self.entries.insert(&entry.entry, entry.clone());
        }
    }

    /// Takes the next step. What comes back is without an anchor.
    fn take(&mut self, step: &'a Step) -> Context<'a> {
        let actor = step.actor;
        match step.kind {
            Kind::Call => {
                self.calls[actor] = &step.text;
                self.has_locked[actor] = false;
            }
            Kind::Step | Kind::Return => {}
        }
        match step.event.as_str() {
            "waits" => drop(self.waiting.insert(actor)),
            "locks" => {
                self.waiting.remove(&actor);
                self.has_locked[actor] = true;
            }
            "swap" | "cas" => {
                if let (Some(entry), Some(to)) = (step.entry(), &step.to) {
                    if let Some(known) = self.entries.get_mut(entry) {
                        known.p.clone_from(to);
                    }
                }
            }
            _ => {}
        }
        let held = self.map.mutex;
        if let Some(map) = &step.map {
            self.map = map;
            self.note_entries();
        }
        let locked = self.map.mutex == Some(actor) || step.event == "unlocks";
        Context {
            call: self.calls[actor],
            anchor: None,
            locked,
            unlocked: self.has_locked[actor] && !locked,
            holder: if step.event == "waits" { held } else { self.map.mutex },
        }
    }

    fn state(&self, steps: usize) -> State<'_> {
        let map = self.map;
        let read = map.read.as_ref();
        let row = |entry: &'a Entry| [entry.key.as_str(), &entry.entry, &entry.p];
        let rows = |entries: &'a [Entry]| {
            let mut rows: Vec<_> = entries.iter().map(row).collect();
            rows.sort_unstable();
            rows
        };
        let in_table: BTreeSet<_> = map.entries().map(|it| it.entry.as_str()).collect();
        let later: BTreeSet<_> = self.outcome.steps[steps..]
            .iter()
            .chain(steps.checked_sub(1).map(|last| &self.outcome.steps[last]))
            .filter_map(Step::entry)
            .collect();
        let gone = self.entries.iter();
        let gone = gone.filter(|(name, _)| !in_table.contains(*name) && later.contains(*name));
        State {
            text: &map.text,
            snapshot: read.and_then(|it| it.snapshot.as_deref()).unwrap_or_default(),
            amended: read.is_some_and(|it| it.amended),
            superseded: read.is_some_and(|it| it.superseded),
            read: rows(read.map_or(&[], |it| &it.entries)),
            dirty: map.dirty.as_ref().map(|it| rows(&it.entries)),
            misses: map.misses,
            mutex: map.mutex,
            waiting: &self.waiting,
            retired: &map.retired,
            gone: gone.map(|(_, it)| [it.key.as_str(), &it.entry, &it.p]).collect(),
        }
    }
}

//! What the page shows, as it stands in the page: every text and every state of the map once.

use crate::Result;
use crate::code::Code;
use crate::patch::Patch;
use crate::scenarios::Scenario;
use crate::sentences::{Context, Sentences};
use crate::source::Source;
use crate::story::{Entry, Kind, Map, Outcome, Step, Story};
use readmostly::EntryState;
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
    /// What is special about it.
    note: String,
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
    /// Entries of a table that has been taken and is not published yet.
    next: Vec<[&'a str; 3]>,
}

/// A call of a script.
pub(crate) struct OneCall {
    pub(crate) label: String,
    pub(crate) operation: String,
    pub(crate) sentence: String,
    /// The map after it.
    pub(crate) state: walkthrough::State,
}

/// No listing has so many lines.
const NO_LINE: usize = 99;

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

    /// Adds a scenario. `stories` are the story of its model, and one for each of its `with`.
    pub(crate) fn add(
        &mut self,
        scenario: &Scenario,
        stories: &[Story],
        broken: Option<(&Story, &Patch)>,
        telling: Telling<'_>,
    ) -> Result<()> {
        let mut runs: Vec<Run> = Vec::new();
        for (index, story) in stories.iter().enumerate() {
            for outcome in story.outcomes.iter().filter(|outcome| outcome.expected) {
                let mut run = self.run(story, outcome, telling)?;
                if let Some(with) = index.checked_sub(1).map(|index| &scenario.with[index]) {
                    run.note.clone_from(&with.note);
                }
                if runs.iter().all(|other| other.steps != run.steps) {
                    runs.push(run);
                }
            }
        }
        let Some(story) = stories.first().filter(|_| !runs.is_empty()) else {
            return Err(format!("the model {} has no outcome", scenario.model).into());
        };
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
            let telling = Telling {
                patch: Some(patch),
                ..telling
            };
            shown.broken = Some(self.run(story, red, telling)?);
            shown.rule.clone_from(&bug.rule);
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

    /// Adds a scenario of calls, without the steps inside them.
    pub(crate) fn add_calls(
        &mut self,
        title: &str,
        start: &walkthrough::State,
        calls: &[OneCall],
    ) -> Result<()> {
        let start = self.inspected(start);
        let mut steps = Vec::new();
        for call in calls {
            let (listing, _) = self.listings.line("call", &call.operation)?;
            steps.push([
                0,
                Kind::Call as usize,
                self.string(call.label.clone()),
                self.string(call.sentence.clone()),
                0,
                listing,
                NO_LINE,
                self.string(String::new()),
                self.inspected(&call.state),
            ]);
        }
        self.scenarios.push(Shown {
            id: String::from("script"),
            group: String::from("Your calls"),
            title: title.to_owned(),
            intro: String::from("The map is empty. Each step is a whole call."),
            claim: String::new(),
            rule: String::new(),
            threads: 1,
            runs: vec![Run {
                outcome: String::new(),
                note: String::new(),
                start,
                steps,
            }],
            broken: None,
            patch: None,
        });
        Ok(())
    }

    /// The state of the map that `inspect()` has shown.
    fn inspected(&mut self, state: &walkthrough::State) -> usize {
        let entries = |entries: &[(String, EntryState<u32>)]| {
            let entry = |(key, state): &(String, EntryState<u32>)| {
                let p = match state {
                    EntryState::Value(value) => value.to_string(),
                    EntryState::Nil => String::from("nil"),
                    EntryState::Expunged => String::from("X"),
                };
                Entry {
                    key: key.clone(),
                    entry: key.clone(),
                    p,
                }
            };
            entries.iter().map(entry).collect::<Vec<_>>()
        };
        let inside = &state.0;
        let read = entries(&inside.read);
        let dirty = inside.dirty.as_deref().map(entries);
        self.packed(&State {
            text: &state.to_string(),
            snapshot: "the snapshot",
            amended: inside.amended,
            superseded: false,
            read: rows(&read),
            dirty: dirty.as_deref().map(rows),
            misses: inside.misses,
            mutex: None,
            waiting: &BTreeSet::new(),
            retired: &[],
            gone: Vec::new(),
            next: Vec::new(),
        })
    }

    fn run(&mut self, story: &Story, outcome: &Outcome, telling: Telling<'_>) -> Result<Run> {
        let name = format!("{} => {}", story.model, outcome.outcome);
        self.pack(story, outcome, telling)
            .map_err(|problem| format!("{name}: {problem}").into())
    }

    fn pack(&mut self, story: &Story, outcome: &Outcome, telling: Telling<'_>) -> Result<Run> {
        let kept = folded(&outcome.steps);
        let mut walk = Walk::new(story, outcome);
        let start = self.packed(&walk.state(0));
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
                self.packed(&walk.state(index + 1)),
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
            note: String::from(if outcome.stale {
                "an old value is read"
            } else {
                ""
            }),
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

    fn packed(&mut self, state: &State<'_>) -> usize {
        let state = serde_json::json!(state);
        let next = self.maps.len();
        *self.states.entry(state.to_string()).or_insert_with(|| {
            self.maps.push(state);
            next
        })
    }
}

fn row(entry: &Entry) -> [&str; 3] {
    [&entry.key, &entry.entry, &entry.p]
}

/// The entries of a table, in the order of their keys.
fn rows(entries: &[Entry]) -> Vec<[&str; 3]> {
    let mut rows: Vec<_> = entries.iter().map(row).collect();
    rows.sort_unstable();
    rows
}

/// Which steps are shown. A thread asks more than once which snapshot is current, and looks
/// for its key again when it goes from one kind of pin to another. Each answer is shown once,
/// as long as nothing has happened in between.
fn folded(steps: &[Step]) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    let mut asked: Vec<(&Step, usize)> = Vec::new();
    // Whether the thread that holds the mutex has changed something.
    let mut changing = false;
    for (index, step) in steps.iter().enumerate() {
        let (event, subject) = (step.event.as_str(), step.subject());
        // The address of the next snapshot follows its publication.
        if event == "swap" && subject == "address" {
            continue;
        }
        match event {
            "locks" | "unlocks" => changing = false,
            "dirty" | "swap" | "mark" => changing = true,
            _ => {}
        }
        let asks = event == "load" && matches!(subject, "state" | "address" | "read");
        let only_looks = asks || event == "looks";
        if !only_looks
            || asked
                .last()
                .is_some_and(|(last, _)| last.actor != step.actor)
        {
            asked.clear();
        }
        if only_looks {
            // Only this thread can have changed the answer.
            if asks && step.newest && changing && holder(steps, index) == Some(step.actor) {
                continue;
            }
            let answer = |it: &Step| {
                (
                    it.event.clone(),
                    it.on.clone(),
                    it.to.clone(),
                    it.found,
                    it.newest,
                )
            };
            if asked.iter().any(|(it, _)| answer(it) == answer(step)) {
                continue;
            }
            // The address of the snapshot, and then the snapshot itself: one question.
            if subject == "state" {
                if let Some((_, at)) = asked
                    .last()
                    .filter(|(it, _)| it.subject() == "address" && it.newest)
                {
                    kept.remove(at);
                }
            }
            asked.push((step, index));
        }
        kept.insert(index);
    }
    kept
}

/// Who holds the mutex at this step.
fn holder(steps: &[Step], index: usize) -> Option<usize> {
    let before = steps[..index].iter().rev();
    let mut changes = before.filter(|step| matches!(step.event.as_str(), "locks" | "unlocks"));
    let last = changes.next()?;
    (last.event == "locks").then_some(last.actor)
}

/// Goes through a schedule, and knows what the map's states alone do not tell.
struct Walk<'a> {
    outcome: &'a Outcome,
    map: &'a Map,
    threads: Vec<Thread<'a>>,
    waiting: BTreeSet<usize>,
    /// Every entry that has been in a table, as it is now.
    entries: BTreeMap<&'a str, Entry>,
    /// The entries of the table that has been taken and is not published yet.
    next: BTreeSet<&'a str>,
}

/// What is known of a thread.
#[derive(Clone, Default)]
struct Thread<'a> {
    /// The calls that it is in, the innermost last.
    calls: Vec<&'a str>,
    /// Whether it has held the mutex in its current call.
    has_locked: bool,
    /// Whether it has found its key in the snapshot when it looked there last.
    found: Option<bool>,
    /// Its last event.
    last: &'a str,
}

impl<'a> Walk<'a> {
    fn new(story: &'a Story, outcome: &'a Outcome) -> Self {
        let mut walk = Self {
            outcome,
            map: &outcome.start,
            threads: vec![Thread::default(); story.actors],
            waiting: BTreeSet::new(),
            entries: BTreeMap::new(),
            next: BTreeSet::new(),
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
        let held = self.map.mutex;
        let thread = &mut self.threads[actor];
        match step.event.as_str() {
            "call" => {
                thread.calls.push(&step.text);
                (thread.has_locked, thread.found) = (false, None);
            }
            "waits" => drop(self.waiting.insert(actor)),
            "locks" => {
                self.waiting.remove(&actor);
                thread.has_locked = true;
            }
            "looks" if step.subject() == "table" => thread.found = step.found,
            "swap" | "cas" => {
                if let (Some(entry), Some(to)) = (step.entry(), &step.to) {
                    if let Some(known) = self.entries.get_mut(entry) {
                        known.p.clone_from(to);
                    }
                }
            }
            _ => {}
        }
        if step.change.as_deref() == Some("Taken") {
            let taken = self.map.dirty.iter().flat_map(|dirty| &dirty.entries);
            self.next = taken.map(|entry| entry.entry.as_str()).collect();
        } else if step.subject() == "read" {
            self.next.clear();
        }
        if let Some(map) = &step.map {
            self.map = map;
            self.note_entries();
        }
        let thread = &mut self.threads[actor];
        let locked = self.map.mutex == Some(actor) || step.event == "unlocks";
        let keys = self
            .map
            .dirty
            .as_ref()
            .map_or(0, |dirty| dirty.entries.len());
        let context = Context {
            call: thread.calls.last().copied().unwrap_or_default(),
            anchor: None,
            locked,
            unlocked: thread.has_locked && !locked,
            holder: if step.event == "waits" {
                held
            } else {
                self.map.mutex
            },
            found: thread.found,
            after: thread.last,
            misses: (self.map.misses, keys),
        };
        thread.last = &step.event;
        if step.event == "return" {
            thread.calls.pop();
        }
        context
    }

    fn state(&self, steps: usize) -> State<'_> {
        let map = self.map;
        let in_table: BTreeSet<_> = map.entries().map(|it| it.entry.as_str()).collect();
        // From the step before: what it has just done to an entry is to be seen.
        let later = &self.outcome.steps[steps.saturating_sub(1)..];
        let later: BTreeSet<_> = later.iter().filter_map(Step::entry).collect();
        let loose = self
            .entries
            .iter()
            .filter(|(name, _)| !in_table.contains(*name));
        let (next, gone): (Vec<_>, Vec<_>) = loose
            .filter(|(name, _)| later.contains(*name) || self.next.contains(*name))
            .partition(|(name, _)| self.next.contains(*name));
        // What was retired before the race waits all through it.
        let retired = &map.retired[self.outcome.start.retired.len().min(map.retired.len())..];
        State {
            text: &map.text,
            snapshot: map.read.snapshot.as_deref().unwrap_or_default(),
            amended: map.read.amended,
            superseded: map.read.superseded,
            read: rows(&map.read.entries),
            dirty: map.dirty.as_ref().map(|it| rows(&it.entries)),
            misses: map.misses,
            mutex: map.mutex,
            waiting: &self.waiting,
            retired,
            gone: gone.into_iter().map(|(_, it)| row(it)).collect(),
            next: next.into_iter().map(|(_, it)| row(it)).collect(),
        }
    }
}

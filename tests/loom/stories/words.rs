//! A step, an atomic and a state, in words.

use readmostly::internals::story::{Argument, Change, Event, Lock, Map, On, Shown, Step, Story};
use std::collections::HashMap;
use std::fs;
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Names for what a story tells of.
pub(super) struct Words<'s> {
    story: &'s Story,
    /// The addresses that the story shows, in the order of the steps: a name that does not
    /// change from run to run.
    pointers: HashMap<usize, usize>,
}

impl<'s> Words<'s> {
    pub(super) fn of(story: &'s Story) -> Self {
        let mut words = Self {
            story,
            pointers: HashMap::new(),
        };
        for step in &story.steps {
            let shown: &[Shown] = match &step.event {
                Event::Load { seen, .. } => &[*seen],
                Event::Write { from, to, .. } => &[*from, *to],
                Event::Cas { from, to, .. } => &[*from, *to],
                Event::Retires(one) | Event::Frees(one) => &[*one],
                _ => &[],
            };
            for one in shown {
                if let Shown::Pointer(address @ 1..) = *one {
                    let next = words.pointers.len() + 1;
                    words.pointers.entry(address).or_insert(next);
                }
            }
        }
        words
    }

    /// The name of an entry: its key, with a prime for each earlier entry of this key.
    pub(super) fn entry(&self, word: usize) -> String {
        let (key, before) = &self.story.words[word];
        format!("{key}{}", "′".repeat(*before))
    }

    pub(super) fn key(&self, word: usize) -> char {
        self.story.words[word].0
    }

    pub(super) fn shown(&self, shown: Shown) -> String {
        match shown {
            Shown::Nil => "nil".into(),
            Shown::Expunged => "X".into(),
            Shown::Value(u32::MAX) => "freed".into(),
            Shown::Value(number) => number.to_string(),
            Shown::Snapshot(0) => "none".into(),
            Shown::Snapshot(number) => format!("S{number}"),
            Shown::Flags {
                amended,
                superseded,
            } => match (amended, superseded) {
                (false, false) => "current".into(),
                (true, false) => "amended".into(),
                (false, true) => "superseded".into(),
                (true, true) => "amended, superseded".into(),
            },
            Shown::Number(number) => number.to_string(),
            Shown::Pointer(0) => "null".into(),
            Shown::Pointer(address) => match self.pointers.get(&address) {
                Some(number) => format!("@{number}"),
                None => "@?".into(),
            },
            _ => "?".into(),
        }
    }

    /// The flag that a mark has raised.
    fn raised(&self, from: Shown, to: Shown) -> String {
        let was = |flag: &str| self.shown(from).contains(flag);
        let raised = match () {
            () if !was("superseded") && self.shown(to).contains("superseded") => "superseded",
            () if !was("amended") => "amended",
            () => "no new flag",
        };
        raised.into()
    }

    pub(super) fn on(&self, on: On, at: Option<&Location<'_>>) -> String {
        match on {
            On::Word(word) => format!("{}.p", self.entry(word)),
            On::Read => "`read`".into(),
            On::Hint => "the address of the snapshot".into(),
            On::State(snapshot) => format!("the state of S{snapshot}"),
            _ => at.and_then(receiver).unwrap_or_else(|| "an atomic".into()),
        }
    }

    fn lock(lock: Lock) -> String {
        if lock.is_of_the_map {
            "the mutex".into()
        } else {
            format!("lock {}", lock.number + 1)
        }
    }

    pub(super) fn step(&self, step: &Step) -> String {
        let at = step.at;
        match &step.event {
            Event::Call(name, arguments) => {
                let shown = arguments.iter().flatten().map(|one| match one {
                    Argument::Key(key) => key.to_string(),
                    Argument::Number(number) => number.to_string(),
                });
                format!("{name}({})", shown.collect::<Vec<_>>().join(", "))
            }
            Event::Return(saw) => format!("= {saw}"),
            Event::Load {
                on,
                seen,
                newest,
                order,
            } => {
                let old = if *newest { "" } else { "  (not the newest)" };
                format!(
                    "reads {}: {}{}{old}",
                    self.on(*on, at),
                    self.shown(*seen),
                    weaker(*order)
                )
            }
            Event::Write {
                on: On::State(number),
                from,
                to,
                order,
                ..
            } => {
                format!(
                    "marks S{number}: {}{}",
                    self.raised(*from, *to),
                    weaker(*order)
                )
            }
            Event::Write {
                on,
                from,
                to,
                order,
                by,
            } => {
                let does = match *by {
                    "store" => "stores to",
                    "swap" => "swaps",
                    "fetch_add" => "adds to",
                    _ => "changes",
                };
                let (on, from, to) = (self.on(*on, at), self.shown(*from), self.shown(*to));
                format!("{does} {on}: {from} → {to}{}", weaker(*order))
            }
            Event::Cas {
                on,
                from,
                to,
                failed,
                order,
            } => {
                let (on, from, to) = (self.on(*on, at), self.shown(*from), self.shown(*to));
                match failed {
                    None => format!("CAS {on}: {from} → {to}{}", weaker(*order)),
                    Some(seen) => {
                        let seen = self.shown(*seen);
                        format!("CAS {on}: {from} → {to} fails: {seen}{}", weaker(*order))
                    }
                }
            }
            Event::HeavyFence => "heavy fence".into(),
            Event::Waits(lock) => format!("waits for {}", Self::lock(*lock)),
            Event::Locks(lock) => format!("locks {}", Self::lock(*lock)),
            Event::Unlocks(lock) => format!("unlocks {}", Self::lock(*lock)),
            Event::Looked { snapshot, found } => {
                let table = snapshot.map_or("dirty".into(), |number| format!("S{number}"));
                let found = if *found { "found" } else { "not there" };
                format!("looks in {table}: {found}")
            }
            Event::Dirty(change) => match change {
                Change::Built => "builds dirty",
                Change::Added => "adds to dirty",
                Change::Removed => "takes out of dirty",
                Change::Missed => "counts a miss",
                Change::Taken => "takes dirty, to publish it",
                Change::Cleared => "empties dirty",
                _ => "changes dirty",
            }
            .into(),
            Event::Retires(what) => format!("retires {}", self.shown(*what)),
            Event::Frees(what) => format!("frees {}", self.shown(*what)),
            _ => "?".into(),
        }
    }

    /// As `World` is displayed, without the number of keys.
    pub(super) fn map(&self, map: &Map) -> String {
        let braces = |entries: &[(usize, Shown)]| {
            let entries = entries.iter();
            let entries =
                entries.map(|&(word, held)| format!("{}:{}", self.key(word), self.shown(held)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        };
        let mut text = format!("read{}", braces(&map.read));
        if map.amended {
            text.push('+');
        }
        if let Some(dirty) = &map.dirty {
            text.push_str(&format!(" dirty{} {}", braces(dirty), map.misses));
        }
        text
    }
}

/// The ordering of an access, unless it is SeqCst, as most are.
fn weaker(order: Ordering) -> String {
    // ORDERING: this is no access.
    if order == Ordering::SeqCst {
        String::new()
    } else {
        format!(", {order:?}")
    }
}

/// The name of what a method is called on, from the source.
fn receiver(at: &Location<'_>) -> Option<String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(at.file())).ok()?;
    let lines: Vec<_> = source.lines().collect();
    let line = lines.get(at.line() as usize - 1)?;
    let before = line
        .get(..at.column() as usize - 1)?
        .trim_end_matches('.')
        .trim();
    let before = if before.is_empty() {
        lines.get(at.line() as usize - 2)?.trim()
    } else {
        before
    };
    let before = before.trim_end_matches(['.', ')', '(']);
    let name: String = (before.chars().rev())
        .take_while(|char| char.is_alphanumeric() || *char == '_')
        .collect();
    let name: String = name.chars().rev().collect();
    (!name.is_empty()).then_some(name)
}

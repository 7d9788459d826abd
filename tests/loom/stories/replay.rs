//! Plays a story on a plain model of atomics and of the map: each step must follow from those
//! before it.

use super::words::Words;
use readmostly::internals::story::{Event, Map, On, Shown, Story};
use std::collections::HashMap;

/// What is there, as far as the steps have shown it.
#[derive(Default)]
struct Plain {
    words: HashMap<usize, Option<Shown>>,
    states: HashMap<usize, Option<Shown>>,
    read: Option<Shown>,
    holders: HashMap<usize, usize>,
}

impl Plain {
    /// Where this is, if it is followed at all: what is there, if a step has shown it.
    fn place(&mut self, on: On) -> Option<&mut Option<Shown>> {
        match on {
            On::Word(word) => Some(self.words.entry(word).or_default()),
            On::State(snapshot) => Some(self.states.entry(snapshot).or_default()),
            On::Read => Some(&mut self.read),
            _ => None,
        }
    }

    /// Puts `to` in. An error: what was there is not `from`.
    fn change(&mut self, on: On, from: Shown, to: Shown) -> Result<(), String> {
        let Some(place) = self.place(on) else {
            return Ok(());
        };
        match *place {
            Some(before) if before != from => Err(format!("{on:?} is {before:?}, not {from:?}")),
            _ => {
                *place = Some(to);
                Ok(())
            }
        }
    }

    fn see(&mut self, on: On, seen: Shown) -> Result<(), String> {
        self.change(on, seen, seen)
    }

    /// An old value: it is not the one that is there.
    fn see_old(&mut self, on: On, seen: Shown) -> Result<(), String> {
        match self.place(on) {
            Some(place) if *place == Some(seen) => Err(format!("{on:?} is {seen:?}: not old")),
            _ => Ok(()),
        }
    }

    /// Demands that the map agrees with the atomics.
    fn agrees(&mut self, map: &Map) -> Result<(), String> {
        let entries = map.read.iter().chain(map.dirty.iter().flatten());
        for &(word, held) in entries {
            self.see(On::Word(word), held)?;
        }
        let snapshot = Shown::Snapshot(map.snapshot.unwrap_or(0));
        self.see(On::Read, snapshot)?;
        if let Some(number) = map.snapshot {
            let flags = Shown::Flags {
                amended: map.amended,
                superseded: map.superseded,
            };
            self.see(On::State(number), flags)?;
        }
        Ok(())
    }
}

/// Replays `story`, which must end with `outcome`.
pub(super) fn replay(story: &Story, outcome: &str) -> Result<(), String> {
    let mut plain = Plain::default();
    plain.agrees(&story.start)?;
    let mut last = &story.start;
    for (place, step) in story.steps.iter().enumerate() {
        let number = place + 1;
        let told = |why: String| format!("step {number}: {why}");
        match &step.event {
            Event::Load {
                on,
                seen,
                newest: true,
                ..
            } => plain.see(*on, *seen),
            Event::Load { on, seen, .. } => plain.see_old(*on, *seen),
            Event::Write { on, from, to, .. } => plain.change(*on, *from, *to),
            Event::Cas {
                on,
                from,
                to,
                failed: None,
                ..
            } => plain.change(*on, *from, *to),
            Event::Cas {
                on,
                from,
                failed: Some(seen),
                ..
            } => {
                if seen == from {
                    Err("a compare-and-swap fails that finds what it expects".into())
                } else {
                    plain.see(*on, *seen)
                }
            }
            Event::Locks(lock) => match plain.holders.insert(lock.number, step.actor) {
                None => Ok(()),
                Some(holder) => Err(format!("{lock:?} is held by {holder}")),
            },
            Event::Unlocks(lock) => match plain.holders.remove(&lock.number) {
                Some(holder) if holder == step.actor => Ok(()),
                other => Err(format!("{lock:?} is held by {other:?}")),
            },
            _ => Ok(()),
        }
        .map_err(told)?;
        if let Some(map) = step.map.as_ref() {
            // An entry that is new in the dirty map has been seen nowhere before.
            plain.agrees(map).map_err(told)?;
            last = map;
        }
    }
    let end = Words::of(story).map(last);
    let (_, expected) = outcome.rsplit_once(" → ").unwrap_or(("", outcome));
    let expected = expected
        .rsplit_once(" len ")
        .map_or(expected, |(map, _)| map);
    if expected.starts_with("read{") && end != expected {
        return Err(format!("it ends with {end}"));
    }
    Ok(())
}

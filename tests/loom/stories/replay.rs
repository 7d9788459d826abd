//! Plays a story on a plain model of atomics and of the map. Each step must follow from those
//! before it, and the map after it must be the one that the step leads to.

use super::words::Words;
use readmostly::internals::story::{Argument, Arguments, Change, Event, Lock, Map, On, Shown};
use readmostly::internals::story::{Step, Story};
use std::collections::HashMap;

type Entries = Vec<(usize, Shown)>;

/// What is there, as the steps have left it.
struct Plain {
    /// What the words hold that a step has shown, in a map or not.
    words: HashMap<usize, Shown>,
    /// The flags of the snapshots.
    states: HashMap<usize, Shown>,
    /// The entries of the snapshots.
    tables: HashMap<usize, Vec<usize>>,
    hint: Option<Shown>,
    map: Map,
    /// Who has each lock.
    holders: HashMap<usize, usize>,
    /// Who waits for which lock, and whether another actor has had it since.
    waiting: HashMap<usize, (usize, bool)>,
    /// The entries that were taken to be published.
    taken: Option<Vec<usize>>,
    /// The calls that have begun, of each actor.
    calls: HashMap<usize, Vec<Arguments>>,
    /// What the outermost calls returned, of each actor.
    returned: HashMap<usize, Vec<String>>,
}

type Checked = Result<(), String>;

fn demand(is_so: bool, why: impl FnOnce() -> String) -> Checked {
    if is_so { Ok(()) } else { Err(why()) }
}

fn words_of(entries: &[(usize, Shown)]) -> Vec<usize> {
    entries.iter().map(|(word, _)| *word).collect()
}

fn flags(amended: bool, superseded: bool) -> Shown {
    let mut map = Map::default();
    (map.amended, map.superseded) = (amended, superseded);
    flags_of(&map)
}

fn flags_of(map: &Map) -> Shown {
    Shown::Flags {
        amended: map.amended,
        superseded: map.superseded,
    }
}

impl Plain {
    fn begin(start: &Map) -> Result<Self, String> {
        let mut plain = Self {
            words: HashMap::new(),
            states: HashMap::new(),
            tables: HashMap::new(),
            hint: None,
            map: start.clone(),
            holders: HashMap::new(),
            waiting: HashMap::new(),
            taken: None,
            calls: HashMap::new(),
            returned: HashMap::new(),
        };
        for &(word, held) in start.read.iter().chain(start.dirty.iter().flatten()) {
            plain.sees_word(word, held)?;
        }
        if let Some(number) = start.snapshot {
            plain.states.insert(number, flags_of(start));
            plain.tables.insert(number, words_of(&start.read));
        }
        demand(start.mutex.is_none(), || "the mutex is held".into())?;
        plain.keeps_its_invariants()?;
        Ok(plain)
    }

    fn sees_word(&mut self, word: usize, held: Shown) -> Checked {
        let known = *self.words.entry(word).or_insert(held);
        demand(known == held, || {
            format!("word {word} is {known:?}, not {held:?}")
        })
    }

    /// What is there, if this is followed and a step has shown it.
    fn there(&self, on: On) -> Option<Shown> {
        match on {
            On::Word(word) => self.words.get(&word).copied(),
            On::State(snapshot) => self.states.get(&snapshot).copied(),
            On::Read => Some(Shown::Snapshot(self.map.snapshot.unwrap_or(0))),
            On::Hint => self.hint,
            _ => None,
        }
    }

    fn sees(&mut self, on: On, seen: Shown) -> Checked {
        let there = self.there(on).unwrap_or(seen);
        demand(there == seen, || {
            format!("{on:?} is {there:?}, not {seen:?}")
        })?;
        match on {
            On::Word(word) => drop(self.words.insert(word, seen)),
            On::State(number) => drop(self.states.insert(number, seen)),
            On::Hint => self.hint = Some(seen),
            _ => {}
        }
        Ok(())
    }

    /// An old value: it is not the one that is there.
    fn sees_old(&self, on: On, seen: Shown) -> Checked {
        demand(self.there(on) != Some(seen), || {
            format!("{on:?} is {seen:?}: not old")
        })
    }

    fn changes(&mut self, actor: usize, on: On, from: Shown, to: Shown) -> Checked {
        self.sees(on, from)?;
        match on {
            On::Word(word) => {
                self.words.insert(word, to);
                let entries = self.map.read.iter_mut();
                for entry in entries.chain(self.map.dirty.iter_mut().flatten()) {
                    if entry.0 == word {
                        entry.1 = to;
                    }
                }
            }
            On::State(number) => {
                // A snapshot of a second map has another mutex.
                if self.tables.contains_key(&number) {
                    self.is_locked_by(actor)?;
                }
                self.states.insert(number, to);
                self.shows_its_flags();
            }
            On::Read => {
                self.is_locked_by(actor)?;
                self.publishes(to)?;
            }
            On::Hint => self.hint = Some(to),
            _ => {}
        }
        Ok(())
    }

    fn publishes(&mut self, to: Shown) -> Checked {
        let Shown::Snapshot(number) = to else {
            return Err(format!("{to:?} is no snapshot"));
        };
        self.map.snapshot = (number > 0).then_some(number);
        // The first snapshot of all has no entries: they are in the dirty map.
        let is_first = self.taken.is_none();
        let table = self.taken.take().unwrap_or_default();
        self.map.read = table.iter().map(|it| (*it, self.words[it])).collect();
        if number > 0 {
            let before = self.tables.insert(number, table);
            demand(before.is_none(), || format!("S{number} was there before"))?;
            self.states.insert(number, flags(is_first, false));
        }
        self.shows_its_flags();
        Ok(())
    }

    fn shows_its_flags(&mut self) {
        let state = self
            .map
            .snapshot
            .and_then(|number| self.states.get(&number));
        (self.map.amended, self.map.superseded) = match state {
            Some(&Shown::Flags {
                amended,
                superseded,
            }) => (amended, superseded),
            _ => (false, false),
        };
    }

    fn is_locked_by(&self, actor: usize) -> Checked {
        demand(self.map.mutex == Some(actor), || {
            format!("the mutex is held by {:?}", self.map.mutex)
        })
    }

    /// `told`: the map after the step, as the story has it. It says which entry was added or
    /// taken out.
    fn changes_dirty(&mut self, actor: usize, change: Change, told: &Map) -> Checked {
        self.is_locked_by(actor)?;
        let before = self.map.dirty.clone();
        match change {
            Change::Built => {
                demand(before.is_none(), || "there is a dirty map".into())?;
                let kept = |it: &&(usize, Shown)| it.1 != Shown::Expunged;
                self.map.dirty = Some(self.map.read.iter().filter(kept).copied().collect());
            }
            Change::Added | Change::Removed => {
                let (before, after) = (before.unwrap_or_default(), told.dirty.clone());
                let after = after.ok_or("there is no dirty map")?;
                let (less, more) = match change {
                    Change::Added => (&before, &after),
                    _ => (&after, &before),
                };
                let is_in = |it: &&(usize, Shown)| more.contains(it);
                let is_one = less.len() + 1 == more.len() && less.iter().all(|it| is_in(&it));
                demand(is_one, || format!("from {before:?} to {after:?}"))?;
                for &(word, held) in &after {
                    self.sees_word(word, held)?;
                }
                self.map.dirty = Some(after);
            }
            Change::Missed => self.map.misses += 1,
            Change::Taken => {
                self.taken = Some(words_of(&before.unwrap_or_default()));
                (self.map.dirty, self.map.misses) = (None, 0);
            }
            Change::Cleared => {
                (self.map.dirty, self.map.misses) = (before.map(|_| Entries::new()), 0);
            }
            other => return Err(format!("{other:?} is not known")),
        }
        Ok(())
    }

    fn locks(&mut self, actor: usize, lock: Lock) -> Checked {
        let before = self.holders.insert(lock.number, actor);
        demand(before.is_none(), || {
            format!("{lock:?} is held by {before:?}")
        })?;
        let waited = self.waiting.remove(&actor);
        demand(waited.is_none_or(|it| it == (lock.number, true)), || {
            format!("nobody had {lock:?} while it waited")
        })?;
        for (number, had) in self.waiting.values_mut() {
            *had |= *number == lock.number;
        }
        if lock.is_of_the_map {
            self.map.mutex = Some(actor);
        }
        Ok(())
    }

    fn unlocks(&mut self, actor: usize, lock: Lock) -> Checked {
        let before = self.holders.remove(&lock.number);
        demand(before == Some(actor), || {
            format!("{lock:?} is held by {before:?}")
        })?;
        if lock.is_of_the_map {
            self.map.mutex = None;
            self.keeps_its_invariants()?;
        }
        Ok(())
    }

    /// I1 to I6 of `src/locked.rs`, which hold whenever the mutex is free.
    fn keeps_its_invariants(&self) -> Checked {
        let Map {
            amended,
            ref read,
            ref dirty,
            misses,
            ..
        } = self.map;
        let is_expunged = |it: &(usize, Shown)| it.1 == Shown::Expunged;
        let is_in = |word| dirty.iter().flatten().any(|it| it.0 == word);
        let empty = read.is_empty() && dirty.as_ref().is_none_or(Vec::is_empty);
        let keys = dirty.as_ref().map_or(0, Vec::len);
        let all = [
            !amended || dirty.is_some(),
            amended || dirty.is_none() || empty,
            dirty.is_none() || read.iter().all(|it| is_expunged(it) != is_in(it.0)),
            dirty.is_some() || !read.iter().any(is_expunged),
            !dirty.iter().flatten().any(is_expunged),
            misses < keys || misses == 0 && keys == 0,
        ];
        match all.iter().position(|holds| !holds) {
            Some(place) => Err(format!("I{} is broken: {:?}", place + 1, self.map)),
            None => Ok(()),
        }
    }

    /// A key was looked for, and `found` says whether it is there. It is one of the keys of the
    /// call, if the story tells of calls.
    fn looked(&self, actor: usize, snapshot: Option<usize>, found: bool, story: &Story) -> Checked {
        let table = match snapshot {
            Some(number) => self.tables.get(&number).cloned(),
            None => self.map.dirty.as_deref().map(words_of),
        };
        let call = self.calls.get(&actor).and_then(|calls| calls.last());
        let (Some(table), Some(arguments)) = (table, call) else {
            return demand(snapshot.is_some() || self.map.dirty.is_some(), || {
                "there is no dirty map".into()
            });
        };
        // A call of many keys has none of them in its arguments.
        let is_key = |it: &&Argument| matches!(it, Argument::Key(_));
        if !arguments.iter().flatten().any(|it| is_key(&it)) {
            return Ok(());
        }
        let is_there = |key: char| table.iter().any(|word| story.words[*word].0 == key);
        let is_key = |it: &Argument| matches!(it, Argument::Key(key) if is_there(*key) == found);
        demand(arguments.iter().flatten().any(is_key), || {
            format!("the key is{} there", if found { " not" } else { "" })
        })
    }

    fn returns(&mut self, actor: usize, saw: &str) -> Checked {
        let calls = self.calls.entry(actor).or_default();
        calls.pop().ok_or("a call returns that has not begun")?;
        if calls.is_empty() {
            let returned = self.returned.entry(actor).or_default();
            returned.push(saw.to_owned());
        }
        Ok(())
    }

    fn goes_on(&mut self, step: &Step, told: &Map, story: &Story) -> Checked {
        let actor = step.actor;
        match &step.event {
            Event::Call(_, arguments) => {
                self.calls.entry(actor).or_default().push(*arguments);
                Ok(())
            }
            Event::Return(saw) => self.returns(actor, saw),
            Event::Load {
                on,
                seen,
                newest: true,
                ..
            } => self.sees(*on, *seen),
            Event::Load { on, seen, .. } => self.sees_old(*on, *seen),
            Event::Write { on, from, to, .. } => self.changes(actor, *on, *from, *to),
            Event::Cas {
                on,
                from,
                to,
                failed: None,
                ..
            } => self.changes(actor, *on, *from, *to),
            Event::Cas {
                on,
                from,
                failed: Some(seen),
                ..
            } => {
                demand(seen != from, || {
                    "it finds what it expects, and fails".into()
                })?;
                self.sees(*on, *seen)
            }
            Event::Waits(lock) => {
                let holder = self.holders.get(&lock.number);
                self.waiting.insert(actor, (lock.number, holder.is_some()));
                demand(holder != Some(&actor), || {
                    format!("{lock:?} is held by {holder:?}")
                })
            }
            Event::Locks(lock) => self.locks(actor, *lock),
            Event::Unlocks(lock) => self.unlocks(actor, *lock),
            Event::Looked { snapshot, found } => self.looked(actor, *snapshot, *found, story),
            Event::Dirty(change) => self.changes_dirty(actor, *change, told),
            Event::Retires(what) => {
                self.map.retired.push(*what);
                Ok(())
            }
            Event::Frees(what) => {
                let place = self.map.retired.iter().position(|it| it == what);
                place.map(|place| self.map.retired.remove(place));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Replays `story`, which must end with `outcome`.
pub(super) fn replay(story: &Story, outcome: &str) -> Result<(), String> {
    let mut plain = Plain::begin(&story.start).map_err(|why| format!("the start: {why}"))?;
    let mut told = &story.start;
    for (place, step) in story.steps.iter().enumerate() {
        told = step.map.as_ref().unwrap_or(told);
        plain
            .goes_on(step, told, story)
            .and_then(|()| {
                demand(plain.map == *told, || {
                    format!("the map is {told:?}, not {:?}", plain.map)
                })
            })
            .map_err(|why| format!("step {}: {why}", place + 1))?;
    }
    let open = plain.calls.values().flatten().count();
    demand(open == 0, || format!("{open} calls do not return"))?;
    demand(plain.holders.is_empty(), || "a lock is held".into())?;
    names_are_told_apart(story)?;
    let (saw, expected) = outcome.rsplit_once(" → ").unwrap_or(("", outcome));
    let end = Words::of(story).map(told);
    let expected = expected
        .rsplit_once(" len ")
        .map_or(expected, |(map, _)| map);
    demand(!expected.starts_with("read{") || end == expected, || {
        format!("it ends with {end}")
    })?;
    match outcome.contains(" → ") {
        true => is_what_was_seen(&plain.returned, saw),
        // An outcome of its own kind: that of a queue, for example.
        false => Ok(()),
    }
}

/// Two entries of one key have two names.
fn names_are_told_apart(story: &Story) -> Checked {
    for (place, (key, before)) in story.words.iter().enumerate() {
        let earlier = story.words[..place].iter().filter(|it| it.0 == *key);
        let earlier = earlier.count();
        demand(*before == earlier, || {
            format!("the entry {key} has {before} before it, not {earlier}")
        })?;
    }
    Ok(())
}

/// What the calls of each actor returned is in the outcome, in the order of the actors and of
/// their calls.
fn is_what_was_seen(returned: &HashMap<usize, Vec<String>>, saw: &str) -> Checked {
    let mut actors: Vec<_> = returned.keys().collect();
    actors.sort_unstable();
    let mut rest = saw;
    for (actor, one) in actors
        .into_iter()
        .flat_map(|actor| returned[actor].iter().map(move |one| (actor, one)))
    {
        let place = rest
            .find(one.as_str())
            .ok_or_else(|| format!("thread {} returned {one}, which is not in {saw}", actor + 1))?;
        rest = &rest[place + one.len()..];
    }
    Ok(())
}

//! What was true at the source, and when: the properties that hold at every step.

use super::line::name;
use super::world::KEYS;
use replicated_registry::replica::{Replica, Revision};
use std::collections::HashMap;
use std::time::Duration;

/// The values of each key, with the moment from which each held.
pub(crate) struct Truth {
    values: [Vec<(Duration, Option<u64>)>; KEYS],
    /// The newest revision that the map has shown of each key, in which epoch, and whether
    /// the key was absent since.
    shown: HashMap<usize, (u64, Revision, bool)>,
    as_of: Option<Duration>,
}

impl Truth {
    pub(crate) fn new() -> Self {
        Self {
            values: std::array::from_fn(|_| vec![(Duration::ZERO, None)]),
            shown: HashMap::new(),
            as_of: None,
        }
    }

    pub(crate) fn note(&mut self, now: Duration, value: impl Fn(usize) -> Option<u64>) {
        for (key, values) in self.values.iter_mut().enumerate() {
            let value = value(key);
            if values.last().is_some_and(|last| last.1 != value) {
                values.push((now, value));
            }
        }
    }

    /// Whether the key had the value at some moment from `since` on.
    pub(crate) fn was_so(&self, key: usize, value: Option<u64>, since: Duration) -> bool {
        for (from, was) in self.values[key].iter().rev() {
            if *was == value {
                return true;
            }
            if *from <= since {
                return false;
            }
        }
        false
    }

    /// R1, R2 and R6.
    pub(crate) fn check(&mut self, replica: &Replica<u64>) -> Result<(), String> {
        let as_of = replica.standing().current_as_of;
        if as_of < self.as_of {
            return Err(format!(
                "the age went back from {:?} to {as_of:?}",
                self.as_of
            ));
        }
        self.as_of = as_of;
        for key in 0..KEYS {
            let shown = replica
                .map()
                .get(&name(key))
                .map(|e| (*e.value(), e.epoch(), e.revision()));
            self.check_order(key, shown)?;
            let value = shown.map(|(value, ..)| value);
            if as_of.is_some_and(|as_of| !self.was_so(key, value, as_of)) {
                return Err(format!(
                    "{key} shows {shown:?}, which was not so since {as_of:?}"
                ));
            }
        }
        Ok(())
    }

    fn check_order(&mut self, key: usize, now: Option<(u64, u64, u64)>) -> Result<(), String> {
        let Some((_, epoch, revision)) = now else {
            if let Some(then) = self.shown.get_mut(&key) {
                then.2 = true;
            }
            return Ok(());
        };
        if let Some(then @ (was_epoch, was, absent)) = self.shown.get(&key) {
            let newer = (epoch, revision) > (*was_epoch, *was);
            let same = (epoch, revision) == (*was_epoch, *was) && !absent;
            if !newer && !same {
                return Err(format!("{key} shows {now:?} after {then:?}"));
            }
        }
        self.shown.insert(key, (epoch, revision, false));
        Ok(())
    }
}

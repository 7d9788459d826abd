//! [`Player`]: plays calls on a map, and tells what each of them did.

use crate::call::Call;
use crate::changes::{self, Moment};
use crate::state::State;
use readmostly::SyncMap;
use std::ops::ControlFlow;

/// A map, on which calls are played one after the other.
#[derive(Debug, Default)]
pub struct Player {
    map: SyncMap<String, u32>,
}

/// What one call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// What the call returned, if Go's operation returns something. `-` is an absent key.
    pub returned: Option<String>,
    /// Both maps after the call.
    pub state: State,
    /// What the call changed, in words: the lock first. `["1 lock", "1 miss", "promoted"]`.
    pub changes: Vec<String>,
}

impl Player {
    /// A player with an empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plays one call.
    pub fn play(&self, call: &Call) -> Played {
        let before = self.moment();
        let returned = self.perform(call);
        let after = self.moment();
        Played {
            returned,
            changes: changes::between(&before, call, &after),
            state: after.state,
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            state: State::of(&self.map),
            stats: self.map.stats(),
        }
    }

    fn perform(&self, call: &Call) -> Option<String> {
        let map = &self.map;
        let shown = |value: Option<u32>| value.map_or("-".into(), |value| value.to_string());
        let one_of = |yes, no, is: bool| Some(String::from(if is { yes } else { no }));
        match call {
            Call::Load { key } => Some(shown(map.get_cloned(key))),
            Call::Store { key, value } => {
                map.insert(key.clone(), *value);
                None
            }
            Call::Swap { key, value } => {
                Some(shown(map.insert(key.clone(), *value).as_deref().copied()))
            }
            Call::LoadOrStore { key, value } => Some(match map.try_insert(key.clone(), *value) {
                Ok(stored) => format!("stored {}", *stored),
                Err(refused) => format!("loaded {}", *refused.current),
            }),
            Call::Delete { key } => {
                map.remove(key);
                None
            }
            Call::LoadAndDelete { key } => Some(shown(map.remove(key).as_deref().copied())),
            Call::CompareAndSwap { key, old, new } => {
                let swapped = map.compare_exchange(key, old, *new).is_ok();
                one_of("swapped", "kept", swapped)
            }
            Call::CompareAndDelete { key, old } => {
                one_of("deleted", "kept", map.compare_remove(key, old).is_some())
            }
            Call::Range => Some(self.walk()),
            Call::Clear => {
                map.clear();
                None
            }
            Call::Compact => Some(format!("purged {}", map.compact())),
        }
    }

    /// What a walk sees, in the order of the keys.
    fn walk(&self) -> String {
        let mut seen = Vec::new();
        let _ = self.map.for_each(|key, value| {
            seen.push(format!("{key}:{value}"));
            ControlFlow::<()>::Continue(())
        });
        seen.sort_unstable();
        format!("{{{}}}", seen.join(" "))
    }
}

//! What a call has changed, in words.

use crate::call::Call;
use crate::state::{State, word};
use readmostly::Stats;
use std::collections::BTreeSet;

/// The map before or after a call.
pub(crate) struct Moment {
    pub(crate) state: State,
    pub(crate) stats: Stats,
}

/// What changed between two moments, one item each: the lock first, then both maps, then the
/// entries in the order of their keys.
pub(crate) fn between(before: &Moment, call: &Call, after: &Moment) -> Vec<String> {
    let (was, is) = (&before.stats, &after.stats);
    let mut changes = vec![match is.locks - was.locks {
        0 => String::from("no lock"),
        locks => counted(locks, "lock", "locks"),
    }];
    if is.misses > was.misses {
        changes.push(counted(is.misses - was.misses, "miss", "misses"));
    }
    match is.promotions - was.promotions {
        0 => {}
        1 => changes.push(String::from("promoted")),
        2 => changes.push(String::from("promoted twice")),
        times => changes.push(format!("promoted {times} times")),
    }
    if is.rebuilds > was.rebuilds {
        let copied = is.copied_entries - was.copied_entries;
        let left_out = match is.expunges - was.expunges {
            0 => String::new(),
            expunged => format!(", {expunged} expunged"),
        };
        changes.push(format!("dirty built ({copied} copied{left_out})"));
    }
    if after.state.0.amended && !before.state.0.amended {
        changes.push(String::from("amended"));
    }
    match call {
        // Every entry is gone.
        Call::Clear if is.locks > was.locks => changes.push(String::from("cleared")),
        _ => changes.extend(of_entries(&before.state, call, &after.state)),
    }
    changes
}

fn of_entries(before: &State, call: &Call, after: &State) -> Vec<String> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let changes = keys.into_iter().filter_map(|key| {
        Some(match (before.entry(key), after.entry(key)) {
            (None, Some(_)) => format!("{key} is new"),
            (Some(_), None) if *call != Call::Compact && before.in_read(key).is_none() => {
                format!("{key} taken out of dirty")
            }
            (Some(_), None) => format!("{key} dropped"),
            (Some(was), Some(is)) if was != is => {
                let back = before.0.dirty.is_some() && before.in_dirty(key).is_none();
                let back = match back && after.in_dirty(key).is_some() {
                    true => " and back in dirty",
                    false => "",
                };
                format!("{key}: {} → {}{back}", word(was), word(is))
            }
            _ => return None,
        })
    });
    changes.collect()
}

fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

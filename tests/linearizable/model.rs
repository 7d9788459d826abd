//! The sequential map, and the question whether a history has an order in which
//! the sequential map does the same.
//!
//! The checker is todc-utils': Wing and Gong's search with Lowe's memory of what
//! was tried. It depends on nothing and takes any state, so that several keys
//! and `clear`, which touches all of them, are one history and not one for each
//! key. (stateright's tester has no such memory, and brings a web server;
//! lincheck's drives loom; porcupine-rs starts a thread for each check and brings
//! criterion.) It is not much in use, so it is held to a search through all
//! orders in `checked.rs`, on
//! histories small enough for that.

use crate::call::{Call, KEYS, Outcome, inserted_for};
use crate::history::Record;
use readmostly::Operation;
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

/// What a map is to one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Model([Option<u64>; KEYS]);

impl Model {
    /// Makes the call, one after the other.
    pub(crate) fn apply(&mut self, call: Call) -> Outcome {
        let Some(name) = call.name() else {
            self.0 = [None; KEYS];
            return Outcome::Done;
        };
        let slot = &mut self.0[name.0];
        match call {
            Call::Get(_) | Call::GetHashed(_) | Call::GetCloned(_) => Outcome::Found(*slot),
            Call::FailToInsert(..) => Outcome::Found(*slot),
            Call::ContainsKey(_) => Outcome::Present(slot.is_some()),
            Call::Insert(_, value) => Outcome::Found(slot.replace(value)),
            Call::TryInsert(_, _, value) => match *slot {
                Some(current) => Outcome::Occupied { current },
                None => Outcome::Inserted(*slot.insert(value)),
            },
            Call::CompareExchange { expected, new, .. } | Call::ReplaceIf { expected, new, .. } => {
                match *slot {
                    Some(old) if old == expected => Outcome::Found(slot.replace(new)),
                    current => Outcome::Refused { current, back: new },
                }
            }
            Call::Replace(_, new) => match *slot {
                Some(_) => Outcome::Found(slot.replace(new)),
                current => Outcome::Refused { current, back: new },
            },
            Call::Remove(_) | Call::RemoveOwned(_) | Call::ExtractIf(_) => {
                Outcome::Found(slot.take())
            }
            Call::CompareRemove { expected, .. } => {
                Outcome::Found(slot.take_if(|value| *value == expected))
            }
            Call::TryRemoveIf { expected, .. } => match slot.take_if(|value| *value == expected) {
                Some(old) => Outcome::Found(Some(old)),
                None => Outcome::Aborted(*slot),
            },
            Call::UpdateOrInsert(_, _, new) => {
                let new = slot.map_or(inserted_for(new), |_| new);
                compute(slot, Operation::Insert(new))
            }
            Call::UpdateOrRemove(_, new) => match (*slot, new) {
                (Some(_), Some(new)) => compute(slot, Operation::Insert(new)),
                _ => compute(slot, Operation::Remove),
            },
            Call::Update(_, new) => match slot.replace(new) {
                Some(old) => Outcome::Updated { old, new },
                None => {
                    *slot = None;
                    Outcome::Found(None)
                }
            },
            Call::Compute {
                present, absent, ..
            } => compute(slot, if slot.is_some() { present } else { absent }),
            Call::Clear | Call::TakeAll => unreachable!("it has no name"),
        }
    }
}

fn compute(slot: &mut Option<u64>, decision: Operation<u64>) -> Outcome {
    match decision {
        Operation::Insert(new) => match slot.replace(new) {
            Some(old) => Outcome::Updated { old, new },
            None => Outcome::Inserted(new),
        },
        Operation::Remove => Outcome::Found(slot.take()),
        Operation::Abort(()) => Outcome::Aborted(*slot),
    }
}

impl Specification for Model {
    type State = Self;
    type Operation = (Call, Outcome);

    fn init() -> Self {
        Self::default()
    }

    fn apply((call, outcome): &(Call, Outcome), state: &Self) -> (bool, Self) {
        let mut next = state.clone();
        let valid = next.apply(*call) == *outcome;
        (valid, if valid { next } else { state.clone() })
    }
}

/// Whether there is an order of all calls, in which each comes before those that
/// began after its end, and in which a sequential map does what was recorded. The
/// map is empty at the beginning.
pub(crate) fn is_linearizable(records: &[Record]) -> bool {
    let mut actions = Vec::with_capacity(2 * records.len());
    for record in records {
        let event = (record.call, record.outcome.clone());
        actions.push((record.began(), record.thread, Action::Call(event.clone())));
        actions.push((record.ended(), record.thread, Action::Response(event)));
    }
    actions.sort_by_key(|(at, ..)| *at);
    let in_order = actions
        .into_iter()
        .map(|(_, thread, action)| (thread, action));
    WGLChecker::<Model>::is_linearizable(History::from_actions(in_order.collect()))
}

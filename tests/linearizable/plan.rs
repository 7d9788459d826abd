//! What the threads of a history will do, made of a number.

use crate::call::{Call, Form, KEYS, Keyed, Name};
use fastrand::Rng;
use readmostly::Operation;

/// What a thread does next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// To be recorded; through the pin, if one is held and this says so.
    Call(Call, Through),
    Disturb(Disturbance),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Through {
    Map,
    Pin,
}

/// What changes the inside of the map and no key that the history is about. It
/// has no place in the order, and is not recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disturbance {
    /// A new key of its own: the first after a promotion rebuilds the dirty map.
    Fill,
    /// Promotes, if there is a dirty map.
    Iterate,
    RetainAll,
    Compact,
    /// A look-up that counts a miss, if there is a dirty map.
    Miss,
    /// Of the pin, if one is held.
    Repin,
}

/// What one thread does.
#[derive(Debug)]
pub(crate) struct Part {
    /// Whether it holds a pin all the while.
    pub(crate) holds_a_pin: bool,
    /// Whether it has seen the map's snapshot before.
    pub(crate) has_looked: bool,
    pub(crate) steps: Vec<Step>,
}

/// What all of them do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) scene: &'static str,
    /// By one thread, before the others come.
    pub(crate) preparation: Vec<Step>,
    pub(crate) parts: Vec<Part>,
}

/// A step of a preparation, for one of the keys, whichever it is.
#[derive(Clone, Copy)]
enum Prepare {
    Insert(usize),
    Remove(usize),
    /// Leaves a deleted key in the dirty map, which removal would not.
    CompareRemove(usize),
    Clear,
    Disturb(Disturbance),
}

use Disturbance::{Fill, Iterate, Miss};
use Prepare::{Clear, CompareRemove, Disturb, Insert, Remove};

/// Maps that stand just before something, as those of `tests/loom`.
const SCENES: &[(&str, &[Prepare])] = &[
    ("nothing yet", &[]),
    ("a key in dirty alone", &[Insert(0)]),
    (
        "two keys in dirty alone, a miss before the promotion",
        &[Insert(0), Insert(1), Disturb(Miss)],
    ),
    (
        "three keys in read",
        &[Insert(0), Insert(1), Insert(2), Disturb(Iterate)],
    ),
    (
        "a key in read, deleted",
        &[Insert(0), Disturb(Iterate), Remove(0)],
    ),
    (
        "three keys in read, all deleted",
        &[
            Insert(0),
            Insert(1),
            Insert(2),
            Disturb(Iterate),
            Remove(0),
            Remove(1),
            Remove(2),
        ],
    ),
    (
        "two keys in read, one of them deleted",
        &[Insert(0), Insert(1), Disturb(Iterate), Remove(0)],
    ),
    (
        "an expunged key, another in dirty alone",
        &[Insert(0), Disturb(Iterate), Remove(0), Insert(1)],
    ),
    (
        "an expunged key, another in both",
        &[
            Insert(0),
            Insert(1),
            Disturb(Iterate),
            Remove(0),
            Disturb(Fill),
        ],
    ),
    (
        "a key in both, another in dirty alone",
        &[Insert(0), Disturb(Iterate), Insert(1)],
    ),
    (
        "two keys in both, one of them deleted",
        &[
            Insert(0),
            Insert(1),
            Disturb(Iterate),
            Disturb(Fill),
            Remove(0),
        ],
    ),
    (
        "two keys in dirty alone, one of them deleted",
        &[Insert(0), Insert(1), CompareRemove(0)],
    ),
    ("cleared", &[Insert(0), Disturb(Iterate), Clear]),
];

impl Plan {
    pub(crate) fn new(seed: u64, threads: usize) -> Self {
        let mut random = Rng::with_seed(seed ^ (threads as u64) << 56);
        let (scene, preparation) = SCENES[random.usize(..SCENES.len())];
        let keys = random.usize(1..=KEYS);
        // The first of the scene is one that the threads are about.
        let shift = random.usize(..keys);
        let preparation = preparation.iter().map(|step| step.of(shift)).collect();
        // Few threads may do more, as the orders to be tried are fewer.
        let most = 12 - 2 * threads;
        let parts = (0..threads)
            .map(|thread| Part::new(&mut random, thread, keys, most))
            .collect();
        Self {
            scene,
            preparation,
            parts,
        }
    }
}

impl Prepare {
    fn of(self, shift: usize) -> Step {
        let name = |key| Name((key + shift) % KEYS);
        let call = match self {
            Insert(key) => Call::Insert(name(key), 1 + key as u64),
            Remove(key) => Call::Remove(name(key)),
            CompareRemove(key) => Call::CompareRemove {
                name: name(key),
                expected: 1 + key as u64,
            },
            Clear => Call::Clear,
            Disturb(disturbance) => return Step::Disturb(disturbance),
        };
        Step::Call(call, Through::Map)
    }
}

impl Part {
    fn new(random: &mut Rng, thread: usize, keys: usize, most: usize) -> Self {
        let calls = random.usize(3..=most);
        let mut steps = Vec::with_capacity(2 * calls);
        if random.u8(..4) == 0 {
            // Where the scene is set for a rebuild, right at the start.
            steps.push(Step::Disturb(Fill));
        }
        for number in 0..calls {
            if random.u8(..3) == 0 {
                steps.push(Step::Disturb(some_disturbance(random)));
            }
            let value = 100 * (1 + thread as u64) + number as u64;
            let through = [Through::Map, Through::Pin][random.usize(..2)];
            steps.push(Step::Call(some_call(random, keys, value), through));
        }
        Self {
            holds_a_pin: random.bool(),
            has_looked: random.bool(),
            steps,
        }
    }
}

fn some_disturbance(random: &mut Rng) -> Disturbance {
    match random.u8(..12) {
        0..5 => Disturbance::Fill,
        5..8 => Disturbance::Iterate,
        8 => Disturbance::RetainAll,
        9 => Disturbance::Compact,
        10 => Disturbance::Miss,
        _ => Disturbance::Repin,
    }
}

/// A call about one of the first `keys` keys, that puts in `value` if it puts in
/// any. What it compares with is found out later.
pub(crate) fn some_call(random: &mut Rng, keys: usize, value: u64) -> Call {
    let name = Name(random.usize(..keys));
    let expected = 0;
    let new = value;
    match random.u8(..44) {
        0..6 => Call::Get(name),
        6 => Call::GetCloned(name),
        7 => Call::ContainsKey(name),
        8..14 => Call::Insert(name, value),
        14..17 => Call::TryInsert(some_form(random), name, value),
        17..20 => Call::CompareExchange {
            name,
            expected,
            new,
        },
        20..25 => Call::Remove(name),
        25..27 => Call::CompareRemove { name, expected },
        27 | 28 => Call::Update(name, value),
        29 | 30 => Call::Compute {
            keyed: some_key(random),
            name,
            present: some_decision(random, value),
            absent: some_decision(random, value),
        },
        31 => Call::Clear,
        32 => Call::GetHashed(name),
        33 => Call::FailToInsert(some_key(random), name),
        34 => Call::Replace(name, value),
        35 => Call::ReplaceIf {
            name,
            expected,
            new,
        },
        36 => Call::ExtractIf(name),
        37 => Call::TryRemoveIf { name, expected },
        38 => Call::UpdateOrInsert(some_key(random), name, value),
        39 => Call::UpdateOrRemove(name, random.bool().then_some(value)),
        40 => Call::TakeAll,
        _ => Call::RemoveOwned(name),
    }
}

fn some_key(random: &mut Rng) -> Keyed {
    match random.bool() {
        true => Keyed::Lent,
        false => Keyed::Own,
    }
}

fn some_form(random: &mut Rng) -> Form {
    match random.u8(..10) {
        0 => Form::TryInsert,
        1 => Form::TryInsertWith,
        2 => Form::GetOrInsert,
        3 => Form::GetOrInsertWith,
        4 => Form::GetOrInsertWithRef,
        5 => Form::GetOrInsertHashedWith,
        6 => Form::GetOrTryInsertWith,
        7 => Form::GetOrTryInsertWithRef,
        _ => Form::GetOrInsertOnce,
    }
}

fn some_decision(random: &mut Rng, value: u64) -> Operation<u64> {
    match random.u8(..4) {
        0 => Operation::Abort(()),
        1 => Operation::Remove,
        _ => Operation::Insert(value),
    }
}

//! Runs a model in every way that finds something, and says what came of it.
//!
//! loom keeps one last access for each atomic. Of *reader: load ∥ writer: load,
//! then CAS*, which is the loop of every entry operation, it therefore explores
//! a single execution if the reader happens to run first (tokio-rs/loom#166 and
//! #392). Three things make up for that:
//!
//! - Roles: every model runs with each actor on the main thread once, and with
//!   the others spawned in every order.
//! - Turns: every model runs once as loom explores it by itself, exhaustively,
//!   and once with a step before each access to an atomic that makes any two of
//!   them depend on each other, so that none of their orders is passed over.
//!   The steps multiply, so that run is bounded: [`preemptions`] says to what.
//! - Exact sets: every model names all of its outcomes. One that was not reached
//!   is as red as one that must not be.

use crate::outcomes::Outcomes;
use crate::world::{self, World};
use std::fmt::Display;
use std::sync::Arc;

/// What the actors act on, which shows itself at the end.
pub(crate) trait Scene: Display + Send + Sync + 'static {
    fn new() -> Self;
}

impl Scene for World {
    fn new() -> Self {
        Self::new()
    }
}

/// What one actor does, and what it saw.
pub(crate) type Actor<S> = fn(&S) -> String;

/// [`explore_in`] a world of one `SyncMap`.
#[track_caller]
pub(crate) fn explore<const N: usize>(
    init: fn(&World),
    actors: [Actor<World>; N],
    expected: &[&str],
) {
    explore_in(init, actors, expected);
}

/// Explores `actors` on what `init` builds and demands exactly the `expected`
/// outcomes: what each actor saw, in their order, and the scene at the end.
#[track_caller]
pub(crate) fn explore_in<S: Scene, const N: usize>(
    init: fn(&S),
    actors: [Actor<S>; N],
    expected: &[&str],
) {
    explore_up_to(preemptions(N, true), init, actors, expected);
}

/// [`explore_in`], with so many preemptions at the most where the actors take turns.
#[track_caller]
pub(crate) fn explore_up_to<S: Scene, const N: usize>(
    with_turns: Option<usize>,
    init: fn(&S),
    actors: [Actor<S>; N],
    expected: &[&str],
) {
    let outcomes = Outcomes::exactly(expected);
    for (order, turns) in orders(N)
        .into_iter()
        .flat_map(|o| [(o.clone(), false), (o, true)])
    {
        let (outcomes, actors) = (Arc::clone(&outcomes), actors.to_vec());
        let mut model = loom::model::Builder::new();
        model.preemption_bound = match turns {
            true => with_turns,
            false => preemptions(N, false),
        };
        readmostly::internals::take_turns(turns);
        model.check(move || run(init, &actors, &order, &outcomes));
    }
    outcomes.demand_all();
}

/// How often, at the most, a thread is made to wait where it could have gone on.
/// None: as often as can be, so that the model is exhaustive.
fn preemptions(actors: usize, turns: bool) -> Option<usize> {
    match (actors, turns) {
        (2, false) => None,
        (2, true) => Some(5),
        (_, false) => Some(3),
        (_, true) => Some(2),
    }
}

/// One execution: the last of `order` on this thread, the others spawned in
/// their order. An outcome that must not be ends it before anything is freed: what
/// two actors both took, say, must not be freed twice.
fn run<S: Scene>(init: fn(&S), actors: &[Actor<S>], order: &[usize], outcomes: &Outcomes) {
    // Shared outside the model, so that sharing it adds no edge.
    let world = Arc::new(S::new());
    init(&world);
    let (&main, spawned) = order.split_last().expect("a model has actors");
    let threads: Vec<_> = (spawned.iter())
        .map(|&actor| {
            let (act, world) = (actors[actor], Arc::clone(&world));
            (actor, loom::thread::spawn(move || act(&world)))
        })
        .collect();
    let mut saw = vec![String::new(); actors.len()];
    saw[main] = actors[main](&world);
    for (actor, thread) in threads {
        saw[actor] = thread.join().expect("an actor panicked");
    }
    outcomes.add(format!("{} → {world}", saw.join(", ")));
    drop(world);
    readmostly::internals::free_garbage();
    world::assert_balance();
}

/// Every order of `n` actors.
fn orders(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(n - 1) {
        for place in 0..n {
            let mut order = shorter.clone();
            order.insert(place, n - 1);
            all.push(order);
        }
    }
    all
}

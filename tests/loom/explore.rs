//! Explores a model: its actors in every order, with and without turns. Checks its outcomes.
//!
//! loom keeps one last access for each atomic. Take a reader that loads, and a writer that
//! loads and then does a CAS: that is the loop of every entry operation. If the reader runs
//! first, loom explores a single execution of the two (tokio-rs/loom#166 and #392). Three
//! things make up for that:
//!
//! - Roles: a model is explored once for each order of its actors. The last actor of the
//!   order runs on the main thread. The others are spawned in that order.
//! - Turns: each order is explored twice. The first time, loom explores it by itself. The
//!   second time, a step comes before each access to an atomic pointer: to an entry's word,
//!   say, or to the `ArcSwap`. The step makes any two accesses depend on each other, so loom
//!   passes over none of their orders. Steps multiply the executions, so they are bounded
//!   ([`preemptions`]).
//! - Exact sets: a model names all of its outcomes. It fails if it has another outcome, and
//!   if it does not reach one of them.

use crate::outcomes::Outcomes;
use crate::world::{self, World};
use readmostly::internals::story;
use std::fmt::Display;
use std::sync::Arc;

/// What the actors act on. An outcome ends with what it displays.
pub(crate) trait Scene: Display + Send + Sync + 'static {
    fn new() -> Self;
}

impl Scene for World {
    fn new() -> Self {
        Self::new()
    }
}

/// What one actor does. Returns what it saw. The models' comments call the actors thread 1,
/// thread 2 and so on.
pub(crate) type Actor<S> = fn(&S) -> String;

/// [`explore_in`] a [`World`].
#[track_caller]
pub(crate) fn explore<const N: usize>(
    init: fn(&World),
    actors: [Actor<World>; N],
    expected: &[&str],
) {
    explore_in(init, actors, expected);
}

/// Explores `actors` in a scene that `init` has prepared. Demands exactly the `expected`
/// outcomes: what each actor saw, in the order of `actors`, and the scene at the end.
#[track_caller]
pub(crate) fn explore_in<S: Scene, const N: usize>(
    init: fn(&S),
    actors: [Actor<S>; N],
    expected: &[&str],
) {
    explore_up_to(preemptions(N, true), init, actors, expected);
}

/// [`explore_in`], with at most so many preemptions when the actors take turns.
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

/// How many preemptions an execution has at most: how often a thread is made to wait
/// although it could go on. None: no bound, so loom explores everything that it can.
fn preemptions(actors: usize, turns: bool) -> Option<usize> {
    match (actors, turns) {
        (2, false) => None,
        (2, true) => Some(5),
        (_, false) => Some(3),
        (_, true) => Some(2),
    }
}

/// One execution: the last actor of `order` on this thread, the others spawned in that order.
///
/// The outcome is checked before anything is freed.
fn run<S: Scene>(init: fn(&S), actors: &[Actor<S>], order: &[usize], outcomes: &Outcomes) {
    // Shared outside the model, so that sharing it adds no edge.
    let world = Arc::new(S::new());
    world::begin_story(&*world);
    init(&world);
    story::race();
    let (&main, spawned) = order.split_last().expect("a model has actors");
    let threads: Vec<_> = (spawned.iter())
        .map(|&actor| {
            let (act, world) = (actors[actor], Arc::clone(&world));
            let act = move || story::by(actor, || act(&world));
            (actor, loom::thread::spawn(act))
        })
        .collect();
    let mut saw = vec![String::new(); actors.len()];
    saw[main] = story::by(main, || actors[main](&world));
    for (actor, thread) in threads {
        saw[actor] = thread.join().expect("an actor panicked");
    }
    if outcomes.add(format!("{} → {world}", saw.join(", "))) {
        drop(world);
        readmostly::internals::free_garbage();
        world::assert_balance();
    } else {
        // If two actors took the same value, for example, it would be freed twice.
        std::mem::forget(world);
        readmostly::internals::forget_garbage();
        world::forget_balance();
    }
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

//! Explores a model over crossbeam-epoch itself. Checks its outcomes.
//!
//! Two actors are explored exhaustively if that takes minutes and not hours. If it takes hours,
//! an execution has at most three preemptions: so often a thread is made to wait although it
//! could go on. With three actors it has at most one.
//!
//! Each of two actors is on the main thread once: `tests/loom/explore.rs` says why. Of three
//! actors, the last is on the main thread. There are no turns.

use crate::outcomes::Outcomes;
use crate::world::{self, World};
use loom::sync::mpsc::{Sender, channel};
use readmostly::internals::story;
use std::sync::Arc;

/// What one actor does. Returns what it saw. The models' comments call the actors thread 1,
/// thread 2 and so on.
pub(crate) type Actor = fn(&World) -> String;

/// Explores `actors` in a world that `init` has prepared. Demands exactly the `expected`
/// outcomes: what each actor saw, in the order of `actors`, and the map at the end.
pub(crate) fn explore<const N: usize>(init: fn(&World), actors: [Actor; N], expected: &[&str]) {
    explore_all(init, actors, (N > 2).then_some(1), expected);
}

/// [`explore`], with at most so many preemptions.
pub(crate) fn explore_up_to<const N: usize>(
    preemptions: usize,
    init: fn(&World),
    actors: [Actor; N],
    expected: &[&str],
) {
    explore_all(init, actors, Some(preemptions), expected);
}

fn explore_all<const N: usize>(
    init: fn(&World),
    actors: [Actor; N],
    preemptions: Option<usize>,
    expected: &[&str],
) {
    let outcomes = Outcomes::exactly(expected);
    let on_main = if N > 2 { N - 1..N } else { 0..N };
    for main in on_main {
        let outcomes = Arc::clone(&outcomes);
        let mut model = loom::model::Builder::new();
        model.max_branches = 10_000;
        model.preemption_bound = preemptions;
        model.check(move || {
            // Of the previous execution: loom frees the last of its garbage at its very end.
            world::assert_balance();
            if !outcomes.add(run(init, &actors, main)) {
                outcomes.panic_if_red();
            }
        });
        world::assert_balance();
    }
    outcomes.demand_all();
}

/// One execution: the actor `main` on this thread, each other one on a thread of its own.
fn run(init: fn(&World), actors: &[Actor], main: usize) -> String {
    // Shared outside the model, so that sharing it adds no edge.
    let world = Arc::new(World::new());
    world::begin_story(&*world);
    init(&world);
    let others: Vec<_> = (0..actors.len())
        .filter(|&actor| actor != main)
        .map(|actor| Spawned::ready(actor, actors[actor], &world))
        .collect();
    story::race();
    others.iter().for_each(Spawned::go_on);
    let mut saw = vec![String::new(); actors.len()];
    saw[main] = story::by(main, || actors[main](&world));
    others.iter().for_each(Spawned::go_on);
    for Spawned { actor, thread, .. } in others {
        saw[actor] = thread.join().expect("an actor panicked");
    }
    let end = world.to_string();
    drop(world);
    readmostly::internals::end_light_pins();
    format!("{} → {end}", saw.join(", "))
}

/// An actor on a thread of its own. The thread joins the epoch before the race begins, and
/// leaves it after the race is over: these models do not explore how threads come and go.
struct Spawned {
    actor: usize,
    thread: loom::thread::JoinHandle<String>,
    turnstile: Sender<()>,
}

impl Spawned {
    fn ready(actor: usize, act: Actor, world: &Arc<World>) -> Self {
        let world = Arc::clone(world);
        let (turnstile, may_go_on) = channel();
        let (ready, is_ready) = channel();
        let thread = loom::thread::spawn(move || {
            world.take_part();
            ready.send(()).expect("main waits");
            may_go_on.recv().expect("main says when");
            let saw = story::by(actor, || act(&world));
            may_go_on.recv().expect("main says when");
            saw
        });
        is_ready.recv().expect("it takes part");
        Self {
            actor,
            thread,
            turnstile,
        }
    }

    /// Lets the thread go on: the first time into the race, the second time to its end.
    fn go_on(&self) {
        self.turnstile.send(()).expect("it waits");
    }
}

//! Runs a model over crossbeam-epoch itself, and says what came of it.
use crate::world::{self, World};
use loom::sync::mpsc::{Sender, channel};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What one actor does, and what it saw.
pub(crate) type Actor = fn(&World) -> String;

#[track_caller]
pub(crate) fn explore<const N: usize>(init: fn(&World), actors: [Actor; N], expected: &[&str]) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let executions = Arc::new(AtomicUsize::new(0));
    let orders: Vec<Vec<usize>> = vec![(0..N).collect(), (0..N).rev().collect()];
    for order in orders {
        let (seen, executions) = (Arc::clone(&seen), Arc::clone(&executions));
        let actors = actors.to_vec();
        let mut model = loom::model::Builder::new();
        model.max_branches = 10_000;
        model.preemption_bound = (N > 2).then_some(2);
        let t = std::time::Instant::now();
        let before = executions.load(Ordering::Relaxed);
        let ex2 = Arc::clone(&executions);
        let order2 = order.clone();
        model.check(move || {
            executions.fetch_add(1, Ordering::Relaxed);
            world::assert_balance();
            let outcome = run(init, &actors, &order);
            seen.lock().unwrap().insert(outcome);
        });
        world::assert_balance();
        eprintln!(
            "{order2:?}: {} in {:?}",
            ex2.load(Ordering::Relaxed) - before,
            t.elapsed()
        );
    }
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let executions = executions.load(Ordering::Relaxed);
    println!("{executions:>8} executions  {name}");

    let seen = seen.lock().unwrap();
    let expected: BTreeSet<String> = expected.iter().copied().map(String::from).collect();
    assert_eq!(*seen, expected);
}

fn run(init: fn(&World), actors: &[Actor], order: &[usize]) -> String {
    // Shared outside the model, so that sharing it adds no edge.
    let world = Arc::new(World::new());
    init(&world);
    let (&main, spawned) = order.split_last().expect("a model has actors");
    let threads: Vec<_> = (spawned.iter())
        .map(|&actor| Spawned::ready(actor, actors[actor], &world))
        .collect();
    threads.iter().for_each(Spawned::go_on);
    let mut saw = vec![String::new(); actors.len()];
    saw[main] = actors[main](&world);
    threads.iter().for_each(Spawned::go_on);
    for Spawned { actor, thread, .. } in threads {
        saw[actor] = thread.join().expect("an actor panicked");
    }
    let end = world.to_string();
    drop(world);
    format!("{} → {end}", saw.join(", "))
}

/// An actor on a thread of its own, which takes part in the epoch before the race
/// begins, and until it is over: its coming and going is not what is explored.
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
            let saw = act(&world);
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

    /// Lets it pass, once to the race, and once from there.
    fn go_on(&self) {
        self.turnstile.send(()).expect("it waits");
    }
}

//! A small machine that runs the accesses of two threads in all orders, and lets each load
//! find any value that the orderings allow.
//!
//! Each word keeps all that was stored to it. A thread has a *view*: for each word, the number
//! of stores that it knows of. A load may find the last store that the thread knows of, or any
//! later one. Views go from thread to thread:
//!
//! - a Release store keeps the view of its thread, and an Acquire load that finds the store
//!   takes the view over;
//! - a SeqCst store adds the view of its thread to a view that all threads share, and a SeqCst
//!   load takes that view over before it loads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{self, Acquire, Release, SeqCst};

/// One access: a store of 1, or a load. Each word is 0 before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    word: &'static str,
    is_store: bool,
    order: Ordering,
}

impl Access {
    pub(crate) fn store(word: &'static str, order: Ordering) -> Self {
        let is_store = true;
        Self {
            word,
            is_store,
            order,
        }
    }

    pub(crate) fn load(word: &'static str, order: Ordering) -> Self {
        let is_store = false;
        Self {
            word,
            is_store,
            order,
        }
    }
}

/// What the loads of each thread have found.
pub(crate) type Outcome = [Vec<u32>; 2];

type View = BTreeMap<&'static str, usize>;

#[derive(Clone, Default)]
struct Machine {
    /// The view that each store to a word has kept. Store 0 is not there: it is the 0.
    kept: BTreeMap<&'static str, Vec<View>>,
    views: [View; 2],
    shared: View,
    /// How many accesses of each thread have run.
    ran: [usize; 2],
    loaded: Outcome,
}

/// All outcomes of a program.
pub(crate) fn outcomes(program: &[Vec<Access>; 2]) -> BTreeSet<Outcome> {
    let mut seen = BTreeSet::new();
    Machine::default().run(program, &mut seen);
    seen
}

impl Machine {
    fn run(self, program: &[Vec<Access>; 2], seen: &mut BTreeSet<Outcome>) {
        let next = [0, 1].map(|thread| program[thread].get(self.ran[thread]));
        if next.iter().all(Option::is_none) {
            seen.insert(self.loaded.clone());
        }
        for (thread, access) in next.into_iter().enumerate() {
            let Some(&access) = access else { continue };
            let mut machine = self.clone();
            machine.ran[thread] += 1;
            match access.is_store {
                true => machine.store(thread, access).run(program, seen),
                false => (machine.load(thread, access).into_iter())
                    .for_each(|machine| machine.run(program, seen)),
            }
        }
    }

    fn store(mut self, thread: usize, Access { word, order, .. }: Access) -> Self {
        let stores = self.kept.entry(word).or_default();
        let own = View::from([(word, stores.len() + 1)]);
        join(&mut self.views[thread], &own);
        let view = &self.views[thread];
        stores.push(if matches!(order, Release | SeqCst) {
            view.clone()
        } else {
            own
        });
        if order == SeqCst {
            join(&mut self.shared, view);
        }
        self
    }

    /// The machine after the load, once for each store that it may find.
    fn load(mut self, thread: usize, Access { word, order, .. }: Access) -> Vec<Self> {
        if order == SeqCst {
            join(&mut self.views[thread], &self.shared);
        }
        let known = self.views[thread].get(word).copied().unwrap_or(0);
        let last = self.kept.get(word).map_or(0, Vec::len);
        let found = |store: usize| {
            let mut machine = self.clone();
            let view = &mut machine.views[thread];
            join(view, &View::from([(word, store)]));
            if store > 0 && matches!(order, Acquire | SeqCst) {
                join(view, &machine.kept[word][store - 1]);
            }
            machine.loaded[thread].push(u32::from(store > 0));
            machine
        };
        (known..=last).map(found).collect()
    }
}

fn join(view: &mut View, other: &View) {
    for (&word, &known) in other {
        let here = view.entry(word).or_default();
        *here = known.max(*here);
    }
}

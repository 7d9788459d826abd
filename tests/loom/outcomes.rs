//! What the executions of a model came to. loom sees none of it, so it adds no edge.

use crate::stories::{self, Stories};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The outcomes that a model must have, no more and no fewer.
pub(crate) struct Outcomes {
    expected: BTreeSet<String>,
    seen: Mutex<BTreeSet<String>>,
    executions: AtomicUsize,
    /// How many executions there have been since the first outcome that must not be.
    since_red: AtomicUsize,
    stories: Mutex<Stories>,
}

/// The first execution that is red need not be the plainest one. So many more are explored.
const FOR_A_PLAINER_STORY: usize = 20_000;

/// So many stories are checked at the beginning of each model.
const AT_FIRST: usize = 64;

/// Later, one of so many is. Each check takes longer than the execution.
const ONE_OF: usize = 1_024;

impl Outcomes {
    pub(crate) fn exactly(expected: &[&str]) -> Arc<Self> {
        stories::begin(expected);
        Arc::new(Self {
            expected: expected.iter().copied().map(String::from).collect(),
            seen: Mutex::new(BTreeSet::new()),
            executions: AtomicUsize::new(0),
            since_red: AtomicUsize::new(0),
            stories: Mutex::new(Stories::default()),
        })
    }

    /// Counts an execution. False: its outcome is not an expected one.
    #[must_use = "what an execution with a wrong outcome has left must not be freed"]
    pub(crate) fn add(&self, outcome: String) -> bool {
        let number = self.executions.fetch_add(1, Ordering::Relaxed) + 1;
        let is_expected = self.expected.contains(&outcome);
        let red_before = self.since_red.load(Ordering::Relaxed);
        if red_before > 0 || !is_expected {
            self.since_red.fetch_add(1, Ordering::Relaxed);
        }
        if red_before == 0 || !is_expected {
            let mut stories = self.stories.lock().unwrap();
            if red_before == 0 && !is_expected {
                *stories = Stories::default();
            }
            stories.add(&outcome, !is_expected);
            if is_expected && (number <= AT_FIRST || number % ONE_OF == 0) {
                stories.check(&outcome);
            }
        }
        if red_before > FOR_A_PLAINER_STORY {
            self.panic_if_red();
        }
        self.seen.lock().unwrap().insert(outcome);
        is_expected
    }

    /// Panics if there was an outcome that must not be, with its plainest story.
    pub(crate) fn panic_if_red(&self) {
        if self.since_red.load(Ordering::Relaxed) > 0 {
            stories::forget();
            let stories = self.stories.lock().unwrap();
            if let Some((story, outcome)) = stories.red() {
                let outcome = outcome.to_owned();
                println!("{story}");
                drop(stories);
                panic!("an outcome that must not be: {outcome}");
            }
        }
    }

    /// Prints the number of executions. Panics if an expected outcome was not reached, if another
    /// one was, or if a story is wrong.
    #[track_caller]
    pub(crate) fn demand_all(&self) {
        stories::forget();
        self.panic_if_red();
        let name = std::thread::current().name().unwrap_or("?").to_owned();
        let executions = self.executions.load(Ordering::Relaxed);
        println!("{executions:>8} executions  {name}");

        let seen = self.seen.lock().unwrap();
        let missing: Vec<_> = self.expected.difference(&seen).collect();
        assert!(
            missing.is_empty(),
            "outcomes that were not reached: {missing:#?}"
        );
        let stories = self.stories.lock().unwrap();
        stories.demand_right();
        stories.print();
    }
}

//! What the executions of a model came to. loom sees none of it, so it adds no edge.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The outcomes that a model must have, no more and no fewer.
pub(crate) struct Outcomes {
    expected: BTreeSet<String>,
    seen: Mutex<BTreeSet<String>>,
    executions: AtomicUsize,
}

impl Outcomes {
    pub(crate) fn exactly(expected: &[&str]) -> Arc<Self> {
        Arc::new(Self {
            expected: expected.iter().copied().map(String::from).collect(),
            seen: Mutex::new(BTreeSet::new()),
            executions: AtomicUsize::new(0),
        })
    }

    /// Counts an execution. Panics if its outcome is not an expected one.
    pub(crate) fn add(&self, outcome: String) {
        self.executions.fetch_add(1, Ordering::Relaxed);
        assert!(
            self.expected.contains(&outcome),
            "an outcome that must not be: {outcome}"
        );
        self.seen.lock().unwrap().insert(outcome);
    }

    /// Prints the number of executions. Panics if an expected outcome was not reached.
    #[track_caller]
    pub(crate) fn demand_all(&self) {
        let name = std::thread::current().name().unwrap_or("?").to_owned();
        let executions = self.executions.load(Ordering::Relaxed);
        println!("{executions:>8} executions  {name}");

        let seen = self.seen.lock().unwrap();
        let missing: Vec<_> = self.expected.difference(&seen).collect();
        assert!(
            missing.is_empty(),
            "outcomes that were not reached: {missing:#?}"
        );
    }
}

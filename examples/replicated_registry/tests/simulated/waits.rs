//! Writers in this process, which wait until the map shows their writes: R7.

use super::line::name;
use super::truth::Truth;
use super::world::Counts;
use fastrand::Rng;
use replicated_registry::replica::{Replaced, Replica, Revision, Ticket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

type Wait<'r> = Pin<Box<dyn Future<Output = Result<(), Replaced>> + 'r>>;

/// A write that the source has, and whose acknowledgement is under way.
struct Write {
    ticket: Ticket,
    key: usize,
    revision: Revision,
    at: Duration,
}

struct Waiting<'r> {
    write: Write,
    wait: Wait<'r>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}

pub(crate) struct Waits<'r> {
    written: Vec<Write>,
    waiting: Vec<Waiting<'r>>,
}

impl<'r> Waits<'r> {
    pub(crate) fn new() -> Self {
        Self {
            written: Vec::new(),
            waiting: Vec::new(),
        }
    }

    pub(crate) fn begin(&mut self, ticket: Ticket, key: usize, revision: Revision, at: Duration) {
        self.written.push(Write {
            ticket,
            key,
            revision,
            at,
        });
    }

    /// The acknowledgements that are under way are lost.
    pub(crate) fn disconnect(&mut self) {
        self.written.clear();
    }

    pub(crate) fn acknowledge(&mut self, _: Duration, replica: &'r Replica<u64>, rng: &mut Rng) {
        if self.written.is_empty() {
            return;
        }
        let write = self.written.swap_remove(rng.usize(..self.written.len()));
        // The clock of the replica says when the wait begins: at its first poll.
        let wait = Box::pin(replica.wait_for(write.ticket, write.revision));
        self.waiting.push(Waiting {
            write,
            wait,
            woken: Arc::new(Woken(AtomicBool::new(true))),
        });
    }

    /// Polls the waits that were woken. One that ends well shows the write, or what came after.
    pub(crate) fn check(
        &mut self,
        truth: &Truth,
        replica: &Replica<u64>,
        counts: &mut Counts,
    ) -> Result<(), String> {
        let mut problem = None;
        self.waiting.retain_mut(|waiting| {
            if !waiting.woken.0.swap(false, SeqCst) {
                return true;
            }
            let waker = Arc::clone(&waiting.woken).into();
            let Poll::Ready(done) = waiting.wait.as_mut().poll(&mut Context::from_waker(&waker))
            else {
                return true;
            };
            let what = if done.is_ok() {
                "writes seen"
            } else {
                "writes of another epoch"
            };
            *counts.entry(String::from(what)).or_default() += 1;
            let Write { key, at, .. } = waiting.write;
            let shown = replica.map().get(&name(key)).map(|entry| *entry.value());
            if done.is_ok() && !truth.was_so(key, shown, at) {
                problem = Some(format!("a wait ended, and {key} shows {shown:?} of before"));
            }
            false
        });
        problem.map_or(Ok(()), Err)
    }

    pub(crate) fn all_ended(&self) -> Result<(), String> {
        match self.waiting.first() {
            None => Ok(()),
            Some(waiting) => Err(format!("nobody woke a wait for {}", waiting.write.revision)),
        }
    }
}

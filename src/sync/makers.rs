//! Threads that make something which other threads wait for.

use super::chosen::locks::{Gate, ThreadKey, this_thread};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A thread that makes something. Other threads can wait until it has ended, in success or
/// not. Clones stand for the same.
#[derive(Clone)]
pub(crate) struct Maker(Arc<State>);

struct State {
    thread: ThreadKey,
    has_ended: AtomicBool,
    gate: Gate,
}

/// The waits that are under way: which thread, and for whom. Outside of the models: no
/// thread holds this lock while it takes another one, so it adds no order that matters.
static WAITS: Mutex<Vec<(ThreadKey, Maker)>> = Mutex::new(Vec::new());

/// The calling thread would wait for itself: the maker is this thread, or waits for something
/// that this thread makes.
pub(crate) struct OwnWait;

impl Maker {
    /// The calling thread.
    pub(crate) fn new() -> Self {
        Self(Arc::new(State {
            thread: this_thread(),
            has_ended: AtomicBool::new(false),
            gate: Gate::new(),
        }))
    }

    /// Whether the two are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// It has ended: the threads that wait go on.
    pub(crate) fn end(&self) {
        // ORDERING: Relaxed: what this thread waits for next comes after it, under the lock of
        // `WAITS`.
        self.0.has_ended.store(true, Ordering::Relaxed);
        self.0.gate.open();
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&self) -> Result<(), OwnWait> {
        /// Takes the wait off the list.
        struct Waits(ThreadKey);
        impl Drop for Waits {
            fn drop(&mut self) {
                let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
                waits.retain(|(thread, _)| *thread != self.0);
            }
        }
        let me = this_thread();
        let mut waits = WAITS.lock().unwrap_or_else(PoisonError::into_inner);
        // From maker to maker: each thread waits for one maker at the most.
        let mut next = Some(self);
        while let Some(maker) = next {
            // ORDERING: Relaxed: the maker's thread is on the list, or has been, since then.
            if maker.0.has_ended.load(Ordering::Relaxed) {
                break;
            }
            if maker.0.thread == me {
                return Err(OwnWait);
            }
            let of_maker = waits.iter().find(|(thread, _)| *thread == maker.0.thread);
            next = of_maker.map(|(_, maker)| maker);
        }
        waits.push((me, self.clone()));
        drop(waits);
        let _waits = Waits(me);
        self.0.gate.pass();
        Ok(())
    }
}

//! The queue between the epoch and the destructors. Each item is taken once. Items that one
//! thread has added are taken in the order in which it added them.
//!
//! An item has a loom cell that its maker writes and its taker reads: loom panics unless the
//! write happens before the read. It also has a loom `Arc`, by which loom reports an item that
//! is lost or dropped twice.

use crate::outcomes::Outcomes;
use crate::world;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use readmostly::internals::DueQueue;
use readmostly::internals::story::{self, Argument};

struct Item {
    name: &'static str,
    written: UnsafeCell<&'static str>,
    _counted: Arc<()>,
}

impl Item {
    fn new(name: &'static str) -> Self {
        let item = Self {
            name,
            written: UnsafeCell::new(""),
            _counted: Arc::new(()),
        };
        // SAFETY: nobody else has it yet.
        item.written.with_mut(|written| unsafe { *written = name });
        item
    }

    fn read(self) -> &'static str {
        // SAFETY: whoever takes it has it alone. loom checks that.
        let written = self.written.with(|written| unsafe { *written });
        assert_eq!(written, self.name);
        written
    }
}

/// The thread with this number does what `act` does.
fn thread_does<R>(number: usize, act: impl FnOnce() -> R) -> R {
    story::by(number - 1, act)
}

/// A thread of its own, with this number.
fn spawn<R: 'static>(number: usize, act: impl FnOnce() -> R + 'static) -> JoinHandle<R> {
    thread::spawn(move || thread_does(number, act))
}

fn add(queue: &DueQueue<Item>, name: &'static str) {
    story::call("add", [name.chars().next().map(Argument::Key), None, None]);
    queue.add(Item::new(name));
    story::returned(String::new());
}

/// Takes items until the queue is empty or another thread is taking.
fn take_all(queue: &DueQueue<Item>) -> String {
    take_while("take_all", || queue.take().0)
}

fn take_while(name: &'static str, take: impl FnMut() -> Option<Item>) -> String {
    story::call(name, [None; 3]);
    let taken: String = std::iter::from_fn(take).map(Item::read).collect();
    story::returned(taken.clone());
    taken
}

/// Explores `model`, and demands exactly the `expected` outcomes.
#[track_caller]
fn explore(expected: &[&str], model: impl Fn() -> String + Send + Sync + 'static) {
    let outcomes = Outcomes::exactly(expected);
    let each = std::sync::Arc::clone(&outcomes);
    loom::model(move || {
        // There is no map to follow.
        world::begin_story(&());
        story::race();
        if !each.add(model()) {
            each.panic_if_red();
        }
    });
    outcomes.demand_all();
}

/// Thread 1 adds a and b, and thread 2 adds c. Meanwhile the main thread takes. At the end it
/// takes the rest. a comes before b.
#[test]
fn two_threads_add_while_one_takes() {
    let expected: Vec<String> = ["abc", "acb", "cab"]
        .iter()
        .flat_map(|order| (0..=3).map(move |cut| format!("{}|{}", &order[..cut], &order[cut..])))
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    explore(&expected, || {
        let queue = Arc::new(DueQueue::new());
        let (first, second) = (Arc::clone(&queue), Arc::clone(&queue));
        let first = spawn(1, move || {
            add(&first, "a");
            add(&first, "b");
        });
        let second = spawn(2, move || add(&second, "c"));
        let meanwhile = thread_does(3, || take_all(&queue));
        first.join().unwrap();
        second.join().unwrap();
        format!("{meanwhile}|{}", take_all(&queue))
    });
}

/// Two threads take three items at the same time. Each item goes to one of the two, in order.
#[test]
fn two_threads_take_what_was_added() {
    // A thread that finds the other one taking leaves, and the other one takes all that is left.
    let expected = [
        "abc||", "ab|c|", "ac|b|", "bc|a|", "a|bc|", "b|ac|", "c|ab|", "|abc|",
    ];
    explore(&expected, || {
        let queue = Arc::new(DueQueue::new());
        for name in ["a", "b", "c"] {
            add(&queue, name);
        }
        let other = Arc::clone(&queue);
        let other = spawn(1, move || take_all(&other));
        let ours = thread_does(2, || take_all(&queue));
        let theirs = other.join().unwrap();
        format!("{ours}|{theirs}|{}", take_all(&queue))
    });
}

/// A thread adds an item, and then takes. It gets the item, or another thread got it, or it is
/// told that another thread is taking.
#[test]
fn who_adds_and_then_takes_knows_of_what_is_left() {
    explore(&["a||", "|a|", "a|busy|", "|busy|a"], || {
        let queue = Arc::new(DueQueue::new());
        let other = Arc::clone(&queue);
        let other = spawn(1, move || {
            add(&other, "a");
            match other.take() {
                (Some(item), _) => item.read(),
                (None, true) => "busy",
                (None, false) => "",
            }
        });
        let ours = thread_does(2, || take_all(&queue));
        let theirs = other.join().unwrap();
        format!("{ours}|{theirs}|{}", take_all(&queue))
    });
}

/// A queue that is dropped drops what is left in it. An empty one drops nothing.
#[test]
fn a_queue_drops_what_is_left_in_it() {
    loom::model(|| {
        drop(DueQueue::<Item>::new());
        let queue = DueQueue::new();
        for name in ["a", "b", "c"] {
            add(&queue, name);
        }
        assert_eq!(queue.take().0.map(Item::read), Some("a"));
    });
}

/// Takes items until the next one has to wait for a grace period.
fn take_ripe(queue: &DueQueue<Item>) -> String {
    take_while("take_ripe", || queue.take_ripe().0)
}

/// Thread 1 adds a. Twice, thread 2 adds a mark, ends that grace period, and takes. What is in
/// front of a mark is taken when that grace period is over, and not before.
#[test]
fn what_is_in_front_of_a_mark_waits_for_that_grace_period() {
    // a is in front of both marks, between them, or behind them.
    explore(&["|a||", "||a|", "|||a"], || {
        let queue = Arc::new(DueQueue::new());
        let other = Arc::clone(&queue);
        let other = spawn(1, move || add(&other, "a"));
        let at_once = thread_does(2, || take_ripe(&queue));
        let [first, second] = [(), ()].map(|()| {
            thread_does(2, || {
                queue.add_mark();
                queue.one_more_is_over();
                take_ripe(&queue)
            })
        });
        other.join().unwrap();
        format!("{at_once}|{first}|{second}|{}", take_all(&queue))
    });
}

/// Thread 1 ends a grace period. Thread 2 takes meanwhile. It gets what is in front of the mark,
/// and not what is behind the mark.
#[test]
fn what_is_behind_a_mark_does_not_go_with_what_is_in_front_of_it() {
    explore(&["|a|b", "a||b"], || {
        let queue = Arc::new(DueQueue::new());
        add(&queue, "a");
        queue.add_mark();
        add(&queue, "b");
        let other = Arc::clone(&queue);
        let other = spawn(1, move || other.one_more_is_over());
        let meanwhile = thread_does(2, || take_ripe(&queue));
        other.join().unwrap();
        let after = take_ripe(&queue);
        format!("{meanwhile}|{after}|{}", take_all(&queue))
    });
}

//! The threads, which live for many histories and begin each of them together.
//!
//! They meet once for several histories, as on a busy machine a meeting takes as
//! long as everybody else likes. Before each history of these a thread waits for the
//! others for a bounded time only. One that was kept from running catches up, and
//! meets the others where they were stopped in the middle of a call.

use crate::call::{Call, KEYS, Name, Outcome};
use crate::history::{Clock, Record};
use crate::perform::{Key, Map, Pin, Value, nap, one_shot, pinned};
use crate::plan::{Disturbance, Part, Plan, Step, Through};
use readmostly::Stats;
use std::any::Any;
use std::hint::spin_loop;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Keys from here on only fill the map up.
const FILLERS: u64 = 1000;

/// A key that is never there.
const ABSENT: Key = Key(999);

/// Far longer than some histories take, on any machine, however busy.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often a thread looks whether the others have come to a history.
const LOOKS: usize = 2_000;

/// One history in the making.
pub(crate) struct Round<V> {
    pub(crate) map: Map<V>,
    pub(crate) plan: Plan,
    /// Where the naps come from.
    naps: u64,
    /// How many threads have come to it.
    came: AtomicUsize,
    clock: Clock,
    records: Mutex<Vec<Record>>,
    fillers: AtomicU64,
}

/// What a history was, when the threads were let go.
struct Begun {
    /// How many records are the preparation's.
    prepared: usize,
    inside: String,
    before: Stats,
}

/// What a history was, when all threads are done with it.
pub(crate) struct Ended {
    pub(crate) records: Vec<Record>,
    /// Those of them that are neither preparation nor the look at the end.
    pub(crate) played: Range<usize>,
    /// The inside of the map when they were let go.
    pub(crate) inside: String,
    pub(crate) before: Stats,
    pub(crate) after: Stats,
}

/// Where the threads meet. Spinning, since a barrier would let go of one long
/// before the other.
struct Meeting {
    people: u64,
    arrived: AtomicU64,
}

impl Meeting {
    /// The `number`th time, from 1 on.
    fn meet(&self, number: u64) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let came = Instant::now();
        let mut spins = 0_u64;
        while self.arrived.load(Ordering::Acquire) < number * self.people {
            spins += 1;
            if spins % 256 == 0 {
                assert!(came.elapsed() < PATIENCE, "a thread hangs");
                thread::yield_now();
            }
            spin_loop();
        }
    }
}

/// This thread and some others.
pub(crate) struct Crew<V> {
    shared: Arc<Shared<V>>,
    met: u64,
    others: Vec<JoinHandle<()>>,
}

struct Shared<V> {
    meeting: Meeting,
    /// What the others are to do next. None: go home.
    rounds: Mutex<Option<Rounds<V>>>,
}

type Rounds<V> = Arc<[Round<V>]>;

impl<V: Value> Shared<V> {
    fn next(&self) -> Option<Rounds<V>> {
        let rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        rounds.clone()
    }

    fn announce(&self, next: Option<Rounds<V>>) {
        *self.rounds.lock().unwrap_or_else(PoisonError::into_inner) = next;
    }

    fn work(&self, thread: usize) {
        let mut met = 0;
        loop {
            self.meeting.meet(met + 1);
            let Some(rounds) = self.next() else { return };
            rounds.iter().for_each(|round| round.take_part(thread));
            drop(rounds);
            self.meeting.meet(met + 2);
            met += 2;
        }
    }
}

impl<V: Value> Crew<V> {
    pub(crate) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            meeting: Meeting {
                people: threads as u64,
                arrived: AtomicU64::new(0),
            },
            rounds: Mutex::new(None),
        });
        let others = (1..threads).map(|thread| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work(thread))
        });
        Self {
            others: others.collect(),
            shared,
            met: 0,
        }
    }

    /// Makes a history of each plan. With it goes a number that its naps come from.
    pub(crate) fn play(
        &mut self,
        plans: impl IntoIterator<Item = (Plan, u64)>,
    ) -> (Vec<Ended>, Rounds<V>) {
        let rounds = plans.into_iter().map(|(plan, naps)| Round::new(plan, naps));
        let rounds: Rounds<V> = rounds.collect();
        let begun: Vec<_> = rounds.iter().map(Round::prepare).collect();
        self.shared.announce(Some(Arc::clone(&rounds)));
        self.meet();
        rounds.iter().for_each(|round| round.take_part(0));
        self.meet();
        let ended = rounds.iter().zip(begun);
        let ended = ended.map(|(round, begun)| round.end(begun)).collect();
        (ended, rounds)
    }

    fn meet(&mut self) {
        self.met += 1;
        self.shared.meeting.meet(self.met);
    }

    /// Lets the threads go.
    pub(crate) fn dismiss(mut self) {
        self.shared.announce(None);
        self.meet();
        for other in self.others {
            other.join().expect("it catches what it meets");
        }
    }
}

impl<V: Value> Round<V> {
    fn new(plan: Plan, naps: u64) -> Self {
        Self {
            map: Map::new(),
            plan,
            naps,
            came: AtomicUsize::new(0),
            clock: Clock::new(),
            records: Mutex::default(),
            fillers: AtomicU64::new(FILLERS),
        }
    }

    /// What was recorded so far, each thread's in a row.
    fn recorded(&self) -> Vec<Record> {
        (self.records.lock())
            .map_or_else(|poisoned| poisoned.into_inner().clone(), |all| all.clone())
    }

    fn prepare(&self) -> Begun {
        Actor::new(self, 0, None).act(&self.plan.preparation);
        Begun {
            prepared: self.recorded().len(),
            inside: format!("{:?}", self.map.inspect()),
            before: self.map.stats(),
        }
    }

    /// Waits for the others a little, when all is at hand, and then does what the
    /// plan says.
    fn take_part(&self, thread: usize) {
        let part: &Part = &self.plan.parts[thread];
        fastrand::seed(self.naps.wrapping_add(thread as u64));
        let pin = part.holds_a_pin.then(|| self.map.pin());
        if part.has_looked {
            self.map.len();
        }
        let mut actor = Actor::new(self, thread, pin);
        self.come_near();
        actor.act(&part.steps);
    }

    fn come_near(&self) {
        self.came.fetch_add(1, Ordering::AcqRel);
        for look in 1..=LOOKS {
            if self.came.load(Ordering::Acquire) == self.plan.parts.len() {
                break;
            }
            if look == LOOKS / 2 {
                // Once, for one that waits for this core.
                thread::yield_now();
            }
            spin_loop();
        }
    }

    /// When all threads are done with it.
    fn end(&self, begun: Begun) -> Ended {
        let after = self.map.stats();
        let played = self.recorded().len();
        self.look_around();
        Ended {
            records: self.recorded(),
            played: begun.prepared..played,
            inside: begun.inside,
            before: begun.before,
            after,
        }
    }

    /// What is there in the end, before and after a promotion.
    fn look_around(&self) {
        let steps: Vec<_> = (0..KEYS)
            .map(|key| Step::Call(Call::Get(Name(key)), Through::Map))
            .collect();
        let mut actor = Actor::new(self, 0, None);
        actor.act(&steps);
        actor.act(&[Step::Disturb(Disturbance::Iterate)]);
        actor.act(&steps);
    }
}

/// A thread with a part in a history.
struct Actor<'r, V: Value> {
    round: &'r Round<V>,
    thread: usize,
    pin: Option<Pin<'r, V>>,
    /// What it knows of each key.
    seen: [u64; KEYS],
    records: Vec<Record>,
}

impl<'r, V: Value> Actor<'r, V> {
    fn new(round: &'r Round<V>, thread: usize, pin: Option<Pin<'r, V>>) -> Self {
        Self {
            round,
            thread,
            pin,
            seen: [1, 2, 3],
            records: Vec::with_capacity(16),
        }
    }

    /// The records are handed over when all is done.
    fn act(&mut self, steps: &[Step]) {
        for step in steps {
            match *step {
                Step::Call(call, through) => self.call(call, through),
                Step::Disturb(disturbance) => {
                    // What it meets, a call that is recorded will meet.
                    let disturb = AssertUnwindSafe(|| self.disturb(disturbance));
                    if let Err(panic) = catch_unwind(disturb) {
                        self.panicked(panic);
                    }
                }
            }
            nap();
        }
        let mut all = (self.round.records.lock()).unwrap_or_else(PoisonError::into_inner);
        all.append(&mut self.records);
    }

    fn call(&mut self, call: Call, through: Through) {
        let call = match call.name() {
            Some(name) => call.expecting(self.seen[name.0]),
            None => call,
        };
        let pin = self.pin.as_ref().filter(|_| through == Through::Pin);
        let round = self.round;
        let begin = round.clock.begin();
        let outcome = catch_unwind(AssertUnwindSafe(|| match pin {
            Some(pin) => pinned(pin, call),
            None => one_shot(&round.map, call),
        }));
        let end = round.clock.end();
        let outcome = outcome.unwrap_or_else(|panic| Outcome::Panicked(message(&*panic)));
        if let (Some(name), Some(value)) = (call.name(), outcome.seen_after(call)) {
            self.seen[name.0] = value;
        }
        self.records.push(Record {
            thread: self.thread,
            begin,
            end,
            pinned: pin.is_some(),
            call,
            outcome,
        });
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        let map = &self.round.map;
        match disturbance {
            Disturbance::Fill => {
                let key = self.round.fillers.fetch_add(1, Ordering::Relaxed);
                map.insert(Key(key), V::new(key));
            }
            Disturbance::Iterate => {
                let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
            }
            Disturbance::RetainAll => _ = map.retain(|_, _| true),
            Disturbance::Compact => {
                map.compact();
            }
            Disturbance::Miss => {
                map.get(&ABSENT);
            }
            Disturbance::Repin => {
                if let Some(pin) = &mut self.pin {
                    pin.repin();
                }
            }
        }
    }

    /// A panic of what is not recorded, as that of a call.
    fn panicked(&mut self, panic: Box<dyn Any + Send>) {
        let at = self.round.clock.end();
        self.records.push(Record {
            thread: self.thread,
            begin: at,
            end: at,
            pinned: false,
            call: Call::Clear,
            outcome: Outcome::Panicked(format!("not in it but before: {}", message(&*panic))),
        });
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    text.or(owned).unwrap_or("without words").into()
}

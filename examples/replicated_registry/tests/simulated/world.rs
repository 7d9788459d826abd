//! A source, a replica, and a driver between them that keeps S1 to S5.

use super::clock::Hand;
use super::line::{Item, Line};
use super::schedule::{Event, Schedule, Step};
use super::source::Source;
use super::truth::Truth;
use super::waits::Waits;
use fastrand::Rng;
use replicated_registry::replica::{
    Answer, Clock, Identity, Limits, Lost, Outcome, Question, Replica, Revision, Session,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(crate) const KEYS: usize = 4;

/// How often each thing happened, so that a suite that tests nothing is noticed.
pub(crate) type Counts = BTreeMap<String, u64>;

pub(crate) struct World<'r> {
    pub(crate) clock: Hand,
    pub(crate) source: Source,
    pub(crate) replica: &'r Replica<u64>,
    limit: usize,
    truth: Truth,
    pub(crate) waits: Waits<'r>,
    pub(crate) session: Option<(Session<'r, u64>, Line)>,
    /// Sessions that are over, whose messages are late.
    over: Vec<(Session<'r, u64>, Line)>,
    /// The answer to the driver's look at the source, before it opens a session.
    looked: Option<(Identity, Revision)>,
    asked: VecDeque<(Question, Option<Answer>)>,
    values: u64,
    counts: &'r mut Counts,
}

/// Runs a schedule. The error says what went wrong after which step.
pub(crate) fn run(schedule: &Schedule, counts: &mut Counts) -> Result<(), String> {
    let clock = Hand::default();
    let limits = Limits {
        tombstones: schedule.tombstones,
        answers: 3,
    };
    let replica = Replica::new(Arc::new(clock.clone()), limits);
    let mut world = World {
        source: Source::new(schedule.history),
        replica: &replica,
        limit: schedule.tombstones,
        truth: Truth::new(),
        waits: Waits::new(),
        session: None,
        over: Vec::new(),
        looked: None,
        asked: VecDeque::new(),
        values: 0,
        clock,
        counts,
    };
    for (at, step) in schedule.steps.iter().enumerate() {
        let done = world.step(*step);
        done.map_err(|problem| format!("step {at}, {:?}: {problem}", step.event))?;
    }
    let quiet = Step {
        event: Event::Quiet,
        seed: 0,
    };
    world
        .step(quiet)
        .map_err(|problem| format!("at the end: {problem}"))
}

impl World<'_> {
    fn step(&mut self, step: Step) -> Result<(), String> {
        let mut rng = Rng::with_seed(step.seed);
        self.clock.advance(1);
        match step.event {
            Event::Quiet => self.quiet()?,
            event => self.happen(event, &mut rng)?,
        }
        self.check()
    }

    pub(crate) fn happen(&mut self, event: Event, rng: &mut Rng) -> Result<(), String> {
        let key = rng.usize(..KEYS);
        match event {
            Event::Put => drop(self.put(key)),
            Event::Delete => drop(self.source.append(key, None)),
            Event::PurgeKey => self.source.purge_key(key),
            Event::ForgetMarkers => self.forget_markers(),
            Event::Purge => self.source.purge(),
            Event::Expire => self.source.expire(),
            Event::Recreate => self.source.recreate(),
            Event::Save => self.source.save(),
            Event::LoseMemory => self.lose_memory(),
            Event::Disconnect => self.disconnect(),
            Event::Look => self.looked = Some((self.source.identity(), self.source.last())),
            Event::Open => self.open(rng),
            Event::Pump => self.pump(rng),
            Event::Heartbeat => self.heartbeat(),
            Event::Arrive => (0..rng.u8(1..4)).try_for_each(|_| self.arrive(rng).map(drop))?,
            Event::Drop => self.lose_message(rng),
            Event::Late => self.late(rng)?,
            Event::Ask => self.ask(),
            Event::Answer => self.answer(rng),
            Event::Hear => self.hear(rng),
            Event::Write => self.write(key),
            Event::Acknowledge => self.waits.acknowledge(self.clock.now(), self.replica, rng),
            Event::Quiet => unreachable!("a quiet point is no event"),
        }
        Ok(())
    }

    pub(crate) fn count(&mut self, what: impl Into<String>) {
        *self.counts.entry(what.into()).or_default() += 1;
    }

    fn put(&mut self, key: usize) -> Revision {
        self.values += 1;
        self.source.append(key, Some(self.values))
    }

    fn write(&mut self, key: usize) {
        let ticket = self.replica.ticket();
        let revision = self.put(key);
        self.waits.begin(ticket, key, revision, self.clock.now());
    }

    /// Markers stay until they were sent to all that follow.
    fn forget_markers(&mut self) {
        let sent = self
            .session
            .as_ref()
            .map_or(Revision::MAX, |(_, line)| line.cursor());
        self.source.forget_markers(sent);
    }

    /// A server loses its memory only if it stops, and so every connection is lost.
    fn lose_memory(&mut self) {
        if self.source.lose_memory() {
            self.count("memory lost");
            self.disconnect();
        }
    }

    fn disconnect(&mut self) {
        self.looked = None;
        self.asked.clear();
        self.waits.disconnect();
        if let Some((session, line)) = self.session.take() {
            // The replica learns of it now, or when the next session is opened.
            self.over.push((session, line));
        }
    }

    /// The consumer belongs to the source that was looked at, or the driver looks again.
    pub(crate) fn open(&mut self, rng: &mut Rng) {
        let Some((identity, last)) = self.looked.take() else {
            return;
        };
        if identity != self.source.identity() {
            return;
        }
        self.over.extend(self.session.take());
        self.asked.clear();
        let line = Line::new(&self.source, last, rng);
        self.session = Some((self.replica.begin(identity, last), line));
        self.count("sessions");
    }

    pub(crate) fn pump(&mut self, rng: &mut Rng) {
        if let Some((_, line)) = &mut self.session {
            for _ in 0..rng.u8(1..5) {
                line.pump(&self.source, rng);
            }
        }
    }

    pub(crate) fn heartbeat(&mut self) {
        if let Some((_, line)) = &mut self.session {
            line.heartbeat(&self.source);
        }
    }

    fn lose_message(&mut self, rng: &mut Rng) {
        if let Some((_, line)) = &mut self.session {
            line.drop_one(rng);
        }
    }

    /// Returns whether something arrived.
    pub(crate) fn arrive(&mut self, rng: &mut Rng) -> Result<bool, String> {
        let Some((session, line)) = &mut self.session else {
            return Ok(false);
        };
        let done = match line.arrive(rng) {
            None => return Ok(false),
            Some(Item::Gap) => return Ok(self.lost_message()),
            Some(Item::Message(message)) => session.apply(message),
        };
        match done {
            Ok(Outcome::Old) => self.count("old messages"),
            Ok(Outcome::Applied) => {}
            Err(lost) => self.lost(lost),
        }
        Ok(true)
    }

    fn lost_message(&mut self) -> bool {
        self.count("lost messages");
        if let Some((session, _)) = self.session.take() {
            session.end();
        }
        self.asked.clear();
        true
    }

    fn lost(&mut self, lost: Lost) {
        self.count(format!("{lost:?}"));
        self.over.extend(self.session.take());
        self.asked.clear();
    }

    /// R9: a message of a session that is over.
    fn late(&mut self, rng: &mut Rng) -> Result<(), String> {
        let session_of_now = self.replica.standing().following && self.session.is_none();
        let Some((session, line)) = self.over.last_mut() else {
            return Ok(());
        };
        line.pump(&self.source, rng);
        let message = match line.arrive(rng) {
            Some(Item::Message(message)) => message,
            Some(Item::Gap) => {
                line.cut();
                return Ok(());
            }
            None => return Ok(()),
        };
        match session.apply(message) {
            Err(Lost::Superseded) => self.count("late messages refused"),
            // The replica was not told yet that the session is over.
            _ if session_of_now => self.count("messages after the connection"),
            done => {
                return Err(format!(
                    "a message of an old session had an effect: {done:?}"
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn ask(&mut self) {
        if let Some((session, _)) = &self.session {
            if let Ok(question) = session.ask() {
                self.asked.push_back((question, None));
            }
        }
    }

    pub(crate) fn answer(&mut self, rng: &mut Rng) {
        let answer = self.source.answer();
        let open = self.asked.iter_mut().filter(|(_, answer)| answer.is_none());
        if let Some(asked) = rng.choice(open.collect::<Vec<_>>()) {
            asked.1 = Some(answer);
        }
    }

    /// Answers arrive in any order.
    pub(crate) fn hear(&mut self, rng: &mut Rng) {
        let answered = |at: &usize| self.asked[*at].1.is_some();
        let ready: Vec<_> = (0..self.asked.len()).filter(answered).collect();
        let Some(at) = rng.choice(ready) else { return };
        let Some((question, Some(answer))) = self.asked.remove(at) else {
            return;
        };
        let Some((session, _)) = &self.session else {
            return;
        };
        match session.answer(&question, answer) {
            Ok(()) => self.count("answers"),
            Err(lost) => self.lost(lost),
        }
    }

    pub(crate) fn check(&mut self) -> Result<(), String> {
        let source = &self.source;
        self.truth.note(self.clock.now(), |key| source.value(key));
        self.truth.check(self.replica)?;
        self.waits.check(&self.truth, self.replica, self.counts)?;
        let tombstones = self.replica.tombstones();
        if tombstones > self.limit + 1 {
            return Err(format!("{tombstones} tombstones"));
        }
        Ok(())
    }
}

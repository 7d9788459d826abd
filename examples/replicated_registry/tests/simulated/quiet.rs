//! Quiet points: the source does not change, the driver works on, and all becomes equal.

use super::line::name;
use super::schedule::Event;
use super::world::{KEYS, World};
use fastrand::Rng;
use replicated_registry::replica::Clock;

impl World<'_> {
    /// R10: nothing changes at the source, and the driver works on. Soon all is equal.
    pub(crate) fn quiet(&mut self) -> Result<(), String> {
        let began = self.clock.now();
        let mut rng = Rng::with_seed(0);
        for turn in 1..20 {
            // S6: an answer that the session does not reach.
            if self.session.is_none() || turn % 4 == 0 {
                self.happen(Event::Look, &mut rng)?;
                self.open(&mut rng);
                // More deletions than the limit may stand between two marks otherwise.
                self.session
                    .iter_mut()
                    .for_each(|(_, line)| line.ordered = true);
            }
            self.catch_up(&mut rng)?;
            self.ask();
            (0..8).for_each(|_| self.answer(&mut rng));
            (0..8).for_each(|_| self.hear(&mut rng));
            self.check()?;
            self.clock.advance(1);
            if self.replica.standing().current_as_of >= Some(began) {
                self.count("quiet points");
                return self.equal();
            }
        }
        Err(format!("it does not become current: {:?}", self.replica))
    }

    fn catch_up(&mut self, rng: &mut Rng) -> Result<(), String> {
        for _ in 0..400 {
            self.pump(rng);
            self.heartbeat();
            // One heartbeat is enough, and the line becomes empty.
            while self.arrive(rng)? {
                if rng.u8(..20) == 0 {
                    break;
                }
            }
            self.check()?;
            let standing = self.replica.standing();
            if standing.drained && standing.exact >= self.source.last() {
                break;
            }
            if self.session.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn equal(&mut self) -> Result<(), String> {
        for key in 0..KEYS {
            let shown = self.replica.map().get(&name(key));
            let shown = shown.map(|entry| (entry.revision(), *entry.value()));
            let newest = self.source.newest(key);
            let truth = newest.and_then(|(revision, (_, value))| Some((revision, value?)));
            if shown != truth {
                return Err(format!(
                    "{key} shows {shown:?}, and the source has {truth:?}"
                ));
            }
        }
        if self.replica.tombstones() > 0 {
            return Err(String::from("tombstones are left after a quiet point"));
        }
        self.waits.all_ended()
    }
}

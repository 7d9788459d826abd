//! When the program is killed, and what the kills have met.

use crate::model::{Found, Written};
use crate::writers::Writers;
use fastrand::Rng;
use std::path::Path;
use std::time::Duration;

/// When the program is killed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    /// After so many answers and a random time.
    Answers(usize),
    /// A random time after a compaction has begun to write.
    InCompaction,
}

/// A killer that waits for a compaction gives up after so many answers. The program holds
/// 1,024 events, and all events of a run are compared.
const MANY: usize = 700;

impl Moment {
    pub(crate) fn random(random: &mut Rng) -> Self {
        match random.u32(0..3) {
            0 => Self::InCompaction,
            _ => Self::Answers(random.usize(0..120)),
        }
    }
}

/// Waits for the moment.
pub(crate) async fn wait(moment: Moment, folder: &Path, writers: &Writers, random: &mut Rng) {
    match moment {
        Moment::Answers(answers) => {
            until(|| writers.answered() >= answers).await;
            tokio::time::sleep(Duration::from_micros(random.u64(0..3_000))).await;
        }
        Moment::InCompaction => {
            until(|| compaction_was_under_way(folder) || writers.answered() > MANY).await;
            // The timer of the runtime is too coarse for a compaction.
            std::thread::sleep(Duration::from_micros(random.u64(0..400)));
        }
    }
}

async fn until(so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .expect("the writers go on");
}

/// Says whether the file that a compaction writes is there.
pub(crate) fn compaction_was_under_way(folder: &Path) -> bool {
    folder.join("flags.journal.new").exists()
}

/// What the kills have met, to be shown at the end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) kills: u64,
    /// Kills that have left the file of a compaction.
    pub(crate) kills_in_compactions: u64,
    /// Answered writes that were durable.
    pub(crate) durable: usize,
    /// Answered writes that were not.
    pub(crate) not_durable: usize,
    /// Writes without an answer that were there afterwards.
    pub(crate) unanswered_made: usize,
    /// Writes without an answer that were not there.
    pub(crate) unanswered_not_made: usize,
    /// Starts that have cut off a torn record.
    pub(crate) torn: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, written: &Written, in_compaction: bool) {
        self.kills += 1;
        self.kills_in_compactions += u64::from(in_compaction);
        let durable = written
            .answered
            .iter()
            .filter(|each| each.write.durable)
            .count();
        self.durable += durable;
        self.not_durable += written.answered.len() - durable;
    }

    pub(crate) fn found(&mut self, found: &Found) {
        self.unanswered_made += found.made;
        self.unanswered_not_made += found.not_made;
    }
}

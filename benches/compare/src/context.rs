//! One run of the harness: its settings, results and progress.

use crate::progress::Progress;
use crate::results::Results;
use crate::settings::Settings;

pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) results: Results,
    pub(crate) progress: Progress,
}

/// All of `0..count`, starting one further on in each round, so that no contender
/// always comes first. All but the first still follow the same predecessor.
pub(crate) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |n| (n + round) % count)
}

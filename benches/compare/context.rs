//! One run of the harness: what was asked for, and what is found.

use crate::progress::Progress;
use crate::results::Results;
use crate::settings::Settings;

pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) results: Results,
    pub(crate) progress: Progress,
}

/// Visits all of `0..count`, beginning with another one in each round, so that
/// no contender always comes after the same one's heat.
pub(crate) fn rotated(count: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |n| (n + round) % count)
}

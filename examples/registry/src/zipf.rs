//! Popularity: the first rank is drawn twice as often as the second, three times
//! as often as the third, and so on (Zipf's law).

use crate::random::Random;

/// A sampler of ranks in constant time (the alias method), so that drawing a key
/// costs little beside looking it up.
///
/// Each rank has a column of height one. If a rank's share does not fill its own
/// column, a rank with a larger share fills the rest. A point drawn anywhere in the
/// columns then belongs to each rank in proportion to its share.
#[derive(Debug)]
pub(crate) struct Zipf(Vec<Column>);

#[derive(Debug)]
struct Column {
    /// Points below this height, in units of 2⁻⁶⁴, belong to the column's own rank.
    own: u64,
    /// The rank that the other points belong to.
    other: usize,
}

impl Zipf {
    /// Of `ranks` ranks, which must not be zero.
    pub(crate) fn new(ranks: usize) -> Self {
        let total: f64 = (1..=ranks).map(|nth| 1.0 / nth as f64).sum();
        let height = ranks as f64 / total;
        let mut share: Vec<f64> = (1..=ranks).map(|nth| height / nth as f64).collect();
        let (mut poor, mut rich): (Vec<_>, Vec<_>) = (0..ranks).partition(|&r| share[r] < 1.0);
        // A rank that rounding leaves over has a full column of its own.
        let full = |other| Column {
            own: u64::MAX,
            other,
        };
        let mut columns: Vec<_> = (0..ranks).map(full).collect();
        while let (Some(&other), Some(rank)) = (rich.last(), poor.pop()) {
            let own = (share[rank] * 2_f64.powi(64)) as u64;
            columns[rank] = Column { own, other };
            share[other] -= 1.0 - share[rank];
            if share[other] < 1.0 {
                rich.pop();
                poor.push(other);
            }
        }
        Self(columns)
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let (rank, height) = random.below(self.0.len());
        let column = &self.0[rank];
        match height < column.own {
            true => rank,
            false => column.other,
        }
    }
}

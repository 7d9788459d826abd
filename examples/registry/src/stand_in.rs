//! The stand-in: it answers look-ups in place of the map, so that all the rest of a
//! step can be measured by itself.

use crate::names::{Kind, Name, Names};
use crate::witness;
use std::hint::black_box;

/// For each name that can be present: the value of the table, and a value of the
/// writer. Checking the writer's value costs more, because it has a mark.
#[derive(Debug)]
pub(crate) struct StandIn(Vec<Option<[String; 2]>>);

impl StandIn {
    /// `last_write` is the number that the writer's values are marked with.
    pub(crate) fn new(names: &Names, last_write: u64) -> Self {
        let values = |name: &Name| [0, last_write].map(|nth| witness::value(&name.text, nth));
        // Half of the guests: as many as are present at any time.
        let there =
            |index, name: &Name| name.kind == Kind::Resident || names.is_there_at_first(index);
        let of = |(index, name)| there(index, name).then(|| values(name));
        Self(names.iter().enumerate().map(of).collect())
    }

    /// A value such as a reader finds in the map. `overwritten` tells whether the reader
    /// has found one of the writer's there.
    ///
    /// `black_box`: the optimizer must not know the answer, or it could leave out a part
    /// of the step.
    #[inline]
    pub(crate) fn get(&self, index: usize, overwritten: bool) -> Option<&String> {
        let values = self.0[index].as_ref()?;
        Some(black_box(&values[usize::from(overwritten)]))
    }
}

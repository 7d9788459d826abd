//! The best map of every combination of thread counts and shares of reads.

use crate::machine::Machine;
use crate::verdict::{Certainty, Verdict};
use comfy_table::{Cell, Table, presets};
use serde::Serialize;
use std::fmt;

pub(crate) const READS: [f64; 6] = [0.0, 50.0, 90.0, 99.0, 99.9, 100.0];

#[derive(Debug, Serialize)]
pub(crate) struct Sweep {
    pub(crate) load: String,
    pub(crate) processors: usize,
    pub(crate) rounds: usize,
    pub(crate) threads: Vec<usize>,
    pub(crate) reads: [f64; READS.len()],
    /// By threads, then by reads.
    pub(crate) cells: Vec<Square>,
    pub(crate) machine: Machine,
}

/// One combination.
#[derive(Debug, Serialize)]
pub(crate) struct Square {
    pub(crate) threads: usize,
    pub(crate) reads: f64,
    pub(crate) verdict: Option<Verdict>,
}

impl Square {
    /// The map to take.
    pub(crate) fn name(&self) -> &'static str {
        self.verdict.as_ref().map_or("–", |verdict| verdict.take)
    }

    /// How far the map to take leads. In a tie: the names of the others, or their
    /// number if there are more than `room`.
    pub(crate) fn lead(&self, room: usize) -> String {
        let Some(verdict) = &self.verdict else {
            return String::new();
        };
        let doubt = match verdict.certainty {
            _ if verdict.level.len() > 1 => return others(verdict, room),
            Certainty::Likely => "?",
            Certainty::Unsure => "??",
            Certainty::Clear | Certainty::Alone | Certainty::Tie => "",
        };
        verdict.lead.map_or(String::new(), |(_, lead)| {
            format!("{:.2} ×{doubt}", lead.ratio)
        })
    }
}

fn others(verdict: &Verdict, room: usize) -> String {
    let others = verdict.level.iter().filter(|name| **name != verdict.take);
    let others: Vec<_> = others.copied().collect();
    match others.len() {
        count if count > room => format!("= {count} others"),
        _ => format!("= {}", others.join(", ")),
    }
}

/// 1, 2, 4 and so on below `most`, and `most`.
pub(crate) fn thread_counts(most: usize) -> Vec<usize> {
    let doubled = |threads: &usize| Some(threads * 2);
    let mut counts: Vec<_> = std::iter::successors(Some(1), doubled)
        .take_while(|&threads| threads < most)
        .collect();
    counts.push(most);
    counts
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.load)?;
        writeln!(
            f,
            "The map to take, and how far it leads: ? likely, ?? unsure, = as good as others. \
             {} rounds, {} processors.\n",
            self.rounds, self.processors
        )?;
        let mut table = Table::new();
        table.load_preset(presets::ASCII_FULL_CONDENSED);
        let heads = self.reads.iter().map(|reads| format!("{reads} % reads"));
        table.set_header([String::from("threads")].into_iter().chain(heads));
        for (threads, row) in self.threads.iter().zip(self.cells.chunks(READS.len())) {
            let cells = row
                .iter()
                .map(|square| Cell::new(format!("{}\n{}", square.name(), square.lead(2))));
            table.add_row([Cell::new(threads)].into_iter().chain(cells));
        }
        writeln!(f, "{table}\n\n{}", self.machine.words)?;
        let verdicts = || self.cells.iter().flat_map(|square| &square.verdict);
        if verdicts().any(|verdict| verdict.ranking.is_some()) {
            writeln!(
                f,
                "\nOf maps that are as good as each other, the one with the fewest demands on \
                 its user is named; --help lists them. Where the numbers are equal too, other \
                 crates' maps come first, and then the alphabet decides."
            )?;
        }
        Ok(())
    }
}

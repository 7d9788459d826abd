//! The best map of every combination of thread counts and shares of reads.

use crate::lines::{COLUMNS, wrapped};
use crate::machine::Machine;
use crate::units::{count, three_digits};
use crate::verdict::{Certainty, Verdict};
use comfy_table::{Cell, CellAlignment, Table, presets};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

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

    /// How far the map to take leads. In a tie: the name of the other map that is as
    /// good, or the number of the others if that is longer than `room`.
    pub(crate) fn lead(&self, room: usize) -> String {
        let Some(verdict) = &self.verdict else {
            return String::new();
        };
        let doubt = match verdict.certainty {
            _ if verdict.level.len() > 1 => return as_good(verdict, room),
            Certainty::Likely => "?",
            Certainty::Unsure => "??",
            Certainty::Clear | Certainty::Alone | Certainty::Tie => "",
        };
        verdict.lead.map_or(String::new(), |(_, lead)| {
            format!("{} ×{doubt}", three_digits(lead.ratio))
        })
    }

    /// The map to take and its lead in one line of a table.
    fn line(&self) -> String {
        let name = self.name();
        format!("{name} {}", self.lead(ROOM.saturating_sub(name.len() + 1)))
    }
}

fn as_good(verdict: &Verdict, room: usize) -> String {
    let others = verdict.level.iter().filter(|name| **name != verdict.take);
    match others.collect::<Vec<_>>()[..] {
        [other] if "= ".len() + other.len() <= room => format!("= {other}"),
        ref others => format!("= {} more", others.len()),
    }
}

/// What stands behind a map's name, and what it means.
pub(crate) const LEGEND: [(&str, &str); 5] = [
    (
        "1.50 ×",
        "So many times as good as the next map. That is clear.",
    ),
    ("1.20 ×?", "That is likely."),
    (
        "1.10 ×??",
        "That is not sure: in another run another map may be the best.",
    ),
    (
        "= scc",
        "The other map is as good. It asks as much of its user, or more.",
    ),
    (
        "= 2 more",
        "So many other maps are as good. None asks less of its user.",
    ),
];

/// 1, 2, 4 and so on below `most`, and `most`.
pub(crate) fn thread_counts(most: usize) -> Vec<usize> {
    let doubled = |threads: &usize| Some(threads * 2);
    let mut counts: Vec<_> = std::iter::successors(Some(1), doubled)
        .take_while(|&threads| threads < most)
        .collect();
    counts.push(most);
    counts
}

/// How many shares of reads a table has. More would be wider than a terminal.
const BESIDE: usize = READS.len() / 2;

/// The columns that a square may have, beside so many and the number of threads.
const ROOM: usize = (COLUMNS - "| threads |".len()) / BESIDE - "  |".len();

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let load = format!(
            "{}; {} rounds, {} processors",
            self.load,
            count(self.rounds as u64),
            self.processors
        );
        writeln!(f, "{}\n", wrapped(&load))?;
        for from in (0..READS.len()).step_by(BESIDE) {
            writeln!(f, "{}\n", self.table(from..from + BESIDE))?;
        }
        writeln!(f, "The map to take, and how far it leads:")?;
        for (sign, meaning) in LEGEND {
            writeln!(f, "  {sign:<8}  {meaning}")?;
        }
        writeln!(f, "\n{}", wrapped(&self.machine.words))?;
        let verdicts = || self.cells.iter().flat_map(|square| &square.verdict);
        if verdicts().any(|verdict| verdict.ranking.is_some()) {
            let ranking = "Of maps that are as good as each other, the one with the fewest \
                           demands on its user is named; --help lists them. Where the numbers \
                           are equal too, other crates' maps come first, and then the alphabet \
                           decides.";
            writeln!(f, "\n{}", wrapped(ranking))?;
        }
        Ok(())
    }
}

impl Sweep {
    /// Doubts every verdict if the machine was busy. One square by itself may have been too
    /// short to tell.
    pub(crate) fn doubted(mut self) -> Self {
        for square in &mut self.cells {
            square.verdict = (square.verdict.take()).map(|verdict| verdict.on(&self.machine));
        }
        self
    }

    /// The map to take, with these shares of reads.
    fn table(&self, shares: Range<usize>) -> Table {
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN);
        let heads = self.reads[shares.clone()]
            .iter()
            .map(|reads| format!("{reads} % reads"));
        table.set_header([String::from("threads")].into_iter().chain(heads));
        for (threads, row) in self.threads.iter().zip(self.cells.chunks(READS.len())) {
            let threads = Cell::new(threads).set_alignment(CellAlignment::Right);
            let cells = row[shares.clone()]
                .iter()
                .map(|square| Cell::new(square.line()));
            table.add_row([threads].into_iter().chain(cells));
        }
        table
    }
}

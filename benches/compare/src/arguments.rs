//! The command line: its options, their limits and defaults.

use crate::contender::RENEWED_EVERY;
use crate::roster;
use crate::settings::{Group, KeyType, Settings};
use crate::timing::Window;
use clap::{Parser, ValueEnum};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

const SIZES: RangeInclusive<usize> = 2..=100_000_000;
const THREADS: RangeInclusive<usize> = 1..=64;
const ROUNDS: RangeInclusive<usize> = 1..=10_000;
const MILLISECONDS: RangeInclusive<f64> = 0.01..=60_000.0;

/// readmostly beside other concurrent maps
///
/// All contenders are measured in one process, round by round, with the same
/// keys and the same hasher. Prints medians, the quartiles of the rounds, and
/// whether the crate's claims hold.
#[derive(Debug, Parser)]
#[command(name = "compare", bin_name = "cargo run --release -p compare --")]
#[command(verbatim_doc_comment, after_help = examples())]
pub(crate) struct Arguments {
    /// Groups to run
    #[arg(long, value_name = "GROUP", value_delimiter = ',', value_enum)]
    #[arg(default_values_t = Group::value_variants().to_vec())]
    only: Vec<Group>,

    /// Contenders to run: their names or parts of them
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    #[arg(value_parser = contenders)]
    contenders: Option<Vec<Names>>,

    /// Sizes of the maps for look-ups [default: 100,1000,50000,1000000]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    #[arg(value_parser = number("a whole number", SIZES), allow_hyphen_values = true)]
    sizes: Option<Vec<usize>>,

    /// Types of keys for look-ups
    #[arg(long, value_name = "TYPE", value_delimiter = ',', value_enum)]
    #[arg(default_values_t = KeyType::value_variants().to_vec())]
    keys: Vec<KeyType>,

    /// Numbers of threads for look-ups and for writes
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1, 2])]
    #[arg(value_parser = number("a whole number", THREADS), allow_hyphen_values = true)]
    threads: Vec<usize>,

    /// How often each contender is measured [default: 15]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = number("a whole number", ROUNDS), allow_hyphen_values = true)]
    rounds: Option<usize>,

    /// Milliseconds of one measurement of look-ups [default: 5]
    ///
    /// Large maps and writes are measured 4 times as long, iteration twice as long,
    /// and a reader beside a writer 10 times as long.
    #[arg(long, value_name = "MS", verbatim_doc_comment)]
    #[arg(value_parser = number("a number", MILLISECONDS), allow_hyphen_values = true)]
    ms: Option<f64>,

    /// The contender to which the tables show ratios
    #[arg(long, value_name = "NAME", default_value = "papaya pinned")]
    #[arg(value_parser = contender)]
    reference: &'static str,

    /// Some seconds instead of some minutes: three short rounds, small maps
    #[arg(long)]
    quick: bool,

    /// Print one JSON document
    #[arg(long)]
    json: bool,

    /// Exit with code 1 if a claim is missed
    #[arg(long)]
    check: bool,
}

impl From<Arguments> for Settings {
    fn from(given: Arguments) -> Self {
        let quick = given.quick;
        let (sizes, rounds, ms): (&[_], _, _) = match quick {
            true => (&[100, 1_000], 3, 1.0),
            false => (&[100, 1_000, 50_000, 1_000_000], 15, 5.0),
        };
        let milliseconds = given.ms.unwrap_or(ms);
        let mut contenders = names();
        if let Some(chosen) = given.contenders {
            contenders.retain(|name| chosen.iter().any(|names| names.0.contains(name)));
        }
        Self {
            only: unique(given.only),
            contenders,
            sizes: unique(given.sizes.unwrap_or_else(|| sizes.to_vec())),
            keys: unique(given.keys),
            threads: unique(given.threads),
            rounds: given.rounds.unwrap_or(rounds),
            window: Window(Duration::from_secs_f64(milliseconds / 1_000.0)),
            milliseconds,
            reference: given.reference,
            quick,
            json: given.json,
            check: given.check,
        }
    }
}

/// The values without repetitions.
fn unique<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut unique = Vec::new();
    for value in values {
        if !unique.contains(&value) {
            unique.push(value);
        }
    }
    unique
}

/// The contenders that one word of the command line selects.
#[derive(Clone, Debug)]
struct Names(Vec<&'static str>);

fn names() -> Vec<&'static str> {
    roster::all::<u64>().iter().map(|each| each.name).collect()
}

/// The contender with exactly this name, or else all whose names contain the text.
fn contenders(text: &str) -> Result<Names, String> {
    let text = text.to_lowercase();
    let mut matching = names();
    match matching.iter().find(|name| name.to_lowercase() == text) {
        Some(exactly) => matching = vec![exactly],
        None => matching.retain(|name| name.to_lowercase().contains(&text)),
    }
    match matching.is_empty() || text.is_empty() {
        true => Err(format!("expected one of {}", names().join(", "))),
        false => Ok(Names(matching)),
    }
}

fn contender(text: &str) -> Result<&'static str, String> {
    let exactly = names().into_iter().find(|name| *name == text);
    exactly.ok_or_else(|| format!("expected one of {}", names().join(", ")))
}

fn number<T>(
    what: &'static str,
    allowed: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + Display + Clone,
{
    move |text| {
        let number = text.replace('_', "").parse().ok();
        number.filter(|n| allowed.contains(n)).ok_or_else(|| {
            let (least, most) = (allowed.start(), allowed.end());
            format!("expected {what} from {least} to {most}")
        })
    }
}

fn examples() -> String {
    let uses = roster::all::<u64>();
    let lines = uses
        .iter()
        .map(|each| format!("\n  {:20} {}", each.name, each.usage));
    format!(
        "\
Contenders:{}
  Held guards are renewed every {RENEWED_EVERY} writes.

Examples:
  cargo run --release -p compare
  cargo run --release -p compare -- --only read,miss --keys u64 --sizes 1000
  cargo run --release -p compare -- --contenders readmostly,papaya --json
  cargo run --release -p compare -- --quick",
        lines.collect::<String>()
    )
}

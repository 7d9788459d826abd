//! Whether the machine did something else while it was measured.
//!
//! # Method
//!
//! The kernel counts for each processor how long it was busy, and how long the host of a
//! virtual machine had it (`/proc/stat`). It also counts how long this process ran
//! (`/proc/self/stat`). What the processors were busy with beyond that, other programs
//! used. Only the processors count that this process may run on.
//!
//! How long the own threads waited for a processor would not tell: with more threads than
//! processors they wait for each other, on an idle machine too. The method here has the
//! same answer for any number of threads. A program on a processor that no thread of ours
//! uses counts as well, because it shares caches, memory and clock rate with them.

use serde::Serialize;
use std::fs;
use std::ops::Add;

/// If others had more than this share of the processors' time, the figures are doubted.
const TOLERATED: f64 = 0.05;

/// In a shorter time, a few ticks more or less would decide. A tick is 10 ms of one
/// processor, nearly everywhere.
const ENOUGH: u64 = 100;

/// Clocks that only go up, in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clocks {
    /// Busy or not, of all processors together.
    pub(crate) all: u64,
    pub(crate) busy: u64,
    /// What the host of the virtual machine took.
    pub(crate) stolen: u64,
    /// Of this process.
    pub(crate) own: u64,
}

/// The processors' time in some span, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spent {
    pub(crate) all: u64,
    /// By other programs.
    pub(crate) others: u64,
    pub(crate) stolen: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Activity {
    /// Others had next to nothing.
    Calm,
    /// Others had so much that the figures are not to be trusted.
    Busy,
    TooShort,
    Unknown,
}

/// What a report says of the machine.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) activity: Activity,
    /// The share of the processors' time that other programs had.
    pub(crate) others: Option<f64>,
    /// The share that the host of the virtual machine took.
    pub(crate) stolen: Option<f64>,
    pub(crate) words: String,
}

impl Clocks {
    /// None if the system has no such clocks.
    pub(crate) fn now() -> Option<Self> {
        let ids = core_affinity::get_core_ids()?;
        let processors: Vec<_> = ids.iter().map(|id| id.id).collect();
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        Self::of(&stat, &own, &processors)
    }

    /// Those of these processors, by what the two files say.
    pub(crate) fn of(stat: &str, own: &str, processors: &[usize]) -> Option<Self> {
        let mut clocks = Self {
            all: 0,
            busy: 0,
            stolen: 0,
            own: own_ticks(own)?,
        };
        for processor in processors {
            let name = format!("cpu{processor} ");
            let line = stat.lines().find_map(|line| line.strip_prefix(&name))?;
            let ticks: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
            // The guests' time, which stands behind these, is in the first two already.
            let ticks = ticks.ok()?;
            let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = ticks[..] else {
                return None;
            };
            let busy = user + nice + system + irq + softirq;
            clocks.busy += busy;
            clocks.stolen += steal;
            clocks.all += busy + steal + idle + iowait;
        }
        Some(clocks)
    }

    pub(crate) fn since(self, before: Self) -> Spent {
        let busy = self.busy.saturating_sub(before.busy);
        Spent {
            all: self.all.saturating_sub(before.all),
            others: busy.saturating_sub(self.own.saturating_sub(before.own)),
            stolen: self.stolen.saturating_sub(before.stolen),
        }
    }
}

/// The fields `utime` and `stime`. The name of the program stands before them, in
/// parentheses; it may contain spaces and parentheses itself.
fn own_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Calls `work`, and tells how the processors' time was spent meanwhile, if the system
/// tells it.
pub(crate) fn watched<R>(work: impl FnOnce() -> R) -> (R, Option<Spent>) {
    let before = Clocks::now();
    let result = work();
    let after = Clocks::now();
    let spent = after.zip(before).map(|(after, before)| after.since(before));
    (result, spent)
}

impl Add for Spent {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            others: self.others + other.others,
            stolen: self.stolen + other.stolen,
        }
    }
}

impl Machine {
    pub(crate) fn of(spent: Option<Spent>) -> Self {
        let Some(spent) = spent.filter(|spent| spent.all > 0) else {
            return Self::untold(
                Activity::Unknown,
                "This system does not tell how much of the processors' time other programs \
                 used: whether these figures can be trusted cannot be told.",
            );
        };
        if spent.all < ENOUGH {
            return Self::untold(
                Activity::TooShort,
                "This was too short to tell how much of the processors' time other programs \
                 used.",
            );
        }
        let share = |ticks: u64| ticks as f64 / spent.all as f64;
        let (others, stolen) = (share(spent.others), share(spent.stolen));
        let (activity, advice) = match others + stolen > TOLERATED {
            true => (
                Activity::Busy,
                " These figures are not to be trusted: run it again when the machine does \
                 nothing else.",
            ),
            false => (Activity::Calm, ""),
        };
        let host = match spent.stolen {
            0 => String::new(),
            _ => format!(
                ", and the host of this virtual machine took {}",
                percent(stolen)
            ),
        };
        let others_had = percent(others);
        Self {
            activity,
            others: Some(others),
            stolen: Some(stolen),
            words: format!(
                "Other programs used {others_had} of the processors' time while this \
                 ran{host}.{advice}"
            ),
        }
    }

    fn untold(activity: Activity, words: &str) -> Self {
        Self {
            activity,
            others: None,
            stolen: None,
            words: words.to_owned(),
        }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.activity == Activity::Busy
    }
}

fn percent(share: f64) -> String {
    match 100.0 * share {
        ..0.5 => String::from("less than 1 %"),
        percent => format!("{percent:.0} %"),
    }
}

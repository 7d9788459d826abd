//! The crate's claims about its speed and size, and whether they hold.

use crate::loops::writes::Change;
use crate::results::{Case, Results};
use crate::settings::Group;
use crate::statistics::Summary;
use crate::{iterate, lookups, memory, writes};
use serde::Serialize;

const ONE_SHOT: &str = "readmostly one-shot";
const PINNED: &str = "readmostly pinned";
const PER_CALL: &str = "papaya per call";
const HELD: &str = "papaya pinned";

/// One figure is at most `at_most` times another.
struct Claim {
    what: String,
    at_most: f64,
    ours: (Case, &'static str),
    theirs: (Case, &'static str),
}

#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) claim: String,
    pub(crate) at_most: f64,
    /// None if one of the two was not measured.
    pub(crate) ratio: Option<Summary>,
    pub(crate) holds: Option<bool>,
}

pub(crate) fn verdicts(results: &Results) -> Vec<Verdict> {
    let claims = claims().into_iter();
    claims.map(|claim| claim.judge(results)).collect()
}

impl Claim {
    /// Two contenders in one case.
    fn beside(case: &Case, ours: &'static str, at_most: f64, theirs: &'static str) -> Self {
        let Case { what, size, .. } = case;
        let threads = match case.threads {
            1 => String::new(),
            several => format!(", {several} threads"),
        };
        Self {
            what: format!("{ours}: {what}, {size} keys{threads}: by {theirs}"),
            at_most,
            ours: (case.clone(), ours),
            theirs: (case.clone(), theirs),
        }
    }

    fn judge(self, results: &Results) -> Verdict {
        let find = |(case, contender): &(Case, &'static str)| results.series(case, contender);
        let sides = find(&self.ours).zip(find(&self.theirs));
        let ratio = sides.map(|(ours, theirs)| ours.against(theirs));
        Verdict {
            claim: self.what,
            at_most: self.at_most,
            ratio,
            holds: ratio.map(|ratio| ratio.median <= self.at_most),
        }
    }
}

fn hit(size: usize) -> Case {
    lookups::case::<u64>(Group::Read, size, 1)
}

fn miss(size: usize) -> Case {
    lookups::case::<u64>(Group::Miss, size, 1)
}

fn claims() -> Vec<Claim> {
    let mut claims = pinned();
    claims.extend(one_shot());
    claims.extend(absent());
    claims.extend(other());
    claims
}

fn pinned() -> Vec<Claim> {
    let beside = |size, at_most, theirs| Claim::beside(&hit(size), PINNED, at_most, theirs);
    vec![
        beside(100, 0.7, HELD),
        beside(1_000, 0.7, HELD),
        beside(100, 1.8, "hashmap"),
        beside(1_000, 1.8, "hashmap"),
        beside(50_000, 1.05, HELD),
        beside(1_000_000, 1.2, HELD),
    ]
}

fn one_shot() -> Vec<Claim> {
    let beside = |size, at_most, theirs| Claim::beside(&hit(size), ONE_SHOT, at_most, theirs);
    let mut claims = vec![
        beside(100, 1.05, PER_CALL),
        beside(1_000, 1.05, PER_CALL),
        beside(1_000, 0.9, "dashmap"),
        beside(1_000, 0.9, "RwLock parking_lot"),
        beside(50_000, 1.2, PER_CALL),
        beside(1_000_000, 1.3, PER_CALL),
    ];
    claims.extend([100, 1_000, 50_000, 1_000_000].map(|size| Claim {
        what: format!("{ONE_SHOT}: hit, {size} keys: two threads by one"),
        at_most: 1.1,
        ours: (lookups::case::<u64>(Group::Read, size, 2), ONE_SHOT),
        theirs: (hit(size), ONE_SHOT),
    }));
    claims
}

fn absent() -> Vec<Claim> {
    let sizes = [100, 1_000, 50_000].into_iter();
    let both = |size| {
        let case = miss(size);
        [(ONE_SHOT, PER_CALL), (PINNED, HELD)]
            .map(|(ours, theirs)| Claim::beside(&case, ours, 1.0, theirs))
    };
    sizes.flat_map(both).collect()
}

fn other() -> Vec<Claim> {
    let overwrite = writes::case(Change::Overwrite, 2);
    vec![
        Claim::beside(&overwrite, ONE_SHOT, 0.5, PER_CALL),
        Claim::beside(&overwrite, PINNED, 0.5, HELD),
        Claim::beside(&iterate::case(), ONE_SHOT, 1.0, HELD),
        Claim::beside(&iterate::case(), PINNED, 1.0, HELD),
        Claim::beside(&memory::case(), ONE_SHOT, 1.15, PER_CALL),
    ]
}

//! The verdict: which map to take, by which figure, and how sure that is.

use crate::comparison::Tally;
use crate::demands::{self, enumerated, fewest, ranked};
use crate::machine::Machine;
use crate::metric::Metric;
use crate::statistics::{bounds, median};
use serde::Serialize;

/// A map is as good as the best if the best leads by less than this, however certain
/// the lead is: the next version of either map may reverse it.
const WORTH_IT: f64 = 1.05;

/// A lead of at least this is called clear.
const CLEAR: f64 = 1.25;

/// How far one map is ahead of another: the median of the ratios of the rounds, and
/// bounds that contain it with 95 % certainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Lead {
    pub(crate) ratio: f64,
    pub(crate) at_least: f64,
    pub(crate) at_most: f64,
    /// In how many rounds it was ahead.
    pub(crate) ahead: usize,
    pub(crate) rounds: usize,
}

impl Lead {
    /// The lead by figures of the same rounds, pair by pair.
    fn of(metric: Metric, one: &[f64], other: &[f64]) -> Self {
        let pairs = one.iter().zip(other);
        let ratios: Vec<_> = pairs.map(|(&a, &b)| metric.advantage(a, b)).collect();
        let (at_least, at_most) = bounds(&ratios);
        Self {
            ratio: median(&ratios),
            at_least,
            at_most,
            ahead: ratios.iter().filter(|ratio| **ratio > 1.0).count(),
            rounds: ratios.len(),
        }
    }
}

/// How sure it is that the map to take is the best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Certainty {
    /// It leads by a quarter, and the lower bound says that it leads.
    Clear,
    /// It leads, and the lower bound says so too.
    Likely,
    /// It leads, but in another run another map may lead. Or it leads or does not, but
    /// other programs used the machine.
    Unsure,
    /// Others are as good; it demands least of its user.
    Tie,
    /// There is no other.
    Alone,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) by: Metric,
    /// The first of `either`.
    pub(crate) take: &'static str,
    /// Of the maps that are as good as the best: those with the fewest demands on their
    /// user. If there are several, nothing here speaks for one of them.
    pub(crate) either: Vec<&'static str>,
    /// That of `take`.
    pub(crate) figure: f64,
    pub(crate) certainty: Certainty,
    /// The best map, and those that are as good: the best first.
    pub(crate) level: Vec<&'static str>,
    /// How far the best map is ahead of the one to take. If that is the best itself: of
    /// the next.
    pub(crate) lead: Option<(&'static str, Lead)>,
    /// In a few sentences.
    pub(crate) words: String,
    /// How equals are ranked, if there are equals.
    pub(crate) ranking: Option<String>,
}

impl Verdict {
    /// None if no map has a figure for `metric`.
    pub(crate) fn of(tallies: &[Tally], metric: Metric) -> Option<Self> {
        let figures = |tally: &Tally| Some((tally.name, tally.figures(metric)?));
        let all: Vec<_> = tallies.iter().filter_map(figures).collect();
        let (best, leads) = best(&all, metric)?;
        let close = leads.iter().filter(|(_, lead)| lead.ratio < WORTH_IT);
        let close = close.map(|(name, _)| *name);
        let level: Vec<_> = [best].into_iter().chain(close).collect();
        let ranked = ranked(&level);
        let either = fewest(&ranked);
        let take = *either.first()?;
        let (_, its) = all.iter().find(|(name, _)| *name == take)?;
        let compared = |(name, _): &&(&'static str, Lead)| take == best || *name == take;
        let lead = leads.iter().find(compared).copied();
        let mut verdict = Self {
            by: metric,
            take,
            either,
            figure: median(its),
            certainty: certainty(lead, level.len() > 1),
            level,
            lead,
            words: String::new(),
            ranking: (ranked.len() > 1).then(|| demands::ranking(&ranked)),
        };
        verdict.words = verdict.in_words(false);
        Some(verdict)
    }

    /// The same on this machine: no more than unsure if others used it.
    pub(crate) fn on(mut self, machine: &Machine) -> Self {
        if machine.is_busy() && self.certainty != Certainty::Alone {
            self.certainty = Certainty::Unsure;
            self.words = self.in_words(true);
        }
        self
    }

    fn in_words(&self, is_busy: bool) -> String {
        let figure = self.by.show(self.figure);
        let take = self.take;
        let Some((next, lead)) = &self.lead else {
            return format!("{take}: {figure}. Nothing was measured beside it.");
        };
        let sure = match self.certainty {
            _ if is_busy => "That is not sure, because other programs used the machine",
            Certainty::Clear => "That is clear",
            Certainty::Likely => "That is likely, not more",
            _ => "That is not sure",
        };
        let Lead {
            ratio,
            at_least,
            at_most,
            ahead,
            rounds,
        } = lead;
        let spread = format!(
            "ahead in {ahead} of {rounds} rounds, by {at_least:.2} to {at_most:.2} times with \
             95 % certainty"
        );
        if self.level.len() == 1 {
            return format!(
                "Take {take}: {figure}, {ratio:.2} times as good as {next}, the next. {sure}: \
                 {spread}."
            );
        }
        let ranked = ranked(&self.level);
        let (choice, level) = (enumerated(&self.either, "or"), enumerated(&ranked, "and"));
        let reason = demands::reason(&ranked);
        let best = self.level[0];
        let doubt = match is_busy {
            true => format!(" {sure}."),
            false => String::new(),
        };
        format!(
            "Take {choice}: {figure} with {take}. {level} are as good as each other here (within \
             5 %). {reason} {best} is {ratio:.2} times as good as {next}, which is no reason for \
             either: {spread}.{doubt}"
        )
    }
}

/// A map's name, and what decides in each round.
type Figures = (&'static str, Vec<f64>);

/// The map with the largest lead over its closest rival, and its leads over all others,
/// the closest first. Leads are computed round by round, because what slows one map
/// down in a round slows the others too.
fn best(all: &[Figures], metric: Metric) -> Option<(&'static str, Vec<(&'static str, Lead)>)> {
    let leads = |(name, its): &Figures| {
        let others = all.iter().filter(|(other, _)| other != name);
        let lead = |(other, theirs): &Figures| (*other, Lead::of(metric, its, theirs));
        let mut leads: Vec<_> = others.map(lead).collect();
        leads.sort_by(|(_, one), (_, other)| one.ratio.total_cmp(&other.ratio));
        (*name, leads)
    };
    let closest = |(_, leads): &(_, Vec<(_, Lead)>)| {
        leads.first().map_or(f64::INFINITY, |(_, lead)| lead.ratio)
    };
    let ranking = all.iter().map(leads);
    ranking.max_by(|one, other| closest(one).total_cmp(&closest(other)))
}

fn certainty(lead: Option<(&str, Lead)>, is_tie: bool) -> Certainty {
    let Some((_, lead)) = lead else {
        return Certainty::Alone;
    };
    match lead {
        _ if is_tie => Certainty::Tie,
        Lead {
            ratio, at_least, ..
        } if ratio >= CLEAR && at_least > 1.0 => Certainty::Clear,
        Lead { at_least, .. } if at_least > 1.0 => Certainty::Likely,
        _ => Certainty::Unsure,
    }
}

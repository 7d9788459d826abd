//! [`Skew`]: how the operations are distributed over the keys.

use rand::Rng;
use rand_distr::{Distribution, Zipf};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Skew {
    /// Each key as often as any other.
    Uniform,
    /// The n-th key in proportion to 1/n to this power.
    Zipf(f64),
    /// So many percent of the keys get so many percent of the operations.
    Hot { keys: f64, operations: f64 },
}

impl Skew {
    /// Draws positions below `keys`. The popular ones come first.
    pub(crate) fn sampler<R: Rng>(self, keys: u32) -> Box<dyn Fn(&mut R) -> u32> {
        match self {
            Self::Uniform => Box::new(move |random| random.random_range(0..keys)),
            Self::Zipf(exponent) => {
                let zipf = Zipf::new(f64::from(keys), exponent);
                let zipf = zipf.expect("there is a key, and the exponent was checked");
                // From 1 to `keys`, as a whole number.
                Box::new(move |random| (zipf.sample(random) as u32).clamp(1, keys) - 1)
            }
            Self::Hot {
                keys: share,
                operations,
            } => {
                let hot = (f64::from(keys) * share / 100.0).round() as u32;
                let hot = hot.clamp(1, keys);
                Box::new(move |random| match random.random_bool(operations / 100.0) {
                    true => random.random_range(0..hot),
                    false if hot == keys => random.random_range(0..keys),
                    false => random.random_range(hot..keys),
                })
            }
        }
    }
}

impl FromStr for Skew {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = match text.split_once(':') {
            None if text == "uniform" => Some(Self::Uniform),
            Some(("zipf", exponent)) => zipf(exponent),
            Some(("hot", shares)) => hot(shares),
            _ => None,
        };
        parsed.ok_or_else(|| {
            String::from(
                "expected uniform, zipf:EXPONENT with an exponent from 0.1 to 5, or \
                 hot:KEYS/OPERATIONS, both percent above 0 and up to 100",
            )
        })
    }
}

fn zipf(exponent: &str) -> Option<Skew> {
    let exponent: f64 = exponent.parse().ok()?;
    (0.1..=5.0)
        .contains(&exponent)
        .then_some(Skew::Zipf(exponent))
}

fn hot(shares: &str) -> Option<Skew> {
    let (keys, operations) = shares.split_once('/')?;
    let percent = |text: &str| -> Option<f64> {
        let percent: f64 = text.parse().ok()?;
        (percent > 0.0 && percent <= 100.0).then_some(percent)
    };
    Some(Skew::Hot {
        keys: percent(keys)?,
        operations: percent(operations)?,
    })
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => write!(f, "all as popular"),
            Self::Zipf(exponent) => write!(f, "Zipf {exponent}"),
            Self::Hot { keys, operations } => {
                write!(f, "{keys} % of them in {operations} % of the operations")
            }
        }
    }
}

//! Axes: where a figure stands between 0 and 1, and which figures are written beside it.

use crate::units::duration;

/// A place between 0 and 1, and the text there.
pub(crate) type Tick = (f64, String);

/// From zero to a little more than the largest figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear {
    most: f64,
}

impl Linear {
    pub(crate) fn to(most: f64) -> Self {
        Self { most: most * 1.05 }
    }

    pub(crate) fn place(self, figure: f64) -> f64 {
        figure / self.most
    }

    /// At most eight, at round figures.
    pub(crate) fn ticks(self) -> Vec<Tick> {
        let least = self.most / 7.0;
        let power = 10.0_f64.powf(least.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = round.into_iter().find(|step| *step >= least);
        let step = step.unwrap_or(10.0 * power);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let figures = (0..).map(|nth| step * f64::from(nth));
        let figures = figures.take_while(|figure| *figure <= self.most);
        let tick = |figure: f64| (self.place(figure), format!("{figure:.decimals$}"));
        figures.map(tick).collect()
    }
}

/// Durations from one power of ten to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decades {
    first: i32,
    last: i32,
}

impl Decades {
    /// Around durations from `least` to `most` nanoseconds.
    pub(crate) fn around(least: u64, most: u64) -> Self {
        let first = least.max(1).ilog10() as i32;
        let last = most.max(1).ilog10() as i32 + 1;
        Self { first, last }
    }

    pub(crate) fn place(self, ns: f64) -> f64 {
        let (first, last) = (f64::from(self.first), f64::from(self.last));
        (ns.max(1.0).log10() - first) / (last - first)
    }

    pub(crate) fn ticks(self) -> Vec<Tick> {
        let tick = |power| {
            let ns = 10.0_f64.powi(power);
            let text = duration(ns).replace(".00", "").replace(".0", "");
            (self.place(ns), text)
        };
        (self.first..=self.last).map(tick).collect()
    }
}

/// Shares of all calls, by the number of their nines: 99 % have two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nines {
    most: u32,
}

/// With more, few samples are left.
const MOST_NINES: u32 = 5;

impl Nines {
    /// For so many samples: beyond its end, every quantile is the largest sample.
    pub(crate) fn of(samples: u64) -> Self {
        let most = samples.max(1).ilog10().clamp(1, MOST_NINES);
        Self { most }
    }

    pub(crate) fn most(self) -> f64 {
        f64::from(self.most)
    }

    pub(crate) fn place(self, nines: f64) -> f64 {
        nines / self.most()
    }

    pub(crate) fn ticks(self) -> Vec<Tick> {
        let text = |nines| match nines {
            0 => String::from("0 %"),
            1 => String::from("90 %"),
            2 => String::from("99 %"),
            more => format!("99.{} %", "9".repeat(more as usize - 2)),
        };
        let tick = |nines| (self.place(f64::from(nines)), text(nines));
        (0..=self.most).map(tick).collect()
    }
}

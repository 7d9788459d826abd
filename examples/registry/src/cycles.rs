//! The cycles of a reader: some steps with the map, then some of the driver alone. They
//! tell how much of the measured time is the driver's.
//!
//! The driver is what the program does beside looking up: it chooses a key and checks
//! the value. The steps of the driver alone are the same code over [`StandIn`].
//!
//! # Why the driver's time is subtracted
//!
//! A cycle takes some 20 µs. Both kinds of steps run at the same clock rate, with the
//! same caches and the same neighbours.
//!
//! - The processor overlaps the choice of the next key with a look-up that waits for
//!   memory. So the net time is what look-ups add to the driver. It is not the time of
//!   one look-up alone in the processor.
//! - If the system takes the processor away, that lasts as long as hundreds of cycles.
//!   Chance then decides which kind of steps it hits. Such a cycle tells nothing about
//!   the driver, so the share comes from the other, undisturbed cycles.
//! - But a reader can also wait for the map. That time must not be taken for the
//!   driver's, so the share is never larger than all cycles together allow.
//! - If the share is still uncertain, there is no net figure. The report then has the
//!   measured rate and the driver's side by side.
//!
//! [`StandIn`]: crate::stand_in::StandIn

use std::time::Duration;

/// Batches with the map in a cycle. One batch of the driver alone follows. So the map is
/// under load for about nine tenths of the time.
pub(crate) const WITH_MAP: u32 = 4;

/// Cycles that are compared with each other.
const BLOCK: usize = 64;

/// A cycle is disturbed if it takes more than so many times the median of its block.
const DISTURBED: f64 = 4.0;

/// The largest error of a net rate that is shown, as a fraction of the rate.
const TOLERATED: f64 = 0.1;

/// The times of one reader's cycles, or of all readers'.
#[derive(Debug, Default)]
pub(crate) struct Cycles {
    block: Vec<Cycle>,
    all: Sums,
    undisturbed: Sums,
}

/// The time that a measured step takes, and the driver's part of that time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// The driver's part, between 0 and 1.
    pub(crate) driver: f64,
    /// With 95 % certainty the part is off by no more than this.
    pub(crate) error: f64,
}

/// Seconds.
#[derive(Clone, Copy, Debug)]
struct Cycle {
    with_map: f64,
    /// The driver's time for as many steps.
    driver: f64,
}

#[derive(Debug, Default)]
struct Sums {
    with_map: f64,
    driver: f64,
    with_map_squared: f64,
    driver_squared: f64,
    product: f64,
}

impl Cycles {
    /// Adds a cycle. `driver` is the time of its one batch without the map.
    pub(crate) fn record(&mut self, with_map: Duration, driver: Duration) {
        let cycle = Cycle {
            with_map: with_map.as_secs_f64(),
            driver: driver.as_secs_f64() * f64::from(WITH_MAP),
        };
        self.all.add(&Sums::from(cycle));
        self.block.push(cycle);
        if self.block.len() == BLOCK {
            self.end_block();
        }
    }

    /// Keeps the undisturbed cycles of a full block.
    fn end_block(&mut self) {
        self.block
            .sort_by(|one, next| one.time().total_cmp(&next.time()));
        let limit = DISTURBED * self.block[BLOCK / 2].time();
        for cycle in self.block.drain(..) {
            if cycle.time() <= limit {
                self.undisturbed.add(&Sums::from(cycle));
            }
        }
    }

    /// Adds those of another reader. Its last block is not full, so its undisturbed cycles
    /// are not known.
    pub(crate) fn add(&mut self, other: &Self) {
        self.all.add(&other.all);
        self.undisturbed.add(&other.undisturbed);
    }

    /// None if no block was full.
    pub(crate) fn share(&self) -> Option<Share> {
        let (all, undisturbed) = (self.all.share()?, self.undisturbed.share()?);
        Some(Share {
            driver: undisturbed.driver.min(all.driver + all.error),
            error: undisturbed.error,
        })
    }
}

impl Cycle {
    fn time(self) -> f64 {
        self.with_map + self.driver
    }
}

impl Share {
    /// The part of the readers' time in which they look up.
    pub(crate) fn time_with_map(self) -> f64 {
        let batches = f64::from(WITH_MAP);
        batches / (batches + self.driver)
    }

    /// A measured rate without the driver. None if the error is too large.
    pub(crate) fn net(self, measured: f64) -> Option<f64> {
        let rest = 1.0 - self.driver;
        (rest > 0.0 && self.error <= TOLERATED * rest).then(|| measured / rest)
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.with_map += other.with_map;
        self.driver += other.driver;
        self.with_map_squared += other.with_map_squared;
        self.driver_squared += other.driver_squared;
        self.product += other.product;
    }

    /// The ratio of the sums, and twice the standard error of such a ratio.
    fn share(&self) -> Option<Share> {
        let driver = self.driver / self.with_map;
        let residuals = self.driver_squared - 2.0 * driver * self.product
            + driver * driver * self.with_map_squared;
        let error = 2.0 * residuals.max(0.0).sqrt() / self.with_map;
        (self.with_map > 0.0).then_some(Share { driver, error })
    }
}

impl From<Cycle> for Sums {
    fn from(Cycle { with_map, driver }: Cycle) -> Self {
        Self {
            with_map,
            driver,
            with_map_squared: with_map * with_map,
            driver_squared: driver * driver,
            product: with_map * driver,
        }
    }
}

//! The report of a run, as data. As JSON it has these fields, which the help text
//! explains. `prose.rs` prints it as text.

use crate::inside::Inside;
use crate::latency::Summary;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) source: String,
    pub(crate) keys: usize,
    pub(crate) readers: usize,
    pub(crate) pinned: bool,
    pub(crate) seed: u64,
    pub(crate) absent_percent: f64,
    pub(crate) elapsed_seconds: f64,
    pub(crate) lookup_seconds: f64,
    pub(crate) lookups: u64,
    pub(crate) found: u64,
    pub(crate) not_found: u64,
    pub(crate) driver_steps: u64,
    pub(crate) driver_percent: Option<f64>,
    pub(crate) driver_percent_error: Option<f64>,
    pub(crate) lookups_per_second: Rates,
    pub(crate) lookup_timed_every: usize,
    pub(crate) lookup_latency: LookupLatency,
    pub(crate) writes: Writes,
    pub(crate) map: Inside,
    pub(crate) violation: Option<String>,
    pub(crate) summary: Vec<String>,
}

/// The rate of the readers' loop, and what the driver has to do with it.
#[derive(Debug, Serialize)]
pub(crate) struct Rates {
    /// Without the driver. None if the driver's share is too uncertain.
    pub(crate) net: Option<f64>,
    /// With the driver.
    pub(crate) measured: f64,
    /// Of the driver alone. None if there was no step.
    pub(crate) driver: Option<f64>,
    pub(crate) measured_by_reader: Vec<f64>,
}

/// The latency of look-ups, and what the driver, here the clock, has to do with it.
#[derive(Debug, Serialize)]
pub(crate) struct LookupLatency {
    /// What was measured, less the driver's median.
    pub(crate) net: Option<Summary>,
    pub(crate) measured: Option<Summary>,
    pub(crate) driver: Option<Summary>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Writes {
    pub(crate) wanted_per_second: u32,
    pub(crate) made_per_second: f64,
    pub(crate) scheduled: u64,
    pub(crate) made: u64,
    pub(crate) overwrite_latency: Option<Summary>,
    pub(crate) add_latency: Option<Summary>,
    pub(crate) remove_latency: Option<Summary>,
    pub(crate) schedule_latency: Option<Summary>,
}

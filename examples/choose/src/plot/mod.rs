//! The pictures: throughput over threads above the latencies, or the best map of each
//! combination.

mod axis;
mod canvas;
mod chart;
mod curves;
pub(crate) mod labels;
pub(crate) mod look;
mod squares;

use crate::comparison::Tally;
use crate::sweep::Sweep;
use std::error::Error;
use std::path::Path;
use svg::Document;

type Drawn = Result<(), Box<dyn Error>>;

/// Throughput over threads, and the latencies with all threads.
pub(crate) fn comparison(path: &Path, load: &str, by_threads: &[(usize, Vec<Tally>)]) -> Drawn {
    write(path, &curves::picture(load, by_threads))
}

/// The best map of each combination.
pub(crate) fn sweep(path: &Path, sweep: &Sweep) -> Drawn {
    write(path, &squares::picture(sweep))
}

fn write(path: &Path, picture: &Document) -> Drawn {
    let unwritable = |problem| format!("--plot: {} cannot be written: {problem}", path.display());
    Ok(svg::save(path, picture).map_err(unwritable)?)
}

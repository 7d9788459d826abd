//! The parts of `against_go`.

pub(crate) mod bars;
pub(crate) mod calibrate;
pub(crate) mod go;
pub(crate) mod numbers;
pub(crate) mod options;
pub(crate) mod rounds;
pub(crate) mod stall;
pub(crate) mod table;

//! The models of the algorithm: `cargo loom`. In an ordinary build there is
//! nothing here.
#![cfg(all(loom, not(crossbeam_loom)))]

mod explore;
mod world;

mod across;
mod beyond_go;
mod entry;
mod hybrid;
mod messages;
mod queue;
mod remembered;
mod three;
mod two_maps;

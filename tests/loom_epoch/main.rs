//! The models of reclamation, over crossbeam-epoch itself: `cargo loom-epoch`. In
//! another build there is one test here, which says so.
//!
//! What is retired is really freed here, while others read. Keys and values hold a
//! loom cell that a look reads and the destructor writes, and a loom `Arc`, which
//! reports leaks; entries and tables are watched in the same way (`Watch` in
//! `src/sync/model/`). So whatever is freed before its last use, or twice, is a red
//! model, and so is a key or a value that is never freed.
//!
//! Light pins are off, but in `light.rs`.

#[cfg(crossbeam_loom)]
mod explore;
#[cfg(crossbeam_loom)]
#[path = "../loom/outcomes.rs"]
mod outcomes;
#[cfg(crossbeam_loom)]
#[allow(
    dead_code,
    reason = "what the models of the algorithm do is in there too"
)]
#[path = "../loom/world.rs"]
mod world;
#[cfg(crossbeam_loom)]
#[allow(
    dead_code,
    reason = "what the models of the algorithm begin with is in there too"
)]
#[path = "../loom/worlds.rs"]
mod worlds;

#[cfg(crossbeam_loom)]
mod entries;
#[cfg(crossbeam_loom)]
mod light;
#[cfg(crossbeam_loom)]
mod snapshots;
#[cfg(crossbeam_loom)]
mod three;
#[cfg(crossbeam_loom)]
mod values;

#[cfg(not(crossbeam_loom))]
#[test]
fn the_models_need_cargo_loom_epoch() {
    panic!(
        "there is no model in this build: run `cargo loom-epoch`, without RUSTFLAGS of your own"
    );
}

//! The models of reclamation, over crossbeam-epoch itself: `cargo loom-epoch`. Any other build
//! has one test here, which fails and says how to run them.
//!
//! Here what is retired is really freed, while other threads read. A key or a value holds a
//! loom cell, which a look reads and the destructor writes, and a loom `Arc`, by which loom
//! reports leaks. Entries and tables have a cell, too (`Watch` in `src/sync/model/`). So a model
//! fails if something is freed before its last use, or twice, and if a key or a value is never
//! freed.
//!
//! Light pins are off, except in `light.rs`.

#[cfg(crossbeam_loom)]
mod explore;
#[cfg(crossbeam_loom)]
#[path = "../loom/outcomes.rs"]
mod outcomes;
#[cfg(all(crossbeam_loom, target_os = "linux", target_pointer_width = "64"))]
#[path = "../loom/stacks.rs"]
mod stacks;
#[cfg(crossbeam_loom)]
#[path = "../loom/stories/mod.rs"]
mod stories;
#[cfg(crossbeam_loom)]
#[allow(
    dead_code,
    reason = "it also has what only the models of the algorithm do"
)]
#[path = "../loom/world.rs"]
mod world;
#[cfg(crossbeam_loom)]
#[allow(
    dead_code,
    reason = "it also has what only the models of the algorithm begin with"
)]
#[path = "../loom/worlds.rs"]
mod worlds;

#[cfg(crossbeam_loom)]
mod entries;
#[cfg(crossbeam_loom)]
mod light;
#[cfg(crossbeam_loom)]
mod removed;
#[cfg(crossbeam_loom)]
mod snapshots;
#[cfg(crossbeam_loom)]
mod three;
#[cfg(crossbeam_loom)]
mod values;

// A name of a model would pass over the test below.
#[cfg(not(crossbeam_loom))]
const _: () = assert!(
    option_env!("READMOSTLY_MODELS").is_none(),
    "your RUSTFLAGS replace those of `cargo loom-epoch`: unset them"
);
#[cfg(not(crossbeam_loom))]
#[test]
fn the_models_need_cargo_loom_epoch() {
    panic!(
        "there is no model in this build: run `cargo loom-epoch`, without RUSTFLAGS of your own"
    );
}

//! The models of the algorithm: `cargo loom`. Any other build has one test here, which fails
//! and says how to run them.

#[cfg(all(loom, not(crossbeam_loom)))]
mod explore;
#[cfg(all(loom, not(crossbeam_loom)))]
mod outcomes;
#[cfg(all(
    loom,
    not(crossbeam_loom),
    target_os = "linux",
    target_pointer_width = "64"
))]
mod stacks;
#[cfg(all(loom, not(crossbeam_loom)))]
mod stories;
#[cfg(all(loom, not(crossbeam_loom)))]
mod world;
#[cfg(all(loom, not(crossbeam_loom)))]
mod worlds;

#[cfg(all(loom, not(crossbeam_loom)))]
mod across;
#[cfg(all(loom, not(crossbeam_loom)))]
mod alone;
#[cfg(all(loom, not(crossbeam_loom)))]
mod beyond_go;
#[cfg(all(loom, not(crossbeam_loom)))]
mod compared;
#[cfg(all(loom, not(crossbeam_loom)))]
mod entry;
#[cfg(all(loom, not(crossbeam_loom)))]
mod hybrid;
#[cfg(all(loom, not(crossbeam_loom)))]
mod light;
#[cfg(all(loom, not(crossbeam_loom)))]
mod messages;
#[cfg(all(loom, not(crossbeam_loom)))]
mod once;
#[cfg(all(loom, not(crossbeam_loom)))]
mod queue;
#[cfg(all(loom, not(crossbeam_loom)))]
mod superseded;
#[cfg(all(loom, not(crossbeam_loom)))]
mod three;
#[cfg(all(loom, not(crossbeam_loom)))]
mod two_calls;
#[cfg(all(loom, not(crossbeam_loom)))]
mod two_maps;
#[cfg(all(loom, not(crossbeam_loom)))]
mod yours;

// A name of a model would pass over the test below.
#[cfg(not(all(loom, not(crossbeam_loom))))]
const _: () = assert!(
    option_env!("READMOSTLY_MODELS").is_none(),
    "your RUSTFLAGS replace those of `cargo loom`: unset them"
);
#[cfg(not(all(loom, not(crossbeam_loom))))]
#[test]
fn the_models_need_cargo_loom() {
    panic!("there is no model in this build: run `cargo loom`, without RUSTFLAGS of your own");
}

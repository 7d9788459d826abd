//! The counts of `cargo counted`. In another build there is one test here, which
//! says so.

#[cfg(counted)]
#[path = "../counted.rs"]
mod counted;

#[cfg(not(counted))]
#[test]
fn the_counts_need_cargo_counted() {
    panic!("nothing is counted in this build: run `cargo counted`, without RUSTFLAGS of your own");
}

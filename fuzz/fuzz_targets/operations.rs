//! Random sequences of all operations of several maps, on one thread:
//!
//! ```text
//! cargo +nightly fuzz run operations -- -max_len=2048 -max_total_time=600
//! ```
//!
//! `src/driver.rs` says what is checked.
#![no_main]

#[path = "../src/driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|program: &[u8]| driver::run(program));

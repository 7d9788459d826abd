//! Two threads with short random programs on one map:
//!
//! ```text
//! cargo +nightly fuzz run threads -- -max_len=128 -len_control=0 -max_total_time=60
//! ```
//!
//! A finding depends on the interleaving of the threads, so it may not repeat.
//! `src/together.rs` says what is checked.
#![no_main]

#[path = "../src/driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|program: &[u8]| driver::run_together(program));

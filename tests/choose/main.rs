#![cfg(not(any(counted, loom)))]
//! The `choose` example: its parts, and the program as a whole.

// The program's own parts, in which these paths mean what they mean there.
#[path = "../../benches/compare/allocator.rs"]
mod allocator;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/comparison.rs"]
mod comparison;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/contender.rs"]
mod contender;
#[path = "../../examples/choose/data.rs"]
mod data;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/latency.rs"]
mod latency;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/metric.rs"]
mod metric;
#[path = "../../examples/choose/peers.rs"]
mod peers;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/progress.rs"]
mod progress;
#[path = "../../examples/choose/replay.rs"]
mod replay;
#[path = "../../benches/compare/room.rs"]
mod room;
#[path = "../../examples/choose/roster.rs"]
mod roster;
#[path = "../../examples/choose/round.rs"]
mod round;
#[path = "../../examples/choose/script.rs"]
mod script;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/skew.rs"]
mod skew;
#[path = "../../examples/choose/statistics.rs"]
mod statistics;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/verdict.rs"]
mod verdict;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../examples/choose/workload.rs"]
mod workload;

#[path = "../common/program.rs"]
mod program;
mod the_program;
mod the_replay;
mod the_round;
mod the_script;
mod the_statistics;
mod the_verdict;

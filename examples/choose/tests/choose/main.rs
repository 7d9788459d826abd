//! The program `choose`: its parts, and the program as a whole.

// The program's own parts, in which these paths mean what they mean there.
#[path = "../../../../benches/compare/src/allocator.rs"]
mod allocator;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/comparison.rs"]
mod comparison;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/contender.rs"]
mod contender;
#[path = "../../src/data.rs"]
mod data;
#[path = "../../src/demands.rs"]
mod demands;
#[path = "../../src/keys.rs"]
mod keys;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/latency.rs"]
mod latency;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/lines.rs"]
mod lines;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/machine.rs"]
mod machine;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/metric.rs"]
mod metric;
#[path = "../../src/peers.rs"]
mod peers;
#[path = "../../src/plot/mod.rs"]
mod plot;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/progress.rs"]
mod progress;
#[path = "../../src/replay.rs"]
mod replay;
#[path = "../../../../benches/compare/src/room.rs"]
mod room;
#[path = "../../src/roster.rs"]
mod roster;
#[path = "../../src/round.rs"]
mod round;
#[path = "../../src/script.rs"]
mod script;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/skew.rs"]
mod skew;
#[path = "../../src/statistics.rs"]
mod statistics;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/sweep.rs"]
mod sweep;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/units.rs"]
mod units;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/verdict.rs"]
mod verdict;
#[allow(dead_code, reason = "the rest is for the report")]
#[path = "../../src/workload.rs"]
mod workload;

mod drawn;
mod picture;
#[path = "../../../common/program.rs"]
mod program;
mod the_columns;
mod the_machine;
mod the_pictures;
mod the_program;
mod the_replay;
mod the_round;
mod the_script;
mod the_statistics;
mod the_units;
mod the_verdict;

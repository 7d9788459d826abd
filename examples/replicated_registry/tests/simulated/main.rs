//! The replica against a simulated source, and each of its invariants by itself.
//!
//! ```text
//! SCHEDULES=100000 cargo test --release -p replicated_registry --test simulated
//! SEED=17 cargo test --release -p replicated_registry --test simulated -- one_seed
//! ```

mod bounds;
mod clock;
mod epochs;
mod hand;
mod line;
mod quiet;
mod resync;
mod schedule;
mod schedules;
mod source;
mod truth;
mod versions;
mod waits;
mod world;

//! The program is killed at random moments, and every answered write is there afterwards.
//!
//! ```text
//! KILLS=200 cargo test --release -p http_registry --test kills -- --nocapture
//! ```
//!
//! `KILLS` is the number of runs, and `KILLS_SEED` the seed of the first one. Each run
//! starts the program on what the run before has left.

mod client;
mod events;
mod killer;
mod model;
mod program;
mod writers;

use client::Client;
use killer::{Moment, Tally};
use model::State;
use program::Program;
use std::env;
use std::path::Path;
use tempfile::TempDir;

/// After so many runs the folder is a new one, so that compactions stay frequent.
const RUNS_PER_FOLDER: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answered_write_is_lost_and_no_other_is_half_there() {
    let kills = number("KILLS").unwrap_or(12);
    let first = number("KILLS_SEED").unwrap_or(1);
    let mut tally = Tally::default();
    for begin in (0..kills).step_by(RUNS_PER_FOLDER as usize) {
        let folder = TempDir::new().expect("a folder");
        let mut state = State::default();
        for run in begin..kills.min(begin + RUNS_PER_FOLDER) {
            println!("KILLS_SEED={} is run {}", first + run, run - begin);
            state = one_kill(folder.path(), first + run, state, &mut tally).await;
        }
    }
    println!("{tally:#?}");
    assert_eq!(tally.kills, kills);
    assert!(
        tally.durable > 0 && tally.not_durable > 0,
        "nothing was written"
    );
}

/// Writes, kills, starts again and compares. Returns the state that the program has now.
async fn one_kill(folder: &Path, seed: u64, before: State, tally: &mut Tally) -> State {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut program = Program::start(folder);
    let client = Client::new(&program.url);
    let moment = Moment::random(&mut random);
    let large = moment == Moment::InCompaction;
    let follower = events::Follower::start(&client, before.version).await;
    let writers = writers::Writers::start(&client, &before, &mut random, large);
    killer::wait(moment, folder, &writers, &mut random).await;
    program.kill();
    let written = writers.end().await;
    let seen = follower.end().await;
    tally.count(&written, killer::compaction_was_under_way(folder));

    let program = Program::start(folder);
    let client = Client::new(&program.url);
    tally.torn += u64::from(program.says("The last record was not whole"));
    let state = client.state().await;
    let events = events::between(&client, before.version, state.version).await;
    tally.found(&model::compare(&before, &written, &seen, &events, &state));
    client.check_tags(&state).await;
    state
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
    )
}

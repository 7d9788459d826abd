//! The library `sessions`: what it promises about ids, lifetimes, ends and lists, and random
//! histories beside a model. Time is tokio's paused clock, except where threads race.

mod ending_races;
mod ends;
mod histories;
mod ids;
mod lifetimes;
mod lists;
mod program;
mod readme;
mod service;
mod store;
mod word;

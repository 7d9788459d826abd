//! What is run: the command line and its defaults.

use crate::timing::Window;
use clap::ValueEnum;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// look-ups of present keys
    Read,
    /// look-ups of absent keys
    Miss,
    /// changes of known keys
    Overwrite,
    /// all entries of a map
    Iterate,
    /// one reader beside one writer, and their latencies
    Mixed,
    /// bytes per entry
    Memory,
    /// the first new key after a promotion
    Rebuild,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
pub(crate) enum KeyType {
    #[value(name = "u64")]
    #[serde(rename = "u64")]
    Number,
    #[value(name = "String", alias = "string")]
    #[serde(rename = "String")]
    Text,
}

#[derive(Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) only: Vec<Group>,
    pub(crate) contenders: Vec<&'static str>,
    pub(crate) sizes: Vec<usize>,
    pub(crate) keys: Vec<KeyType>,
    pub(crate) threads: Vec<usize>,
    pub(crate) rounds: usize,
    #[serde(skip)]
    pub(crate) window: Window,
    pub(crate) milliseconds: f64,
    pub(crate) reference: &'static str,
    pub(crate) quick: bool,
    #[serde(skip)]
    pub(crate) json: bool,
    #[serde(skip)]
    pub(crate) check: bool,
}

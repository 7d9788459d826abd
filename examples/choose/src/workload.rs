//! [`Workload`]: what the threads do to a map.

use crate::room::is_there_room;
use crate::skew::Skew;
use crate::units::count;
use serde::Serialize;
use std::fmt;
use std::thread;

/// How many bytes a string key has.
const STRING_KEY: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Workload {
    /// The keys that are present at the start.
    pub(crate) keys: u32,
    pub(crate) threads: usize,
    /// Percent of all operations.
    pub(crate) reads: f64,
    /// Percent of the reads.
    pub(crate) misses: f64,
    /// Percent of the writes.
    pub(crate) new_keys: f64,
    /// Percent of the writes.
    pub(crate) removes: f64,
    pub(crate) skew: Skew,
    pub(crate) value_bytes: usize,
    pub(crate) string_keys: bool,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            keys: 10_000,
            threads: processors(),
            reads: 99.0,
            misses: 0.0,
            new_keys: 0.0,
            removes: 0.0,
            skew: Skew::Uniform,
            value_bytes: 8,
            string_keys: false,
        }
    }
}

/// How many threads can run at the same time.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

impl Workload {
    /// Whether there is memory for a map of so many keys.
    ///
    /// # Errors
    ///
    /// If there is not. The error is a sentence.
    pub(crate) fn room_for(&self, keys: u32) -> Result<(), String> {
        let key = match self.string_keys {
            true => size_of::<String>() + STRING_KEY,
            false => size_of::<u64>(),
        };
        let value = match self.value_bytes {
            ..=8 => size_of::<u64>(),
            larger => size_of::<Box<[u8]>>().saturating_add(larger),
        };
        let bytes = usize::try_from(keys).ok();
        let bytes = bytes.and_then(|keys| keys.checked_mul(key.checked_add(value)?));
        match is_there_room(bytes) {
            true => Ok(()),
            false => Err(format!(
                "there is no memory for {keys} keys with values of {} bytes",
                self.value_bytes
            )),
        }
    }

    /// What stays the same in a sweep, in words.
    pub(crate) fn without_threads_and_reads(&self) -> String {
        let kind = if self.string_keys { "string" } else { "number" };
        let mut words = format!(
            "{} {kind} keys, {}, values of {} bytes",
            count(self.keys.into()),
            self.skew,
            count(self.value_bytes as u64)
        );
        if self.misses > 0.0 {
            words += &format!("; {} % of the reads are of absent keys", self.misses);
        }
        if self.new_keys > 0.0 || self.removes > 0.0 {
            let (new, gone) = (self.new_keys, self.removes);
            words += &format!("; {new} % of the writes insert new keys, {gone} % remove");
        }
        words
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (threads, reads) = (self.threads, self.reads);
        let others = self.without_threads_and_reads();
        let s = if threads == 1 { "" } else { "s" };
        write!(f, "{threads} thread{s}, {reads} % reads; {others}")
    }
}

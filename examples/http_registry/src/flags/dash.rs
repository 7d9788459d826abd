//! The flags in a `dashmap::DashMap`. A page locks one shard after the other.

use super::page::Pager;
use super::{Entry, FlagMap, Inside, Name, Page};
use dashmap::DashMap;
use dashmap::mapref::entry::Entry as Place;

/// A `DashMap` with the calls of the registry.
#[derive(Debug, Default)]
pub struct Dash(DashMap<Name, Entry>);

impl FlagMap for Dash {
    #[inline]
    fn get(&self, name: &str) -> Option<Entry> {
        self.0.view(name, |_, entry| entry.clone())
    }

    fn try_insert(&self, name: Name, entry: Entry) -> bool {
        match self.0.entry(name) {
            Place::Occupied(_) => false,
            Place::Vacant(vacant) => {
                vacant.insert(entry);
                true
            }
        }
    }

    fn compare_exchange(&self, name: &str, expected: &Entry, new: Entry) -> bool {
        match self.0.get_mut(name) {
            Some(mut current) if *current == *expected => {
                *current = new;
                true
            }
            _ => false,
        }
    }

    fn remove(&self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    fn page(&self, prefix: &str, after: Option<&str>, limit: usize) -> Page {
        let mut pager = Pager::new(prefix, after, limit);
        for pair in &self.0 {
            pager.see(pair.key(), pair.value());
        }
        pager.page()
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    /// It measures nothing of its own.
    fn inside(&self) -> Inside {
        Inside::default()
    }

    fn export_metrics(&self) {}
}

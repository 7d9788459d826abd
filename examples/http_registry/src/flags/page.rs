//! [`Page`]: some flags in the order of their names, and where the next page begins.

use super::{Entry, Name, Smallest};
use std::cmp::Ordering;

/// Some flags in the order of their names.
#[derive(Clone, Debug)]
pub struct Page {
    /// The flags.
    pub flags: Vec<Entry>,
    /// The name of the last flag here, if there are more.
    pub next: Option<Name>,
}

/// A name and its flag, ordered by the name.
#[derive(Debug)]
struct Named(Name, Entry);

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Named {}

impl PartialOrd for Named {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Named {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// Makes a page of flags that come in no order.
#[derive(Debug)]
pub(super) struct Pager<'q> {
    prefix: &'q str,
    after: Option<&'q str>,
    limit: usize,
    /// One more than the page has: if it is there, there are more.
    smallest: Smallest<Named>,
}

impl<'q> Pager<'q> {
    pub(super) fn new(prefix: &'q str, after: Option<&'q str>, limit: usize) -> Self {
        Self {
            prefix,
            after,
            limit,
            smallest: Smallest::new(limit + 1),
        }
    }

    /// Looks at a flag. Clones it only if it belongs to the page as far as known.
    pub(super) fn see(&mut self, name: &Name, entry: &Entry) {
        let text = name.as_str();
        let asked = text.starts_with(self.prefix) && self.after.is_none_or(|after| text > after);
        if asked && self.smallest.wants(|largest| *name < largest.0) {
            self.smallest.add(Named(name.clone(), entry.clone()));
        }
    }

    pub(super) fn page(self) -> Page {
        let mut found = self.smallest.sorted();
        let more = found.len() > self.limit;
        found.truncate(self.limit);
        let last = found.last().map(|Named(name, _)| name.clone());
        Page {
            flags: found.into_iter().map(|Named(_, entry)| entry).collect(),
            next: last.filter(|_| more),
        }
    }
}

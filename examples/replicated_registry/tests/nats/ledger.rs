//! What one writer did with its own keys, and what may be in the bucket because of it.

use std::collections::BTreeMap;

/// The values that a key may have. `None`: absent.
#[derive(Debug)]
pub(crate) struct Ledger {
    keys: BTreeMap<String, Vec<Option<String>>>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
        }
    }

    /// The outcome is not known: what was before may be there, too.
    pub(crate) fn tried(&mut self, key: &str, value: Option<String>) {
        self.keys
            .entry(key.to_owned())
            .or_insert_with(|| vec![None])
            .push(value);
    }

    /// The last write that was tried has been acknowledged.
    pub(crate) fn acknowledged(&mut self, key: &str) {
        if let Some(values) = self.keys.get_mut(key) {
            values.drain(..values.len() - 1);
        }
    }

    /// The last write that was tried was not made.
    pub(crate) fn refused(&mut self, key: &str) {
        if let Some(values) = self.keys.get_mut(key) {
            values.pop();
        }
    }

    pub(crate) fn check(&self, found: &BTreeMap<String, (u64, String)>) {
        for (key, may) in &self.keys {
            let value = found.get(key).map(|(_, value)| value.clone());
            assert!(
                may.contains(&value),
                "{key} is {value:?}, and may be one of {may:?}"
            );
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        self.keys.keys().cloned()
    }
}

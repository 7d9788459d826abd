//! Checks of values. Each value names the write that it comes from, so that a value
//! that is torn, lost, freed too early or out of date is detected.

use crate::names::{Kind, Name};

/// The value that write number `write` gives to a name. Number zero is the table
/// itself: its values have no mark.
///
/// No text of a table contains a tab, so no text contains a mark.
pub(crate) fn value(text: &str, write: u64) -> String {
    match write {
        0 => text.to_owned(),
        _ => format!("{text}\t{write}"),
    }
}

/// The number of the write that `found` comes from, if it comes from one.
fn write(text: &str, found: &str) -> Option<u64> {
    match found.strip_prefix(text)? {
        "" => Some(0),
        mark => mark.strip_prefix('\t')?.parse().ok(),
    }
}

/// The view of one thread: the latest write that it saw of each name.
#[derive(Debug)]
pub(crate) struct Witness {
    latest: Vec<u64>,
}

impl Witness {
    pub(crate) fn new(names: usize) -> Self {
        Self {
            latest: vec![0; names],
        }
    }

    /// Whether the latest value of this name came from the writer.
    #[inline]
    pub(crate) fn has_seen_a_write(&self, index: usize) -> bool {
        self.latest[index] > 0
    }

    /// Whether `found` is a value that the name can have now. There is one writer, so
    /// no thread sees a name go back to an earlier write.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    #[inline]
    pub(crate) fn check(
        &mut self,
        index: usize,
        name: &Name,
        found: Option<&str>,
    ) -> Result<(), String> {
        let Name { key, text, kind } = name;
        let found = match (kind, found) {
            (Kind::Resident, None) => return Err(format!("the key {key:?} is lost")),
            (_, None) => return Ok(()),
            (Kind::Stranger, Some(_)) => return Err(format!("nobody inserted {key:?}")),
            (_, Some(found)) => found,
        };
        let Some(write) = write(text, found) else {
            return Err(format!("nobody gave {key:?} the value {found:?}"));
        };
        let latest = std::mem::replace(&mut self.latest[index], write);
        if write < latest {
            return Err(format!("{key:?} went back from write {latest} to {write}"));
        }
        Ok(())
    }
}

/// What the one writer left: for each name the write that its value comes from, or none
/// if the name is absent.
#[derive(Debug)]
pub(crate) struct Ledger(pub(crate) Vec<Option<u64>>);

impl Ledger {
    /// Whether a map holds exactly what the writer left. `get` looks a key up.
    ///
    /// # Errors
    ///
    /// What is wrong with the first value that is not.
    pub(crate) fn compare<'n, 'm>(
        &self,
        names: impl Iterator<Item = &'n Name>,
        get: impl Fn(&str) -> Option<&'m str>,
    ) -> Result<(), String> {
        let mut names = names.enumerate();
        names.try_for_each(|(index, name)| self.check(index, name, get(&name.key)))
    }

    /// Whether `found` is exactly what the writer left.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn check(&self, index: usize, name: &Name, found: Option<&str>) -> Result<(), String> {
        let left = self.0[index].map(|write| value(&name.text, write));
        if left.as_deref() == found {
            return Ok(());
        }
        let key = &name.key;
        Err(format!(
            "the writer left {key:?} as {left:?}, found {found:?}"
        ))
    }
}

//! A change: what one record of the journal says of one flag.

use crate::journal::Value;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A flag, as a put left it. Its JSON is also what the interface answers with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Flag {
    /// The key.
    pub name: String,
    /// What was put.
    pub value: Value,
    /// The number of the change that put it.
    pub version: u64,
    /// The time of the change, as text by RFC 3339. The journal does not look at it.
    pub changed: String,
}

/// What is known of a deletion.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The key that is gone.
    pub name: String,
    /// The number of the change that deleted it.
    pub version: u64,
    /// The time of the change, as text by RFC 3339. The journal does not look at it.
    pub changed: String,
}

/// A change of one flag. Changes are numbered without a gap: one counter for all flags.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// The flag was created or replaced.
    Put(Arc<Flag>),
    /// The flag was deleted.
    Delete(Arc<Deletion>),
}

impl Change {
    /// The name of the flag that changed.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Put(flag) => &flag.name,
            Self::Delete(deletion) => &deletion.name,
        }
    }

    /// The number of the change.
    #[must_use]
    pub fn version(&self) -> u64 {
        match self {
            Self::Put(flag) => flag.version,
            Self::Delete(deletion) => deletion.version,
        }
    }
}

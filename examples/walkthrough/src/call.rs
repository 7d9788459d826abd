//! [`Call`]: one call of a script.

use std::fmt;

/// One call, under the name that Go has for the operation. Its [`Display`](fmt::Display) is
/// the call's line in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are a key and its values")]
pub enum Call {
    /// Looks a key up.
    Load { key: String },
    /// Inserts or overwrites.
    Store { key: String, value: u32 },
    /// As `Store`, and returns the value before.
    Swap { key: String, value: u32 },
    /// Inserts, unless the key is there.
    LoadOrStore { key: String, value: u32 },
    /// Removes a key.
    Delete { key: String },
    /// As `Delete`, and returns the value before.
    LoadAndDelete { key: String },
    /// Overwrites one value with another.
    CompareAndSwap { key: String, old: u32, new: u32 },
    /// Removes a key that has this value.
    CompareAndDelete { key: String, old: u32 },
    /// Walks over all keys.
    Range,
    /// Removes all keys.
    Clear,
    /// Drops the entries of removed keys. Go has no such call.
    Compact,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load { key } => write!(f, "load {key}"),
            Self::Store { key, value } => write!(f, "store {key} {value}"),
            Self::Swap { key, value } => write!(f, "swap {key} {value}"),
            Self::LoadOrStore { key, value } => write!(f, "load_or_store {key} {value}"),
            Self::Delete { key } => write!(f, "delete {key}"),
            Self::LoadAndDelete { key } => write!(f, "load_and_delete {key}"),
            Self::CompareAndSwap { key, old, new } => {
                write!(f, "compare_and_swap {key} {old} {new}")
            }
            Self::CompareAndDelete { key, old } => write!(f, "compare_and_delete {key} {old}"),
            Self::Range => f.write_str("range"),
            Self::Clear => f.write_str("clear"),
            Self::Compact => f.write_str("compact"),
        }
    }
}

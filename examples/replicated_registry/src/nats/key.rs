//! The name of an entry: what a key of a bucket may be.

use std::fmt;

/// The longest name, in bytes.
const LONGEST: usize = 128;

/// A valid name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

/// The name is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a name has 1 to {LONGEST} letters, digits and characters of `-/_=.`, and no dot at \
             its start, at its end, or beside another dot",
        )
    }
}

impl std::error::Error for InvalidKey {}

impl Key {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] says what a name may be.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidKey> {
        let name = name.into();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-/_=.".contains(c);
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        if name.is_empty() || name.len() > LONGEST || dots || !name.chars().all(fits) {
            return Err(InvalidKey);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

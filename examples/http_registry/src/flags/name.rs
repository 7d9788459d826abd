//! [`Name`]: the name of a flag, and which names there are.

use std::borrow::Borrow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 128;

/// The name of a flag: 1 to 128 bytes of UTF-8 without control characters.
///
/// `.` and `..` are no names: clients remove these segments from the path of a URL, so no
/// request could reach them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// A text that is not the name of any flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName;

impl Name {
    /// Checks the rules for names.
    ///
    /// # Errors
    ///
    /// If `text` breaks a rule.
    pub fn check(text: &str) -> Result<(), InvalidName> {
        let length = (1..=MAX_NAME_BYTES).contains(&text.len());
        let reachable = !matches!(text, "." | "..");
        match length && reachable && !text.contains(char::is_control) {
            true => Ok(()),
            false => Err(InvalidName),
        }
    }

    /// Returns the name, if `text` is one.
    ///
    /// # Errors
    ///
    /// If `text` breaks a rule for names.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        Self::check(text).map(|()| Self(text.into()))
    }

    /// Returns the text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// `Hash` and `Eq` of `Name` are those of the text, as `Borrow` demands.
impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            to,
            "A name has 1 to {MAX_NAME_BYTES} bytes of UTF-8, no control characters, \
             and is not `.` or `..`."
        )
    }
}

impl Error for InvalidName {}

//! The value of a flag: any JSON, kept as the text that was sent.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// The text of one JSON value, on one line.
///
/// The text is kept as it came, so that no number loses digits and no member its place. Only
/// line ends are replaced, by blanks. JSON allows a raw line end between tokens alone, so
/// that the replacement does not change the value.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Value(Box<RawValue>);

impl Value {
    /// Checks that `text` is one JSON value in UTF-8 and keeps it.
    ///
    /// # Errors
    ///
    /// `text` is not one JSON value. The error names line and column.
    pub fn parse(text: &[u8]) -> serde_json::Result<Self> {
        Self::on_one_line(serde_json::from_slice(text)?)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    fn on_one_line(raw: Box<RawValue>) -> serde_json::Result<Self> {
        if raw.get().contains(['\n', '\r']) {
            let text = raw.get().replace(['\n', '\r'], " ");
            return Ok(Self(RawValue::from_string(text)?));
        }
        Ok(Self(raw))
    }
}

impl PartialEq for Value {
    /// Compares the texts: `1.0` and `1.00` differ.
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Value {}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::on_one_line(raw).map_err(serde::de::Error::custom)
    }
}

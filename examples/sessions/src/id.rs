//! [`SessionId`]: the secret that a cookie carries.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

const BYTES: usize = 16;
/// Shown in a log, to tell sessions apart: 16 of the 128 bits.
const SHOWN_BYTES: usize = 2;

/// 128 bits from the random source of the system. Whoever has them is the user.
///
/// `Debug` shows four digits of 32, so a log does not give a session away. There is no
/// `Display`: [`reveal`](Self::reveal) is the one call that returns the whole id.
///
/// The map hashes ids with a random seed, and compares ids only if their hashes agree. So the
/// time of a look-up tells nothing about the ids in the map.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; BYTES]);

impl SessionId {
    /// Draws a new id.
    ///
    /// # Panics
    ///
    /// If the system has no random source. A session with a guessable id would be worse.
    pub fn random() -> Self {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).expect("the system has a random source");
        Self(bytes)
    }

    /// Returns the whole id, as the cookie has it: 32 hexadecimal digits.
    pub fn reveal(self) -> String {
        hex(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({}…)", hex(&self.0[..SHOWN_BYTES]))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl FromStr for SessionId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let digits = text.as_bytes();
        // `from_str_radix` alone would accept a sign.
        if digits.len() != 2 * BYTES || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(InvalidId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidId)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A text that is not 32 hexadecimal digits. The text is not repeated here: it may be most of
/// an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session id has 32 hexadecimal digits")
    }
}

impl Error for InvalidId {}

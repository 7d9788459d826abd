//! [`Condition`]: when a write is wanted.

/// When a write is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    None,
    /// If the flag is absent: `If-None-Match: *`.
    Absent,
    /// If the flag is present: `If-Match: *`.
    Present,
    /// If the flag has this tag: `If-Match: "17"`.
    Match(Tag),
}

/// What an entity tag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A version.
    Version(u64),
    /// A tag that this program never gives to a flag.
    Foreign,
}

/// Why a condition is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The flag is present, with this version, and should be absent.
    Exists(u64),
    /// The flag has this version, or is absent, and should have another one.
    Mismatch(Option<u64>),
}

impl Condition {
    /// Checks the version of the flag, `None` if it is absent.
    ///
    /// # Errors
    ///
    /// If the condition is not met.
    pub fn check(self, current: Option<u64>) -> Result<(), Unmet> {
        let met = match (self, current) {
            (Self::None, _) => true,
            (Self::Absent, Some(version)) => return Err(Unmet::Exists(version)),
            (Self::Absent, None) | (Self::Present, Some(_)) => true,
            (Self::Match(Tag::Version(wanted)), Some(version)) => wanted == version,
            (Self::Present, None) | (Self::Match(_), _) => false,
        };
        match met {
            true => Ok(()),
            false => Err(Unmet::Mismatch(current)),
        }
    }
}

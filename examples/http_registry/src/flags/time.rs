//! The time of a change, as text.

use std::time::SystemTime;

/// Returns the time of day as RFC 3339 has it, in UTC, to the second.
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

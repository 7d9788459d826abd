//! Standard output.

use std::io::{self, Write};

/// Prints and flushes, so that a line appears at once even in a pipe. A closed pipe
/// is no error.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

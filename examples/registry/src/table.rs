//! The table that the map is filled with: lines of `key<TAB>value`.
//!
//! A table is accepted as a whole or refused as a whole.

use readmostly::SyncMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The map that is filled with a table.
pub(crate) type Registry = SyncMap<String, String>;

const SHIPPED: &str = include_str!("../../data/media-types.tsv");

/// More than any registry needs. A wrong path, such as that of a device, must not fill
/// the memory.
const MAX_MIB: u64 = 256;

#[derive(Debug)]
pub(crate) struct Table {
    /// Where the table comes from, as messages name it.
    pub(crate) source: String,
    /// At least one; no key twice; neither keys nor values are empty or contain
    /// a tab.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Why a table is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    source: String,
    line: Option<usize>,
    reason: String,
}

impl Table {
    /// The file extensions and media types that come with this program.
    pub(crate) fn shipped() -> Result<Self, Refused> {
        Self::parse("media-types.tsv".into(), SHIPPED.as_bytes())
    }

    /// The table in a file, or on standard input if `path` is `-`.
    pub(crate) fn read(path: &Path) -> Result<Self, Refused> {
        let (source, bytes) = match path.to_str() {
            Some("-") => ("standard input".into(), limited(io::stdin().lock())),
            _ => {
                let bytes = File::open(path).and_then(limited);
                (path.display().to_string(), bytes)
            }
        };
        match bytes {
            Ok(bytes) => Self::parse(source, &bytes),
            Err(problem) => Err(Refused {
                source,
                line: None,
                reason: format!("expected a file that can be read: {problem}"),
            }),
        }
    }

    fn parse(source: String, bytes: &[u8]) -> Result<Self, Refused> {
        match pairs(bytes) {
            Ok(pairs) => Ok(Self { source, pairs }),
            Err((line, reason)) => Err(Refused {
                source,
                line,
                reason,
            }),
        }
    }
}

fn limited(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_MIB << 20;
    if from.take(limit + 1).read_to_end(&mut bytes)? as u64 > limit {
        return Err(io::Error::other(format!("it is longer than {MAX_MIB} MiB")));
    }
    Ok(bytes)
}

/// The line, if one line is wrong, and what is wrong.
type Fault = (Option<usize>, String);

fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>, Fault> {
    let text = text(bytes)?;
    let mut pairs = Vec::new();
    let mut lines = HashMap::new();
    // `lines` also strips the carriage returns that other systems put at the end of a
    // line. A checkout there may add them to the shipped table.
    for (line, text) in (1..).zip(text.lines()) {
        if text.is_empty() {
            continue;
        }
        let (key, value) = pair(text).map_err(|found| {
            let reason = format!("expected a key, one tab and a value, found {found}");
            (Some(line), reason)
        })?;
        match lines.entry(key) {
            Entry::Vacant(first) => first.insert(line),
            Entry::Occupied(first) => {
                let first = first.get();
                let reason = format!("expected a new key, found {key:?} again (line {first})");
                return Err((Some(line), reason));
            }
        };
        pairs.push((key.to_owned(), value.to_owned()));
    }
    if pairs.is_empty() {
        let reason = "expected at least one line of a key, a tab and a value, found none";
        return Err((None, reason.into()));
    }
    Ok(pairs)
}

/// The bytes as text, without the byte order mark that some editors put first.
fn text(bytes: &[u8]) -> Result<&str, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(problem) => {
            let valid = &bytes[..problem.valid_up_to()];
            let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
            Err((Some(line), "expected UTF-8, found other bytes".into()))
        }
    }
}

/// The key and the value of a line, or what is there instead.
fn pair(line: &str) -> Result<(&str, &str), &'static str> {
    match line.split_once('\t') {
        None => Err("no tab"),
        Some(("", _)) => Err("an empty key"),
        Some((_, "")) => Err("an empty value"),
        Some((_, value)) if value.contains('\t') => Err("more than one tab"),
        Some(pair) => Ok(pair),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Error for Refused {}

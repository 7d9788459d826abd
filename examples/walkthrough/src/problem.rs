//! [`Problem`]: what is wrong with a script, and where.

use std::error::Error;
use std::fmt;

/// Lines longer than this are not shown.
const LONGEST_SHOWN: usize = 100;

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the script.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The number of the character in the line, from 1.
    pub column: usize,
    /// What was expected there, and what was found.
    pub message: String,
    /// The text of the line.
    pub text: String,
}

impl Error for Problem {}

/// `script.txt:3:7: expected …, found …`, and below it the line, with a mark.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            text,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if text.trim().is_empty() || text.chars().count() > LONGEST_SHOWN {
            return Ok(());
        }
        let text = printable(text);
        // A tab stays a tab, so that the mark stands below its character.
        let before = text.chars().take(column - 1);
        let margin: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
        write!(f, "\n    {text}\n    {margin}^")
    }
}

/// The text without characters that a terminal would obey.
fn printable(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(visible).collect()
}

/// A word of a script between quotation marks, made short and printable.
pub(crate) fn quoted(word: &str) -> String {
    const LONGEST: usize = 24;
    let word = printable(word);
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &word[..end]),
        None => format!("`{word}`"),
    }
}

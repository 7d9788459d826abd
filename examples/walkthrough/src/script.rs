//! [`Script`]: calls, one a line.

use crate::call::Call;
use crate::problem::{Problem, quoted};

/// The longest key that a script may have, in characters.
const LONGEST_KEY: usize = 16;

/// The operations, and what follows each of them in its line.
const OPERATIONS: [(&str, &str); 11] = [
    ("load", "KEY"),
    ("store", "KEY VALUE"),
    ("swap", "KEY VALUE"),
    ("load_or_store", "KEY VALUE"),
    ("delete", "KEY"),
    ("load_and_delete", "KEY"),
    ("compare_and_swap", "KEY OLD NEW"),
    ("compare_and_delete", "KEY OLD"),
    ("range", ""),
    ("clear", ""),
    ("compact", ""),
];

/// A list of calls, with comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The lines that are not empty.
    pub lines: Vec<Line>,
}

/// A line of a script that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line that begins with `#`, without the `#`.
    Comment(String),
    /// A call, and the number of its line, from 1.
    Call(usize, Call),
}

impl Script {
    /// Reads a script. `file` is its name in the [`Problem`].
    ///
    /// Each line has one call, a comment, both or neither. A comment begins with `#`.
    ///
    /// # Errors
    ///
    /// If a line is not such a line, or if the script has no call.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        // Some editors begin a file with this mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let parsed = Words::of(text).line(line);
            lines.extend(parsed.map_err(|(column, message)| Problem {
                file: file.to_owned(),
                line,
                column,
                message,
                text: text.to_owned(),
            })?);
        }
        if !lines.iter().any(|line| matches!(line, Line::Call(..))) {
            return Err(Problem {
                file: file.to_owned(),
                line: text.lines().count().max(1),
                column: 1,
                message: format!("expected {}, but the script has none", an_operation()),
                text: String::new(),
            });
        }
        Ok(Self { lines })
    }

    /// The operations, and what follows each of them in its line: for a help text.
    pub fn syntax() -> String {
        let forms = OPERATIONS.map(|(name, operands)| format!("{name} {operands}"));
        forms.map(|form| form.trim_end().to_owned()).join("\n")
    }

    /// The calls, each with the number of its line.
    pub fn calls(&self) -> impl Iterator<Item = (usize, &Call)> {
        self.lines.iter().filter_map(|line| match line {
            Line::Call(number, call) => Some((*number, call)),
            Line::Comment(_) => None,
        })
    }
}

/// A column, and what is wrong there.
type Wrong = (usize, String);

/// The words of one line, each with its column.
struct Words<'a> {
    words: std::vec::IntoIter<(usize, &'a str)>,
    /// The column behind the last word.
    end: usize,
    /// The word that was read last.
    last: &'a str,
    comment: Option<&'a str>,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> Self {
        let (text, comment) = match line.split_once('#') {
            Some((text, comment)) => (text, Some(comment.trim())),
            None => (line, None),
        };
        let column = |word: &str| {
            let begin = word.as_ptr().addr() - text.as_ptr().addr();
            text[..begin].chars().count() + 1
        };
        let words: Vec<_> = (text.split_whitespace())
            .map(|word| (column(word), word))
            .collect();
        Self {
            words: words.into_iter(),
            end: text.trim_end().chars().count() + 1,
            last: "",
            comment,
        }
    }

    /// What the line has. `None`: nothing.
    fn line(mut self, number: usize) -> Result<Option<Line>, Wrong> {
        let Some((column, name)) = self.words.next() else {
            return Ok((self.comment).map(|comment| Line::Comment(comment.to_owned())));
        };
        self.last = name;
        let call = self.call(column, name)?;
        match self.words.next() {
            None => Ok(Some(Line::Call(number, call))),
            Some((column, word)) => {
                let last = quoted(self.last);
                let word = quoted(word);
                Err((
                    column,
                    format!("expected the end of the line after {last}, found {word}"),
                ))
            }
        }
    }

    fn call(&mut self, column: usize, name: &str) -> Result<Call, Wrong> {
        Ok(match name {
            "load" => Call::Load { key: self.key()? },
            "store" => Call::Store {
                key: self.key()?,
                value: self.number("a value")?,
            },
            "swap" => Call::Swap {
                key: self.key()?,
                value: self.number("a value")?,
            },
            "load_or_store" => Call::LoadOrStore {
                key: self.key()?,
                value: self.number("a value")?,
            },
            "delete" => Call::Delete { key: self.key()? },
            "load_and_delete" => Call::LoadAndDelete { key: self.key()? },
            "compare_and_swap" => Call::CompareAndSwap {
                key: self.key()?,
                old: self.number("the old value")?,
                new: self.number("the new value")?,
            },
            "compare_and_delete" => Call::CompareAndDelete {
                key: self.key()?,
                old: self.number("the old value")?,
            },
            "range" => Call::Range,
            "clear" => Call::Clear,
            "compact" => Call::Compact,
            other => return Err((column, unknown(other))),
        })
    }

    /// The next word, which must be there.
    fn word(&mut self, what: &str) -> Result<(usize, &'a str), Wrong> {
        let last = quoted(self.last);
        let nothing = || format!("expected {what} after {last}, found the end of the line");
        let (column, word) = self.words.next().ok_or_else(|| (self.end, nothing()))?;
        self.last = word;
        Ok((column, word))
    }

    fn key(&mut self) -> Result<String, Wrong> {
        let (column, word) = self.word("a key")?;
        let found = quoted(word);
        if !word.starts_with(char::is_alphabetic) {
            return Err((
                column,
                format!("expected a key, which begins with a letter, found {found}"),
            ));
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        if let Some((at, part)) = (word.chars().enumerate()).find(|&(_, c)| !is_part(c)) {
            let part = quoted(&part.to_string());
            let rule = "expected a key of letters, digits and `_`";
            return Err((column + at, format!("{rule}, found {part} in {found}")));
        }
        if word.chars().count() > LONGEST_KEY {
            let rule = format!("expected a key of at most {LONGEST_KEY} characters");
            return Err((column, format!("{rule}, found {found}")));
        }
        Ok(word.to_owned())
    }

    fn number(&mut self, what: &str) -> Result<u32, Wrong> {
        let (column, word) = self.word(&format!("{what}, a whole number,"))?;
        let found = quoted(word);
        if !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err((
                column,
                format!("expected {what}, a whole number, found {found}"),
            ));
        }
        let limit = u32::MAX;
        word.parse().map_err(|_| {
            (
                column,
                format!("expected {what} of at most {limit}, found {found}"),
            )
        })
    }
}

/// What to say of a word that names no operation.
fn unknown(word: &str) -> String {
    // `LoadOrStore` and `loadorstore` mean `load_or_store`.
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let meant = OPERATIONS
        .iter()
        .find(|(name, _)| plain(name) == plain(word));
    match meant {
        Some((name, _)) => format!("expected `{name}`, found {}", quoted(word)),
        None => format!("expected {}, found {}", an_operation(), quoted(word)),
    }
}

fn an_operation() -> String {
    let names = OPERATIONS.map(|(name, _)| name);
    format!("an operation ({})", names.join(", "))
}

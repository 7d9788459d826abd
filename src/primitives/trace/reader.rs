//! [`Reader`]: a trace, line by line, and what can be wrong with one.

use super::format::{Header, LONGEST_LINE, Problem, Step};
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read};

/// The byte order mark, which some editors put before the first line.
const MARK: &str = "\u{feff}";

/// Reads a trace: an iterator over its steps. The iterator ends after the first error.
///
/// A `Reader` keeps one line at a time in memory.
///
/// # Errors
///
/// An item is a [`TraceError`] if a line does not have the right format, if the input
/// cannot be read, or, at the end, if the trace had no step.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::Reader;
///
/// let mut reader = Reader::new(&b"get,ann\nfetch,ann\n"[..]);
/// assert!(reader.next().unwrap().is_ok());
/// let error = reader.next().unwrap().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2: found \"fetch,ann\", expected one of get, miss, insert, overwrite, remove \
///      before the comma"
/// );
/// assert!(reader.next().is_none());
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    line: Vec<u8>,
    /// The line that was read last, counted from one.
    number: u64,
    header: Option<Header>,
    steps: u64,
    done: bool,
}

impl<R: BufRead> Reader<R> {
    /// Creates a reader of this input.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::trace::{Reader, Step};
    ///
    /// let mut reader = Reader::new(&b"walk"[..]);
    /// assert_eq!(reader.next().unwrap().unwrap(), Step::Walk);
    /// ```
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            header: None,
            steps: 0,
            done: false,
        }
    }
}

impl<R> Reader<R> {
    /// Returns how the trace was recorded. Returns `None` if the trace has no header, as a
    /// trace that was written by hand, or if nothing has been read yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::trace::Reader;
    ///
    /// let mut reader = Reader::new(&b"get,ann"[..]);
    /// assert!(reader.next().is_some() && reader.header().is_none());
    /// ```
    pub fn header(&self) -> Option<Header> {
        self.header
    }

    /// Returns the number of the line that was read last, counted from one. Returns 0 if no
    /// line was read yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::trace::Reader;
    ///
    /// let mut reader = Reader::new(&b"# by hand\n\nget,ann"[..]);
    /// assert!(reader.next().is_some());
    /// assert_eq!(reader.line_number(), 3);
    /// ```
    pub fn line_number(&self) -> u64 {
        self.number
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Step, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let step = self.next_step().transpose();
        self.done = !matches!(step, Some(Ok(_)));
        step
    }
}

impl<R: BufRead> Reader<R> {
    fn next_step(&mut self) -> Result<Option<Step>, TraceError> {
        while self.read_line()? {
            let line = &self.line;
            let number = self.number;
            let wrong = |problem| TraceError::malformed(number, line, problem);
            let text = std::str::from_utf8(line).map_err(|_| wrong(Problem::NotUtf8))?;
            let text = text.trim();
            if text.starts_with('#') {
                let header = Header::parse(text).transpose().map_err(wrong)?;
                self.header = self.header.or(header);
            } else if !text.is_empty() {
                let step = text.parse().map_err(wrong)?;
                self.steps += 1;
                return Ok(Some(step));
            }
        }
        match self.steps {
            0 => Err(TraceError::Empty),
            _ => Ok(None),
        }
    }

    /// Reads the next line without its end. False: there is none.
    fn read_line(&mut self) -> Result<bool, TraceError> {
        /// CR and LF.
        const LONGEST_END: usize = 2;

        self.line.clear();
        let line = self.number + 1;
        // A line that is not read whole must be too long, even without its end and the byte
        // order mark.
        let mark = if line == 1 { MARK.len() } else { 0 };
        let most = (mark + LONGEST_LINE + LONGEST_END) as u64;
        let read = (&mut self.input)
            .take(most)
            .read_until(b'\n', &mut self.line);
        if read.map_err(|error| TraceError::Io { line, error })? == 0 {
            return Ok(false);
        }
        self.number = line;
        self.cut_marks();
        if self.line.len() > LONGEST_LINE {
            let problem = Problem::TooLong;
            return Err(TraceError::malformed(line, &self.line, problem));
        }
        Ok(true)
    }

    /// Removes the line's end, and the byte order mark before the first line.
    fn cut_marks(&mut self) {
        for end in [b'\n', b'\r'] {
            if self.line.last() == Some(&end) {
                self.line.pop();
            }
        }
        if self.number == 1 && self.line.starts_with(MARK.as_bytes()) {
            self.line.drain(..MARK.len());
        }
    }
}

/// Why a trace cannot be read.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::trace::{Problem, Reader, TraceError};
///
/// let error = Reader::new(&b"\nget\n"[..]).next().unwrap().unwrap_err();
/// let TraceError::Malformed { line, found, problem } = error else {
///     panic!("{error}");
/// };
/// assert_eq!((line, found.as_str(), problem), (2, "get", Problem::NoComma));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceError {
    /// A line does not have the right format.
    Malformed {
        /// Its number, counted from one.
        line: u64,
        /// What stands there. If that is long, only the beginning.
        found: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The input could not be read.
    Io {
        /// The number of the line that was to be read, counted from one.
        line: u64,
        /// Why it could not be read.
        error: io::Error,
    },
    /// The whole trace has no step.
    Empty,
}

impl TraceError {
    fn malformed(line: u64, found: &[u8], problem: Problem) -> Self {
        /// Enough to recognise a line by.
        const SHOWN: usize = 60;

        let text = String::from_utf8_lossy(found);
        let mut found: String = text.chars().take(SHOWN).collect();
        if found.len() < text.len() {
            found.push('…');
        }
        Self::Malformed {
            line,
            found,
            problem,
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed {
                line,
                found,
                problem,
            } => write!(f, "line {line}: found {found:?}, expected {problem}"),
            Self::Io { line, .. } => write!(f, "line {line} could not be read"),
            Self::Empty => f.write_str("there is no operation in the trace"),
        }
    }
}

impl Error for TraceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

//! Text in lines that every terminal has room for.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// The columns that a line may have.
pub(crate) const COLUMNS: usize = 80;

/// Sentences in lines of at most [`COLUMNS`], broken between words. A word that is
/// longer, such as the path of a file, stays whole: so it can be copied.
pub(crate) fn wrapped(text: &str) -> String {
    wrapped_to(COLUMNS, text).join("\n")
}

/// The lines of the text, each with at most so many columns. The continuation of a line
/// begins below its first word.
pub(crate) fn wrapped_to(columns: usize, text: &str) -> Vec<String> {
    let lines = text.lines().flat_map(|line| {
        let indent = &line[..line.len() - line.trim_start().len()];
        let options = Options::new(columns)
            .break_words(false)
            .subsequent_indent(indent)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit);
        let line = with_units(line);
        let lines = textwrap::wrap(&line, options)
            .into_iter()
            .map(|line| line.replace(JOINED, " "));
        lines.collect::<Vec<_>>()
    });
    lines.collect()
}

/// A space at which no line is broken.
const JOINED: char = '\u{a0}';

/// A figure and its unit are one word.
fn with_units(line: &str) -> String {
    let mut joined = String::new();
    for word in line.split_inclusive(' ') {
        let is_unit = UNITS.contains(&word.trim_end_matches([' ', ',', '.', ';', ':', ')']));
        let (figure, space) = joined.split_at(joined.trim_end_matches(' ').len());
        if is_unit && space == " " && figure.ends_with(|last: char| last.is_ascii_digit()) {
            joined.pop();
            joined.push(JOINED);
        }
        joined += word;
    }
    joined
}

const UNITS: [&str; 6] = ["%", "×", "ns", "µs", "ms", "s"];

//! Text for a terminal of 80 columns: no row is wider.

use unicode_width::UnicodeWidthStr;

const COLUMNS: usize = 80;
const TAB: usize = 8;

/// One paragraph, broken between words. Each of its rows begins with `indent` spaces. A
/// word that is wider than a row is broken too. A control character, which would move the
/// cursor, is written as its escape.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let visible: String = text.chars().flat_map(visible).collect();
    let room = COLUMNS - indent;
    let mut rows = vec![String::new()];
    for word in visible.split(' ') {
        for (nth, piece) in pieces(word, room).into_iter().enumerate() {
            let row = rows.last_mut().expect("there is a row");
            let gap = usize::from(nth == 0 && !row.is_empty());
            if nth == 0 && row.width() + gap + piece.width() <= room {
                row.push_str(&" "[..gap]);
                row.push_str(&piece);
            } else {
                rows.push(piece);
            }
        }
    }
    let margin = " ".repeat(indent);
    let rows = rows.iter().map(|row| format!("{margin}{row}"));
    rows.collect::<Vec<_>>().join("\n")
}

/// Lines that fit stay as they are. Others are wrapped, and keep their indentation.
pub(crate) fn lines_wrapped(text: &str) -> String {
    let line = |line: &str| match line.width() {
        ..=COLUMNS => format!("{line}\n"),
        _ => {
            let words = line.trim_start_matches(' ');
            wrapped(words, (line.len() - words.len()).min(COLUMNS / 2)) + "\n"
        }
    };
    text.lines().map(line).collect()
}

/// A key and its value on a terminal: as in a table if that fits into a row. If not, each
/// is a paragraph, and the value is indented.
pub(crate) fn pair(key: &str, value: &str) -> String {
    let stop = (key.width() / TAB + 1) * TAB;
    let plain = !key.contains(char::is_control) && !value.contains(char::is_control);
    match plain && stop + value.width() <= COLUMNS {
        true => format!("{key}\t{value}\n"),
        false => format!("{}\n{}\n", wrapped(key, 0), wrapped(value, 2)),
    }
}

fn visible(char: char) -> impl Iterator<Item = char> {
    let escape = char.is_control().then(|| char.escape_default());
    let plain = (!char.is_control()).then_some(char);
    escape.into_iter().flatten().chain(plain)
}

/// A word in pieces of at most `room` columns.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for char in word.chars() {
        let piece = pieces.last_mut().expect("there is a piece");
        piece.push(char);
        // The width of a text is not the sum of the widths of its characters.
        if piece.width() > room {
            piece.pop();
            pieces.push(char.into());
        }
    }
    pieces
}

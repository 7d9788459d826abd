//! `alt.json`: what each figure says in words. The chapters' own texts are compared with it.

use crate::picture::Picture;

/// The title, the text and the words of each figure, under its name.
pub(crate) fn json(pictures: &[Picture]) -> String {
    let one = |picture: &Picture| {
        let words: Vec<_> = picture.words.iter().map(|word| quoted(word)).collect();
        format!(
            "  {}: {{\n    \"title\": {},\n    \"desc\": {},\n    \"words\": [{}]\n  }}",
            quoted(picture.name),
            quoted(picture.title),
            quoted(&picture.text),
            words.join(", ")
        )
    };
    let all: Vec<_> = pictures.iter().map(one).collect();
    format!("{{\n{}\n}}\n", all.join(",\n"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_inside_a_string_are_escaped() {
        assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    }
}

//! Draws the figures of the documentation.
//!
//! ```text
//! cargo run --release -p figures             # writes docs/figures/
//! cargo run --release -p figures -- --check  # fails if a file there differs
//! ```
//!
//! Each figure is a module of `figures/`. A figure that shows states of a map runs the calls
//! that it names, and draws what `inspect()` and `stats()` say. So a figure cannot show a
//! state that the map does not reach.

mod alt;
mod canvas;
mod colour;
mod figures;
mod geometry;
mod picture;
mod run;
mod symbols;
mod threads;

use picture::Picture;
use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/figures");
    let files = files(&figures::all());
    let arguments: Vec<_> = env::args().skip(1).collect();
    let names: Vec<_> = arguments.iter().map(String::as_str).collect();
    match names[..] {
        [] => match write(&folder, &files) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => failed(&format!("{}: {problem}", folder.display())),
        },
        ["--check"] => match differing(&folder, &files)[..] {
            [] => ExitCode::SUCCESS,
            ref names => failed(&format!(
                "these files of docs/figures are not what the program draws: {}",
                names.join(", ")
            )),
        },
        _ => failed("usage: figures [--check]"),
    }
}

fn failed(problem: &str) -> ExitCode {
    eprintln!("figures: {problem}");
    ExitCode::FAILURE
}

/// A file of `docs/figures/`: its name, and its text.
type File = (String, String);

fn files(pictures: &[Picture]) -> Vec<File> {
    let svg = |picture: &Picture| (format!("{}.svg", picture.name), picture.svg());
    let mut files: Vec<_> = pictures.iter().map(svg).collect();
    files.push(("alt.json".to_owned(), alt::json(pictures)));
    files
}

fn write(folder: &Path, files: &[File]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    files
        .iter()
        .try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

/// The names of the files that are missing in `folder`, differ from `files`, or are not
/// among `files`.
fn differing(folder: &Path, files: &[File]) -> Vec<String> {
    let differs = |(name, text): &&File| {
        fs::read_to_string(folder.join(name)).map_or(true, |found| found != *text)
    };
    let mut names: Vec<_> = (files.iter().filter(differs))
        .map(|(name, _)| name.clone())
        .collect();
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    let found = found.filter_map(|file| file.file_name().into_string().ok());
    names.extend(found.filter(|found| files.iter().all(|(name, _)| name != found)));
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::{differing, write};
    use std::env;
    use std::fs;

    #[test]
    fn a_changed_a_missing_and_a_left_over_file_are_named() {
        let folder = env::temp_dir().join(format!("figures-{}", std::process::id()));
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let old = [file("a", "1"), file("b", "1"), file("old", "1")];
        let new = [file("a", "1"), file("b", "2"), file("c", "1")];
        write(&folder, &old).unwrap();
        let unchanged = differing(&folder, &old);
        let changed = differing(&folder, &new);
        fs::remove_dir_all(&folder).unwrap();
        assert!(unchanged.is_empty());
        assert_eq!(changed, ["b", "c", "old"]);
    }
}

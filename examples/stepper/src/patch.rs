//! A planted bug of `tests/mutants/`: what it breaks, and which lines it moves.

use crate::Result;
use std::fs;
use std::path::Path;

pub(crate) struct Patch {
    /// The name of its file.
    pub(crate) file: String,
    /// What it breaks, in words.
    pub(crate) what: String,
    /// The lines that it takes out and puts in, each with its sign.
    pub(crate) lines: Vec<String>,
    hunks: Vec<Hunk>,
}

/// A part of a patch. Line numbers are those of the file with the patch.
struct Hunk {
    file: String,
    /// The line before the hunk, with the patch and without.
    before: (usize, usize),
    /// For each line with the patch: its line without.
    lines: Vec<usize>,
    /// The line after the hunk, with the patch and without.
    after: (usize, usize),
}

impl Patch {
    /// Reads the patch whose file begins with `number`.
    pub(crate) fn read(root: &Path, number: &str) -> Result<Self> {
        let folder = root.join("tests/mutants");
        let begin = format!("{number}-");
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with(&begin) && name.ends_with(".patch") {
                return Self::parse(name, &fs::read_to_string(path)?);
            }
        }
        Err(format!("tests/mutants has no patch {number}").into())
    }

    fn parse(file: String, text: &str) -> Result<Self> {
        let what = text.lines().find_map(|line| line.strip_prefix("What: "));
        let what = what.ok_or_else(|| format!("{file} does not say what it breaks"))?;
        let mut patch = Self {
            what: what.to_owned(),
            lines: Vec::new(),
            hunks: Vec::new(),
            file,
        };
        let mut path = String::new();
        let mut old = 0;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("+++ b/") {
                path = name.trim().to_owned();
            } else if let Some(ranges) = line.strip_prefix("@@ -") {
                let start = |range: &str| -> Result<usize> {
                    Ok(range.split(',').next().unwrap_or(range).parse()?)
                };
                let mut ranges = ranges.split(' ');
                old = start(ranges.next().unwrap_or_default())?;
                let new = start(ranges.next().unwrap_or_default().trim_start_matches('+'))?;
                patch.hunks.push(Hunk {
                    file: path.clone(),
                    before: (new - 1, old - 1),
                    lines: Vec::new(),
                    after: (new, old),
                });
            } else if let Some(hunk) = patch.hunks.last_mut() {
                if line.starts_with("--- ") || line.starts_with("diff ") {
                    continue;
                }
                let code = line.get(1..).unwrap_or_default();
                match line.as_bytes().first() {
                    Some(b'-') => old += 1,
                    Some(b'+') => hunk.lines.push(old),
                    Some(b' ') | None => {
                        hunk.lines.push(old);
                        old += 1;
                    }
                    _ => continue,
                }
                hunk.after = (hunk.before.0 + 1 + hunk.lines.len(), old);
                if !line.starts_with(' ') && !code.trim().is_empty() {
                    patch.lines.push(format!("{} {}", &line[..1], code.trim()));
                }
            }
        }
        Ok(patch)
    }

    /// The line of the source as it is that stands where the patched source has `line`.
    pub(crate) fn unpatched(&self, file: &str, line: usize) -> usize {
        let mut shift = (0, 0);
        for hunk in self.hunks.iter().filter(|hunk| hunk.file == file) {
            if line <= hunk.before.0 {
                break;
            }
            if let Some(&old) = hunk.lines.get(line - hunk.before.0 - 1) {
                return old;
            }
            shift = hunk.after;
        }
        line + shift.1 - shift.0
    }
}

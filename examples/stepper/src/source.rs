//! The crate's source: its hash, and the anchors in it.
//!
//! An anchor is a comment `// step: NAME`. It names the steps of the lines below it, up to the
//! next anchor or the next function.

use crate::Result;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

pub(crate) struct Source {
    files: BTreeMap<String, String>,
}

impl Source {
    /// Reads `src/` under `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.join("src")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path
                        .strip_prefix(root)?
                        .to_string_lossy()
                        .replace('\\', "/");
                    files.insert(name, fs::read_to_string(&path)?);
                }
            }
        }
        Ok(Self { files })
    }

    /// A hash of the names and the contents of all files.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, text) in &self.files {
            hasher.update(format!("{name} {}\n", text.len()));
            hasher.update(text);
        }
        let mut hash = String::new();
        for byte in hasher.finalize() {
            let _ = write!(hash, "{byte:02x}");
        }
        hash
    }

    /// All anchors.
    pub(crate) fn anchors(&self) -> BTreeSet<&str> {
        let lines = self.files.values().flat_map(|text| text.lines());
        lines.filter_map(anchor_on).collect()
    }

    /// The anchor of a line.
    pub(crate) fn anchor(&self, file: &str, line: usize) -> Option<&str> {
        let lines: Vec<_> = self.files.get(file)?.lines().take(line).collect();
        for line in lines.into_iter().rev() {
            if let Some(anchor) = anchor_on(line) {
                return Some(anchor);
            }
            if begins_function(line) {
                return None;
            }
        }
        None
    }
}

fn anchor_on(line: &str) -> Option<&str> {
    line.trim().strip_prefix("// step: ").map(str::trim)
}

fn begins_function(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && (line.starts_with("fn ") || line.contains(" fn "))
}

//! One way to break the map, as its file says it.

use crate::Result;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `tests/mutants/`: a head of `Name: text`, and a diff.
pub(crate) struct Patch {
    /// That of the file, as `07-name`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What is broken.
    pub(crate) what: String,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    Red(Red),
    /// Nothing can find it, as nothing is broken; why.
    Equivalent(String),
    /// Something is broken that no test can show; why not, and what is relied on.
    Argued(String),
}

/// What a head says besides what is broken: one of these.
const EXPECTED: [&str; 3] = ["Red", "Equivalent", "Argued"];

/// A test that has to go red.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Red {
    /// `loom`, `loom-epoch` and `counted` are cargo's aliases; a target is called
    /// `test panics`.
    pub(crate) suite: String,
    /// Its whole name.
    pub(crate) test: String,
}

impl Patch {
    /// All of them, in the order of their numbers, which have no gaps.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "patch")
            {
                paths.push(path);
            }
        }
        let patches: Result<Vec<_>> = paths.into_iter().map(Self::read).collect();
        let mut patches = patches?;
        patches.sort_by_key(Self::number);
        for (n, patch) in (1..).zip(&patches) {
            if patch.number() != Some(n) {
                return Err(format!("{} is not number {n:02}", patch.name).into());
            }
        }
        Ok(patches)
    }

    fn read(path: PathBuf) -> Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path).map_err(|problem| format!("{name}: {problem}"))?;
        let head = head(&text);
        let field = |wanted: &str| {
            let found = head.iter().find(|(field, _)| field == wanted);
            found.map(|(_, text)| text.as_str())
        };
        let what = field("What").ok_or_else(|| format!("{name} does not say what it breaks"))?;
        let expected = match (field("Red"), field("Equivalent"), field("Argued")) {
            (Some(red), None, None) => Expected::Red(Red::parse(red)?),
            (None, Some(why), None) => Expected::Equivalent(why.to_owned()),
            (None, None, Some(why)) => Expected::Argued(why.to_owned()),
            _ => return Err(format!("{name} says none or several of {EXPECTED:?}").into()),
        };
        Ok(Self {
            what: what.to_owned(),
            expected,
            name: name.into_owned(),
            path,
        })
    }

    /// What its name begins with.
    fn number(&self) -> Option<usize> {
        let (number, _) = self.name.split_once('-')?;
        number.parse().ok()
    }

    /// Whether `word` is part of its name, or its suite.
    pub(crate) fn is_meant_by(&self, word: &str) -> bool {
        self.name.contains(word) || self.red().is_some_and(|red| red.suite == word)
    }

    /// The test that has to go red, if there is one.
    pub(crate) fn red(&self) -> Option<&Red> {
        match &self.expected {
            Expected::Red(red) => Some(red),
            Expected::Equivalent(_) | Expected::Argued(_) => None,
        }
    }
}

/// The fields before the diff. A line without a name goes on with the one above.
fn head(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().take_while(|line| !line.starts_with("diff ")) {
        match (line.split_once(": "), fields.last_mut()) {
            (Some((field, text)), _) if field == "What" || EXPECTED.contains(&field) => {
                fields.push((field.to_owned(), text.trim().to_owned()));
            }
            (_, Some((_, text))) if !line.trim().is_empty() => {
                text.push(' ');
                text.push_str(line.trim());
            }
            _ => {}
        }
    }
    fields
}

impl Red {
    /// The test is the last word, the suite what is before it.
    fn parse(text: &str) -> Result<Self> {
        let (suite, test) = text
            .rsplit_once(' ')
            .ok_or_else(|| format!("\"{text}\" is not a suite and a test"))?;
        Ok(Self {
            suite: suite.trim().to_owned(),
            test: test.to_owned(),
        })
    }
}

impl fmt::Display for Red {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.suite.strip_prefix("test ") {
            Some(target) => write!(f, "`{target}.rs`: `{}`", self.test),
            None if self.suite == "loom" => write!(f, "`{}`", self.test),
            None => write!(f, "{}: `{}`", self.suite, self.test),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Red(red) => red.fmt(f),
            Self::Equivalent(why) => write!(f, "nothing, it is equivalent: {why}"),
            Self::Argued(why) => write!(f, "nothing, it is argued: {why}"),
        }
    }
}

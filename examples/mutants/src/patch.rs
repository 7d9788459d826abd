//! A mutant: one way to break the map, as its file describes it.

use crate::problem::Result;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `tests/mutants/`: a head of `Name: text`, and a diff.
pub(crate) struct Patch {
    /// The name of the file, without its extension.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// What is broken.
    pub(crate) what: String,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    Red(Red),
    /// Nothing is broken, so no test can find it. Says why.
    Equivalent(String),
    /// Something is broken that no test can show. Says why not, and on what the code
    /// relies instead.
    Argued(String),
}

/// The fields of a head besides `What`. A head has exactly one of them.
const EXPECTED: [&str; 3] = ["Red", "Equivalent", "Argued"];

/// The suites of the models.
const MODELS: [&str; 2] = ["loom", "loom-epoch"];

/// A test that has to fail.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Red {
    /// An alias of cargo (`loom`, `loom-epoch`, `counted`), or `test` and the name of a
    /// target, as in `test panics`.
    pub(crate) suite: String,
    /// Its whole name.
    pub(crate) test: String,
    /// Variables of its environment, which say for example how long it goes on.
    pub(crate) environment: Vec<(String, String)>,
}

impl Patch {
    /// All patches of a folder, in the order of their groups and numbers.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let mut patches = Vec::new();
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "patch")
            {
                patches.push(Self::read(path)?);
            }
        }
        patches.sort_by_cached_key(Self::place);
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

    /// The group and the number of its name: `07-name` has no group, `lin-07-name` has
    /// one.
    fn place(&self) -> (String, usize) {
        let digit = |c: char| c.is_ascii_digit();
        let (group, rest) = self.name.split_at(self.name.find(digit).unwrap_or(0));
        let number = rest.split(|c| !digit(c)).next().unwrap_or_default();
        (group.to_owned(), number.parse().unwrap_or_default())
    }

    /// Whether `word` is part of its name, or its suite.
    pub(crate) fn is_meant_by(&self, word: &str) -> bool {
        self.name.contains(word) || self.red().is_some_and(|red| red.suite == word)
    }

    /// The lines that are removed and added, with the lines around them.
    pub(crate) fn diff(&self) -> Result<String> {
        let text = fs::read_to_string(&self.path)?;
        let diff = text.find("diff ").map_or("", |begin| &text[begin..]);
        Ok(diff.to_owned())
    }

    /// The model that has to fail, if its test is one.
    pub(crate) fn model(&self) -> Option<&Red> {
        self.red().filter(|red| MODELS.contains(&&red.suite[..]))
    }

    /// The test that has to fail, if there is one.
    pub(crate) fn red(&self) -> Option<&Red> {
        match &self.expected {
            Expected::Red(red) => Some(red),
            Expected::Equivalent(_) | Expected::Argued(_) => None,
        }
    }
}

/// The fields before the diff. A line without a field's name continues the field above.
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
    /// A suite, a test, and settings as `NAME=value`.
    fn parse(text: &str) -> Result<Self> {
        let mut words: Vec<_> = text.split_whitespace().collect();
        let mut environment = Vec::new();
        while let Some((name, value)) = words.last().and_then(|word| word.split_once('=')) {
            environment.push((name.to_owned(), value.to_owned()));
            words.pop();
        }
        let test = words.pop().unwrap_or_default().to_owned();
        if words.is_empty() {
            return Err(format!("\"{text}\" is not a suite and a test").into());
        }
        Ok(Self {
            suite: words.join(" "),
            test,
            environment,
        })
    }
}

impl fmt::Display for Red {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.suite.strip_prefix("test ") {
            Some(target) => write!(f, "`{target}`: `{}`", self.test),
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

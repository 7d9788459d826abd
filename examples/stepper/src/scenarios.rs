//! The scenarios: which models the page shows, and what it says about them.
//! `page/scenarios.txt` has the list.

use crate::Result;
use crate::blocks::{self, Block};

pub(crate) struct Scenario {
    /// Its name in a link.
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) title: String,
    pub(crate) model: String,
    pub(crate) intro: String,
    /// Schedules that are shown besides the plainest one of each outcome.
    pub(crate) with: Vec<With>,
    pub(crate) broken: Option<Broken>,
}

/// Schedules with a step that has some text in it, as `tests/book/stories.py` looks for it.
pub(crate) struct With {
    /// What is special about them, in words.
    pub(crate) note: String,
}

/// A planted bug that the model finds.
pub(crate) struct Broken {
    /// The number of the patch.
    pub(crate) mutant: String,
    /// Why the outcome must not be.
    pub(crate) rule: String,
    /// Lines of the algorithm as they are with the bug: a label, and the line.
    pub(crate) lines: Vec<(String, String)>,
}

impl Scenario {
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>> {
        let blocks = blocks::parse(text);
        blocks.iter().map(Self::of).collect()
    }

    fn of(block: &Block) -> Result<Self> {
        let broken = match block.field("mutant") {
            None => None,
            Some(mutant) => Some(Broken {
                mutant: mutant.to_owned(),
                rule: block.demand("rule")?.to_owned(),
                lines: (block.fields("broken"))
                    .map(|line| line.split_once(" => ").ok_or("`broken:` needs a `=>`"))
                    .map(|line| line.map(|(label, line)| (label.to_owned(), line.to_owned())))
                    .collect::<std::result::Result<_, _>>()?,
            }),
        };
        let with = |line: &str| -> Result<With> {
            let (_text, note) = line.split_once(" => ").ok_or("`with:` needs a `=>`")?;
            Ok(With {
                note: note.to_owned(),
            })
        };
        Ok(Self {
            with: block.fields("with").map(with).collect::<Result<_>>()?,
            id: block.head.clone(),
            group: block.demand("group")?.to_owned(),
            title: block.demand("title")?.to_owned(),
            model: block.demand("model")?.to_owned(),
            intro: block.demand("intro")?.to_owned(),
            broken,
        })
    }
}

//! The algorithm, in listings of some ten lines. `page/code.txt` has them.
//!
//! ```text
//! == load contains
//! title: load(k)
//!     read = the snapshot                        @look
//!     return e.p                                 @word
//! ```
//!
//! A head names the operations. `@look` is a label: a sentence says which line it belongs to,
//! as `build.mark`, or as `.look` in the listing of its own operation.

use crate::Result;
use crate::blocks;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Listing {
    #[serde(rename = "title")]
    title: String,
    #[serde(rename = "lines")]
    lines: Vec<String>,
    #[serde(skip)]
    names: Vec<String>,
    #[serde(skip)]
    labels: Vec<(String, usize)>,
}

#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Code(Vec<Listing>);

/// More lines than this are not seen at a glance.
const LONGEST: usize = 12;

impl Code {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut all = Vec::new();
        for block in blocks::parse(text) {
            let mut listing = Listing {
                title: block.demand("title")?.to_owned(),
                names: block.head.split_whitespace().map(str::to_owned).collect(),
                lines: Vec::new(),
                labels: Vec::new(),
            };
            for line in block
                .lines
                .iter()
                .filter(|line| !line.starts_with("title:"))
            {
                let (code, labels) = line.split_once('@').unwrap_or((line, ""));
                for label in labels.split_whitespace() {
                    let label = label.trim_start_matches('@').to_owned();
                    listing.labels.push((label, listing.lines.len()));
                }
                listing.lines.push(code.trim_end().to_owned());
            }
            if listing.lines.len() > LONGEST {
                return Err(format!("the listing `{}` is too long", block.head).into());
            }
            all.push(listing);
        }
        Ok(Self(all))
    }

    /// The listing and the line of a label.
    pub(crate) fn line(&self, label: &str, operation: &str) -> Result<(usize, usize)> {
        let (name, label) = label.split_once('.').unwrap_or((operation, label));
        let name = if name.is_empty() { operation } else { name };
        let listing = self
            .0
            .iter()
            .position(|it| it.names.iter().any(|it| it == name));
        let listing = listing.ok_or_else(|| format!("no listing of {name}"))?;
        let mut labels = self.0[listing].labels.iter();
        let line = labels.find(|(it, _)| it == label);
        let (_, line) = line.ok_or_else(|| format!("the listing of {name} has no @{label}"))?;
        Ok((listing, *line))
    }
}

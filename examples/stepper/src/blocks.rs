//! The format of the text files under `page/`: blocks, each with a head and lines.
//!
//! ```text
//! == the head
//! a line
//! another line
//! ```
//!
//! A line that begins with `# ` is a comment.

use crate::Result;

/// A block: the line that it begins on, its head, and its lines.
pub(crate) struct Block {
    pub(crate) number: usize,
    pub(crate) head: String,
    pub(crate) lines: Vec<String>,
}

impl Block {
    /// What stands after `name:`. None: the block has no such line.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields(name);
        fields.next()
    }

    /// What stands after each `name:`.
    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        (self.lines.iter()).filter_map(move |line| {
            let rest = line.strip_prefix(name)?.strip_prefix(':')?;
            Some(rest.trim())
        })
    }

    /// [`field`](Self::field), which the block must have.
    pub(crate) fn demand(&self, name: &str) -> Result<&str> {
        let missing = || format!("line {}: `{}` has no {name}", self.number, self.head);
        Ok(self.field(name).ok_or_else(missing)?)
    }

    /// Its lines as one, with a space between.
    pub(crate) fn joined(&self) -> String {
        let words = self.lines.iter().map(|line| line.trim());
        let words: Vec<_> = words.filter(|line| !line.is_empty()).collect();
        words.join(" ")
    }
}

/// All blocks of a file.
pub(crate) fn parse(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix("== ") {
            blocks.push(Block {
                number: index + 1,
                head: head.trim().to_owned(),
                lines: Vec::new(),
            });
        } else if line.starts_with("# ") {
            continue;
        } else if let Some(block) = blocks.last_mut() {
            block.lines.push(line.trim_end().to_owned());
        }
    }
    for block in &mut blocks {
        while block.lines.last().is_some_and(String::is_empty) {
            block.lines.pop();
        }
    }
    blocks
}

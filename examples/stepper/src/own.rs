//! A page of the reader's own calls: one state a call, from `inspect()` and `stats()`.

use crate::Result;
use crate::pack::{Data, OneCall};
use readmostly::SyncMap;
use std::fs;
use std::path::Path;
use walkthrough::{Line, Player, Script, State};

/// Adds the calls of a script.
pub(crate) fn add(data: &mut Data, path: &Path) -> Result<()> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let script = Script::parse(&name, &text)?;
    let player = Player::new();
    let mut calls = Vec::new();
    let mut comments = String::new();
    for line in &script.lines {
        let call = match line {
            Line::Comment(comment) => {
                comments.push_str(comment);
                comments.push(' ');
                continue;
            }
            Line::Call(_, call) => call,
        };
        let played = player.play(call);
        let call = call.to_string();
        let mut words = call.split(' ');
        let operation = words.next().unwrap_or_default();
        let operands: Vec<_> = words.collect();
        let returned = played.returned.map_or(String::new(), |it| format!(" {it}"));
        let changes = played.changes.join(", ");
        calls.push(OneCall {
            label: format!("{operation}({})", operands.join(", ")),
            operation: operation.to_owned(),
            sentence: format!("returns{returned}. {comments}Changes: {changes}."),
            state: played.state,
        });
        comments.clear();
    }
    data.add_calls(&name, &State::of(&SyncMap::new()), &calls)
}

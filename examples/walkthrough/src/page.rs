//! How the walk looks.

use walkthrough::{Call, Played};

/// What is printed, with or without colours.
pub(crate) struct Page {
    pub(crate) colour: bool,
}

/// Codes of the terminal.
const BOLD: &str = "1";
const CYAN: &str = "36";
const DIM: &str = "2";

impl Page {
    pub(crate) fn comment(&self, text: &str) -> String {
        self.painted(DIM, format!("# {text}").trim_end())
    }

    /// The call and what it returned, then the map, then what changed.
    pub(crate) fn call(&self, call: &Call, played: &Played) -> String {
        let returned = (played.returned.as_ref()).map_or(String::new(), |it| format!(" = {it}"));
        let call = self.painted(BOLD, &call.to_string());
        let state = self.painted(CYAN, &played.state.to_string());
        let changes = played.changes.join(", ");
        format!("{call}{returned}\n    {state}\n    {changes}\n")
    }

    fn painted(&self, code: &str, text: &str) -> String {
        match self.colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

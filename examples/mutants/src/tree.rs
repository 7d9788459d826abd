//! The copy of the crate that the mutants break.

use crate::patch::Patch;
use crate::problem::Result;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A copy of the crate. The copy and its builds stay there from one run to the next.
pub(crate) struct Tree {
    source: PathBuf,
    copy: PathBuf,
}

impl Tree {
    /// Copies the crate in `source` to `crate` in `folder`. What an earlier run changed in the
    /// copy is as in `source` again.
    pub(crate) fn copy(source: &Path, folder: &Path) -> Result<Self> {
        let tree = Self {
            source: source.to_owned(),
            copy: folder.join("crate"),
        };
        fs::create_dir_all(&tree.copy)?;
        for entry in fs::read_dir(source)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if is_part_of_the_crate(&path, name) {
                same(&path, &tree.copy.join(name))?;
            }
        }
        Ok(tree)
    }

    /// Where the copy is.
    pub(crate) fn path(&self) -> &Path {
        &self.copy
    }

    /// Where to keep what a test prints.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.copy.with_file_name(format!("{name}.log"))
    }

    /// Applies a patch to the copy. The error says why it does not apply.
    pub(crate) fn apply(&self, patch: &Patch) -> Result<()> {
        let above = self.copy.parent().unwrap_or(&self.copy);
        let applied = Command::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .arg(&patch.path)
            .current_dir(&self.copy)
            // Inside a checkout, git would take the paths as paths of that checkout.
            .env("GIT_CEILING_DIRECTORIES", above)
            .output()
            .map_err(|problem| format!("git: {problem}"))?;
        if applied.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&applied.stderr).trim().into())
    }

    /// Restores what patches change in the copy.
    pub(crate) fn restore(&self) -> Result<()> {
        let restored = |folder| same(&self.source.join(folder), &self.copy.join(folder));
        ["src", "examples"].into_iter().try_for_each(restored)
    }
}

/// Whether a path is neither hidden, except for cargo's settings, nor a target folder.
fn is_part_of_the_crate(path: &Path, name: &OsStr) -> bool {
    let hidden = name.to_string_lossy().starts_with('.') && name != ".cargo";
    !hidden && name != "target" && !path.join("CACHEDIR.TAG").exists()
}

/// Makes `to` equal to `from`. A file that is equal already is not touched, because
/// cargo rebuilds what has a newer time stamp.
fn same(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        let bytes = fs::read(from)?;
        if fs::read(to).ok().as_ref() != Some(&bytes) {
            fs::write(to, bytes)?;
        }
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let name = entry?.file_name();
        if !from.join(&name).exists() {
            remove(&to.join(name))?;
        }
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        same(&from.join(&name), &to.join(name))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(problem) if problem.kind() != ErrorKind::NotFound => Err(problem.into()),
        _ => Ok(()),
    }
}

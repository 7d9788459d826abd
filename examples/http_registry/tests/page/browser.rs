//! Starts `tests/page.mjs`, which drives the page in a headless Chromium.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the test needs, and the command that installs it.
const CHROMIUM: &str = "Chromium is missing: apt-get install chromium";
const NODE: &str = "Node.js is missing: apt-get install nodejs";
const PACKAGES: &str = "playwright-core or axe-core is missing: \
    npm install --prefix target/node playwright-core@1 axe-core@4";

/// The folder that Cargo builds into.
fn target() -> PathBuf {
    let inside = Path::new(env!("CARGO_TARGET_TMPDIR"));
    inside.parent().expect("a folder of the target").to_owned()
}

/// The folder of the packages, or what is missing.
fn packages() -> Result<PathBuf, &'static str> {
    let browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
    if !browsers.iter().any(|path| Path::new(path).exists()) {
        return Err(CHROMIUM);
    }
    if Command::new("node").arg("--version").output().is_err() {
        return Err(NODE);
    }
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let mut folders = [target(), ours].map(|folder| folder.join("node/node_modules"));
    let whole = |folder: &&mut PathBuf| {
        ["playwright-core", "axe-core"]
            .iter()
            .all(|name| folder.join(name).exists())
    };
    folders
        .iter_mut()
        .find(whole)
        .map(|folder| folder.clone())
        .ok_or(PACKAGES)
}

#[test]
fn the_page_works_in_a_browser() {
    let packages = match packages() {
        Ok(packages) => packages,
        Err(missing) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{missing}"),
        Err(missing) => {
            // Past the capture of the test's output: who runs the tests shall see it.
            let said = format!("the_page_works_in_a_browser is skipped. {missing}\n");
            std::io::stderr()
                .write_all(said.as_bytes())
                .expect("standard error");
            return;
        }
    };
    let pictures = target().join("http_registry/page");
    let status = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page.mjs"))
        .arg(env!("CARGO_BIN_EXE_http_registry"))
        .args([&packages, &pictures])
        .status()
        .expect("node starts");
    assert!(status.success(), "the checks that failed are printed above");
}

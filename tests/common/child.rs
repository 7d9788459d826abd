//! A test in a process of its own: the test program, started again for that test.

use std::env;
use std::process::Command;

/// For a test that leaks on purpose.
#[allow(dead_code, reason = "most suites leak nothing")]
pub(crate) const LEAKS: (&str, &str) = ("ASAN_OPTIONS", "detect_leaks=0");

/// Starts the test of this name again, and no other. `module` is the `module_path!()` of
/// the test.
pub(crate) fn again(module: &str, name: &str) -> Command {
    // The harness leaves the name of the program out.
    let test = match module.split_once("::") {
        Some((_, module)) => format!("{module}::{name}"),
        None => name.to_owned(),
    };
    let program = env::current_exe().expect("the test has a path");
    let mut command = Command::new(program);
    command.args([&test, "--exact", "--nocapture"]);
    command
}

/// Whether the test has passed in a process of its own, with this in its environment.
/// There it is false: the test is to go on.
#[allow(dead_code, reason = "some processes are not to pass")]
pub(crate) fn has_passed(module: &str, name: &str, environment: &[(&str, &str)]) -> bool {
    const INSIDE: &str = "READMOSTLY_TEST_INSIDE";
    if env::var_os(INSIDE).is_some() {
        return false;
    }
    let child = again(module, name)
        .env(INSIDE, "1")
        .envs(environment.iter().copied())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&child.stdout);
    let passed = child.status.success() && said.contains("1 passed");
    assert!(passed, "{child:?}");
    true
}

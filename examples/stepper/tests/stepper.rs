//! The program refuses scripts and stories that are wrong, and says where.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_stepper");
    let output = Command::new(program).args(arguments).output();
    output.expect("the program can be run")
}

/// What the program says when it fails.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?} should fail");
    String::from_utf8(output.stderr).expect("a message is text")
}

/// A new folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

/// Ten wrong scripts, each with the line of its mistake.
const WRONG: [(&str, usize); 10] = [
    ("# no call", 1),
    ("store a 1 # a call\ndelete", 2),
    ("load", 1),
    ("load a b", 1),
    ("load a\nlode a", 2),
    ("load a\nLoad a", 2),
    ("\n\nstore a", 3),
    ("store a b", 1),
    ("store a 1\nstore 1 a", 2),
    ("range\nstore a 99999999999", 2),
];

#[test]
fn ten_wrong_scripts_have_ten_messages_with_their_line() {
    let folder = folder("scripts");
    let mut messages = BTreeSet::new();
    for (number, (script, line)) in WRONG.iter().enumerate() {
        let path = folder.join("script.txt");
        fs::write(&path, script).unwrap();
        let message = refusal(&["--script", path.to_str().unwrap()]);
        let place = format!("script.txt:{line}:");
        assert!(message.contains(&place), "script {number}: {message}");
        messages.insert(message);
    }
    assert_eq!(messages.len(), WRONG.len(), "{messages:#?}");
}

#[test]
fn a_script_becomes_a_page_with_a_state_for_each_call() {
    let path = folder("page").join("script.txt");
    fs::write(&path, "store a 1\nload a\ndelete a # gone\n").unwrap();
    let output = run(&["--script", path.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    let message = String::from_utf8(output.stderr).unwrap();
    let (page, _) = message.split_once(": ").expect("it says what it wrote");
    let page = fs::read_to_string(page).unwrap();
    for state in ["read{}+ dirty{a:1} 0", "read{a:1}", "read{a:nil}"] {
        assert!(page.contains(&format!("\"text\":\"{state}\"")), "{state}");
    }
}

/// A story of one step, a store to the word of `a`, which holds 1 before.
fn story(model: &str, from: &str) -> String {
    let map = |p: &str| {
        format!(
            r#"{{"text":"read{{a:{p}}}","read":{{"snapshot":"S1","amended":false,
            "superseded":false,"entries":[{{"key":"a","entry":"a","p":"{p}"}}]}},
            "dirty":null,"misses":0,"mutex":null,"retired":[]}}"#
        )
    };
    format!(
        r#"{{"model":"{model}","claim":"","actors":1,"outcomes":[{{"outcome":"- → read{{a:2}}",
        "expected":true,"stale":false,"start":{},"steps":[{{"actor":0,"kind":"step",
        "event":"cas","text":"CAS a.p","on":"a.p","from":"{from}","to":"2","map":{}}}]}}]}}"#,
        map("1"),
        map("2"),
    )
}

#[test]
fn a_story_whose_steps_do_not_fit_together_is_refused() {
    let folder = folder("stories");
    let refused = |text: &str| {
        fs::write(folder.join("first-keys.json"), text).unwrap();
        refusal(&["--data", folder.to_str().unwrap(), "--only", "first-keys"])
    };
    let model = "alone::the_first_keys_are_added_and_promoted";
    let wrong = refused(&story(model, "7"));
    assert!(
        wrong.contains("step 1, `CAS a.p`: it is not 7 before"),
        "{wrong}"
    );
    let other = refused(&story("alone::another", "1"));
    assert!(other.contains("it is a story of alone::another"), "{other}");
}

#[test]
fn a_command_line_that_it_does_not_know_is_refused() {
    assert!(refusal(&[]).contains("--data DIR or --script FILE is missing"));
    assert!(refusal(&["--data"]).contains("--data needs a value"));
    assert!(refusal(&["--dta", "x"]).contains("what is --dta?"));
}

use crate::replay;
use crate::script::{Operation, Script, Step};
use crate::workload::Workload;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

fn file(name: &str, trace: &str) -> PathBuf {
    let name = format!("readmostly-choose-{}-{name}", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, trace).expect("the test can write its file");
    path
}

fn read(path: &Path) -> Result<Script, String> {
    let script = replay::read(path, &Workload::default());
    fs::remove_file(path).expect("the test wrote it");
    script
        .map(|(script, _)| script)
        .map_err(|problem| problem.to_string())
}

#[test]
fn a_trace_is_replayed_and_put_back() {
    let trace = "get,a\nmiss,b\ninsert,b\noverwrite,a\nremove,a\nget,c\nwalk\n";
    let script = read(&file("whole", trace)).unwrap();
    // `a` and `c` are there at first, so they come first.
    assert_eq!((script.present, script.stable, script.named), (2, 2, 3));
    let expected = [
        Step::new(Operation::Get, 0),
        Step::new(Operation::Get, 2),
        Step::new(Operation::Insert, 2),
        Step::new(Operation::Overwrite, 0),
        Step::new(Operation::Remove, 0),
        Step::new(Operation::Get, 1),
        Step::new(Operation::Walk, 0),
        // `a` comes back, `b` goes.
        Step::new(Operation::Insert, 0),
        Step::new(Operation::Remove, 2),
    ];
    assert_eq!(script.steps, expected);
}

#[test]
fn a_clear_is_put_back_too() {
    let script = read(&file("clear", "get,a\nget,b\nclear\ninsert,a\n")).unwrap();
    let put_back = &script.steps[4..];
    assert_eq!(put_back, [Step::new(Operation::Insert, 1)]);
}

#[test]
fn each_repetition_begins_where_the_first_one_did() {
    let trace = "remove,a\ninsert,b\noverwrite,c\nclear\ninsert,d\nmiss,a\n";
    let script = read(&file("again", trace)).unwrap();
    let at_first: HashSet<_> = (0..u64::from(script.present)).collect();
    let mut present = at_first.clone();
    for position in 0..3 * script.steps.len() as u64 {
        match script.step(position) {
            (Operation::Insert | Operation::Overwrite, key) => drop(present.insert(key)),
            (Operation::Remove, key) => assert!(present.remove(&key)),
            (Operation::Clear, _) => present.clear(),
            _ => {}
        }
    }
    assert_eq!(present, at_first);
}

/// A key that comes up behind a `clear` was there at the beginning, and went with all
/// the others.
#[test]
fn a_key_that_comes_up_behind_a_clear_is_put_back() {
    let all = |trace| read(&file("behind", trace)).unwrap();
    let script = all("clear\nget,a\n");
    assert_eq!((script.present, script.stable, script.named), (1, 1, 1));
    assert_eq!(script.steps[2..], [Step::new(Operation::Insert, 0)]);
    // One that is written to then is there at the end.
    let script = all("clear\noverwrite,a\n");
    assert_eq!((script.present, script.steps.len()), (1, 2));
    let script = all("clear\nremove,a\n");
    assert_eq!(script.steps[2..], [Step::new(Operation::Insert, 0)]);
}

/// Whatever the trace is, and so whatever order its threads were recorded in.
#[test]
fn the_end_of_any_trace_is_its_beginning() {
    const LINES: [&str; 11] = [
        "clear",
        "get,a",
        "miss,a",
        "insert,a",
        "overwrite,a",
        "remove,a",
        "get,b",
        "insert,b",
        "overwrite,b",
        "remove,b",
        "walk",
    ];
    const LENGTH: u32 = 4;
    for number in 0..LINES.len().pow(LENGTH) {
        let line = |place| LINES[number / LINES.len().pow(place) % LINES.len()];
        let trace: Vec<_> = (0..LENGTH).map(line).collect();
        let script = read(&file("any", &trace.join("\n"))).unwrap();
        let at_first: HashSet<_> = (0..u64::from(script.present)).collect();
        let mut present = at_first.clone();
        for pass in 1..=2 {
            for position in 0..script.steps.len() as u64 {
                let position = pass * script.steps.len() as u64 + position;
                match script.step(position) {
                    (Operation::Insert | Operation::Overwrite, key) => {
                        present.insert(key);
                    }
                    (Operation::Remove, key) => {
                        present.remove(&key);
                    }
                    (Operation::Clear, _) => present.clear(),
                    (Operation::Get | Operation::Walk, _) => {}
                }
            }
            assert_eq!(present, at_first, "{trace:?}");
        }
    }
}

#[test]
fn what_is_no_trace_is_refused_with_its_file_and_line() {
    let path = file("bad", "get,a\n\nfetch,a\n");
    let problem = read(&path).unwrap_err();
    let place = format!("--trace: {}: line 3: found \"fetch,a\"", path.display());
    assert!(problem.starts_with(&place), "{problem}");
    let missing = replay::read(Path::new("/no/such/file"), &Workload::default());
    let problem = missing.unwrap_err().to_string();
    assert!(problem.starts_with("--trace: /no/such/file: "), "{problem}");
}

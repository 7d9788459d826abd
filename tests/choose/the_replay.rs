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

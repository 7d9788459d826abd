//! A reader of `docs/what-does-not-compile.md` sees the error code in a sentence above the
//! program. The compiler's error is compared with the code in the first line of the block.

use std::fs;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/what-does-not-compile.md");

#[test]
fn the_code_above_a_rejected_program_is_the_one_that_is_checked() {
    let page = fs::read_to_string(PAGE).expect("a readable file");
    let lines: Vec<_> = page.lines().collect();
    let mut rejected = 0;
    for (at, line) in lines.iter().enumerate() {
        let Some(code) = line.strip_prefix("```compile_fail") else {
            continue;
        };
        let expected = match code.strip_prefix(',') {
            Some(code) => format!("Rejected with error {code}:"),
            None => String::from("Rejected with no error code (the future is not `Send`):"),
        };
        assert_eq!(lines[at - 2], expected, "line {}", at + 1);
        rejected += 1;
    }
    let said = lines.iter().filter(|line| line.starts_with("Rejected "));
    assert_eq!(rejected, said.count());
    assert!(rejected > 15, "only {rejected} programs were found");
}

//! The player: the results of all operations, the states and the words.

use walkthrough::{Player, Script};

/// Plays a script. Gives for each call: its line, the result, the map, and what changed.
fn played(text: &str) -> Vec<String> {
    let script = Script::parse("test", text).expect("it has no mistake");
    let player = Player::new();
    let tell = |(_, call)| {
        let played = player.play(call);
        let returned = played.returned.unwrap_or_default();
        let changes = played.changes.join(", ");
        format!("{call} = {returned} | {} | {changes}", played.state)
    };
    script.calls().map(tell).collect()
}

#[test]
fn each_operation_returns_what_go_returns() {
    let calls = "load_or_store a 1\nload_or_store a 2\nload a\nload b\nswap a 3\nswap b 4\n\
                 compare_and_swap a 3 5\ncompare_and_swap a 3 6\ncompare_and_delete a 6\n\
                 compare_and_delete a 5\nload_and_delete b\nload_and_delete b\nstore c 7\n\
                 range\nclear\nrange\ncompact";
    let returned: Vec<_> = (played(calls).iter())
        .map(|told| {
            let (_, rest) = told.split_once(" = ").expect("it has a result");
            rest.split_once(" |").expect("it has a state").0.to_owned()
        })
        .collect();
    let expected = [
        "stored 1", "loaded 1", "1", "-", "1", "-", "swapped", "kept", "kept", "deleted", "4", "-",
        "", "{c:7}", "", "{}", "purged 0",
    ];
    assert_eq!(returned, expected);
}

#[test]
fn a_removed_key_of_both_maps_becomes_nil_in_both() {
    let told = played("store a 1\nrange\nstore b 2\ndelete a\ncompare_and_delete b 2");
    let expected = [
        "delete a =  | read{a:nil}+ dirty{a:nil b:2} 0 | no lock, a: 1 → nil",
        "compare_and_delete b 2 = deleted | read{a:nil}+ dirty{a:nil b:nil} 1 | \
         1 lock, 1 miss, b: 2 → nil",
    ];
    assert_eq!(told[3..], expected);
}

#[test]
fn a_removal_that_empties_dirty_promotes_an_empty_map() {
    let told = played("store a 1\ndelete a");
    assert_eq!(
        told[1],
        "delete a =  | read{} | 1 lock, 1 miss, promoted, a taken out of dirty"
    );
}

#[test]
fn a_compaction_drops_all_kinds_of_tombstones() {
    let told = played(
        "store a 1\nstore z 1\nrange\ndelete a\nstore b 2\ndelete z\n\
         compare_and_delete b 2\ncompact",
    );
    assert!(
        told[6].contains("| read{a:X z:nil}+ dirty{b:nil z:nil} 1 |"),
        "{told:?}"
    );
    let expected = "compact = purged 3 | read{} | 1 lock, promoted twice, \
                    dirty built (0 copied, 2 expunged), a dropped, b dropped, z dropped";
    assert_eq!(told[7], expected);
}

#[test]
fn a_script_of_the_lines_of_its_calls_is_the_same_script() {
    let text = "load a\nstore a 1\nswap a 2\nload_or_store a 3\ndelete a\nload_and_delete a\n\
                compare_and_swap a 1 2\ncompare_and_delete a 1\nrange\nclear\ncompact";
    let script = Script::parse("test", text).expect("it has no mistake");
    let lines: Vec<_> = script.calls().map(|(_, call)| call.to_string()).collect();
    assert_eq!(lines.join("\n"), text);
}

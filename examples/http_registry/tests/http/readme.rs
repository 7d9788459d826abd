//! The commands of the README: each is answered with the status that stands behind it.

use crate::server::Server;

/// The words of a command, as a shell would split it. Only single quotes are known.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (place, part) in command.split('\'').enumerate() {
        let quoted = place % 2 == 1;
        for (place, word) in part.split(' ').enumerate() {
            match (quoted, place) {
                (true, 1..) => *words.last_mut().expect("a word") += &format!(" {word}"),
                (false, 1..) => words.push(word.to_owned()),
                _ => words.last_mut().expect("a word").push_str(word),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Does what `curl` would do, and returns the status.
async fn curl(server: &Server, command: &str) -> u16 {
    let (mut method, mut headers) = (String::from("GET"), Vec::new());
    let (mut body, mut path) = (String::new(), None);
    let mut words = words(command).into_iter().skip(1);
    let value = |words: &mut dyn Iterator<Item = String>| words.next().expect("a value");
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => method = value(&mut words),
            "-H" => headers.push(value(&mut words)),
            "-d" => body = value(&mut words),
            "-N" => {}
            url => path = url.strip_prefix("localhost:8080").map(str::to_owned),
        }
    }
    let headers = headers
        .iter()
        .map(|header| header.split_once(": ").expect("a header"));
    let headers: Vec<_> = headers.collect();
    let request = server
        .api
        .request(&method, &path.expect("an address"), &headers);
    request
        .body(body)
        .send()
        .await
        .expect("an answer")
        .status()
        .as_u16()
}

#[tokio::test]
async fn the_commands_of_the_readme_do_what_it_says() {
    let server = Server::start(&[]);
    let commands = include_str!("../../README.md").lines();
    let commands = commands.filter(|line| line.starts_with("curl "));
    let mut ran = 0;
    for line in commands {
        let (command, status) = line
            .split_once("  # ")
            .expect("a status behind the command");
        let status: u16 = status.parse().expect("a status");
        assert_eq!(curl(&server, command).await, status, "{command}");
        ran += 1;
    }
    assert!(ran >= 10, "{ran} commands");
    server.api.is_well().await;
}

#[test]
fn the_readme_has_every_option_and_no_other() {
    let help = std::process::Command::new(crate::server::PROGRAM)
        .arg("--help")
        .output();
    let help = String::from_utf8(help.expect("the program runs").stdout).expect("it is text");
    let readme = include_str!("../../README.md");
    let options = |text: &str| -> std::collections::BTreeSet<String> {
        let is_part = |c: char| c == '-' || c.is_ascii_lowercase();
        let words = text
            .split(|c| !is_part(c))
            .filter(|word| word.starts_with("--"));
        words
            .filter(|word| word[2..].starts_with(|c: char| c != '-'))
            .map(str::to_owned)
            .collect()
    };
    let no_options_of_ours = [
        "--nocapture",
        "--prefix",
        "--release",
        "--size",
        "--test",
        "--version",
    ]
    .map(str::to_owned);
    let mut known = options(&help);
    known.extend(no_options_of_ours);
    let documented = options(readme);
    assert!(documented.is_subset(&known), "{documented:?}");
    for option in options(&help)
        .iter()
        .filter(|option| option.as_str() != "--version")
    {
        assert!(
            documented.contains(option) || option == "--listen",
            "{option}"
        );
    }
}

/// The default of an option, as the help says it.
fn default<'h>(help: &'h str, option: &str) -> &'h str {
    let (_, behind) = help.split_once(&format!("{option} <")).expect("the option");
    let (_, behind) = behind.split_once("[default: ").expect("its default");
    behind.split(']').next().expect("a value")
}

#[test]
fn the_limits_of_the_readme_are_the_defaults() {
    let help = std::process::Command::new(crate::server::PROGRAM)
        .arg("--help")
        .output();
    let help = String::from_utf8(help.expect("the program runs").stdout).expect("it is text");
    let rows = include_str!("../../README.md").lines();
    let rows = rows.filter(|row| row.starts_with("| ") && row.ends_with("` |"));
    let mut checked = 0;
    for row in rows {
        let cells: Vec<_> = row.split(" | ").collect();
        let [_, limit, option] = cells[..] else {
            continue;
        };
        let Some(option) = option.strip_prefix("`--") else {
            continue;
        };
        let option = format!("--{}", option.trim_end_matches("` |"));
        let number = limit.split(' ').next().expect("a number").replace(',', "");
        assert_eq!(number, default(&help, &option), "{row}");
        checked += 1;
    }
    assert_eq!(checked, 6);
    assert_eq!(
        (
            default(&help, "--heartbeat"),
            default(&help, "--compact-from")
        ),
        ("15", "1048576")
    );
}

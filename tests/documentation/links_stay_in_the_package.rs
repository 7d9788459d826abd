//! The published package holds `src`, `docs`, README, CHANGELOG and the licences. A
//! relative link of README or of a page of `docs` leads to one of these, and to a
//! heading that is there. `tests/book/links.py` compares the definitions of a link on
//! GitHub, in the book and in rustdoc.

use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).expect("a readable file")
}

/// README and the pages of `docs`, by their paths from the root.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    for folder in ["docs", "docs/reference"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("a readable folder").file_name());
        let files = names.map(|name| Path::new(folder).join(name));
        // Definitions for the book, which have no meaning on a page of their own.
        let files = files.filter(|file| !file.ends_with("book-links.md"));
        pages.extend(files.filter(|file| file.extension().is_some_and(|it| it == "md")));
    }
    pages
}

/// The lines of `text` that are not inside a code block, numbered from 1.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut code = false;
    let mut prose = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            prose.push((at + 1, line));
        }
    }
    prose
}

/// The targets of the links in `line`: of `[text](target)` and of `[name]: target`. The
/// text may begin in an earlier line.
fn targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1);
    let mut found: Vec<_> = inline.filter_map(|rest| rest.split(')').next()).collect();
    if line.starts_with('[') {
        found.extend(line.split_once("]: ").map(|(_, target)| target.trim()));
    }
    found
}

/// The part of a link behind `#` that leads to `heading`: the same on GitHub and in
/// rustdoc.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let kept = heading.trim().chars().filter(kept);
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_heading(page: &str, wanted: &str) -> bool {
    let lines = prose(page).into_iter();
    let headings = lines.filter(|(_, line)| line.starts_with('#'));
    let mut anchors = headings.map(|(_, line)| anchor(line.trim_start_matches('#')));
    anchors.any(|anchor| anchor == wanted)
}

/// The file that `target` names on `page`, as a path from the root.
fn resolve(page: &Path, target: &str) -> PathBuf {
    if target.is_empty() {
        return page.to_owned();
    }
    let mut path = page.parent().expect("a file").to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::CurDir => (),
            // Above the root, the path keeps its `..`, and so is not in the package.
            Component::ParentDir if path.pop() => (),
            part => path.push(part),
        }
    }
    path
}

fn is_in_the_package(path: &Path) -> bool {
    let path = path.to_str().expect("a path in UTF-8");
    // The figures and the stepper stay in the repository: rustdoc has the figures inside its
    // pages.
    matches!(path, "README.md" | "CHANGELOG.md")
        || ["LICENSE-", "docs/", "src/"]
            .iter()
            .any(|start| path.starts_with(start))
}

/// What is wrong with the link from `page` to `target`, if anything is.
fn mistake(page: &Path, target: &str) -> Option<&'static str> {
    if target.starts_with("https://") || target.starts_with("http://") {
        return None;
    }
    let (file, heading) = match target.split_once('#') {
        Some((file, heading)) => (file, Some(heading)),
        None => (target, None),
    };
    // The stepper has scenes, and no headings.
    let heading = heading.filter(|_| !file.ends_with(".html"));
    let file = resolve(page, file);
    if !is_in_the_package(&file) {
        return Some("the file is not in the package");
    }
    if !root().join(&file).is_file() {
        return Some("there is no such file");
    }
    let missing = heading.is_some_and(|heading| !has_heading(&read(&file), heading));
    missing.then_some("the page has no such heading")
}

#[test]
fn a_relative_link_leads_to_a_file_of_the_package_and_to_its_heading() {
    let mut links = 0;
    let mut mistakes = String::new();
    for page in pages() {
        let text = read(&page);
        for (at, line) in prose(&text) {
            for target in targets(line) {
                links += 1;
                if let Some(mistake) = mistake(&page, target) {
                    let place = format!("{}:{at}", page.display());
                    mistakes.push_str(&format!("{place}: {target}: {mistake}\n"));
                }
            }
        }
    }
    assert!(mistakes.is_empty(), "\n{mistakes}");
    assert!(links > 30, "found too few links: {links}");
}

/// `[text](page.md)` leads nowhere in rustdoc. A link by reference leads to the chapter there, if
/// `links.md` defines its name.
#[test]
fn a_link_from_page_to_page_has_a_second_target_for_rustdoc() {
    let names = |text: &str| -> Vec<_> {
        let lines = text.lines().filter(|line| line.starts_with('['));
        let links = lines.filter_map(|line| line.split_once("]: "));
        let relative = links.filter(|(_, target)| !target.starts_with("http"));
        relative.map(|(name, _)| name.to_lowercase()).collect()
    };
    let mut in_rustdoc = names(&read(Path::new("src/docs/links.md")));
    if let Ok(generated) = fs::read_to_string(root().join("src/docs/generated-links.md")) {
        in_rustdoc.extend(names(&generated));
    }
    let mut links = 0;
    for page in pages() {
        // The contents of the book are no page.
        if page == Path::new("README.md") || page.ends_with("SUMMARY.md") {
            continue;
        }
        let text = read(&page);
        for (at, line) in prose(&text) {
            let inline = line.split("](").skip(1);
            let mut inline = inline.filter_map(|rest| rest.split(')').next());
            let is_page = |target: &str| target.contains(".md") && !target.starts_with("http");
            assert!(!inline.any(is_page), "{}:{at}: {line}", page.display());
        }
        for name in names(&text) {
            links += 1;
            assert!(in_rustdoc.contains(&name), "{}: {name}]", page.display());
        }
    }
    assert!(links > 20, "found too few links: {links}");
}

/// In rustdoc the definitions of `links.md` count before those of the page.
#[test]
fn a_link_of_the_documentation_leads_to_a_heading_of_its_page() {
    let links = read(Path::new("src/docs/links.md"));
    let chapters = links
        .lines()
        .filter_map(|line| line.split_once("crate::docs::"));
    let chapters: Vec<_> = chapters.map(|(_, target)| target).collect();
    for target in &chapters {
        let (chapter, heading) = target.split_once('#').unwrap_or((target, ""));
        // A chapter of the book has its number in front: `book::ch01_x` is `01-x.md`.
        let name = chapter.strip_prefix("book::").unwrap_or(chapter);
        let name = name
            .strip_prefix("ch")
            .filter(|_| name != chapter)
            .unwrap_or(name);
        // `async` is a keyword.
        let name = if name == "with_async" { "async" } else { name };
        let page = format!("docs/{}.md", name.replace("::", "/").replace('_', "-"));
        let page = read(Path::new(&page));
        assert!(
            heading.is_empty() || has_heading(&page, heading),
            "{target}"
        );
    }
    assert!(chapters.len() > 5, "found too few links: {chapters:?}");
}

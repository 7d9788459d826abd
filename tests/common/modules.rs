//! The files of a crate as modules, and the circles in which they import.
//!
//! A file imports from another if a path in its code leads there: a path that
//! begins with `crate`, `super`, `self` or the name of a child module. The longest
//! part of the path that names a module names the file.
//!
//! `mod child;` and `pub(in crate::parent)` are no imports. `pub use child::Name` is
//! none either, unless the file uses the name itself: it passes the name on, and a
//! path to the name leads on to where the name comes from. A name from outside the
//! crate, an alias or a glob is not followed: a path to it ends at the file that
//! passes it on. A file that `#[path]` takes from elsewhere imports nothing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

/// A path from the crate's root: of a module, or of a name in one.
type Absolute = Vec<String>;

/// One file: its module, which for the root is empty, and its code without comments.
pub(crate) type File = (Absolute, String);

/// Every source file below the folder of a crate's root.
pub(crate) fn files_in(root: &Path) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a readable file");
                let code: Vec<_> = (text.lines())
                    .map(|line| line.split("//").next().unwrap_or_default())
                    .collect();
                let relative = path.strip_prefix(root).expect("below the root");
                found.push((module_of(relative), code.join("\n")));
            }
        }
    }
    found
}

fn module_of(file: &Path) -> Absolute {
    let file = file.with_extension("");
    let names = file.iter().map(|name| name.to_string_lossy().into_owned());
    let mut module: Absolute = names.collect();
    match &module[..] {
        [root] if root == "lib" || root == "main" => module.clear(),
        [.., last] if last == "mod" => module.truncate(module.len() - 1),
        _ => {}
    }
    module
}

/// The circles among the files below the folder of a crate's root, written as
/// `a -> b -> a`: for each file in a circle, the shortest through it.
pub(crate) fn circles_in(root: &Path) -> BTreeSet<String> {
    circles_among(&files_in(root))
}

/// [`circles_in`], of files that were read before.
pub(crate) fn circles_among(files: &[File]) -> BTreeSet<String> {
    let imports = imports(files);
    let circles = imports.keys().filter_map(|start| circle(&imports, start));
    circles.map(written).collect()
}

/// What each module imports from.
type Imports = BTreeMap<Absolute, BTreeSet<Absolute>>;

/// The shortest circle that begins with one module.
fn circle<'i>(imports: &'i Imports, start: &'i Absolute) -> Option<Vec<&'i Absolute>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![start]]);
    while let Some(way) = ways.pop_front() {
        let last = way[way.len() - 1];
        for next in imports.get(last).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                ways.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}

/// A circle has the same text whichever of its modules it was found from.
fn written(mut circle: Vec<&Absolute>) -> String {
    let least = (0..circle.len()).min_by_key(|&at| circle[at]);
    circle.rotate_left(least.unwrap_or_default());
    circle.extend_from_within(..1);
    let names = circle.iter().map(|module| match &module[..] {
        [] => "crate".into(),
        names => names.join("::"),
    });
    names.collect::<Vec<_>>().join(" -> ")
}

fn imports(files: &[File]) -> Imports {
    let files: Vec<_> = (files.iter())
        .map(|(module, code)| (module, Code::read(code)))
        .collect();
    let names = Names::of(&files);
    let imported = |(module, code): &(&Absolute, Code<'_>)| {
        let imports = code.paths.iter().filter(|path| code.uses(path));
        let paths = imports.filter_map(|path| names.absolute(module, path));
        let others = paths
            .map(|path| names.home(path))
            .filter(|from| from != *module);
        ((*module).clone(), others.collect())
    };
    files.iter().map(imported).collect()
}

/// The modules of a crate, and the names that they pass on.
#[derive(Default)]
struct Names {
    modules: BTreeSet<Absolute>,
    /// Where each name that a file passes on comes from.
    passed_on: BTreeMap<Absolute, Absolute>,
}

impl Names {
    fn of(files: &[(&Absolute, Code<'_>)]) -> Self {
        let mut names = Self::default();
        for (module, code) in files {
            names.modules.insert((*module).clone());
            let children = code.children.iter().map(|child| below(module, &[child]));
            names.modules.extend(children);
        }
        for (module, code) in files {
            for path in code.paths.iter().filter(|path| path.is_passed_on) {
                if let Some(origin) = names.absolute(module, path) {
                    names
                        .passed_on
                        .insert(below(module, &[path.last()]), origin);
                }
            }
        }
        names
    }

    /// A path that a module's code names, if it does not lead out of the crate.
    fn absolute(&self, module: &Absolute, path: &Mention<'_>) -> Option<Absolute> {
        let scope = below(module, &path.scope);
        let first = path.segments[0];
        let is_child = self.modules.contains(&below(&scope, &[first]));
        let mut absolute = match first {
            "crate" => Absolute::new(),
            "self" | "super" => scope,
            _ => is_child.then_some(scope)?,
        };
        for segment in &path.segments {
            match *segment {
                "crate" | "self" | "*" => {}
                "super" => drop(absolute.pop()),
                name => absolute.push(name.into()),
            }
        }
        Some(absolute)
    }

    /// The module that a path leads to in the end.
    fn home(&self, mut path: Absolute) -> Absolute {
        loop {
            let is_module = |length: &usize| self.modules.contains(&path[..*length]);
            let length = (0..=path.len()).rev().find(is_module).unwrap_or_default();
            let name = path.get(..=length);
            match name.and_then(|name| self.passed_on.get(name)) {
                Some(origin) => path = [origin, &path[length + 1..]].concat(),
                None => {
                    path.truncate(length);
                    return path;
                }
            }
        }
    }
}

fn below(module: &[String], names: &[&str]) -> Absolute {
    let names = names.iter().map(|name| String::from(*name));
    module.iter().cloned().chain(names).collect()
}

/// What one file names.
#[derive(Default)]
struct Code<'c> {
    /// The modules that it declares, and that stand in files of their own.
    children: Vec<&'c str>,
    paths: Vec<Mention<'c>>,
    /// What its code names, apart from the paths in `use`.
    used: BTreeSet<&'c str>,
}

/// A path as the code has it.
struct Mention<'c> {
    /// The inline modules that it stands in.
    scope: Vec<&'c str>,
    segments: Vec<&'c str>,
    is_passed_on: bool,
}

impl<'c> Mention<'c> {
    fn last(&self) -> &'c str {
        self.segments[self.segments.len() - 1]
    }
}

impl<'c> Code<'c> {
    fn read(code: &'c str) -> Self {
        let tokens = tokens(code);
        let mut read = Self::default();
        // For each open brace the inline module that begins with it, if one does.
        let mut braces = Vec::new();
        let mut rest = &tokens[..];
        while let [first, after @ ..] = rest {
            let (before, from_here) = tokens.split_at(tokens.len() - rest.len());
            rest = after;
            match (before, *first) {
                ([.., "mod", name], ";") => read.children.push(name),
                ([.., "mod", name], "{") => braces.push(Some(*name)),
                (_, "{") => braces.push(None),
                (_, "}") => drop(braces.pop()),
                // The end of a path that begins with a type, or outside the crate.
                ([.., "::"], _) => {}
                (_, name) if is_name(name) => {
                    let scope: Vec<_> = braces.iter().flatten().copied().collect();
                    let mut paths = Vec::new();
                    rest = read_paths(from_here, &[], &mut paths);
                    for segments in paths {
                        read.add(before, &scope, segments);
                    }
                }
                _ => {}
            }
        }
        read
    }

    fn add(&mut self, before: &[&str], scope: &[&'c str], segments: Vec<&'c str>) {
        match before {
            [.., "(", "in"] => return,
            [.., "use"] => {}
            _ => {
                self.used.insert(segments[0]);
                // A name by itself is not from another file.
                if segments.len() == 1 {
                    return;
                }
            }
        }
        self.paths.push(Mention {
            scope: scope.to_vec(),
            segments,
            is_passed_on: matches!(before, [.., "pub" | ")", "use"]),
        });
    }

    fn uses(&self, path: &Mention<'_>) -> bool {
        !path.is_passed_on || self.used.contains(path.last())
    }
}

/// Adds the paths of a tree like `a::{b, c::d}`, which the code begins with. Gives
/// back the code after it.
fn read_paths<'t, 'c>(
    mut code: &'t [&'c str],
    parent: &[&'c str],
    paths: &mut Vec<Vec<&'c str>>,
) -> &'t [&'c str] {
    let mut path = parent.to_vec();
    while let [segment, after @ ..] = code {
        path.push(segment);
        match after {
            ["::", "{", group @ ..] => {
                code = group;
                while !code.is_empty() && code[0] != "}" {
                    code = read_paths(code, &path, paths);
                    // Past an alias and the comma.
                    let end = code.iter().position(|token| [",", "}"].contains(token));
                    code = &code[end.unwrap_or(code.len())..];
                    code = code.strip_prefix(&[","]).unwrap_or(code);
                }
                return code.get(1..).unwrap_or_default();
            }
            ["::", next, ..] if is_name(next) || *next == "*" => code = &after[1..],
            _ => {
                code = after;
                break;
            }
        }
    }
    paths.push(path);
    code
}

/// Names, `::`, and all other characters one by one.
fn tokens(mut code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    loop {
        code = code.trim_start();
        let end = match code.chars().next() {
            None => return tokens,
            Some(':') if code.starts_with("::") => Some(2),
            Some(first) if !is_in_names(first) => Some(first.len_utf8()),
            Some(_) => code.find(|c| !is_in_names(c)),
        };
        let (token, after) = code.split_at(end.unwrap_or(code.len()));
        tokens.push(token);
        code = after;
    }
}

fn is_name(token: &str) -> bool {
    token.chars().all(is_in_names)
}

fn is_in_names(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

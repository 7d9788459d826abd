//! Stories: what the threads of one execution did, as a schedule with a column for each.
//!
//! A model that fails prints the story of its failure. `cargo story MODEL` prints one story
//! for each outcome of a model that passes. `STORIES=json cargo story MODEL` prints them for a
//! program to read, in one line that begins with `{"model":`. `STORY_WITH` says which steps a
//! story must have ([`has_wanted_steps`]), and `STORY_ALL=1` folds none.
//!
//! Every model plays some of its stories on a plain map (`replay.rs`). A model whose story is
//! wrong fails, even if nothing else is wrong.

mod columns;
mod json;
mod replay;
mod words;

use readmostly::internals::story::{self, Story};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

thread_local! {
    /// The model that this thread explores.
    static MODEL: RefCell<Model> = RefCell::default();

    /// Whether a panic has been told. What comes after it is the clean-up.
    static HAS_PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// What a story begins with.
#[derive(Clone, Default)]
struct Model {
    name: String,
    /// Its doc comment.
    claim: String,
    expected: Vec<String>,
}

/// How plain a story is: first no read of an old value, then few changes of thread, then few
/// steps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    old_values: usize,
    changes: usize,
    steps: usize,
}

impl Rank {
    fn of_this_execution() -> Self {
        let (steps, old_values, changes) = story::measure();
        Self {
            old_values,
            changes,
            steps,
        }
    }
}

/// The plainest story of each outcome of a model.
#[derive(Default)]
pub(crate) struct Stories {
    plainest: BTreeMap<String, (Rank, Story)>,
    /// The plainest of those that read an old value.
    with_old_values: BTreeMap<String, (Rank, Story)>,
    /// Why the first story is wrong that is.
    wrong: Option<String>,
}

/// Which stories are wanted of a model that passes.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Json,
}

fn wanted() -> Option<Wanted> {
    static WANTED: OnceLock<Option<Wanted>> = OnceLock::new();
    *WANTED.get_or_init(|| match env::var("STORIES").ok()?.as_str() {
        "text" => Some(Wanted::Text),
        "json" => Some(Wanted::Json),
        other => panic!("STORIES is `text` or `json`, and not `{other}`"),
    })
}

/// This thread's model is explored from here on. If it panics, its story is printed.
pub(crate) fn begin(expected: &[&str]) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let claim = claim_of(&name);
    let expected = expected.iter().copied().map(String::from).collect();
    MODEL.set(Model {
        name,
        claim,
        expected,
    });
    HAS_PANICKED.set(false);
    tell_panics();
}

/// Panics in models print what led to them.
fn tell_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // loom ends a thread that it needs no more by a panic, whose payload is no text.
            let payload = panic.payload();
            let is_text = payload.is::<&str>() || payload.is::<String>();
            if is_text && story::is_any() && !HAS_PANICKED.replace(true) {
                let told = story::take();
                println!("{}", red(&told, "a panic"));
            }
            before(panic);
        }));
    });
}

/// The execution has ended: a panic is none of its.
pub(crate) fn forget() {
    drop(story::take());
}

/// A story that must not be, with what its model says.
fn red(told: &Story, outcome: &str) -> String {
    let model = MODEL.with_borrow(Clone::clone);
    let for_programs = match wanted() {
        Some(Wanted::Json) => json::json(&model, &[(false, &outcome.to_owned(), told)]),
        _ => String::new(),
    };
    let columns = columns::columns(told, show_all());
    let mut text = format!("\n{}\n", model.name);
    text.extend(model.claim.lines().map(|line| format!("  {line}\n")));
    text.push_str("\nExpected:\n");
    text.extend(model.expected.iter().map(|one| format!("  {one}\n")));
    format!(
        "{for_programs}{text}\nThe schedule that led to this:\n\n{columns}\nagain: {} {}\n",
        command(),
        model.name
    )
}

fn command() -> &'static str {
    if cfg!(crossbeam_loom) {
        "cargo loom-epoch"
    } else {
        "cargo loom"
    }
}

/// Whether the steps are shown that are folded otherwise.
fn show_all() -> bool {
    env::var_os("STORY_ALL").is_some()
}

impl Stories {
    /// The execution that has just ended had this outcome. `is_red`: it must not be.
    pub(crate) fn add(&mut self, outcome: &str, is_red: bool) {
        if !is_red && wanted().is_none() {
            return;
        }
        let rank = Rank::of_this_execution();
        let kept = if rank.old_values > 0 && !is_red {
            &mut self.with_old_values
        } else {
            &mut self.plainest
        };
        if kept.get(outcome).is_none_or(|(best, _)| rank < *best) {
            let told = story::story();
            if has_wanted_steps(&told) {
                kept.insert(outcome.to_owned(), (rank, told));
            }
        }
    }

    /// Checks the story of the execution that has just ended.
    pub(crate) fn check(&mut self, outcome: &str) {
        if self.wrong.is_none() {
            self.wrong = is_wrong(&story::story(), outcome);
        }
    }

    /// Panics if a story is wrong. A model that is red says so first.
    pub(crate) fn demand_right(&self) {
        if let Some(wrong) = &self.wrong {
            panic!("{wrong}");
        }
    }

    /// The plainest of all stories, none of which must be, and its outcome.
    pub(crate) fn red(&self) -> Option<(String, &str)> {
        let by_rank = |(_, (rank, _)): &(&String, &(Rank, Story))| *rank;
        let (outcome, (_, told)) = self.plainest.iter().min_by_key(by_rank)?;
        Some((red(told, outcome), outcome))
    }

    /// Prints what is wanted of a model that passes, and checks it.
    pub(crate) fn print(&self) {
        let Some(wanted) = wanted() else { return };
        let model = MODEL.with_borrow(Clone::clone);
        let old = self.with_old_values.iter().map(|kept| (true, kept));
        let all = self.plainest.iter().map(|kept| (false, kept)).chain(old);
        let all: Vec<_> = all
            .map(|(old, (outcome, (_, told)))| (old, outcome, told))
            .collect();
        for (_, outcome, told) in &all {
            if let Some(wrong) = is_wrong(told, outcome) {
                panic!("{wrong}");
            }
        }
        match wanted {
            Wanted::Json => println!("{}", json::json(&model, &all)),
            Wanted::Text => {
                println!("\n{}", model.name);
                model.claim.lines().for_each(|line| println!("  {line}"));
                for (old, outcome, told) in all {
                    let weak = if old { "  (with an old value)" } else { "" };
                    println!(
                        "\n{outcome}{weak}\n\n{}",
                        columns::columns(told, show_all())
                    );
                }
            }
        }
    }
}

/// Why a story is wrong, if it is, and the story.
fn is_wrong(told: &Story, outcome: &str) -> Option<String> {
    let why = replay::replay(told, outcome).err()?;
    let columns = columns::columns(told, true);
    Some(format!(
        "the story of {outcome} cannot be replayed: {why}\n\n{columns}"
    ))
}

/// Whether these steps come in this order: `STORY_WITH='1: locks then 2: waits'`. A number is a
/// thread; a step without one may be of any.
fn has_wanted_steps(told: &Story) -> bool {
    let wanted = env::var("STORY_WITH").unwrap_or_default();
    let words = words::Words::of(told);
    let mut steps = told.steps.iter();
    wanted.split(" then ").all(|part| {
        let (thread, part) = match part.split_once(": ") {
            Some((thread, part)) if thread.parse::<usize>().is_ok() => (thread.parse().ok(), part),
            _ => (None, part),
        };
        steps.any(|step| {
            thread.is_none_or(|thread| step.actor + 1 == thread) && words.step(step).contains(part)
        })
    })
}

/// The doc comment of a model: `file::name` in the folder of its suite.
fn claim_of(name: &str) -> String {
    let suite = if cfg!(crossbeam_loom) {
        "loom_epoch"
    } else {
        "loom"
    };
    let mut path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(suite);
    let Some((modules, function)) = name.rsplit_once("::") else {
        return String::new();
    };
    path.extend(modules.split("::"));
    path.set_extension("rs");
    let Ok(source) = fs::read_to_string(path) else {
        return String::new();
    };
    let head = format!("fn {function}(");
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let Some(place) = lines.iter().position(|line| line.starts_with(&head)) else {
        return String::new();
    };
    let above = lines[..place].iter().rev();
    let comment = above
        .skip_while(|line| line.starts_with("#["))
        .map_while(|line| line.strip_prefix("///"))
        .map(str::trim);
    let mut comment: Vec<_> = comment.collect();
    comment.reverse();
    comment.join("\n")
}

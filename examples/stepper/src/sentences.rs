//! The sentences: a template for each kind of step, chosen by its event, its operation and its
//! anchor. `page/sentences.txt` has them.

use crate::Result;
use crate::blocks;
use crate::code::Code;
use crate::story::Step;
use std::collections::BTreeSet;

/// A template.
struct Sentence {
    head: String,
    events: Vec<String>,
    operations: Vec<String>,
    anchors: Vec<String>,
    /// What must be so of the step.
    when: Vec<String>,
    /// The line of the algorithm.
    label: String,
    text: String,
}

pub(crate) struct Sentences(Vec<Sentence>);

/// What is known about a step besides the step itself.
pub(crate) struct Context<'a> {
    /// The call that it belongs to, as `load(a)`.
    pub(crate) call: &'a str,
    pub(crate) anchor: Option<&'a str>,
    /// Whether the thread holds the mutex.
    pub(crate) locked: bool,
    /// Whether the thread has held it in this call, and no longer does.
    pub(crate) unlocked: bool,
    /// Who holds the mutex.
    pub(crate) holder: Option<usize>,
    /// Whether this call has found its key in the snapshot when it looked there last.
    pub(crate) found: Option<bool>,
    /// The event before, of the same thread.
    pub(crate) after: &'a str,
    /// The misses, and the keys in the dirty map.
    pub(crate) misses: (usize, usize),
}

/// A sentence that was chosen: its place in the list, its text and its line of the algorithm.
pub(crate) struct Told {
    pub(crate) template: usize,
    pub(crate) text: String,
    pub(crate) listing: usize,
    pub(crate) line: usize,
}

impl Sentences {
    /// Each head is `EVENTS OPERATIONS ANCHORS WHEN > LABEL`. `*` is any, `|` is or, `,` is and.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut all = Vec::new();
        for block in blocks::parse(text) {
            let words: Vec<_> = block.head.split_whitespace().collect();
            let [events, operations, anchors, when, ">", label] = words[..] else {
                return Err(format!("sentences, line {}: `{}`", block.number, block.head).into());
            };
            let list = |words: &str, by| words.split(by).map(str::to_owned).collect();
            all.push(Sentence {
                text: block.joined(),
                events: list(events, '|'),
                operations: list(operations, '|'),
                anchors: list(anchors, '|'),
                when: list(when, ','),
                label: label.to_owned(),
                head: block.head,
            });
        }
        Ok(Self(all))
    }

    /// The heads, in order.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|sentence| sentence.head.clone())
            .collect()
    }

    /// All anchors that they name.
    pub(crate) fn anchors(&self) -> BTreeSet<&str> {
        let anchors = self.0.iter().flat_map(|sentence| &sentence.anchors);
        (anchors.map(String::as_str).filter(|anchor| *anchor != "*")).collect()
    }

    /// The first sentence that fits the step.
    pub(crate) fn tell(&self, step: &Step, context: &Context<'_>, code: &Code) -> Result<Told> {
        let operation = operation(context.call);
        let facts = facts(step, context);
        let is = |words: &[String], word: &str| words.iter().any(|it| it == "*" || it == word);
        let fits = |sentence: &Sentence| {
            is(&sentence.events, &step.event)
                && is(&sentence.operations, operation)
                && is(&sentence.anchors, context.anchor.unwrap_or("-"))
                && sentence
                    .when
                    .iter()
                    .all(|fact| fact == "*" || facts.contains(fact))
        };
        let Some(template) = self.0.iter().position(fits) else {
            let anchor = context.anchor.unwrap_or("-");
            let facts = facts.into_iter().collect::<Vec<_>>().join(" ");
            let what = format!("{} {operation} {anchor} ({facts})", step.event);
            return Err(format!("no sentence for `{}`: {what}", step.text).into());
        };
        let sentence = &self.0[template];
        let (listing, line) = code.line(&sentence.label, operation)?;
        let text = filled(&sentence.text, step, context);
        Ok(Told {
            template,
            text,
            listing,
            line,
        })
    }
}

/// The name of the operation of a call.
pub(crate) fn operation(call: &str) -> &str {
    call.split('(').next().unwrap_or(call)
}

/// The arguments of a call.
fn arguments(call: &str) -> Vec<&str> {
    let (_, rest) = call.split_once('(').unwrap_or_default();
    rest.trim_end_matches(')').split(", ").collect()
}

/// What is so of a step, in words that a template can ask for:
///
/// - `value`, `nil`, `X`, `-`, `amended`, …: what was read, written or returned;
/// - `was:…`: what was there; `seen:…`: what a compare-and-swap has found instead;
/// - `on:word`, `on:state`, `on:table`, `on:dirty`, …: what the step is about;
/// - `found`, `absent`: how a search ended; `had:found`, `had:absent`, `had:none`: how the last
///   search of this call in the snapshot ended; `built`, `added`, …: what became of `dirty`;
/// - `locked`, `free`, `unlocked`: whether the thread holds the mutex, does not, has held it;
/// - `stale`: it read an old value; `after:…`: the event before, of the same thread.
fn facts(step: &Step, context: &Context<'_>) -> BTreeSet<String> {
    let kind = |word: &str| match word.parse::<u64>() {
        Ok(_) => String::from("value"),
        Err(_) => word.to_owned(),
    };
    let mut facts = BTreeSet::new();
    for (prefix, value) in [("", &step.to), ("was:", &step.from), ("seen:", &step.seen)] {
        for word in value.iter().flat_map(|value| value.split(", ")) {
            facts.insert(format!("{prefix}{}", kind(word)));
        }
    }
    if let Some(result) = step.result() {
        let words = result.split(' ').map(kind);
        facts.extend(words);
    }
    facts.insert(format!("on:{}", kind(step.subject())));
    facts.insert(format!("after:{}", context.after));
    facts.extend(step.change.iter().map(|change| change.to_lowercase()));
    let had = |found| if found { "had:found" } else { "had:absent" };
    facts.insert(context.found.map_or("had:none", had).to_owned());
    let (misses, keys) = context.misses;
    for (fact, is_so) in [
        ("found", step.found == Some(true)),
        ("absent", step.found == Some(false)),
        ("locked", context.locked),
        ("free", !context.locked),
        ("unlocked", context.unlocked),
        ("stale", !step.newest),
        ("enough", misses >= keys),
    ] {
        if is_so {
            facts.insert(fact.to_owned());
        }
    }
    facts
}

/// The template with the step's own words in it.
fn filled(template: &str, step: &Step, context: &Context<'_>) -> String {
    let arguments = arguments(context.call);
    let argument = |index: usize| arguments.get(index).copied().unwrap_or_default();
    let entry = step.entry().unwrap_or(argument(0));
    let holder = context
        .holder
        .map_or(String::from("another thread"), |actor| {
            format!("thread {}", actor + 1)
        });
    let (misses, keys) = context.misses;
    [
        ("{key}", argument(0)),
        ("{value}", argument(1)),
        ("{new}", argument(2)),
        ("{entry}", entry),
        ("{from}", step.from.as_deref().unwrap_or_default()),
        ("{to}", step.to.as_deref().unwrap_or_default()),
        ("{seen}", step.seen.as_deref().unwrap_or_default()),
        ("{on}", step.on.as_deref().unwrap_or_default()),
        ("{snapshot}", step.snapshot().unwrap_or_default()),
        ("{holder}", &holder),
        ("{result}", step.result().unwrap_or_default()),
        ("{misses}", &misses.to_string()),
        ("{keys}", &keys.to_string()),
    ]
    .into_iter()
    .fold(template.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    })
}

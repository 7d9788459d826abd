//! A trace of a running program as a script.

use crate::script::{Operation, Script, Step};
use crate::units::count;
use crate::workload::Workload;
use readmostly::primitives::trace::{self, Header, Reader};
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The most operations that a trace may have. Each takes 8 bytes of memory.
const MOST_STEPS: usize = 1 << 28;

/// What the steps so far tell of the keys.
#[derive(Debug, Default)]
struct Known {
    ids: HashMap<String, u32>,
    /// The state of each key, by its number.
    keys: Vec<KeyState>,
    /// Whether the map was cleared. If so, keys that have not come up yet are absent.
    cleared: bool,
}

#[derive(Clone, Copy, Debug)]
struct KeyState {
    /// Whether the key is present at the start.
    at_first: bool,
    /// Whether the key is present after the steps so far.
    now: bool,
}

/// Reads a whole trace. Also returns a description of it.
///
/// # Errors
///
/// If the file cannot be read, or a line is not one of a trace. The error names the
/// file and the line.
pub(crate) fn read(path: &Path, workload: &Workload) -> Result<(Script, String), Box<dyn Error>> {
    let named = |problem: &dyn Error| format!("--trace: {}: {}", path.display(), chain(problem));
    let file = File::open(path).map_err(|problem| named(&problem))?;
    let mut reader = Reader::new(BufReader::new(file));
    let mut known = Known::default();
    let mut steps = Vec::new();
    while let Some(step) = reader.next() {
        if steps.len() == MOST_STEPS {
            let (line, most) = (reader.line_number(), MOST_STEPS);
            return Err(format!(
                "--trace: {}: line {line}: there are more than {most} operations",
                path.display()
            )
            .into());
        }
        steps.push(known.step(step.map_err(|problem| named(&problem))?));
    }
    let recorded = steps.len();
    known.put_back(&mut steps);
    let script = known.script(steps);
    let sampled = reader.header().map_or(String::new(), sampling);
    let load = format!(
        "{}: {} operations{sampled} on {} keys, {} of them there at the beginning; \
         {} more operations put back what it changed; values of {} bytes, {} threads",
        path.display(),
        count(recorded as u64),
        count(script.named.into()),
        count(script.present.into()),
        count((script.steps.len() - recorded) as u64),
        count(workload.value_bytes as u64),
        workload.threads
    );
    Ok((script, load))
}

fn sampling(header: Header) -> String {
    match header.one_key_in.get() {
        1 => String::new(),
        n => format!(" (of one key in {n})"),
    }
}

/// An error and its causes.
fn chain(problem: &dyn Error) -> String {
    match problem.source() {
        Some(source) => format!("{problem}: {}", chain(source)),
        None => problem.to_string(),
    }
}

impl Known {
    fn step(&mut self, step: trace::Step) -> Step {
        match step {
            trace::Step::On(operation, key) => self.step_on(operation, key),
            trace::Step::Clear => {
                self.keys.iter_mut().for_each(|key| key.now = false);
                self.cleared = true;
                Step::new(Operation::Clear, 0)
            }
            trace::Step::Walk => Step::new(Operation::Walk, 0),
        }
    }

    fn step_on(&mut self, operation: trace::Operation, key: String) -> Step {
        let (operation, before, after) = match operation {
            trace::Operation::Get => (Operation::Get, true, true),
            trace::Operation::Miss => (Operation::Get, false, false),
            trace::Operation::Insert => (Operation::Insert, false, true),
            trace::Operation::Overwrite => (Operation::Overwrite, true, true),
            trace::Operation::Remove => (Operation::Remove, true, false),
        };
        let next = self.keys.len() as u32;
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.keys.push(KeyState {
                at_first: before,
                now: before && !self.cleared,
            });
        }
        // A look-up changes nothing. It may be recorded in the wrong order with another
        // thread's write, so it does not tell the state of the key.
        if operation != Operation::Get {
            self.keys[id as usize].now = after;
        }
        Step::new(operation, id)
    }

    /// Appends the steps that bring the map back to its state at the start, so that the
    /// trace can be repeated.
    fn put_back(&self, steps: &mut Vec<Step>) {
        for (id, key) in (0..).zip(&self.keys) {
            match (key.at_first, key.now) {
                (true, false) => steps.push(Step::new(Operation::Insert, id)),
                (false, true) => steps.push(Step::new(Operation::Remove, id)),
                _ => {}
            }
        }
    }

    /// Numbers the keys that are present at the start first. All other keys are
    /// different keys in each repetition.
    fn script(&self, mut steps: Vec<Step>) -> Script {
        let present = self.keys.iter().filter(|key| key.at_first).count() as u32;
        let (mut old, mut new) = (0, present);
        let places = self.keys.iter().map(|key| {
            let next = if key.at_first { &mut old } else { &mut new };
            *next += 1;
            *next - 1
        });
        let places: Vec<u32> = places.collect();
        for step in &mut steps {
            step.key = places.get(step.key as usize).copied().unwrap_or(0);
        }
        Script {
            steps,
            present,
            stable: present,
            named: places.len() as u32,
        }
    }
}

//! Tasks that write, each to flags of its own, and note what was answered.

use crate::client::{Client, Write};
use crate::model::{Answered, State, Written};
use fastrand::Rng;
use http_registry::journal::Flag;
use reqwest::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinSet;

const TASKS: usize = 4;
const FLAGS_PER_TASK: usize = 4;

pub(crate) struct Writers {
    tasks: JoinSet<Written>,
    answered: Arc<AtomicUsize>,
}

impl Writers {
    pub(crate) fn start(client: &Client, before: &State, random: &mut Rng, large: bool) -> Self {
        let answered = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let writer = Writer {
                client: client.clone(),
                task,
                versions: versions(before, task),
                random: random.fork(),
                large,
                answered: Arc::clone(&answered),
            };
            tasks.spawn(writer.run());
        }
        Self { tasks, answered }
    }

    /// How many writes have been answered.
    pub(crate) fn answered(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// Waits for the tasks. They end when the program is gone.
    pub(crate) async fn end(self) -> Written {
        let mut all = Written::default();
        for mut written in self.tasks.join_all().await {
            all.answered.append(&mut written.answered);
            all.unanswered.append(&mut written.unanswered);
        }
        all
    }
}

/// The versions of the flags of a task.
fn versions(state: &State, task: usize) -> BTreeMap<String, u64> {
    let names = (0..FLAGS_PER_TASK).map(|flag| name(task, flag));
    names
        .filter_map(|name| Some((name.clone(), state.flags.get(&name)?.version)))
        .collect()
}

fn name(task: usize, flag: usize) -> String {
    format!("task-{task}-flag-{flag}")
}

struct Writer {
    client: Client,
    task: usize,
    /// The versions of its flags that are present. No other task writes these.
    versions: BTreeMap<String, u64>,
    random: Rng,
    large: bool,
    answered: Arc<AtomicUsize>,
}

impl Writer {
    async fn run(mut self) -> Written {
        let mut written = Written::default();
        loop {
            let write = self.next();
            let Ok(answer) = self.client.write(&write).await else {
                written.unanswered.push(write);
                return written;
            };
            let current = self.versions.get(&write.name).copied();
            assert_eq!(
                answer.status,
                expected(&write, current),
                "{write:?}: {answer:?}"
            );
            self.answered.fetch_add(1, Ordering::SeqCst);
            if !answer.status.is_success() {
                continue;
            }
            let version = answer.version.expect("a write that was made has a tag");
            let flag = write.value.is_some().then(|| {
                serde_json::from_str::<Flag>(&answer.body).expect("the answer is the flag")
            });
            match &flag {
                Some(flag) => self.versions.insert(flag.name.clone(), flag.version),
                None => self.versions.remove(&write.name),
            };
            written.answered.push(Answered {
                write,
                version,
                flag,
            });
        }
    }

    fn next(&mut self) -> Write {
        let name = name(self.task, self.random.usize(..FLAGS_PER_TASK));
        let current = self.versions.get(&name).copied();
        let value = (self.random.u32(0..4) > 0).then(|| self.value());
        let condition = match self.random.u32(0..4) {
            0 => current.map(|version| ("if-match", format!("\"{version}\""))),
            1 => Some(("if-match", String::from("\"999999999\""))),
            2 if value.is_some() => Some(("if-none-match", String::from("*"))),
            _ => None,
        };
        Write {
            name,
            value,
            condition,
            durable: self.random.bool(),
        }
    }

    /// A value that no other write has.
    fn value(&mut self) -> String {
        let length = if self.large {
            self.random.usize(2_000..4_000)
        } else {
            8
        };
        let fill = "x".repeat(length);
        format!(
            "{{\"unique\": \"{:016x}\", \"fill\": \"{fill}\"}}",
            self.random.u64(..)
        )
    }
}

/// The answer that the interface promises. `current` is the version that the flag has.
fn expected(write: &Write, current: Option<u64>) -> StatusCode {
    let met = match (&write.condition, current) {
        (None, _) => true,
        (Some(("if-none-match", _)), current) => current.is_none(),
        (Some((_, tag)), Some(version)) => *tag == format!("\"{version}\""),
        (Some(_), None) => false,
    };
    match (&write.value, current) {
        _ if !met => StatusCode::PRECONDITION_FAILED,
        (Some(_), None) => StatusCode::CREATED,
        (Some(_), Some(_)) => StatusCode::OK,
        (None, Some(_)) => StatusCode::NO_CONTENT,
        (None, None) => StatusCode::NOT_FOUND,
    }
}

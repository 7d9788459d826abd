//! Whether a busy machine is noticed.

use crate::drawn::swept;
use crate::machine::{Activity, Clocks, Machine, Spent};
use crate::verdict::Certainty;

fn spent(all: u64, others: u64, stolen: u64) -> Machine {
    Machine::of(Some(Spent {
        all,
        others,
        stolen,
    }))
}

#[test]
fn more_than_a_twentieth_for_others_is_too_much() {
    let activity = |all, others, stolen| spent(all, others, stolen).activity;
    assert_eq!(activity(1_000, 0, 0), Activity::Calm);
    assert_eq!(activity(1_000, 50, 0), Activity::Calm);
    assert_eq!(activity(1_000, 51, 0), Activity::Busy);
    assert_eq!(activity(1_000, 0, 51), Activity::Busy);
    assert_eq!(activity(1_000, 26, 25), Activity::Busy);
    assert_eq!(activity(99, 99, 0), Activity::TooShort);
    assert_eq!(activity(0, 0, 0), Activity::Unknown);
    assert_eq!(Machine::of(None).activity, Activity::Unknown);
}

/// Each square may have been too short to tell.
#[test]
fn a_machine_that_was_busy_in_the_whole_sweep_casts_doubt_on_each_square() {
    let certainties = |machine| {
        let mut sweep = swept(4, &["ShardedMap", "dashmap"]);
        sweep.machine = machine;
        let sweep = sweep.doubted();
        let squares = sweep.cells.into_iter().map(|square| square.verdict);
        squares
            .map(|verdict| verdict.expect("there is one").certainty)
            .collect::<Vec<_>>()
    };
    let calm = certainties(spent(1_000, 0, 0));
    assert!(
        calm.iter().all(|certainty| *certainty == Certainty::Tie),
        "{calm:?}"
    );
    let busy = certainties(spent(1_000, 900, 0));
    assert!(
        busy.iter().all(|certainty| *certainty == Certainty::Unsure),
        "{busy:?}"
    );
}

#[test]
fn the_shares_are_in_the_words() {
    let busy = spent(1_000, 370, 40);
    assert_eq!((busy.others, busy.stolen), (Some(0.37), Some(0.04)));
    for part in [
        "Other programs used 37 % of the processors' time",
        "the host of this virtual machine took 4 %",
        "not to be trusted",
    ] {
        assert!(busy.words.contains(part), "{}", busy.words);
    }
    let calm = spent(1_000, 4, 0);
    assert_eq!(
        calm.words,
        "Other programs used less than 1 % of the processors' time while this ran."
    );
}

const STAT: &str = "\
cpu  111 222 333 444 555 666 777 888 0 0
cpu0 10 2 3 400 50 6 7 8 9 1
cpu1 100 20 30 4000 500 60 70 80 0 0
cpu10 9 9 9 9 9 9 9 9 9 9
intr 5
";

/// The name of a program may look like fields.
const OWN: &str = "7 (a) R 1 (b)) S 1 7 7 0 -1 4194304 100 0 0 0 21 4 99 99 20 0 1 0 92815";

#[test]
fn what_is_not_idle_is_busy_on_the_processors_that_count() {
    let clocks = Clocks::of(STAT, OWN, &[0, 1]).expect("they are there");
    let (busy, stolen) = (28 + 280, 8 + 80);
    let expected = Clocks {
        all: busy + stolen + 450 + 4_500,
        busy,
        stolen,
        own: 25,
    };
    assert_eq!(clocks, expected);
    let one = Clocks::of(STAT, OWN, &[1]).expect("it is there");
    assert_eq!(one.busy, 280);
    assert_eq!(Clocks::of(STAT, OWN, &[2]), None);
    assert_eq!(Clocks::of("cpu0 1 2 3\n", OWN, &[0]), None);
    assert_eq!(Clocks::of(STAT, "7 (a) R", &[0]), None);
}

#[test]
fn what_this_process_used_is_not_the_others() {
    let before = Clocks {
        all: 100,
        busy: 50,
        stolen: 5,
        own: 10,
    };
    let after = Clocks {
        all: 300,
        busy: 230,
        stolen: 7,
        own: 160,
    };
    let expected = Spent {
        all: 200,
        others: 30,
        stolen: 2,
    };
    assert_eq!(after.since(before), expected);
}

#[cfg(target_os = "linux")]
mod on_this_machine {
    use super::*;
    use crate::program::{command, finish};
    use crate::workload::processors;
    use serde_json::Value;
    use std::hint::black_box;
    use std::process::{Child, Command};

    /// Other programs that take all processors, until this is dropped.
    struct Competitors(Vec<Child>);

    impl Competitors {
        fn start() -> Self {
            let start = |_| {
                let mut shell = Command::new("sh");
                shell.args(["-c", "while :; do :; done"]);
                shell.spawn().expect("there is a shell")
            };
            Self((0..2 * processors()).map(start).collect())
        }
    }

    impl Drop for Competitors {
        fn drop(&mut self) {
            for child in &mut self.0 {
                // It fails if the child has ended, which is as good.
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }

    /// The work ends when the clock of this process has gone on, however busy the machine.
    #[test]
    fn own_work_is_on_the_own_clock() {
        let before = Clocks::now().expect("Linux tells");
        let worked = (0..500).find_map(|_| {
            let sum = (0..10_000_000_u64).fold(0, |sum, n| sum ^ black_box(n));
            let after = Clocks::now().expect("Linux tells");
            let is_on = after.own >= before.own + 20;
            black_box(sum);
            is_on.then_some(after)
        });
        let after = worked.expect("the clock goes on");
        assert!(after.all >= before.all + 10, "{before:?}, {after:?}");
    }

    /// What a short run reports while competitors run.
    fn report_beside_competitors(arguments: &[&str]) -> Value {
        let _competitors = Competitors::start();
        let short = ["--json", "--rounds", "5", "--seconds", "2"];
        let maps = ["--only", "MutexMap,papaya"];
        let arguments = [&short[..], &maps, arguments].concat();
        let run = finish(command(env!("CARGO_BIN_EXE_choose"), &arguments), b"");
        let report: Value = serde_json::from_str(&run.out).expect("it is JSON");
        let machine = &report["machine"];
        assert_eq!(machine["activity"], "busy", "{machine:#}");
        assert!(machine["others"].as_f64() > Some(0.05), "{machine:#}");
        report
    }

    #[test]
    fn no_verdict_of_a_sweep_on_a_busy_machine_is_sure() {
        let report = report_beside_competitors(&["--sweep", "--threads", "1"]);
        let squares = report["cells"].as_array().expect("there are squares");
        for square in squares {
            assert_eq!(square["verdict"]["certainty"], "unsure", "{square:#}");
        }
    }

    #[test]
    fn a_verdict_on_a_busy_machine_is_unsure() {
        let report = report_beside_competitors(&[]);
        let verdict = &report["verdict"];
        assert_eq!(verdict["certainty"], "unsure", "{verdict:#}");
        let words = verdict["words"].as_str().expect("it is in words");
        assert!(
            words.contains("not sure, because other programs"),
            "{words}"
        );
    }
}

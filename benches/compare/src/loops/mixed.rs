//! One reader of known keys beside one writer. The writer overwrites known keys, or
//! inserts and removes other keys.

use crate::contender::{RENEWED_EVERY, Reader, Writable, Writer};
use crate::keys::{FRESH, Key, Steps, Walk};
use crate::quiet::{Paced, quietest};
use crate::timing::{Barrier, Pace, Window, histogram, on_threads, record, waited};
use hdrhistogram::Histogram;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How many of the inserted keys are present at a time.
const ALIVE: u64 = 100;

/// One read in so many is timed.
const READS: usize = 251;

/// One write in so many is timed. This is no divisor of [`RENEWED_EVERY`], so that
/// renewals are sampled too.
const WRITES: u64 = 7;

static MEASUREMENTS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Load {
    Overwrite,
    Churn,
}

impl Load {
    pub(crate) const ALL: [Self; 2] = [Self::Overwrite, Self::Churn];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overwrite => "beside overwrites",
            Self::Churn => "beside churn",
        }
    }
}

/// One measurement.
pub(crate) struct Mix<'k, K> {
    pub(crate) walk: &'k Walk<K>,
    pub(crate) load: Load,
    pub(crate) window: Window,
}

/// The result of one measurement.
pub(crate) struct Mixed {
    pub(crate) reader: Side,
    pub(crate) writer: Side,
}

/// What one thread did.
pub(crate) struct Side {
    pub(crate) pace: Pace,
    pub(crate) latencies: Histogram<u64>,
}

impl Paced for Mixed {
    fn pace(&self) -> Pace {
        Pace::sum(&[self.reader.pace, self.writer.pace])
    }
}

pub(crate) fn measure<C: Writable>(map: &C, mix: &Mix<'_, C::Key>) -> Mixed {
    quietest(|| attempt(map, mix))
}

fn attempt<C: Writable>(map: &C, mix: &Mix<'_, C::Key>) -> Mixed {
    let sides = on_threads(2, |thread, others| match thread {
        0 => read(&map.reader(), mix, others),
        _ => write(map.writer(), mix, others),
    });
    // The next contender must not pay for this garbage.
    map.collect();
    let [reader, writer] = <[Side; 2]>::try_from(sides).ok().expect("two threads ran");
    Mixed { reader, writer }
}

fn read<R: Reader>(reader: &R, mix: &Mix<'_, R::Key>, others: &Barrier) -> Side {
    let mut steps = mix.walk.from(0.5);
    let mut chunk = |latencies: &mut _| read_some(reader, mix.walk, &mut steps, latencies);
    side(mix.window, others, &mut chunk)
}

/// Warms up, empties the histogram, then measures.
fn side(
    window: Window,
    others: &Barrier,
    chunk: &mut impl FnMut(&mut Histogram<u64>) -> usize,
) -> Side {
    let mut latencies = histogram();
    window.warm_up().run(&mut || chunk(&mut latencies));
    latencies.reset();
    others.wait();
    let before = waited();
    let pace = window.run(&mut || chunk(&mut latencies));
    Side {
        pace: Pace {
            waited: waited().saturating_sub(before),
            ..pace
        },
        latencies,
    }
}

#[inline(never)]
fn read_some<R: Reader>(
    reader: &R,
    walk: &Walk<R::Key>,
    steps: &mut Steps<'_>,
    latencies: &mut Histogram<u64>,
) -> usize {
    let mut sum = 0_u64;
    let positions = steps.next(READS);
    let (&timed, others) = positions.split_last().expect("a walk never ends");
    for &position in others {
        sum = sum.wrapping_add(reader.get(&walk.keys[position as usize]).unwrap_or(0));
    }
    let start = Instant::now();
    sum = sum.wrapping_add(reader.get(&walk.keys[timed as usize]).unwrap_or(0));
    record(latencies, start.elapsed());
    black_box(sum);
    positions.len()
}

fn write<W: Writer>(writer: W, mix: &Mix<'_, W::Key>, others: &Barrier) -> Side {
    // The first of the keys that no earlier measurement used.
    let first = FRESH + (MEASUREMENTS.fetch_add(1, Ordering::Relaxed) << 32);
    let mut writer = Some(writer);
    let mut done = 0;
    let mut chunk = |latencies: &mut _| {
        if let Some(held) = writer.take() {
            writer = Some(write_some(held, mix, first, &mut done, latencies));
        }
        RENEWED_EVERY
    };
    let side = side(mix.window, others, &mut chunk);
    if let (Load::Churn, Some(writer)) = (mix.load, &writer) {
        let made = done / 2;
        for n in made.saturating_sub(ALIVE)..made {
            writer.remove(&W::Key::nth(first + n));
        }
    }
    side
}

/// Writes until the next renewal, which is part of the last write's latency.
#[inline(never)]
fn write_some<W: Writer>(
    mut writer: W,
    mix: &Mix<'_, W::Key>,
    first: u64,
    done: &mut u64,
    latencies: &mut Histogram<u64>,
) -> W {
    for n in 1..=RENEWED_EVERY {
        let start = (*done % WRITES == 0).then(Instant::now);
        match mix.load {
            Load::Overwrite => {
                let keys = &mix.walk.keys;
                writer.insert(&keys[*done as usize % keys.len()], *done);
            }
            Load::Churn => come_or_go(&writer, first, *done),
        }
        if n == RENEWED_EVERY {
            writer = writer.renewed();
        }
        if let Some(start) = start {
            record(latencies, start.elapsed());
        }
        *done += 1;
    }
    writer
}

/// Inserts a new key and removes an old one, in turn.
fn come_or_go<W: Writer>(writer: &W, first: u64, done: u64) {
    let pair = done / 2;
    if done % 2 == 0 {
        writer.insert(&W::Key::nth(first + pair), pair);
    } else if let Some(old) = pair.checked_sub(ALIVE) {
        writer.remove(&W::Key::nth(first + old));
    }
}

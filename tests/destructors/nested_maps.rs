//! Maps whose values are maps, many thousand levels deep. A drop goes down
//! level by level and needs stack for each, as that of nested boxes does. Who nests
//! maps so deeply takes them apart with `into_iter`, which needs none.

use crate::one_at_a_time::watched;
use readmostly::SyncMap;
use std::cell::Cell;

/// More than the stack of a thread has room for.
const LEVELS: usize = 20_000;

thread_local! {
    static DROPPED: Cell<usize> = const { Cell::new(0) };
}

/// A level, with the one below it.
struct Level(Option<SyncMap<u8, Level>>);

/// The remedy: each level is emptied before it is dropped.
impl Drop for Level {
    fn drop(&mut self) {
        let mut below: Vec<_> = self.0.take().into_iter().collect();
        while let Some(map) = below.pop() {
            for (_, mut level) in map {
                below.extend(level.0.take());
            }
        }
        DROPPED.set(DROPPED.get() + 1);
    }
}

fn nested() -> Level {
    (0..LEVELS).fold(Level(None), |inner, _| {
        Level(Some(SyncMap::from([(0, inner)])))
    })
}

#[test]
fn nested_maps_that_are_taken_apart_need_no_stack() {
    watched(|| {
        drop(nested());
        assert_eq!(DROPPED.get(), LEVELS + 1);
    });
}

/// In a deferred function, on the stack of whoever collects.
#[test]
fn nested_maps_that_were_removed_need_no_stack_either() {
    watched(|| {
        let map = SyncMap::new();
        map.insert(0, nested());
        drop(map.remove(&0));
        while !map.flush() {}
        assert_eq!(DROPPED.get(), LEVELS + 1);
    });
}

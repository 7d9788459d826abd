//! The promise across keys, with SeqCst loads that read the newest value
//! (`be_sequential` in `src/sync/model.rs`): of two who each write one key and then
//! read the other's, one finds the other's value.
//!
//! What this cannot show is a weaker store: loom's read-modify-writes take effect
//! at once.

use crate::explore::explore;
use crate::world::World;

fn known(world: &World) {
    world.swap('a', 1);
    world.swap('b', 1);
    world.range();
}

fn sequentially(model: impl FnOnce()) {
    // For this thread, which is this test's own.
    readmostly::internals::be_sequential(true);
    model();
}

#[test]
fn of_two_writers_of_known_keys_one_finds_what_the_other_wrote() {
    sequentially(|| {
        explore(
            known,
            [
                |w| format!("{} {}", w.swap('a', 2), w.load('b')),
                |w| format!("{} {}", w.swap('b', 2), w.load('a')),
            ],
            &[
                "1 1, 1 2 → read{a:2 b:2} len 2",
                "1 2, 1 1 → read{a:2 b:2} len 2",
                "1 2, 1 2 → read{a:2 b:2} len 2",
            ],
        );
    });
}

#[test]
fn of_a_writer_of_a_known_key_and_one_of_a_new_key_one_finds_what_the_other_wrote() {
    sequentially(|| {
        explore(
            |w| {
                w.swap('a', 1);
                w.range();
            },
            [
                |w| format!("{} {}", w.swap('a', 2), w.load('b')),
                |w| format!("{} {}", w.swap('b', 2), w.load('a')),
            ],
            &[
                "1 -, - 2 → read{a:2}+ dirty{a:2 b:2} 0 len 2",
                "1 2, - 1 → read{a:2}+ dirty{a:2 b:2} 1 len 2",
                "1 2, - 2 → read{a:2}+ dirty{a:2 b:2} 1 len 2",
            ],
        );
    });
}

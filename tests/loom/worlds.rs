//! The worlds that models begin with. A name says what both maps have.
//!
//! A *promoted* key is in `read`. A *dirty* one is in the dirty map alone. Of a *nil* or an
//! *expunged* one `read` has the entry, without a value. `and` joins keys of the same map: in
//! `a_nil_and_b_dirty` both are in the dirty map. Each comment begins with what [`World`]
//! displays, without the count.

use crate::world::World;

/// `read{}`. Nothing is published.
pub(crate) fn empty(_: &World) {}

/// `read{}+ dirty{a:1} 0`. The next miss promotes.
pub(crate) fn a_dirty(w: &World) {
    w.swap('a', 1);
}

/// `read{}+ dirty{a:1 b:2} 0`. The second miss promotes.
pub(crate) fn a_and_b_dirty(w: &World) {
    a_dirty(w);
    w.swap('b', 2);
}

/// `read{}+ dirty{a:nil b:2} 1`. The conditional removal left `a` in the dirty map, and
/// was a miss: the next one promotes.
pub(crate) fn a_nil_and_b_dirty(w: &World) {
    a_and_b_dirty(w);
    w.compare_and_delete('a', 1);
}

/// `read{a:1}`.
pub(crate) fn a_promoted(w: &World) {
    a_dirty(w);
    w.range();
}

/// `read{a:nil}`.
pub(crate) fn a_nil(w: &World) {
    a_promoted(w);
    w.load_and_delete('a');
}

/// `read{a:nil b:2}`.
pub(crate) fn a_nil_b_promoted(w: &World) {
    a_and_b_dirty(w);
    w.range();
    w.load_and_delete('a');
}

/// `read{a:1 b:nil}`.
pub(crate) fn a_promoted_b_nil(w: &World) {
    a_and_b_dirty(w);
    w.range();
    w.load_and_delete('b');
}

/// `read{a:1}+ dirty{a:1 b:2} 0`. The second miss promotes.
pub(crate) fn a_promoted_b_dirty(w: &World) {
    a_promoted(w);
    w.swap('b', 2);
}

/// `read{a:1}+ dirty{a:1 b:2} 1`. The next miss promotes.
pub(crate) fn a_promoted_b_missed_once(w: &World) {
    a_promoted_b_dirty(w);
    w.load('b');
}

/// `read{a:X}+ dirty{b:2} 0`. The insertion of `b` rebuilt the dirty map without `a`. The
/// next miss promotes, and drops the entry of `a`.
pub(crate) fn a_expunged_b_dirty(w: &World) {
    a_nil(w);
    w.swap('b', 2);
}

//! The book: how Go's `sync.Map` works, and why each step of it is there.
//!
//! Read the chapters in order. Each has one idea, and ends with questions and an exercise.
//!
//! 1. [Readers that write](ch01_readers_that_write): a lock makes readers write to one shared
//!    line; a table that never changes needs no lock.
//! 2. [From one lock to two maps](ch02_from_one_lock_to_two_maps): the design is five repairs,
//!    and the failure of each forces the next.
//! 3. [The word p](ch03_the_word_p): three states, six arrows, one word.
//! 4. [The operations, step by step](ch04_the_operations): each step guards against one race,
//!    which has a name.
//! 5. [Counting misses](ch05_counting_misses): N misses pay for the copy of N pointers.
//! 6. [Why it is right](ch06_why_it_is_right): invariants at every unlock, and one instant for
//!    every call.
//! 7. [Who frees what](ch07_who_frees_what): a collector answers one question: can any thread
//!    still see this?
//! 8. [Orderings](ch08_orderings): Release and Acquire carry the bytes of a value; `SeqCst` is
//!    for two keys.
//! 9. [Check it yourself](ch09_check_it_yourself): loom runs every schedule, and a model that
//!    cannot fail proves nothing.
//! 10. [What is commonly said](ch10_commonly_said): sentences about `sync.Map` that are not so.
//! 11. [History](ch11_history): from 2016 to the hash trie, and what is left for this design.
//!
//! [Break it](break_it) plants five bugs, and shows the schedule that finds each of them. The
//! [glossary] explains the terms.
//!
//! # The stepper
//!
//! The stepper shows two threads and the map, one step at a time, as the models ran. The
//! stepper is one page: open `docs/stepper.html` of the repository in a browser. A link of a
//! chapter that begins with *watch* names a scene of the stepper.

/// A lock makes readers write to one shared line; a table that never changes needs no lock.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/01-readers-that-write.md")]
pub mod ch01_readers_that_write {}

/// The design is five repairs, and the failure of each forces the next.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/02-from-one-lock-to-two-maps.md")]
pub mod ch02_from_one_lock_to_two_maps {}

/// Three states, six arrows, one word.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/03-the-word-p.md")]
pub mod ch03_the_word_p {}

/// Each step guards against one race, which has a name.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/04-the-operations.md")]
pub mod ch04_the_operations {}

/// N misses pay for the copy of N pointers.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/05-counting-misses.md")]
pub mod ch05_counting_misses {}

/// Invariants at every unlock, and one instant for every call.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/06-why-it-is-right.md")]
pub mod ch06_why_it_is_right {}

/// A collector answers one question: can any thread still see this?
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/07-who-frees-what.md")]
pub mod ch07_who_frees_what {}

/// Release and Acquire carry the bytes of a value; `SeqCst` is for two keys.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/08-orderings.md")]
pub mod ch08_orderings {}

/// Loom runs every schedule, and a model that cannot fail proves nothing.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/09-check-it-yourself.md")]
pub mod ch09_check_it_yourself {}

/// Sentences about `sync.Map` that are not so.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/10-commonly-said.md")]
pub mod ch10_commonly_said {}

/// From 2016 to the hash trie, and what is left for this design.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/11-history.md")]
pub mod ch11_history {}

/// Five planted bugs, and the schedule that finds each of them.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/break-it.md")]
pub mod break_it {}

/// The terms of the book.
///
#[doc = include_str!("links.md")]
#[doc = include_str!("generated-links.md")]
///
#[doc = include_str!("../../docs/glossary.md")]
pub mod glossary {}

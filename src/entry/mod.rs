//! One entry per key: the word that readers and writers race on, and every
//! transition it may make.
//!
//! # States of `p`
//!
//! | `p` | state | meaning, for an entry of the map |
//! |---|---|---|
//! | null | nil | deleted; either there is no dirty map, or it holds this entry |
//! | 1 | expunged | deleted; there is a dirty map and it lacks this entry |
//! | else | value | present; the address of a value |
//!
//! An entry is of the map while the current snapshot or `dirty` holds it. A `clear`
//! detaches every entry. A promotion detaches those that are expunged. A removal
//! detaches an entry that only `dirty` had. A thread that found an entry before it was
//! detached may still reach it, under its guard. The word of a detached entry says
//! nothing about the maps. It may be nil or expunged whether there is a dirty map or not.
//! It may be a value that a late store has put in: that value goes with the entry.
//!
//! # Transitions
//!
//! | from → to | by | where |
//! |---|---|---|
//! | new → value | [`EntryPtr::allocate`] | under the mutex, for `dirty` |
//! | value → value | [`try_swap`](Slot::try_swap), [`replace_if`](Slot::replace_if), [`swap_locked`](Slot::swap_locked) | anywhere; the last under the mutex |
//! | value → nil | [`take_if`](Slot::take_if) | outside the mutex |
//! | nil → value | [`try_swap`](Slot::try_swap), [`try_load_or_store`](Slot::try_load_or_store), [`swap_locked`](Slot::swap_locked) | anywhere; the last under the mutex |
//! | nil → expunged | [`try_expunge_locked`](Entry::try_expunge_locked) | under the mutex, while `dirty` is built |
//! | expunged → nil | [`unexpunge_locked`](Entry::unexpunge_locked) | under the mutex, followed at once by inserting the entry in `dirty` |
//!
//! # Rules that live here
//!
//! M3: a value enters `p` by one CAS or swap and leaves by one. Whoever takes it out
//! retires it, once ([`Slot`]). M4: nil and expunged own nothing.
//! `docs/memory.md` has all of them.
//!
//! # Orderings
//!
//! Every access to `p` is SeqCst, except where nobody else can reach the entry. For a
//! single key Release and Acquire would be enough: they make the value's bytes visible
//! with its address. SeqCst puts the accesses to all entries into one total order. So if
//! one thread calls `insert(a); get(b)` and another `insert(b); get(a)`, at least one
//! finds what the other wrote, as in Go. `docs/reference/orderings.md` has the argument. If a
//! model in `tests/loom` fails when an access is weakened to Relaxed, the access names it.

mod memory;
mod pointers;
mod slot;
mod state;

pub(crate) use memory::Unretired;
pub(crate) use pointers::{EntryPtr, OwnedEntries};
pub(crate) use slot::{LoadOrStore, Replace, Slot, Taken};
pub use state::EntryState;
pub(crate) use state::{Entry, Found, usable};

//! Whether there is memory for what a command line asks for, before any is taken: to
//! run out of it later ends the process.

use std::hint::black_box;

/// Whether so many bytes can be had. `None`: they are more than can be counted.
pub(crate) fn is_there_room(bytes: Option<usize>) -> bool {
    let mut room = Vec::<u8>::new();
    let had = bytes.is_some_and(|bytes| room.try_reserve_exact(bytes).is_ok());
    // The compiler may leave out an allocation that nobody looks at.
    drop(black_box(room));
    had
}

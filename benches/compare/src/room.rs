//! Checks in advance whether there is memory for what a command line asks for. To run
//! out of memory later would abort the process.

use std::hint::black_box;

/// Whether so many bytes can be allocated. `None` stands for a number that overflowed.
pub(crate) fn is_there_room(bytes: Option<usize>) -> bool {
    let mut room = Vec::<u8>::new();
    let had = bytes.is_some_and(|bytes| room.try_reserve_exact(bytes).is_ok());
    // The compiler may remove an allocation that is not used.
    drop(black_box(room));
    had
}

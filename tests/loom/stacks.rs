//! Stacks of the models' threads are used again. It explores nothing else, and is quicker.
//!
//! loom runs each thread of an execution on a stack that it maps for that thread alone. There are
//! millions of executions, and two fifths of their time went to the system: to map a stack, to
//! fill its first pages, to unmap it. These functions take the place of the C library's in the
//! test program. They keep the stacks that a test has unmapped for its next execution.

use std::cell::RefCell;
use std::ffi::c_void;

thread_local! {
    static STACKS: RefCell<Stacks> = const { RefCell::new(Stacks::new()) };
}

/// The most stacks that a test keeps: more than loom has threads.
const KEPT: usize = 8;

/// The stacks that this thread has mapped: address and length.
struct Stacks {
    used: Vec<(usize, usize)>,
    idle: Vec<(usize, usize)>,
}

impl Stacks {
    const fn new() -> Self {
        Self {
            used: Vec::new(),
            idle: Vec::new(),
        }
    }

    fn take(&mut self, length: usize) -> Option<usize> {
        let place = self.idle.iter().rposition(|&(_, of)| of == length)?;
        let stack = self.idle.swap_remove(place);
        self.used.push(stack);
        Some(stack.0)
    }

    /// Whether the stack is kept. Otherwise it has to be unmapped.
    fn give_back(&mut self, address: usize, length: usize) -> bool {
        let Some(place) = self.used.iter().position(|&s| s == (address, length)) else {
            return false;
        };
        self.used.swap_remove(place);
        let keep = self.idle.len() < KEPT;
        if keep {
            self.idle.push((address, length));
        }
        keep
    }
}

impl Drop for Stacks {
    fn drop(&mut self) {
        for &(address, length) in &self.idle {
            // SAFETY: this thread has mapped it, and nothing uses it.
            unsafe { libc::syscall(libc::SYS_munmap, address, length) };
        }
    }
}

/// # Safety
///
/// As for the function of the C library.
#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: usize,
    protection: i32,
    flags: i32,
    file: i32,
    offset: i64,
) -> *mut c_void {
    let is_stack = flags & libc::MAP_STACK != 0 && address.is_null();
    let kept = is_stack.then(|| STACKS.try_with(|s| s.borrow_mut().take(length)));
    if let Some(Ok(Some(stack))) = kept {
        return stack as *mut c_void;
    }
    // SAFETY: the caller keeps to what `mmap` asks for.
    let mapped = unsafe {
        libc::syscall(
            libc::SYS_mmap,
            address,
            length,
            protection,
            flags,
            file,
            offset,
        )
    };
    if is_stack && mapped != -1 {
        let _ = STACKS.try_with(|s| s.borrow_mut().used.push((mapped as usize, length)));
    }
    mapped as *mut c_void
}

/// # Safety
///
/// As for the function of the C library.
#[unsafe(no_mangle)]
unsafe extern "C" fn munmap(address: *mut c_void, length: usize) -> i32 {
    let kept = STACKS.try_with(|s| s.borrow_mut().give_back(address as usize, length));
    if kept == Ok(true) {
        return 0;
    }
    // SAFETY: the caller keeps to what `munmap` asks for.
    unsafe { libc::syscall(libc::SYS_munmap, address, length) as i32 }
}

//! The heavy fence: a fence that every running thread of the process executes within the
//! call.
//!
//! On Linux it is `membarrier(2)` with `MEMBARRIER_CMD_PRIVATE_EXPEDITED`: the kernel
//! interrupts each processor that runs a thread of this process. A thread that does not run
//! needs no interrupt: a switch to another thread is a fence by itself. A process has to
//! register for the call once.

#[cfg(all(
    feature = "light-pins",
    target_os = "linux",
    target_pointer_width = "64",
    not(miri)
))]
mod linux {
    use libc::{c_int, c_long, c_uint};

    const QUERY: c_int = 0;
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

    /// How often the fence is tried before it counts as refused.
    const TIMES: usize = 3;

    fn answer(command: c_int) -> c_long {
        const NO_FLAGS: c_uint = 0;
        const NO_CPU: c_int = 0;
        // SAFETY: `membarrier` reads and writes no memory of ours.
        unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS, NO_CPU) }
    }

    fn membarrier(command: c_int) -> bool {
        answer(command) == 0
    }

    /// Whether the kernel says that it has both commands. A filter that answers 0 to every
    /// call does not say so.
    fn is_offered() -> bool {
        let both = c_long::from(PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED);
        let offered = answer(QUERY);
        offered > 0 && offered & both == both
    }

    /// Registers the process for the heavy fence. False: this system has none, or refuses
    /// it. Takes some ten milliseconds once the process has several threads, and next to
    /// nothing before.
    pub(crate) fn register() -> bool {
        // Tries the fence as well: a filter may refuse that alone.
        is_offered() && membarrier(REGISTER_PRIVATE_EXPEDITED) && membarrier(PRIVATE_EXPEDITED)
    }

    /// The heavy fence. False: it was refused, and nothing is promised.
    pub(crate) fn heavy_fence() -> bool {
        // The kernel may be short of memory for a moment. A child of a `fork` may have to
        // register anew.
        (0..TIMES).any(|_| membarrier(PRIVATE_EXPEDITED)) || register()
    }
}

#[cfg(all(
    feature = "light-pins",
    target_os = "linux",
    target_pointer_width = "64",
    not(miri)
))]
pub(crate) use linux::{heavy_fence, register};

/// False: this build has no heavy fence.
#[cfg(not(all(
    feature = "light-pins",
    target_os = "linux",
    target_pointer_width = "64",
    not(miri)
)))]
pub(crate) fn register() -> bool {
    false
}

/// False: this build has no heavy fence, and nothing is promised.
#[cfg(not(all(
    feature = "light-pins",
    target_os = "linux",
    target_pointer_width = "64",
    not(miri)
)))]
pub(crate) fn heavy_fence() -> bool {
    false
}

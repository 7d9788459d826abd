//! Prefetching memory before it is needed.

/// Prefetches the cache line at `address`, without waiting for it. A hint: the program
/// reads nothing, so any address will do. Does nothing where stable Rust has no such
/// instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(address: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::_mm_prefetch;
        /// Into all levels of the cache.
        const HINT: i32 = 3;
        // SAFETY: every x86_64 processor has the instruction, and it takes any address.
        unsafe { _mm_prefetch::<HINT>(address.cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

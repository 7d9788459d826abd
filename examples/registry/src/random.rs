//! Random numbers that are the same in every run with the same seed.

/// SplitMix64: one addition and one mixing step for each number, which costs little
/// compared with a look-up.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// One of many independent streams of the same seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self(mixed(seed ^ mixed(stream)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `bound`, and a fraction in units of 2⁻⁶⁴: the two halves of one
    /// product.
    pub(crate) fn below(&mut self, bound: usize) -> (usize, u64) {
        let product = u128::from(self.next()) * bound as u128;
        ((product >> 64) as usize, product as u64)
    }

    /// True with this probability, in percent.
    pub(crate) fn percent(&mut self, percent: f64) -> bool {
        const UNIT: f64 = 100.0 / (1_u64 << 53) as f64;
        ((self.next() >> 11) as f64) * UNIT < percent
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for rest in (2..=items.len()).rev() {
            items.swap(rest - 1, self.below(rest).0);
        }
    }
}

fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

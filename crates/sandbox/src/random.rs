//! A small deterministic random source.
//!
//! The world must come out the same, byte for byte, from the same seed on every machine and after every update of a dependency, so the generator is written
//! down here (SplitMix64) instead of taken from a crate that may change its stream.

/// Mixes a 64-bit value so that close inputs give unrelated outputs.
pub(crate) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The generator: one 64-bit state, advanced by a fixed step.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// A generator for one purpose; different purposes of one seed do not share a stream, so adding draws to one leaves the others alone.
    pub(crate) fn new(seed: u64, purpose: u64) -> Random {
        Random { state: mix(seed).wrapping_add(mix(purpose.wrapping_mul(0x5851_f42d_4c95_7f2d))) }
    }

    /// A generator for one purpose and one row: what is drawn for a row does not depend on which rows were asked for before.
    pub(crate) fn of_row(seed: u64, purpose: u64, number: u32) -> Random {
        Random { state: mix(Random::new(seed, purpose).state ^ mix(u64::from(number))) }
    }

    /// The next 64 random bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A whole number from 0 up to but not including `bound`; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // The multiply-shift maps 64 random bits onto the range without a division; the bias is far below anything visible here.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as u64) as i64
    }

    /// True in `parts` of a million cases.
    pub(crate) fn chance(&mut self, parts_per_million: u32) -> bool {
        self.below(1_000_000) < u64::from(parts_per_million)
    }

    /// One of the items of a slice that is known not to be empty.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// An index drawn by weight.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut point = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            if point < u64::from(*weight) {
                return index;
            }
            point -= u64::from(*weight);
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_written_down() {
        let mut random = Random::new(1, 2);
        let first: Vec<u64> = (0..4).map(|_| random.next()).collect();
        let mut again = Random::new(1, 2);
        assert_eq!(first, (0..4).map(|_| again.next()).collect::<Vec<_>>());
        assert_ne!(first[0], Random::new(1, 3).next());
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf, "the published first output of SplitMix64 for seed 0");
    }

    #[test]
    fn ranges_and_weights_hold() {
        let mut random = Random::new(7, 0);
        for _ in 0..10_000 {
            let number = random.between(-3, 3);
            assert!((-3..=3).contains(&number));
            assert_ne!(random.weighted(&[1, 0, 5]), 1);
        }
        assert_eq!(random.below(0), 0);
    }
}

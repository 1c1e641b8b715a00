//! A set of numbers that tells how many of them are below one, and which is the nth.

/// The set: one bit for each number, and before each word of bits how many were set.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    before: Vec<u32>,
}

impl Bits {
    /// The set of the numbers, from 0 on, for which `holds` says so; it is asked once for each, in order.
    pub(super) fn new(end: u32, mut holds: impl FnMut(u32) -> bool) -> Bits {
        let mut bits = Bits::default();
        let mut count = 0;
        for start in (0..end).step_by(64) {
            let word = (start..end.min(start + 64))
                .fold(0, |word, number| word | u64::from(holds(number)) << (number - start));
            bits.words.push(word);
            bits.before.push(count);
            count += word.count_ones();
        }
        bits.words.push(0);
        bits.before.push(count);
        bits
    }

    /// How many numbers of the set are below this one.
    pub(super) fn below(&self, number: u32) -> u32 {
        let place = number as usize / 64;
        let mask = (1_u64 << (number % 64)) - 1;
        self.before[place] + (self.words[place] & mask).count_ones()
    }

    /// The number of the set with so many below it.
    pub(super) fn nth(&self, count: u32) -> u32 {
        let place = self.before.partition_point(|before| *before <= count).saturating_sub(1);
        let mut word = self.words[place];
        for _ in self.before[place]..count {
            word &= word - 1;
        }
        place as u32 * 64 + word.trailing_zeros()
    }

    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.before.last().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_places_are_each_others_inverse() {
        for (end, holds) in [(1_000, 7), (64, 1), (65, 1), (128, 3), (1, 1)] {
            let numbers: Vec<u32> = (0..end).filter(|number| number % holds == 0).collect();
            let bits = Bits::new(end, |number| number % holds == 0);
            assert_eq!(bits.len() as usize, numbers.len());
            for (place, number) in numbers.iter().enumerate() {
                assert_eq!((bits.nth(place as u32), bits.below(*number)), (*number, place as u32));
            }
            for number in 0..=end {
                assert_eq!(bits.below(number) as usize, numbers.partition_point(|other| *other < number));
            }
        }
    }
}

//! Count, sums by currency and digest of some records, in whatever order they come.

use std::collections::BTreeMap;

use crate::error::{MirrorError, Result};
use crate::proof::Line;

/// What some records come to. Two tallies are equal exactly when their records are, whatever the
/// order in which they were counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many records.
    pub count: u64,
    /// Their amounts in minor units, by currency. Wider than any amount, so that an absurd one that
    /// somebody wrote into the file cannot keep its day from being compared.
    pub sums: BTreeMap<String, i128>,
    /// The sum of the records' digests modulo 2^256, lowest part first: no order, and a record that
    /// stands there twice does not cancel itself out as it would with exclusive or.
    digest: [u64; 4],
}

impl Tally {
    /// Counts one more record.
    pub fn add(&mut self, line: &Line) {
        self.count += 1;
        if let Some((currency, minor)) = &line.amount {
            let sum = self.sums.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(i128::from(*minor));
        }
        let mut parts = [0_u64; 4];
        for (part, bytes) in parts.iter_mut().zip(line.digest.chunks_exact(8)) {
            *part = bytes.iter().rev().fold(0_u64, |part, byte| (part << 8) | u64::from(*byte));
        }
        self.add_digest(parts);
    }

    /// Counts the records of another tally too; none may be in both.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (currency, minor) in &other.sums {
            let sum = self.sums.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(*minor);
        }
        self.add_digest(other.digest);
    }

    fn add_digest(&mut self, parts: [u64; 4]) {
        let mut carry = false;
        for (place, part) in self.digest.iter_mut().zip(parts) {
            let (sum, over) = place.overflowing_add(part);
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            *place = sum;
            carry = over || over_again;
        }
    }

    /// Of all these records.
    pub fn of<'line>(lines: impl IntoIterator<Item = &'line Line>) -> Self {
        let mut tally = Self::default();
        for line in lines {
            tally.add(line);
        }
        tally
    }

    /// The digest as hexadecimal digits.
    pub fn digest_hex(&self) -> String {
        hex::encode(self.digest_bytes())
    }

    pub(crate) fn digest_bytes(&self) -> Vec<u8> {
        self.digest.iter().flat_map(|part| part.to_le_bytes()).collect()
    }

    pub(crate) fn sums_json(&self) -> String {
        let sums: serde_json::Map<String, serde_json::Value> =
            self.sums.iter().map(|(currency, sum)| (currency.clone(), sum.to_string().into())).collect();
        serde_json::Value::Object(sums).to_string()
    }

    /// From its columns.
    pub(crate) fn read(count: i64, sums_json: &str, digest: &[u8]) -> Result<Self> {
        let off = || MirrorError::corrupt("a proof does not read");
        let texts: BTreeMap<String, String> = serde_json::from_str(sums_json).map_err(|_| off())?;
        let mut sums = BTreeMap::new();
        for (currency, sum) in texts {
            sums.insert(currency, sum.parse().map_err(|_| off())?);
        }
        if digest.len() != 32 {
            return Err(off());
        }
        let mut parts = [0_u64; 4];
        for (part, bytes) in parts.iter_mut().zip(digest.chunks_exact(8)) {
            *part = bytes.iter().rev().fold(0_u64, |part, byte| (part << 8) | u64::from(*byte));
        }
        Ok(Self { count: u64::try_from(count).map_err(|_| off())?, sums, digest: parts })
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use proptest::prelude::*;

    use super::Tally;
    use crate::proof::Line;
    use crate::statement::Value;

    fn line(id: &str, minor: i64, currency: &str) -> Line {
        let fields = [Value::from(minor), Value::from(currency)];
        Line::new(
            id.to_owned(),
            Timestamp::from_seconds(1),
            Timestamp::from_seconds(2),
            &fields,
            Some((currency.to_owned(), minor)),
        )
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        let one = ("[a-z]{1,6}", any::<i64>(), prop_oneof!["usd", "eur", "jpy"]);
        prop::collection::vec(one.prop_map(|(id, minor, currency)| line(&id, minor, &currency)), 0..40)
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(lines in lines(), seed in any::<u64>()) {
            let mut mixed = lines.clone();
            let length = mixed.len().max(1) as u64;
            for place in 0..mixed.len() {
                let other = (seed.wrapping_mul(place as u64 + 1) % length) as usize;
                mixed.swap(place, other);
            }
            prop_assert_eq!(Tally::of(&lines), Tally::of(&mixed));
        }

        #[test]
        fn parts_come_to_the_whole(lines in lines(), place in any::<prop::sample::Index>()) {
            let (newer, older) = lines.split_at(place.index(lines.len() + 1));
            let mut whole = Tally::of(newer);
            whole.merge(&Tally::of(older));
            prop_assert_eq!(whole, Tally::of(&lines));
        }

        #[test]
        fn one_record_less_more_or_otherwise_is_told(lines in lines(), place in any::<prop::sample::Index>(), minor in any::<i64>()) {
            prop_assume!(!lines.is_empty());
            let place = place.index(lines.len());
            let whole = Tally::of(&lines);
            let mut less = lines.clone();
            let gone = less.remove(place);
            prop_assert_ne!(&Tally::of(&less), &whole);
            let mut twice = lines.clone();
            twice.push(gone.clone());
            prop_assert_ne!(&Tally::of(&twice), &whole);
            let mut other = lines.clone();
            let (currency, was) = gone.amount.clone().unwrap();
            prop_assume!(was != minor);
            other[place] = line(&gone.vendor_id, minor, &currency);
            prop_assert_ne!(Tally::of(&other).digest_hex(), whole.digest_hex());
        }

        #[test]
        fn what_is_written_reads_back(lines in lines()) {
            let tally = Tally::of(&lines);
            let count = i64::try_from(tally.count).unwrap();
            let read = Tally::read(count, &tally.sums_json(), &tally.digest_bytes()).unwrap();
            prop_assert_eq!(read, tally);
        }
    }

    #[test]
    fn a_field_that_moves_into_its_neighbour_is_another_record() {
        let of = |fields: &[Value]| {
            Line::new("x".to_owned(), Timestamp::from_ms(0), Timestamp::from_ms(0), fields, None).digest
        };
        assert_ne!(of(&["ab".into(), "c".into()]), of(&["a".into(), "bc".into()]));
        assert_ne!(of(&[Value::Null, 0.into()]), of(&[0.into(), Value::Null]));
        assert_ne!(of(&["1".into()]), of(&[1.into()]));
    }
}

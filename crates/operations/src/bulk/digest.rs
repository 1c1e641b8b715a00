//! A digest of rows that is the same in whatever order they stand.

use domain::bulk::GivenRefund;
use sha2::{Digest, Sha256};

/// Adds up hashes of rows: adding does not care for the order, and unlike an exclusive or it does not let two
/// equal rows vanish.
#[derive(Debug, Default)]
pub(super) struct RowsDigest {
    sum: u128,
    rows: u64,
}

impl RowsDigest {
    /// Takes a row in: who is paid, how much and what for. A reworded note makes no other file of it.
    pub(super) fn add(&mut self, row: &GivenRefund) {
        let mut hasher = Sha256::new();
        for cell in [&row.payment, &row.email, &row.amount, &row.currency, &row.date, &row.order] {
            let text = cell.as_deref().unwrap_or_default().to_lowercase();
            hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(text.as_bytes());
        }
        let bytes = hasher.finalize();
        let half = bytes.iter().take(16).fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        self.sum = self.sum.wrapping_add(half);
        self.rows += 1;
    }

    /// As text.
    pub(super) fn finish(self) -> String {
        format!("{:032x}-{}", self.sum, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use domain::bulk::GivenRefund;

    use super::RowsDigest;

    fn digest(rows: &[(&str, &str)]) -> String {
        let mut digest = RowsDigest::default();
        for (line, (payment, amount)) in (1..).zip(rows) {
            let (payment, amount) = (Some((*payment).to_owned()), Some((*amount).to_owned()));
            digest.add(&GivenRefund { line, payment, amount, ..GivenRefund::default() });
        }
        digest.finish()
    }

    #[test]
    fn two_files_with_the_same_rows_in_another_order_are_one() {
        assert_eq!(digest(&[("ch_1", "5"), ("ch_2", "7")]), digest(&[("ch_2", "7"), ("ch_1", "5")]));
        assert_ne!(digest(&[("ch_1", "5"), ("ch_2", "7")]), digest(&[("ch_1", "7"), ("ch_2", "5")]));
        assert_ne!(digest(&[("ch_1", "5"), ("ch_1", "5")]), digest(&[("ch_2", "7"), ("ch_2", "7")]));
        assert_ne!(digest(&[("ch_1", "5")]), digest(&[("ch_1", "5"), ("ch_1", "5")]));
    }
}

//! What a request asks for: one refund, or the rows of a run that are to be sent.

use std::collections::BTreeMap;

use domain::{BulkRunId, Currency, IntentId, Money};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most rows of one request, which keeps its file within [`crate::FILE_MAX_BYTES`].
pub const ROWS_MAX: usize = 100_000;
/// What is hashed before the rows of a run.
const ROWS_DOMAIN: &[u8] = b"paydesk approval rows, version 1\0";
/// What is hashed before a row that was approved with its run.
const INTENT_DOMAIN: &[u8] = b"paydesk approved row, version 1\0";

/// An amount in minor units, as text: numbers of JSON have no one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WishedAmount {
    /// Of which currency.
    pub currency: Currency,
    /// How much.
    #[serde(with = "digits")]
    pub minor: i64,
}

impl From<Money> for WishedAmount {
    fn from(money: Money) -> Self {
        Self { currency: money.currency, minor: money.minor }
    }
}

impl From<WishedAmount> for Money {
    fn from(amount: WishedAmount) -> Self {
        Money::new(amount.minor, amount.currency)
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Wish {
    /// One refund.
    Refund(RefundWish),
    /// The rows of a run, all of them or none.
    Run(RunWish),
}

impl Wish {
    /// Whether it can be meant.
    pub(crate) fn is_possible(&self) -> bool {
        match self {
            Self::Refund(wish) => wish.amount.minor > 0 && !wish.payment.is_empty(),
            Self::Run(wish) => wish.is_possible(),
        }
    }
}

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundWish {
    /// How much.
    pub amount: WishedAmount,
    /// The vendor's id of the payment.
    pub payment: String,
    /// Why, in the vendor's word.
    pub reason: Option<String>,
}

/// The rows of a run. What can be worked out of the rows stands beside them, since it is what a person reads; a file
/// in which the two differ is believed no more than one with a wrong signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunWish {
    /// How many rows.
    #[serde(with = "digits")]
    pub count: u64,
    /// SHA-256 over the rows, by which the book names them.
    pub digest: String,
    /// The run's id in the home that asks.
    pub id: BulkRunId,
    /// The rows by their line.
    pub rows: Vec<WishedRow>,
    /// What they come to, by currency in the order of their codes.
    pub totals: Vec<WishedAmount>,
}

/// One row. In the file it is `[line, payment, currency, minor units, reason]`, since there may be many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RowOfFile", into = "RowOfFile")]
pub struct WishedRow {
    /// Its line in the file that the run was made of.
    pub line: u64,
    /// The vendor's id of the payment.
    pub payment: String,
    /// How much.
    pub amount: Money,
    /// Why, in the vendor's word.
    pub reason: Option<String>,
}

type RowOfFile = (String, String, Currency, String, Option<String>);

impl From<WishedRow> for RowOfFile {
    fn from(row: WishedRow) -> Self {
        let WishedRow { line, payment, amount, reason } = row;
        (line.to_string(), payment, amount.currency, amount.minor.to_string(), reason)
    }
}

impl TryFrom<RowOfFile> for WishedRow {
    type Error = std::num::ParseIntError;

    fn try_from((line, payment, currency, minor, reason): RowOfFile) -> Result<Self, Self::Error> {
        Ok(Self { line: line.parse()?, payment, amount: Money::new(minor.parse()?, currency), reason })
    }
}

impl RunWish {
    /// A wish for some rows, in the order of their lines. None where they are none, too many, one of them is no
    /// refund, or no sum can hold them.
    pub fn of(id: BulkRunId, rows: Vec<WishedRow>) -> Option<Self> {
        let count = u64::try_from(rows.len()).ok()?;
        let wish = Self { count, digest: digest_of(&rows)?, id, totals: totals_of(&rows)?, rows };
        wish.is_possible().then_some(wish)
    }

    fn is_possible(&self) -> bool {
        let is_refund = |row: &WishedRow| row.amount.minor > 0 && !row.payment.is_empty();
        (1..=ROWS_MAX).contains(&self.rows.len())
            && u64::try_from(self.rows.len()) == Ok(self.count)
            && self.rows.iter().all(is_refund)
            && self.rows.is_sorted_by(|before, after| before.line < after.line)
            && totals_of(&self.rows).as_ref() == Some(&self.totals)
            && digest_of(&self.rows).as_ref() == Some(&self.digest)
    }
}

fn totals_of(rows: &[WishedRow]) -> Option<Vec<WishedAmount>> {
    let mut totals: BTreeMap<Currency, i64> = BTreeMap::new();
    for row in rows {
        let sum = totals.entry(row.amount.currency).or_default();
        *sum = sum.checked_add(row.amount.minor)?;
    }
    Some(totals.into_iter().map(|(currency, minor)| WishedAmount { currency, minor }).collect())
}

fn digest_of(rows: &[WishedRow]) -> Option<String> {
    let mut hash = Sha256::new_with_prefix(ROWS_DOMAIN);
    hash.update(serde_json::to_vec(rows).ok()?);
    Some(hex::encode(hash.finalize()))
}

/// The intent that a row of an approved run becomes. It follows from the request and the line alone, so that the
/// vendor's own record of the refund says that the row was sent, whatever a home that came back from an old disk
/// remembers.
pub fn intent_of_row(request: IntentId, line: u64) -> Option<IntentId> {
    let mut hash = Sha256::new_with_prefix(INTENT_DOMAIN);
    hash.update(format!("{request} {line}"));
    let mut digits = hex::encode(hash.finalize());
    digits.truncate(32);
    // An id of version 8, which stands for a rule of one's own, in the usual variant.
    digits.replace_range(12..13, "8");
    digits.replace_range(16..17, "a");
    digits.parse().ok()
}

/// A whole number as its shortest decimal text.
pub(crate) mod digits {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<N: Display, S: Serializer>(number: &N, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(crate) fn deserialize<'de, N, D>(deserializer: D) -> Result<N, D::Error>
    where
        N: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
#[path = "wish_tests.rs"]
mod tests;

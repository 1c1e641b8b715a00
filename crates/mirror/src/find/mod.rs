//! The search box: one line of text to payments, newest first.
//!
//! The text is read into terms ([`parse`]), the terms become SQL over indexes, and pages go on by
//! key. Field words must be right or are refused with their place; everything else is taken as
//! pasted text, whose punctuation never matters.

mod error;
mod fields;
mod lexer;
mod number;
mod parse;
mod shape;
mod sql;
mod term;

use domain::{AccountId, Payment, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};

use crate::error::{MirrorError, Result};
use crate::page::checked_limit;
use crate::payments;
use crate::statement::{Value, bind_all};
use crate::{Mirror, key};

pub use error::QueryError;
use sql::Filter;

/// Which payments are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FindScope {
    /// Those of one account, or of all in the environment.
    pub account: Option<AccountId>,
}

/// A payment of the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPayment {
    /// The account that it was read from.
    pub account_id: AccountId,
    /// Our own id, such as `pay_65…`.
    pub own_id: String,
    /// The payment.
    pub payment: Payment,
    /// When the vendor stated it.
    pub observed_at: Timestamp,
}

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindPage {
    /// The payments, newest first.
    pub items: Vec<FoundPayment>,
    /// Where the next page starts; none on the last one.
    pub next: Option<String>,
    /// How many payments match, over all pages.
    pub total: u64,
    /// Whether nothing matched every word, and the words beside an id or email were let go: the
    /// text was probably a pasted message.
    pub relaxed: bool,
}

/// Whether the text can be understood, for shells that check while it is typed.
pub fn check_query(text: &str) -> std::result::Result<(), QueryError> {
    parse::parse(text).map(|_| ())
}

impl Mirror {
    /// Finds payments. `limit` is from 1 to 1,000; `after` is the `next` of the page before, of the
    /// same query in the same scope. An empty query finds all.
    pub async fn find(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
    ) -> Result<FindPage> {
        let limit = checked_limit(limit)?;
        let parsed = parse::parse(query)?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let binding = binding(query, scope);
        let place = after.map(|cursor| read_cursor(cursor, binding)).transpose()?;
        let looser = parsed.relaxed();
        let mut relaxed = place.is_some_and(|place| place.relaxed) && looser.is_some();
        let meant = looser.as_ref().filter(|_| relaxed).unwrap_or(&parsed);
        let mut filter = Filter::new(&meant.nodes, number);
        let mut total = self.count_found(&filter).await?;
        if total == 0
            && place.is_none()
            && let Some(looser) = &looser
        {
            relaxed = true;
            filter = Filter::new(&looser.nodes, number);
            total = self.count_found(&filter).await?;
        }
        let below = place.map_or(i64::MAX, |place| place.key);
        let rows = self.page_found(&filter, below, limit).await?;
        let page = crate::page::cut(rows, limit);
        let next = page.next.and_then(|_| page.items.last()).and_then(|last| key::from_own_id(&last.own_id));
        Ok(FindPage {
            next: next.map(|key| cursor(key, relaxed, binding)),
            items: page.items,
            total,
            relaxed,
        })
    }

    async fn count_found(&self, filter: &Filter) -> Result<u64> {
        let statement = sqlx::query(AssertSqlSafe(filter.count()));
        let row = bind_all(statement, filter.values.iter().cloned()).fetch_one(self.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    async fn page_found(&self, filter: &Filter, below: i64, limit: i64) -> Result<Vec<(i64, FoundPayment)>> {
        let mut values: Vec<Value> = filter.values.clone();
        values.push(below.into());
        values.push((limit + 1).into());
        let rest = filter.page(values.len() - 1, values.len());
        let rows = self.stored(&payments::TABLE, payments::read, &rest, values).await?;
        Ok(rows.into_iter().map(|(key, stored)| (key, payments::found((key, stored)))).collect())
    }

    /// How SQLite carries out the search, one line per step, for tests of the indexes.
    #[doc(hidden)]
    pub async fn explain_find(&self, query: &str) -> Result<Vec<String>> {
        let parsed = parse::parse(query)?;
        let filter = Filter::new(&parsed.nodes, None);
        let mut values = filter.values.clone();
        values.push(i64::MAX.into());
        values.push(51_i64.into());
        let select = payments::TABLE.select(&filter.page(values.len() - 1, values.len()));
        let statement = sqlx::query(AssertSqlSafe(format!("explain query plan {select}")));
        let rows = bind_all(statement, values).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(row.try_get("detail")?)).collect()
    }
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    key: i64,
    relaxed: bool,
}

/// A fingerprint of query and scope: a cursor of another search is refused, since its pages would
/// leave payments out without a word.
fn binding(query: &str, scope: FindScope) -> u32 {
    let mut hasher = Sha256::new();
    hasher.update(query.trim().as_bytes());
    hasher.update([0]);
    hasher.update(scope.account.map(|account| account.to_string()).unwrap_or_default().as_bytes());
    hasher.finalize().iter().take(4).fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

fn cursor(key: i64, relaxed: bool, binding: u32) -> String {
    format!("{}{key:016x}{binding:08x}", if relaxed { 'r' } else { 's' })
}

fn read_cursor(text: &str, binding: u32) -> Result<Place> {
    let bad = || MirrorError::BadCursor;
    let digits = text.get(1..).filter(|digits| digits.len() == 24 && digits.is_ascii()).ok_or_else(bad)?;
    let relaxed = match text.as_bytes().first() {
        Some(b'r') => true,
        Some(b's') => false,
        _ => return Err(bad()),
    };
    let (key, bound) = digits.split_at(16);
    let key = i64::from_str_radix(key, 16).map_err(|_| bad())?;
    let bound = u32::from_str_radix(bound, 16).map_err(|_| bad())?;
    if bound == binding { Ok(Place { key, relaxed }) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_are_bound_to_their_search() {
        let scope = FindScope { account: None };
        let ours = binding("status:failed", scope);
        let text = cursor(42, true, ours);
        assert_eq!(read_cursor(&text, ours).unwrap(), Place { key: 42, relaxed: true });
        assert!(read_cursor(&text, binding("status:pending", scope)).is_err());
        assert!(
            read_cursor(&text, binding("status:failed", FindScope { account: Some(AccountId::generate()) }))
                .is_err()
        );
        for bad in ["", "s", "x0000000000000000", "s000000000000002aé0000000", "s+00000000000002a00000000"] {
            assert_eq!(read_cursor(bad, ours).unwrap_err().code(), "bad_cursor", "{bad}");
        }
    }
}

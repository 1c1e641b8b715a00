//! The search box: one line of text to payments, newest first.
//!
//! The text is read into terms ([`parse`]), the terms become SQL over indexes, and pages go on by
//! key. Field words must be right or are refused with their place; everything else is taken as
//! pasted text, whose punctuation never matters.

mod classes;
mod conditions;
mod cursor;
mod error;
mod fields;
mod lexer;
mod number;
mod parse;
mod period;
mod plan;
mod shape;
mod term;

use domain::{AccountId, Currency, Payment, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::Result;
use crate::key;
use crate::page::checked_limit;
use crate::payments;
use crate::statement::{Value, bind_all};

use cursor::Place;
pub use error::QueryError;
use plan::{Filter, Marks};
use term::Query;

/// Most payments that are gathered and sorted by amount; more are met along the amounts soon enough.
const MOST_SORTED: i64 = 20_000;

/// Which payments are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindScope {
    /// Those of one account, or of all in the environment.
    pub account: Option<AccountId>,
    /// What `created:-7d` and `created:today` are counted from.
    pub now: Timestamp,
}

impl FindScope {
    /// Those of all accounts in the environment.
    pub fn all(now: Timestamp) -> Self {
        Self { account: None, now }
    }

    /// Those of one account.
    pub fn of(account: AccountId, now: Timestamp) -> Self {
        Self { account: Some(account), now }
    }
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
    // Whether it can be understood does not hang on the moment.
    parse::parse(text, Timestamp::const_from_ms(0)).map(|_| ())
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
        let binding = cursor::binding(query, scope);
        let place = after.map(|text| cursor::read(text, binding)).transpose()?;
        let now = place.map_or(scope.now, |place| place.now);
        let parsed = parse::parse(query, now)?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let currencies = self.currencies_for(&parsed).await?;
        let looser = parsed.relaxed();
        let mut relaxed = place.is_some_and(|place| place.relaxed) && looser.is_some();
        let mut meant = looser.as_ref().filter(|_| relaxed).unwrap_or(&parsed);
        let mut filter = Filter::new(meant, number, &currencies);
        let mut total = self.count_found(&filter).await?;
        if total == 0
            && place.is_none()
            && let Some(looser) = &looser
        {
            (relaxed, meant) = (true, looser);
            filter = Filter::new(meant, number, &currencies);
            total = self.count_found(&filter).await?;
        }
        if meant.sort.by_amount() && !self.can_gather(&filter).await? {
            filter = Filter::along_amounts(meant, number, &currencies);
        }
        let start = place.map_or((meant.sort.start(), meant.sort.start()), |place| (place.key, place.amount));
        let rows = self.page_found(&filter, start, limit).await?;
        let page = crate::page::cut(rows, limit);
        let last = page.next.and_then(|_| page.items.last());
        let next = last.and_then(|last| {
            let amount = if meant.sort.by_amount() { last.payment.amount.minor } else { 0 };
            Some(Place { key: key::from_own_id(&last.own_id)?, amount, relaxed, now })
        });
        let next = next.map(|place| cursor::write(place, binding));
        Ok(FindPage { next, items: page.items, total, relaxed })
    }

    /// The currencies of the mirror, where a query hangs on them. They are few, and stand first in an
    /// index, so each is one step in it.
    async fn currencies_for(&self, query: &Query) -> Result<Vec<Currency>> {
        if !query.has_amounts() {
            return Ok(Vec::new());
        }
        let codes: Vec<String> = sqlx::query_scalar(
            "with recursive codes (code) as (select min(currency) from payments union all \
             select (select min(currency) from payments where currency > code) from codes where code is not null) \
             select code from codes where code is not null",
        )
        .fetch_all(self.readers())
        .await?;
        Ok(codes.iter().filter_map(|code| code.parse().ok()).collect())
    }

    /// Whether what is found is little enough to be gathered and sorted.
    async fn can_gather(&self, filter: &Filter) -> Result<bool> {
        if !filter.is_narrow() {
            return Ok(false);
        }
        let mut values = filter.values().to_vec();
        values.push((MOST_SORTED + 1).into());
        let statement = sqlx::query(AssertSqlSafe(filter.count_up_to(values.len())));
        let row = bind_all(statement, values).fetch_one(self.readers()).await?;
        Ok(row.try_get::<i64, _>(0)? <= MOST_SORTED)
    }

    async fn count_found(&self, filter: &Filter) -> Result<u64> {
        let mut values = filter.values().to_vec();
        values.extend([i64::MIN.into(), i64::MAX.into()]);
        let all = filter.all(values.len() - 1, values.len());
        let statement = sqlx::query(AssertSqlSafe(format!("select count(*) {all}")));
        let row = bind_all(statement, values).fetch_one(self.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    async fn page_found(
        &self,
        filter: &Filter,
        start: (i64, i64),
        limit: i64,
    ) -> Result<Vec<(i64, FoundPayment)>> {
        let (rest, values) = page_statement(filter, start, limit);
        let rows = self.stored(&payments::TABLE, payments::read, &rest, values).await?;
        Ok(rows.into_iter().map(|(key, stored)| (key, payments::found((key, stored)))).collect())
    }

    /// How SQLite carries out the search, one line per step, for tests of the indexes.
    #[doc(hidden)]
    pub async fn explain_find(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        let parsed = parse::parse(query, scope.now)?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let currencies = self.currencies_for(&parsed).await?;
        let mut filter = Filter::new(&parsed, number, &currencies);
        if parsed.sort.by_amount() && !self.can_gather(&filter).await? {
            filter = Filter::along_amounts(&parsed, number, &currencies);
        }
        let (rest, values) = page_statement(&filter, (parsed.sort.start(), parsed.sort.start()), 50);
        let select = payments::TABLE.select(&rest);
        let statement = sqlx::query(AssertSqlSafe(format!("explain query plan {select}")));
        let rows = bind_all(statement, values).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(row.try_get("detail")?)).collect()
    }
}

/// What follows `from payments` for a page behind a key and an amount, and what is bound in it. One
/// row more than the page has tells whether another page follows.
fn page_statement(filter: &Filter, start: (i64, i64), limit: i64) -> (String, Vec<Value>) {
    let mut values = filter.values().to_vec();
    let key = values.len() + 1;
    let (start, amount) = start;
    values.extend([start.into(), filter.sort.end().into(), amount.into(), (limit + 1).into()]);
    (filter.page(Marks { key, last: key + 1, amount: key + 2, limit: key + 3 }), values)
}

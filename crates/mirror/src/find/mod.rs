//! The search box: one line of text to payments, newest first.
//!
//! The text is read into terms ([`parse`]), the terms become SQL over indexes, and pages go on by
//! key. Field words must be right or are refused with their place; everything else is taken as
//! pasted text, whose punctuation never matters.

mod accounts;
mod branch;
mod classes;
mod completion;
mod conditions;
mod count;
mod cursor;
mod error;
mod fields;
mod lexer;
mod look;
mod newest;
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

use branch::Marks;
pub use completion::{Completion, Offer, field_words};
pub use count::{CurrencyCount, FoundCount};
use cursor::{Fit, Place};
pub use error::QueryError;
pub use look::LookBudget;
use look::Looked;
use plan::Filter;
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
    /// Down to when everything was looked at, where the budget ended before the page was full and
    /// before history ended: the next page looks further.
    pub looked_back_to: Option<Timestamp>,
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
    /// same query in the same scope. An empty query finds all. It looks back as far as it must.
    pub async fn find(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
    ) -> Result<FindPage> {
        self.find_within(query, scope, limit, after, None).await
    }

    /// As [`Mirror::find`], looking no further than the budget reaches: then the page may hold less
    /// than asked for, even nothing, and says how far back it looked.
    pub async fn find_within(
        &self,
        query: &str,
        scope: FindScope,
        limit: u32,
        after: Option<&str>,
        budget: Option<LookBudget>,
    ) -> Result<FindPage> {
        let limit = checked_limit(limit)?;
        let binding = cursor::binding(query, scope);
        let place = after.map(|text| cursor::read(text, binding)).transpose()?;
        let now = place.map_or(scope.now, |place| place.now);
        let parsed = self.with_accounts(parse::parse(query, now)?).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let looser = parsed.relaxed();
        let mut fit = place.map_or(Fit::NothingYet, |place| place.fit);
        let mut meant = looser.as_ref().filter(|_| fit == Fit::Relaxed).unwrap_or(&parsed);
        let first = (meant.sort.start(), meant.sort.start());
        let start = place.map_or(first, |place| (place.key, place.amount));
        let mut looked = self.look_for(meant, number, start, limit + 1, budget).await?;
        let nothing = looked.rows.is_empty() && looked.reached.is_none();
        match &looser {
            // All of history holds nothing of it, on this page and on those before.
            Some(looser) if nothing && fit == Fit::NothingYet => {
                (fit, meant) = (Fit::Relaxed, looser);
                looked = self.look_for(meant, number, first, limit + 1, budget).await?;
            }
            _ if fit == Fit::NothingYet && !looked.rows.is_empty() => fit = Fit::Strict,
            _ => {}
        }
        let page = crate::page::cut(looked.rows, limit);
        let last = page.next.and_then(|_| page.items.last()).and_then(|last| {
            let amount = if meant.sort.by_amount() { last.payment.amount.minor } else { 0 };
            Some((key::from_own_id(&last.own_id)?, amount))
        });
        let next = last.or(looked.reached.map(|key| (key, 0)));
        Ok(FindPage {
            next: next.map(|(key, amount)| cursor::write(Place { key, amount, fit, now }, binding)),
            looked_back_to: looked.reached.filter(|_| last.is_none()).map(key::moment_of),
            items: page.items,
            relaxed: fit == Fit::Relaxed || parsed.is_essence,
        })
    }

    async fn look_for(
        &self,
        query: &Query,
        account: Option<i64>,
        start: (i64, i64),
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<Looked> {
        let filter = self.way_to(query, account).await?;
        self.look(&filter, start, wanted, budget).await
    }

    /// The way to a page of a query.
    async fn way_to(&self, query: &Query, account: Option<i64>) -> Result<Filter> {
        let currencies = self.currencies_for(query).await?;
        let filter = Filter::new(query, account, &currencies);
        if query.sort.by_amount() && !self.can_gather(&filter).await? {
            return Ok(Filter::along_amounts(query, account, &currencies));
        }
        Ok(filter)
    }

    /// The currencies of the mirror, where a query hangs on them.
    async fn currencies_for(&self, query: &Query) -> Result<Vec<Currency>> {
        if query.has_amounts() { self.currencies().await } else { Ok(Vec::new()) }
    }

    /// The currencies that payments are in. Each is one step in the index that they stand first in.
    async fn currencies(&self) -> Result<Vec<Currency>> {
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

    /// How SQLite carries out the search, one line per step, for tests of the indexes.
    #[doc(hidden)]
    pub async fn explain_find(&self, query: &str, scope: FindScope) -> Result<Vec<String>> {
        let parsed = self.with_accounts(parse::parse(query, scope.now)?).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let filter = self.way_to(&parsed, number).await?;
        let sort = parsed.sort;
        let (rest, values) = page_statement(&filter, (sort.start(), sort.start()), sort.end(), 51);
        let select = payments::TABLE.select(&rest);
        let statement = sqlx::query(AssertSqlSafe(format!("explain query plan {select}")));
        let rows = bind_all(statement, values).fetch_all(self.readers()).await?;
        rows.iter().map(|row| Ok(row.try_get("detail")?)).collect()
    }
}

/// What follows `from payments` for rows behind a key and an amount, up to a last key, and what is
/// bound in it.
fn page_statement(filter: &Filter, start: (i64, i64), last: i64, limit: i64) -> (String, Vec<Value>) {
    let mut values = filter.values().to_vec();
    let key = values.len() + 1;
    let (start, amount) = start;
    values.extend([start.into(), last.into(), amount.into(), limit.into()]);
    (filter.page(Marks { key, last: key + 1, amount: key + 2, limit: key + 3 }), values)
}

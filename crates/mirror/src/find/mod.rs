//! The search box: one line of text to payments, newest first.
//!
//! The text is read into terms ([`parse`]), the terms become SQL over indexes, and pages go on by
//! key. Field words must be right or are refused with their place; everything else is taken as
//! pasted text, whose punctuation never matters.

mod accounts;
mod amounts;
mod bare;
mod branch;
mod classes;
mod completion;
mod conditions;
mod count;
mod cursor;
mod error;
mod events;
mod explain;
mod fields;
mod grammar;
mod lexer;
mod look;
mod messages;
mod newest;
mod number;
mod parse;
mod paths;
mod period;
mod plan;
mod shape;
mod slips;
mod stretches;
mod term;

use std::time::Instant;

use domain::{AccountId, Currency, Money, Payment, Timestamp};
use sqlx::Row;

use crate::Mirror;
use crate::bounded::Allowance;
use crate::error::Result;
use crate::key;
use crate::page::checked_limit;
use crate::statement::Value;

use amounts::Along;
use branch::Marks;
pub use completion::{Completion, Offer, field_words};
pub use count::{CurrencyCount, FoundCount};
use cursor::{Fit, Place, Spot};
pub use error::QueryError;
pub use events::{
    Came, EventCount, EventPage, FoundEvent, FoundRequest, FoundWhat, check_event_query, event_field_words,
};
pub use look::LookBudget;
use look::Looked;
pub use messages::{MessageCount, MessagePage, message_field_words};
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
    /// The same where amounts are sorted: everything before this amount was looked at, and perhaps a part
    /// of what has this amount.
    pub looked_to_amount: Option<Money>,
    /// Whether nothing matched every word, and the words beside an id or email were let go: the
    /// text was probably a pasted message.
    pub relaxed: bool,
}

/// Whether the text can be understood, for shells that check while it is typed.
pub fn check_query(text: &str) -> std::result::Result<(), QueryError> {
    // Whether it can be understood does not hang on the moment.
    parse::parse(text, Timestamp::const_from_ms(0)).map(|_| ())
}

/// How a search comes to its rows.
enum Way {
    /// By indexes or along the dates, which gives them in the order of their keys; where amounts are sorted
    /// they are few enough to be gathered.
    Keys(Filter),
    /// Along the amounts.
    Amounts(Along),
    /// No payment can be found.
    Nowhere,
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
        let first = Spot::start(meant.sort);
        let start = place.map_or(first, |place| place.spot);
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
        let last = page
            .next
            .and_then(|_| page.items.last())
            .and_then(|last| Some(Spot::behind(key::from_own_id(&last.own_id)?, last)));
        let reached = looked.reached.filter(|_| last.is_none());
        let currency = meant.currency().filter(|_| meant.sort.by_amount());
        Ok(FindPage {
            next: last.or(reached).map(|spot| cursor::write(Place { spot, fit, now }, binding)),
            looked_back_to: reached.filter(|_| currency.is_none()).map(|spot| key::moment_of(spot.key)),
            looked_to_amount: reached.and_then(|spot| Some(Money::new(spot.amount, currency?))),
            items: page.items,
            relaxed: fit == Fit::Relaxed || parsed.is_essence,
        })
    }

    async fn look_for(
        &self,
        query: &Query,
        account: Option<i64>,
        start: Spot,
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<Looked> {
        match self.way_to(query, account, budget).await? {
            Way::Keys(filter) => self.look(&filter, start, wanted, budget).await,
            Way::Amounts(along) => self.look_along(&along, start, wanted, budget).await,
            Way::Nowhere => Ok(Looked::default()),
        }
    }

    /// The way to a page of a query.
    async fn way_to(&self, query: &Query, account: Option<i64>, budget: Option<LookBudget>) -> Result<Way> {
        let currencies = self.currencies_for(query).await?;
        let filter = Filter::new(query, account, &currencies);
        if !query.sort.by_amount() || self.can_gather(&filter, budget).await? {
            return Ok(Way::Keys(filter));
        }
        let currency = query.currency();
        let along = currency.and_then(|currency| Along::new(query, currency, account, &currencies));
        Ok(along.map_or(Way::Nowhere, Way::Amounts))
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

    /// Whether what is found is little enough to be gathered and sorted, as far as the budget lets it be
    /// known: finding little among much would take as long for each page.
    async fn can_gather(&self, filter: &Filter, budget: Option<LookBudget>) -> Result<bool> {
        if !filter.is_narrow() {
            return Ok(false);
        }
        let allowance = budget.map_or_else(Allowance::default, |budget| Allowance {
            steps: Some(budget.steps),
            until: budget.time.map(|time| Instant::now() + time / 4),
        });
        let (statement, values) = filter.count_up_to(MOST_SORTED + 1);
        let counted = self.bounded().await?.rows(statement, values, allowance).await?;
        let Some(row) = counted.rows.first().filter(|_| counted.whole) else { return Ok(false) };
        Ok(row.try_get::<i64, _>(0)? <= MOST_SORTED)
    }
}

/// What follows `from payments` for rows behind a spot, up to a last key, and what is bound in it.
fn page_statement(filter: &Filter, start: Spot, last: i64, limit: i64) -> (String, Vec<Value>) {
    let mut values = filter.values().to_vec();
    let key = values.len() + 1;
    values.extend([start.key.into(), last.into(), start.amount.into(), limit.into()]);
    (filter.page(Marks { key, last: key + 1, amount: key + 2, limit: key + 3 }), values)
}

//! How many payments a search finds and what they come to, as an answer of its own: the rows never
//! wait for it, and a broad search is counted as far back as its budget reaches.

use std::collections::BTreeMap;

use domain::{Currency, Money, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::branch::PAYMENTS;
use super::look::{LookBudget, Walk};
use super::plan::Filter;
use super::term::{Query, Sort};
use super::{FindScope, parse};
use crate::bounded::{Allowance, Bounded};
use crate::error::{MirrorError, Result};
use crate::statement::Value;
use crate::{Mirror, key, mirrored};

/// Currencies that are counted side by side; where there are more, rows are sorted by currency, which
/// takes several times as long.
const MOST_SIDE_BY_SIDE: usize = 12;

/// What a search finds in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCount {
    /// How many payments; at least so many where it is not exact.
    pub payments: u64,
    /// By currency, most payments first. Currencies are never added together.
    pub totals: Vec<CurrencyCount>,
    /// Whether all of history was counted.
    pub exact: bool,
    /// Down to when everything was counted, where not all of history was.
    pub looked_back_to: Option<Timestamp>,
    /// Whether words were let go, as in [`FindPage::relaxed`](super::FindPage::relaxed).
    pub relaxed: bool,
}

/// What a search finds in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyCount {
    /// How many payments.
    pub payments: u64,
    /// Their amounts, whatever became of them.
    pub amount: Money,
}

impl Mirror {
    /// Counts what [`Mirror::find`] finds over all pages, and adds the amounts up by currency. Without
    /// a budget it is exact, however long that takes.
    pub async fn count_found(
        &self,
        query: &str,
        scope: FindScope,
        budget: Option<LookBudget>,
    ) -> Result<FoundCount> {
        let parsed = self.with_accounts(parse::parse(query, scope.now)?).await?;
        let number = scope.account.map(|account| self.number_of(account)).transpose()?;
        let counted = self.counted(&parsed, number, budget).await?;
        match parsed.relaxed() {
            Some(looser) if counted.exact && counted.payments == 0 => {
                let counted = self.counted(&looser, number, budget).await?;
                Ok(FoundCount { relaxed: true, ..counted })
            }
            _ => Ok(FoundCount { relaxed: parsed.is_essence, ..counted }),
        }
    }

    async fn counted(
        &self,
        query: &Query,
        account: Option<i64>,
        budget: Option<LookBudget>,
    ) -> Result<FoundCount> {
        let currencies = self.currencies().await?;
        let filter = &Filter::new(query, account, &currencies);
        let mut sums = Sums { currencies, found: BTreeMap::new() };
        let mut bounded = self.bounded().await?;
        let Some(budget) = budget else {
            sums.add(&mut bounded, filter, (i64::MIN, i64::MAX), Allowance::default()).await?;
            return sums.answer(None);
        };
        let mut walk = Walk::new(&budget);
        if sums.add(&mut bounded, filter, (i64::MIN, i64::MAX), walk.first_try(&budget)).await? {
            return sums.answer(None);
        }
        let mut start = i64::MAX;
        while let Some(window) = walk.next(&mut bounded, PAYMENTS, start, Sort::Newest).await? {
            sums.add(&mut bounded, filter, (window.last, start - 1), Allowance::default()).await?;
            if window.ends {
                return sums.answer(None);
            }
            start = window.last;
        }
        sums.answer(Some(start))
    }
}

/// Counts and sums by currency, over the windows so far.
struct Sums {
    currencies: Vec<Currency>,
    found: BTreeMap<Currency, (u64, i128)>,
}

impl Sums {
    /// Adds what lies from one key up to the other; false, and nothing added, where the allowance ended
    /// before.
    async fn add(
        &mut self,
        bounded: &mut Bounded,
        filter: &Filter,
        (from, until): (i64, i64),
        allowance: Allowance,
    ) -> Result<bool> {
        let (all_at_once, (statement, values)) = statements(filter, &self.currencies, (from, until));
        if let Some((statement, values)) = all_at_once {
            let bound = bounded.rows(statement, values, allowance).await?;
            let Some(row) = bound.rows.first().filter(|_| bound.whole) else { return Ok(false) };
            let mut counts = Vec::new();
            for (place, currency) in self.currencies.iter().enumerate() {
                counts.push((*currency, part(row, 1 + 3 * place)?));
            }
            let all = whole(row.try_get(0)?)?;
            if counts.iter().map(|(_, (count, _))| count).sum::<u64>() == all {
                counts.into_iter().for_each(|(currency, part)| self.put(currency, part));
                return Ok(true);
            }
        }
        let bound = bounded.rows(statement, values, allowance).await?;
        if !bound.whole {
            return Ok(false);
        }
        for row in &bound.rows {
            self.put(mirrored::currency(row, "currency")?, part(row, 0)?);
        }
        Ok(true)
    }

    fn put(&mut self, currency: Currency, (count, sum): (u64, i128)) {
        if count > 0 {
            let entry = self.found.entry(currency).or_default();
            entry.0 += count;
            entry.1 += sum;
        }
    }

    fn answer(self, floor: Option<i64>) -> Result<FoundCount> {
        let mut totals = Vec::new();
        for (currency, (payments, sum)) in self.found {
            let minor = i64::try_from(sum).map_err(|_| MirrorError::SumOverflow)?;
            totals.push(CurrencyCount { payments, amount: Money::new(minor, currency) });
        }
        totals.sort_by_key(|one| std::cmp::Reverse(one.payments));
        Ok(FoundCount {
            payments: totals.iter().map(|one| one.payments).sum(),
            totals,
            exact: floor.is_none(),
            looked_back_to: floor.filter(|floor| *floor < i64::MAX).map(key::moment_of),
            relaxed: false,
        })
    }
}

/// A count and a sum in two parts, so that no sum of SQLite's can overflow.
const PARTS: &str = "count(*), sum(payments.amount_minor >> 32), sum(payments.amount_minor & 4294967295)";

/// A statement and what is bound in it.
type Bindable = (String, Vec<Value>);

/// What counts payments with keys from one up to another: side by side, where that can be, and by currency.
pub(super) fn statements(
    filter: &Filter,
    currencies: &[Currency],
    (from, until): (i64, i64),
) -> (Option<Bindable>, Bindable) {
    let mut values: Vec<Value> = filter.values().to_vec();
    values.extend([from.into(), until.into()]);
    let everything = filter.is_everything() && (from, until) == (i64::MIN, i64::MAX);
    // All payments are counted along the index that has currencies and amounts, without the rows.
    let rows = match everything {
        true => "from payments indexed by payments_amount where ?1 <= ?2".to_owned(),
        false => filter.all(values.len() - 1, values.len()),
    };
    let can_be = !everything && (1..=MOST_SIDE_BY_SIDE).contains(&currencies.len());
    let all_at_once = can_be.then(|| (format!("select {} {rows}", side_by_side(currencies)), values.clone()));
    let grouped = format!("select {PARTS}, payments.currency {rows} group by payments.currency");
    (all_at_once, (grouped, values))
}

/// The count of all rows, then [`PARTS`] of each currency: one pass without sorting rows by currency.
fn side_by_side(currencies: &[Currency]) -> String {
    let mut columns = "count(*)".to_owned();
    for currency in currencies {
        for one in PARTS.split(", ") {
            // A code is three letters, so it can stand in the text.
            columns += &format!(", {one} filter (where payments.currency = '{}')", currency.code());
        }
    }
    columns
}

fn whole(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| MirrorError::corrupt("a count is negative"))
}

fn part(row: &SqliteRow, first: usize) -> Result<(u64, i128)> {
    let high: Option<i64> = row.try_get(first + 1)?;
    let low: Option<i64> = row.try_get(first + 2)?;
    let sum = (i128::from(high.unwrap_or(0)) << 32) + i128::from(low.unwrap_or(0));
    Ok((whole(row.try_get(first)?)?, sum))
}

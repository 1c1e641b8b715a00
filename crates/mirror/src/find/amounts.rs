//! Searches in the order of the amounts that find too much to be gathered and sorted. They go along
//! the index of the amounts in their one currency, from the largest or smallest that may be found, and
//! stop where their budget does, knowing up to which amount they came.

use domain::Currency;

use super::classes::Class;
use super::conditions::Conditions;
use super::cursor::Spot;
use super::look::{LookBudget, Looked, Walk, read_found};
use super::plan::taken_apart;
use super::term::{Ask, Node, Query, Sort, Term};
use crate::bounded::{Allowance, Bounded};
use crate::error::Result;
use crate::statement::Value;
use crate::{Mirror, payments};

/// A search along the amounts of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Along {
    sort: Sort,
    /// The number of the value that is the currency.
    currency: usize,
    /// The amounts that the search asks for, themselves included.
    least: i64,
    most: i64,
    conditions: Conditions,
    sifted: String,
}

/// A piece of the index. Payments of one amount are in the order of their keys, and SQLite goes straight
/// to a key only within one amount: a price that half of all payments have must not be passed over anew
/// by each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// Of one amount: behind a key, up to another one, itself included.
    One { amount: i64, behind: i64, last: i64 },
    /// Of all amounts between two, themselves included.
    Many { least: i64, most: i64 },
}

/// Stretches that are looked at as one, and where the next ones begin; none at the end.
struct Window {
    stretches: Vec<Stretch>,
    next: Option<Spot>,
}

impl Along {
    /// The way for a query in this currency; none where no payment can have an amount as it asks for.
    pub(super) fn new(
        query: &Query,
        currency: Currency,
        account: Option<i64>,
        currencies: &[Currency],
    ) -> Option<Self> {
        let (mut least, mut most) = (i64::MIN, i64::MAX);
        let mut nodes: Vec<Node> =
            account.map(|number| Node::of(Ask::AccountNumber(number))).into_iter().collect();
        for node in &query.nodes {
            match node {
                Node::Term(Term { ask: Ask::Amount(bounds), .. }) => {
                    let (from, until) = Class::of(currency).minor(*bounds)?;
                    (least, most) = (least.max(from), most.min(until));
                }
                Node::Term(Term { ask: Ask::Currency(code), .. }) if code == currency.code() => {}
                node => nodes.push(taken_apart(node, currencies)),
            }
        }
        let mut conditions = Conditions::default();
        let number = conditions.bind(currency.code());
        let sifted = nodes.iter().map(|node| format!(" and {}", conditions.node(node))).collect();
        (least <= most).then_some(Self {
            sort: query.sort,
            currency: number,
            least,
            most,
            conditions,
            sifted,
        })
    }

    /// Where a page starts, within the amounts that are asked for; none where it starts behind them.
    fn clipped(&self, start: Spot) -> Option<Spot> {
        let (first, last) =
            if self.sort.goes_up() { (self.least, self.most) } else { (self.most, self.least) };
        let is_before = |one: i64, other: i64| if self.sort.goes_up() { one < other } else { one > other };
        match start {
            start if is_before(last, start.amount) => None,
            start if is_before(start.amount, first) => Some(Spot { amount: first, key: self.sort.start() }),
            start => Some(start),
        }
    }

    /// The amounts behind one, up to another, itself left out; none where there can be none.
    fn beyond(&self, amount: i64, until: Option<i64>) -> Option<Stretch> {
        let (least, most) = match (self.sort.goes_up(), until) {
            (true, None) => (amount.checked_add(1)?, self.most),
            (true, Some(until)) => (amount.checked_add(1)?, until.checked_sub(1)?),
            (false, None) => (self.least, amount.checked_sub(1)?),
            (false, Some(until)) => (until.checked_add(1)?, amount.checked_sub(1)?),
        };
        (least <= most).then_some(Stretch::Many { least, most })
    }

    /// All that lies behind a spot.
    fn rest(&self, spot: Spot) -> Vec<Stretch> {
        let Spot { amount, key } = spot;
        let one = Stretch::One { amount, behind: key, last: self.sort.end() };
        [Some(one), self.beyond(amount, None)].into_iter().flatten().collect()
    }

    /// What follows `from payments` for the rows of a stretch, and what is bound in it. Without
    /// conditions the index alone answers.
    fn statement(&self, stretch: Stretch, sifted: &str) -> (String, Vec<Value>) {
        let mut values = self.conditions.values.clone();
        let (sign, back, direction) = (self.sort.sign(), self.sort.sign_back(), self.sort.direction());
        let place = values.len() + 1;
        let (within, bound) = match stretch {
            Stretch::One { amount, behind, last } => {
                let (key, end) = (place + 1, place + 2);
                let keys = format!("payments.key {sign} ?{key} and payments.key {back}= ?{end}");
                (format!("payments.amount_minor = ?{place} and {keys}"), vec![amount, behind, last])
            }
            Stretch::Many { least, most } => {
                (format!("payments.amount_minor between ?{place} and ?{}", place + 1), vec![least, most])
            }
        };
        values.extend(bound.into_iter().map(Value::from));
        let rest = format!(
            "indexed by payments_amount where payments.currency = ?{} and {within}{sifted} \
             order by payments.amount_minor {direction}, payments.key {direction} limit ?{}",
            self.currency,
            values.len() + 1
        );
        (rest, values)
    }

    /// The rows of a stretch, up to a number of them.
    fn page(&self, stretch: Stretch, wanted: i64) -> (String, Vec<Value>) {
        let (rest, mut values) = self.statement(stretch, &self.sifted);
        values.push(wanted.into());
        (payments::TABLE.select(&rest), values)
    }

    /// The key or amount of the row behind so many others in a stretch, whatever else is asked of it.
    fn step(&self, stretch: Stretch, passed: i64) -> (String, Vec<Value>) {
        let column = if matches!(stretch, Stretch::One { .. }) { "key" } else { "amount_minor" };
        let (rest, mut values) = self.statement(stretch, "");
        values.extend([1.into(), passed.into()]);
        (format!("select payments.{column} from payments {rest} offset ?{}", values.len()), values)
    }

    /// Every statement that it can need, for tests of the indexes.
    pub(super) fn statements(&self) -> Vec<(String, Vec<Value>)> {
        let spot = self.clipped(Spot::start(self.sort));
        let stretches = spot.map(|spot| self.rest(spot)).unwrap_or_default();
        stretches
            .into_iter()
            .flat_map(|stretch| [self.page(stretch, 51), self.step(stretch, 1_000)])
            .collect()
    }

    /// The next rows of the index, about as many as this; more only where they are of one amount and the
    /// next few.
    async fn window(&self, bounded: &mut Bounded, spot: Spot, rows: u32) -> Result<Window> {
        // Both parts may be as long as this.
        let passed = i64::from(rows / 2).max(1) - 1;
        let Spot { amount, key } = spot;
        let of_one = |last| Stretch::One { amount, behind: key, last };
        let all_of_one = of_one(self.sort.end());
        if let Some(last) = bounded.number(self.step(all_of_one, passed)).await? {
            let next = Some(Spot { amount, key: last });
            return Ok(Window { stretches: vec![of_one(last)], next });
        }
        let Some(others) = self.beyond(amount, None) else {
            return Ok(Window { stretches: vec![all_of_one], next: None });
        };
        match bounded.number(self.step(others, passed)).await? {
            None => Ok(Window { stretches: vec![all_of_one, others], next: None }),
            Some(reached) => Ok(Window {
                stretches: [Some(all_of_one), self.beyond(amount, Some(reached))]
                    .into_iter()
                    .flatten()
                    .collect(),
                next: Some(Spot { amount: reached, key: self.sort.start() }),
            }),
        }
    }
}

impl Mirror {
    /// Up to `wanted` payments behind a spot in the order of the amounts.
    pub(super) async fn look_along(
        &self,
        along: &Along,
        start: Spot,
        wanted: i64,
        budget: Option<LookBudget>,
    ) -> Result<Looked> {
        let mut found = Looked::default();
        let Some(mut spot) = along.clipped(start) else { return Ok(found) };
        let mut bounded = self.bounded().await?;
        let mut walk = budget.as_ref().map(Walk::new);
        let allowance = match (&walk, &budget) {
            (Some(walk), Some(budget)) => walk.first_try(budget),
            _ => Allowance::default(),
        };
        if self.add(&mut bounded, along, &along.rest(spot), wanted, allowance, &mut found).await? {
            return Ok(found);
        }
        // Rows come in order, so those that came are all up to the last one.
        spot = found.rows.last().map_or(spot, |(key, last)| Spot::behind(*key, last));
        while !found.is_full(wanted) {
            let Some(rows) = walk.as_mut().and_then(Walk::rows) else {
                found.reached = Some(spot);
                return Ok(found);
            };
            let window = along.window(&mut bounded, spot, rows).await?;
            let all = Allowance::default();
            self.add(&mut bounded, along, &window.stretches, wanted, all, &mut found).await?;
            match window.next {
                Some(next) => spot = next,
                None => return Ok(found),
            }
        }
        Ok(found)
    }

    /// Adds what is found in stretches, up to as much as is wanted; false where the allowance ended before.
    async fn add(
        &self,
        bounded: &mut Bounded,
        along: &Along,
        stretches: &[Stretch],
        wanted: i64,
        allowance: Allowance,
        found: &mut Looked,
    ) -> Result<bool> {
        for stretch in stretches {
            let left = found.left(wanted);
            if left <= 0 {
                return Ok(true);
            }
            let (statement, values) = along.page(*stretch, left);
            let bound = bounded.rows(statement, values, allowance).await?;
            found.rows.extend(read_found(self, &bound)?);
            if !bound.whole {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

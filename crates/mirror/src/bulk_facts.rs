//! What must be known to match rows of a file with payments and to look them over, for hundreds of rows
//! with one statement each: a file of thousands is matched by indexes and never by as many searches.

use std::collections::HashMap;

use domain::{AccountId, BulkRunId, Money, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::bulk::{ROW_STATE, ROWS_JOINED, word};
use crate::error::Result;
use crate::find::FoundPayment;
use crate::mirrored::currency;
use crate::payments::{TABLE, found, read};
use crate::statement::{Value, bind_all, fold, numbers};
use crate::{Mirror, key};

/// Values of one statement.
const AT_ONCE: usize = 400;
/// Payments of one look by email: somebody who paid more often in the days of a file is told apart by an id.
const MOST_OF_EMAILS: i64 = 20_000;
/// Names that metadata may have before no more are looked at.
const MOST_NAMES: i64 = 500;

/// A row of another run that is sent, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRow {
    /// The run.
    pub run: BulkRunId,
    /// How much.
    pub amount: Money,
}

/// What hangs on a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFacts {
    /// Minor units of its refunds that did not definitely fail, each.
    pub refunds: Vec<i64>,
    /// Whether a dispute keeps the vendor from refunding it.
    pub disputed: bool,
    /// An open intent on it.
    pub open_intent: Option<String>,
    /// Rows of other runs for it.
    pub earlier: Vec<EarlierRow>,
}

/// Reads in bulk.
#[derive(Debug)]
pub struct BulkFacts<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl BulkFacts<'_> {
    /// Payments by the vendor's ids.
    pub async fn by_ids(&self, account: AccountId, ids: &[String]) -> Result<Vec<FoundPayment>> {
        self.payments(account, "vendor_id", ids).await
    }

    /// Payments by the ids of payers' intentions.
    pub async fn by_payment_intents(&self, account: AccountId, ids: &[String]) -> Result<Vec<FoundPayment>> {
        self.payments(account, "payment_intent_id", ids).await
    }

    /// Payments by our own ids.
    pub async fn by_own_ids(&self, account: AccountId, ids: &[String]) -> Result<Vec<FoundPayment>> {
        let keys: Vec<Value> = ids.iter().filter_map(|id| key::from_own_id(id)).map(Value::from).collect();
        self.payments_by(account, "key", keys, "").await
    }

    /// The payments that refunds gave back, by the refunds' ids.
    pub async fn of_refunds(&self, account: AccountId, ids: &[String]) -> Result<HashMap<String, String>> {
        let statement = "select vendor_id, payment_id from refunds where account = ?1 and vendor_id in (…) \
             and payment_id is not null";
        let rows = self.fetch(account, statement, texts(ids)).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Payments of some addresses between two moments.
    pub async fn by_emails(
        &self,
        account: AccountId,
        emails: &[String],
        span: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<FoundPayment>> {
        // The plus keeps SQLite from walking all payments along their dates instead of looking the emails up.
        let rest = match span {
            Some((from, until)) => format!(
                "and +key >= {} and +key < {} order by +key desc limit {MOST_OF_EMAILS}",
                key::first_of_second(from),
                key::first_of_second(until)
            ),
            None => format!("order by +key desc limit {MOST_OF_EMAILS}"),
        };
        let folded = emails.iter().map(|email| Value::from(fold(email))).collect();
        self.payments_by(account, "email_folded", folded, &rest).await
    }

    /// The names in the metadata of payments. Each is found by a step in the index, however many rows there are.
    pub async fn metadata_names(&self) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(
            "with recursive names (name) as (select min(name) from payment_metadata union all \
             select (select min(name) from payment_metadata where name > names.name) from names \
             where name is not null) select name from names where name is not null limit ?1",
        )
        .bind(MOST_NAMES)
        .fetch_all(self.mirror.readers())
        .await?)
    }

    /// Payments that carry one of some values under one of some names in their metadata, each with the value.
    pub async fn by_metadata(
        &self,
        account: AccountId,
        names: &[String],
        values: &[String],
    ) -> Result<Vec<(String, FoundPayment)>> {
        let mut carried: Vec<(i64, String)> = Vec::new();
        for name in names {
            for chunk in values.chunks(AT_ONCE) {
                let statement = format!(
                    "select payment_key, value_folded from payment_metadata where name = ?1 and value_folded in ({})",
                    numbers(2, chunk.len())
                );
                let bound =
                    std::iter::once(Value::from(name)).chain(chunk.iter().map(|one| Value::from(fold(one))));
                let rows = bind_all(sqlx::query(AssertSqlSafe(statement)), bound)
                    .fetch_all(self.mirror.readers())
                    .await?;
                for row in &rows {
                    carried.push((row.try_get(0)?, row.try_get(1)?));
                }
            }
        }
        let keys: Vec<Value> = carried.iter().map(|(key, _)| Value::from(*key)).collect();
        let payments = self.payments_by(account, "key", keys, "").await?;
        let by_key: HashMap<i64, &FoundPayment> =
            payments.iter().filter_map(|one| Some((key::from_own_id(&one.own_id)?, one))).collect();
        let with_value = |(key, value): (i64, String)| Some((value, (*by_key.get(&key)?).clone()));
        Ok(carried.into_iter().filter_map(with_value).collect())
    }

    /// What hangs on payments, by the vendor's ids.
    pub async fn of_payments(
        &self,
        account: AccountId,
        ids: &[String],
    ) -> Result<HashMap<String, PaymentFacts>> {
        let mut facts: HashMap<String, PaymentFacts> = HashMap::new();
        let refunds = "select payment_id, amount_minor from refunds where account = ?1 and payment_id in (…) \
             and status not in ('failed', 'canceled')";
        for row in self.fetch(account, refunds, texts(ids)).await? {
            facts.entry(row.try_get(0)?).or_default().refunds.push(row.try_get(1)?);
        }
        let disputes = "select distinct payment_id from disputes where account = ?1 and payment_id in (…) \
             and status not in ('warning_closed', 'won', 'lost', 'prevented') and payment_refundable is not 1";
        for row in self.fetch(account, disputes, texts(ids)).await? {
            facts.entry(row.try_get(0)?).or_default().disputed = true;
        }
        let open = "select target_id, id from intents where account = ?1 and target_id in (…) \
             and state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person') \
             and kind in ('refund', 'capture', 'cancel_payment', 'cancel_refund')";
        for row in self.fetch(account, open, texts(ids)).await? {
            facts.entry(row.try_get(0)?).or_default().open_intent = row.try_get(1)?;
        }
        let earlier = format!(
            "select * from (select r.payment_id, u.id as run_id, r.amount_minor, r.currency, {ROW_STATE} as row_state \
             {ROWS_JOINED} where u.account = ?1 and r.payment_id in (…) and r.amount_minor is not null) \
             where row_state not in ('asks', 'left_out', 'blocked', 'not_sent', 'failed', 'refused', 'canceled')"
        );
        for row in self.fetch(account, &earlier, texts(ids)).await? {
            let amount = Money::new(row.try_get("amount_minor")?, currency(&row, "currency")?);
            let one = EarlierRow { run: word(&row, "run_id")?, amount };
            facts.entry(row.try_get("payment_id")?).or_default().earlier.push(one);
        }
        Ok(facts)
    }

    async fn payments(&self, account: AccountId, column: &str, ids: &[String]) -> Result<Vec<FoundPayment>> {
        self.payments_by(account, column, texts(ids), "").await
    }

    async fn payments_by(
        &self,
        account: AccountId,
        column: &str,
        values: Vec<Value>,
        rest: &str,
    ) -> Result<Vec<FoundPayment>> {
        let statement = TABLE.select(&format!("where account = ?1 and {column} in (…) {rest}"));
        let rows = self.fetch(account, &statement, values).await?;
        rows.iter().map(|row| Ok(found(self.mirror.stored_row(row, read)?))).collect()
    }

    /// A statement for as many values as there are, some hundred at once.
    async fn fetch(&self, account: AccountId, statement: &str, values: Vec<Value>) -> Result<Vec<SqliteRow>> {
        let number = Value::from(self.mirror.number_of(account)?);
        let mut rows = Vec::new();
        for chunk in values.chunks(AT_ONCE) {
            let statement = statement.replace('…', &numbers(2, chunk.len()));
            let bound = std::iter::once(number.clone()).chain(chunk.iter().cloned());
            rows.extend(
                bind_all(sqlx::query(AssertSqlSafe(statement)), bound)
                    .fetch_all(self.mirror.readers())
                    .await?,
            );
        }
        Ok(rows)
    }
}

fn texts(ids: &[String]) -> Vec<Value> {
    ids.iter().map(Value::from).collect()
}

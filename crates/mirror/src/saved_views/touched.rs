//! Payments that something happened to since the saved views were last looked at: they may have come into
//! a view, or left it, however old they are.

use std::collections::{BTreeSet, HashMap};

use domain::Record;
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};

use super::SavedViews;
use crate::changes::RowChange;
use crate::error::Result;

/// Payments that were touched up to a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    by_account: HashMap<i64, Vec<i64>>,
    /// The last one of them.
    number: i64,
}

impl Touched {
    /// The keys of those of an account.
    pub(super) fn of(&self, account: i64) -> &[i64] {
        self.by_account.get(&account).map(Vec::as_slice).unwrap_or_default()
    }
}

impl SavedViews<'_> {
    /// What was touched since it was last forgotten.
    pub async fn touched(&self) -> Result<Touched> {
        let rows = sqlx::query("select account, payment_key, number from touched_payments")
            .fetch_all(self.mirror.readers())
            .await?;
        let mut touched = Touched::default();
        for row in rows {
            touched.by_account.entry(row.try_get("account")?).or_default().push(row.try_get("payment_key")?);
            touched.number = touched.number.max(row.try_get("number")?);
        }
        Ok(touched)
    }

    /// Forgets what all views were looked at for; what was touched meanwhile stays.
    pub async fn forget_touched(&self, touched: &Touched) -> Result<()> {
        if touched.by_account.is_empty() {
            return Ok(());
        }
        let mut writer = self.mirror.writer().await?;
        sqlx::query("delete from touched_payments where number <= ?1")
            .bind(touched.number)
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }
}

/// What a search can ask of a payment and that stands elsewhere than in its own row.
#[derive(Default)]
struct Ids<'a> {
    payments: BTreeSet<&'a str>,
    intents: BTreeSet<&'a str>,
    customers: BTreeSet<&'a str>,
}

impl<'a> Ids<'a> {
    fn add(&mut self, record: &'a Record) {
        match record {
            Record::Payment(one) => _ = self.payments.insert(&one.vendor_id),
            Record::Refund(one) => match (&one.payment_id, &one.payment_intent_id) {
                (Some(id), _) => _ = self.payments.insert(id),
                (None, Some(id)) => _ = self.intents.insert(id),
                (None, None) => {}
            },
            Record::Dispute(one) => self.payments.extend(one.payment_id.as_deref()),
            Record::Customer(one) => _ = self.customers.insert(&one.vendor_id),
            Record::PaymentIntent(_) | Record::Payout(_) | Record::BalanceEntry(_) | Record::Event(_) => {}
        }
    }
}

/// Notes the payments that changed rows belong to, in accounts where a view is looked at.
pub(crate) async fn follow(
    transaction: &mut Transaction<'_, Sqlite>,
    changes: &[RowChange<'_>],
) -> Result<()> {
    let mut by_account: HashMap<i64, Ids<'_>> = HashMap::new();
    let looked_at: Vec<i64> = sqlx::query_scalar("select distinct account from saved_view_looks")
        .fetch_all(&mut **transaction)
        .await?;
    for change in changes.iter().filter(|change| looked_at.contains(&change.account)) {
        let ids = by_account.entry(change.account).or_default();
        [change.new, change.old.as_deref()].into_iter().flatten().for_each(|record| ids.add(record));
    }
    for (account, ids) in by_account {
        for (column, ids) in
            [("vendor_id", ids.payments), ("payment_intent_id", ids.intents), ("customer_id", ids.customers)]
        {
            if !ids.is_empty() {
                note(transaction, account, column, &ids).await?;
            }
        }
    }
    Ok(())
}

async fn note(
    connection: &mut SqliteConnection,
    account: i64,
    column: &str,
    ids: &BTreeSet<&str>,
) -> Result<()> {
    let statement = format!(
        "insert into touched_payments (account, payment_key, number) \
         select account, key, (select coalesce(max(number), 0) + 1 from touched_payments) \
         from payments where account = ?1 and {column} in (select value from json_each(?2)) \
         on conflict (account, payment_key) do update set number = excluded.number"
    );
    let statement = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(account);
    statement.bind(serde_json::json!(ids).to_string()).execute(connection).await?;
    Ok(())
}

/// Drops what was noted of an account whose rows all go.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    sqlx::query("delete from touched_payments where account = ?1")
        .bind(number)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

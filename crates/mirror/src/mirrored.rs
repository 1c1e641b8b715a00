//! What all mirrored tables have in common: the columns in front, reading a row, the vendor's JSON.

use domain::{AccountId, Currency, Kind, Money, Record, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::statement::{Value, bind_all};
use crate::{balance_entries, customers, disputes, events, payment_intents, payments, payouts, refunds};

/// A mirrored record with where it belongs and how fresh it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The account that it was read from.
    pub account_id: AccountId,
    /// The record.
    pub value: T,
    /// When the vendor stated it.
    pub observed_at: Timestamp,
}

/// A mirrored table. Before its own columns stand `key`, `account`, `vendor_id`, `created_at`,
/// `observed_at` and `digest`.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// Columns whose texts the documents repeat and leave to the row (`repeated.rs`). What stands at a place of this
    /// list stays there, since it is written in the documents; only the end grows.
    pub(crate) repeated: &'static [&'static str],
}

/// The table of a kind.
pub(crate) fn table(kind: Kind) -> &'static Table {
    match kind {
        Kind::Payments => &payments::TABLE,
        Kind::Refunds => &refunds::TABLE,
        Kind::Customers => &customers::TABLE,
        Kind::PaymentIntents => &payment_intents::TABLE,
        Kind::Disputes => &disputes::TABLE,
        Kind::BalanceEntries => &balance_entries::TABLE,
        Kind::Payouts => &payouts::TABLE,
        Kind::Events => &events::TABLE,
    }
}

/// The values of a record for its table's own columns.
pub(crate) fn values(record: &Record) -> Vec<Value> {
    match record {
        Record::Payment(one) => payments::values(one),
        Record::Refund(one) => refunds::values(one),
        Record::Customer(one) => customers::values(one),
        Record::PaymentIntent(one) => payment_intents::values(one),
        Record::Dispute(one) => disputes::values(one),
        Record::BalanceEntry(one) => balance_entries::values(one),
        Record::Payout(one) => payouts::values(one),
        Record::Event(one) => events::values(one),
    }
}

/// The record in a row of the kind's table.
pub(crate) fn read_record(kind: Kind, row: &SqliteRow) -> Result<Record> {
    Ok(match kind {
        Kind::Payments => Record::Payment(payments::read(row)?),
        Kind::Refunds => Record::Refund(refunds::read(row)?),
        Kind::Customers => Record::Customer(customers::read(row)?),
        Kind::PaymentIntents => Record::PaymentIntent(payment_intents::read(row)?),
        Kind::Disputes => Record::Dispute(disputes::read(row)?),
        Kind::BalanceEntries => Record::BalanceEntry(balance_entries::read(row)?),
        Kind::Payouts => Record::Payout(payouts::read(row)?),
        Kind::Events => Record::Event(events::read(row)?),
    })
}

impl Table {
    /// A select of every column, with the rest of the statement as the method states it.
    pub(crate) fn select(&self, rest: &str) -> String {
        self.select_also("", rest)
    }

    /// As [`Table::select`], with columns more, each with a comma before it.
    pub(crate) fn select_also(&self, more: &str, rest: &str) -> String {
        let name = self.name;
        let own = self.columns.iter().map(|column| format!(", {name}.{column}")).collect::<String>();
        format!(
            "select {name}.key, {name}.account, {name}.vendor_id, {name}.created_at, {name}.observed_at{own}{more} \
             from {name} {rest}"
        )
    }
}

impl Mirror {
    /// Runs a select of a mirrored table; each row comes with its key.
    pub(crate) async fn stored<T>(
        &self,
        table: &Table,
        read: impl Fn(&SqliteRow) -> Result<T>,
        rest: &str,
        values: Vec<Value>,
    ) -> Result<Vec<(i64, Stored<T>)>> {
        let statement = sqlx::query(AssertSqlSafe(table.select(rest)));
        let rows = bind_all(statement, values).fetch_all(self.readers()).await?;
        rows.iter().map(|row| self.stored_row(row, &read)).collect()
    }

    /// A row of [`Table::select`] with its key.
    pub(crate) fn stored_row<T>(
        &self,
        row: &SqliteRow,
        read: impl Fn(&SqliteRow) -> Result<T>,
    ) -> Result<(i64, Stored<T>)> {
        let account_id = self.account_of(row.try_get("account")?)?;
        let observed_at = moment(row, "observed_at")?;
        Ok((row.try_get("key")?, Stored { account_id, value: read(row)?, observed_at }))
    }

    /// As [`Mirror::stored`], without the keys.
    pub(crate) async fn stored_list<T>(
        &self,
        table: &Table,
        read: fn(&SqliteRow) -> Result<T>,
        rest: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Stored<T>>> {
        let rows = self.stored(table, read, rest, values).await?;
        Ok(rows.into_iter().map(|(_, stored)| stored).collect())
    }

    /// The row of one account with the vendor's id.
    pub(crate) async fn stored_one<T>(
        &self,
        table: &Table,
        read: fn(&SqliteRow) -> Result<T>,
        account: AccountId,
        vendor_id: &str,
    ) -> Result<Option<Stored<T>>> {
        let rest = "where account = ?1 and vendor_id = ?2";
        let values = vec![self.number_of(account)?.into(), vendor_id.into()];
        Ok(self.stored_list(table, read, rest, values).await?.into_iter().next())
    }

    /// When the vendor stated a mirrored record.
    pub async fn observed_at(
        &self,
        account: AccountId,
        kind: Kind,
        vendor_id: &str,
    ) -> Result<Option<Timestamp>> {
        let statement = AssertSqlSafe(format!(
            "select observed_at from {} where account = ?1 and vendor_id = ?2",
            table(kind).name
        ));
        let at: Option<i64> = sqlx::query_scalar(statement)
            .bind(self.number_of(account)?)
            .bind(vendor_id)
            .fetch_optional(self.readers())
            .await?;
        Ok(at.map(Timestamp::from_ms))
    }

    /// The vendor's JSON of a mirrored record, as it was last stated.
    pub async fn raw(&self, account: AccountId, kind: Kind, vendor_id: &str) -> Result<Option<Vec<u8>>> {
        let key = format!("select key from {} where account = ?1 and vendor_id = ?2", table(kind).name);
        let key: Option<i64> = sqlx::query_scalar(AssertSqlSafe(key))
            .bind(self.number_of(account)?)
            .bind(vendor_id)
            .fetch_optional(self.readers())
            .await?;
        let Some(key) = key else { return Ok(None) };
        let mut connection = self.readers().acquire().await?;
        self.object(&mut connection, key).await
    }

    /// How many records of a kind are mirrored, of one account or of all.
    pub async fn count(&self, kind: Kind, account: Option<AccountId>) -> Result<u64> {
        let number = account.map(|account| self.number_of(account)).transpose()?;
        let statement = sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!(
            "select count(*) from {} where ?1 is null or account = ?1",
            table(kind).name
        )));
        let count = statement.bind(number).fetch_one(self.readers()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// A moment in a column.
pub(crate) fn moment(row: &SqliteRow, column: &'static str) -> Result<Timestamp> {
    Ok(Timestamp::from_ms(row.try_get(column)?))
}

/// A moment in a column that may be empty.
pub(crate) fn moment_or_none(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Timestamp::from_ms))
}

/// A currency in a column.
pub(crate) fn currency(row: &SqliteRow, column: &'static str) -> Result<Currency> {
    let code: String = row.try_get(column)?;
    code.parse().map_err(|_| MirrorError::corrupt(format!("column {column} holds no currency")))
}

/// The amount in `amount_minor` and `currency`.
pub(crate) fn amount(row: &SqliteRow) -> Result<Money> {
    Ok(Money::new(row.try_get("amount_minor")?, currency(row, "currency")?))
}

/// An open word in a column.
pub(crate) fn word<T: for<'a> From<&'a str>>(row: &SqliteRow, column: &'static str) -> Result<T> {
    Ok(T::from(row.try_get::<String, _>(column)?.as_str()))
}

/// An open word in a column that may be empty.
pub(crate) fn word_or_none<T: for<'a> From<&'a str>>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>> {
    Ok(row.try_get::<Option<String>, _>(column)?.map(|word| T::from(word.as_str())))
}

/// A small number in a column that may be empty.
pub(crate) fn small<T: TryFrom<i64>>(row: &SqliteRow, column: &'static str) -> Result<Option<T>> {
    let number: Option<i64> = row.try_get(column)?;
    let fit =
        |number| T::try_from(number).map_err(|_| MirrorError::corrupt(format!("column {column} is off")));
    number.map(fit).transpose()
}

/// The seller's own words.
pub(crate) fn metadata(row: &SqliteRow) -> Result<Vec<(String, String)>> {
    let text: String = row.try_get("metadata")?;
    serde_json::from_str(&text).map_err(|_| MirrorError::corrupt("column metadata does not read"))
}

/// The seller's own words as they stand in a column.
pub(crate) fn metadata_value(metadata: &[(String, String)]) -> Value {
    // Pairs of strings always have a JSON form.
    Value::Text(serde_json::to_string(metadata).unwrap_or_else(|_| "[]".to_owned()))
}

//! What word search knows of payments: their words and the seller's own words, by key.

use domain::Payment;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::error::Result;
use crate::payments;
use crate::statement::{Value, bind_all, fold, numbers, value_rows};

/// Rows of one insert.
const ROWS_PER_STATEMENT: usize = 50;
/// Keys of one delete.
const KEYS_PER_STATEMENT: usize = 500;

/// Takes payments out of the search.
pub(crate) async fn forget(transaction: &mut Transaction<'_, Sqlite>, keys: &[i64]) -> Result<()> {
    for chunk in keys.chunks(KEYS_PER_STATEMENT) {
        for (table, column) in [("payment_words", "rowid"), ("payment_metadata", "payment_key")] {
            let statement = format!("delete from {table} where {column} in ({})", numbers(1, chunk.len()));
            let values = chunk.iter().map(|key| Value::from(*key));
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

/// Puts payments into the search that are not in it.
pub(crate) async fn put(
    transaction: &mut Transaction<'_, Sqlite>,
    payments: &[(i64, &Payment)],
) -> Result<()> {
    for chunk in payments.chunks(ROWS_PER_STATEMENT) {
        put_words(transaction, chunk).await?;
        put_metadata(transaction, chunk).await?;
    }
    Ok(())
}

async fn put_words(transaction: &mut Transaction<'_, Sqlite>, payments: &[(i64, &Payment)]) -> Result<()> {
    let statement = format!(
        "insert into payment_words (rowid, name, email, description, other) values {}",
        value_rows(1, payments.len(), 5)
    );
    let values = payments.iter().flat_map(|(key, payment)| {
        std::iter::once(Value::from(*key)).chain(payments::words(payment).into_iter().map(Value::Text))
    });
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

async fn put_metadata(transaction: &mut Transaction<'_, Sqlite>, payments: &[(i64, &Payment)]) -> Result<()> {
    let pairs: Vec<[Value; 3]> = payments
        .iter()
        .flat_map(|(key, payment)| payment.metadata.iter().map(move |pair| (*key, pair)))
        .map(|(key, (name, value))| [Value::from(name), fold(value).into(), key.into()])
        .collect();
    for chunk in pairs.chunks(ROWS_PER_STATEMENT) {
        let statement = format!(
            "insert or ignore into payment_metadata (name, value_folded, payment_key) values {}",
            value_rows(1, chunk.len(), 3)
        );
        let values = chunk.iter().flatten().cloned();
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    Ok(())
}

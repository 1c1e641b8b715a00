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

/// Takes payments out of the search, as they stand in it.
pub(crate) async fn forget(
    transaction: &mut Transaction<'_, Sqlite>,
    payments: &[(i64, &Payment)],
) -> Result<()> {
    for chunk in payments.chunks(KEYS_PER_STATEMENT) {
        let statement = format!("delete from payment_words where rowid in ({})", numbers(1, chunk.len()));
        let values = chunk.iter().map(|(key, _)| Value::from(*key));
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    for chunk in metadata_rows(payments).chunks(ROWS_PER_STATEMENT) {
        let statement = format!(
            "delete from payment_metadata where (name, value_folded, payment_key) in (values {})",
            value_rows(1, chunk.len(), 3)
        );
        let values = chunk.iter().flatten().cloned();
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Takes all payments of an account out of the search, before their rows go.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    for statement in [
        "delete from payment_words where rowid in (select key from payments where account = ?1)",
        "delete from payment_metadata where payment_key in (select key from payments where account = ?1)",
    ] {
        sqlx::query(statement).bind(number).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Whether the search knows both payments by the same words.
pub(crate) fn are_equal(left: &Payment, right: &Payment) -> bool {
    payments::words(left) == payments::words(right) && left.metadata == right.metadata
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
    for chunk in metadata_rows(payments).chunks(ROWS_PER_STATEMENT) {
        let statement = format!(
            "insert or ignore into payment_metadata (name, value_folded, payment_key) values {}",
            value_rows(1, chunk.len(), 3)
        );
        let values = chunk.iter().flatten().cloned();
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    Ok(())
}

fn metadata_rows(payments: &[(i64, &Payment)]) -> Vec<[Value; 3]> {
    let mut rows = Vec::new();
    for (key, payment) in payments {
        for (name, value) in &payment.metadata {
            rows.push([Value::from(name), fold(value).into(), (*key).into()]);
        }
    }
    rows
}

//! What word search knows of payments: their words and the seller's own words, by key.

use domain::Payment;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::error::Result;
use crate::payments;
use crate::statement::{Value, bind_all, fold, groups, marks, value_rows};

/// Takes payments out of the search, as they stand in it.
pub(crate) async fn forget(
    transaction: &mut Transaction<'_, Sqlite>,
    payments: &[(i64, &Payment)],
) -> Result<()> {
    for chunk in groups(payments) {
        let statement = format!("delete from payment_words where rowid in ({})", marks(chunk.len()));
        let values = chunk.iter().map(|(key, _)| Value::from(*key));
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
    for chunk in groups(&metadata_rows(payments)) {
        let statement = format!(
            "delete from payment_metadata where (name, value_folded, payment_key) in (values {})",
            value_rows(chunk.len(), 3)
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

/// Puts payments into the search that are not in it, in the order of their keys: the word index keeps
/// what it was given in memory only as long as keys grow.
pub(crate) async fn put(
    transaction: &mut Transaction<'_, Sqlite>,
    payments: &[(i64, &Payment)],
) -> Result<()> {
    for chunk in groups(payments) {
        put_words(transaction, chunk).await?;
    }
    put_metadata(transaction, payments).await
}

async fn put_words(transaction: &mut Transaction<'_, Sqlite>, payments: &[(i64, &Payment)]) -> Result<()> {
    let statement = format!(
        "insert into payment_words (rowid, name, email, description, statement, receipt, postal, method, metadata) \
         values {}",
        value_rows(payments.len(), 9)
    );
    let values = payments.iter().flat_map(|(key, payment)| {
        std::iter::once(Value::from(*key)).chain(payments::words(payment).into_iter().map(Value::Text))
    });
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

async fn put_metadata(transaction: &mut Transaction<'_, Sqlite>, payments: &[(i64, &Payment)]) -> Result<()> {
    for chunk in groups(&metadata_rows(payments)) {
        let statement = format!(
            "insert or ignore into payment_metadata (name, value_folded, payment_key) values {}",
            value_rows(chunk.len(), 3)
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
            rows.push((name, fold(value), *key));
        }
    }
    // In the order of the table, so that neighbours go to the same page.
    rows.sort_unstable();
    rows.into_iter().map(|(name, value, key)| [name.into(), value.into(), key.into()]).collect()
}

//! Persons in runs of refunds: what a file said of them, to copy and to erase. The books stay: payments,
//! amounts, intents.

use serde_json::{Value as Json, json};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::error::Result;
use crate::statement::{Value, bind_all, numbers};
use crate::traces::Traces;

/// Ids of one statement.
const AT_ONCE: usize = 400;
/// Cells that can hold words of a person.
const CELLS: [&str; 5] = ["given_payment", "given_email", "given_order", "note", "problem_detail"];

/// Takes a person out: from the rows of their payments all that a file said of them, and their words from
/// every other row and from the names of files.
pub(crate) async fn clear(
    connection: &mut SqliteConnection,
    account: i64,
    payments: &[String],
    traces: &Traces,
) -> Result<()> {
    for chunk in payments.chunks(AT_ONCE) {
        let statement = format!(
            "update bulk_rows set given_payment = null, given_email = null, given_order = null, note = null, \
             problem_detail = null where payment_id in ({}) \
             and run in (select number from bulk_runs where account = ?1)",
            numbers(2, chunk.len())
        );
        let values = std::iter::once(Value::from(account)).chain(chunk.iter().map(Value::from));
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut *connection).await?;
    }
    for row in rows(connection).await? {
        let mut cells = Vec::with_capacity(CELLS.len());
        let mut changed = false;
        for cell in CELLS {
            let text: Option<String> = row.try_get(cell)?;
            let masked = text.as_deref().and_then(|text| traces.masked(text));
            changed |= masked.is_some();
            cells.push(masked.or(text));
        }
        if changed {
            let statement = "update bulk_rows set given_payment = ?3, given_email = ?4, given_order = ?5, note = ?6, \
                 problem_detail = ?7 where run = ?1 and line = ?2";
            let place = [row.try_get::<i64, _>("run")?, row.try_get::<i64, _>("line")?].map(Value::from);
            let values = place.into_iter().chain(cells.into_iter().map(Value::from));
            bind_all(sqlx::query(statement), values).execute(&mut *connection).await?;
        }
    }
    for row in sqlx::query("select number, name from bulk_runs").fetch_all(&mut *connection).await? {
        let name: String = row.try_get("name")?;
        if let Some(masked) = traces.masked(&name) {
            sqlx::query("update bulk_runs set name = ?2 where number = ?1")
                .bind(row.try_get::<i64, _>("number")?)
                .bind(masked)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// What files said of a person.
pub(crate) async fn written(
    connection: &mut SqliteConnection,
    payments: &[String],
    traces: &Traces,
) -> Result<Vec<Json>> {
    let mut found = Vec::new();
    for row in rows(connection).await? {
        let payment: Option<String> = row.try_get("payment_id")?;
        let is_theirs = payment.as_ref().is_some_and(|id| payments.contains(id));
        let mut cells = serde_json::Map::new();
        let mut tells = is_theirs;
        for cell in CELLS {
            let text: Option<String> = row.try_get(cell)?;
            tells |= text.as_deref().is_some_and(|text| traces.are_in(text));
            cells.insert(cell.to_owned(), json!(text));
        }
        if tells {
            cells.insert("payment".to_owned(), json!(payment));
            cells.insert("file".to_owned(), json!(row.try_get::<String, _>("name")?));
            cells.insert("line".to_owned(), json!(row.try_get::<i64, _>("line")?));
            found.push(Json::Object(cells));
        }
    }
    Ok(found)
}

async fn rows(connection: &mut SqliteConnection) -> Result<Vec<SqliteRow>> {
    let rows = sqlx::query(
        "select r.run, r.line, r.payment_id, r.given_payment, r.given_email, r.given_order, r.note, \
         r.problem_detail, u.name from bulk_rows r join bulk_runs u on u.number = r.run order by r.run, r.line",
    );
    Ok(rows.fetch_all(connection).await?)
}

//! Erasing a person from the book, and copying for them what it says of them.

use domain::AccountId;
use serde_json::{Value as Json, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::secrets::{self, Person};
use crate::error::Result;
use crate::person::Held;

/// Destroys the keys of all that the book says of a person: what is theirs, and what of others names them. A line is sealed under the
/// account in which something was done, which is another for a message than for the payment that it is about.
pub(crate) async fn forget(
    connection: &mut SqliteConnection,
    accounts: &[AccountId],
    customer_id: Option<&str>,
    held: &Held,
) -> Result<()> {
    let Some(key) = secrets::book_key(connection, "main").await? else { return Ok(()) };
    let ids = held.by_kind.iter().flat_map(|(_, rows)| rows.iter().map(|(_, id)| id.clone()));
    let persons: Vec<Person> = customer_id
        .into_iter()
        .map(|id| Person::Customer(id.to_owned()))
        .chain(held.emails.iter().chain(&held.phones).cloned().map(Person::Email))
        .chain(ids.map(Person::Payment))
        .collect();
    for account in accounts {
        let tags: Vec<[u8; 32]> = persons.iter().map(|one| one.tag(&key, *account)).collect();
        secrets::destroy(connection, &tags, &[]).await?;
    }
    let naming = naming(connection, &key, held).await?;
    let mut lines: Vec<u64> = naming.into_iter().map(|(line, _)| line).collect();
    for message in &held.messages {
        let about: Vec<i64> =
            sqlx::query_scalar("select number from book where subject = ?1 and sealed is not null")
                .bind(&message.id)
                .fetch_all(&mut *connection)
                .await?;
        lines.extend(about.into_iter().filter_map(|line| u64::try_from(line).ok()));
    }
    secrets::destroy(connection, &[], &lines).await
}

/// What the book says of a person, for them.
pub(crate) async fn written(connection: &mut SqliteConnection, held: &Held) -> Result<Vec<Json>> {
    let Some(key) = secrets::book_key(connection, "main").await? else { return Ok(Vec::new()) };
    Ok(naming(connection, &key, held).await?.into_iter().map(|(_, line)| line).collect())
}

/// Lines whose sealed part names the person.
async fn naming(
    connection: &mut SqliteConnection,
    key: &secrets::Key,
    held: &Held,
) -> Result<Vec<(u64, Json)>> {
    let rows = sqlx::query(
        "select b.number, b.at, b.action, b.subject, b.sealed from book b join book_keys k on k.line = b.number \
         where b.sealed is not null order by b.number",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::new();
    for row in &rows {
        let number = u64::try_from(row.try_get::<i64, _>("number")?).unwrap_or(0);
        let sealed: &[u8] = row.try_get("sealed")?;
        let Some(personal) = secrets::open_line(connection, Some(key), number, sealed).await? else {
            continue;
        };
        if held.traces.are_in_document(&personal) {
            let (at, action): (i64, &str) = (row.try_get("at")?, row.try_get("action")?);
            let subject: &str = row.try_get("subject")?;
            let line = json!({ "at_ms": at, "action": action, "subject": subject, "detail": personal });
            found.push((number, line));
        }
    }
    Ok(found)
}

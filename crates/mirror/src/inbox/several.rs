//! Which events a request brought, noted with them: the requests are purged, and the events stay.

use sqlx::{Sqlite, Transaction};

use super::{Decided, InboxState};
use crate::error::Result;

const SIGNED: &str = "signed = (select case verdict when 'verified' then 1 else 2 end from inbox where number = ?1) \
     where signed = 0";

/// Notes which events requests brought, each with the number of its request, and with the events how they came.
pub(super) async fn note_several(
    transaction: &mut Transaction<'_, Sqlite>,
    events: &[(i64, &str)],
) -> Result<()> {
    for (number, event_id) in events {
        sqlx::query(
            "insert or ignore into inbox_events (account, event_id, inbox) select account, ?2, number from inbox \
             where number = ?1",
        )
        .bind(number)
        .bind(event_id)
        .execute(&mut **transaction)
        .await?;
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "update events set {SIGNED} and vendor_id = ?2 and account = (select account from inbox where number = ?1)"
        )))
        .bind(number)
        .bind(event_id)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// Notes with the only event of a request how it came.
pub(super) async fn note_single(transaction: &mut Transaction<'_, Sqlite>, one: &Decided) -> Result<()> {
    if matches!(one.state, InboxState::Applied | InboxState::Known) && one.several.is_empty() {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "update events set {SIGNED} and (vendor_id, account) = (select event_id, account from inbox \
             where number = ?1 and verdict <> 'refused')"
        )))
        .bind(one.number)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

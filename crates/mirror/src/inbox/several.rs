//! Which events a request brought, noted with them: the requests are purged, and the events stay.

use sqlx::{Sqlite, Transaction};

use super::{Decided, InboxState};
use crate::error::Result;

/// Notes with the events of a request how they came, and with the request which they are where they are several.
pub(super) async fn note_events(transaction: &mut Transaction<'_, Sqlite>, one: &Decided) -> Result<()> {
    const SIGNED: &str = "signed = (select case verdict when 'verified' then 1 else 2 end from inbox where number = ?1) \
         where signed = 0";
    for event_id in &one.several {
        sqlx::query(
            "insert or ignore into inbox_events (account, event_id, inbox) select account, ?2, number from inbox \
             where number = ?1",
        )
        .bind(one.number)
        .bind(event_id)
        .execute(&mut **transaction)
        .await?;
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "update events set {SIGNED} and vendor_id = ?2 and account = (select account from inbox where number = ?1)"
        )))
        .bind(one.number)
        .bind(event_id)
        .execute(&mut **transaction)
        .await?;
    }
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

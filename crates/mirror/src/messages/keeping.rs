//! What becomes of messages when a copy comes back, when the file went to another device, and when a person is erased.

use std::collections::HashMap;

use domain::{Standing, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::row::{SELECT, read_standing, write_standing};
use crate::delivered::ERASED;
use crate::error::Result;
use crate::mirrored::moment;

const COLUMNS: &str = "id, request_id, channel, purpose, state, reason, told_at, told_event, delivered_at, opened_at, clicked_at, \
     complained_at, unsubscribed_at, to_address, to_folded, subject, template, body, sandbox_mode, card_masked, payment_id, \
     customer_id, refund_id, link, vendor_id, sends, created_at, updated_at, wish, send_at, batch_id, named, tried_at, chosen, \
     direction, from_address, segments, price, price_currency, fingerprint, header_id";

/// What stands in front of the id of a message of the copy while the one of the present file takes its place.
const OF_COPY: &str = "copy ";

/// Takes messages and what was told of them over from the present file, which knows of more than any copy. What the copy was told besides stays,
/// and each message stands as the higher of the two; whom it went to and what it said is the present file's, where somebody may have
/// been erased since.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let of_copy = standings(transaction).await?;
    let number = |column: &str| {
        format!(
            "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.{column})"
        )
    };
    let from = COLUMNS.split(", ").map(|name| format!("p.{}", name.trim())).collect::<Vec<_>>().join(", ");
    for statement in [
        // Out of the way of what may be there once only: an id, a request, an open message.
        format!(
            "update main.messages set id = '{OF_COPY}' || id, request_id = null, state = 'refused' \
             where id in (select id from present.messages)"
        ),
        format!(
            "insert into main.messages (account, payment_account, {COLUMNS}) select {}, {}, {from} from present.messages p \
             order by p.number",
            number("account"),
            number("payment_account")
        ),
        format!(
            "update main.message_events as e set message = (select m.number from main.messages c \
             join main.messages m on c.id = '{OF_COPY}' || m.id where c.number = e.message), \
             reason = case when exists (select 1 from main.messages c join main.messages m on c.id = '{OF_COPY}' || m.id \
             where c.number = e.message and m.to_address glob '{ERASED}*') then null else reason end \
             where message in (select number from main.messages where id glob '{OF_COPY}*')"
        ),
        format!("delete from main.messages where id glob '{OF_COPY}*'"),
        format!(
            "insert into main.message_events (message, account, event_id, kind, at, reason, received_at) select \
             (select m.number from main.messages m join present.messages o on o.id = m.id where o.number = p.message), {}, \
             p.event_id, p.kind, p.at, p.reason, p.received_at from present.message_events p where true \
             on conflict (account, event_id) do nothing",
            number("account")
        ),
        format!(
            "insert or replace into main.mail_settings (account, from_address, from_name, senders, allowed, keep_bodies, tracking, \
             test_credentials) select {}, p.from_address, p.from_name, p.senders, p.allowed, p.keep_bodies, p.tracking, p.test_credentials from present.mail_settings p",
            number("account")
        ),
        format!(
            "insert or replace into main.message_logs (account, newest_at, oldest_at, ahead_newest_at, ahead_oldest_at, reached_end, \
             read_at) select {}, p.newest_at, p.oldest_at, p.ahead_newest_at, p.ahead_oldest_at, p.reached_end, p.read_at from present.message_logs p",
            number("account")
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    join_standings(transaction, of_copy).await
}

/// How the messages that both files have stand in the copy, by our id.
async fn standings(transaction: &mut Transaction<'_, Sqlite>) -> Result<HashMap<String, Standing>> {
    let statement = format!("{SELECT} where m.id in (select id from present.messages)");
    let rows = sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut **transaction).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, read_standing(row)?))).collect()
}

async fn join_standings(
    transaction: &mut Transaction<'_, Sqlite>,
    mut of_copy: HashMap<String, Standing>,
) -> Result<()> {
    let statement = format!("{SELECT} where m.id in (select id from present.messages)");
    for row in sqlx::query(AssertSqlSafe(statement)).fetch_all(&mut **transaction).await? {
        let Some(copied) = of_copy.remove(row.try_get::<&str, _>("id")?) else { continue };
        let present = read_standing(&row)?;
        let mut joined = present.clone().joined(copied);
        if row.try_get::<&str, _>("to_address")?.starts_with(ERASED) {
            joined.reason.clone_from(&present.reason);
        }
        if joined != present {
            let at = moment(&row, "updated_at")?;
            write_standing(transaction, row.try_get("number")?, &joined, at).await?;
        }
    }
    Ok(())
}

/// What was open elsewhere, or in a copy, may have been sent since: a person decides, unless an event tells.
pub(crate) async fn hold_back(
    connection: &mut SqliteConnection,
    now: Timestamp,
    problem: &str,
) -> Result<()> {
    sqlx::query(
        "update messages set state = 'needs_person', reason = ?2, updated_at = max(updated_at, ?1) \
         where state in ('prepared', 'unsettled')",
    )
    .bind(now.as_ms())
    .bind(problem)
    .execute(connection)
    .await?;
    Ok(())
}

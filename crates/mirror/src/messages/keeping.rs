//! What becomes of messages when a copy comes back, when the file went to another device, and when a person is erased.

use domain::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::error::Result;
use crate::person::Held;
use crate::statement::{Value, bind_all, numbers};

const COLUMNS: &str = "id, request_id, channel, purpose, state, reason, told_at, told_event, delivered_at, opened_at, clicked_at, \
     complained_at, unsubscribed_at, to_address, to_folded, subject, template, body, sandbox_mode, card_masked, payment_id, \
     customer_id, refund_id, link, vendor_id, sends, created_at, updated_at, direction, from_address, segments, price, \
     price_currency, fingerprint";

/// Takes messages and what was told of them over from the present file, which knows of more than any copy.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let number = |column: &str| {
        format!(
            "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.{column})"
        )
    };
    let from = COLUMNS.split(", ").map(|name| format!("p.{}", name.trim())).collect::<Vec<_>>().join(", ");
    for statement in [
        "delete from main.message_events where message in (select number from main.messages where id in (select id from present.messages))"
            .to_owned(),
        "delete from main.messages where id in (select id from present.messages)".to_owned(),
        format!(
            "insert into main.messages (account, payment_account, {COLUMNS}) select {}, {}, {from} from present.messages p \
             order by p.number",
            number("account"),
            number("payment_account")
        ),
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
            "insert or replace into main.message_logs (account, newest_at, oldest_at, reached_end, read_at) \
             select {}, p.newest_at, p.oldest_at, p.reached_end, p.read_at from present.message_logs p",
            number("account")
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
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

/// Takes a person out of the log: what was sent, when and how it ended stays, under a name that tells nobody who it was.
pub(crate) async fn forget_person(
    transaction: &mut Transaction<'_, Sqlite>,
    held: &Held,
    customer_id: &str,
) -> Result<()> {
    let payments = held.payments();
    for (column, values) in [
        ("to_folded", held.emails.as_slice()),
        ("to_folded", held.phones.as_slice()),
        ("from_address", held.phones.as_slice()),
        ("customer_id", std::slice::from_ref(&customer_id.to_owned())),
        ("payment_id", payments.as_slice()),
    ] {
        for chunk in values.chunks(500) {
            let theirs = format!("{column} in ({})", numbers(1, chunk.len()));
            let values = || chunk.iter().map(Value::from).collect::<Vec<_>>();
            let events = format!(
                "update message_events set reason = null where message in (select number from messages where {theirs})"
            );
            bind_all(sqlx::query(AssertSqlSafe(events)), values()).execute(&mut **transaction).await?;
            // The id is ours and random, so that two messages of one person do not look alike either. Of what came in, the person is who sent it.
            let rows = format!(
                "update messages set to_address = iif(direction = 'inbound', to_address, 'erased ' || substr(id, 25)), \
                 to_folded = iif(direction = 'inbound', to_folded, 'erased ' || substr(id, 25)), \
                 from_address = iif(direction = 'inbound', 'erased ' || substr(id, 25), from_address), \
                 subject = null, body = null, reason = null, fingerprint = null, customer_id = null where {theirs}"
            );
            bind_all(sqlx::query(AssertSqlSafe(rows)), values()).execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

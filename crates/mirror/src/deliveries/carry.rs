//! Endpoints and deliveries when a copy of the file comes back, and when an account goes.

use domain::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Sqlite, Transaction};

use crate::error::Result;

/// The account of a row of the present file in the file that is restored.
const ACCOUNT: &str = "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.account)";
const ENDPOINT: &str = "(select m.number from main.endpoints m join present.endpoints o on o.id = m.id where o.number = p.endpoint)";
const REPLAY: &str =
    "(select m.number from main.replays m join present.replays o on o.id = m.id where o.number = p.replay)";
const ENDPOINT_COLUMNS: &str = "id, purpose, url, types, conditions, scheme, secret_entry, secret_variable, allow_local, \
     rate_per_second, concurrency, ordered, state, reason, since, failing_since, events_from, lease_until, created_at, removed_at, form, name, channel";
const REPLAY_COLUMNS: &str =
    "id, state, source, cursor, rate_per_second, left_out, started_at, ended_at, problem";
const DELIVERY_COLUMNS: &str = "event_id, event_type, object_id, event_created_at, body, own_zstd, message_id, state, problem, \
     status, took_ms, attempts, tries_left, next_try_at, created_at, ended_at";
const MESSAGE_COLUMNS: &str = "name, event_type, object_id, created_at, body_zstd, routed";
const GAP_COLUMNS: &str = "id, cause, subject, opened_at, closed_at";
const ATTEMPT_COLUMNS: &str =
    "attempt, started_at, took_ms, status, problem, detail, address, headers, answer_zstd, answer_cut";

/// Takes all of them over from the present file, in the place of what the copy knows: what was sent since the copy was made
/// is sent no second time.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    for statement in [
        "delete from main.delivery_attempts".to_owned(),
        "delete from main.deliveries".to_owned(),
        "delete from main.replays".to_owned(),
        "delete from main.endpoints".to_owned(),
        "delete from main.events_to_relay".to_owned(),
        "delete from main.own_messages".to_owned(),
        "delete from main.mirror_gaps".to_owned(),
        format!(
            "insert into main.own_messages (account, {MESSAGE_COLUMNS}) select {ACCOUNT}, {MESSAGE_COLUMNS} \
             from present.own_messages p order by p.number"
        ),
        format!(
            "insert into main.mirror_gaps (account, {GAP_COLUMNS}) select {ACCOUNT}, {GAP_COLUMNS} \
             from present.mirror_gaps p order by p.number"
        ),
        format!(
            "insert into main.endpoints (account, {ENDPOINT_COLUMNS}) select {ACCOUNT}, {ENDPOINT_COLUMNS} \
             from present.endpoints p order by p.number"
        ),
        format!(
            "insert into main.replays (endpoint, {REPLAY_COLUMNS}) select {ENDPOINT}, {REPLAY_COLUMNS} \
             from present.replays p order by p.number"
        ),
        format!(
            "insert into main.deliveries (endpoint, account, replay, {DELIVERY_COLUMNS}) \
             select {ENDPOINT}, {ACCOUNT}, {REPLAY}, {DELIVERY_COLUMNS} from present.deliveries p order by p.number"
        ),
        format!(
            "insert into main.delivery_attempts (delivery, endpoint, {ATTEMPT_COLUMNS}) \
             select (select m.number from main.deliveries m join present.deliveries o on o.message_id = m.message_id \
                 where o.number = p.delivery), {ENDPOINT}, {ATTEMPT_COLUMNS} from present.delivery_attempts p order by p.number"
        ),
        // The requests of the present file are behind those of the copy now, and all of them are applied first.
        format!(
            "insert into main.events_to_relay (account, event_id, inbox_until) \
             select {ACCOUNT}, event_id, (select coalesce(max(number), 0) from main.inbox) \
             from present.events_to_relay p order by p.number"
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Takes back what a copy had not sent, where nothing tells what was sent since, and sends by itself only what happens from
/// now on. What is missing can be replayed; each says so itself.
pub(crate) async fn hold_back(connection: &mut SqliteConnection, now: Timestamp) -> Result<()> {
    for statement in [
        "delete from events_to_relay where ?1 is not null",
        "update own_messages set routed = 1 where routed = 0 and ?1 is not null",
        "update deliveries set state = 'canceled', problem = 'held_back', ended_at = ?1 where state in ('waiting', 'sending')",
        "update replays set state = 'canceled', ended_at = ?1 where ended_at is null",
        "update endpoints set events_from = max(events_from, ?1)",
    ] {
        sqlx::query(statement).bind(now.as_ms()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Takes out what was sent of an account that goes, and the endpoints that were its alone.
pub(crate) async fn forget_account(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    for statement in [
        // A summary stands for messages of other accounts too, which stay.
        "update deliveries set account = (select o.account from deliveries o where o.endpoint = deliveries.endpoint \
         and o.account <> ?1 and o.problem = 'summarized' order by o.number desc limit 1) \
         where account = ?1 and event_type = 'paydesk.summary' and state = 'waiting' and exists \
         (select 1 from deliveries o where o.endpoint = deliveries.endpoint and o.account <> ?1 and o.problem = 'summarized')",
        "delete from delivery_attempts where delivery in (select number from deliveries where account = ?1)",
        "delete from deliveries where account = ?1",
        "delete from own_messages where account = ?1",
        "delete from mirror_gaps where account = ?1",
        "update endpoints set removed_at = coalesce(removed_at, since) where account = ?1",
    ] {
        sqlx::query(statement).bind(number).execute(&mut **transaction).await?;
    }
    Ok(())
}

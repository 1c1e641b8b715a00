//! Messages of our own: what became of a refund, for endpoints that ask for it by name.

use domain::intent::{Intent, IntentKind, IntentState};
use serde_json::json;
use sqlx::sqlite::SqliteConnection;

use crate::Mirror;
use crate::compression::Packer;
use crate::error::{MirrorError, Result};

/// Tries of a message, as many as of an event that is relayed.
const TRIES: i64 = 10;

/// Makes a message of a refund that settled, was refused or needs a person, in the transaction that says so. There is one of
/// each for an intent, and nothing of the payer in it.
pub(crate) async fn note_refund(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    before: IntentState,
    intent: &Intent,
) -> Result<()> {
    let word = match intent.state {
        IntentState::Settled => "settled",
        IntentState::Refused => "refused",
        IntentState::NeedsPerson => "needs_person",
        _ => return Ok(()),
    };
    if intent.kind != IntentKind::Refund || intent.state == before {
        return Ok(());
    }
    let event_type = format!("paydesk.refund.{word}");
    let message = json!({
        "type": event_type,
        "timestamp": intent.updated_at.to_datetime().to_rfc3339(),
        "data": {
            "intent": intent.id.to_string(),
            "account": intent.account_id.to_string(),
            "payment": intent.target_id,
            "refund": intent.object_id,
            "status": intent.object_status,
            "amount_minor": intent.amount.map(|amount| amount.minor.to_string()),
            "currency": intent.amount.map(|amount| amount.currency.to_string()),
            "problem": intent.problem_code,
        },
    });
    let body =
        serde_json::to_vec(&message).map_err(|_| MirrorError::corrupt("a message cannot be written"))?;
    let account = mirror.number_of(intent.account_id)?;
    // A type is one of ours whole, or by its beginning; conditions are on the documents of vendors.
    let wanting: Vec<i64> = sqlx::query_scalar(
        "select number from endpoints where removed_at is null and purpose <> 'replay' and state <> 'stopped' \
         and (account is null or account = ?1) and conditions = '[]' and exists (select 1 from json_each(types) \
             where value = ?2 or (value like 'paydesk.%*' and substr(?2, 1, length(value) - 1) = rtrim(value, '*')))",
    )
    .bind(account)
    .bind(&event_type)
    .fetch_all(&mut *connection)
    .await?;
    for endpoint in wanting {
        sqlx::query(
            "insert or ignore into deliveries (endpoint, account, event_id, event_type, object_id, event_created_at, body, \
             own_zstd, message_id, state, tries_left, next_try_at, created_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6, 'own', ?7, ?8, 'waiting', ?9, ?6, ?6)",
        )
        .bind(endpoint)
        .bind(account)
        .bind(format!("{}_{word}", intent.id))
        .bind(&event_type)
        .bind(&intent.target_id)
        .bind(intent.updated_at.as_ms())
        .bind(Packer::new(None)?.pack(&body)?)
        .bind(format!("msg_{}", uuid::Uuid::now_v7().simple()))
        .bind(TRIES)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

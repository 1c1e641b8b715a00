//! An intent as a row.

use domain::Timestamp;
use domain::intent::{Intent, Progress};
use domain::{Money, RefundReason};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{MirrorError, Result};
use crate::mirrored::{currency, moment, moment_or_none, small, word_or_none};
use crate::statement::Value;

/// The columns in the order of [`bound`].
pub(crate) const COLUMNS: [&str; 33] = [
    "id",
    "request_id",
    "account",
    "kind",
    "state",
    "target_id",
    "amount_minor",
    "currency",
    "reason",
    "note",
    "approval",
    "path",
    "body",
    "idempotency_key",
    "api_version",
    "created_at",
    "updated_at",
    "key_expires_at",
    "release_at",
    "sends",
    "doubtful",
    "key_spent",
    "refused_in_doubt",
    "empty_looks",
    "empty_since",
    "last_server_error",
    "conflicts",
    "next_try_at",
    "object_id",
    "object_status",
    "problem_code",
    "problem_detail",
    "acknowledged_at",
];

/// Every column, with the account's id in place of its number.
pub(crate) const SELECT: &str = "select i.number, i.id, i.request_id, a.id as account_id, i.kind, i.state, i.target_id, \
     i.amount_minor, i.currency, i.reason, i.note, i.approval, i.path, i.body, i.idempotency_key, i.api_version, \
     i.created_at, i.updated_at, i.key_expires_at, i.release_at, i.sends, i.doubtful, i.key_spent, i.refused_in_doubt, \
     i.empty_looks, i.empty_since, i.last_server_error, i.conflicts, i.next_try_at, i.object_id, \
     i.object_status, i.problem_code, i.problem_detail, i.acknowledged_at from intents i join accounts a on a.number = i.account";

/// The values of an intent for [`COLUMNS`].
pub(crate) fn bound(intent: &Intent, account: i64) -> Vec<Value> {
    let progress = &intent.progress;
    vec![
        intent.id.to_string().into(),
        intent.request_id.to_string().into(),
        account.into(),
        intent.kind.as_str().into(),
        intent.state.as_str().into(),
        intent.target_id.as_ref().into(),
        intent.amount.map(|money| money.minor).into(),
        intent.amount.map(|money| money.currency.code().to_owned()).into(),
        intent.reason.as_ref().map(RefundReason::as_str).into(),
        intent.note.as_ref().into(),
        intent.approval.map(|id| id.to_string()).into(),
        intent.path.as_str().into(),
        intent.body.as_str().into(),
        intent.idempotency_key.as_str().into(),
        intent.api_version.as_str().into(),
        intent.created_at.into(),
        intent.updated_at.into(),
        intent.key_expires_at.into(),
        intent.release_at.into(),
        i64::from(progress.sends).into(),
        progress.doubtful.into(),
        progress.key_spent.into(),
        progress.refused_in_doubt.into(),
        i64::from(progress.empty_looks).into(),
        progress.empty_since.map(Timestamp::as_ms).into(),
        progress.last_server_error.map(i64::from).into(),
        i64::from(progress.conflicts).into(),
        intent.next_try_at.map(Timestamp::as_ms).into(),
        intent.object_id.as_ref().into(),
        intent.object_status.as_ref().into(),
        intent.problem_code.as_ref().into(),
        intent.problem_detail.as_ref().into(),
        intent.acknowledged_at.into(),
    ]
}

/// An intent from a row of [`SELECT`].
pub(crate) fn read(row: &SqliteRow) -> Result<Intent> {
    let amount = match row.try_get::<Option<i64>, _>("amount_minor")? {
        Some(minor) => Some(Money::new(minor, currency(row, "currency")?)),
        None => None,
    };
    Ok(Intent {
        id: parsed(row, "id")?,
        request_id: parsed(row, "request_id")?,
        account_id: parsed(row, "account_id")?,
        kind: parsed(row, "kind")?,
        state: parsed(row, "state")?,
        target_id: row.try_get("target_id")?,
        amount,
        reason: word_or_none(row, "reason")?,
        note: row.try_get("note")?,
        approval: match row.try_get::<Option<&str>, _>("approval")? {
            Some(_) => Some(parsed(row, "approval")?),
            None => None,
        },
        path: row.try_get("path")?,
        body: row.try_get("body")?,
        idempotency_key: row.try_get("idempotency_key")?,
        api_version: row.try_get("api_version")?,
        created_at: moment(row, "created_at")?,
        updated_at: moment(row, "updated_at")?,
        key_expires_at: moment(row, "key_expires_at")?,
        release_at: moment_or_none(row, "release_at")?,
        progress: read_progress(row)?,
        next_try_at: moment_or_none(row, "next_try_at")?,
        object_id: row.try_get("object_id")?,
        object_status: row.try_get("object_status")?,
        problem_code: row.try_get("problem_code")?,
        problem_detail: row.try_get("problem_detail")?,
        acknowledged_at: moment_or_none(row, "acknowledged_at")?,
    })
}

fn read_progress(row: &SqliteRow) -> Result<Progress> {
    Ok(Progress {
        sends: small(row, "sends")?.unwrap_or(0),
        doubtful: row.try_get("doubtful")?,
        key_spent: row.try_get("key_spent")?,
        refused_in_doubt: row.try_get("refused_in_doubt")?,
        empty_looks: small(row, "empty_looks")?.unwrap_or(0),
        empty_since: moment_or_none(row, "empty_since")?,
        last_server_error: small(row, "last_server_error")?,
        conflicts: small(row, "conflicts")?.unwrap_or(0),
    })
}

/// A word or id of our own in a column; anything else there is damage.
fn parsed<T: std::str::FromStr>(row: &SqliteRow, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| MirrorError::corrupt(format!("column {column} of an intent does not read")))
}

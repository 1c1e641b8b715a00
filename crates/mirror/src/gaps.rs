//! Times in which a mirror is not what the vendor has. Each is a row while it is open, so that whoever wants to know is told
//! of it once, and once more when it is closed, whatever was restarted between.

use domain::{AccountId, Timestamp};
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::Mirror;
use crate::deliveries::{OwnMessage, note};
use crate::error::Result;

/// Why a mirror is not what the vendor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GapCause {
    /// A proof found a day red.
    Proof,
    /// Following missed a time.
    Following,
    /// The vendor takes the key no more, so that the account is not followed.
    Key,
}

impl GapCause {
    /// Its word in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Following => "following",
            Self::Key => "key",
        }
    }
}

/// Opens a gap, in the transaction that finds it; one that is open already is gone on with.
pub(crate) async fn open(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    account: i64,
    (cause, subject): (GapCause, &str),
    now: Timestamp,
) -> Result<()> {
    let id = format!("gap_{}", uuid::Uuid::now_v7().simple());
    let done = sqlx::query(
        "insert or ignore into mirror_gaps (id, account, cause, subject, opened_at) values (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(&id)
    .bind(account)
    .bind(cause.as_str())
    .bind(subject)
    .bind(now.as_ms())
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() > 0 {
        let message = OwnMessage {
            account,
            name: format!("{id}_gap"),
            event_type: "paydesk.mirror.gap",
            data: json!({ "gap": id, "cause": cause.as_str(), "subject": subject }),
            object_id: Some(id),
            at: now,
        };
        note(connection, mirror, message).await?;
    }
    Ok(())
}

/// Closes a gap that is open, in the transaction that finds it so.
pub(crate) async fn close(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    account: i64,
    (cause, subject): (GapCause, &str),
    now: Timestamp,
) -> Result<()> {
    let row = sqlx::query(
        "update mirror_gaps set closed_at = ?4 where account = ?1 and cause = ?2 and subject = ?3 \
         and closed_at is null returning id, opened_at",
    )
    .bind(account)
    .bind(cause.as_str())
    .bind(subject)
    .bind(now.as_ms())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let (id, opened_at): (String, i64) = (row.try_get("id")?, row.try_get("opened_at")?);
    // The vendor's clock tells when a day was seen whole, and it may be behind ours; what ends goes after what began.
    let at = now.max(Timestamp::from_ms(opened_at));
    let told: bool =
        sqlx::query_scalar("select exists (select 1 from own_messages where account = ?1 and name = ?2)")
            .bind(account)
            .bind(format!("{id}_gap"))
            .fetch_one(&mut *connection)
            .await?;
    if told {
        let opened = Timestamp::from_ms(opened_at).to_datetime().to_rfc3339();
        let message = OwnMessage {
            account,
            name: format!("{id}_healed"),
            event_type: "paydesk.mirror.healed",
            data: json!({ "gap": id, "cause": cause.as_str(), "subject": subject, "opened": opened }),
            object_id: Some(id),
            at,
        };
        note(connection, mirror, message).await?;
    }
    Ok(())
}

impl Mirror {
    /// Notes whether the vendor takes the key of an account.
    pub async fn note_key(&self, account: AccountId, is_taken: bool, now: Timestamp) -> Result<()> {
        let number = self.number_of(account)?;
        if is_taken && !self.has_key_gap(number).await? {
            // Nothing to write is no reason to wait for the disk.
            return Ok(());
        }
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let gap = (GapCause::Key, "");
        match is_taken {
            true => close(&mut transaction, self, number, gap, now).await?,
            false => open(&mut transaction, self, number, gap, now).await?,
        }
        Ok(transaction.commit().await?)
    }

    async fn has_key_gap(&self, number: i64) -> Result<bool> {
        let any = "select exists (select 1 from mirror_gaps where account = ?1 and cause = 'key' and subject = '' \
                   and closed_at is null)";
        Ok(sqlx::query_scalar(any).bind(number).fetch_one(self.readers()).await?)
    }
}

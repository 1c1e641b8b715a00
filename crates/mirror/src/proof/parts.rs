//! Days that are too large to be compared in one go: how far each came, so that a comparison goes on
//! inside the day, also after a restart.

use domain::{AccountId, Kind, Timestamp};
use sqlx::Row;

use super::Tally;
use crate::Mirror;
use crate::error::Result;
use crate::mirrored::moment;

/// The newer part of a day, compared and healed; what is older than it is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPart {
    /// Everything from this moment on was compared.
    pub reached: Timestamp,
    /// What the vendor listed of it.
    pub vendor: Tally,
    /// As of when its first page was listed.
    pub seen_at: Timestamp,
}

/// The days that were compared in part.
#[derive(Debug)]
pub struct ProofParts<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl ProofParts<'_> {
    /// How far a day came; none where its comparison is to begin at its end.
    pub async fn get(&self, account: AccountId, kind: Kind, day: i64) -> Result<Option<ProofPart>> {
        let row = sqlx::query(
            "select reached_at, seen_at, vendor_count, vendor_sums, vendor_digest from proof_parts \
             where account = ?1 and kind = ?2 and day = ?3",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(kind.as_str())
        .bind(day)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (count, sums, digest) =
            (row.try_get("vendor_count")?, row.try_get("vendor_sums")?, row.try_get("vendor_digest")?);
        Ok(Some(ProofPart {
            reached: moment(&row, "reached_at")?,
            vendor: Tally::read(count, sums, digest)?,
            seen_at: moment(&row, "seen_at")?,
        }))
    }

    /// Writes how far a day came, or forgets it once the day was compared or must begin again.
    pub async fn put(
        &self,
        account: AccountId,
        kind: Kind,
        day: i64,
        part: Option<&ProofPart>,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let statement = match part {
            Some(part) => sqlx::query(
                "insert or replace into proof_parts (account, kind, day, reached_at, seen_at, vendor_count, \
                 vendor_sums, vendor_digest) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .bind(number)
            .bind(kind.as_str())
            .bind(day)
            .bind(part.reached.as_ms())
            .bind(part.seen_at.as_ms())
            .bind(i64::try_from(part.vendor.count).unwrap_or(i64::MAX))
            .bind(part.vendor.sums_json())
            .bind(part.vendor.digest_bytes()),
            None => sqlx::query("delete from proof_parts where account = ?1 and kind = ?2 and day = ?3")
                .bind(number)
                .bind(kind.as_str())
                .bind(day),
        };
        statement.execute(writer.connection()?).await?;
        Ok(())
    }
}

//! One number for all that is mirrored of a kind, to tell whether two mirrors hold the same.

use domain::{AccountId, Kind};
use futures::TryStreamExt as _;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::Result;
use crate::mirrored::table;

impl Mirror {
    /// A hash over every row of a kind, by the vendor's ids: columns, search text and JSON as the
    /// vendor stated them last. When that was, and our own numbers for rows, are not in it, so a
    /// mirror that was interrupted has the same as one that was not.
    pub async fn fingerprint(&self, account: AccountId, kind: Kind) -> Result<String> {
        let statement = format!(
            "select vendor_id, created_at, digest from {} where account = ?1 order by vendor_id",
            table(kind).name
        );
        let number = self.number_of(account)?;
        let mut rows = sqlx::query(AssertSqlSafe(statement)).bind(number).fetch(self.readers());
        let mut hasher = Sha256::new();
        while let Some(row) = rows.try_next().await? {
            hasher.update(row.try_get::<&str, _>("vendor_id")?.as_bytes());
            hasher.update([0]);
            hasher.update(row.try_get::<i64, _>("created_at")?.to_le_bytes());
            hasher.update(row.try_get::<i64, _>("digest")?.to_le_bytes());
        }
        Ok(hex::encode(hasher.finalize()))
    }
}

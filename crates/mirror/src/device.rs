//! On which device a file was last worked with: a machine and a folder on it.
//!
//! A home that was copied to a second machine, or beside itself, has the same open intents twice. Where the file
//! was last worked with elsewhere, they may have been sent, undone or withdrawn there since: they are only looked
//! for at the vendor, as after a restore. The same goes for rows of files that have not left, and what waits for an
//! endpoint is not sent from here.

use domain::Timestamp;

use crate::error::Result;
use crate::{Mirror, deliveries, mail_runs, restore};

/// The code on intents that were decided on another device, from the error table.
pub const FOREIGN_PROBLEM: &str = "foreign_intent";

impl Mirror {
    /// Notes on which device the file is worked with from now on. Where that was another one, every open
    /// intent is held back first, and how many there are is told.
    pub async fn work_on(&self, device: &str, now: Timestamp) -> Result<u64> {
        let last: Option<String> = sqlx::query_scalar("select value from file_facts where name = 'device'")
            .fetch_optional(self.readers())
            .await?;
        // Mostly nothing is written, so that a file on a full disk can still be read.
        if last.as_deref() == Some(device) {
            return Ok(0);
        }
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let held = match last {
            Some(_) => {
                let held = restore::hold_back(&mut transaction, now, FOREIGN_PROBLEM).await?;
                restore::hold_back_bulk_runs(&mut transaction).await?;
                mail_runs::hold_back(&mut transaction).await?;
                deliveries::hold_back(&mut transaction, now).await?;
                held
            }
            None => 0,
        };
        sqlx::query("insert or replace into file_facts (name, value) values ('device', ?1)")
            .bind(device)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(held)
    }
}

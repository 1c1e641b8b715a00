//! How an account that sends mail is used.

use domain::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Row;

use super::Messages;
use crate::book::{self, NewLine};
use crate::error::{MirrorError, Result};

/// A sender that the vendor lets mail go out as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailSender {
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether whoever owns the address said yes.
    pub verified: bool,
}

/// How an account that sends mail is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailSettings {
    /// Who mail comes from.
    pub from_address: Option<String>,
    /// The sender's name.
    pub from_name: Option<String>,
    /// Whom the vendor lets mail go out as.
    pub senders: Vec<MailSender>,
    /// Addresses, and domains that begin with an `@`, that get real mail outside live.
    pub allowed: Vec<String>,
    /// Whether what is sent is kept.
    pub keep_bodies: bool,
    /// Whether opens and clicks are counted.
    pub tracking: bool,
    /// Whether its key is one of test credentials, which deliver to nobody.
    pub test_credentials: bool,
}

impl Messages<'_> {
    /// The settings of an account; the usual ones where none were made.
    pub async fn settings(&self, account: AccountId) -> Result<MailSettings> {
        let row = sqlx::query(
            "select from_address, from_name, senders, allowed, keep_bodies, tracking, test_credentials from mail_settings \
             where account = ?1",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(MailSettings::default()) };
        let unreadable = |_| MirrorError::corrupt("settings of mail do not read");
        Ok(MailSettings {
            from_address: row.try_get("from_address")?,
            from_name: row.try_get("from_name")?,
            senders: serde_json::from_str(row.try_get("senders")?).map_err(unreadable)?,
            allowed: serde_json::from_str(row.try_get("allowed")?).map_err(unreadable)?,
            keep_bodies: row.try_get("keep_bodies")?,
            tracking: row.try_get("tracking")?,
            test_credentials: row.try_get("test_credentials")?,
        })
    }

    /// Writes the settings of an account, with their line in the book.
    pub async fn set_settings(
        &self,
        account: AccountId,
        settings: &MailSettings,
        at: Timestamp,
    ) -> Result<()> {
        let text = |value: serde_json::Value| value.to_string();
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "insert or replace into mail_settings (account, from_address, from_name, senders, allowed, keep_bodies, tracking, \
             test_credentials) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(&settings.from_address)
        .bind(&settings.from_name)
        .bind(text(json!(settings.senders)))
        .bind(text(json!(settings.allowed)))
        .bind(settings.keep_bodies)
        .bind(settings.tracking)
        .bind(settings.test_credentials)
        .execute(&mut *transaction)
        .await?;
        let line = NewLine {
            account: Some(account),
            facts: json!({
                "keep_bodies": settings.keep_bodies,
                "tracking": settings.tracking,
                "allowed": settings.allowed.len(),
            }),
            ..NewLine::new(at, "mail_settings_set", account.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        Ok(transaction.commit().await?)
    }
}

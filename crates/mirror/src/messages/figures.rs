//! How many messages arrived, did not, and were opened, by day of UTC, as triggers keep it beside the rows (`daily_messages`).

use domain::{AccountId, Timestamp};
use sqlx::Row;

use super::Messages;
use crate::error::{MirrorError, Result};

/// Milliseconds of a day in UTC, which has no leap seconds here.
const DAY_MS: i64 = 86_400_000;

/// What became of an account's messages in some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailFigures {
    /// Whose.
    pub account_id: AccountId,
    /// Messages that the vendor took; those that it only checked are left out.
    pub taken: u64,
    /// Those of them that stand as delivered.
    pub delivered: u64,
    /// Those of them that bounced.
    pub bounced: u64,
    /// Those of them that were opened.
    pub opened: u64,
}

impl Messages<'_> {
    /// The figures of messages that were decided from one day on and before another, by account.
    pub async fn figures(&self, from: Timestamp, until: Timestamp) -> Result<Vec<MailFigures>> {
        let rows = sqlx::query(
            "select account, sum(taken) as taken, sum(delivered) as delivered, sum(bounced) as bounced, sum(opened) as opened \
             from daily_messages where account in (select number from accounts where removed_at is null) \
             and day >= ?1 and day < ?2 group by account having sum(taken) > 0 order by account",
        )
        .bind(from.as_ms().div_euclid(DAY_MS))
        .bind(until.as_ms().div_euclid(DAY_MS))
        .fetch_all(self.mirror.readers())
        .await?;
        let mut figures = Vec::with_capacity(rows.len());
        for row in &rows {
            let count = |name: &str| -> Result<u64> {
                u64::try_from(row.try_get::<i64, _>(name)?).map_err(|_| MirrorError::SumOverflow)
            };
            figures.push(MailFigures {
                account_id: self.mirror.account_of(row.try_get("account")?)?,
                taken: count("taken")?,
                delivered: count("delivered")?,
                bounced: count("bounced")?,
                opened: count("opened")?,
            });
        }
        Ok(figures)
    }
}

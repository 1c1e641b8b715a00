//! Times that a mirror was behind, because the computer slept or nothing ran, and how it was brought
//! up to date; and the accounts that somebody paused.

use domain::{AccountId, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::gaps::{self, GapCause};
use crate::mirrored::{moment, moment_or_none, small};

/// How a gap was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The vendor's event feed reached back over all of it.
    Events,
    /// The feed did not reach back so far, so every list was read anew.
    Lists,
}

impl Means {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Lists => "lists",
        }
    }
}

/// One gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchUp {
    /// As of when the mirror was true before.
    pub from: Timestamp,
    /// As of when it is true again; none while it is being caught up.
    pub until: Option<Timestamp>,
    /// How.
    pub means: Means,
    /// Records that were written or seen again for it: events, or the rows of the lists.
    pub records: u64,
}

/// The gaps.
#[derive(Debug)]
pub struct CatchUps<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl CatchUps<'_> {
    /// Notes that an account is being caught up. A gap that was begun already is gone on with.
    pub async fn begin(
        &self,
        account: AccountId,
        from: Timestamp,
        means: Means,
        now: Timestamp,
    ) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "insert into catch_ups (account, from_at, until_at, means, records) values (?1, ?2, null, ?3, 0) \
             on conflict (account, from_at) do update set means = excluded.means, until_at = null",
        )
        .bind(number)
        .bind(from.as_ms())
        .bind(means.as_str())
        .execute(&mut *transaction)
        .await?;
        gaps::open(&mut transaction, self.mirror, number, (GapCause::Following, ""), now).await?;
        Ok(transaction.commit().await?)
    }

    /// Adds records to what is being caught up, if anything is.
    pub async fn add(&self, account: AccountId, records: u64) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        sqlx::query("update catch_ups set records = records + ?2 where account = ?1 and until_at is null")
            .bind(number)
            .bind(i64::try_from(records).unwrap_or(i64::MAX))
            .execute(writer.connection()?)
            .await?;
        Ok(())
    }

    /// Notes that everything that was being caught up is true as of `until`.
    pub async fn finish(&self, account: AccountId, until: Timestamp, now: Timestamp) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query("update catch_ups set until_at = ?2 where account = ?1 and until_at is null")
            .bind(number)
            .bind(until.as_ms())
            .execute(&mut *transaction)
            .await?;
        gaps::close(&mut transaction, self.mirror, number, (GapCause::Following, ""), now).await?;
        Ok(transaction.commit().await?)
    }

    /// The last gaps of an account, newest first.
    pub async fn last(&self, account: AccountId, limit: u32) -> Result<Vec<CatchUp>> {
        let rows = sqlx::query(
            "select from_at, until_at, means, records from catch_ups where account = ?1 \
             order by from_at desc limit ?2",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(limit)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(read).collect()
    }

    /// Since when an account is paused; none when it is not.
    pub async fn paused_at(&self, account: AccountId) -> Result<Option<Timestamp>> {
        let paused: Option<i64> =
            sqlx::query_scalar("select paused_at from paused_accounts where account = ?1")
                .bind(self.mirror.number_of(account)?)
                .fetch_optional(self.mirror.readers())
                .await?;
        Ok(paused.map(Timestamp::from_ms))
    }

    /// Pauses an account, or ends its pause.
    pub async fn set_paused(&self, account: AccountId, paused_at: Option<Timestamp>) -> Result<()> {
        let number = self.mirror.number_of(account)?;
        let mut writer = self.mirror.writer().await?;
        let statement = match paused_at {
            Some(at) => sqlx::query(
                "insert into paused_accounts (account, paused_at) values (?1, ?2) on conflict do nothing",
            )
            .bind(number)
            .bind(at.as_ms()),
            None => sqlx::query("delete from paused_accounts where account = ?1").bind(number),
        };
        statement.execute(writer.connection()?).await?;
        Ok(())
    }
}

fn read(row: &SqliteRow) -> Result<CatchUp> {
    let means = match row.try_get("means")? {
        "events" => Means::Events,
        "lists" => Means::Lists,
        _ => return Err(MirrorError::corrupt("a gap was closed by unknown means")),
    };
    Ok(CatchUp {
        from: moment(row, "from_at")?,
        until: moment_or_none(row, "until_at")?,
        means,
        records: small(row, "records")?.unwrap_or(0),
    })
}

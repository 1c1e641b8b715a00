//! Dumps of events that were read from files: what they hold is taken over together with how far the file was read, so that a kill
//! leaves nothing half done and reading goes on where it was.

use domain::{AccountId, MessageChannel, Timestamp, ToldEvent};
use sqlx::Row;

use super::{Applied, Messages};
use crate::commit;
use crate::error::{MirrorError, Result};

/// Most lines of a file whose problems are kept; all are counted.
const MOST_PROBLEMS: u64 = 1_000;

/// A file that was read, or begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailImport {
    /// Its name.
    pub name: String,
    /// Lines that were read.
    pub lines: u64,
    /// Events that were new.
    pub events: u64,
    /// Events that were known.
    pub known: u64,
    /// Lines that could not be read.
    pub bad: u64,
    /// It was read to its end.
    pub finished: bool,
}

/// Some lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLines {
    /// The file's name.
    pub name: String,
    /// What tells the file from every other, and from itself once it has changed.
    pub digest: String,
    /// Lines that are read with these.
    pub lines: u64,
    /// What they tell.
    pub told: Vec<ToldEvent>,
    /// Lines that could not be read, counted from one, with why.
    pub problems: Vec<(u64, String)>,
    /// These are the last.
    pub last: bool,
}

impl Messages<'_> {
    /// How far a file was read; none where it was not begun.
    pub async fn import_of(&self, account: AccountId, digest: &str) -> Result<Option<MailImport>> {
        let row = sqlx::query(
            "select name, lines, events, known, bad, finished_at from mail_imports where account = ?1 and digest = ?2",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(digest)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let count = |name: &str| -> Result<u64> {
            u64::try_from(row.try_get::<i64, _>(name)?)
                .map_err(|_| MirrorError::corrupt("an import does not read"))
        };
        Ok(Some(MailImport {
            name: row.try_get("name")?,
            lines: count("lines")?,
            events: count("events")?,
            known: count("known")?,
            bad: count("bad")?,
            finished: row.try_get::<Option<i64>, _>("finished_at")?.is_some(),
        }))
    }

    /// Lines of a file that could not be read, with why, at most so many.
    pub async fn import_problems(
        &self,
        account: AccountId,
        digest: &str,
        most: u32,
    ) -> Result<Vec<(u64, String)>> {
        let rows = sqlx::query(
            "select p.line, p.problem from mail_import_problems p join mail_imports i on i.number = p.import \
             where i.account = ?1 and i.digest = ?2 order by p.line limit ?3",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(digest)
        .bind(most)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let line = u64::try_from(row.try_get::<i64, _>("line")?);
            Ok((line.map_err(|_| MirrorError::corrupt("an import does not read"))?, row.try_get("problem")?))
        };
        rows.iter().map(read).collect()
    }

    /// Takes lines of a file over and notes how far it was read, in one transaction.
    pub async fn import(&self, account: AccountId, lines: &ImportedLines, now: Timestamp) -> Result<Applied> {
        let number = self.mirror.number_of(account)?;
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let applied =
            self.apply_in(&mut transaction, (number, MessageChannel::Email), &lines.told, now).await?;
        let import: i64 = sqlx::query_scalar(
            "insert into mail_imports (account, name, digest, lines, events, known, bad, finished_at) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict (account, digest) do update set lines = lines + excluded.lines, \
             events = events + excluded.events, known = known + excluded.known, bad = bad + excluded.bad, \
             finished_at = excluded.finished_at returning number",
        )
        .bind(number)
        .bind(&lines.name)
        .bind(&lines.digest)
        .bind(signed(lines.lines))
        .bind(signed(applied.new))
        .bind(signed(applied.known))
        .bind(count(lines.problems.len()))
        .bind(lines.last.then_some(now.as_ms()))
        .fetch_one(&mut *transaction)
        .await?;
        for (line, problem) in &lines.problems {
            sqlx::query(
                "insert or ignore into mail_import_problems (import, line, problem) select ?1, ?2, ?3 \
                 where (select count(*) from mail_import_problems where import = ?1) < ?4",
            )
            .bind(import)
            .bind(signed(*line))
            .bind(problem)
            .bind(signed(MOST_PROBLEMS))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(applied)
    }
}

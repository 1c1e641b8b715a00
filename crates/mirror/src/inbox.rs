//! Requests that the listener received, each a row that is on the disk before it is answered.
//!
//! Many arrive at once and each waits for its own row, so one task at a time takes all that wait into one transaction:
//! what a commit costs does not depend on their number. What follows from a row is done later; until then it stands as
//! `waiting`, so that a kill at any moment forgets nothing.

mod person;
mod receiving;
mod several;

use domain::{AccountId, Timestamp};
use futures::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, small};
use crate::page::{self, Page};
use crate::statement::bind_all;

pub(crate) use receiving::Receiving;

/// What the check of a signature found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole body is as the vendor sent it.
    Verified,
    /// The vendor sent something, of which the signature covers a part: nothing in the body may be believed.
    VerifiedInPart,
    /// The signature is not the vendor's, or not of now.
    Refused,
}

impl Verdict {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::VerifiedInPart => "verified_in_part",
            Self::Refused => "refused",
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxState {
    /// Its event is to be applied.
    Waiting,
    /// Its event is in the mirror.
    Applied,
    /// Its event was in the mirror before.
    Known,
    /// It is kept and shown, and nothing follows from it.
    Kept,
    /// It is kept apart for its reason.
    Apart,
}

impl InboxState {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Applied => "applied",
            Self::Known => "known",
            Self::Kept => "kept",
            Self::Apart => "apart",
        }
    }
}

/// A request to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Whose path it came to.
    pub account_id: AccountId,
    /// The number of the path.
    pub hook: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path without its token.
    pub path: String,
    /// Names and values in their order.
    pub headers: Vec<(String, String)>,
    /// The body, without card numbers.
    pub body: Vec<u8>,
    /// The scheme that it was checked by.
    pub scheme: String,
    /// What the check found.
    pub verdict: Verdict,
    /// What is to become of it.
    pub state: InboxState,
    /// Why it was refused or is kept apart, as a code.
    pub reason: Option<String>,
    /// The vendor's id of the event, where it could be read.
    pub event_id: Option<String>,
    /// The vendor's word for what happened, where it could be read.
    pub event_type: Option<String>,
    /// Whether the body is byte for byte what came.
    pub replayable: bool,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its number, which grows.
    pub number: i64,
    /// Whose path it came to.
    pub account_id: AccountId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path without its token.
    pub path: String,
    /// Names and values in their order.
    pub headers: Vec<(String, String)>,
    /// How long the body was, in bytes.
    pub body_bytes: u64,
    /// The scheme that it was checked by.
    pub scheme: String,
    /// What the check found, as a word of [`Verdict`].
    pub verdict: String,
    /// What became of it, as a word of [`InboxState`].
    pub state: String,
    /// Why it was refused or is kept apart.
    pub reason: Option<String>,
    /// The vendor's id of the event.
    pub event_id: Option<String>,
    /// The vendor's word for what happened.
    pub event_type: Option<String>,
    /// Whether the body is byte for byte what came.
    pub replayable: bool,
    /// How many events it brought, where they were several; else 0.
    pub several: u32,
}

/// Bytes of bodies that are read at once, where there are more than one.
const BYTES_AT_ONCE: usize = 16 * 1024 * 1024;
/// Events of a list that are noted in one transaction: others wait for the writer meanwhile.
const EVENTS_AT_ONCE: usize = 500;

const SELECT: &str = "select number, account, received_at, method, path, headers, body_bytes, scheme, verdict, state, \
     reason, event_id, event_type, replayable, \
     (select count(*) from inbox_events e where e.inbox = inbox.number) as several from inbox";

impl Mirror {
    /// What was received.
    pub fn inbox(&self) -> Inbox<'_> {
        Inbox { mirror: self }
    }
}

/// What was received.
#[derive(Debug)]
pub struct Inbox<'a> {
    pub(crate) mirror: &'a Mirror,
}

/// What is to become of requests that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// Their events move the ledger of a Stripe account.
    Ledger,
    /// Their events are kept and nothing else follows from them.
    History,
}

impl Inbox<'_> {
    /// The oldest requests whose events are to be applied, so many and so many bytes at most, with their bodies; none where the file was damaged there.
    pub async fn waiting(&self, to: WaitFor, limit: u32) -> Result<Vec<(InboxRow, Option<Vec<u8>>)>> {
        let not = match to {
            WaitFor::Ledger => "",
            WaitFor::History => "not",
        };
        let statement = format!(
            "{} where state = 'waiting' and {not} (scheme = 'stripe' and account in \
             (select a.number from accounts a where a.is_source = 0)) order by number limit ?1",
            SELECT.replace("replayable,", "replayable, body_zstd,")
        );
        let mut rows = sqlx::query(AssertSqlSafe(statement)).bind(limit).fetch(self.mirror.readers());
        let (mut waiting, mut bytes) = (Vec::new(), 0_usize);
        while let Some(row) = rows.try_next().await? {
            let headers = headers_of(&row);
            let body = self.mirror.unpack(row.try_get("body_zstd")?).ok().filter(|_| headers.is_ok());
            bytes += body.as_ref().map_or(0, Vec::len);
            // One alone may have more.
            if bytes > BYTES_AT_ONCE && !waiting.is_empty() {
                break;
            }
            waiting.push((self.read_with(&row, headers.unwrap_or_default())?, body));
        }
        Ok(waiting)
    }

    /// Takes down what became of requests, with what could be read of their events. Which events a list brought comes first,
    /// some hundreds at a time: a kill in between finds the request waiting, and notes the same.
    pub async fn decide(&self, decided: &[Decided]) -> Result<()> {
        let several: Vec<(i64, &str)> =
            decided.iter().flat_map(|one| one.several.iter().map(|id| (one.number, id.as_str()))).collect();
        for page in several.chunks(EVENTS_AT_ONCE) {
            let mut writer = self.mirror.writer().await?;
            let mut transaction = writer.begin().await?;
            several::note_several(&mut transaction, page).await?;
            transaction.commit().await?;
        }
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        for one in decided {
            sqlx::query(
                "update inbox set state = ?2, reason = ?3, event_id = coalesce(?4, event_id), \
                 event_type = coalesce(?5, event_type) where number = ?1",
            )
            .bind(one.number)
            .bind(one.state.as_str())
            .bind(&one.reason)
            .bind(&one.event_id)
            .bind(&one.event_type)
            .execute(&mut *transaction)
            .await?;
            several::note_single(&mut transaction, one).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The requests that brought an event, oldest first, at most 100.
    pub async fn of_event(&self, account: AccountId, event_id: &str) -> Result<Vec<InboxRow>> {
        let statement = format!(
            "{SELECT} where number in (select number from inbox where event_id = ?2 and account = ?1 \
             union select inbox from inbox_events where account = ?1 and event_id = ?2) order by number limit 100"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(event_id)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// The request with a number.
    pub async fn by_number(&self, number: i64) -> Result<Option<InboxRow>> {
        let statement = format!("{SELECT} where number = ?1");
        let row =
            sqlx::query(AssertSqlSafe(statement)).bind(number).fetch_optional(self.mirror.readers()).await?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// The body of a request, as it is kept.
    pub async fn body(&self, number: i64) -> Result<Option<Vec<u8>>> {
        let packed: Option<Vec<u8>> = sqlx::query_scalar("select body_zstd from inbox where number = ?1")
            .bind(number)
            .fetch_optional(self.mirror.readers())
            .await?;
        packed.map(|packed| self.mirror.unpack(&packed)).transpose()
    }

    /// A page of requests, newest first: all, or only those that are kept apart or were refused.
    pub async fn list(
        &self,
        account: Option<AccountId>,
        apart_only: bool,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<InboxRow>> {
        let limit = page::checked_limit(limit)?;
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let apart = if apart_only { "and state = 'apart'" } else { "" };
        let statement = format!(
            "{SELECT} where (?1 is null or account = ?1) and number < ?2 {apart} order by number desc limit ?3"
        );
        let values = vec![number.into(), page::start(after)?.into(), (limit + 1).into()];
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let rows: Result<Vec<_>> =
            rows.iter().map(|row| self.read(row).map(|one| (one.number, one))).collect();
        Ok(page::cut(rows?, limit))
    }

    /// How many requests are kept, all or only those that are kept apart.
    pub async fn count(&self, account: Option<AccountId>, apart_only: bool) -> Result<u64> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let apart = if apart_only { "and state = 'apart'" } else { "" };
        let statement = format!("select count(*) from inbox where (?1 is null or account = ?1) {apart}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(number)
            .fetch_one(self.mirror.readers())
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Takes out requests that were received before a moment and that nothing waits for; tells how many.
    pub async fn purge_before(&self, moment: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let done = sqlx::query("delete from inbox where received_at < ?1 and state <> 'waiting'")
            .bind(moment.as_ms())
            .execute(writer.connection()?)
            .await?;
        Ok(done.rows_affected())
    }

    fn read(&self, row: &SqliteRow) -> Result<InboxRow> {
        self.read_with(row, headers_of(row)?)
    }

    fn read_with(&self, row: &SqliteRow, headers: Vec<(String, String)>) -> Result<InboxRow> {
        let bytes: i64 = row.try_get("body_bytes")?;
        Ok(InboxRow {
            number: row.try_get("number")?,
            account_id: self.mirror.account_of(row.try_get("account")?)?,
            received_at: moment(row, "received_at")?,
            method: row.try_get("method")?,
            path: row.try_get("path")?,
            headers,
            body_bytes: u64::try_from(bytes).unwrap_or(0),
            scheme: row.try_get("scheme")?,
            verdict: row.try_get("verdict")?,
            state: row.try_get("state")?,
            reason: row.try_get("reason")?,
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            replayable: row.try_get("replayable")?,
            several: small(row, "several")?.unwrap_or(0),
        })
    }
}

fn headers_of(row: &SqliteRow) -> Result<Vec<(String, String)>> {
    let headers: &str = row.try_get("headers")?;
    serde_json::from_str(headers).map_err(|_| MirrorError::corrupt("headers do not read"))
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Its number.
    pub number: i64,
    /// What became of it.
    pub state: InboxState,
    /// Why it is kept apart, as a code.
    pub reason: Option<String>,
    /// The vendor's id of its event, where it could be read.
    pub event_id: Option<String>,
    /// The vendor's word for what happened.
    pub event_type: Option<String>,
    /// The vendor's ids of its events, where it brought several.
    pub several: Vec<String>,
}

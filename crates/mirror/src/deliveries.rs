//! Events on their way to endpoints, with every try.
//!
//! An event and its line in `events_to_relay` are one transaction; that line goes in the transaction that writes the
//! event's deliveries. A try is written before it is sent, and its end with what follows from it. So a kill at any
//! moment loses nothing, and what was on its way is sent once more under the same id.

mod carry;
mod figures;
mod folding;
mod own;
mod person;
mod routing;
mod sending;

use domain::{AccountId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row};

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::mirrored::{moment, moment_or_none, small};
use crate::page::{self, Page};
use crate::statement::{Value, bind_all};

pub(crate) use carry::{carry, forget_account, hold_back};
pub use figures::DeliveryFigures;
pub use own::MessageToRoute;
pub(crate) use own::{OwnMessage, has_failed, note, note_failed_refunds, note_refund};
pub(crate) use routing::note_events;
pub use routing::{EventToRelay, NewDelivery, SentOn};
pub use sending::{AttemptEnd, Claimed, Lane, Next};

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried when its time has come.
    Waiting,
    /// It is on its way.
    Sending,
    /// The endpoint took it.
    Delivered,
    /// It is not tried any more.
    Failed,
    /// A person took it back.
    Canceled,
}

impl DeliveryState {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "waiting" => Self::Waiting,
            "sending" => Self::Sending,
            "delivered" => Self::Delivered,
            "failed" => Self::Failed,
            _ => Self::Canceled,
        }
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryBody {
    /// The bytes that the vendor sent.
    Received,
    /// The document of the vendor's feed.
    Feed,
    /// A message of our own.
    Own,
}

impl DeliveryBody {
    /// Its word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Feed => "feed",
            Self::Own => "own",
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "received" => Self::Received,
            "feed" => Self::Feed,
            _ => Self::Own,
        }
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its number, which grows.
    pub number: i64,
    /// Number of its endpoint.
    pub endpoint: i64,
    /// Our own id of the endpoint.
    pub endpoint_id: String,
    /// Where the endpoint is.
    pub url: String,
    /// Whose event it is.
    pub account_id: AccountId,
    /// The vendor's id of the event, or that of our message.
    pub event_id: String,
    /// The vendor's word for what happened.
    pub event_type: String,
    /// Id of what it is about.
    pub object_id: Option<String>,
    /// When it happened.
    pub event_created_at: Timestamp,
    /// Our own id of the replay that sends it.
    pub replay_id: Option<String>,
    /// What is sent.
    pub body: DeliveryBody,
    /// The id that stays the same over all tries.
    pub message_id: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Why it was not taken, as a code.
    pub problem: Option<String>,
    /// Status of the newest answer.
    pub status: Option<u16>,
    /// How long the newest try took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Tries that were begun.
    pub attempts: u32,
    /// Tries that are left.
    pub tries_left: u32,
    /// When it is tried next, where it waits.
    pub next_try_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAttemptRow {
    /// From 1.
    pub attempt: u32,
    /// When it was begun.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds; none while it is on its way.
    pub took_ms: Option<u64>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Why it was not taken, as a code.
    pub problem: Option<String>,
    /// More about the problem.
    pub detail: Option<String>,
    /// The address that it was sent to.
    pub address: Option<String>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// The beginning of the answer.
    pub answer: Vec<u8>,
    /// Whether the answer was longer.
    pub answer_cut: bool,
}

/// Which deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only to the endpoint of this number.
    pub endpoint: Option<i64>,
    /// Only of this event, by the vendor's id.
    pub event_id: Option<String>,
    /// Only of the replay of this number.
    pub replay: Option<i64>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
}

const COLUMNS: &str = "d.number, d.endpoint, e.id as endpoint_id, e.url, d.account, d.event_id, d.event_type, d.object_id, \
     d.event_created_at, r.id as replay_id, d.body, d.message_id, d.state, d.problem, d.status, d.took_ms, d.attempts, \
     d.tries_left, d.next_try_at, d.created_at, d.ended_at";
const JOINED: &str = "join endpoints e on e.number = d.endpoint left join replays r on r.number = d.replay";
/// Most deliveries that are counted for a list.
const COUNTED_MOST: i64 = 100_000;

impl Mirror {
    /// What is sent on to endpoints.
    pub fn deliveries(&self) -> Deliveries<'_> {
        Deliveries { mirror: self }
    }
}

/// What is sent on to endpoints.
#[derive(Debug)]
pub struct Deliveries<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Deliveries<'_> {
    /// A page of deliveries, newest first.
    pub async fn list(
        &self,
        filter: &DeliveryFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<DeliveryRow>> {
        let limit = page::checked_limit(limit)?;
        let (condition, mut values) = filter.condition();
        let statement = format!(
            "select {COLUMNS} from deliveries d {JOINED} where {condition} and d.number < ? order by d.number desc limit ?"
        );
        values.extend([page::start(after)?.into(), (limit + 1).into()]);
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let rows: Result<Vec<_>> =
            rows.iter().map(|row| self.read(row).map(|one| (one.number, one))).collect();
        Ok(page::cut(rows?, limit))
    }

    /// How many deliveries a filter lets through; of more than 100,000 that many.
    pub async fn count(&self, filter: &DeliveryFilter) -> Result<u64> {
        let (condition, mut values) = filter.condition();
        let statement =
            format!("select count(*) from (select 1 from deliveries d where {condition} limit ?)");
        values.push(COUNTED_MOST.into());
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
    }

    /// The delivery with a number.
    pub async fn by_number(&self, number: i64) -> Result<Option<DeliveryRow>> {
        let statement = format!("select {COLUMNS} from deliveries d {JOINED} where d.number = ?1");
        let row =
            sqlx::query(AssertSqlSafe(statement)).bind(number).fetch_optional(self.mirror.readers()).await?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// The tries of a delivery, the first one first.
    pub async fn attempts(&self, number: i64) -> Result<Vec<DeliveryAttemptRow>> {
        let rows = sqlx::query(
            "select attempt, started_at, took_ms, status, problem, detail, address, headers, answer_zstd, answer_cut \
             from delivery_attempts where delivery = ?1 order by attempt limit 1000",
        )
        .bind(number)
        .fetch_all(self.mirror.readers())
        .await?;
        rows.iter().map(|row| self.read_attempt(row)).collect()
    }

    /// The body of a message of our own; none where it was taken out.
    pub async fn own_message(&self, number: i64) -> Result<Option<Vec<u8>>> {
        let packed: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("select own_zstd from deliveries where number = ?1")
                .bind(number)
                .fetch_optional(self.mirror.readers())
                .await?;
        packed.flatten().map(|packed| self.mirror.unpack(&packed)).transpose()
    }

    /// Takes out deliveries that ended before a moment, with their tries, replays that did, and what messages of our own said
    /// before it; tells how many deliveries.
    pub async fn purge_before(&self, moment: Timestamp) -> Result<u64> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "delete from delivery_attempts where delivery in (select number from deliveries where ended_at < ?1)",
        )
        .bind(moment.as_ms())
        .execute(&mut *transaction)
        .await?;
        let done = sqlx::query("delete from deliveries where ended_at < ?1")
            .bind(moment.as_ms())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("update own_messages set body_zstd = null where created_at < ?1 and routed = 1 and body_zstd is not null")
            .bind(moment.as_ms())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "delete from replays where ended_at < ?1 and number not in (select replay from deliveries where replay is not null)",
        )
        .bind(moment.as_ms())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    fn read(&self, row: &SqliteRow) -> Result<DeliveryRow> {
        Ok(DeliveryRow {
            number: row.try_get("number")?,
            endpoint: row.try_get("endpoint")?,
            endpoint_id: row.try_get("endpoint_id")?,
            url: row.try_get("url")?,
            account_id: self.mirror.account_of(row.try_get("account")?)?,
            event_id: row.try_get("event_id")?,
            event_type: row.try_get("event_type")?,
            object_id: row.try_get("object_id")?,
            event_created_at: moment(row, "event_created_at")?,
            replay_id: row.try_get("replay_id")?,
            body: DeliveryBody::read(row.try_get("body")?),
            message_id: row.try_get("message_id")?,
            state: DeliveryState::read(row.try_get("state")?),
            problem: row.try_get("problem")?,
            status: small(row, "status")?,
            took_ms: small(row, "took_ms")?,
            attempts: small(row, "attempts")?.unwrap_or(0),
            tries_left: small(row, "tries_left")?.unwrap_or(0),
            next_try_at: moment(row, "next_try_at")?,
            created_at: moment(row, "created_at")?,
            ended_at: moment_or_none(row, "ended_at")?,
        })
    }

    fn read_attempt(&self, row: &SqliteRow) -> Result<DeliveryAttemptRow> {
        let packed: Option<Vec<u8>> = row.try_get("answer_zstd")?;
        let headers: &str = row.try_get("headers")?;
        Ok(DeliveryAttemptRow {
            attempt: small(row, "attempt")?.unwrap_or(0),
            started_at: moment(row, "started_at")?,
            took_ms: small(row, "took_ms")?,
            status: small(row, "status")?,
            problem: row.try_get("problem")?,
            detail: row.try_get("detail")?,
            address: row.try_get("address")?,
            headers: serde_json::from_str(headers)
                .map_err(|_| MirrorError::corrupt("headers do not read"))?,
            answer: packed.map(|packed| self.mirror.unpack(&packed)).transpose()?.unwrap_or_default(),
            answer_cut: row.try_get("answer_cut")?,
        })
    }
}

impl DeliveryFilter {
    fn condition(&self) -> (String, Vec<Value>) {
        let mut conditions = vec!["true"];
        let mut values = Vec::new();
        if let Some(endpoint) = self.endpoint {
            conditions.push("d.endpoint = ?");
            values.push(endpoint.into());
        }
        if let Some(event_id) = &self.event_id {
            conditions.push("d.event_id = ?");
            values.push(event_id.into());
        }
        if let Some(replay) = self.replay {
            conditions.push("d.replay = ?");
            values.push(replay.into());
        }
        if let Some(state) = self.state {
            conditions.push("d.state = ?");
            values.push(state.as_str().into());
        }
        (conditions.join(" and "), values)
    }
}

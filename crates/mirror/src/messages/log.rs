//! The vendor's own list of messages, taken over page by page, newest first. What was sent elsewhere, or came in, stands in the journal as well.

use domain::{
    AccountId, LoggedMessage, MessageDirection, MessageId, MessagePurpose, MessageState, Standing, Timestamp,
};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::events::{insert_event, is_known};
use super::row::write_standing;
use super::{MessageRow, Messages};
use crate::commit;
use crate::delivered::ERASED;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment_or_none;
use crate::statement::{Value, bind_all, fold};

/// How far the list of an account was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogMark {
    /// All messages from the oldest to the newest of these moments are in the journal; none before the first page.
    pub newest_at: Option<Timestamp>,
    /// The older end.
    pub oldest_at: Option<Timestamp>,
    /// The newest and the oldest moment of a newer part that is in the journal too, where reading what came since did not get down to the rest yet.
    pub ahead: Option<(Timestamp, Timestamp)>,
    /// The list was read down to its end.
    pub reached_end: bool,
    /// When it was last read from its start.
    pub read_at: Option<Timestamp>,
}

/// What a page of the list came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Logged {
    /// Messages that were not known.
    pub new: u64,
    /// Messages that were known and of which something was new.
    pub changed: u64,
}

impl Messages<'_> {
    /// How far the list of an account was read.
    pub async fn log_mark(&self, account: AccountId) -> Result<LogMark> {
        let row = sqlx::query(
            "select newest_at, oldest_at, ahead_newest_at, ahead_oldest_at, reached_end, read_at from message_logs \
             where account = ?1",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(LogMark::default()) };
        Ok(LogMark {
            newest_at: moment_or_none(&row, "newest_at")?,
            oldest_at: moment_or_none(&row, "oldest_at")?,
            ahead: moment_or_none(&row, "ahead_newest_at")?.zip(moment_or_none(&row, "ahead_oldest_at")?),
            reached_end: row.try_get("reached_end")?,
            read_at: moment_or_none(&row, "read_at")?,
        })
    }

    /// Takes a page over, with how far the list is read by it, in one transaction.
    pub async fn log(
        &self,
        account: AccountId,
        page: &[LoggedMessage],
        mark: &LogMark,
        now: Timestamp,
    ) -> Result<Logged> {
        let number = self.mirror.number_of(account)?;
        let page: Vec<LoggedMessage> = page.iter().map(|one| self.without_erased(account, one)).collect();
        let keep_bodies = self.settings(account).await?.keep_bodies;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        commit::refuse_removed(&mut transaction, number).await?;
        let mut logged = Logged::default();
        for place in places(&mut transaction, &page).await? {
            let Some(one) = page.get(place.index) else { continue };
            let at = place.number;
            let known = vec![Value::from(number), Value::from(&one.vendor_id)];
            let row =
                match self.one_in(&mut transaction, "m.account = ?1 and m.vendor_id = ?2", known).await? {
                    Some(row) => row,
                    None => {
                        logged.new += 1;
                        let body = one.body.as_ref().filter(|_| keep_bodies);
                        self.insert_logged(&mut transaction, (number, at), one, body, now).await?
                    }
                };
            logged.changed += u64::from(self.refresh(&mut transaction, number, &row, one, now).await?);
        }
        write_mark(&mut transaction, number, mark).await?;
        transaction.commit().await?;
        Ok(logged)
    }

    /// Whether a message with that id at the vendor is one of ours.
    pub async fn is_ours(&self, account: AccountId, vendor_id: &str) -> Result<bool> {
        let ours: Option<i64> = sqlx::query_scalar(
            "select 1 from messages where account = ?1 and vendor_id = ?2 and purpose <> 'elsewhere' limit 1",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(vendor_id)
        .fetch_optional(self.mirror.readers())
        .await?;
        Ok(ours.is_some())
    }

    /// Messages of an account that may be at the vendor and can be looked for in its list, newest first, of those that were decided since then.
    pub async fn doubtful(
        &self,
        account: AccountId,
        since: Option<Timestamp>,
        most: u32,
    ) -> Result<Vec<MessageRow>> {
        let condition = "m.account = ?1 and m.state in ('unsettled', 'needs_person') and m.fingerprint is not null \
             and m.created_at >= ?2 order by m.number desc limit ?3";
        let values = vec![
            Value::from(self.mirror.number_of(account)?),
            since.map_or(i64::MIN, Timestamp::as_ms).into(),
            i64::from(most).into(),
        ];
        self.all_where(condition, values).await
    }

    /// Other messages of the account to the same number of which the vendor named no id, and that may be at the vendor all the same, also where a person
    /// gave them up.
    pub async fn rivals(
        &self,
        row: &MessageRow,
        (since, until): (Timestamp, Timestamp),
        most: u32,
    ) -> Result<Vec<MessageRow>> {
        let condition = "m.account = ?1 and m.to_folded = ?2 and m.number <> ?3 and m.created_at between ?4 and ?5 \
             and m.vendor_id is null and m.fingerprint is not null \
             and m.state in ('prepared', 'unsettled', 'needs_person', 'canceled') order by m.number desc limit ?6";
        let values = vec![
            Value::from(self.mirror.number_of(row.account_id)?),
            fold(&row.to).into(),
            row.number.into(),
            since.as_ms().into(),
            until.as_ms().into(),
            i64::from(most).into(),
        ];
        self.all_where(condition, values).await
    }

    async fn all_where(&self, condition: &str, values: Vec<Value>) -> Result<Vec<MessageRow>> {
        let statement = format!("{} where {condition}", super::SELECT);
        let query = bind_all(sqlx::query(AssertSqlSafe(statement)), values);
        let rows = query.fetch_all(self.mirror.readers()).await?;
        rows.iter().map(|row| super::read(self.mirror, row)).collect()
    }

    /// A message as it may be written: of one of somebody who was erased neither number nor text.
    fn without_erased(&self, account: AccountId, one: &LoggedMessage) -> LoggedMessage {
        let (direction, from) = (one.direction, one.from.as_deref().unwrap_or_default());
        let theirs = if direction == MessageDirection::Inbound { from } else { &one.to };
        if !self.mirror.is_erased(account, theirs) {
            return one.clone();
        }
        let name = self.mirror.erased_addresses(account, &one.vendor_id, theirs).into_iter().next();
        let name = name.unwrap_or_else(|| ERASED.to_owned());
        let shown = LoggedMessage { body: None, ..one.clone() };
        match direction {
            MessageDirection::Inbound => LoggedMessage { from: Some(name), ..shown },
            MessageDirection::Outbound => LoggedMessage { to: name, ..shown },
        }
    }

    async fn insert_logged(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        (account, number): (i64, Option<i64>),
        one: &LoggedMessage,
        body: Option<&String>,
        now: Timestamp,
    ) -> Result<MessageRow> {
        let id = MessageId::generate();
        sqlx::query(
            "insert into messages (number, id, account, channel, purpose, state, direction, to_address, to_folded, from_address, \
             body, sandbox_mode, card_masked, vendor_id, sends, created_at, updated_at) \
             values (?1, ?2, ?3, 'sms', ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, ?11, 0, ?12, ?13)",
        )
        .bind(number)
        .bind(id.to_string())
        .bind(account)
        .bind(MessagePurpose::Elsewhere.as_str())
        .bind(Standing::new(MessageState::Queued).state.as_str())
        .bind(one.direction.as_str())
        .bind(&one.to)
        .bind(fold(&one.to))
        .bind(&one.from)
        .bind(body)
        .bind(&one.vendor_id)
        .bind(one.created_at.as_ms())
        .bind(now.as_ms())
        .execute(&mut **transaction)
        .await?;
        let made = self.one_in(transaction, "m.id = ?1", vec![id.to_string().into()]).await?;
        made.ok_or_else(|| MirrorError::corrupt("a message was not kept"))
    }

    /// Writes down what the list tells of a message that was not known; whether that was anything.
    async fn refresh(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        account: i64,
        row: &MessageRow,
        one: &LoggedMessage,
        now: Timestamp,
    ) -> Result<bool> {
        let facts = (one.segments.or(row.segments), one.price.as_ref().or(row.price.as_ref()));
        let has_news = facts != (row.segments, row.price.as_ref()) || row.from.is_none();
        // Of a message whose person was erased nothing comes back.
        let from = one.from.as_ref().filter(|_| !row.is_erased());
        if has_news {
            sqlx::query(
                "update messages set segments = ?2, price = ?3, price_currency = ?4, from_address = coalesce(from_address, ?5) \
                 where number = ?1",
            )
            .bind(row.number)
            .bind(facts.0)
            .bind(facts.1.map(|(price, _)| price))
            .bind(facts.1.map(|(_, currency)| currency))
            .bind(from)
            .execute(&mut **transaction)
            .await?;
        }
        if is_known(transaction, account, &one.event.id).await? {
            return Ok(has_news);
        }
        insert_event(transaction, account, row, &one.event, now).await?;
        let standing = row.standing.clone().told(&one.event);
        write_standing(transaction, row.number, &standing, now).await?;
        self.note_end(transaction, row, standing.state, now).await?;
        Ok(true)
    }
}

/// Where an item of a page is to stand in the journal.
struct Place {
    index: usize,
    /// A number below all; none at the end.
    number: Option<i64>,
}

/// The order in which a page is written: within one second the journal is read by its numbers, newest first, so that what is no newer than all of it gets
/// numbers below, and what is newer is written from the oldest on.
async fn places(transaction: &mut Transaction<'_, Sqlite>, page: &[LoggedMessage]) -> Result<Vec<Place>> {
    let row = sqlx::query("select number, created_at from messages order by number limit 1")
        .fetch_optional(&mut **transaction)
        .await?;
    let lowest: Option<(i64, i64)> = row
        .map(|row| Ok::<_, MirrorError>((row.try_get("number")?, row.try_get("created_at")?)))
        .transpose()?;
    let Some((mut below, oldest)) = lowest else {
        return Ok((0..page.len()).rev().map(|index| Place { index, number: None }).collect());
    };
    let is_older = |index: &usize| page.get(*index).is_some_and(|one| one.created_at.as_ms() <= oldest);
    let (older, newer): (Vec<usize>, Vec<usize>) = (0..page.len()).partition(is_older);
    let mut places: Vec<Place> = newer.into_iter().rev().map(|index| Place { index, number: None }).collect();
    for index in older {
        below -= 1;
        places.push(Place { index, number: Some(below) });
    }
    Ok(places)
}

async fn write_mark(transaction: &mut Transaction<'_, Sqlite>, account: i64, mark: &LogMark) -> Result<()> {
    let moment = |at: Option<Timestamp>| at.map(Timestamp::as_ms);
    sqlx::query(
        "insert or replace into message_logs (account, newest_at, oldest_at, reached_end, read_at, ahead_newest_at, \
         ahead_oldest_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(account)
    .bind(moment(mark.newest_at))
    .bind(moment(mark.oldest_at))
    .bind(mark.reached_end)
    .bind(moment(mark.read_at))
    .bind(moment(mark.ahead.map(|(newest, _)| newest)))
    .bind(moment(mark.ahead.map(|(_, oldest)| oldest)))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

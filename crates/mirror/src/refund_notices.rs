//! What refunds tell their payers by themselves: the rule of each account, and one notice for each refund of ours that settled while the rule
//! was on. A notice is written in the transaction that settles its refund, once by the refund's intent; what it sends is in the journal of
//! messages, once by the notice's own request.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, IntentId, MessageChannel, RequestId, Timestamp};
use serde_json::json;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::Mirror;
use crate::book::{self, NewLine};
use crate::deliveries::has_failed;
use crate::error::{MirrorError, Result};
use crate::mirrored::moment;

const SELECT: &str = "select number, account, intent_id, refund_id, payment_id, request_id, state, reason, created_at, due_at, \
     updated_at from refund_notices";

/// Whether refunds of an account tell their payers by themselves, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRule {
    /// Whether they do.
    pub is_on: bool,
    /// By what.
    pub channel: MessageChannel,
    /// The account that sends.
    pub sender: Option<AccountId>,
    /// The vendor's id of a template; none for our own words.
    pub template: Option<String>,
    /// The language of our own words; none for the customer's.
    pub language: Option<String>,
}

impl Default for NoticeRule {
    fn default() -> Self {
        Self { is_on: false, channel: MessageChannel::Email, sender: None, template: None, language: None }
    }
}

/// How a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// It is sent as soon as it can be.
    Waiting,
    /// It is in the journal of messages, which says what became of it.
    Done,
    /// Nobody was told, and nobody will be by itself.
    NotSent,
}

impl NoticeState {
    const ALL: [Self; 3] = [Self::Waiting, Self::Done, Self::NotSent];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::NotSent => "not_sent",
        }
    }
}

/// What one refund tells its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNotice {
    /// Its place.
    pub number: i64,
    /// The account of the refund.
    pub account_id: AccountId,
    /// The intent of the refund.
    pub intent_id: IntentId,
    /// The vendor's id of the refund.
    pub refund_id: Option<String>,
    /// The vendor's id of the payment.
    pub payment_id: Option<String>,
    /// What the message is written under.
    pub request_id: RequestId,
    /// How it stands.
    pub state: NoticeState,
    /// Why it waits or was not sent.
    pub reason: Option<String>,
    /// When the refund settled.
    pub created_at: Timestamp,
    /// When it is looked at next.
    pub due_at: Timestamp,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
}

/// What refunds tell their payers by themselves.
#[derive(Debug)]
pub struct RefundNotices<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl RefundNotices<'_> {
    /// The rule of an account; off where none was made.
    pub async fn rule(&self, account: AccountId) -> Result<NoticeRule> {
        let row = sqlx::query(
            "select is_on, channel, sender, template, language from refund_notice_rules where account = ?1",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_optional(self.mirror.readers())
        .await?;
        let Some(row) = row else { return Ok(NoticeRule::default()) };
        let sender: Option<i64> = row.try_get("sender")?;
        let unreadable = |_| MirrorError::corrupt("a rule of notices does not read");
        Ok(NoticeRule {
            is_on: row.try_get("is_on")?,
            channel: row.try_get::<&str, _>("channel")?.parse().map_err(unreadable)?,
            sender: sender.map(|number| self.mirror.account_of(number)).transpose()?,
            template: row.try_get("template")?,
            language: row.try_get("language")?,
        })
    }

    /// Writes the rule of an account, with its line in the book.
    pub async fn set_rule(&self, account: AccountId, rule: &NoticeRule, at: Timestamp) -> Result<()> {
        let before = self.rule(account).await?;
        let sender = rule.sender.map(|sender| self.mirror.number_of(sender)).transpose()?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        sqlx::query(
            "insert or replace into refund_notice_rules (account, is_on, channel, sender, template, language) \
             values (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(self.mirror.number_of(account)?)
        .bind(rule.is_on)
        .bind(rule.channel.as_str())
        .bind(sender)
        .bind(&rule.template)
        .bind(&rule.language)
        .execute(&mut *transaction)
        .await?;
        let line = NewLine {
            account: Some(account),
            facts: json!({ "before": facts(&before), "after": facts(rule) }),
            ..NewLine::new(at, "refund_notices_changed", account.to_string())
        };
        book::append(&mut transaction, self.mirror, &line).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Notices that are to be looked at, the longest due first, at most so many.
    pub async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<RefundNotice>> {
        let statement = format!("{SELECT} where state = 'waiting' and due_at <= ?1 order by due_at limit ?2");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(now.as_ms())
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(self.mirror, row)).collect()
    }

    /// The notices of a payment's refunds, oldest first, at most so many.
    pub async fn of_payment(
        &self,
        account: AccountId,
        payment_id: &str,
        most: u32,
    ) -> Result<Vec<RefundNotice>> {
        let statement = format!("{SELECT} where account = ?1 and payment_id = ?2 order by number limit ?3");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(payment_id)
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(self.mirror, row)).collect()
    }

    /// Notices of an account that nobody got, newest first, at most so many.
    pub async fn not_sent(&self, account: AccountId, most: u32) -> Result<Vec<RefundNotice>> {
        let statement =
            format!("{SELECT} where account = ?1 and state = 'not_sent' order by number desc limit ?2");
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(self.mirror.number_of(account)?)
            .bind(most)
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| read(self.mirror, row)).collect()
    }

    /// How many notices of an account wait.
    pub async fn count_waiting(&self, account: AccountId) -> Result<u64> {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from refund_notices where state = 'waiting' and account = ?1",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_one(self.mirror.readers())
        .await?;
        Ok(u64::try_from(waiting).unwrap_or(0))
    }

    /// Writes what became of a notice that waits. One that came to its end stays as it is.
    pub async fn end(
        &self,
        number: i64,
        state: NoticeState,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<()> {
        self.write((number, state), reason, (at, at)).await
    }

    /// Has a notice wait until a moment.
    pub async fn put_off(&self, number: i64, reason: &str, until: Timestamp, at: Timestamp) -> Result<()> {
        self.write((number, NoticeState::Waiting), Some(reason), (until, at)).await
    }

    async fn write(
        &self,
        (number, state): (i64, NoticeState),
        reason: Option<&str>,
        (due_at, at): (Timestamp, Timestamp),
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "update refund_notices set state = ?2, reason = ?3, due_at = ?4, updated_at = ?5 \
             where number = ?1 and state = 'waiting'",
        )
        .bind(number)
        .bind(state.as_str())
        .bind(reason)
        .bind(due_at.as_ms())
        .bind(at.as_ms())
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Whether the payer of a payment was erased, so that nobody can be told.
    pub fn is_erased(&self, account: AccountId, payment_id: &str) -> bool {
        self.mirror.is_erased(account, payment_id)
    }
}

fn facts(rule: &NoticeRule) -> serde_json::Value {
    json!({
        "on": rule.is_on,
        "channel": rule.channel.as_str(),
        "sender": rule.sender.map(|sender| sender.to_string()),
        "template": rule.template,
        "language": rule.language,
    })
}

/// Notes that the payer of a refund is to be told, in the transaction that settles it, where the rule of its account is on.
pub(crate) async fn enqueue(
    connection: &mut SqliteConnection,
    mirror: &Mirror,
    before: IntentState,
    intent: &Intent,
) -> Result<()> {
    let settles = intent.kind == IntentKind::Refund
        && intent.state == IntentState::Settled
        && before != IntentState::Settled;
    if !settles || has_failed(intent) {
        return Ok(());
    }
    sqlx::query(
        "insert or ignore into refund_notices (account, intent_id, refund_id, payment_id, request_id, state, created_at, \
         due_at, updated_at) select ?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6, ?6 \
         where exists (select 1 from refund_notice_rules where account = ?1 and is_on = 1)",
    )
    .bind(mirror.number_of(intent.account_id)?)
    .bind(intent.id.to_string())
    .bind(&intent.object_id)
    .bind(&intent.target_id)
    .bind(RequestId::generate().to_string())
    .bind(intent.updated_at.as_ms())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes rules and notices over from the present file, which knows of more than any copy.
pub(crate) async fn carry(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let number = |column: &str| {
        format!(
            "(select a.number from present.accounts b join main.accounts a on a.id = b.id where b.number = p.{column})"
        )
    };
    let (account, sender) = (number("account"), number("sender"));
    for statement in [
        format!(
            "insert or replace into main.refund_notice_rules (account, is_on, channel, sender, template, language) \
             select {account}, p.is_on, p.channel, {sender}, p.template, p.language from present.refund_notice_rules p"
        ),
        "delete from main.refund_notices where intent_id in (select intent_id from present.refund_notices)"
            .to_owned(),
        format!(
            "insert into main.refund_notices (account, intent_id, refund_id, payment_id, request_id, state, reason, created_at, \
             due_at, updated_at) select {account}, p.intent_id, p.refund_id, p.payment_id, p.request_id, p.state, p.reason, \
             p.created_at, p.due_at, p.updated_at from present.refund_notices p order by p.number"
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// What was open elsewhere, or in a copy, may have been told since: neither what waits nor what settles from here on is told by itself.
pub(crate) async fn hold_back(
    connection: &mut SqliteConnection,
    now: Timestamp,
    problem: &str,
) -> Result<()> {
    sqlx::query(
        "update refund_notices set state = 'not_sent', reason = ?2, updated_at = max(updated_at, ?1) \
         where state = 'waiting' and request_id not in (select request_id from messages where request_id is not null)",
    )
    .bind(now.as_ms())
    .bind(problem)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert or ignore into refund_notices (account, intent_id, refund_id, payment_id, request_id, state, reason, created_at, \
         due_at, updated_at) select i.account, i.id, i.object_id, i.target_id, i.id, 'not_sent', ?2, ?1, ?1, ?1 from intents i \
         join refund_notice_rules r on r.account = i.account and r.is_on = 1 \
         where i.kind = 'refund' and i.state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
    )
    .bind(now.as_ms())
    .bind(problem)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(mirror: &Mirror, row: &SqliteRow) -> Result<RefundNotice> {
    let unreadable = |_| MirrorError::corrupt("a notice does not read");
    let state: &str = row.try_get("state")?;
    let state = NoticeState::ALL.into_iter().find(|one| one.as_str() == state);
    Ok(RefundNotice {
        number: row.try_get("number")?,
        account_id: mirror.account_of(row.try_get("account")?)?,
        intent_id: row
            .try_get::<&str, _>("intent_id")?
            .parse()
            .map_err(|_| MirrorError::corrupt("a notice names no intent"))?,
        refund_id: row.try_get("refund_id")?,
        payment_id: row.try_get("payment_id")?,
        request_id: row.try_get::<&str, _>("request_id")?.parse().map_err(unreadable)?,
        state: state.ok_or_else(|| MirrorError::corrupt("a notice has no state"))?,
        reason: row.try_get("reason")?,
        created_at: moment(row, "created_at")?,
        due_at: moment(row, "due_at")?,
        updated_at: moment(row, "updated_at")?,
    })
}

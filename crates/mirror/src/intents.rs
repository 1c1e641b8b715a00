//! The journal of decisions. A row is on the disk before its first byte leaves for the vendor.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, IntentId, Observed, Record, Refund, RequestId, Timestamp};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::error::{MirrorError, Result};
use crate::page::{self};
use crate::statement::{Value, bind_all, numbers};
use crate::{Mirror, approvals, commit, deliveries, refund_guard, refund_limits, refund_notices};

#[path = "intent_in_the_book.rs"]
mod in_the_book;
#[path = "intent_row.rs"]
mod intent_row;

pub(crate) use intent_row::COLUMNS as JOURNAL_COLUMNS;
use intent_row::{SELECT, bound, read};

/// What became of an insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is on the disk.
    New,
    /// The request was answered before, by this intent; nothing was written.
    Already(Box<Intent>),
}

/// Which intents to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntentFilter {
    /// Those in one of these states; all where empty.
    pub states: Vec<IntentState>,
    /// Those of one account.
    pub account: Option<AccountId>,
    /// Those that act on this thing, by the vendor's id.
    pub target_id: Option<String>,
    /// Those of one of these kinds; all where empty.
    pub kinds: Vec<IntentKind>,
}

/// One page of intents.
pub type IntentPage = page::Page<Intent>;

/// The journal.
#[derive(Debug)]
pub struct Intents<'a> {
    pub(crate) mirror: &'a Mirror,
}

impl Intents<'_> {
    /// Writes an intent; it is on the disk when this returns. A repeat of its request gives the
    /// intent that answered it first. A second open intent on the same thing is refused with
    /// [`MirrorError::OpenIntentExists`]. Refunds must come through [`Intents::insert_refund`].
    pub async fn insert(&self, intent: &Intent) -> Result<Inserted> {
        if intent.kind == IntentKind::Refund {
            return Err(MirrorError::Mismatch { what: "a refund without its guard".to_owned() });
        }
        self.insert_guarded(intent, None, None).await
    }

    /// As [`Intents::insert`] for a refund, with the guard in the same transaction: what the vendor
    /// has or may have, plus this, must not exceed what was captured.
    pub async fn insert_refund(&self, intent: &Intent, captured_minor: i64) -> Result<Inserted> {
        if intent.kind != IntentKind::Refund || intent.approval.is_some() {
            return Err(MirrorError::Mismatch { what: "the kind of the intent".to_owned() });
        }
        self.insert_guarded(intent, Some(captured_minor), None).await
    }

    /// As [`Intents::insert_refund`] for a refund that a second person agreed to, in place of the limits on what one
    /// person alone may give back. The approval of the intent's own id is spent in the same transaction, and the latest
    /// moment that any clock here tells decides whether it is still good. That of a run was spent when the run began;
    /// in the same transaction the intent is held against its row.
    pub async fn insert_approved_refund(
        &self,
        intent: &Intent,
        captured_minor: i64,
        latest: Timestamp,
    ) -> Result<Inserted> {
        if intent.kind != IntentKind::Refund {
            return Err(MirrorError::Mismatch { what: "the kind of the intent".to_owned() });
        }
        self.insert_guarded(intent, Some(captured_minor), Some(latest)).await
    }

    async fn insert_guarded(
        &self,
        intent: &Intent,
        captured_minor: Option<i64>,
        approved_at: Option<Timestamp>,
    ) -> Result<Inserted> {
        let number = self.mirror.number_of(intent.account_id)?;
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        if let Some(earlier) = self.answered(&mut transaction, intent.request_id).await? {
            return Ok(Inserted::Already(Box::new(earlier)));
        }
        // First of all guards, since an approval that was used explains what the others would only notice.
        let agreed = match approved_at {
            Some(latest) => Some(approvals::spend(&mut transaction, self.mirror, intent, latest).await?),
            None => None,
        };
        refuse_second_open(&mut transaction, number, intent).await?;
        if let Some(captured_minor) = captured_minor {
            refund_guard::check(&mut transaction, number, intent, captured_minor).await?;
            if agreed.is_none() {
                refund_limits::check(&mut transaction, self.mirror, number, intent).await?;
            }
        }
        let columns = intent_row::COLUMNS.join(", ");
        let statement =
            format!("insert into intents ({columns}) values ({})", numbers(1, intent_row::COLUMNS.len()));
        bind_all(sqlx::query(AssertSqlSafe(statement)), bound(intent, number))
            .execute(&mut *transaction)
            .await?;
        in_the_book::decided(&mut transaction, self.mirror, number, intent, agreed.as_ref()).await?;
        transaction.commit().await?;
        Ok(Inserted::New)
    }

    /// Writes the next step of an intent, where it is still in the state that the step started
    /// from and nobody else got further meanwhile: what is known of an intent only ever grows. Tells
    /// whether it was written; where not, read it again and step from there.
    pub async fn update(&self, intent: &Intent, expected: IntentState) -> Result<bool> {
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        let written = update(&mut transaction, self.mirror, intent, Some(expected)).await?;
        transaction.commit().await?;
        Ok(written)
    }

    /// Settles an intent with the refund that the vendor made for it, both in one transaction. A
    /// found refund is believed in every state; tells false, and writes nothing, where the intent
    /// is settled with another refund already.
    pub async fn settle_with_refund(
        &self,
        intent: &Intent,
        refund: &Refund,
        json: &[u8],
        observed_at: Timestamp,
    ) -> Result<bool> {
        let number = self.mirror.number_of(intent.account_id)?;
        let observed = Observed { record: Record::Refund(refund.clone()), json: json.to_vec(), observed_at };
        let mut writer = self.mirror.writer().await?;
        let mut transaction = writer.begin().await?;
        if !update(&mut transaction, self.mirror, intent, None).await? {
            return Ok(false);
        }
        let withheld =
            commit::write_one(self.mirror, &mut transaction, intent.account_id, number, &observed).await?;
        transaction.commit().await?;
        self.mirror.remember_withheld(withheld);
        Ok(true)
    }

    /// The intent with the id.
    pub async fn by_id(&self, id: IntentId) -> Result<Option<Intent>> {
        self.first("where i.id = ?1", id.to_string()).await
    }

    /// The intent that answered the request.
    pub async fn by_request_id(&self, request_id: RequestId) -> Result<Option<Intent>> {
        self.first("where i.request_id = ?1", request_id.to_string()).await
    }

    /// The intent with the idempotency key.
    pub async fn by_idempotency_key(&self, key: &str) -> Result<Option<Intent>> {
        self.first("where i.idempotency_key = ?1", key.to_owned()).await
    }

    /// The intent that made the thing with the vendor's id.
    pub async fn by_object_id(&self, account: AccountId, object_id: &str) -> Result<Option<Intent>> {
        let rest = "where i.object_id = ?1 and i.account = ?2 order by i.number limit 1";
        let values = vec![object_id.into(), self.mirror.number_of(account)?.into()];
        Ok(self.all(rest, values).await?.into_iter().next().map(|(_, intent)| intent))
    }

    /// The intents that Paydesk itself must go on with (prepared, sent, unsettled), oldest first,
    /// of all accounts.
    pub async fn pending(&self) -> Result<Vec<Intent>> {
        let rest = "where i.state in ('prepared', 'sent', 'unsettled') order by i.number";
        Ok(self.all(rest, Vec::new()).await?.into_iter().map(|(_, intent)| intent).collect())
    }

    /// The intents that wait out their undo window, oldest first, of all accounts.
    pub async fn waiting(&self) -> Result<Vec<Intent>> {
        let rest = "where i.state = 'waiting' order by i.number";
        Ok(self.all(rest, Vec::new()).await?.into_iter().map(|(_, intent)| intent).collect())
    }

    /// The open intent on a thing, where there is one of those that move money.
    pub async fn open_for_payment(&self, account: AccountId, target_id: &str) -> Result<Option<Intent>> {
        let rest = "where i.account = ?1 and i.target_id = ?2 \
             and i.state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person') \
             and i.kind in ('refund', 'capture', 'cancel_payment', 'cancel_refund')";
        let values = vec![self.mirror.number_of(account)?.into(), target_id.into()];
        Ok(self.all(rest, values).await?.into_iter().next().map(|(_, intent)| intent))
    }

    /// The intents on a thing whose end nobody had been shown at a moment, newest first.
    pub async fn not_shown_at(
        &self,
        account: AccountId,
        target_id: &str,
        moment: Timestamp,
    ) -> Result<Vec<Intent>> {
        let rest = "where i.account = ?1 and i.target_id = ?2 \
             and (i.acknowledged_at is null or i.acknowledged_at > ?3) order by i.number desc limit 1000";
        let values = vec![self.mirror.number_of(account)?.into(), target_id.into(), moment.into()];
        Ok(self.all(rest, values).await?.into_iter().map(|(_, intent)| intent).collect())
    }

    /// The intents of a kind, written down since a moment, whose end nobody had been shown at another, newest first.
    pub async fn of_kind_not_shown_at(
        &self,
        account: AccountId,
        kind: IntentKind,
        since: Timestamp,
        moment: Timestamp,
    ) -> Result<Vec<Intent>> {
        let rest = "where i.account = ?1 and i.kind = ?2 and i.created_at >= ?3 \
             and (i.acknowledged_at is null or i.acknowledged_at > ?4) order by i.number desc limit 1000";
        let number = self.mirror.number_of(account)?;
        let values = vec![number.into(), kind.as_str().into(), since.into(), moment.into()];
        Ok(self.all(rest, values).await?.into_iter().map(|(_, intent)| intent).collect())
    }

    /// Refunds in the mirror that carry an intent of ours which they did not settle: the intent, and
    /// the vendor's id of the refund. What contradicts its intent is left to the person who was asked.
    pub async fn not_settled_by_their_refunds(&self, account: AccountId) -> Result<Vec<(IntentId, String)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select i.id, r.vendor_id from intents i cross join refunds r \
             where i.account = ?1 and i.kind = 'refund' and i.state in ('waiting', 'prepared', 'sent', \
             'refused', 'unsettled', 'needs_person', 'canceled') \
             and not (i.state = 'needs_person' and i.object_id is r.vendor_id) \
             and r.intent_id = i.id and r.account = i.account order by i.number, r.key",
        )
        .bind(self.mirror.number_of(account)?)
        .fetch_all(self.mirror.readers())
        .await?;
        let read = |(id, vendor_id): (String, String)| {
            let id = id.parse().map_err(|_| MirrorError::corrupt("an intent has no id"))?;
            Ok((id, vendor_id))
        };
        rows.into_iter().map(read).collect()
    }

    /// A page of intents, newest first.
    pub async fn list(&self, filter: &IntentFilter, limit: u32, after: Option<&str>) -> Result<IntentPage> {
        let limit = page::checked_limit(limit)?;
        let (condition, mut values) = self.condition(filter, page::start(after)?)?;
        let rest = format!("where {condition} order by i.number desc limit ?{}", values.len() + 1);
        values.push((limit + 1).into());
        Ok(page::cut(self.all(&rest, values).await?, limit))
    }

    /// How many intents a filter lets through.
    pub async fn count(&self, filter: &IntentFilter) -> Result<u64> {
        let (condition, values) = self.condition(filter, i64::MAX)?;
        let statement = format!("select count(*) as found from intents i where {condition}");
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>("found")?).unwrap_or(0))
    }

    /// What a filter lets through below a number, as SQL with its values.
    fn condition(&self, filter: &IntentFilter, below: i64) -> Result<(String, Vec<Value>)> {
        let number = filter.account.map(|account| self.mirror.number_of(account)).transpose()?;
        let mut values: Vec<Value> = vec![below.into(), number.into(), filter.target_id.as_ref().into()];
        let mut condition =
            "i.number < ?1 and (?2 is null or i.account = ?2) and (?3 is null or i.target_id = ?3)"
                .to_owned();
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
        for (column, words) in [("i.state", states), ("i.kind", kinds)] {
            if !words.is_empty() {
                let places = numbers(values.len() + 1, words.len());
                condition = format!("{condition} and {column} in ({places})");
                values.extend(words.into_iter().map(Value::from));
            }
        }
        Ok((condition, values))
    }

    /// How many intents the list of refunds has in each state: refunds and their cancellations, and of open
    /// ones those of every kind. States without any are left out.
    pub async fn count_refunds_by_state(
        &self,
        account: Option<AccountId>,
    ) -> Result<Vec<(IntentState, u64)>> {
        self.count_states(
            account,
            "kind in ('refund', 'cancel_refund') \
             or state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
        )
        .await
    }

    /// How many intents are in each state; states without any are left out.
    pub async fn count_by_state(&self, account: Option<AccountId>) -> Result<Vec<(IntentState, u64)>> {
        self.count_states(account, "true").await
    }

    async fn count_states(
        &self,
        account: Option<AccountId>,
        which: &'static str,
    ) -> Result<Vec<(IntentState, u64)>> {
        let number = account.map(|account| self.mirror.number_of(account)).transpose()?;
        let statement = format!(
            "select state, count(*) from intents where (?1 is null or account = ?1) and ({which}) \
             group by state order by state"
        );
        let rows: Vec<(String, i64)> =
            sqlx::query_as(AssertSqlSafe(statement)).bind(number).fetch_all(self.mirror.readers()).await?;
        let read = |(state, count): (String, i64)| {
            let state = state.parse().map_err(|_| MirrorError::corrupt("an intent has no state"))?;
            Ok((state, u64::try_from(count).unwrap_or(0)))
        };
        rows.into_iter().map(read).collect()
    }

    async fn first(&self, rest: &str, value: String) -> Result<Option<Intent>> {
        Ok(self.all(rest, vec![value.into()]).await?.into_iter().next().map(|(_, intent)| intent))
    }

    async fn all(&self, rest: &str, values: Vec<Value>) -> Result<Vec<(i64, Intent)>> {
        let statement = sqlx::query(AssertSqlSafe(format!("{SELECT} {rest}")));
        let rows = bind_all(statement, values).fetch_all(self.mirror.readers()).await?;
        rows.iter().map(|row| Ok((row.try_get("number")?, read(row)?))).collect()
    }

    async fn answered(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        request_id: RequestId,
    ) -> Result<Option<Intent>> {
        let row = sqlx::query(AssertSqlSafe(format!("{SELECT} where i.request_id = ?1")))
            .bind(request_id.to_string())
            .fetch_optional(&mut **transaction)
            .await?;
        row.as_ref().map(read).transpose()
    }
}

/// Names the intent in the way; the unique index behind it would only say that there is one.
async fn refuse_second_open(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    intent: &Intent,
) -> Result<()> {
    let moves_money = matches!(
        intent.kind,
        IntentKind::Refund | IntentKind::Capture | IntentKind::CancelPayment | IntentKind::CancelRefund
    );
    let Some(target_id) = intent.target_id.as_ref().filter(|_| moves_money) else { return Ok(()) };
    let open: Option<String> = sqlx::query_scalar(
        "select id from intents where account = ?1 and target_id = ?2 \
         and state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person') \
         and kind in ('refund', 'capture', 'cancel_payment', 'cancel_refund')",
    )
    .bind(number)
    .bind(target_id)
    .fetch_optional(&mut **transaction)
    .await?;
    match open {
        None => Ok(()),
        Some(id) => Err(MirrorError::OpenIntentExists {
            payment_id: target_id.clone(),
            intent_id: id.parse().map_err(|_| MirrorError::corrupt("an intent has no id"))?,
        }),
    }
}

/// Writes what can change of an intent. With an expected state, only from that state and only
/// forward; without one, unless it is settled with something else.
async fn update(
    transaction: &mut Transaction<'_, Sqlite>,
    mirror: &Mirror,
    intent: &Intent,
    expected: Option<IntentState>,
) -> Result<bool> {
    let stored = sqlx::query(AssertSqlSafe(format!("{SELECT} where i.id = ?1")))
        .bind(intent.id.to_string())
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(stored) = stored.as_ref().map(read).transpose()? else { return Ok(false) };
    let may = match expected {
        Some(expected) => stored.state == expected && intent.progress.may_follow(stored.progress),
        None => {
            let other = stored.object_id.is_some() && stored.object_id != intent.object_id;
            !(stored.state == IntentState::Settled && other)
        }
    };
    if may {
        write(transaction, intent).await?;
        in_the_book::ended(transaction, mirror, stored.state, intent).await?;
        deliveries::note_refund(transaction, mirror, stored.state, intent).await?;
        refund_notices::enqueue(transaction, mirror, stored.state, intent).await?;
    }
    Ok(may)
}

async fn write(transaction: &mut Transaction<'_, Sqlite>, intent: &Intent) -> Result<()> {
    let progress = &intent.progress;
    sqlx::query(
        "update intents set state = ?2, updated_at = ?3, sends = ?4, doubtful = ?5, key_spent = ?6, \
         refused_in_doubt = ?7, empty_looks = ?8, empty_since = ?9, last_server_error = ?10, conflicts = ?11, \
         next_try_at = ?12, object_id = ?13, object_status = ?14, problem_code = ?15, problem_detail = ?16, \
         acknowledged_at = coalesce(acknowledged_at, ?17) where id = ?1",
    )
    .bind(intent.id.to_string())
    .bind(intent.state.as_str())
    .bind(intent.updated_at.as_ms())
    .bind(i64::from(progress.sends))
    .bind(progress.doubtful)
    .bind(progress.key_spent)
    .bind(progress.refused_in_doubt)
    .bind(i64::from(progress.empty_looks))
    .bind(progress.empty_since.map(Timestamp::as_ms))
    .bind(progress.last_server_error.map(i64::from))
    .bind(i64::from(progress.conflicts))
    .bind(intent.next_try_at.map(Timestamp::as_ms))
    .bind(&intent.object_id)
    .bind(&intent.object_status)
    .bind(&intent.problem_code)
    .bind(&intent.problem_detail)
    .bind(intent.acknowledged_at.map(Timestamp::as_ms))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

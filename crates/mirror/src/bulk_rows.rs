//! The rows of runs.

use domain::bulk::{BulkHold, BulkRow, BulkRowState, GivenRefund};
use domain::{BulkRunId, IntentId, Money, RequestId, Timestamp};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row};

use crate::bulk::{BulkRuns, ROW_STATE, ROWS_JOINED, word};
use crate::error::{MirrorError, Result};
use crate::mirrored::{currency, moment_or_none};
use crate::page::{self, Page};
use crate::statement::{Value, bind_all, numbers};

/// Columns after the run, in the order of [`bound`].
pub(crate) const COLUMNS: [&str; 20] = [
    "line",
    "given_payment",
    "given_email",
    "given_amount",
    "given_currency",
    "given_date",
    "given_order",
    "reason",
    "note",
    "matched",
    "matched_by",
    "payment_id",
    "amount_minor",
    "currency",
    "hold",
    "problem_code",
    "problem_detail",
    "ticked",
    "request_id",
    "approval",
];

/// What is to be sent (`r` is the row, `u` its run, `i` its intent).
const TO_SEND: &str = "i.id is null and (r.hold is null or r.hold = 'asks') and r.ticked \
     and u.state <> 'canceled' and r.payment_id is not null and r.amount_minor is not null";
/// What a second person can be asked about: that, and what waits for one.
pub(crate) const ASKABLE: &str = "i.id is null and (r.hold is null or r.hold in ('asks', 'approval')) and r.ticked \
     and u.state <> 'canceled' and r.payment_id is not null and r.amount_minor is not null";

/// The values of a row for [`COLUMNS`].
pub(crate) fn bound(row: &BulkRow) -> Vec<Value> {
    let given = &row.given;
    vec![
        i64::try_from(given.line).unwrap_or(i64::MAX).into(),
        given.payment.as_ref().into(),
        given.email.as_ref().into(),
        given.amount.as_ref().into(),
        given.currency.as_ref().into(),
        given.date.as_ref().into(),
        given.order.as_ref().into(),
        given.reason.as_ref().into(),
        given.note.as_ref().into(),
        row.matched.as_str().into(),
        row.matched_by.as_ref().into(),
        row.payment_id.as_ref().into(),
        row.amount.map(|money| money.minor).into(),
        row.amount.map(|money| money.currency.code().to_owned()).into(),
        row.hold.map(BulkHold::as_str).into(),
        row.problem_code.as_ref().into(),
        row.problem_detail.as_ref().into(),
        row.ticked.into(),
        row.request_id.to_string().into(),
        // Nobody was asked about it before it was there.
        None::<String>.into(),
    ]
}

/// Which rows to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkFilter {
    /// Those in one of these states; all where empty.
    pub states: Vec<BulkRowState>,
    /// Those with this problem.
    pub problem: Option<String>,
}

/// Which rows to tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ticking {
    /// These lines.
    Lines(Vec<u64>),
    /// Every row that has this problem.
    Problem(String),
    /// Every row.
    All,
}

/// A row that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkToSend {
    /// Its line.
    pub line: u64,
    /// The payment.
    pub payment_id: String,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<String>,
    /// The note.
    pub note: Option<String>,
    /// The request that its refund answers.
    pub request_id: RequestId,
    /// The approval that it is sent with, in place of the limits on what one person alone may give back.
    pub approval: Option<IntentId>,
}

/// A row with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkReceipt {
    /// The row.
    pub row: BulkRow,
    /// What became of it.
    pub state: BulkRowState,
    /// The intent.
    pub intent_id: Option<String>,
    /// The vendor's id of the refund.
    pub refund_id: Option<String>,
    /// The refund's own status.
    pub refund_status: Option<String>,
    /// The bank's reference.
    pub trace_reference: Option<String>,
    /// What is wrong with the intent, as a code.
    pub intent_problem: Option<String>,
    /// Somebody else's sentence to it.
    pub intent_detail: Option<String>,
    /// When the intent was written.
    pub decided_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Option<Timestamp>,
    /// The approval that it is sent with.
    pub approval: Option<String>,
}

impl BulkRuns<'_> {
    /// A page of rows with what became of them, in the order of the file. `after` is the last line of the
    /// page before.
    pub async fn rows(
        &self,
        id: BulkRunId,
        filter: &BulkFilter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<BulkReceipt>> {
        let limit = page::checked_limit(limit)?;
        let after: i64 = match after {
            None => -1,
            Some(text) => text.parse().map_err(|_| MirrorError::BadCursor)?,
        };
        let (condition, mut values) = conditions(id, filter);
        let statement = format!(
            "select r.*, {ROW_STATE} as row_state, i.id as intent_id, i.object_id, i.object_status, \
             i.problem_code as intent_problem, i.problem_detail as intent_detail, i.created_at as decided_at, \
             i.updated_at as changed_at, f.status as refund_status, f.trace_reference {ROWS_JOINED} \
             where {condition} and r.line > ?{} order by r.line limit ?{}",
            values.len() + 1,
            values.len() + 2
        );
        values.push(after.into());
        values.push((limit + 1).into());
        let rows =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(self.mirror.readers()).await?;
        let mut items: Vec<BulkReceipt> = rows.iter().map(read_receipt).collect::<Result<_>>()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|one| one.row.given.line.to_string());
        Ok(Page { items, next })
    }

    /// How many rows a filter lets through.
    pub async fn count_rows(&self, id: BulkRunId, filter: &BulkFilter) -> Result<u64> {
        let (condition, values) = conditions(id, filter);
        let statement = format!("select count(*) as found {ROWS_JOINED} where {condition}");
        let row =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_one(self.mirror.readers()).await?;
        Ok(u64::try_from(row.try_get::<i64, _>("found")?).unwrap_or(0))
    }

    /// Every row that is to be sent, in the order of the file.
    pub async fn to_send(&self, id: BulkRunId) -> Result<Vec<BulkToSend>> {
        let mut connection = self.mirror.readers().acquire().await?;
        rows_where(&mut connection, id, TO_SEND).await
    }

    /// Every row that a second person can be asked about: what is to be sent, and what waits for one.
    pub async fn askable(&self, id: BulkRunId) -> Result<Vec<BulkToSend>> {
        let mut connection = self.mirror.readers().acquire().await?;
        rows_where(&mut connection, id, ASKABLE).await
    }

    /// The requests of rows whose intent Paydesk must go on with, in the order of the file.
    pub async fn pending(&self, id: BulkRunId) -> Result<Vec<RequestId>> {
        let statement = format!(
            "select r.request_id {ROWS_JOINED} where u.id = ?1 and i.state in ('prepared', 'sent', 'unsettled') \
             order by r.line"
        );
        let rows = sqlx::query(AssertSqlSafe(statement))
            .bind(id.to_string())
            .fetch_all(self.mirror.readers())
            .await?;
        rows.iter().map(|row| word(row, "request_id")).collect()
    }

    /// Notes that a row was refused before anything was sent for it.
    pub async fn refuse_row(&self, id: BulkRunId, line: u64, code: &str, detail: Option<&str>) -> Result<()> {
        self.hold_row(id, line, BulkHold::Refused, (code, detail)).await
    }

    /// Notes what keeps a row from being sent, before anything was sent for it.
    pub async fn hold_row(
        &self,
        id: BulkRunId,
        line: u64,
        hold: BulkHold,
        (code, detail): (&str, Option<&str>),
    ) -> Result<()> {
        let mut writer = self.mirror.writer().await?;
        sqlx::query(
            "update bulk_rows set hold = ?5, problem_code = ?3, problem_detail = ?4 \
             where run = (select number from bulk_runs where id = ?1) and line = ?2",
        )
        .bind(id.to_string())
        .bind(i64::try_from(line).unwrap_or(i64::MAX))
        .bind(code)
        .bind(detail)
        .bind(hold.as_str())
        .execute(writer.connection()?)
        .await?;
        Ok(())
    }

    /// Ticks rows or takes their ticks away, as long as nothing of them was sent; tells how many changed. While
    /// rows are being sent nobody may ask: what is sent next was decided already.
    pub async fn tick(&self, id: BulkRunId, which: &Ticking, ticked: bool) -> Result<u64> {
        let Some(run) = self.number(id).await? else { return Ok(0) };
        let mut values: Vec<Value> = vec![run.into(), ticked.into()];
        let condition = match which {
            Ticking::All => String::new(),
            Ticking::Problem(code) => {
                values.push(code.into());
                "and problem_code = ?3".to_owned()
            }
            Ticking::Lines(lines) => {
                if lines.len() > page::MOST as usize {
                    return Err(MirrorError::LimitOutOfRange { most: page::MOST });
                }
                values.extend(lines.iter().map(|line| Value::from(i64::try_from(*line).unwrap_or(i64::MAX))));
                format!("and line in ({})", numbers(3, lines.len()))
            }
        };
        let statement = format!(
            "update bulk_rows set ticked = ?2 where run = ?1 and ticked <> ?2 \
             and (hold is null or hold in ('asks', 'approval')) \
             and exists (select 1 from bulk_runs where number = ?1 and state <> 'canceled') \
             and not exists (select 1 from intents i where i.request_id = bulk_rows.request_id) {condition}"
        );
        let mut writer = self.mirror.writer().await?;
        let done =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(writer.connection()?).await?;
        Ok(done.rows_affected())
    }
}

/// Rows of a run that some condition holds for, in the order of the file.
pub(crate) async fn rows_where(
    connection: &mut SqliteConnection,
    id: BulkRunId,
    condition: &str,
) -> Result<Vec<BulkToSend>> {
    let statement = format!(
        "select r.line, r.payment_id, r.amount_minor, r.currency, r.reason, r.note, r.request_id, r.approval \
         {ROWS_JOINED} where u.id = ?1 and {condition} order by r.line"
    );
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(id.to_string()).fetch_all(connection).await?;
    let read = |row: &SqliteRow| -> Result<BulkToSend> {
        Ok(BulkToSend {
            line: line(row)?,
            payment_id: row.try_get("payment_id")?,
            amount: Money::new(row.try_get("amount_minor")?, currency(row, "currency")?),
            reason: row.try_get("reason")?,
            note: row.try_get("note")?,
            request_id: word(row, "request_id")?,
            approval: match row.try_get::<Option<&str>, _>("approval")? {
                Some(_) => Some(word(row, "approval")?),
                None => None,
            },
        })
    };
    rows.iter().map(read).collect()
}

fn conditions(id: BulkRunId, filter: &BulkFilter) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![id.to_string().into(), filter.problem.as_ref().into()];
    let mut condition = "u.id = ?1 and (?2 is null or (r.problem_code = ?2 and i.id is null))".to_owned();
    if !filter.states.is_empty() {
        let places = numbers(values.len() + 1, filter.states.len());
        condition = format!("{condition} and {ROW_STATE} in ({places})");
        values.extend(filter.states.iter().map(|state| Value::from(state.as_str())));
    }
    (condition, values)
}

fn line(row: &SqliteRow) -> Result<u64> {
    u64::try_from(row.try_get::<i64, _>("line")?).map_err(|_| MirrorError::corrupt("a row has no line"))
}

fn read_row(row: &SqliteRow) -> Result<BulkRow> {
    let minor: Option<i64> = row.try_get("amount_minor")?;
    let hold: Option<String> = row.try_get("hold")?;
    Ok(BulkRow {
        given: GivenRefund {
            line: line(row)?,
            payment: row.try_get("given_payment")?,
            email: row.try_get("given_email")?,
            amount: row.try_get("given_amount")?,
            currency: row.try_get("given_currency")?,
            date: row.try_get("given_date")?,
            order: row.try_get("given_order")?,
            reason: row.try_get("reason")?,
            note: row.try_get("note")?,
        },
        matched: word(row, "matched")?,
        matched_by: row.try_get("matched_by")?,
        payment_id: row.try_get("payment_id")?,
        amount: match minor {
            Some(minor) => Some(Money::new(minor, currency(row, "currency")?)),
            None => None,
        },
        hold: match hold {
            Some(_) => Some(word(row, "hold")?),
            None => None,
        },
        problem_code: row.try_get("problem_code")?,
        problem_detail: row.try_get("problem_detail")?,
        ticked: row.try_get("ticked")?,
        request_id: word(row, "request_id")?,
    })
}

fn read_receipt(row: &SqliteRow) -> Result<BulkReceipt> {
    let mirrored: Option<String> = row.try_get("refund_status")?;
    let known: Option<String> = row.try_get("object_status")?;
    Ok(BulkReceipt {
        row: read_row(row)?,
        state: word(row, "row_state")?,
        intent_id: row.try_get("intent_id")?,
        refund_id: row.try_get("object_id")?,
        // The mirror hears of later changes, the intent only of what settled it.
        refund_status: mirrored.or(known),
        trace_reference: row.try_get("trace_reference")?,
        intent_problem: row.try_get("intent_problem")?,
        intent_detail: row.try_get("intent_detail")?,
        decided_at: moment_or_none(row, "decided_at")?,
        changed_at: moment_or_none(row, "changed_at")?,
        approval: row.try_get("approval")?,
    })
}

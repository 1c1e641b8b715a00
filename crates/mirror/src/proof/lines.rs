//! One record as the proof sees it: its id, its day, its amount and a digest over what is money.

use std::collections::HashMap;

use domain::{AccountId, Kind, Observed, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row, TypeInfo, ValueRef};

use super::{DaySpan, day_of, day_start};
use crate::error::{MirrorError, Result};
use crate::mirrored::{self, table};
use crate::statement::{Value, numbers};
use crate::{Mirror, key};

/// Ids of one look-up.
const IDS_PER_STATEMENT: usize = 500;
const SECOND_MS: i64 = 1_000;

/// A record as the proof sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The vendor's id.
    pub vendor_id: String,
    /// The day that it counts to.
    pub day: i64,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// When the vendor stated it.
    pub observed_at: Timestamp,
    /// What is added up, by currency; none for kinds that are no money.
    pub amount: Option<(String, i64)>,
    /// Over its id, its time and its money.
    pub(crate) digest: [u8; 32],
}

impl Line {
    pub(crate) fn new(
        vendor_id: String,
        created_at: Timestamp,
        observed_at: Timestamp,
        fields: &[Value],
        amount: Option<(String, i64)>,
    ) -> Self {
        let mut hasher = Sha256::new();
        let all = [Value::from(&vendor_id), Value::from(created_at)];
        for value in all.iter().chain(fields) {
            // A sort and a length in front keep neighbours apart.
            match value {
                Value::Null => hasher.update([0]),
                Value::Integer(number) => {
                    hasher.update([1]);
                    hasher.update(number.to_le_bytes());
                }
                Value::Text(text) => {
                    hasher.update([2]);
                    hasher.update((text.len() as u64).to_le_bytes());
                    hasher.update(text.as_bytes());
                }
                Value::Bytes(bytes) => {
                    hasher.update([3]);
                    hasher.update((bytes.len() as u64).to_le_bytes());
                    hasher.update(bytes);
                }
            }
        }
        Self {
            vendor_id,
            day: day_of(created_at),
            created_at,
            observed_at,
            amount,
            digest: hasher.finalize().into(),
        }
    }

    /// Of a record that the vendor stated.
    pub fn of(seen: &Observed) -> Self {
        let record = &seen.record;
        let kind = record.kind();
        let values = mirrored::values(record);
        let value = |name: &str| {
            let place = table(kind).columns.iter().position(|column| *column == name);
            place.and_then(|place| values.get(place).cloned()).unwrap_or(Value::Null)
        };
        let fields: Vec<Value> = columns(kind).iter().map(|name| value(name)).collect();
        let amount = amount_of(kind, &fields);
        Self::new(record.vendor_id().to_owned(), record.created_at(), seen.observed_at, &fields, amount)
    }

    /// Whether both are the same record on the same day, whenever it was stated.
    pub fn is_same(&self, other: &Self) -> bool {
        self.digest == other.digest && self.day == other.day
    }
}

/// The columns that a digest is over: what ties money to money, and nothing personal, so that
/// erasing a person leaves the proof as it is. The status of a balance entry is left out: it
/// turns from pending to available by the clock, and the vendor tells nobody.
fn columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Payments => &[
            "amount_minor",
            "currency",
            "captured_minor",
            "refunded_minor",
            "status",
            "disputed",
            "payment_intent_id",
            "balance_entry_id",
        ],
        Kind::Refunds => {
            &["amount_minor", "currency", "status", "payment_id", "payment_intent_id", "balance_entry_id"]
        }
        Kind::Customers => &["deleted"],
        Kind::PaymentIntents => {
            &["amount_minor", "currency", "received_minor", "capturable_minor", "status", "latest_payment_id"]
        }
        Kind::Disputes => &["amount_minor", "currency", "status", "payment_id"],
        Kind::Payouts => &["amount_minor", "currency", "status", "arrival_at", "automatic"],
        Kind::BalanceEntries => {
            &["amount_minor", "currency", "fee_minor", "net_minor", "category", "source_id", "available_at"]
        }
        Kind::Events => &["kind", "subject_id"],
    }
}

/// Every kind that is money begins with its amount and its currency.
fn amount_of(kind: Kind, fields: &[Value]) -> Option<(String, i64)> {
    match (kind, fields) {
        (Kind::Customers | Kind::Events, _) => None,
        (_, [Value::Integer(minor), Value::Text(currency), ..]) => Some((currency.clone(), *minor)),
        _ => None,
    }
}

/// What a column holds, whatever that is: a value that no record can have must be told as altered
/// and must not keep its day from being compared.
fn value(row: &SqliteRow, place: usize) -> Result<Value> {
    let raw = row.try_get_raw(place)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "INTEGER" => Value::Integer(row.try_get(place)?),
        "TEXT" => Value::Text(row.try_get(place)?),
        _ => Value::Bytes(row.try_get_unchecked(place)?),
    })
}

/// Columns in front of those of the digest.
const FRONT: usize = 4;

fn select(kind: Kind) -> String {
    let own = columns(kind).iter().map(|column| format!(", {column}")).collect::<String>();
    format!("select key, vendor_id, created_at, observed_at{own} from {}", table(kind).name)
}

/// Whom the vendor deleted it no longer lists; the mirror keeps and marks them.
fn listed(kind: Kind) -> &'static str {
    if kind == Kind::Customers { " and deleted = 0" } else { "" }
}

fn read(kind: Kind, row: &SqliteRow) -> Result<Line> {
    let fields: Vec<Value> =
        (0..columns(kind).len()).map(|place| value(row, FRONT + place)).collect::<Result<_>>()?;
    let amount = amount_of(kind, &fields);
    let moment = |place: usize| Ok::<_, MirrorError>(Timestamp::from_ms(row.try_get(place)?));
    let mut line = Line::new(row.try_get(1)?, moment(2)?, moment(3)?, &fields, amount);
    // A row counts to the day of its key, which is where the program looks for it.
    line.day = key::second_of(row.try_get(0)?).saturating_mul(SECOND_MS).div_euclid(super::DAY_MS);
    Ok(line)
}

/// The rows of a span, handed over one by one.
pub(super) async fn each(
    connection: &mut SqliteConnection,
    number: i64,
    span: DaySpan,
    mut take: impl FnMut(Line),
) -> Result<()> {
    use futures::TryStreamExt as _;
    let from = span.from.map_or(i64::MIN, |day| key::first_of_second(day_start(day)));
    let until = span.until.map_or(i64::MAX, |day| key::first_of_second(day_start(day)));
    let statement =
        format!("{} where key >= ?1 and key < ?2 and account = ?3{}", select(span.kind), listed(span.kind));
    let mut rows =
        sqlx::query(AssertSqlSafe(statement)).bind(from).bind(until).bind(number).fetch(connection);
    while let Some(row) = rows.try_next().await? {
        take(read(span.kind, &row)?);
    }
    Ok(())
}

impl Mirror {
    /// The rows of some days as the proof sees them, by the vendor's id.
    pub async fn proof_lines(&self, span: DaySpan) -> Result<HashMap<String, Line>> {
        let number = self.number_of(span.account)?;
        let mut connection = self.readers().acquire().await?;
        let mut lines = HashMap::new();
        each(&mut connection, number, span, |line| {
            lines.insert(line.vendor_id.clone(), line);
        })
        .await?;
        Ok(lines)
    }

    /// The rows with these ids, wherever they stand.
    pub async fn proof_lines_of(
        &self,
        account: AccountId,
        kind: Kind,
        vendor_ids: &[String],
    ) -> Result<HashMap<String, Line>> {
        let number = self.number_of(account)?;
        let mut lines = HashMap::with_capacity(vendor_ids.len());
        for chunk in vendor_ids.chunks(IDS_PER_STATEMENT) {
            let statement = format!(
                "{} where account = ?1 and vendor_id in ({}){}",
                select(kind),
                numbers(2, chunk.len()),
                listed(kind)
            );
            let statement = sqlx::query(AssertSqlSafe(statement)).bind(number);
            let statement = chunk.iter().fold(statement, |statement, id| statement.bind(id));
            for row in &statement.fetch_all(self.readers()).await? {
                let line = read(kind, row)?;
                lines.insert(line.vendor_id.clone(), line);
            }
        }
        Ok(lines)
    }
}

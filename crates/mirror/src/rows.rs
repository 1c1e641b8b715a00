//! Rows of the mirrored tables inside a transaction: which are new, which changed, which go.

use std::collections::{HashMap, HashSet};

use domain::{AccountId, Kind, Observed, Payment, Record, Timestamp};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};
use twox_hash::XxHash3_64;

use crate::commit::{self, PageOutcome};
use crate::error::{MirrorError, Result};
use crate::mirrored::{self, Table, table};
use crate::statement::{Value, bind_all, numbers, value_rows};
use crate::{Mirror, key, payment_words};

/// Rows of one insert: fewer cost more statements, more gain nothing (measured for the design).
const ROWS_PER_STATEMENT: usize = 50;
/// Ids of one look-up.
const IDS_PER_STATEMENT: usize = 500;

/// A record made ready before the writer is taken.
pub(crate) struct Prepared {
    pub(crate) record: Record,
    observed_at: Timestamp,
    wanted_key: i64,
    digest: i64,
    packed: Vec<u8>,
}

impl Prepared {
    pub(crate) fn new(account: AccountId, kind: Kind, observed: &Observed, packed: Vec<u8>) -> Self {
        let record = observed.record.clone();
        let wanted_key = key::first_choice(kind, account, record.vendor_id(), record.created_at());
        let digest = digest(&mirrored::values(&record), record.created_at(), &observed.json);
        Self { record, observed_at: observed.observed_at, wanted_key, digest, packed }
    }
}

/// A row that was written.
pub(crate) struct Written {
    /// Its place among the records that were given.
    pub(crate) place: usize,
    pub(crate) key: i64,
    /// What it was before.
    pub(crate) old: Option<Box<Record>>,
}

/// What is known of a row already.
struct Known {
    key: i64,
    observed_at: i64,
    digest: i64,
}

/// What becomes of a record.
enum Change {
    Insert,
    Update,
    /// The same content stated at a later moment.
    Confirm,
    Nothing,
}

/// A fingerprint of the content, to tell a change from a repeat without reading the row.
fn digest(values: &[Value], created_at: Timestamp, json: &[u8]) -> i64 {
    use std::hash::Hasher;
    let mut hasher = XxHash3_64::with_seed(0);
    hasher.write_i64(created_at.as_ms());
    for value in values {
        // A length in front keeps neighbours apart.
        match value {
            Value::Null => hasher.write_u8(0),
            Value::Integer(number) => {
                hasher.write_u8(1);
                hasher.write_i64(*number);
            }
            Value::Text(text) => {
                hasher.write_u8(2);
                hasher.write_u64(text.len() as u64);
                hasher.write(text.as_bytes());
            }
            Value::Bytes(bytes) => {
                hasher.write_u8(3);
                hasher.write_u64(bytes.len() as u64);
                hasher.write(bytes);
            }
        }
    }
    hasher.write(json);
    hasher.finish().cast_signed()
}

/// Writes records of one kind and tells which rows came or changed.
pub(crate) async fn write(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    kind: Kind,
    rows: &[Prepared],
    outcome: &mut PageOutcome,
) -> Result<Vec<Written>> {
    let table = table(kind);
    let known = read_known(transaction, table, number, rows).await?;
    let mut inserted: Vec<usize> = Vec::new();
    let mut updated: Vec<(usize, i64)> = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let id = row.record.vendor_id();
        let known = known.get(id);
        match (change(kind, row, known), known) {
            (Change::Insert, _) => {
                outcome.inserted += 1;
                outcome.inserted_ids.push(id.to_owned());
                inserted.push(place);
            }
            (Change::Update, Some(known)) => {
                if known.observed_at == row.observed_at.as_ms() {
                    outcome.contradicted.push((kind, id.to_owned()));
                }
                outcome.updated += 1;
                updated.push((place, known.key));
            }
            (Change::Confirm, Some(known)) => {
                confirm(transaction, table, known.key, row.observed_at).await?;
            }
            _ => {}
        }
    }
    let mut written = Vec::with_capacity(inserted.len() + updated.len());
    let keys: Vec<i64> = updated.iter().map(|(_, key)| *key).collect();
    let mut old = read_old(transaction, kind, &keys).await?;
    for (place, key) in updated {
        let old = old.remove(&key).map(Box::new);
        written.push(Written { place, key, old });
    }
    for (place, key) in free_keys(transaction, table, rows, inserted).await? {
        written.push(Written { place, key, old: None });
    }
    for chunk in written.chunks(ROWS_PER_STATEMENT) {
        upsert(transaction, table, number, rows, chunk).await?;
        put_json(transaction, rows, chunk).await?;
    }
    if kind == Kind::Payments {
        write_words(transaction, rows, &written).await?;
    }
    Ok(written)
}

/// Keeps the search in step, and leaves it alone where no word changed.
async fn write_words(
    transaction: &mut Transaction<'_, Sqlite>,
    rows: &[Prepared],
    written: &[Written],
) -> Result<()> {
    let mut old: Vec<(i64, &Payment)> = Vec::new();
    let mut new: Vec<(i64, &Payment)> = Vec::with_capacity(written.len());
    for one in written {
        let Some(Record::Payment(is)) = rows.get(one.place).map(|row| &row.record) else { continue };
        match one.old.as_deref() {
            Some(Record::Payment(was)) if payment_words::are_equal(was, is) => {}
            Some(Record::Payment(was)) => {
                old.push((one.key, was));
                new.push((one.key, is));
            }
            _ => new.push((one.key, is)),
        }
    }
    payment_words::forget(transaction, &old).await?;
    payment_words::put(transaction, &new).await
}

fn change(kind: Kind, row: &Prepared, known: Option<&Known>) -> Change {
    let Some(known) = known else { return Change::Insert };
    let moment = row.observed_at.as_ms();
    match () {
        () if kind == Kind::Events || moment < known.observed_at => Change::Nothing,
        () if known.digest != row.digest => Change::Update,
        () if moment > known.observed_at => Change::Confirm,
        () => Change::Nothing,
    }
}

async fn read_known(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    number: i64,
    rows: &[Prepared],
) -> Result<HashMap<String, Known>> {
    let mut known = HashMap::new();
    for chunk in rows.chunks(IDS_PER_STATEMENT) {
        let statement = format!(
            "select vendor_id, key, observed_at, digest from {} where account = ?1 and vendor_id in ({})",
            table.name,
            numbers(2, chunk.len())
        );
        let ids = chunk.iter().map(|row| Value::from(row.record.vendor_id()));
        let values = std::iter::once(Value::from(number)).chain(ids);
        let found =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
        for row in found {
            let one = Known {
                key: row.try_get("key")?,
                observed_at: row.try_get("observed_at")?,
                digest: row.try_get("digest")?,
            };
            known.insert(row.try_get("vendor_id")?, one);
        }
    }
    Ok(known)
}

/// What rows are before they change or go.
async fn read_old(
    transaction: &mut Transaction<'_, Sqlite>,
    kind: Kind,
    keys: &[i64],
) -> Result<HashMap<i64, Record>> {
    let mut old = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(IDS_PER_STATEMENT) {
        let statement = table(kind).select(&format!("where key in ({})", numbers(1, chunk.len())));
        let values = chunk.iter().map(|key| Value::from(*key));
        let found =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
        for row in &found {
            old.insert(row.try_get("key")?, mirrored::read_record(kind, row)?);
        }
    }
    Ok(old)
}

/// A key for each new row: its first choice, or the next free one where another row has that.
async fn free_keys(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    rows: &[Prepared],
    places: Vec<usize>,
) -> Result<Vec<(usize, i64)>> {
    let mut chosen = Vec::with_capacity(places.len());
    let mut taken: HashSet<i64> = HashSet::new();
    for chunk in places.chunks(IDS_PER_STATEMENT) {
        let wanted: Vec<(usize, i64)> =
            chunk.iter().filter_map(|place| Some((*place, rows.get(*place)?.wanted_key))).collect();
        let in_table = format!("select key from {} where key in ({})", table.name, numbers(1, wanted.len()));
        let statement = sqlx::query_scalar::<_, i64>(AssertSqlSafe(in_table));
        let statement = wanted.iter().fold(statement, |statement, (_, key)| statement.bind(*key));
        taken.extend(statement.fetch_all(&mut **transaction).await?);
        for (place, wanted) in wanted {
            let mut key = wanted;
            while taken.contains(&key) || (key != wanted && is_taken(transaction, table, key).await?) {
                key = key.checked_add(key::STEP).ok_or_else(|| MirrorError::corrupt("no key is free"))?;
            }
            taken.insert(key);
            chosen.push((place, key));
        }
    }
    Ok(chosen)
}

async fn is_taken(transaction: &mut Transaction<'_, Sqlite>, table: &Table, key: i64) -> Result<bool> {
    let statement = format!("select exists (select 1 from {} where key = ?1)", table.name);
    Ok(sqlx::query_scalar(AssertSqlSafe(statement)).bind(key).fetch_one(&mut **transaction).await?)
}

async fn confirm(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    key: i64,
    observed_at: Timestamp,
) -> Result<()> {
    let statement = format!("update {} set observed_at = max(observed_at, ?2) where key = ?1", table.name);
    let statement = sqlx::query(AssertSqlSafe(statement)).bind(key).bind(observed_at.as_ms());
    statement.execute(&mut **transaction).await?;
    Ok(())
}

async fn upsert(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    number: i64,
    rows: &[Prepared],
    written: &[Written],
) -> Result<()> {
    let name = table.name;
    let own = table.columns.join(", ");
    let replaced =
        table.columns.iter().map(|column| format!(", {column} = excluded.{column}")).collect::<String>();
    let statement = format!(
        "insert into {name} (key, account, vendor_id, created_at, observed_at, digest, {own}) values {} \
         on conflict do update set created_at = excluded.created_at, observed_at = excluded.observed_at, \
         digest = excluded.digest{replaced} where excluded.observed_at >= {name}.observed_at",
        value_rows(1, written.len(), 6 + table.columns.len())
    );
    let mut values = Vec::with_capacity(written.len() * (6 + table.columns.len()));
    for one in written {
        let Some(row) = rows.get(one.place) else { continue };
        values.extend([
            Value::from(one.key),
            number.into(),
            row.record.vendor_id().into(),
            row.record.created_at().into(),
            row.observed_at.into(),
            row.digest.into(),
        ]);
        values.extend(mirrored::values(&row.record));
    }
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

async fn put_json(
    transaction: &mut Transaction<'_, Sqlite>,
    rows: &[Prepared],
    written: &[Written],
) -> Result<()> {
    let statement = format!(
        "insert into raw_objects (key, json_zstd) values {} \
         on conflict (key) do update set json_zstd = excluded.json_zstd",
        value_rows(1, written.len(), 2)
    );
    let mut values = Vec::with_capacity(written.len() * 2);
    for one in written {
        let Some(row) = rows.get(one.place) else { continue };
        values.extend([Value::from(one.key), Value::Bytes(row.packed.clone())]);
    }
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

impl Mirror {
    /// Lets records of one kind go that the vendor does not have, with all that hangs on them: JSON,
    /// search words and figures. Tells how many there were.
    pub async fn forget_records(&self, account: AccountId, kind: Kind, vendor_ids: &[String]) -> Result<u64> {
        let number = self.number_of(account)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        let mut old = Vec::new();
        for chunk in vendor_ids.chunks(IDS_PER_STATEMENT) {
            let statement = format!(
                "select key from {} where account = ?1 and vendor_id in ({})",
                table(kind).name,
                numbers(2, chunk.len())
            );
            let mut statement = sqlx::query_scalar::<_, i64>(AssertSqlSafe(statement)).bind(number);
            for id in chunk {
                statement = statement.bind(id);
            }
            let keys = statement.fetch_all(&mut *transaction).await?;
            old.extend(read_old(&mut transaction, kind, &keys).await?);
        }
        let mut payments = Vec::new();
        for (key, record) in &old {
            if let Record::Payment(payment) = record {
                payments.push((*key, payment));
            }
        }
        payment_words::forget(&mut transaction, &payments).await?;
        for name in ["raw_objects", table(kind).name] {
            for (key, _) in &old {
                let statement = format!("delete from {name} where key = ?1");
                sqlx::query(AssertSqlSafe(statement)).bind(key).execute(&mut *transaction).await?;
            }
        }
        let count = old.len() as u64;
        commit::gone(self, &mut transaction, number, old).await?;
        transaction.commit().await?;
        Ok(count)
    }
}

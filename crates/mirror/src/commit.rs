//! Taking in what a vendor listed: rows, JSON, search words and the list's cursor in one
//! transaction, so that a kill at any moment leaves all of a page or nothing of it.

use std::collections::{HashMap, HashSet};

use domain::{AccountId, Kind, Observed, Payment, Record, Timestamp};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use crate::error::{MirrorError, Result};
use crate::load_slices::SliceUpdate;
use crate::mirrored::{self, Table, table};
use crate::statement::{Value, bind_all, numbers, value_rows};
use crate::{Mirror, compression, key, payment_words};

/// Rows of one insert: fewer cost more statements, more gain nothing (measured for the design).
const ROWS_PER_STATEMENT: usize = 50;
/// Ids of one look-up.
const IDS_PER_STATEMENT: usize = 500;
/// Most records of one call, which bounds how long the writer is held.
const MOST_RECORDS: usize = 10_000;

/// What a page changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOutcome {
    /// Records that were not known.
    pub inserted: u64,
    /// Records that changed.
    pub updated: u64,
    /// Records that were known as they are, or are known from a later moment.
    pub unchanged: u64,
    /// The vendor's ids of the new ones, in the order given.
    pub inserted_ids: Vec<String>,
    /// Kind and id of records that were stated differently for one and the same moment. The later
    /// arrival was kept; reading them again tells what is true.
    pub contradicted: Vec<(Kind, String)>,
}

/// A record made ready before the writer is taken.
struct Prepared<'a> {
    observed: &'a Observed,
    values: Vec<Value>,
    digest: i64,
    packed: Vec<u8>,
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

impl Mirror {
    /// Takes in records of one account. A record that is known from a later moment is left alone;
    /// an event that is known never changes. The slice, where given, is written in the same
    /// transaction.
    pub async fn commit_page(
        &self,
        account: AccountId,
        records: &[Observed],
        slice: Option<SliceUpdate>,
    ) -> Result<PageOutcome> {
        if records.len() > MOST_RECORDS {
            return Err(MirrorError::LimitOutOfRange { most: 10_000 });
        }
        if slice.as_ref().is_some_and(|slice| slice.account_id() != account) {
            return Err(MirrorError::Mismatch { what: "the account of the slice".to_owned() });
        }
        let number = self.number_of(account)?;
        let prepared = prepare(records)?;
        let mut writer = self.writer().await?;
        let mut transaction = writer.begin().await?;
        refuse_removed(&mut transaction, number).await?;
        let mut outcome = PageOutcome::default();
        for kind in Kind::ALL {
            if let Some(rows) = prepared.get(&kind) {
                write_kind(&mut transaction, account, number, kind, rows, &mut outcome).await?;
            }
        }
        if let Some(slice) = slice {
            slice.write(&mut transaction, number).await?;
        }
        transaction.commit().await?;
        outcome.unchanged = (records.len() as u64).saturating_sub(outcome.inserted + outcome.updated);
        Ok(outcome)
    }
}

/// A page may arrive after its account was removed; its rows would belong to no one.
async fn refuse_removed(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    let present: bool =
        sqlx::query_scalar("select exists (select 1 from accounts where number = ?1 and removed_at is null)")
            .bind(number)
            .fetch_one(&mut **transaction)
            .await?;
    if present { Ok(()) } else { Err(MirrorError::UnknownAccount) }
}

/// Writes one record inside a transaction that does more.
pub(crate) async fn write_one(
    transaction: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    number: i64,
    observed: &Observed,
) -> Result<()> {
    let prepared = prepare(std::slice::from_ref(observed))?;
    let mut outcome = PageOutcome::default();
    for (kind, rows) in &prepared {
        write_kind(transaction, account, number, *kind, rows, &mut outcome).await?;
    }
    Ok(())
}

/// Values, digest and packed JSON by kind. Of a record that stands in the page twice, which moving
/// lists do, the one stated later stays, and on a tie the later in the page.
fn prepare(records: &[Observed]) -> Result<HashMap<Kind, Vec<Prepared<'_>>>> {
    let mut last: HashMap<(Kind, &str), &Observed> = HashMap::new();
    for observed in records {
        let place = last.entry((observed.record.kind(), observed.record.vendor_id())).or_insert(observed);
        if observed.observed_at >= place.observed_at {
            *place = observed;
        }
    }
    let mut prepared: HashMap<Kind, Vec<Prepared<'_>>> = HashMap::new();
    let mut seen = HashSet::new();
    for record in records {
        let id = (record.record.kind(), record.record.vendor_id());
        let Some(observed) = last.get(&id).filter(|_| seen.insert(id)) else { continue };
        let values = mirrored::values(&observed.record);
        let digest = digest(&values, observed.record.created_at(), &observed.json);
        let packed = compression::pack(&observed.json)?;
        prepared.entry(id.0).or_default().push(Prepared { observed, values, digest, packed });
    }
    Ok(prepared)
}

/// A fingerprint of the content, to tell a change from a repeat without reading the row.
fn digest(values: &[Value], created_at: Timestamp, json: &[u8]) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update(created_at.as_ms().to_le_bytes());
    for value in values {
        // A length in front keeps neighbours apart.
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
    hasher.update(json);
    hasher.finalize().iter().take(8).fold(0, |sum, byte| (sum << 8) | i64::from(*byte))
}

async fn write_kind(
    transaction: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    number: i64,
    kind: Kind,
    rows: &[Prepared<'_>],
    outcome: &mut PageOutcome,
) -> Result<()> {
    let table = table(kind);
    let known = read_known(transaction, table, number, rows).await?;
    let mut written: Vec<(i64, &Prepared<'_>)> = Vec::new();
    let mut inserted: Vec<&Prepared<'_>> = Vec::new();
    let mut updated_keys: Vec<i64> = Vec::new();
    for row in rows {
        let id = row.observed.record.vendor_id();
        let known = known.get(id);
        match (change(kind, row, known), known) {
            (Change::Insert, _) => {
                outcome.inserted += 1;
                outcome.inserted_ids.push(id.to_owned());
                inserted.push(row);
            }
            (Change::Update, Some(known)) => {
                if known.observed_at == row.observed.observed_at.as_ms() {
                    outcome.contradicted.push((kind, id.to_owned()));
                }
                outcome.updated += 1;
                updated_keys.push(known.key);
                written.push((known.key, row));
            }
            (Change::Confirm, Some(known)) => {
                confirm(transaction, table, known.key, row.observed.observed_at).await?;
            }
            _ => {}
        }
    }
    written.extend(free_keys(transaction, table, account, kind, &inserted).await?);
    for chunk in written.chunks(ROWS_PER_STATEMENT) {
        upsert(transaction, table, number, chunk).await?;
        put_json(transaction, chunk).await?;
    }
    if kind == Kind::Payments {
        payment_words::forget(transaction, &updated_keys).await?;
        let payments: Vec<(i64, &Payment)> = written.iter().filter_map(as_payment).collect();
        payment_words::put(transaction, &payments).await?;
    }
    Ok(())
}

fn as_payment<'a>((key, row): &(i64, &Prepared<'a>)) -> Option<(i64, &'a Payment)> {
    match &row.observed.record {
        Record::Payment(payment) => Some((*key, payment)),
        _ => None,
    }
}

fn change(kind: Kind, row: &Prepared<'_>, known: Option<&Known>) -> Change {
    let Some(known) = known else { return Change::Insert };
    let moment = row.observed.observed_at.as_ms();
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
    rows: &[Prepared<'_>],
) -> Result<HashMap<String, Known>> {
    let mut known = HashMap::new();
    for chunk in rows.chunks(IDS_PER_STATEMENT) {
        let statement = format!(
            "select vendor_id, key, observed_at, digest from {} where account = ?1 and vendor_id in ({})",
            table.name,
            numbers(2, chunk.len())
        );
        let ids = chunk.iter().map(|row| Value::from(row.observed.record.vendor_id()));
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

/// A key for each new row: its first choice, or the next free one where another row has that.
async fn free_keys<'a, 'b>(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    account: AccountId,
    kind: Kind,
    rows: &[&'a Prepared<'b>],
) -> Result<Vec<(i64, &'a Prepared<'b>)>> {
    let mut chosen = Vec::with_capacity(rows.len());
    let mut taken: HashSet<i64> = HashSet::new();
    for chunk in rows.chunks(IDS_PER_STATEMENT) {
        let wanted: Vec<i64> = chunk.iter().map(|row| wanted_key(account, kind, row)).collect();
        let in_table = format!("select key from {} where key in ({})", table.name, numbers(1, wanted.len()));
        let statement = sqlx::query_scalar::<_, i64>(AssertSqlSafe(in_table));
        let statement = wanted.iter().fold(statement, |statement, key| statement.bind(*key));
        taken.extend(statement.fetch_all(&mut **transaction).await?);
        for (row, wanted) in chunk.iter().zip(wanted) {
            let mut key = wanted;
            while taken.contains(&key) || (key != wanted && is_taken(transaction, table, key).await?) {
                key = key.checked_add(key::STEP).ok_or_else(|| MirrorError::corrupt("no key is free"))?;
            }
            taken.insert(key);
            chosen.push((key, *row));
        }
    }
    Ok(chosen)
}

fn wanted_key(account: AccountId, kind: Kind, row: &Prepared<'_>) -> i64 {
    let record = &row.observed.record;
    key::first_choice(kind, account, record.vendor_id(), record.created_at())
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
    rows: &[(i64, &Prepared<'_>)],
) -> Result<()> {
    let name = table.name;
    let own = table.columns.join(", ");
    let replaced =
        table.columns.iter().map(|column| format!(", {column} = excluded.{column}")).collect::<String>();
    let statement = format!(
        "insert into {name} (key, account, vendor_id, created_at, observed_at, digest, {own}) values {} \
         on conflict do update set created_at = excluded.created_at, observed_at = excluded.observed_at, \
         digest = excluded.digest{replaced} where excluded.observed_at >= {name}.observed_at",
        value_rows(1, rows.len(), 6 + table.columns.len())
    );
    let values = rows.iter().flat_map(|(key, row)| {
        let record = &row.observed.record;
        let front = [
            Value::from(*key),
            number.into(),
            record.vendor_id().into(),
            record.created_at().into(),
            row.observed.observed_at.into(),
            row.digest.into(),
        ];
        front.into_iter().chain(row.values.iter().cloned())
    });
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

async fn put_json(transaction: &mut Transaction<'_, Sqlite>, rows: &[(i64, &Prepared<'_>)]) -> Result<()> {
    let statement = format!(
        "insert into raw_objects (key, json_zstd) values {} \
         on conflict (key) do update set json_zstd = excluded.json_zstd",
        value_rows(1, rows.len(), 2)
    );
    let values = rows.iter().flat_map(|(key, row)| [Value::from(*key), Value::Bytes(row.packed.clone())]);
    bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    Ok(())
}

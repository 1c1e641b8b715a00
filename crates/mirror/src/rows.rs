//! Rows of the mirrored tables inside a transaction: which are new, which changed, which go.

use std::collections::{HashMap, HashSet};

use domain::{AccountId, Kind, Observed, Payment, Record, Timestamp};
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};
use twox_hash::XxHash3_64;

use crate::commit::{self, PageOutcome};
use crate::compression::Packer;
use crate::error::{MirrorError, Result};
use crate::mirrored::{self, Table, table};
use crate::repeated::Repeated;
use crate::statement::{Value, bind_all, groups, marks, padded, value_rows};
use crate::{Mirror, key, payment_words};

/// Ids of one look-up.
const IDS_PER_STATEMENT: usize = 500;

/// A record made ready before the writer is taken.
pub(crate) struct Prepared {
    pub(crate) record: Record,
    pub(crate) observed_at: Timestamp,
    wanted_key: i64,
    digest: i64,
    pub(crate) packed: Vec<u8>,
    /// As of which erasures it was made ready.
    pub(crate) as_of: u64,
    /// Whether somebody who was erased was taken out of it.
    pub(crate) redacted: bool,
}

impl Prepared {
    pub(crate) fn new(
        account: AccountId,
        kind: Kind,
        observed: &Observed,
        packer: &mut Packer<'_>,
        as_of: u64,
        redacted: bool,
    ) -> Result<Self> {
        let record = observed.record.clone();
        let wanted_key = key::first_choice(kind, account, record.vendor_id(), record.created_at());
        let values = mirrored::values(&record);
        let digest = digest(&values, record.created_at(), &observed.json);
        let packed = packer.pack_of(&Repeated::of(&record, &values), &observed.json)?;
        Ok(Self { record, observed_at: observed.observed_at, wanted_key, digest, packed, as_of, redacted })
    }
}

/// A record of one of the pages of a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    /// The place of its page.
    pub(crate) page: usize,
    /// The number of its account.
    pub(crate) account: i64,
    pub(crate) row: &'a Prepared,
}

/// A row that was written.
pub(crate) struct Written<'a> {
    pub(crate) key: i64,
    pub(crate) given: Given<'a>,
    /// What it was before.
    pub(crate) old: Option<Box<Record>>,
}

/// What is known of a row already.
struct Known {
    account: i64,
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

/// Writes records of one kind, of one or more pages, and tells which rows came or changed. Of a record
/// that more than one page holds, each state is written in the order of the pages.
pub(crate) async fn write<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    kind: Kind,
    given: Vec<Given<'a>>,
    outcomes: &mut [PageOutcome],
) -> Result<Vec<Written<'a>>> {
    let mut all = Vec::with_capacity(given.len());
    let mut rest = given;
    while !rest.is_empty() {
        let mut seen = HashSet::with_capacity(rest.len());
        let (now, later) =
            rest.into_iter().partition(|one| seen.insert((one.account, one.row.record.vendor_id())));
        all.extend(write_once(transaction, kind, now, outcomes).await?);
        rest = later;
    }
    Ok(all)
}

/// Writes records of which each stands there once.
async fn write_once<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    kind: Kind,
    given: Vec<Given<'a>>,
    outcomes: &mut [PageOutcome],
) -> Result<Vec<Written<'a>>> {
    let table = table(kind);
    let known = read_known(transaction, table, &given).await?;
    let mut inserted: Vec<Given<'a>> = Vec::new();
    let mut updated: Vec<(i64, Given<'a>)> = Vec::new();
    for one in given {
        let Some(outcome) = outcomes.get_mut(one.page) else { continue };
        let id = one.row.record.vendor_id();
        let known = known.get(id).and_then(|known| known.iter().find(|known| known.account == one.account));
        match (change(kind, one.row, known), known) {
            (Change::Insert, _) => {
                outcome.inserted += 1;
                outcome.inserted_ids.push(id.to_owned());
                inserted.push(one);
            }
            (Change::Update, Some(known)) => {
                if known.observed_at == one.row.observed_at.as_ms() {
                    outcome.contradicted.push((kind, id.to_owned()));
                }
                outcome.updated += 1;
                updated.push((known.key, one));
            }
            (Change::Confirm, Some(known)) => {
                confirm(transaction, table, known.key, one.row.observed_at).await?;
            }
            _ => {}
        }
    }
    let mut written = Vec::with_capacity(inserted.len() + updated.len());
    let keys: Vec<i64> = updated.iter().map(|(key, _)| *key).collect();
    let mut old = read_old(transaction, kind, &keys).await?;
    for (key, given) in updated {
        written.push(Written { key, given, old: old.remove(&key).map(Box::new) });
    }
    for (key, given) in free_keys(transaction, table, inserted).await? {
        written.push(Written { key, given, old: None });
    }
    // Growing keys fill pages of the file; the falling ones of a list would leave each half empty.
    written.sort_unstable_by_key(|one| one.key);
    for group in groups(&written) {
        upsert(transaction, table, group).await?;
    }
    if kind == Kind::Payments {
        write_words(transaction, &written).await?;
    }
    Ok(written)
}

/// Writes rows anew that stand under these keys, whatever was stated when; what else is kept of them
/// follows as after any change.
pub(crate) async fn rewrite<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    kind: Kind,
    given: Vec<(i64, Given<'a>)>,
) -> Result<Vec<Written<'a>>> {
    let keys: Vec<i64> = given.iter().map(|(key, _)| *key).collect();
    let mut old = read_old(transaction, kind, &keys).await?;
    let mut written = Vec::with_capacity(keys.len());
    for (key, given) in given {
        written.push(Written { key, given, old: old.remove(&key).map(Box::new) });
    }
    for group in groups(&written) {
        upsert(transaction, table(kind), group).await?;
    }
    put_json(transaction, &written).await?;
    if kind == Kind::Payments {
        write_words(transaction, &written).await?;
    }
    Ok(written)
}

/// Rows of a kind with the moments that they were stated at.
pub(crate) async fn read_whole(
    transaction: &mut Transaction<'_, Sqlite>,
    kind: Kind,
    keys: &[i64],
) -> Result<Vec<(i64, Record, Timestamp)>> {
    let statement = table(kind).select(&format!("where key in ({})", marks(keys.len())));
    let values = keys.iter().map(|key| Value::from(*key));
    let found = bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in &found {
        let record = mirrored::read_record(kind, row)?;
        rows.push((row.try_get("key")?, record, mirrored::moment(row, "observed_at")?));
    }
    Ok(rows)
}

/// Keeps the search in step, and leaves it alone where no word changed.
async fn write_words(transaction: &mut Transaction<'_, Sqlite>, written: &[Written<'_>]) -> Result<()> {
    let mut old: Vec<(i64, &Payment)> = Vec::new();
    let mut new: Vec<(i64, &Payment)> = Vec::with_capacity(written.len());
    for one in written {
        let Record::Payment(is) = &one.given.row.record else { continue };
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

/// What is known by the ids of the records; one id may be known of more than one account.
async fn read_known(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    given: &[Given<'_>],
) -> Result<HashMap<String, Vec<Known>>> {
    let mut known: HashMap<String, Vec<Known>> = HashMap::new();
    for chunk in given.chunks(IDS_PER_STATEMENT) {
        let ids = padded(chunk.iter().map(|one| one.row.record.vendor_id().into()).collect());
        let statement = format!(
            "select vendor_id, account, key, observed_at, digest from {} where vendor_id in ({})",
            table.name,
            marks(ids.len())
        );
        let found =
            bind_all(sqlx::query(AssertSqlSafe(statement)), ids).fetch_all(&mut **transaction).await?;
        for row in found {
            let one = Known {
                account: row.try_get("account")?,
                key: row.try_get("key")?,
                observed_at: row.try_get("observed_at")?,
                digest: row.try_get("digest")?,
            };
            known.entry(row.try_get("vendor_id")?).or_default().push(one);
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
        let values = padded(chunk.iter().map(|key| Value::from(*key)).collect());
        let statement = table(kind).select(&format!("where key in ({})", marks(values.len())));
        let found =
            bind_all(sqlx::query(AssertSqlSafe(statement)), values).fetch_all(&mut **transaction).await?;
        for row in &found {
            old.insert(row.try_get("key")?, mirrored::read_record(kind, row)?);
        }
    }
    Ok(old)
}

/// A key for each new row: its first choice, or the next free one where another row has that.
async fn free_keys<'a>(
    transaction: &mut Transaction<'_, Sqlite>,
    table: &Table,
    given: Vec<Given<'a>>,
) -> Result<Vec<(i64, Given<'a>)>> {
    let mut chosen = Vec::with_capacity(given.len());
    let mut taken: HashSet<i64> = HashSet::new();
    for chunk in given.chunks(IDS_PER_STATEMENT) {
        let wanted = padded(chunk.iter().map(|one| one.row.wanted_key.into()).collect());
        let in_table = format!("select key from {} where key in ({})", table.name, marks(wanted.len()));
        let found =
            bind_all(sqlx::query(AssertSqlSafe(in_table)), wanted).fetch_all(&mut **transaction).await?;
        for row in found {
            taken.insert(row.try_get(0)?);
        }
        for one in chunk {
            let wanted = one.row.wanted_key;
            let mut key = wanted;
            while taken.contains(&key) || (key != wanted && is_taken(transaction, table, key).await?) {
                key = key.checked_add(key::STEP).ok_or_else(|| MirrorError::corrupt("no key is free"))?;
            }
            taken.insert(key);
            chosen.push((key, *one));
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
    written: &[Written<'_>],
) -> Result<()> {
    let name = table.name;
    let own = table.columns.join(", ");
    let replaced =
        table.columns.iter().map(|column| format!(", {column} = excluded.{column}")).collect::<String>();
    let statement = format!(
        "insert into {name} (key, account, vendor_id, created_at, observed_at, digest, {own}) values {} \
         on conflict do update set created_at = excluded.created_at, observed_at = excluded.observed_at, \
         digest = excluded.digest{replaced} where excluded.observed_at >= {name}.observed_at",
        value_rows(written.len(), 6 + table.columns.len())
    );
    let mut values = Vec::with_capacity(written.len() * (6 + table.columns.len()));
    for one in written {
        let row = one.given.row;
        values.extend([
            Value::from(one.key),
            one.given.account.into(),
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

/// Puts the vendor's JSON of rows of any kinds, in the order of their keys. Of a row that was written
/// more than once the last state is meant.
pub(crate) async fn put_json(
    transaction: &mut Transaction<'_, Sqlite>,
    written: &[Written<'_>],
) -> Result<()> {
    let mut frames: Vec<(i64, &[u8])> =
        written.iter().map(|one| (one.key, one.given.row.packed.as_slice())).collect();
    // A stable sort, so that later states stay behind earlier ones.
    frames.sort_by_key(|(key, _)| *key);
    for group in groups(&frames) {
        let statement = format!(
            "insert into raw_objects (key, json_zstd) values {} \
             on conflict (key) do update set json_zstd = excluded.json_zstd",
            value_rows(group.len(), 2)
        );
        let mut values = Vec::with_capacity(group.len() * 2);
        for (key, packed) in group {
            values.extend([Value::from(*key), Value::Bytes(packed.to_vec())]);
        }
        bind_all(sqlx::query(AssertSqlSafe(statement)), values).execute(&mut **transaction).await?;
    }
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
                "select key from {} where account = ? and vendor_id in ({})",
                table(kind).name,
                marks(chunk.len())
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

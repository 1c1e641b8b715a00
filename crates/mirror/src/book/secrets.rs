//! What a line says of a person, sealed under a key of the line's own. That key is wrapped under the key of
//! the person, and theirs under the book's, which stands in the encrypted file itself: whoever destroys a
//! person's key has made all of it unreadable, and the hashes of the book, which are of the sealed bytes,
//! still fit.

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use domain::AccountId;
use rand::TryRng;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use zeroize::Zeroizing;

use crate::error::{MirrorError, Result};

const NONCE_BYTES: usize = 24;
const FOR_TEXT: &[u8] = b"paydesk.book.text.v1";
const FOR_LINE_KEY: &[u8] = b"paydesk.book.line-key.v1";
const FOR_PERSON_KEY: &[u8] = b"paydesk.book.person-key.v1";
const OF_PERSON: &[u8] = b"paydesk.book.person.v1\0";

/// A key that is wiped when it is dropped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// By what a person is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// By the vendor's id of the customer.
    Customer(String),
    /// By an address, where the vendor knows no customer.
    Email(String),
    /// By one payment, where nothing else is known.
    Payment(String),
}

impl Person {
    /// What the person's row is found by. It tells nobody who they are: the book's key is in it.
    pub(crate) fn tag(&self, book_key: &Key, account: AccountId) -> [u8; 32] {
        let (kind, id) = match self {
            Self::Customer(id) => (1_u8, id.clone()),
            Self::Email(email) => (2, email.trim().to_lowercase()),
            Self::Payment(id) => (3, id.clone()),
        };
        let mut digest = Sha256::new();
        digest.update(OF_PERSON);
        digest.update(book_key.as_slice());
        digest.update(account.to_string());
        digest.update([kind]);
        digest.update(id);
        digest.finalize().into()
    }
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| MirrorError::Io { detail: error.to_string() })?;
    Ok(bytes)
}

fn new_key() -> Result<Key> {
    Ok(Zeroizing::new(random()?))
}

fn seal(key: &Key, purpose: &[u8], about: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    let mut buffer = Zeroizing::new(plain.to_vec());
    // Room for the tag, so that the plain text is never left behind by a buffer that moves.
    buffer.reserve_exact(16);
    XChaCha20Poly1305::new(&(**key).into())
        .encrypt_in_place(&XNonce::from(nonce), &[purpose, about].concat(), &mut *buffer)
        .map_err(|_| MirrorError::corrupt("a text of the book is too long to be sealed"))?;
    Ok([nonce.as_slice(), buffer.as_slice()].concat())
}

fn unseal(key: &Key, purpose: &[u8], about: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let mut buffer = Zeroizing::new(rest.to_vec());
    XChaCha20Poly1305::new(&(**key).into())
        .decrypt_in_place(&XNonce::from(*nonce), &[purpose, about].concat(), &mut *buffer)
        .ok()?;
    Some(buffer)
}

fn unwrap(key: &Key, purpose: &[u8], about: &[u8], wrapped: &[u8]) -> Option<Key> {
    let plain = unseal(key, purpose, about, wrapped)?;
    let mut unwrapped = Zeroizing::new([0; 32]);
    if plain.len() != unwrapped.len() {
        return None;
    }
    unwrapped.copy_from_slice(&plain);
    Some(unwrapped)
}

/// The book's key of a file, where it has one.
pub(crate) async fn book_key(connection: &mut SqliteConnection, schema: &'static str) -> Result<Option<Key>> {
    let statement = format!("select value from {schema}.file_facts where name = 'book_key'");
    let text: Option<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_optional(&mut *connection).await?;
    let Some(text) = text.map(Zeroizing::new) else { return Ok(None) };
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.as_bytes(), key.as_mut_slice())
        .map_err(|_| MirrorError::corrupt("the book's key does not read"))?;
    Ok(Some(key))
}

async fn book_key_or_new(connection: &mut SqliteConnection) -> Result<Key> {
    if let Some(key) = book_key(connection, "main").await? {
        return Ok(key);
    }
    let key = new_key()?;
    let text = Zeroizing::new(hex::encode(key.as_slice()));
    sqlx::query("insert into file_facts (name, value) values ('book_key', ?1)")
        .bind(text.as_str())
        .execute(&mut *connection)
        .await?;
    Ok(key)
}

/// The number of a person's row, with their key; made where there is none.
async fn person(connection: &mut SqliteConnection, book_key: &Key, tag: &[u8; 32]) -> Result<(i64, Key)> {
    let known = sqlx::query("select number, wrapped from book_people where tag = ?1")
        .bind(tag.as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = known {
        let key = unwrap(book_key, FOR_PERSON_KEY, tag, row.try_get("wrapped")?);
        let key = key.ok_or_else(|| MirrorError::corrupt("the key of a person does not open"))?;
        return Ok((row.try_get("number")?, key));
    }
    let key = new_key()?;
    let done = sqlx::query("insert into book_people (tag, wrapped) values (?1, ?2)")
        .bind(tag.as_slice())
        .bind(seal(book_key, FOR_PERSON_KEY, tag, key.as_slice())?)
        .execute(&mut *connection)
        .await?;
    Ok((done.last_insert_rowid(), key))
}

/// Seals what a line says of a person, and keeps its key. Without a person the key is wrapped under the
/// book's own; erasing then finds the line by what it says.
pub(crate) async fn seal_line(
    connection: &mut SqliteConnection,
    line: u64,
    person_of: Option<(AccountId, &Person)>,
    personal: &Json,
) -> Result<Vec<u8>> {
    let book_key = book_key_or_new(connection).await?;
    let (number, wrapping) = match person_of {
        Some((account, known)) => {
            let (number, key) = person(connection, &book_key, &known.tag(&book_key, account)).await?;
            (Some(number), key)
        }
        None => (None, book_key),
    };
    let key = new_key()?;
    keep_line_key(connection, line, number, &wrapping, &key).await?;
    let plain = Zeroizing::new(personal.to_string());
    seal(&key, FOR_TEXT, &[], plain.as_bytes())
}

/// Keeps the key of a line, wrapped under another.
pub(crate) async fn keep_line_key(
    connection: &mut SqliteConnection,
    line: u64,
    person: Option<i64>,
    wrapping: &Key,
    key: &Key,
) -> Result<()> {
    let number = i64::try_from(line).unwrap_or(i64::MAX);
    sqlx::query("insert into book_keys (line, person, wrapped) values (?1, ?2, ?3)")
        .bind(number)
        .bind(person)
        .bind(seal(wrapping, FOR_LINE_KEY, &line.to_be_bytes(), key.as_slice())?)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// The key of a line, where it was not destroyed.
pub(crate) async fn line_key(
    connection: &mut SqliteConnection,
    schema: &'static str,
    book_key: &Key,
    line: u64,
) -> Result<Option<Key>> {
    let statement = format!(
        "select k.wrapped, p.tag, p.wrapped as person from {schema}.book_keys k \
         left join {schema}.book_people p on p.number = k.person where k.line = ?1 \
         and (k.person is null or p.number is not null)"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(i64::try_from(line).unwrap_or(i64::MAX))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let about = line.to_be_bytes();
    let wrapped: &[u8] = row.try_get("wrapped")?;
    let (tag, person): (Option<&[u8]>, Option<&[u8]>) = (row.try_get("tag")?, row.try_get("person")?);
    let key = match (tag, person) {
        (Some(tag), Some(person)) => unwrap(book_key, FOR_PERSON_KEY, tag, person)
            .and_then(|person| unwrap(&person, FOR_LINE_KEY, &about, wrapped)),
        _ => unwrap(book_key, FOR_LINE_KEY, &about, wrapped),
    };
    // A key that was tampered with reads as one that is gone; the chain is not concerned.
    Ok(key)
}

/// What a line says of a person; none where its key was destroyed.
pub(crate) async fn open_line(
    connection: &mut SqliteConnection,
    book_key: Option<&Key>,
    line: u64,
    sealed: &[u8],
) -> Result<Option<Json>> {
    let Some(book_key) = book_key else { return Ok(None) };
    let Some(key) = line_key(connection, "main", book_key, line).await? else { return Ok(None) };
    let plain = unseal(&key, FOR_TEXT, &[], sealed);
    Ok(plain.and_then(|plain| serde_json::from_slice(&plain).ok()))
}

/// Destroys the keys of persons, and of single lines.
pub(crate) async fn destroy(
    connection: &mut SqliteConnection,
    tags: &[[u8; 32]],
    lines: &[u64],
) -> Result<()> {
    for tag in tags {
        sqlx::query("delete from book_keys where person in (select number from book_people where tag = ?1)")
            .bind(tag.as_slice())
            .execute(&mut *connection)
            .await?;
        sqlx::query("delete from book_people where tag = ?1")
            .bind(tag.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    for line in lines {
        sqlx::query("delete from book_keys where line = ?1")
            .bind(i64::try_from(*line).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

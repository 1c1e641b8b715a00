//! The only place that makes connections, and the settings that each of them must have.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use domain::Secret;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, Row};

use crate::error::{MirrorError, Result};

/// How long a statement waits for a lock. Only a stranger's tool can hold one, since there is one
/// writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// The log is moved into the file once it is longer (`log.rs`): 6,000 pages, in which those that the transactions of a
/// first load touch again and again are moved once. A load has no more pages ready than a second brings, so more at a
/// time would hold it up. Cut back to this length when it begins anew, its length tells how far it has grown.
pub(crate) const LONG_LOG_BYTES: u64 = 24 * 1024 * 1024;
/// The same length, as SQLite reads it.
const LOG_BEGINS_WITH: &str = "25165824";
const _: () = assert!(matches!(u64::from_str_radix(LOG_BEGINS_WITH, 10), Ok(LONG_LOG_BYTES)));
/// Pages after which SQLite moves the log within a commit, whoever waits: 262 MB.
const CHECKPOINT_PAGES: &str = "64000";
/// Memory for pages of the writing connection, in KiB with a minus in front. Vendors' ids grow with time,
/// so that each slice of a load fills a few pages of each index; twelve times as much measured no faster.
const WRITER_CACHE: &str = "-8192";

/// Memory for pages of a connection that finds, taken as pages are read. It holds the index of customers over a million
/// payments, into which the beginning of an email leads hundreds of times.
const FINDER_CACHE: &str = "-65536";
/// Memory for pages of the other connections that read. What they read again is less than that, and what they read once,
/// as counts of all rows do, is not worth keeping.
const READER_CACHE: &str = "-4096";

/// Settings of every connection with the value that each must read back as. They are what keeps
/// committed money on the disk and damage noticed (reliability goal G28).
const COMMON: [(&str, &str, &str); 9] = [
    ("synchronous", "full", "2"),
    ("fullfsync", "on", "1"),
    ("checkpoint_fullfsync", "on", "1"),
    ("foreign_keys", "on", "1"),
    ("trusted_schema", "off", "0"),
    ("cell_size_check", "on", "1"),
    ("mmap_size", "0", "0"),
    ("secure_delete", "on", "1"),
    // Sorting spills to memory, never to an unencrypted file.
    ("temp_store", "memory", "2"),
];
/// Settings of the one connection that writes; it alone moves the log into the file, because this
/// SQLite's WAL-reset bug needs a write on one connection beside a checkpoint on another.
const WRITER: [(&str, &str, &str); 5] = [
    ("journal_mode", "wal", "wal"),
    ("wal_autocheckpoint", CHECKPOINT_PAGES, CHECKPOINT_PAGES),
    ("journal_size_limit", LOG_BEGINS_WITH, LOG_BEGINS_WITH),
    ("query_only", "off", "0"),
    ("cache_size", WRITER_CACHE, WRITER_CACHE),
];
/// Settings of the connections that only read.
const READER: [(&str, &str, &str); 4] = reading_with(READER_CACHE);
const FINDER: [(&str, &str, &str); 4] = reading_with(FINDER_CACHE);

const fn reading_with(cache: &'static str) -> [(&'static str, &'static str, &'static str); 4] {
    [
        ("journal_mode", "", "wal"),
        ("wal_autocheckpoint", "0", "0"),
        ("query_only", "on", "1"),
        ("cache_size", cache, cache),
    ]
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
    /// Reads for the box that finds, and for questions with a budget.
    Finder,
}

impl Role {
    fn settings(self) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
        let own = match self {
            Self::Writer => WRITER.as_slice(),
            Self::Reader => READER.as_slice(),
            Self::Finder => FINDER.as_slice(),
        };
        own.iter().chain(COMMON.iter())
    }
}

/// The raw key of an encrypted file, or none for a plain one.
#[derive(Clone)]
pub(crate) struct ConnectionKey(Option<Secret>);

impl fmt::Debug for ConnectionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() {
            "ConnectionKey(<redacted>)"
        } else {
            "ConnectionKey(none)"
        })
    }
}

impl ConnectionKey {
    pub(crate) fn new(key: Option<Secret>) -> Result<Self> {
        let whole = |key: &Secret| {
            key.expose().len() == 64 && key.expose().bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if key.as_ref().is_some_and(|key| !whole(key)) {
            return Err(MirrorError::KeyMalformed);
        }
        Ok(Self(key))
    }

    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

/// What all options begin with. OpenSSL is started here, before SQLCipher does it for whichever connection is the
/// first: OpenSSL then leaves its clean-up at exit away, during which threads that still end free the same memory, and
/// a command that did its work would end with a signal in place of its code.
fn fresh_options() -> SqliteConnectOptions {
    #[cfg(target_os = "linux")]
    openssl_sys::init();
    SqliteConnectOptions::new().disable_statement_logging()
}

/// Options with the key as the first setting. Statements are never logged: the first one would
/// show the key.
fn keyed(path: &Path, key: &ConnectionKey) -> SqliteConnectOptions {
    let options = fresh_options().filename(path).create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
    let options = match &key.0 {
        Some(key) => options.pragma("key", format!("\"x'{}'\"", key.expose())),
        None => options,
    };
    // It would print its own lines to standard error, between ours; every failure comes back as an error anyway.
    options.pragma("cipher_log_level", "none")
}

fn settled(path: &Path, key: &ConnectionKey, role: Role) -> SqliteConnectOptions {
    role.settings()
        .filter(|(_, value, _)| !value.is_empty())
        .fold(keyed(path, key), |options, (name, value, _)| options.pragma(*name, *value))
}

/// The one connection that writes.
pub(crate) async fn open_writer(path: &Path, key: &ConnectionKey) -> Result<SqliteConnection> {
    let mut connection = settled(path, key, Role::Writer).connect().await?;
    if let Err(error) = assert_settings(&mut connection, Role::Writer).await {
        connection.close().await?;
        return Err(error);
    }
    Ok(connection)
}

/// A connection that fills a file before it gets its name; it keeps no log beside it.
pub(crate) async fn open_for_creation(path: &Path, key: &ConnectionKey) -> Result<SqliteConnection> {
    Ok(keyed(path, key).pragma("synchronous", "full").pragma("fullfsync", "on").connect().await?)
}

/// A connection that copies a file which others may have open; it never moves the log into the file.
pub(crate) async fn open_for_copy(path: &Path, key: &ConnectionKey) -> Result<SqliteConnection> {
    let options = keyed(path, key)
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "0")
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on");
    Ok(options.read_only(true).connect().await?)
}

/// A connection that reads a file which nobody has open: no lock, no log, no shared memory.
pub(crate) async fn open_still(path: &Path, key: &ConnectionKey) -> Result<SqliteConnection> {
    Ok(keyed(path, key).pragma("temp_store", "memory").read_only(true).immutable(true).connect().await?)
}

/// A connection to a file that is in memory only, to hold a schema against.
pub(crate) async fn open_in_memory() -> Result<SqliteConnection> {
    Ok(fresh_options().in_memory(true).connect().await?)
}

/// Attaches a second file to a connection.
pub(crate) async fn attach(
    connection: &mut SqliteConnection,
    path: &Path,
    key: &ConnectionKey,
    name: &'static str,
) -> Result<()> {
    let words = match &key.0 {
        Some(key) => format!("\"x'{}'\"", key.expose()),
        None => "''".to_owned(),
    };
    let path = path
        .to_str()
        .ok_or_else(|| MirrorError::CopyFailed { detail: "the path is not UTF-8".to_owned() })?;
    let statement = format!("attach database ?1 as {name} key {words}");
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(path).execute(&mut *connection).await?;
    Ok(())
}

/// Connections that read; each is checked as it opens, which is when it is needed.
pub(crate) fn open_readers(path: &Path, key: &ConnectionKey, role: Role, count: u32) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(count.max(1))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let checked = assert_settings(connection, role).await;
                checked.map_err(|error| sqlx::Error::Protocol(error.to_string()))
            })
        })
        .connect_lazy_with(settled(path, key, role))
}

/// One connection that reads, in a transaction that stands at this moment for as long as it is open.
pub(crate) async fn open_snapshot(options: SqliteConnectOptions) -> Result<SqlitePool> {
    let opened = std::sync::atomic::AtomicBool::new(false);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            // A second connection would stand at another moment without anybody noticing.
            let again = opened.swap(true, std::sync::atomic::Ordering::Relaxed);
            Box::pin(async move {
                if again {
                    return Err(sqlx::Error::WorkerCrashed);
                }
                let checked = assert_settings(connection, Role::Reader).await;
                checked.map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
                sqlx::raw_sql("begin").execute(&mut *connection).await?;
                // The moment is that of the first read, not of the word.
                sqlx::query("select count(*) from file_facts").execute(connection).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Checks that a connection has the settings of those that only read.
pub(crate) async fn assert_reader(connection: &mut SqliteConnection) -> Result<()> {
    assert_settings(connection, Role::Reader).await
}

async fn assert_settings(connection: &mut SqliteConnection, role: Role) -> Result<()> {
    for (name, wanted, found) in read_settings(connection, role).await? {
        if wanted != found {
            return Err(MirrorError::UnsafePragma {
                name: name.to_owned(),
                wanted: wanted.to_owned(),
                found,
            });
        }
    }
    Ok(())
}

/// Name, wanted value and found value of every setting that the role must have.
pub(crate) async fn read_settings(
    connection: &mut SqliteConnection,
    role: Role,
) -> Result<Vec<(&'static str, &'static str, String)>> {
    let mut found = Vec::new();
    let settings: Vec<_> = role.settings().collect();
    for (name, _, wanted) in settings {
        // A setting that this build leaves out reads as nothing, which `mmap_size` may: no mapping.
        let value = read_pragma(connection, name).await?.unwrap_or_else(|| "0".to_owned());
        found.push((*name, *wanted, value));
    }
    Ok(found)
}

/// The value of a setting as text.
pub(crate) async fn read_pragma(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<Option<String>> {
    let statement = sqlx::raw_sql(sqlx::AssertSqlSafe(format!("pragma {name}")));
    let row = statement.fetch_optional(&mut *connection).await?;
    Ok(row.map(|row| row.try_get_unchecked::<String, _>(0)).transpose()?)
}

/// The schema number of a file, read without touching it: no lock, no log, no shared memory.
pub(crate) async fn read_version(path: &Path, key: &ConnectionKey) -> Result<i64> {
    version_through(keyed(path, key).read_only(true).immutable(true)).await
}

/// Whether the key opens the first page, whatever is wrong with those behind it.
pub(crate) async fn first_page_opens(path: &Path, key: &ConnectionKey) -> bool {
    let Ok(mut connection) = keyed(path, key).read_only(true).immutable(true).connect().await else {
        return false;
    };
    // Stands in the first page and needs no table.
    let opens = read_pragma(&mut connection, "user_version").await.is_ok();
    connection.close().await.is_ok() && opens
}

/// The schema number of a file whose log holds what was not moved into it yet.
pub(crate) async fn read_version_with_log(path: &Path, key: &ConnectionKey) -> Result<i64> {
    version_through(keyed(path, key).read_only(true)).await
}

async fn version_through(options: SqliteConnectOptions) -> Result<i64> {
    let mut connection = options.connect().await?;
    let version =
        sqlx::query_scalar::<_, i64>("select user_version from pragma_user_version, sqlite_schema limit 1")
            .fetch_optional(&mut connection)
            .await;
    connection.close().await?;
    // A file that has no table at all is none of ours, whatever its number.
    Ok(version?.unwrap_or(0))
}

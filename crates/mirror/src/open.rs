//! Opening a mirror file: the checks before anything is written, creation, migration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Environment, Secret};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use crate::connection::{self, ConnectionKey, Role};
use crate::error::{MirrorError, Result};
use crate::files::{self, Look};
use crate::migrations::{self, SCHEMA_VERSION};
use crate::{Inner, Mirror, Readers};

/// How to open a mirror.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The file, such as `mirror-test.db` in the home.
    pub path: PathBuf,
    /// The environment whose rows it holds; a file of another one is refused.
    pub environment: Environment,
    /// 64 hexadecimal digits, or none for a plain file.
    pub key: Option<Secret>,
    /// How many connections read at the same time, at least 1.
    pub readers: u32,
}

/// How many at a time find, each with its own memory for pages.
const MOST_FINDERS: u32 = 2;

/// Opens the file, or makes it where there is none. Whatever is refused is refused before a byte
/// of the file is changed.
pub(crate) async fn open(options: OpenOptions) -> Result<Mirror> {
    let key = ConnectionKey::new(options.key)?;
    let path = options.path;
    files::secure_home(&path)?;
    let lock = take_lock(&path).await?;
    let look = files::look(&path)?;
    match look {
        Look::Absent => create(&path, &key, options.environment).await?,
        present => check(&path, &key, present).await?,
    }
    let mut writer = connection::open_writer(&path, &key).await?;
    if let Err(error) = prepare(&mut writer, &path, &key, options.environment).await {
        writer.close().await?;
        return Err(error);
    }
    let readers = Readers {
        all: connection::open_readers(&path, &key, Role::Reader, options.readers),
        finders: connection::open_readers(&path, &key, Role::Finder, options.readers.min(MOST_FINDERS)),
    };
    let inner = Inner::new(path, options.environment, key.is_some(), Some(writer), readers, lock);
    let mirror = Mirror::from_inner(inner);
    mirror.accounts().load_numbers().await?;
    mirror.accounts().load_zones().await?;
    mirror.load_dictionaries().await?;
    mirror.load_erased().await?;
    // Whoever was killed in a flood left a long log, which every start would read again.
    mirror.move_long_log().await;
    Ok(mirror)
}

/// Takes the file's lock, and waits a moment where somebody has it: a program that is just being started
/// holds a copy of every open file until it is, so a lock may outlive its owner by that long.
pub(crate) async fn take_lock(path: &Path) -> Result<std::fs::File> {
    const TRIES: u32 = 25;
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 1..TRIES {
        match files::take_lock(path) {
            Err(MirrorError::AlreadyOpen) => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
    files::take_lock(path)
}

/// Makes a whole file under another name first: a file of this name is never half made, so an empty
/// one always means loss.
async fn create(path: &Path, key: &ConnectionKey, environment: Environment) -> Result<()> {
    if files::beside(path, "-wal").exists() {
        return Err(MirrorError::LeftoverLog);
    }
    let unfinished = files::beside(path, ".creating");
    files::remove_if_there(&unfinished)?;
    files::remove_if_there(&files::beside(&unfinished, "-journal"))?;
    files::create_private(&unfinished)?;
    let mut connection = connection::open_for_creation(&unfinished, key).await?;
    migrations::apply(&mut connection).await?;
    sqlx::query("insert into file_facts (name, value) values ('environment', ?1)")
        .bind(environment.as_str())
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    files::put_in_place(&unfinished, path)
}

/// Moves what a kill left in the log of a file that nobody has open into the file, so that the log can go.
pub(crate) async fn move_log(path: &Path, key: &ConnectionKey) -> Result<()> {
    if !files::beside(path, "-wal").exists() {
        return Ok(());
    }
    check(path, key, files::look(path)?).await?;
    let mut writer = connection::open_writer(path, key).await?;
    let moved = sqlx::query("pragma wal_checkpoint(truncate)").fetch_one(&mut writer).await;
    let busy = moved.and_then(|row| row.try_get::<i64, _>(0));
    writer.close().await?;
    if busy? == 0 { Ok(()) } else { Err(MirrorError::Busy) }
}

/// Brings a file that nobody has open to the newest schema, with a copy kept of it as it was.
pub(crate) async fn bring_up(path: &Path, key: &ConnectionKey, environment: Environment) -> Result<()> {
    let mut writer = connection::open_writer(path, key).await?;
    let prepared = prepare(&mut writer, path, key, environment).await;
    writer.close().await?;
    prepared
}

/// Refuses a file that is not ours, newer, or closed to this key, by reading alone.
pub(crate) async fn check(path: &Path, key: &ConnectionKey, look: Look) -> Result<()> {
    match (look, key.is_some()) {
        (Look::SomethingElse, _) => return Err(MirrorError::NotADatabase),
        (Look::Plain, true) => return Err(MirrorError::PlainFile),
        (Look::MaybeEncrypted, false) => return Err(MirrorError::KeyMissing),
        _ => {}
    }
    let alone = connection::read_version(path, key).await;
    if let Ok(version) = alone {
        refuse_newer(version)?;
    }
    let has_log = std::fs::metadata(files::beside(path, "-wal")).is_ok_and(|facts| facts.len() > 0);
    let with_log = if has_log { Some(connection::read_version_with_log(path, key).await) } else { None };
    match (alone, with_log) {
        (Ok(_), None) => Ok(()),
        // Whoever was killed while the log was moved left pages of two moments in the file, whose first page may tell
        // of more than there is. With the log they are one again.
        (Ok(_) | Err(MirrorError::Corrupt { .. }), Some(Ok(version))) => refuse_newer(version),
        // The file alone opened, so it is the log that does not belong to it (D11).
        (Ok(_), Some(Err(MirrorError::Corrupt { .. }))) => {
            Err(MirrorError::corrupt("its write-ahead log does not belong to it"))
        }
        (Ok(_), Some(Err(other))) => Err(other),
        // With the right key the first page opens; a damaged first page cannot be told from a wrong key.
        (Err(MirrorError::Corrupt { .. }), _)
            if look == Look::MaybeEncrypted && !connection::first_page_opens(path, key).await =>
        {
            Err(MirrorError::WrongKey)
        }
        (Err(error), _) => Err(error),
    }
}

fn refuse_newer(version: i64) -> Result<()> {
    match version {
        0 => Err(MirrorError::NotADatabase),
        version if version > SCHEMA_VERSION => {
            Err(MirrorError::NewerFile { file_version: version, program_version: SCHEMA_VERSION })
        }
        _ => Ok(()),
    }
}

/// Checks whose file it is and brings it to the newest schema, with a copy kept of an older one.
async fn prepare(
    writer: &mut SqliteConnection,
    path: &Path,
    key: &ConnectionKey,
    environment: Environment,
) -> Result<()> {
    let found: Option<String> = sqlx::query_scalar("select value from file_facts where name = 'environment'")
        .fetch_optional(&mut *writer)
        .await
        .map_err(|error| match MirrorError::from(error) {
            MirrorError::Database { .. } => MirrorError::NotADatabase,
            other => other,
        })?;
    match found {
        Some(found) if found == environment.as_str() => {}
        Some(found) => {
            return Err(MirrorError::WrongEnvironment { found, wanted: environment.as_str().to_owned() });
        }
        None => return Err(MirrorError::NotADatabase),
    }
    let version: i64 =
        sqlx::query_scalar("select user_version from pragma_user_version").fetch_one(&mut *writer).await?;
    if version < SCHEMA_VERSION {
        migrations::keep_copy(writer, path, key, version).await?;
    }
    migrations::apply(writer).await
}

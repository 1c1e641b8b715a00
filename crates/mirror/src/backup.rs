//! Copies of the whole file: made while others write, proved before they get their name.

use std::path::{Path, PathBuf};

use domain::{Environment, Secret};
use sqlx::Connection;

use crate::connection::{self, ConnectionKey};
use crate::error::{MirrorError, Result};
use crate::{Mirror, files};

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Whether it is encrypted; with the mirror's own key, then.
    pub encrypted: bool,
}

impl Mirror {
    /// Copies the file as it stands at one moment, while others go on writing. The copy is closed to
    /// all but its owner, encrypted with the same key, and read through once before it gets its name,
    /// so that nothing half made ever has it. A file that is there already is never written over.
    pub async fn backup(&self, to: &Path, key: Option<&Secret>) -> Result<Backup> {
        let key = ConnectionKey::new(key.cloned())?;
        if key.is_some() != self.encrypted() {
            return Err(MirrorError::WrongKey);
        }
        if to.exists() {
            return Err(MirrorError::FileExists { path: to.display().to_string() });
        }
        let unfinished = files::beside(to, ".unfinished");
        let made = async {
            copy(self.path(), &key, &unfinished).await?;
            prove(&unfinished, &key, self.environment()).await?;
            files::put_in_new_place(&unfinished, to)
        }
        .await;
        if let Err(error) = made {
            let _ = files::remove_if_there(&unfinished);
            return Err(error);
        }
        let bytes = std::fs::metadata(to)?.len();
        Ok(Backup { path: to.to_owned(), bytes, encrypted: key.is_some() })
    }
}

/// Writes a copy under a name that is its own for the moment.
pub(crate) async fn copy(from: &Path, key: &ConnectionKey, to: &Path) -> Result<()> {
    files::remove_if_there(to)?;
    files::create_private(to)?;
    let target =
        to.to_str().ok_or_else(|| MirrorError::CopyFailed { detail: "the path is not UTF-8".to_owned() })?;
    let mut connection = connection::open_for_copy(from, key).await?;
    let copied = sqlx::query("vacuum into ?1").bind(target).execute(&mut connection).await;
    connection.close().await?;
    copied?;
    Ok(std::fs::File::open(to)?.sync_all()?)
}

/// Reads a whole file that nobody has open, and fails on the first thing that is not as it must be.
pub(crate) async fn prove(path: &Path, key: &ConnectionKey, environment: Environment) -> Result<i64> {
    let mut connection = connection::open_still(path, key).await?;
    let proved = prove_open(&mut connection, key, environment).await;
    connection.close().await?;
    proved
}

async fn prove_open(
    connection: &mut sqlx::SqliteConnection,
    key: &ConnectionKey,
    environment: Environment,
) -> Result<i64> {
    let version: i64 = sqlx::query_scalar("select user_version from pragma_user_version")
        .fetch_one(&mut *connection)
        .await?;
    let found: Option<String> = sqlx::query_scalar("select value from file_facts where name = 'environment'")
        .fetch_optional(&mut *connection)
        .await
        .map_err(|error| match MirrorError::from(error) {
            MirrorError::Database { .. } => MirrorError::NotADatabase,
            other => other,
        })?;
    let found = found.ok_or(MirrorError::NotADatabase)?;
    if found != environment.as_str() {
        return Err(MirrorError::WrongEnvironment { found, wanted: environment.as_str().to_owned() });
    }
    let mut problems: Vec<String> =
        sqlx::query_scalar("pragma integrity_check(1)").fetch_all(&mut *connection).await?;
    problems.retain(|line| line != "ok");
    if key.is_some() {
        problems.extend(
            sqlx::query_scalar::<_, String>("pragma cipher_integrity_check")
                .fetch_all(&mut *connection)
                .await?,
        );
    }
    match problems.into_iter().next() {
        Some(problem) => Err(MirrorError::corrupt(problem)),
        None => Ok(version),
    }
}

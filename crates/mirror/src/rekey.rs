//! Another key for the file.

use std::path::Path;

use domain::{Environment, Secret};
use sqlx::{AssertSqlSafe, Connection};

use crate::connection::{self, ConnectionKey};
use crate::error::{MirrorError, Result};
use crate::{backup, files, open};

/// Encrypts a file that nobody has open under another key. The file is copied, the copy gets the new
/// key and is read through, and then takes the place of the file in one renaming: whenever this is
/// killed, the file opens with the old key or with the new one, so the caller must have kept the new
/// one before, and must not let the old one go before this returned.
pub async fn rekey(path: &Path, environment: Environment, old: &Secret, new: &Secret) -> Result<()> {
    let (old_key, new_key) = (ConnectionKey::new(Some(old.clone()))?, ConnectionKey::new(Some(new.clone()))?);
    files::secure_home(path)?;
    let _lock = open::take_lock(path).await?;
    let look = files::look(path)?;
    if look == files::Look::Absent {
        return Err(MirrorError::FileMissing { path: path.display().to_string() });
    }
    open::check(path, &old_key, look).await?;
    // The log of the old key must be empty before it goes: it is the only place of what a kill left in it.
    open::move_log(path, &old_key).await?;
    let unfinished = files::beside(path, ".rekeying");
    let made = async {
        backup::copy(path, &old_key, &unfinished).await?;
        let mut connection = connection::open_for_creation(&unfinished, &old_key).await?;
        let statement = format!("pragma rekey = \"x'{}'\"", new.expose());
        let changed = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        connection.close().await?;
        changed?;
        backup::prove(&unfinished, &new_key, environment).await?;
        // Whatever was in the log is in the file and its copy; an empty log would belong to nothing.
        for ending in ["-wal", "-shm"] {
            files::remove_if_there(&files::beside(path, ending))?;
        }
        files::put_in_place(&unfinished, path)
    }
    .await;
    if made.is_err() {
        let _ = files::remove_if_there(&unfinished);
    }
    made
}

/// Whether a key opens a file, by reading alone.
pub async fn opens(path: &Path, key: &Secret) -> Result<bool> {
    let key = ConnectionKey::new(Some(key.clone()))?;
    match open::check(path, &key, files::look(path)?).await {
        Ok(()) => Ok(true),
        Err(MirrorError::WrongKey) => Ok(false),
        Err(other) => Err(other),
    }
}

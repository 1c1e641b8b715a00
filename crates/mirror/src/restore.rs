//! Putting an earlier copy in the place of the file.
//!
//! What the vendors know comes back by syncing; the journal of decisions does not. So whatever the
//! present file still knows of it is carried over, and every intent that is open afterwards is one
//! that may have been carried out since: it is only looked for at the vendor, never sent again.

use std::path::{Path, PathBuf};

use domain::{Environment, Secret, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::connection::{self, ConnectionKey};
use crate::error::{MirrorError, Result};
use crate::intents::JOURNAL_COLUMNS;
use crate::migrations::SCHEMA_VERSION;
use crate::{backup, files, open};

/// The code on intents that came back with a copy, from the error table.
pub const RESTORED_PROBLEM: &str = "restored_intent";

/// What to restore.
#[derive(Debug, Clone)]
pub struct RestoreOptions {
    /// The copy. It stays as it is.
    pub from: PathBuf,
    /// The mirror's file, which nobody may have open.
    pub path: PathBuf,
    /// The environment that both must be of.
    pub environment: Environment,
    /// The key that must open both.
    pub key: Option<Secret>,
    /// The time, for the marks.
    pub now: Timestamp,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the file that was there is kept; none where there was none.
    pub kept: Option<PathBuf>,
    /// Intents that are open and now only looked for.
    pub held_intents: u64,
    /// Intents that the present file knew of and the copy did not, or knew less of; none where the
    /// present file could not be read.
    pub carried_intents: Option<u64>,
}

/// Restores a copy. Until the very last step, which is one renaming, the present file stays as it is.
pub async fn restore(options: &RestoreOptions) -> Result<Restored> {
    let key = ConnectionKey::new(options.key.clone())?;
    if !options.from.exists() {
        return Err(MirrorError::FileMissing { path: options.from.display().to_string() });
    }
    files::secure_home(&options.path)?;
    let _lock = open::take_lock(&options.path).await?;
    open::check(&options.from, &key, files::look(&options.from)?).await.map_err(|error| match error {
        MirrorError::LeftoverLog => MirrorError::corrupt("its write-ahead log is not beside it"),
        other => other,
    })?;
    let unfinished = files::beside(&options.path, ".restoring");
    let restored = prepare(options, &key, &unfinished).await;
    if restored.is_err() {
        let _ = files::remove_if_there(&unfinished);
    }
    restored
}

async fn prepare(options: &RestoreOptions, key: &ConnectionKey, unfinished: &Path) -> Result<Restored> {
    // A copy by SQLite and not of the bytes: it takes in a log that may lie beside the given file.
    backup::copy(&options.from, key, unfinished).await?;
    let version = backup::prove(unfinished, key, options.environment).await?;
    let present = files::look(&options.path).is_ok_and(|look| look != files::Look::Absent);
    let mut connection = connection::open_for_creation(unfinished, key).await?;
    let done = async {
        if version < SCHEMA_VERSION {
            crate::migrations::apply(&mut connection).await?;
        }
        let carried = if present { carry_over(&mut connection, options, key).await } else { None };
        let held = hold_back(&mut connection, options.now).await?;
        Ok::<_, MirrorError>((carried, held))
    }
    .await;
    connection.close().await?;
    let (carried_intents, held_intents) = done?;
    let kept = if options.path.exists() { Some(keep_present(options)?) } else { None };
    // What a log beside the old file holds belongs to the old file.
    for ending in ["-wal", "-shm"] {
        files::remove_if_there(&files::beside(&options.path, ending))?;
    }
    files::put_in_place(unfinished, &options.path)?;
    Ok(Restored { kept, held_intents, carried_intents })
}

/// Gives the present file a second name, with its log. It has its first one until it is replaced.
fn keep_present(options: &RestoreOptions) -> Result<PathBuf> {
    let kept = files::beside(&options.path, &format!(".before-restore-{}", options.now.as_ms()));
    for ending in ["", "-wal"] {
        let (from, to) = (files::beside(&options.path, ending), files::beside(&kept, ending));
        if from.exists() && std::fs::hard_link(&from, &to).is_err() {
            files::create_private(&to)?;
            std::fs::copy(&from, &to)?;
            std::fs::File::open(&to)?.sync_all()?;
        }
    }
    Ok(kept)
}

/// Takes accounts, intents and erasures over that the present file has and the copy has not. The
/// present file may be damaged, which is why somebody restores; then there is nothing to take.
async fn carry_over(
    connection: &mut SqliteConnection,
    options: &RestoreOptions,
    key: &ConnectionKey,
) -> Option<u64> {
    let present = backup::prove(&options.path, key, options.environment).await;
    let has_log = std::fs::metadata(files::beside(&options.path, "-wal")).is_ok_and(|log| log.len() > 0);
    if !matches!(present, Ok(SCHEMA_VERSION)) || has_log {
        return None;
    }
    connection::attach(connection, &options.path, key, "present").await.ok()?;
    let carried = carry(connection).await;
    let _ = sqlx::query("detach database present").execute(&mut *connection).await;
    match carried {
        Ok(carried) => Some(carried),
        Err(error) => {
            tracing::warn!(%error, "the journal of the present file could not be carried over");
            None
        }
    }
}

async fn carry(connection: &mut SqliteConnection) -> Result<u64> {
    let mut transaction = connection.begin_with("begin immediate").await?;
    let names: Vec<String> =
        sqlx::query_scalar("select name from pragma_table_info('accounts') where name <> 'number'")
            .fetch_all(&mut *transaction)
            .await?;
    let columns = names.join(", ");
    let accounts = format!(
        "insert or ignore into main.accounts ({columns}) select {columns} from present.accounts \
         where id not in (select id from main.accounts)"
    );
    sqlx::query(AssertSqlSafe(accounts)).execute(&mut *transaction).await?;
    sqlx::query(
        "delete from main.intents where id in (select o.id from main.intents o \
         join present.intents p on p.id = o.id where p.updated_at > o.updated_at)",
    )
    .execute(&mut *transaction)
    .await?;
    let own = JOURNAL_COLUMNS.iter().filter(|name| **name != "account").copied().collect::<Vec<_>>();
    let (into, from) =
        (own.join(", "), own.iter().map(|name| format!("p.{name}")).collect::<Vec<_>>().join(", "));
    let intents = format!(
        "insert into main.intents (account, {into}) select a.number, {from} from present.intents p \
         join present.accounts b on b.number = p.account join main.accounts a on a.id = b.id \
         where p.id not in (select id from main.intents) order by p.number"
    );
    let carried = sqlx::query(AssertSqlSafe(intents)).execute(&mut *transaction).await?.rows_affected();
    sqlx::query("insert or ignore into main.erased (digest) select digest from present.erased")
        .execute(&mut *transaction)
        .await?;
    sqlx::query(
        "insert or ignore into main.file_facts (name, value) \
         select name, value from present.file_facts where name = 'erasure_salt'",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(carried)
}

/// Holds every open intent back: with its key marked as spent the machine only looks for what it may
/// have made, again and again, and then asks a person; it never sends. A person can close one only
/// after a look of now, so what was looked up before the copy was made counts no more.
async fn hold_back(connection: &mut SqliteConnection, now: Timestamp) -> Result<u64> {
    let done = sqlx::query(
        "update intents set state = case state when 'needs_person' then state else 'unsettled' end, \
         doubtful = 1, key_spent = 1, empty_looks = 0, refused_in_doubt = 0, next_try_at = ?1, \
         updated_at = max(updated_at, ?1), problem_code = ?2, problem_detail = null \
         where state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
    )
    .bind(now.as_ms())
    .bind(RESTORED_PROBLEM)
    .execute(&mut *connection)
    .await?;
    Ok(done.rows_affected())
}

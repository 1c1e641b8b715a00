//! The list of migrations and how they are applied.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

use crate::connection::{self, ConnectionKey};
use crate::error::{MirrorError, Result};
use crate::files;

/// Version (its UTC time), description and SQL of each, oldest first.
const LIST: [(i64, &str, &str); 18] = [
    (20_261_121_040_000, "first tables", include_str!("../migrations/20261121040000_first_tables.sql")),
    (20_261_122_063_000, "hooks and inbox", include_str!("../migrations/20261122063000_hooks_and_inbox.sql")),
    (20_261_122_100_000, "events find", include_str!("../migrations/20261122100000_events_find.sql")),
    (20_261_122_110_000, "relay", include_str!("../migrations/20261122110000_relay.sql")),
    (20_261_122_140_000, "notifications", include_str!("../migrations/20261122140000_notifications.sql")),
    (20_261_122_143_000, "replay problem", include_str!("../migrations/20261122143000_replay_problem.sql")),
    (20_261_122_145_000, "inbox received", include_str!("../migrations/20261122145000_inbox_received.sql")),
    (20_261_122_150_000, "sources", include_str!("../migrations/20261122150000_sources.sql")),
    (20_261_122_160_000, "messages", include_str!("../migrations/20261122160000_messages.sql")),
    (20_261_122_174_000, "views of events", include_str!("../migrations/20261122174000_views_of_events.sql")),
    (20_261_122_190_000, "bulk mail", include_str!("../migrations/20261122190000_bulk_mail.sql")),
    (20_261_122_200_000, "messages find", include_str!("../migrations/20261122200000_messages_find.sql")),
    (20_261_122_213_000, "message wish", include_str!("../migrations/20261122213000_message_wish.sql")),
    (20_261_122_220_000, "sms", include_str!("../migrations/20261122220000_sms.sql")),
    (20_261_122_224_000, "repeated texts", include_str!("../migrations/20261122224000_repeated_texts.sql")),
    (20_261_122_230_000, "refund notices", include_str!("../migrations/20261122230000_refund_notices.sql")),
    (20_261_122_231_000, "message threads", include_str!("../migrations/20261122231000_message_threads.sql")),
    (20_261_122_232_000, "text templates", include_str!("../migrations/20261122232000_text_templates.sql")),
];

/// The schema number after all of them; kept in `pragma user_version`.
#[expect(clippy::cast_possible_wrap, reason = "the list is short, and `try_from` is not const")]
pub(crate) const SCHEMA_VERSION: i64 = LIST.len() as i64;

fn migrator(steps: usize) -> Migrator {
    let migrations = LIST
        .iter()
        .take(steps)
        .map(|(version, description, sql)| {
            let simple = MigrationType::Simple;
            Migration::new(*version, Cow::Borrowed(*description), simple, (*sql).into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}

/// Brings the file to the newest schema; what is applied already is left alone.
pub(crate) async fn apply(connection: &mut SqliteConnection) -> Result<()> {
    apply_first(connection, LIST.len()).await
}

/// Brings the file to the schema after so many steps, of which a program that has no more is the maker.
pub(crate) async fn apply_first(connection: &mut SqliteConnection, steps: usize) -> Result<()> {
    // `run` takes any `Acquire`, and the compiler then cannot prove that opening may happen on
    // another thread; this is what `run` itself calls.
    migrator(steps).run_direct(None, connection, false).await.map_err(|error| match error {
        // The number said that the file is not newer, so an unknown or changed step means that the
        // file was made by another line of the program.
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => {
            MirrorError::Migration { detail: format!("its step {version} is not the one known here") }
        }
        MigrateError::Execute(error) => MirrorError::from(error),
        MigrateError::ExecuteMigration(error, version) => {
            MirrorError::Migration { detail: format!("step {version}: {error}") }
        }
        other => MirrorError::Migration { detail: other.to_string() },
    })
}

/// Keeps a copy of an existing file before it is migrated, encrypted with the same key, and proves
/// that the copy opens. The copy takes its name only once it is whole.
pub(crate) async fn keep_copy(
    connection: &mut SqliteConnection,
    path: &Path,
    key: &ConnectionKey,
    version: i64,
) -> Result<PathBuf> {
    let failed = |error: MirrorError| match error {
        MirrorError::DiskFull => MirrorError::DiskFull,
        other => MirrorError::CopyFailed { detail: other.to_string() },
    };
    let unfinished = files::beside(path, ".copying");
    let kept = files::beside(path, &format!(".before-{}", version + 1));
    files::remove_if_there(&unfinished).map_err(failed)?;
    files::create_private(&unfinished).map_err(failed)?;
    let target = unfinished
        .to_str()
        .ok_or_else(|| MirrorError::CopyFailed { detail: "the path is not UTF-8".to_owned() })?;
    sqlx::query("vacuum into ?1")
        .bind(target)
        .execute(&mut *connection)
        .await
        .map_err(|error| failed(error.into()))?;
    let copied = connection::read_version(&unfinished, key).await.map_err(failed)?;
    if copied != version {
        return Err(MirrorError::CopyFailed { detail: "the copy does not read back".to_owned() });
    }
    files::put_in_place(&unfinished, &kept).map_err(failed)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_folder_and_each_sets_its_number() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        names.sort();
        let listed: Vec<String> = LIST
            .iter()
            .map(|(version, description, _)| format!("{version}_{}.sql", description.replace(' ', "_")))
            .collect();
        assert_eq!(names, listed);
        for (place, (_, _, sql)) in LIST.iter().enumerate() {
            assert!(sql.trim_end().ends_with(&format!("pragma user_version = {};", place + 1)));
        }
    }

    /// The copy is made before the first byte of a migration, so it is tried here by itself.
    #[tokio::test]
    async fn the_copy_before_a_migration_is_whole_and_as_closed_as_the_file() {
        for key in [Some(crate::Mirror::generate_key().unwrap()), None] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mirror-test.db");
            let environment = domain::Environment::Test;
            let options =
                crate::OpenOptions { path: path.clone(), environment, key: key.clone(), readers: 1 };
            let mirror = crate::Mirror::open(options.clone()).await.unwrap();
            let own = ConnectionKey::new(key.clone()).unwrap();
            let mut writer = mirror.writer().await.unwrap();
            // A copy that a kill left half made must not be in the way.
            std::fs::write(files::beside(&path, ".copying"), b"half").unwrap();
            let kept = keep_copy(writer.connection().unwrap(), &path, &own, SCHEMA_VERSION).await.unwrap();
            assert_eq!(kept, files::beside(&path, &format!(".before-{}", SCHEMA_VERSION + 1)));
            assert_eq!(files::mode_text(&kept).as_deref(), Some("0600"));
            let plain = std::fs::read(&kept).unwrap().starts_with(b"SQLite format 3");
            assert_eq!(plain, key.is_none());
            assert_eq!(connection::read_version(&kept, &own).await.unwrap(), SCHEMA_VERSION);
            if key.is_some() {
                let other = ConnectionKey::new(Some(crate::Mirror::generate_key().unwrap())).unwrap();
                assert!(connection::read_version(&kept, &other).await.is_err());
            }
            let elsewhere = tempfile::tempdir().unwrap();
            let restored = elsewhere.path().join("mirror-test.db");
            std::fs::copy(&kept, &restored).unwrap();
            crate::Mirror::open(crate::OpenOptions { path: restored, ..options }).await.unwrap();
        }
    }
}

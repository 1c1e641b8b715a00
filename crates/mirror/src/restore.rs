//! Putting an earlier copy in the place of the file.
//!
//! What the vendors know comes back by syncing; the journal of decisions does not. So whatever the
//! present file still knows of it is carried over, with the accounts as they are now and with who was
//! erased; and every intent that is open afterwards is one that may have been carried out since: it is
//! only looked for at the vendor, never sent again.

use std::path::{Path, PathBuf};

use domain::{Environment, Secret, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Sqlite, Transaction};

use crate::connection::{self, ConnectionKey};
use crate::error::{MirrorError, Result};
use crate::intents::JOURNAL_COLUMNS;
use crate::migrations::SCHEMA_VERSION;
use crate::{
    accounts, backup, book, bulk, bulk_rows, deliveries, files, hooks, mail_runs, messages, open,
    refund_notices, text_templates,
};

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
    let present = match files::look(&options.path) {
        Ok(files::Look::Absent) | Err(_) => false,
        Ok(_) => is_readable(options, key).await?,
    };
    let mut connection = connection::open_for_creation(unfinished, key).await?;
    let done = async {
        if version < SCHEMA_VERSION {
            crate::migrations::apply(&mut connection).await?;
        }
        void_approvals(&mut connection).await?;
        let carried = match present {
            true => Some(carry_over(&mut connection, options, key).await?),
            false => {
                deliveries::hold_back(&mut connection, options.now).await?;
                None
            }
        };
        let held = hold_back(&mut connection, options.now, RESTORED_PROBLEM).await?;
        // Wherever the copy was made: what was open in it is held back already.
        sqlx::query("delete from file_facts where name = 'device'").execute(&mut connection).await?;
        hold_back_bulk_runs(&mut connection).await?;
        mail_runs::hold_back(&mut connection).await?;
        Ok::<_, MirrorError>((carried, held))
    }
    .await;
    connection.close().await?;
    let (carried_intents, held_intents) = done?;
    let kept = if options.path.exists() { Some(keep_present(options)?) } else { None };
    // Of a file that could be read the log is moved in, and empty; that of another is kept beside.
    for ending in ["-wal", "-shm"] {
        files::remove_if_there(&files::beside(&options.path, ending))?;
    }
    files::put_in_place(unfinished, &options.path)?;
    Ok(Restored { kept, held_intents, carried_intents })
}

/// Whether the present file can be read, after what a kill left in its log was moved into it: nothing of
/// the journal may stay behind in a log that is taken away. One of an earlier version is brought to this one as opening
/// would, with a copy kept, since whoever restores first after an upgrade must not lose the journal either.
async fn is_readable(options: &RestoreOptions, key: &ConnectionKey) -> Result<bool> {
    match open::move_log(&options.path, key).await {
        Ok(()) => {}
        // What passes must not cost the journal; anything else is damage, which is why somebody restores.
        Err(error @ (MirrorError::Busy | MirrorError::DiskFull)) => return Err(error),
        Err(error) => {
            tracing::warn!(%error, "the present file cannot be read");
            return Ok(false);
        }
    }
    match backup::prove(&options.path, key, options.environment).await {
        Ok(version) if version < SCHEMA_VERSION => {
            open::bring_up(&options.path, key, options.environment).await?;
            Ok(true)
        }
        proved => Ok(matches!(proved, Ok(SCHEMA_VERSION))),
    }
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
    files::sync_folder_of(&kept)?;
    Ok(kept)
}

/// Takes accounts, their limits, approvals, intents, erasures and the book over that the present file has and the copy has not.
async fn carry_over(
    connection: &mut SqliteConnection,
    options: &RestoreOptions,
    key: &ConnectionKey,
) -> Result<u64> {
    connection::attach(connection, &options.path, key, "present").await?;
    let carried = carry(connection, options.environment).await;
    let detached = sqlx::query("detach database present").execute(&mut *connection).await;
    let carried = carried?;
    detached?;
    Ok(carried)
}

async fn carry(connection: &mut SqliteConnection, environment: Environment) -> Result<u64> {
    let mut transaction = connection.begin_with("begin immediate").await?;
    carry_accounts(&mut transaction).await?;
    carry_limits(&mut transaction).await?;
    carry_approvals(&mut transaction).await?;
    let carried = carry_intents(&mut transaction).await?;
    carry_bulk_runs(&mut transaction).await?;
    hooks::carry(&mut transaction).await?;
    deliveries::carry(&mut transaction).await?;
    messages::carry(&mut transaction).await?;
    refund_notices::carry(&mut transaction).await?;
    text_templates::carry(&mut transaction).await?;
    mail_runs::carry(&mut transaction).await?;
    carry_erasures(&mut transaction).await?;
    book::carry(&mut transaction, environment).await?;
    transaction.commit().await?;
    Ok(carried)
}

/// Brings accounts to where they are in the present file: what was renamed or removed since is so again,
/// and what was added since is there. Only figures by day are still of the zone that the copy counted in.
async fn carry_accounts(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let names: Vec<String> = sqlx::query_scalar(
        "select name from pragma_table_info('accounts') where name not in ('number', 'id', 'reporting_zone')",
    )
    .fetch_all(&mut **transaction)
    .await?;
    let columns = names.join(", ");
    // Labels may have changed hands, so all make room first.
    sqlx::query("update main.accounts set label = id where id in (select id from present.accounts)")
        .execute(&mut **transaction)
        .await?;
    // An account that only the copy knows, as after a file was lost and begun anew, gives way as well.
    sqlx::query(
        "update main.accounts set label = substr(label, 1, 40) || ' ' || substr(id, 1, 8) \
         where id not in (select id from present.accounts) \
         and label in (select label from present.accounts where removed_at is null)",
    )
    .execute(&mut **transaction)
    .await?;
    let known = format!(
        "update main.accounts set ({columns}) = (select {columns} from present.accounts p \
         where p.id = main.accounts.id) where id in (select id from present.accounts)"
    );
    let added = format!(
        "insert into main.accounts (id, reporting_zone, {columns}) select id, reporting_zone, {columns} \
         from present.accounts where id not in (select id from main.accounts) order by number"
    );
    for statement in [known, added] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    let removed: Vec<i64> =
        sqlx::query_scalar("select number from main.accounts where removed_at is not null")
            .fetch_all(&mut **transaction)
            .await?;
    for number in removed {
        accounts::forget_mirrored(transaction, number).await?;
    }
    Ok(())
}

/// Limits are as they are now: a copy from before they were set must not give back what they keep.
async fn carry_limits(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    for statement in [
        "delete from main.refund_limits where account in (select a.number from main.accounts a \
         where a.id in (select id from present.accounts))",
        "insert into main.refund_limits (account, currency, per_refund, per_day, per_person) \
         select a.number, l.currency, l.per_refund, l.per_day, l.per_person from present.refund_limits l \
         join present.accounts b on b.number = l.account join main.accounts a on a.id = b.id",
    ] {
        sqlx::query(statement).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// What was asked or approved in the copy may have been used since: unless the present file knows better, which is
/// carried over next, it is used no more.
async fn void_approvals(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query(
        "update approval_requests set state = 'void' where own = 1 and state in ('asked', 'approved')",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Requests are as the present file has them, but for what the copy knows to be used; and whoever is trusted now is,
/// and nobody else, since trust may have been taken away after the copy was made.
async fn carry_approvals(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    for statement in [
        "delete from main.approval_requests where state <> 'used' \
         and id in (select id from present.approval_requests)",
        "insert into main.approval_requests (id, own, state, account, payment_id, amount_minor, currency, reason, \
         run, digest, row_count, file, answer, approver, device, asked_after, created_at, expires_at, updated_at) \
         select q.id, q.own, q.state, (select a.number from present.accounts b join main.accounts a on a.id = b.id \
         where b.number = q.account), q.payment_id, q.amount_minor, q.currency, q.reason, q.run, q.digest, q.row_count, q.file, q.answer, \
         q.approver, q.device, q.asked_after, q.created_at, q.expires_at, q.updated_at \
         from present.approval_requests q \
         where q.id not in (select id from main.approval_requests) order by q.number",
        "delete from main.approvers",
        "insert into main.approvers (key, name, trusted_at, removed_at) \
         select key, name, trusted_at, removed_at from present.approvers order by number",
    ] {
        sqlx::query(statement).execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn carry_intents(transaction: &mut Transaction<'_, Sqlite>) -> Result<u64> {
    sqlx::query(
        "delete from main.intents where id in (select o.id from main.intents o \
         join present.intents p on p.id = o.id where p.updated_at > o.updated_at)",
    )
    .execute(&mut **transaction)
    .await?;
    let own = JOURNAL_COLUMNS.iter().filter(|name| **name != "account").copied().collect::<Vec<_>>();
    let (into, from) =
        (own.join(", "), own.iter().map(|name| format!("p.{name}")).collect::<Vec<_>>().join(", "));
    // An intent without its account would stop the restore here instead of being lost.
    let intents = format!(
        "insert into main.intents (account, {into}) select (select a.number from present.accounts b \
         join main.accounts a on a.id = b.id where b.number = p.account), {from} from present.intents p \
         where p.id not in (select id from main.intents) order by p.number"
    );
    Ok(sqlx::query(AssertSqlSafe(intents)).execute(&mut **transaction).await?.rows_affected())
}

/// Takes runs of refunds over as the present file has them; what only the copy knows is held back later.
async fn carry_bulk_runs(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    let columns = |names: &[&str]| {
        (names.join(", "), names.iter().map(|name| format!("p.{name}")).collect::<Vec<_>>().join(", "))
    };
    let (runs, runs_from) = columns(&bulk::RUN_COLUMNS);
    let (rows, rows_from) = columns(&bulk_rows::COLUMNS);
    for statement in [
        "delete from main.bulk_rows where run in (select number from main.bulk_runs \
         where id in (select id from present.bulk_runs))"
            .to_owned(),
        "delete from main.bulk_runs where id in (select id from present.bulk_runs)".to_owned(),
        format!(
            "insert into main.bulk_runs (account, {runs}) select (select a.number from present.accounts b \
             join main.accounts a on a.id = b.id where b.number = p.account), {runs_from} \
             from present.bulk_runs p order by p.number"
        ),
        format!(
            "insert into main.bulk_rows (run, {rows}) select (select m.number from main.bulk_runs m \
             join present.bulk_runs u on u.id = m.id where u.number = p.run), {rows_from} from present.bulk_rows p"
        ),
        "create temp table present_runs as select id from present.bulk_runs".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Takes back what runs that only the copy knows have not sent: it may have been sent since, by requests that
/// nothing here remembers. Of a file that comes from elsewhere that is so of every run.
pub(crate) async fn hold_back_bulk_runs(connection: &mut SqliteConnection) -> Result<()> {
    for statement in [
        "create temp table if not exists present_runs (id text)",
        "update main.bulk_rows set hold = 'refused', problem_code = 'restored_row', problem_detail = null \
         where run in (select number from main.bulk_runs where id not in (select id from present_runs) \
             and state in ('ready', 'running', 'paused')) \
         and (hold is null or hold in ('asks', 'approval')) and request_id not in (select request_id from main.intents)",
        "update main.bulk_runs set state = 'canceled', problem_code = null, problem_detail = null \
         where id not in (select id from present_runs) and state in ('ready', 'running', 'paused')",
        "drop table present_runs",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Who was erased stays erased. Hashes of a file of another line have a salt of their own, which is kept
/// beside the copy's.
async fn carry_erasures(transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
    for statement in [
        "insert or ignore into main.erased (digest) select digest from present.erased",
        "insert or ignore into main.file_facts (name, value) \
         select name, value from present.file_facts where name = 'erasure_salt'",
        "insert or ignore into main.file_facts (name, value) \
         select 'erasure_salt_' || substr(value, 1, 16), value from present.file_facts \
         where name glob 'erasure_salt*' and value not in (select value from main.file_facts)",
    ] {
        sqlx::query(statement).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Holds every open intent back: with its key marked as spent the machine only looks for what it may
/// have made, again and again, and then asks a person; it never sends. A person can close one only
/// after a look of now, so what was looked up before the copy was made counts no more.
pub(crate) async fn hold_back(
    connection: &mut SqliteConnection,
    now: Timestamp,
    problem: &str,
) -> Result<u64> {
    let done = sqlx::query(
        "update intents set state = case state when 'needs_person' then state else 'unsettled' end, \
         doubtful = 1, key_spent = 1, empty_looks = 0, empty_since = null, refused_in_doubt = 0, next_try_at = ?1, \
         updated_at = max(updated_at, ?1), problem_code = ?2, problem_detail = null \
         where state in ('waiting', 'prepared', 'sent', 'unsettled', 'needs_person')",
    )
    .bind(now.as_ms())
    .bind(problem)
    .execute(&mut *connection)
    .await?;
    messages::hold_back(connection, now, problem).await?;
    refund_notices::hold_back(connection, now, problem).await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;
    use crate::{Mirror, OpenOptions};

    /// A file as the version before the newest step made it, with one approver who is trusted.
    async fn earlier_file(path: &Path, key: &ConnectionKey, steps: usize) {
        files::create_private(path).unwrap();
        let mut connection = connection::open_for_creation(path, key).await.unwrap();
        migrations::apply_first(&mut connection, steps).await.unwrap();
        for statement in [
            "insert into file_facts (name, value) values ('environment', 'test')",
            "insert into approvers (key, name, trusted_at) values ('k1', 'Grace', 1)",
        ] {
            sqlx::query(statement).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_restore_right_after_an_upgrade_carries_over_what_a_file_of_an_earlier_version_knows() {
        let latest = usize::try_from(SCHEMA_VERSION).unwrap();
        for steps in 1..latest {
            let folder = tempfile::tempdir().unwrap();
            let options = RestoreOptions {
                from: folder.path().join("copy.db"),
                path: folder.path().join("mirror-test.db"),
                environment: Environment::Test,
                key: Some(Mirror::generate_key().unwrap()),
                now: Timestamp::from_seconds(9),
            };
            let key = ConnectionKey::new(options.key.clone()).unwrap();
            earlier_file(&options.path, &key, steps).await;
            std::fs::copy(&options.path, &options.from).unwrap();
            let mut present = connection::open_for_creation(&options.path, &key).await.unwrap();
            let later = "insert into approvers (key, name, trusted_at) values ('k2', 'Ada', 2)";
            sqlx::query(later).execute(&mut present).await.unwrap();
            present.close().await.unwrap();

            let done = restore(&options).await.unwrap();
            assert_eq!(done.carried_intents, Some(0), "step {steps}: the present file was read");
            let kept = files::beside(&options.path, &format!(".before-{}", steps + 1));
            assert!(kept.exists(), "step {steps}: as it was it is kept");
            let path = options.path.clone();
            let open = OpenOptions { path, environment: options.environment, key: options.key, readers: 1 };
            let mirror = Mirror::open(open).await.unwrap();
            let mut names: Vec<String> =
                sqlx::query_scalar("select name from approvers").fetch_all(mirror.readers()).await.unwrap();
            names.sort();
            assert_eq!(names, ["Ada", "Grace"], "step {steps}");
        }
    }
}

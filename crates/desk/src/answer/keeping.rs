//! Keeping a mirror: looking it over, copies, their return, other keys, and the rights of a person.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use contract::endpoint::Tag;
use contract::home::CheckView;
use contract::keeping::{
    BackupMirror, BackupView, CustomerCopyView, EraseCustomer, ErasedKind, ErasedView, ExportCustomer,
    MirrorFileView, RekeyMirror, RekeyedView, RestoreMirror, RestoredView,
};
use contract::{ErrorBody, ErrorCode};
use domain::{Environment, Secret};
use mirror::{AccountRow, Mirror, MirrorError, NewLine, Person, RestoreOptions};
use serde_json::{Value as Json, json};
use vault::{EntryName, VaultKind};

use super::evidence::write_private;
use super::scope::Resolved;
use super::{proof, sync};
use crate::desk::OpenMirror;
use crate::errors::{self, of_mirror};

/// How long a refund that is under way is waited for before the mirror is closed under it.
const DRIVING_LIMIT: Duration = Duration::from_secs(30);

/// Answers `check_mirror_file`.
pub(crate) async fn check(scope: &Resolved) -> Result<MirrorFileView, ErrorBody> {
    let open = scope.open_mirror().await?;
    let checks: Vec<CheckView> = open
        .mirror
        .health()
        .await
        .map_err(|error| of_mirror(&error))?
        .into_iter()
        .map(|check| CheckView { passed: check.passed(), check: check.name, found: check.found })
        .collect();
    Ok(MirrorFileView { whole: checks.iter().all(|check| check.passed), checks })
}

/// Answers `backup_mirror`.
pub(crate) async fn backup(scope: &Resolved, request: BackupMirror) -> Result<BackupView, ErrorBody> {
    let _alone = scope.desk.keeping.lock().await;
    let environment = scope.environment().await?;
    let open = scope.open_mirror().await?;
    let to = match request.to {
        Some(path) => whole_path(&path)?,
        None => scope.backups()?.join(format!(
            "mirror-{environment}-{}.db",
            scope.clock.now().to_datetime().format("%Y%m%dT%H%M%S%3fZ")
        )),
    };
    let key = scope.existing_mirror_key(environment).await?;
    let made = open.mirror.backup(&to, key.as_ref()).await.map_err(|error| of_mirror(&error))?;
    let path = made.path.display().to_string();
    note(scope, &open, "mirror_backed_up", (json!({ "bytes": made.bytes }), json!({ "path": path }))).await?;
    Ok(BackupView { path, bytes: made.bytes, encrypted: made.encrypted })
}

/// Answers `restore_mirror`.
pub(crate) async fn restore(scope: &Resolved, request: RestoreMirror) -> Result<RestoredView, ErrorBody> {
    let _alone = scope.desk.keeping.lock().await;
    let from = whole_path(&request.from)?;
    let environment = scope.environment().await?;
    let path = scope.home().mirror_file(environment);
    if from.canonicalize().is_ok_and(|from| path.canonicalize().is_ok_and(|path| path == from)) {
        return Err(errors::bad_request("the copy is the mirror itself"));
    }
    let before = scope.kept_book_head(environment).await?;
    let key = scope.existing_mirror_key(environment).await?;
    let now = scope.clock.now();
    let options = RestoreOptions { from: from.clone(), path, environment, key, now };
    let restored = {
        let mut mirrors = scope.desk.mirrors().await;
        close(scope, &mut mirrors, environment, DRIVING_LIMIT).await?;
        mirror::restore(&options).await.map_err(|error| of_copy(&error, &from))?
    };
    let open = scope.open_mirror().await?;
    let erased_again = open.mirror.erase_again(now).await.map_err(|error| of_mirror(&error))?;
    let facts = json!({
        "before": { "lines": before.map(|head| head.count), "head": before.map(mirror::Head::to_text) },
        "held_intents": restored.held_intents,
        "carried_intents": restored.carried_intents,
        "erased_again": erased_again,
    });
    note(scope, &open, "mirror_restored", (facts, json!({ "path": from.display().to_string() }))).await?;
    // The line says what was kept before, so that a book which became shorter is on record.
    scope.keep_book_head(environment, &open.mirror, true).await?;
    Ok(RestoredView {
        kept: restored.kept.map(|path| path.display().to_string()),
        held_intents: restored.held_intents,
        carried_intents: restored.carried_intents,
        erased_again,
    })
}

/// What is wrong with a copy is not wrong with the mirror, so it is said of the copy.
fn of_copy(error: &MirrorError, from: &Path) -> ErrorBody {
    match error {
        MirrorError::WrongKey
        | MirrorError::KeyMissing
        | MirrorError::PlainFile
        | MirrorError::NewerFile { .. }
        | MirrorError::NotADatabase
        | MirrorError::EmptyFile
        | MirrorError::LeftoverLog
        | MirrorError::Corrupt { .. }
        | MirrorError::WrongEnvironment { .. } => {
            ErrorBody::new(ErrorCode::CopyUnusable).with("path", from.display()).with("why", error)
        }
        other => of_mirror(other),
    }
}

/// Closes a mirror that this Desk has open, once nothing is under way on it. Where something is for
/// longer than the limit, the mirror stays open and everything goes on with it: a second one of the
/// same file could not be opened beside it.
async fn close(
    scope: &Resolved,
    mirrors: &mut HashMap<Environment, OpenMirror>,
    environment: Environment,
    limit: Duration,
) -> Result<(), ErrorBody> {
    let Some(open) = mirrors.get(&environment).cloned() else { return Ok(()) };
    let rows = open.mirror.accounts().list().await.unwrap_or_default();
    for row in &rows {
        super::bulk_sending::stop_and_wait(scope, row.id).await;
        proof::stop_and_wait(scope, row.id).await;
        sync::stop_and_wait(scope, row.id).await;
    }
    for lock in scope.desk.drivers() {
        if tokio::time::timeout(limit, lock.lock()).await.is_err() {
            return Err(ErrorBody::new(ErrorCode::MirrorInUse));
        }
    }
    for row in &rows {
        // Its client writes its calls into the mirror that is closed now.
        scope.desk.forget_account(row.id);
    }
    // From here on nobody could use it any more, whatever closing it brings.
    mirrors.remove(&environment);
    open.mirror.close().await.map_err(|error| of_mirror(&error))
}

/// Answers `rekey_mirror`.
pub(crate) async fn rekey(scope: &Resolved, request: RekeyMirror) -> Result<RekeyedView, ErrorBody> {
    let _alone = scope.desk.keeping.lock().await;
    let environment = scope.environment().await?;
    let given = request.new_key.map(|key| key.0);
    let caller_keeps_key = scope.vault_kind() == VaultKind::Environment;
    let environments = if caller_keeps_key {
        // One variable holds the key of every mirror of the home, so all of them change.
        let new = given.ok_or_else(|| ErrorBody::new(ErrorCode::NewKeyNeeded))?;
        let existing = Environment::ALL.into_iter().filter(|one| scope.home().mirror_file(*one).exists());
        let mut done = Vec::new();
        for environment in existing {
            rekey_one(scope, environment, &new).await?;
            done.push(environment);
        }
        done
    } else {
        let new = match given {
            Some(new) => new,
            None => Mirror::generate_key().map_err(|error| of_mirror(&error))?,
        };
        rekey_one(scope, environment, &new).await?;
        vec![environment]
    };
    for environment in &environments {
        if let Some(open) = scope.existing_mirror(*environment).await? {
            note(scope, &open, "mirror_rekeyed", (json!({}), json!({}))).await?;
        }
    }
    Ok(RekeyedView { environments, caller_keeps_key })
}

/// Another key for one file. Killed at any moment it opens with the old key, which the vault still has,
/// or with the new one, which it has already: opening tries both (`Desk::mirror_key`).
async fn rekey_one(scope: &Resolved, environment: Environment, new: &Secret) -> Result<(), ErrorBody> {
    let path = scope.home().mirror_file(environment);
    let old = scope.existing_mirror_key(environment).await?;
    let old = old.ok_or_else(|| ErrorBody::new(ErrorCode::MirrorPlain))?;
    // A second call after one that was killed finds files that have the new key already; what is no key
    // at all is refused here.
    let done = mirror::opens(&path, new).await.map_err(|error| of_mirror(&error))?;
    let vault = scope.vault().await?;
    let keeps = vault.kind() != VaultKind::Environment;
    if keeps {
        scope.vault_result(vault.set(&EntryName::NextMirrorKey(environment), new).await)?;
    }
    {
        let mut mirrors = scope.desk.mirrors().await;
        close(scope, &mut mirrors, environment, DRIVING_LIMIT).await?;
        if !done {
            mirror::rekey(&path, environment, &old, new).await.map_err(|error| of_mirror(&error))?;
        }
    }
    if keeps {
        scope.vault_result(vault.set(&EntryName::MirrorKey(environment), new).await)?;
        scope.vault_result(vault.delete(&EntryName::NextMirrorKey(environment)).await)?;
    } else {
        scope.desk.remember_key(environment, new.clone());
    }
    Ok(())
}

/// Answers `erase_customer`.
pub(crate) async fn erase(scope: &Resolved, request: EraseCustomer) -> Result<ErasedView, ErrorBody> {
    let id = request.id.trim();
    if request.confirm.trim() != id {
        return Err(ErrorBody::new(ErrorCode::NotConfirmed).with("wanted", id));
    }
    let (open, holders) = holders(scope, id, request.account.as_deref()).await?;
    // What was read before has less to be looked at again after; and both use the writer for long.
    let mut were_running = Vec::new();
    for row in &holders.rows {
        super::proof::stop_and_wait(scope, row.id).await;
        if sync::stop_and_wait(scope, row.id).await {
            were_running.push(row);
        }
    }
    let now = scope.clock.now();
    let erased = match holders.of_customer() {
        Some(row) => open.mirror.erase_person(row.id, id, now).await,
        None => open.mirror.erase_address(id, now).await,
    };
    for row in were_running {
        sync::begin(&scope.desk, &open, row, false);
    }
    let erased = erased.map_err(|error| of_mirror(&error))?;
    let kinds = erased.records.into_iter();
    Ok(ErasedView {
        id: id.to_owned(),
        account: holders.of_customer().map(|row| row.label.to_string()),
        records: kinds.map(|(kind, records)| ErasedKind { kind: kind.to_string(), records }).collect(),
        intents: erased.intents,
        messages: erased.messages,
        copies: copies(scope, scope.environment().await?)?,
    })
}

/// Files of the home that hold the environment's mirror as it was before.
fn copies(scope: &Resolved, environment: Environment) -> Result<Vec<String>, ErrorBody> {
    let mirror = format!("mirror-{environment}");
    let mut found = Vec::new();
    for folder in [scope.home().root().to_owned(), scope.backups()?] {
        let listed = std::fs::read_dir(&folder).map_err(|error| of_mirror(&error.into()))?;
        for entry in listed.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_copy = name.contains(".before-") || folder.ends_with("backups");
            if name.starts_with(&mirror) && is_copy {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Answers `export_customer`.
pub(crate) async fn export(scope: &Resolved, request: ExportCustomer) -> Result<CustomerCopyView, ErrorBody> {
    let id = request.id.trim();
    let (open, holders) = holders(scope, id, request.account.as_deref()).await?;
    let copy = match holders.of_customer() {
        Some(row) => open.mirror.copy_person(row.id, id).await,
        None => open.mirror.copy_address(id).await,
    };
    let copy = copy.map_err(|error| of_mirror(&error))?;
    let mut view = CustomerCopyView {
        id: id.to_owned(),
        account: holders.of_customer().map(|row| row.label.to_string()),
        records: copy.records,
        intents: copy.intents,
        path: None,
        document: None,
    };
    match request.to {
        Some(path) => {
            let path = whole_path(&path)?;
            let written = write_private(&path, copy.document.as_bytes());
            written.map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    ErrorBody::new(ErrorCode::FileExists).with("path", path.display())
                }
                _ => of_mirror(&error.into()),
            })?;
            view.path = Some(path.display().to_string());
        }
        None => view.document = Some(copy.document),
    }
    let row = holders.of_customer();
    let line = NewLine {
        account: row.map(|row| row.id),
        facts: json!({ "records": view.records, "intents": view.intents }),
        personal: view.path.as_ref().map_or_else(|| json!({}), |path| json!({ "path": path })),
        person: row.map(|_| Person::Customer(id.to_owned())),
        // An address is of a person, and no subject of a line is.
        ..NewLine::new(scope.clock.now(), "customer_copied", row.map_or("", |_| id))
    };
    open.mirror.book().append(&line).await.map_err(|error| of_mirror(&error))?;
    Ok(view)
}

/// Which accounts hold something of a person.
struct Holders {
    rows: Vec<AccountRow>,
    is_address: bool,
}

impl Holders {
    /// The one account of a customer; none for an address, of which any may hold something.
    fn of_customer(&self) -> Option<&AccountRow> {
        self.rows.first().filter(|_| !self.is_address)
    }
}

/// The accounts that hold something of whom an id of a customer, or an address, names.
async fn holders(
    scope: &Resolved,
    id: &str,
    label: Option<&str>,
) -> Result<(OpenMirror, Holders), ErrorBody> {
    // No id of a vendor's has an `@` in it.
    if id.contains('@') {
        let open = scope.open_mirror().await?;
        let rows = open.mirror.accounts().list().await.map_err(|error| of_mirror(&error))?;
        return Ok((open, Holders { rows, is_address: true }));
    }
    let (open, row) = holder(scope, id, label).await?;
    Ok((open, Holders { rows: vec![row], is_address: false }))
}

/// The one account that holds something of the customer.
async fn holder(
    scope: &Resolved,
    id: &str,
    label: Option<&str>,
) -> Result<(OpenMirror, AccountRow), ErrorBody> {
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", id);
    let (open, rows) = scope.some_accounts(label).await?;
    let of_mirror = |error: MirrorError| of_mirror(&error);
    let known = open.mirror.customers().by_vendor_id_any_account(id).await.map_err(of_mirror)?;
    let accounts: BTreeSet<String> = known.iter().map(|one| one.account_id.to_string()).collect();
    let mut holders: Vec<AccountRow> =
        rows.iter().filter(|row| accounts.contains(&row.id.to_string())).cloned().collect();
    if holders.is_empty() && rows.len() == 1 {
        // Payments may name a customer whom the vendor does not list any more.
        holders = rows;
    }
    match (holders.len(), holders.pop()) {
        (1, Some(row)) => Ok((open, row)),
        (0, _) => Err(unknown()),
        (count, _) => Err(ErrorBody::new(ErrorCode::AmbiguousId).with("id", id).with("accounts", count)),
    }
}

/// A path that means the same in every process: shells run in folders of their own.
fn whole_path(path: &str) -> Result<PathBuf, ErrorBody> {
    let path = PathBuf::from(path);
    if path.is_absolute() { Ok(path) } else { Err(errors::bad_request("the whole path is needed")) }
}

/// Writes a line about what was done to the file, with what stays and what tells of a person.
async fn note(
    scope: &Resolved,
    open: &OpenMirror,
    action: &str,
    (facts, personal): (Json, Json),
) -> Result<(), ErrorBody> {
    let at = scope.clock.now();
    let line = NewLine { facts, personal, ..NewLine::new(at, action, "") };
    open.mirror.book().append(&line).await.map_err(|error| of_mirror(&error))?;
    scope.book_heads.want();
    Ok(())
}

/// What every write of this Desk depends on, tried again where it failed before.
pub(crate) async fn try_blocked(desk: &crate::desk::Desk) {
    for environment in desk.blocked_environments() {
        let Ok(Some(open)) = desk.existing_mirror(environment).await else { continue };
        if open.mirror.try_write().await.is_ok() {
            desk.unblock(environment);
            desk.look_ups.write_waiting().await;
            desk.say_changed(environment, &[Tag::Home, Tag::Sync]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use contract::shared::Shell;
    use contract::{ErrorCode, Scope};
    use domain::{Environment, IntentId, Secret};
    use tokio::sync::broadcast;

    use super::close;
    use crate::answer::scope::Resolved;
    use crate::connection::DeskOptions;
    use crate::desk::Desk;
    use crate::home::Home;

    #[tokio::test]
    async fn a_mirror_that_could_not_be_closed_in_time_stays_open_and_closes_later() {
        let folder = tempfile::tempdir().unwrap();
        let options = DeskOptions {
            home: folder.path().join("home"),
            shell: Shell::Command,
            passphrase: Some(Secret::new("correct horse battery staple")),
            background: false,
            vault: Some("passphrase".to_owned()),
        };
        let home = Home::open(&options.home).unwrap();
        let desk = Desk::open(home, &options, broadcast::channel(8).0, Arc::new(operations::SystemClock))
            .await
            .unwrap();
        let environment = Environment::Sandbox;
        let asked = Scope { environment: Some(environment), shell: Shell::Command };
        let scope = Resolved::of(Arc::clone(&desk), asked);
        desk.mirror(environment).await.unwrap();
        let driver = desk.intent_lock(IntentId::generate());
        let busy = driver.lock().await;
        let refused = close(&scope, &mut *desk.mirrors().await, environment, Duration::ZERO).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::MirrorInUse);
        let open = scope.open_mirror().await.unwrap();
        assert!(open.mirror.accounts().list().await.unwrap().is_empty(), "it answers as before");
        drop(open);
        drop(busy);
        close(&scope, &mut *desk.mirrors().await, environment, Duration::ZERO).await.unwrap();
        let again = scope.open_mirror().await.unwrap();
        assert!(again.mirror.accounts().list().await.unwrap().is_empty());
        drop(again);
        desk.close().await;
    }
}

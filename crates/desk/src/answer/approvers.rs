//! The person's own key, and whose approvals count here.

use approval::{PersonKey, PublicKey, Signer};
use contract::approvals::{
    ApproverView, DistrustApprover, ListApprovers, MyKey, ShowMyKey, SignerView, TrustApprover,
};
use contract::{ErrorBody, ErrorCode, Page};
use domain::Environment;
use mirror::{Approver, Mirror, MirrorError, NewLine};
use serde_json::json;
use vault::EntryName;

use super::airlock;
use super::evidence::write_private;
use super::exports::absolute;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// The longest name of a person.
const NAME_MAX: usize = 80;
/// A longer file holds no key.
const KEY_FILE_MAX: u64 = 4_096;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// The environment that is meant. A colleague who only approves has no account that would tell.
pub(super) async fn environment(scope: &Resolved) -> Result<Environment, ErrorBody> {
    match scope.environment().await {
        Err(error) if error.code == ErrorCode::NoAccount => Err(errors::bad_request(
            "no account is connected here that would tell the environment; name it with --environment",
        )),
        other => other,
    }
}

/// The person's key, where there is one.
pub(super) async fn existing_key(scope: &Resolved) -> Result<Option<PersonKey>, ErrorBody> {
    let vault = scope.vault().await?;
    let kept = scope.vault_result(vault.get(&EntryName::SigningKey).await)?;
    let read = |text: domain::Secret| {
        PersonKey::from_secret(&text).map_err(|_| {
            ErrorBody::new(ErrorCode::VaultEntryLost).with("entry", "a signing key that can be read")
        })
    };
    kept.map(read).transpose()
}

/// The person's key, made at its first need.
pub(super) async fn key(scope: &Resolved) -> Result<PersonKey, ErrorBody> {
    let _alone = scope.making_key.lock().await;
    if let Some(key) = existing_key(scope).await? {
        return Ok(key);
    }
    let key = PersonKey::generate().map_err(errors::defect)?;
    let vault = scope.vault().await?;
    scope.vault_result(vault.set(&EntryName::SigningKey, &key.to_secret()).await)?;
    for environment in Environment::ALL {
        // The key is one for the home, so each book tells of it.
        if let Some(open) = scope.existing_mirror(environment).await? {
            let facts = json!({ "key": key.public().to_string() });
            let line = NewLine {
                facts,
                ..NewLine::new(scope.clock.now(), "approver_key_made", key.public().fingerprint())
            };
            open.mirror.book().append(&line).await.map_err(of_mirror)?;
        }
    }
    Ok(key)
}

/// The person, as they sign.
pub(super) async fn signer(scope: &Resolved, key: &PersonKey) -> Signer {
    let who = super::book::who(scope).await;
    Signer { key: key.public(), name: who.name, system_user: who.system_user }
}

/// Answers `show_my_key`.
pub(crate) async fn show_mine(scope: &Resolved, request: ShowMyKey) -> Result<MyKey, ErrorBody> {
    let path = request.to.as_deref().map(absolute).transpose()?;
    let me = signer(scope, &key(scope).await?).await;
    if let Some(path) = &path {
        write_private(path, format!("{}\n", me.key).as_bytes())
            .map_err(|error| super::book::of_file(&error, path))?;
    }
    Ok(MyKey {
        key: me.key.to_string(),
        fingerprint: me.key.fingerprint(),
        name: me.name,
        system_user: me.system_user,
        path: path.map(|path| path.display().to_string()),
    })
}

/// Whoever signed something, as far as they are known here.
pub(super) async fn signer_view(
    mirror: Option<&Mirror>,
    me: Option<PublicKey>,
    signer: &Signer,
) -> Result<SignerView, ErrorBody> {
    let known = match mirror {
        Some(mirror) => mirror.approvers().by_key(&signer.key.to_string()).await.map_err(of_mirror)?,
        None => None,
    };
    let trusted = known.as_ref().is_some_and(|known| known.removed_at.is_none());
    let stated = Some(signer.name.clone()).filter(|name| !name.is_empty());
    Ok(SignerView {
        name: known.map(|known| known.name).or(stated).unwrap_or_else(|| signer.system_user.clone()),
        system_user: signer.system_user.clone(),
        fingerprint: signer.key.fingerprint(),
        me: me == Some(signer.key),
        trusted,
    })
}

/// The mirror in which somebody is trusted. Whoever is not is refused, with what a person needs to find out who
/// it is.
pub(super) async fn check_trusted(
    open: Option<OpenMirror>,
    signer: &Signer,
) -> Result<OpenMirror, ErrorBody> {
    let known = signer_view(open.as_ref().map(|open| &open.mirror), None, signer).await?;
    match open {
        Some(open) if known.trusted => Ok(open),
        _ => Err(ErrorBody::new(ErrorCode::ApprovalUnknownPerson)
            .with("fingerprint", known.fingerprint)
            .with("name", known.name)),
    }
}

fn view(one: Approver) -> ApproverView {
    let fingerprint = one.key.parse().map_or_else(|_| String::new(), |key: PublicKey| key.fingerprint());
    ApproverView {
        name: one.name,
        key: one.key,
        fingerprint,
        trusted: one.trusted_at,
        removed: one.removed_at,
    }
}

/// Answers `list_approvers`.
pub(crate) async fn list(scope: &Resolved, _: ListApprovers) -> Result<Page<ApproverView>, ErrorBody> {
    let items: Vec<ApproverView> = match scope.existing_mirror(environment(scope).await?).await? {
        Some(open) => {
            open.mirror.approvers().list().await.map_err(of_mirror)?.into_iter().map(view).collect()
        }
        None => Vec::new(),
    };
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Answers `trust_approver`.
pub(crate) async fn trust(scope: &Resolved, request: TrustApprover) -> Result<ApproverView, ErrorBody> {
    let name = request.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(errors::bad_request(format_args!("a name has 1 to {NAME_MAX} plain characters")));
    }
    let key = read_key(&request.key)?;
    if existing_key(scope).await?.is_some_and(|mine| mine.public() == key) {
        return Err(ErrorBody::new(ErrorCode::ApprovalOwn));
    }
    let environment = environment(scope).await?;
    let open = scope.mirror(environment).await?;
    let approvers = open.mirror.approvers();
    let others = approvers.list().await.map_err(of_mirror)?;
    let is_taken = |one: &Approver| {
        one.removed_at.is_none()
            && one.name.to_lowercase() == name.to_lowercase()
            && one.key != key.to_string()
    };
    if others.iter().any(is_taken) {
        return Err(errors::bad_request(format_args!("somebody else is trusted as {name} already")));
    }
    let checked_by = airlock::check_person(scope, &open, request.passphrase.map(|text| text.0)).await?;
    let (text, fingerprint) = (key.to_string(), key.fingerprint());
    let now = scope.clock.now();
    approvers.trust((&text, &fingerprint), name, checked_by, now).await.map_err(of_mirror)?;
    scope.book_heads.want();
    shown(&open, &text).await
}

async fn shown(open: &OpenMirror, key: &str) -> Result<ApproverView, ErrorBody> {
    let found = open.mirror.approvers().by_key(key).await.map_err(of_mirror)?;
    found.map(view).ok_or_else(|| unknown(key))
}

fn unknown(given: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::UnknownApprover).with("given", short(given))
}

fn short(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(80).collect()
}

/// A key as text, or the one in a file.
fn read_key(given: &str) -> Result<PublicKey, ErrorBody> {
    let given = given.trim();
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let bad = || ErrorBody::new(ErrorCode::BadApproverKey).with("given", short(given));
    let path = absolute(given).map_err(|_| bad())?;
    let about = std::fs::metadata(&path).map_err(|_| bad())?;
    if !about.is_file() || about.len() > KEY_FILE_MAX {
        return Err(bad());
    }
    let text = std::fs::read_to_string(&path).map_err(|_| bad())?;
    text.trim().parse().map_err(|_| bad())
}

/// Answers `distrust_approver`. It takes no check of the person: to trust less is no danger.
pub(crate) async fn distrust(scope: &Resolved, request: DistrustApprover) -> Result<ApproverView, ErrorBody> {
    let given = request.who.trim().to_lowercase();
    let missing = || unknown(&request.who);
    let open = scope.existing_mirror(environment(scope).await?).await?.ok_or_else(missing)?;
    let people = open.mirror.approvers().list().await.map_err(of_mirror)?;
    let is_meant = |one: &ApproverView| {
        one.removed.is_none()
            && (one.key == given || one.fingerprint == given || one.name.to_lowercase() == given)
    };
    let found = people.into_iter().map(view).find(is_meant).ok_or_else(missing)?;
    let now = scope.clock.now();
    open.mirror.approvers().distrust(&found.key, &found.fingerprint, now).await.map_err(of_mirror)?;
    scope.book_heads.want();
    shown(&open, &found.key).await
}

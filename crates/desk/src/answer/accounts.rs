//! Connecting, checking, renaming and removing accounts.

use std::path::Path;

use contract::accounts::{
    AccountView, CheckAccount, ConnectAccount, Connected, ImportedVariable, KeySource, RemoveAccount,
    RenameAccount, RightView, SetReportingZone,
};
use contract::{Empty, ErrorBody, ErrorCode, Page, SecretText};
use domain::{AccountId, Capability, Environment, Label, Secret, Timestamp};
use mirror::{AccountFacts, AccountRow, KeyReference, Mirror};
use operations::connect::{self, Learned, Plan, PlanError};
use vault::{EntryName, VaultKind};

use super::dotenv::{self, Dotenv, Fate};
use super::scope::Resolved;
use crate::clients::BUILT_IN;
use crate::desk::OpenMirror;
use crate::errors;
use crate::listening::{earlier_names, previous_secret, secret_name};

/// Label of the built-in sandbox.
const SANDBOX_LABEL: &str = "sandbox";

fn mirror_error(error: mirror::MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `list_accounts`.
pub(crate) async fn list(scope: &Resolved) -> Result<Page<AccountView>, ErrorBody> {
    let environments = match scope.scope.environment {
        Some(environment) => vec![environment],
        None => Environment::ALL.to_vec(),
    };
    let mut items = Vec::new();
    for environment in environments {
        let Some(open) = scope.existing_mirror(environment).await? else { continue };
        for row in open.mirror.accounts().list().await.map_err(mirror_error)? {
            items.push(view(&open.mirror, &row).await?);
        }
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

pub(super) async fn view(mirror: &Mirror, row: &AccountRow) -> Result<AccountView, ErrorBody> {
    Ok(AccountView {
        id: row.id,
        label: row.label.to_string(),
        vendor: row.vendor,
        capability: row.vendor.capability().as_str().to_owned(),
        environment: row.environment,
        vendor_account_id: row.vendor_account_id.clone(),
        vendor_name: row.vendor_name.clone(),
        built_in: row.base_url == BUILT_IN,
        base_url: row.base_url.clone(),
        key_location: location(&row.key_reference),
        write_key_location: row.write_key_reference.as_ref().map(location),
        reporting_zone: mirror.accounts().reporting_zone(row.id).map_err(mirror_error)?,
        limits: super::limits::of(mirror, row.id).await?,
        rights: serde_json::from_str(&row.rights_json).unwrap_or_default(),
        created_at: row.created_at,
        as_of: as_of(mirror, row.id).await?,
    })
}

fn location(reference: &KeyReference) -> String {
    match reference {
        KeyReference::Vault => "vault".to_owned(),
        KeyReference::Variable(name) => format!("variable {name}"),
    }
}

/// As of when every list of an account is complete; none while one still loads.
pub(crate) async fn as_of(mirror: &Mirror, account: AccountId) -> Result<Option<Timestamp>, ErrorBody> {
    let slices = mirror.sync_slices().list(Some(account)).await.map_err(mirror_error)?;
    let offered: Vec<_> =
        slices.iter().filter(|slice| slice.state != mirror::SliceState::NotOffered).collect();
    if slices.len() < domain::Kind::ALL.len() || offered.is_empty() {
        return Ok(None);
    }
    let moments: Option<Vec<Timestamp>> = offered.iter().map(|slice| slice.as_of).collect();
    Ok(moments.and_then(|moments| moments.into_iter().min()))
}

/// Where the key of a new account comes from, and what else came with it.
pub(super) struct Given {
    pub(super) key: Secret,
    pub(super) reference: KeyReference,
    dotenv: Option<Dotenv>,
}

/// Answers `connect_account`.
pub(crate) async fn connect(scope: &Resolved, request: ConnectAccount) -> Result<Connected, ErrorBody> {
    let label = read_label(&request.label)?;
    refuse_taken(scope, &label).await?;
    let given = given(scope, request.key).await?;
    let plan = connect::plan(&given.key, request.base_url.as_deref())
        .map_err(|error| plan_error(&error, request.base_url.as_deref()))?;
    check_window(scope, &plan)?;
    let id = AccountId::generate();
    let open = scope.mirror(plan.environment).await?;
    let client = scope.make_client(id, plan.base_url.as_str(), given.key.clone(), &open)?;
    let learned =
        connect::learn(&client).await.map_err(|error| errors::of_operation(&error, label.as_str()))?;
    let base_url = plan.base_url.as_str().trim_end_matches('/').to_owned();
    let row = new_row(scope, id, label, plan.environment, base_url, given.reference.clone(), &learned);
    keep(scope, &open, &row, &given).await?;
    let imported = match given.dotenv {
        Some(file) => import_rest(scope, &row, file).await?,
        None => Vec::new(),
    };
    remember_environment(scope, plan.environment).await?;
    Ok(Connected { account: view(&open.mirror, &row).await?, imported })
}

pub(super) fn read_label(text: &str) -> Result<Label, ErrorBody> {
    text.parse().map_err(|error| {
        let given: String = text.chars().filter(|one| !one.is_control()).take(70).collect();
        ErrorBody::new(ErrorCode::BadLabel)
            .with("given", format!("\u{201c}{given}\u{201d}"))
            .with("why", error)
    })
}

/// Labels are unique in the whole home, over all environments, of accounts and sources alike.
pub(super) async fn refuse_taken(scope: &Resolved, label: &Label) -> Result<(), ErrorBody> {
    match scope.origins_called(label.as_str()).await?.is_empty() {
        true => Ok(()),
        false => Err(ErrorBody::new(ErrorCode::LabelTaken).with("label", label)),
    }
}

pub(super) async fn given(scope: &Resolved, source: KeySource) -> Result<Given, ErrorBody> {
    match source {
        KeySource::Text { key: SecretText(key) } => {
            if scope.vault_kind() == VaultKind::Environment {
                return Err(ErrorBody::new(ErrorCode::VaultKeepsNothing));
            }
            Ok(Given { key, reference: KeyReference::Vault, dotenv: None })
        }
        KeySource::Variable { name } => {
            let missing = || ErrorBody::new(ErrorCode::VariableMissing).with("name", &name);
            let value = std::env::var(&name).map_err(|_| missing())?;
            let key = Secret::new(value.strip_suffix('\n').unwrap_or(&value));
            if key.is_blank() {
                return Err(missing());
            }
            let reference = match scope.vault_kind() {
                VaultKind::Environment => KeyReference::Variable(name),
                _ => KeyReference::Vault,
            };
            Ok(Given { key, reference, dotenv: None })
        }
        KeySource::Dotenv { path } => with_dotenv(scope, dotenv::read_file(Path::new(&path))?),
        KeySource::DotenvText { text: SecretText(text) } => with_dotenv(scope, dotenv::read(&text)?),
    }
}

fn with_dotenv(scope: &Resolved, file: Dotenv) -> Result<Given, ErrorBody> {
    if scope.vault_kind() == VaultKind::Environment {
        return Err(ErrorBody::new(ErrorCode::VaultKeepsNothing));
    }
    Ok(Given { key: file.key.clone(), reference: KeyReference::Vault, dotenv: Some(file) })
}

fn plan_error(error: &PlanError, base_url: Option<&str>) -> ErrorBody {
    match error {
        PlanError::BadUrl(given) => {
            ErrorBody::new(ErrorCode::BadBaseUrl).with("given", given).with("why", "it is no URL")
        }
        PlanError::Connect(error) => errors::of_connect(error, base_url.unwrap_or("the vendor's own host")),
    }
}

/// A window, or `--environment`, takes only keys of its own environment.
fn check_window(scope: &Resolved, plan: &Plan) -> Result<(), ErrorBody> {
    match (scope.scope.environment, plan.environment) {
        (None, _) => Ok(()),
        (Some(window), planned) if window == planned => Ok(()),
        (Some(window), Environment::Live) => {
            Err(ErrorBody::new(ErrorCode::KeyLiveInTest).with("where", format!("the {window} environment")))
        }
        (Some(Environment::Live), _) => Err(ErrorBody::new(ErrorCode::KeyTestInLive)),
        (Some(window), planned) => Err(errors::bad_request(format!(
            "the account would be of the {planned} environment, and this is the {window} one"
        ))),
    }
}

fn new_row(
    scope: &Resolved,
    id: AccountId,
    label: Label,
    environment: Environment,
    base_url: String,
    key_reference: KeyReference,
    learned: &Learned,
) -> AccountRow {
    let facts = facts(learned);
    AccountRow {
        id,
        vendor: domain::Vendor::Stripe,
        environment,
        label,
        base_url,
        key_reference,
        write_key_reference: None,
        vendor_account_id: facts.vendor_account_id,
        vendor_name: facts.vendor_name,
        rights_json: facts.rights_json,
        default_currency: facts.default_currency,
        created_at: scope.clock.now(),
        removed_at: None,
    }
}

/// A right with the word that the vendor has for it.
fn right_view(right: String, answer: &str) -> RightView {
    let known = vendors::stripe::PERMISSIONS.iter().find(|(word, _)| *word == right);
    let permission = known.map(|(_, permission)| (*permission).to_owned()).unwrap_or_default();
    RightView { right, permission, answer: answer.to_owned() }
}

pub(super) fn facts(learned: &Learned) -> AccountFacts {
    let rights = &learned.rights;
    let reads = rights.reads.iter().map(|(kind, right)| (format!("read {kind}"), right.as_str()));
    let writes = [
        ("write refunds".to_owned(), rights.refunds.as_str()),
        ("write payments".to_owned(), rights.payments.as_str()),
        ("write customers".to_owned(), rights.customers.as_str()),
    ];
    let views: Vec<RightView> =
        reads.chain(writes).map(|(right, answer)| right_view(right, answer)).collect();
    let account = learned.facts.as_ref();
    AccountFacts {
        vendor_account_id: account.map(|facts| facts.vendor_account_id.clone()),
        vendor_name: account.and_then(|facts| facts.name.clone()),
        rights_json: serde_json::to_string(&views).unwrap_or_default(),
        default_currency: account.and_then(|facts| facts.default_currency.map(|one| one.to_string())),
    }
}

/// The key first, then the row: a crash between the two leaves a key that nothing names, never an
/// account without one.
pub(super) async fn keep(
    scope: &Resolved,
    open: &OpenMirror,
    row: &AccountRow,
    given: &Given,
) -> Result<(), ErrorBody> {
    let entry = EntryName::AccountKey(row.id.to_string());
    if given.reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        scope.vault_result(vault.set(&entry, &given.key).await)?;
    }
    let inserted = open.mirror.accounts().insert(row).await;
    if let Err(error) = inserted {
        if given.reference == KeyReference::Vault
            && let Ok(vault) = scope.vault().await
        {
            // The first error is the one to tell; a key that stays behind unnamed opens nothing.
            let _ = vault.delete(&entry).await;
        }
        return Err(mirror_error(error).with("label", &row.label));
    }
    Ok(())
}

/// Takes the rest of a `.env` file over.
async fn import_rest(
    scope: &Resolved,
    row: &AccountRow,
    file: Dotenv,
) -> Result<Vec<ImportedVariable>, ErrorBody> {
    let vault = scope.vault().await?;
    let mut outcomes = Vec::with_capacity(file.variables.len());
    for variable in file.variables {
        let (outcome, reason) = match &variable.fate {
            Fate::AccountKey => ("account_key", None),
            Fate::WebhookSecret => {
                let name = secret_name(row.id);
                scope.vault_result(vault.set(&name, &variable.value).await)?;
                ("kept_in_vault", None)
            }
            Fate::Imported { vendor } => {
                let name =
                    EntryName::Imported { vendor: (*vendor).to_owned(), variable: variable.name.clone() };
                scope.vault_result(vault.set(&name, &variable.value).await)?;
                ("kept_in_vault", None)
            }
            Fate::FromEmail => {
                let mut settings = scope.settings.lock().await;
                settings.from_email = Some(variable.value.expose().to_owned());
                settings.save(scope.home())?;
                ("setting", None)
            }
            Fate::Skipped { reason } => ("skipped", Some((*reason).to_owned())),
        };
        outcomes.push(ImportedVariable { name: variable.name, outcome: outcome.to_owned(), reason });
    }
    Ok(outcomes)
}

pub(super) async fn remember_environment(
    scope: &Resolved,
    environment: Environment,
) -> Result<(), ErrorBody> {
    let mut settings = scope.settings.lock().await;
    if settings.last_environment != Some(environment) {
        settings.last_environment = Some(environment);
        settings.save(scope.home())?;
    }
    Ok(())
}

/// Answers `open_sandbox`.
pub(crate) async fn open_sandbox(scope: &Resolved) -> Result<Connected, ErrorBody> {
    if scope.scope.environment.is_some_and(|environment| environment != Environment::Sandbox) {
        return Err(errors::bad_request("the sandbox belongs to the sandbox environment"));
    }
    let open = scope.mirror(Environment::Sandbox).await?;
    let known = open.mirror.accounts().list().await.map_err(mirror_error)?;
    if let Some(row) = known.iter().find(|row| row.base_url == BUILT_IN) {
        return Ok(Connected { account: view(&open.mirror, row).await?, imported: Vec::new() });
    }
    if scope.vault_kind() == VaultKind::Environment {
        return Err(ErrorBody::new(ErrorCode::VaultKeepsNothing));
    }
    let sandbox = scope.sandbox().await?;
    let id = AccountId::generate();
    let key = Secret::new(sandbox.secret_key());
    let client = scope.make_client(id, &sandbox.base_url(), key.clone(), &open)?;
    let learned =
        connect::learn(&client).await.map_err(|error| errors::of_operation(&error, SANDBOX_LABEL))?;
    let label = free_label(scope).await?;
    let reference = KeyReference::Vault;
    let row =
        new_row(scope, id, label, Environment::Sandbox, BUILT_IN.to_owned(), reference.clone(), &learned);
    keep(scope, &open, &row, &Given { key, reference, dotenv: None }).await?;
    remember_environment(scope, Environment::Sandbox).await?;
    Ok(Connected { account: view(&open.mirror, &row).await?, imported: Vec::new() })
}

/// `sandbox`, or `sandbox 2` and so on where that is taken.
async fn free_label(scope: &Resolved) -> Result<Label, ErrorBody> {
    let mut number = 1;
    loop {
        let text = if number == 1 { SANDBOX_LABEL.to_owned() } else { format!("{SANDBOX_LABEL} {number}") };
        let label = read_label(&text)?;
        match refuse_taken(scope, &label).await {
            Ok(()) => return Ok(label),
            Err(error) if error.code == ErrorCode::LabelTaken && number < 1_000 => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Answers `check_account`.
pub(crate) async fn check(scope: &Resolved, request: CheckAccount) -> Result<AccountView, ErrorBody> {
    let (open, row) = scope.account(&request.label).await?;
    match row.vendor.capability() {
        Capability::Payments => {}
        Capability::Email => return super::mail_accounts::check(scope, &open, &row).await,
        Capability::Sms => return super::sms_accounts::check(scope, &open, &row).await,
    }
    let account = scope.worked(&open, &row).await?;
    let learned = connect::learn(&account.stripe)
        .await
        .map_err(|error| errors::of_operation(&error, row.label.as_str()))?;
    open.mirror.accounts().update_facts(row.id, &facts(&learned)).await.map_err(mirror_error)?;
    let (open, row) = scope.account(&request.label).await?;
    view(&open.mirror, &row).await
}

/// Answers `rename_account`.
pub(crate) async fn rename(scope: &Resolved, request: RenameAccount) -> Result<AccountView, ErrorBody> {
    let label = read_label(&request.new_label)?;
    let (open, row) = scope.account(&request.label).await?;
    if label != row.label {
        refuse_taken(scope, &label).await?;
        open.mirror.accounts().rename(row.id, &label, scope.clock.now()).await.map_err(mirror_error)?;
    }
    let (open, row) = scope.account(label.as_str()).await?;
    view(&open.mirror, &row).await
}

/// Answers `set_reporting_zone`.
pub(crate) async fn set_reporting_zone(
    scope: &Resolved,
    request: SetReportingZone,
) -> Result<AccountView, ErrorBody> {
    let (open, row) = scope.account(&request.label).await?;
    let zone = request.zone.trim();
    open.mirror.accounts().set_reporting_zone(row.id, zone).await.map_err(mirror_error)?;
    view(&open.mirror, &row).await
}

/// Messages in doubt that are counted.
const IN_DOUBT_MAX: u32 = 1_000;

/// Answers `remove_account`. An account whose intents are open keeps its key: only with it can
/// Paydesk find out how they ended.
pub(crate) async fn remove(scope: &Resolved, request: RemoveAccount) -> Result<Empty, ErrorBody> {
    let (open, row) = scope.account(&request.label).await?;
    super::bulk_sending::stop_and_wait(scope, row.id).await;
    let counts = open.mirror.intents().count_by_state(Some(row.id)).await.map_err(mirror_error)?;
    let count: u64 = counts.iter().filter(|(state, _)| state.is_open()).map(|(_, count)| count).sum();
    if count > 0 {
        return Err(ErrorBody::new(ErrorCode::AccountBusy).with("label", &row.label).with("count", count));
    }
    let in_doubt = open.mirror.messages().in_doubt(row.id, IN_DOUBT_MAX).await.map_err(mirror_error)?;
    if !in_doubt.is_empty() {
        let refused = ErrorBody::new(ErrorCode::MessagesInDoubt).with("label", &row.label);
        return Err(refused.with("count", in_doubt.len()));
    }
    super::proof::stop_and_wait(scope, row.id).await;
    super::sync::stop_and_wait(scope, row.id).await;
    let hooks = open.mirror.hooks().list().await.map_err(mirror_error)?;
    let has_own_secret =
        hooks.iter().any(|hook| hook.account_id == row.id && hook.secret_reference == KeyReference::Vault);
    for endpoint in open.mirror.endpoints().list().await.map_err(mirror_error)? {
        if endpoint.account_id == Some(row.id) {
            super::endpoints::take_away(scope, open.mirror.environment(), &open, &endpoint).await?;
        }
    }
    open.mirror.accounts().remove(row.id, scope.clock.now()).await.map_err(mirror_error)?;
    scope.forget_account(row.id);
    if row.write_key_reference == Some(KeyReference::Vault) {
        let vault = scope.vault().await?;
        scope.vault_result(vault.delete(&EntryName::AccountWriteKey(row.id.to_string())).await)?;
    }
    if row.key_reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        scope.vault_result(vault.delete(&EntryName::AccountKey(row.id.to_string())).await)?;
    }
    if has_own_secret || row.key_reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        let of_hooks = hooks.iter().filter(|hook| hook.account_id == row.id).flat_map(earlier_names);
        for name in [secret_name(row.id), previous_secret(row.id)].into_iter().chain(of_hooks) {
            scope.vault_result(vault.delete(&name).await)?;
        }
    }
    // Nothing is taken any more under its path.
    scope.listening.tell_changed();
    Ok(Empty {})
}

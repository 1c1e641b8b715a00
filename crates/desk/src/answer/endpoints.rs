//! Endpoints that events are sent on to.

use contract::accounts::KeySource;
use contract::relay::{
    AddEndpoint, ChangeEndpoint, EndpointDay, EndpointDetail, EndpointScheme, EndpointState as StateView,
    EndpointView, ListEndpoints, PauseEndpoint, RemoveEndpoint, ResumeEndpoint, ShowEndpoint, TouchEndpoint,
};
use contract::{Empty, ErrorBody, ErrorCode, Page, SecretText};
use domain::Environment;
use mirror::{
    EndpointFacts, EndpointForm, EndpointPurpose, EndpointRow, EndpointState, KeyReference, MirrorError,
    NewEndpoint, Origin,
};
use serde_json::json;
use transport::{Target, TargetRefusal};
use vault::VaultKind;
use webhooks::relay::Filter;

use super::channel_views::keeps_secret;
use super::endpoint_secrets::{self, bad_secret, given_secret, is_of_listener, keep, secret_location};
use super::relay_book::{host_of, note};
use super::scope::{Resolved, label_of};
use crate::desk::{Desk, OpenMirror};
use crate::{errors, listening, relay};

/// Most endpoints of an environment.
pub(super) const MOST_ENDPOINTS: usize = 100;
/// The rate and the number at once where none were chosen. One at once, so that a kill sends no more than one again.
const RATE_PER_SECOND: u32 = 20;
const CONCURRENCY: u32 = 1;
/// What may be chosen.
const RATE_MOST: u32 = 1_000;
const CONCURRENCY_MOST: u32 = 64;
/// How long a temporary endpoint stays after it was last touched.
pub(crate) const LEASE_MS: i64 = 60_000;
/// Events of so long ago are sent to a new endpoint as well where they come after it was made, since vendors tell when
/// by clocks of their own.
const BEFORE_MS: i64 = 300_000;
/// Days of an endpoint's health.
const HEALTH_DAYS: i64 = 14;

pub(super) fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `add_endpoint`.
pub(crate) async fn add(scope: &Resolved, request: AddEndpoint) -> Result<EndpointView, ErrorBody> {
    let (open, account) = match &request.account {
        Some(label) => {
            let (open, row) = scope.origin(label).await?;
            (open, Some(row))
        }
        None if request.secret_of_listener => {
            let (open, row) = scope.one_account(None).await?;
            let row =
                open.mirror.origins().await.map_err(of_mirror)?.into_iter().find(|one| one.id == row.id);
            (open, row)
        }
        None => (scope.origins().await?.0, None),
    };
    if open.mirror.endpoints().list().await.map_err(of_mirror)?.len() >= MOST_ENDPOINTS {
        return Err(ErrorBody::new(ErrorCode::TooManyEndpoints).with("most", MOST_ENDPOINTS));
    }
    let facts = EndpointFacts {
        url: checked_url(scope, &request.url, request.allow_local).await?,
        types: request.events,
        conditions: request.conditions,
        secret_reference: KeyReference::Vault,
        allow_local: request.allow_local,
        rate_per_second: request.rate_per_second.unwrap_or(RATE_PER_SECOND),
        concurrency: request.concurrency.unwrap_or(CONCURRENCY),
        ordered: request.ordered,
        name: None,
        channel: None,
    };
    check(&facts, request.scheme)?;
    let wanted = Wanted {
        purpose: if request.temporary { EndpointPurpose::Temporary } else { EndpointPurpose::Standing },
        scheme: request.scheme,
        secret: request.secret,
        offered: request.offered_secret,
        of_listener: request.secret_of_listener,
    };
    let (row, took_offered) = insert(scope, &open, account.as_ref(), facts, wanted).await?;
    let said = json!({ "host": host_of(&row.facts.url), "temporary": request.temporary });
    note(scope, &open, "endpoint_added", &row.id, said).await?;
    scope.relay.wake(open.mirror.environment());
    let rows = open.mirror.origins().await.map_err(of_mirror)?;
    Ok(EndpointView { took_offered, ..view(scope, &open, &rows, row).await? })
}

/// What else a new endpoint is made of.
pub(super) struct Wanted {
    pub(super) purpose: EndpointPurpose,
    pub(super) scheme: EndpointScheme,
    pub(super) secret: Option<KeySource>,
    pub(super) offered: Option<SecretText>,
    pub(super) of_listener: bool,
}

/// Makes an endpoint, its secret first, so that there is never one without. Tells whether the offered secret was taken.
pub(super) async fn insert(
    scope: &Resolved,
    open: &OpenMirror,
    account: Option<&Origin>,
    facts: EndpointFacts,
    wanted: Wanted,
) -> Result<(EndpointRow, bool), ErrorBody> {
    let id = format!("ep_{}", uuid::Uuid::now_v7().simple());
    relay::decide_line(&scope.desk, open).await?;
    let now = scope.clock.now();
    let mut entry = id.clone();
    let mut took_offered = false;
    let secret_reference = match (wanted.secret, wanted.offered) {
        (None, _) if wanted.of_listener => {
            let account = account.ok_or_else(|| ErrorBody::new(ErrorCode::AccountNeeded))?;
            let hook = open.mirror.hooks().of(account.id, &account.vendor).await.map_err(of_mirror)?;
            let hook = hook.ok_or_else(|| bad_secret("this account has no listener yet"))?;
            listening::take_over_secrets(scope, &hook).await?;
            entry = listening::secret_entry(account.id);
            hook.secret_reference
        }
        (Some(source), _) => {
            let (secret, reference) = given_secret(scope, source).await?;
            keep(scope, &entry, wanted.scheme, &secret, &reference).await?;
            reference
        }
        (None, Some(SecretText(secret))) => {
            if scope.vault_kind() == VaultKind::Environment {
                return Err(bad_secret("the environment vault keeps no secrets"));
            }
            keep(scope, &entry, wanted.scheme, &secret, &KeyReference::Vault).await?;
            took_offered = true;
            KeyReference::Vault
        }
        (None, None) => return Err(bad_secret("none was given")),
    };
    let new = NewEndpoint {
        id,
        account_id: account.map(|account| account.id),
        purpose: wanted.purpose,
        form: EndpointForm::Events,
        scheme: scheme_word(wanted.scheme).to_owned(),
        secret_entry: entry,
        events_from: now.plus_ms(-BEFORE_MS),
        lease_until: (wanted.purpose == EndpointPurpose::Temporary).then(|| now.plus_ms(LEASE_MS)),
        facts: EndpointFacts { secret_reference, ..facts },
    };
    let row = open.mirror.endpoints().insert(&new, now).await.map_err(of_mirror)?;
    Ok((row, took_offered))
}

fn scheme_word(scheme: EndpointScheme) -> &'static str {
    match scheme {
        EndpointScheme::Stripe => "stripe",
        EndpointScheme::Standard => "standard",
    }
}

/// An address as it is called, in its one form. One without a scheme is taken for what people mean by it.
pub(super) async fn checked_url(
    scope: &Resolved,
    given: &str,
    allow_local: bool,
) -> Result<String, ErrorBody> {
    let text = match given.contains("://") || given.starts_with("file:") {
        true => given.to_owned(),
        false => format!("{}://{given}", if allow_local { "http" } else { "https" }),
    };
    let refused = |refusal: TargetRefusal| match refusal {
        TargetRefusal::Local(address) => {
            ErrorBody::new(ErrorCode::EndpointLocal).with("url", given).with("address", address)
        }
        other => ErrorBody::new(ErrorCode::BadEndpointUrl).with("url", given).with("why", other),
    };
    let target = Target::read(&text, allow_local).map_err(refused)?;
    let own_port = match scope.listening.state().port {
        Some(port) => Some(port),
        None => scope.settings.lock().await.listener_port,
    };
    if own_port == Some(target.port()) && target.is_this_machine() {
        return Err(refused(TargetRefusal::OwnListener(target.port())));
    }
    Ok(target.url().to_string())
}

fn check(facts: &EndpointFacts, scheme: EndpointScheme) -> Result<(), ErrorBody> {
    let own = facts.types.iter().find(|one| one.starts_with(webhooks::relay::OWN));
    if let (Some(own), EndpointScheme::Stripe) = (own, scheme) {
        let why =
            "messages of Paydesk's own are signed as Standard Webhooks, which the endpoint is to be, too";
        return Err(ErrorBody::new(ErrorCode::BadEndpointFilter).with("given", own).with("why", why));
    }
    Filter::read(&facts.types, &facts.conditions).map_err(|mistake| {
        ErrorBody::new(ErrorCode::BadEndpointFilter).with("given", &mistake.given).with("why", mistake.why)
    })?;
    check_range("a rate", facts.rate_per_second, RATE_MOST)?;
    check_range("a number at once", facts.concurrency, CONCURRENCY_MOST)
}

/// Whether a limit is within its range.
pub(super) fn check_range(what: &str, given: u32, most: u32) -> Result<(), ErrorBody> {
    if (1..=most).contains(&given) {
        return Ok(());
    }
    let error = ErrorBody::new(ErrorCode::BadEndpointLimit).with("what", what).with("given", given);
    Err(error.with("least", 1).with("most", most))
}

/// Whether a rate may be chosen.
pub(super) fn check_rate(given: u32) -> Result<(), ErrorBody> {
    check_range("a rate", given, RATE_MOST)
}

/// The endpoint of events with an id, wherever it is.
pub(super) async fn endpoint(scope: &Resolved, id: &str) -> Result<(OpenMirror, EndpointRow), ErrorBody> {
    match any(scope, id).await {
        Ok((_, row)) if row.form != EndpointForm::Events => {
            Err(ErrorBody::new(ErrorCode::UnknownEndpoint).with("id", id))
        }
        other => other,
    }
}

/// The endpoint or channel with an id, wherever it is.
pub(super) async fn any(scope: &Resolved, id: &str) -> Result<(OpenMirror, EndpointRow), ErrorBody> {
    let unknown = || ErrorBody::new(ErrorCode::UnknownEndpoint).with("id", id);
    let environments = match scope.scope.environment {
        Some(environment) => vec![environment],
        None => Environment::ALL.to_vec(),
    };
    for environment in environments {
        let Some(open) = scope.existing_mirror(environment).await? else { continue };
        if let Some(row) = open.mirror.endpoints().by_id(id).await.map_err(of_mirror)? {
            return Ok((open, row));
        }
    }
    Err(unknown())
}

async fn shown(scope: &Resolved, open: &OpenMirror, id: &str) -> Result<EndpointView, ErrorBody> {
    let row = open.mirror.endpoints().by_id(id).await.map_err(of_mirror)?;
    let row = row.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownEndpoint).with("id", id))?;
    let rows = open.mirror.origins().await.map_err(of_mirror)?;
    scope.relay.wake(open.mirror.environment());
    view(scope, open, &rows, row).await
}

/// Answers `change_endpoint`.
pub(crate) async fn change(scope: &Resolved, request: ChangeEndpoint) -> Result<EndpointView, ErrorBody> {
    let (open, row) = endpoint(scope, &request.id).await?;
    let mut facts = row.facts.clone();
    facts.allow_local = request.allow_local.unwrap_or(facts.allow_local);
    let url = request.url.as_deref().unwrap_or(&facts.url).to_owned();
    facts.url = checked_url(scope, &url, facts.allow_local).await?;
    facts.types = request.events.unwrap_or(facts.types);
    facts.conditions = request.conditions.unwrap_or(facts.conditions);
    facts.rate_per_second = request.rate_per_second.unwrap_or(facts.rate_per_second);
    facts.concurrency = request.concurrency.unwrap_or(facts.concurrency);
    facts.ordered = request.ordered.unwrap_or(facts.ordered);
    let scheme = if row.scheme == "standard" { EndpointScheme::Standard } else { EndpointScheme::Stripe };
    check(&facts, scheme)?;
    let brings_secret = request.secret.is_some();
    if let Some(source) = request.secret {
        if is_of_listener(&row) {
            return Err(bad_secret(
                "it is signed with the listener's secret, which `listen --secret-env` changes",
            ));
        }
        let (secret, reference) = given_secret(scope, source).await?;
        keep(scope, &row.secret_entry, scheme, &secret, &reference).await?;
        facts.secret_reference = reference;
    }
    open.mirror.endpoints().change(&row.id, &facts, false).await.map_err(of_mirror)?;
    if brings_secret {
        // Only now, so that whoever looked the one before up meanwhile does not hold it.
        scope.relay.forget_secret(&row, open.mirror.environment());
    }
    let said = json!({ "before": host_of(&row.facts.url), "after": host_of(&facts.url) });
    note(scope, &open, "endpoint_changed", &row.id, said).await?;
    shown(scope, &open, &row.id).await
}

/// Answers `list_endpoints`.
pub(crate) async fn list(scope: &Resolved, _request: ListEndpoints) -> Result<Page<EndpointView>, ErrorBody> {
    let (open, rows) = scope.origins().await?;
    let mut items = Vec::new();
    let all = open.mirror.endpoints().list().await.map_err(of_mirror)?;
    for row in all.into_iter().filter(|row| row.form == EndpointForm::Events) {
        items.push(view(scope, &open, &rows, row).await?);
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Answers `show_endpoint`.
pub(crate) async fn show(scope: &Resolved, request: ShowEndpoint) -> Result<EndpointDetail, ErrorBody> {
    let (open, row) = endpoint(scope, &request.id).await?;
    let since = scope.clock.now().plus_ms(-HEALTH_DAYS * 86_400_000);
    let days = open.mirror.endpoints().days(row.number, since).await.map_err(of_mirror)?;
    let days = days.into_iter().map(|one| EndpointDay {
        day: one.day,
        taken: one.taken,
        failed: one.failed,
        typical_ms: one.typical_ms,
    });
    let rows = open.mirror.origins().await.map_err(of_mirror)?;
    Ok(EndpointDetail { endpoint: view(scope, &open, &rows, row).await?, days: days.collect() })
}

/// Answers `pause_endpoint`.
pub(crate) async fn pause(scope: &Resolved, request: PauseEndpoint) -> Result<EndpointView, ErrorBody> {
    set_state(scope, &request.id, EndpointState::Paused, "endpoint_paused").await
}

/// Answers `resume_endpoint`.
pub(crate) async fn resume(scope: &Resolved, request: ResumeEndpoint) -> Result<EndpointView, ErrorBody> {
    set_state(scope, &request.id, EndpointState::On, "endpoint_resumed").await
}

async fn set_state(
    scope: &Resolved,
    id: &str,
    state: EndpointState,
    action: &str,
) -> Result<EndpointView, ErrorBody> {
    let (open, row) = endpoint(scope, id).await?;
    open.mirror.endpoints().set_state(&row.id, state, scope.clock.now()).await.map_err(of_mirror)?;
    note(scope, &open, action, &row.id, json!({ "host": host_of(&row.facts.url) })).await?;
    shown(scope, &open, id).await
}

/// Answers `remove_endpoint`.
pub(crate) async fn remove(scope: &Resolved, request: RemoveEndpoint) -> Result<Empty, ErrorBody> {
    let (open, row) = endpoint(scope, &request.id).await?;
    take_away(scope, open.mirror.environment(), &open, &row).await?;
    note(scope, &open, "endpoint_removed", &row.id, json!({ "host": host_of(&row.facts.url) })).await?;
    Ok(Empty {})
}

/// Answers `touch_endpoint`.
pub(crate) async fn touch(scope: &Resolved, request: TouchEndpoint) -> Result<Empty, ErrorBody> {
    let (open, row) = endpoint(scope, &request.id).await?;
    let until = scope.clock.now().plus_ms(LEASE_MS);
    open.mirror.endpoints().touch(&row.id, until).await.map_err(of_mirror)?;
    Ok(Empty {})
}

/// Removes an endpoint with its secret.
pub(crate) async fn take_away(
    desk: &Desk,
    environment: Environment,
    open: &OpenMirror,
    row: &EndpointRow,
) -> Result<(), ErrorBody> {
    open.mirror.endpoints().remove(row.number, desk.clock.now()).await.map_err(of_mirror)?;
    desk.relay.forget_secret(row, environment);
    // The listener's own is not the endpoint's to delete.
    if !is_of_listener(row) && keeps_secret(row) {
        let vault = desk.vault().await?;
        desk.vault_result(vault.delete(&endpoint_secrets::entry(row)).await)?;
    }
    Ok(())
}

/// How an endpoint stands.
pub(super) fn state_view(state: EndpointState) -> StateView {
    match state {
        EndpointState::On => StateView::On,
        EndpointState::Paused => StateView::Paused,
        EndpointState::Stopped => StateView::Stopped,
    }
}

async fn view(
    desk: &Desk,
    open: &OpenMirror,
    accounts: &[Origin],
    row: EndpointRow,
) -> Result<EndpointView, ErrorBody> {
    let (waiting, failed) = open.mirror.endpoints().counts(row.number).await.map_err(of_mirror)?;
    let no_secret = desk.relay.is_without_secret(open.mirror.environment(), row.number);
    Ok(EndpointView {
        account: row.account_id.map(|account| label_of(accounts, account)),
        scheme: if row.scheme == "standard" { EndpointScheme::Standard } else { EndpointScheme::Stripe },
        secret_location: secret_location(open, &row).await?,
        took_offered: false,
        temporary: row.purpose != EndpointPurpose::Standing,
        state: state_view(row.state),
        reason: row.reason.or_else(|| no_secret.then(|| "no_secret".to_owned())),
        since: row.since,
        failing_since: row.failing_since,
        created: row.created_at,
        waiting,
        failed,
        id: row.id,
        url: row.facts.url,
        events: row.facts.types,
        conditions: row.facts.conditions,
        allow_local: row.facts.allow_local,
        rate_per_second: row.facts.rate_per_second,
        concurrency: row.facts.concurrency,
        ordered: row.facts.ordered,
    })
}

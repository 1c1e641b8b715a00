//! Channels for messages of our own.

use contract::accounts::KeySource;
use contract::channels::{
    AddChannel, ChangeChannel, ChannelKind, ChannelRules, ChannelView, ListChannels, PauseChannel,
    RemoveChannel, ResumeChannel,
};
use contract::{Empty, ErrorBody, ErrorCode, Page};
use domain::Environment;
use mirror::{
    EndpointFacts, EndpointForm, EndpointPurpose, EndpointRow, EndpointState, KeyReference, NewEndpoint,
};
use serde_json::json;
use vault::EntryName;
use webhooks::notify::{Channel, Form, QuietHours, Region, conditions, own_types};
use webhooks::relay::Filter;

use super::channel_views::view;
use super::endpoint_secrets::given_secret;
use super::endpoints::{self, MOST_ENDPOINTS, of_mirror};
use super::relay_book::note;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// Characters that a name may have.
const LONGEST_NAME: usize = 60;
/// Most requests a second to a channel. Slack takes one a second and gathers some more.
const RATE_PER_SECOND: u32 = 1;

pub(super) fn bad_channel(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadChannel).with("why", why)
}

fn bad_secret(why: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::BadChannelSecret).with("why", why)
}

/// The kind of a channel, as its rules know it.
pub(super) fn form(kind: ChannelKind) -> Form {
    match kind {
        ChannelKind::Slack => Form::Slack,
        ChannelKind::Pagerduty => Form::PagerDuty,
        ChannelKind::Email => Form::Email,
        ChannelKind::Desktop => Form::Desktop,
    }
}

fn endpoint_form(kind: ChannelKind) -> EndpointForm {
    match kind {
        ChannelKind::Slack => EndpointForm::Slack,
        ChannelKind::Pagerduty => EndpointForm::PagerDuty,
        ChannelKind::Email => EndpointForm::Email,
        ChannelKind::Desktop => EndpointForm::Desktop,
    }
}

/// Rules that were read.
pub(super) struct Read {
    pub(super) types: Vec<String>,
    pub(super) conditions: Vec<String>,
    pub(super) channel: Channel,
}

/// Reads the rules of a channel, all of them.
pub(super) fn read_rules(form: Form, rules: ChannelRules) -> Result<Read, ErrorBody> {
    let bad_filter = |mistake: webhooks::relay::FilterMistake| {
        ErrorBody::new(ErrorCode::BadEndpointFilter).with("given", &mistake.given).with("why", mistake.why)
    };
    let types = own_types(rules.events).map_err(bad_channel)?;
    let conditions = conditions(rules.conditions).map_err(bad_filter)?;
    Filter::read(&types, &conditions).map_err(bad_filter)?;
    let channel = Channel {
        with_personal: rules.with_personal,
        per_hour: rules.per_hour,
        quiet: rules.quiet.map(|quiet| QuietHours { from: quiet.from, to: quiet.to, zone: quiet.zone }),
        region: match rules.region {
            contract::channels::ChannelRegion::Us => Region::Us,
            contract::channels::ChannelRegion::Eu => Region::Eu,
        },
        from: rules.from.map(|from| from.trim().to_owned()).filter(|from| !from.is_empty()),
        to: rules.to.into_iter().map(|to| to.trim().to_owned()).filter(|to| !to.is_empty()).collect(),
    };
    channel.check(form).map_err(bad_channel)?;
    Ok(Read { types, conditions, channel })
}

fn read_name(given: &str) -> Result<String, ErrorBody> {
    let name = given.trim();
    let is_plain = !name.chars().any(char::is_control);
    match !name.is_empty() && name.chars().count() <= LONGEST_NAME && is_plain && !name.starts_with("ch_") {
        true => Ok(name.to_owned()),
        false => Err(bad_channel("a name has 1 to 60 characters and does not begin with ch_")),
    }
}

fn refuse_taken(rows: &[EndpointRow], name: &str, but: Option<&str>) -> Result<(), ErrorBody> {
    let taken = |row: &&EndpointRow| row.facts.name.as_deref() == Some(name) && Some(row.id.as_str()) != but;
    match rows.iter().find(taken) {
        Some(_) => Err(ErrorBody::new(ErrorCode::ChannelNameTaken).with("name", name)),
        None => Ok(()),
    }
}

/// Puts the secret of a channel into the vault, where that keeps any, once it could be one of its kind.
async fn keep_secret(
    scope: &Resolved,
    id: &str,
    (form, channel): (Form, &Channel),
    source: Option<KeySource>,
) -> Result<KeyReference, ErrorBody> {
    if !form.has_secret() {
        return match source {
            Some(_) => Err(bad_secret("notifications of the desktop need none")),
            None => Ok(KeyReference::Vault),
        };
    }
    let source = source.ok_or_else(|| bad_secret("nothing was given"))?;
    let (secret, reference) = given_secret(scope, source).await.map_err(|error| match error.code {
        ErrorCode::BadEndpointSecret => {
            bad_secret("it is given by itself, or by a variable where the environment is the vault")
        }
        _ => error,
    })?;
    channel.address(form, secret.expose()).map_err(bad_secret)?;
    if reference == KeyReference::Vault {
        let vault = scope.vault().await?;
        scope.vault_result(vault.set(&EntryName::WebhookSecret(id.to_owned()), &secret).await)?;
    }
    Ok(reference)
}

/// Answers `add_channel`.
pub(crate) async fn add(scope: &Resolved, request: AddChannel) -> Result<ChannelView, ErrorBody> {
    let open = scope.accounts().await?.0;
    let form = form(request.kind);
    let name = read_name(&request.name)?;
    let rows = open.mirror.endpoints().list().await.map_err(of_mirror)?;
    refuse_taken(&rows, &name, None)?;
    if rows.len() >= MOST_ENDPOINTS {
        return Err(ErrorBody::new(ErrorCode::TooManyEndpoints).with("most", MOST_ENDPOINTS));
    }
    let read = read_rules(form, request.rules)?;
    let id = format!("ch_{}", uuid::Uuid::now_v7().simple());
    let secret_reference = keep_secret(scope, &id, (form, &read.channel), request.secret).await?;
    let now = scope.clock.now();
    let new = NewEndpoint {
        id: id.clone(),
        account_id: None,
        purpose: EndpointPurpose::Standing,
        form: endpoint_form(request.kind),
        scheme: form.as_str().to_owned(),
        secret_entry: id,
        events_from: now,
        lease_until: None,
        facts: EndpointFacts {
            url: address(form, &name),
            types: read.types,
            conditions: read.conditions,
            secret_reference,
            allow_local: false,
            rate_per_second: RATE_PER_SECOND,
            concurrency: 1,
            // What ends something is sent after what opened it.
            ordered: true,
            name: Some(name.clone()),
            channel: Some(serde_json::to_string(&read.channel).map_err(errors::defect)?),
        },
    };
    let row = open.mirror.endpoints().insert(&new, now).await.map_err(of_mirror)?;
    note(scope, &open, "channel_added", &row.id, json!({ "kind": form.as_str(), "name": name })).await?;
    scope.relay.wake(open.mirror.environment());
    view(scope, &open, row).await
}

/// What stands for the address of a channel wherever endpoints are listed. The address itself may be a secret.
fn address(form: Form, name: &str) -> String {
    format!("{}:{name}", form.as_str())
}

/// The channel with an id or a name, wherever it is. A name is one of its environment alone.
pub(super) async fn channel(scope: &Resolved, id: &str) -> Result<(OpenMirror, EndpointRow), ErrorBody> {
    let environments = match scope.scope.environment {
        Some(environment) => vec![environment],
        None => Environment::ALL.to_vec(),
    };
    let mut found: Option<(OpenMirror, EndpointRow)> = None;
    for environment in environments {
        let Some(open) = scope.existing_mirror(environment).await? else { continue };
        let rows = open.mirror.endpoints().list().await.map_err(of_mirror)?;
        let is_meant = |row: &EndpointRow| {
            row.form != EndpointForm::Events && (row.id == id || row.facts.name.as_deref() == Some(id))
        };
        let Some(row) = rows.into_iter().find(is_meant) else { continue };
        if row.id == id {
            return Ok((open, row));
        }
        if found.is_some() {
            return Err(ErrorBody::new(ErrorCode::EnvironmentNeeded));
        }
        found = Some((open, row));
    }
    found.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownChannel).with("id", id))
}

async fn shown(scope: &Resolved, open: &OpenMirror, id: &str) -> Result<ChannelView, ErrorBody> {
    let row = open.mirror.endpoints().by_id(id).await.map_err(of_mirror)?;
    let row = row.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownChannel).with("id", id))?;
    scope.relay.wake(open.mirror.environment());
    view(scope, open, row).await
}

/// Answers `change_channel`.
pub(crate) async fn change(scope: &Resolved, request: ChangeChannel) -> Result<ChannelView, ErrorBody> {
    let (open, row) = channel(scope, &request.id).await?;
    let Some(form) = crate::relay::channels::form(&row) else {
        return Err(ErrorBody::new(ErrorCode::UnknownChannel).with("id", &request.id));
    };
    let mut facts = row.facts.clone();
    if let Some(name) = &request.name {
        let name = read_name(name)?;
        refuse_taken(&open.mirror.endpoints().list().await.map_err(of_mirror)?, &name, Some(&row.id))?;
        facts.url = address(form, &name);
        facts.name = Some(name);
    }
    let mut rules = crate::relay::channels::channel(&row);
    if let Some(given) = request.rules {
        let read = read_rules(form, given)?;
        facts.types = read.types;
        facts.conditions = read.conditions;
        facts.channel = Some(serde_json::to_string(&read.channel).map_err(errors::defect)?);
        rules = read.channel;
    }
    let other_secret = request.secret.is_some();
    if other_secret {
        facts.secret_reference = keep_secret(scope, &row.id, (form, &rules), request.secret).await?;
        scope.relay.forget_secret(&row, open.mirror.environment());
    }
    open.mirror.endpoints().change(&row.id, &facts, other_secret).await.map_err(of_mirror)?;
    let said = json!({ "name": facts.name, "other_secret": other_secret });
    note(scope, &open, "channel_changed", &row.id, said).await?;
    shown(scope, &open, &row.id).await
}

/// Answers `list_channels`.
pub(crate) async fn list(scope: &Resolved, _request: ListChannels) -> Result<Page<ChannelView>, ErrorBody> {
    let open = scope.accounts().await?.0;
    let mut items = Vec::new();
    for row in open.mirror.endpoints().list().await.map_err(of_mirror)? {
        if row.form != EndpointForm::Events {
            items.push(view(scope, &open, row).await?);
        }
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Answers `pause_channel`.
pub(crate) async fn pause(scope: &Resolved, request: PauseChannel) -> Result<ChannelView, ErrorBody> {
    set_state(scope, &request.id, EndpointState::Paused, "channel_paused").await
}

/// Answers `resume_channel`.
pub(crate) async fn resume(scope: &Resolved, request: ResumeChannel) -> Result<ChannelView, ErrorBody> {
    set_state(scope, &request.id, EndpointState::On, "channel_resumed").await
}

async fn set_state(
    scope: &Resolved,
    id: &str,
    state: EndpointState,
    action: &str,
) -> Result<ChannelView, ErrorBody> {
    let (open, row) = channel(scope, id).await?;
    open.mirror.endpoints().set_state(&row.id, state, scope.clock.now()).await.map_err(of_mirror)?;
    note(scope, &open, action, &row.id, json!({ "name": row.facts.name })).await?;
    shown(scope, &open, &row.id).await
}

/// Answers `remove_channel`.
pub(crate) async fn remove(scope: &Resolved, request: RemoveChannel) -> Result<Empty, ErrorBody> {
    let (open, row) = channel(scope, &request.id).await?;
    endpoints::take_away(scope, open.mirror.environment(), &open, &row).await?;
    note(scope, &open, "channel_removed", &row.id, json!({ "name": row.facts.name })).await?;
    Ok(Empty {})
}

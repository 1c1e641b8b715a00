//! Channels of the relay: when one may be sent something, and what it is sent.

use std::sync::Arc;
use std::time::Duration;

use contract::ErrorBody;
use domain::{AccountId, Environment, Secret, Timestamp};
use mirror::{DeliveryRow, EndpointForm, EndpointRow};
use tokio::time::Instant;
use transport::{Parcel, Target};
use webhooks::notify::{Channel, Form, HOSTS, Message, Payer, RESOLVING, Render, Sent, render};

use super::{LOOK_EVERY, of_mirror};
use crate::desk::{Desk, OpenMirror};

/// The hour that a channel's messages are counted over.
const HOUR_MS: i64 = 3_600_000;
/// How often windows are told that something waits for this desktop.
const TELL_DESKTOP_EVERY: Duration = Duration::from_secs(30);

/// Whether a channel may be sent something now.
pub(crate) enum Gate {
    /// It may, so many.
    Open(u32),
    /// Not before so long.
    Closed(Duration),
}

/// The kind of a channel; none for an endpoint of events.
pub(crate) fn form(endpoint: &EndpointRow) -> Option<Form> {
    Some(match endpoint.form {
        EndpointForm::Events => return None,
        EndpointForm::Slack => Form::Slack,
        EndpointForm::PagerDuty => Form::PagerDuty,
        EndpointForm::Email => Form::Email,
        EndpointForm::Desktop => Form::Desktop,
    })
}

/// What a channel has beside its types and conditions.
pub(crate) fn channel(endpoint: &EndpointRow) -> Channel {
    let read = endpoint.facts.channel.as_deref().map(serde_json::from_str);
    match read {
        Some(Ok(channel)) => channel,
        // Only what was read is ever kept.
        Some(Err(error)) => {
            tracing::error!(%error, "a channel's rules do not read");
            Channel::default()
        }
        None => Channel::default(),
    }
}

/// Whether a channel may be sent something now. What is beyond the messages of its hour becomes one summary.
pub(crate) async fn gate(
    open: &OpenMirror,
    endpoint: &EndpointRow,
    form: Form,
    now: Timestamp,
) -> Result<Gate, ErrorBody> {
    let channel = channel(endpoint);
    let wait = |until: Timestamp| {
        let left = Duration::from_millis(u64::try_from(until.ms_since(now)).unwrap_or(0));
        Gate::Closed(left.min(LOOK_EVERY))
    };
    if let Some(until) = channel.quiet.as_ref().and_then(|quiet| quiet.held_until(now)) {
        return Ok(wait(until));
    }
    let Some(per_hour) = channel.per_hour else { return Ok(Gate::Open(u32::MAX)) };
    let deliveries = open.mirror.deliveries();
    let (sent, first) = deliveries.sent_within(endpoint.number, HOUR_MS, now).await.map_err(of_mirror)?;
    let Some(first) = first.filter(|_| sent >= per_hour) else {
        return Ok(Gate::Open(per_hour.saturating_sub(sent)));
    };
    let over = first.plus_ms(HOUR_MS);
    let keep: &[&str] = if form == Form::PagerDuty { &RESOLVING } else { &[] };
    let folded = deliveries.fold(endpoint.number, keep, over, now).await.map_err(of_mirror)?;
    if folded > 0 {
        tracing::info!(folded, "messages of a channel were taken into its summary");
    }
    Ok(wait(over))
}

/// Tells windows now and then that something waits for this desktop.
pub(super) fn tell_desktop(desk: &Desk, environment: Environment, endpoint: i64) {
    let now = Instant::now();
    {
        let mut held = desk.relay.held();
        let told = held.desktop_told.get(&(environment, endpoint));
        if told.is_some_and(|told| now.duration_since(*told) < TELL_DESKTOP_EVERY) {
            return;
        }
        held.desktop_told.insert((environment, endpoint), now);
    }
    desk.say_changed(environment, &[contract::Tag::Channels]);
}

/// A message to be rendered for a channel.
pub(crate) struct ForChannel<'a> {
    pub(crate) form: Form,
    pub(crate) channel: &'a Channel,
    pub(crate) secret: &'a Secret,
    pub(crate) account: AccountId,
    pub(crate) message: &'a Message,
    /// What the message says of what.
    pub(crate) name: &'a str,
    pub(crate) message_id: &'a str,
}

/// A request to a channel's vendor, or in the sandbox to the sandbox in its place.
///
/// # Errors
/// The problem's word, and more about it without the secret.
pub(crate) async fn parcel(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    of: &ForChannel<'_>,
) -> Result<Parcel, (&'static str, String)> {
    let address = of
        .channel
        .address(of.form, of.secret.expose())
        .map_err(|mistake| ("no_secret", mistake.to_string()))?;
    let target = target(desk, open, of.account, &address).await?;
    let payer = match of.channel.with_personal {
        true => payer(open, of.account, of.message).await,
        false => None,
    };
    let with = Render {
        channel: of.channel,
        message_id: of.message_id,
        name: of.name,
        payer: payer.as_ref(),
        secret: of.secret.expose(),
    };
    let Sent::Json(body) = render(of.form, of.message, &with) else {
        return Err(("not_replayable", "a desktop is sent nothing".to_owned()));
    };
    let body = serde_json::to_vec(&body).map_err(|error| ("not_replayable", error.to_string()))?;
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    let bearer = (of.form == Form::Email).then(|| of.secret.clone());
    Ok(Parcel { target, headers, bearer, body: body.into(), own_port: None })
}

/// Where a channel's address is called: at its vendor's own host and nowhere else, or in the sandbox at the sandbox that
/// the account is of, on this machine and nowhere else.
async fn target(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    account: AccountId,
    address: &str,
) -> Result<Target, (&'static str, String)> {
    let refused = |why: &dyn std::fmt::Display| ("address_refused", why.to_string());
    let real = Target::read(address, false).map_err(|refusal| refused(&refusal))?;
    let url = real.url();
    if open.mirror.environment() != Environment::Sandbox {
        let is_known = url.host_str().is_some_and(|host| HOSTS.contains(&host));
        if !is_known || url.port().is_some() || url.scheme() != "https" {
            return Err(refused(&"it is no host that channels are sent to"));
        }
        return Ok(real);
    }
    let rows = open.mirror.accounts().list().await.map_err(|error| refused(&error))?;
    let row = rows.iter().find(|row| row.id == account).ok_or_else(|| refused(&"the account is gone"))?;
    let base = desk.base_url(row).await.map_err(|error| refused(&error.code))?;
    let target = Target::read(&format!("{}{}", base.trim_end_matches('/'), url.path()), true)
        .map_err(|refusal| refused(&refusal))?;
    match target.is_this_machine() {
        true => Ok(target),
        false => Err(refused(&"the sandbox is not on this machine")),
    }
}

/// Whose payment a message is about, as the mirror knows them now: of an erased person nothing is known.
pub(crate) async fn payer(open: &OpenMirror, account: AccountId, message: &Message) -> Option<Payer> {
    let found = open.mirror.payments().by_id(account, message.payment()?).await;
    match found {
        Ok(found) => found.map(|found| Payer { name: found.payment.name, email: found.payment.email }),
        Err(error) => {
            tracing::warn!(%error, "a payer cannot be looked up, so that none is named");
            None
        }
    }
}

/// What is rendered for a delivery.
pub(super) fn of_delivery<'a>(
    delivery: &'a DeliveryRow,
    form: Form,
    channel: &'a Channel,
    secret: &'a Secret,
    message: &'a Message,
) -> ForChannel<'a> {
    ForChannel {
        form,
        channel,
        secret,
        account: delivery.account_id,
        message,
        name: &delivery.event_id,
        message_id: &delivery.message_id,
    }
}

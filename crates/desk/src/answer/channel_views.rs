//! Channels as shells show them: how each stands, how it would show a message, what came of a test, and what this desktop
//! and the sandbox were given.

use std::sync::Arc;

use contract::channels::{
    ChannelKind, ChannelPreview, ChannelRegion, ChannelRules, ChannelTested, ChannelView, DesktopMessage,
    LastMessage, ListSandboxMessages, PreviewChannel, PreviewedMessage, QuietHours, SandboxMessage,
    TakeDesktopMessages, TestChannel,
};
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, Page};
use mirror::{
    DeliveryBody, DeliveryFilter, EndpointForm, EndpointRow, EndpointState, KeyReference, Lane, NewDelivery,
};
use serde_json::json;
use webhooks::notify::{Channel, Form, Message, Region, Render, Sent, TEST, TYPES, render, sample};
use webhooks::relay::Filter;

use super::channels::{bad_channel, channel, form, read_rules};
use super::deliveries;
use super::endpoint_secrets;
use super::endpoints::{of_mirror, state_view};
use super::relay_book::note;
use super::scope::Resolved;
use crate::clients::BUILT_IN;
use crate::desk::{Desk, OpenMirror};
use crate::errors;
use crate::relay::Place;
use crate::relay::channels::{self as of_relay, ForChannel, Gate};
use crate::relay::sending::Outcome;

/// So much of a vendor's answer to a test is shown, in characters.
const ANSWER_MOST: usize = 500;
/// Most notifications that a window takes at once.
const DESKTOP_MOST: u32 = 5;
/// What stands in a preview in the place of a secret.
const HIDDEN: &str = "(hidden)";

fn kind(form: Form) -> ChannelKind {
    match form {
        Form::Slack => ChannelKind::Slack,
        Form::PagerDuty => ChannelKind::Pagerduty,
        Form::Email => ChannelKind::Email,
        Form::Desktop => ChannelKind::Desktop,
    }
}

/// A channel as shells show it.
pub(super) async fn view(desk: &Desk, open: &OpenMirror, row: EndpointRow) -> Result<ChannelView, ErrorBody> {
    let form = of_relay::form(&row).ok_or_else(|| errors::defect("an endpoint of events is no channel"))?;
    let channel = of_relay::channel(&row);
    let (waiting, failed) = open.mirror.endpoints().counts(row.number).await.map_err(of_mirror)?;
    let filter = DeliveryFilter { endpoint: Some(row.number), ..DeliveryFilter::default() };
    let last = open.mirror.deliveries().list(&filter, 1, None).await.map_err(of_mirror)?;
    let no_secret = desk.relay.is_without_secret(open.mirror.environment(), row.number);
    let secret_location = match form.has_secret() {
        true => Some(endpoint_secrets::secret_location(open, &row).await?),
        false => None,
    };
    let quiet = channel.quiet.as_ref().and_then(|quiet| quiet.held_until(desk.clock.now()));
    Ok(ChannelView {
        kind: kind(form),
        name: row.facts.name.clone().unwrap_or_default(),
        secret_location,
        state: state_view(row.state),
        reason: row.reason.clone().or_else(|| no_secret.then(|| "no_secret".to_owned())),
        failing_since: row.failing_since,
        quiet_until: quiet.filter(|_| row.state == EndpointState::On),
        created: row.created_at,
        waiting,
        failed,
        last: last.items.into_iter().next().map(|one| LastMessage {
            event_type: one.event_type,
            created: one.created_at,
            state: deliveries::state_view(one.state),
            status: one.status,
            problem: one.problem,
        }),
        rules: rules(&row, channel),
        id: row.id,
    })
}

fn rules(row: &EndpointRow, channel: Channel) -> ChannelRules {
    ChannelRules {
        events: row.facts.types.clone(),
        conditions: row.facts.conditions.clone(),
        quiet: channel.quiet.map(|quiet| QuietHours { from: quiet.from, to: quiet.to, zone: quiet.zone }),
        per_hour: channel.per_hour,
        with_personal: channel.with_personal,
        region: match channel.region {
            Region::Us => ChannelRegion::Us,
            Region::Eu => ChannelRegion::Eu,
        },
        from: channel.from,
        to: channel.to,
    }
}

/// Answers `preview_channel`.
pub(crate) async fn preview(scope: &Resolved, request: PreviewChannel) -> Result<ChannelPreview, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let form = form(request.kind);
    let read = read_rules(form, request.rules)?;
    let filter = Filter::read(&read.types, &read.conditions).map_err(bad_channel)?;
    let label = rows.first().map(|row| row.label.to_string()).unwrap_or_default();
    let at = scope.clock.now().to_datetime().to_rfc3339();
    let shown = TYPES.into_iter().map(|event_type| {
        let message = sample(event_type, open.mirror.environment().as_str(), &label, &at);
        // A name that ends nothing would show what opens an incident; each type ends what it may.
        let name = format!("sample_{}", event_type.rsplit('.').next().unwrap_or_default());
        let payer = sample_payer();
        let with = Render {
            channel: &read.channel,
            message_id: "msg_…",
            name: &name,
            payer: Some(&payer),
            secret: HIDDEN,
        };
        PreviewedMessage {
            event_type: event_type.to_owned(),
            wanted: filter.may_want(event_type, &message.document()),
            text: text_of(form, &render(form, &message, &with)),
        }
    });
    Ok(ChannelPreview { messages: shown.collect() })
}

fn sample_payer() -> webhooks::notify::Payer {
    webhooks::notify::Payer {
        name: Some("Ada Example".to_owned()),
        email: Some("ada@example.com".to_owned()),
    }
}

/// What a person sees of a message in the end.
fn text_of(form: Form, sent: &Sent) -> String {
    match sent {
        Sent::Desktop(notice) => format!("{}\n{}", notice.title, notice.text),
        Sent::Json(body) if form == Form::Slack => body["text"].as_str().unwrap_or_default().to_owned(),
        Sent::Json(body) if form == Form::Email => {
            let text = body["content"][0]["value"].as_str().unwrap_or_default().replace("\r\n", "\n");
            format!("{}\n\n{text}", body["subject"].as_str().unwrap_or_default())
        }
        Sent::Json(body) => serde_json::to_string_pretty(body).unwrap_or_default(),
    }
}

/// Answers `test_channel`: one try, now, whatever the rules say. It is no delivery and is not tried again.
pub(crate) async fn test(scope: &Resolved, request: TestChannel) -> Result<ChannelTested, ErrorBody> {
    let (open, row) = channel(scope, &request.id).await?;
    let rows = open.mirror.accounts().list().await.map_err(of_mirror)?;
    let account = rows.first().ok_or_else(|| ErrorBody::new(ErrorCode::NoAccount))?;
    let name = row.facts.name.clone().unwrap_or_default();
    let form = of_relay::form(&row).ok_or_else(|| errors::defect("an endpoint of events is no channel"))?;
    let environment = open.mirror.environment();
    let at = scope.clock.now().to_datetime().to_rfc3339();
    let message = sample(TEST, environment.as_str(), account.label.as_str(), &at);
    let mut tested = ChannelTested {
        name: name.clone(),
        taken: false,
        status: None,
        problem: None,
        answer: String::new(),
        took_ms: 0,
    };
    if form == Form::Desktop {
        if scope.scope.shell != Shell::Window {
            return Err(bad_channel("notifications of the desktop are tested in its window"));
        }
        // It is shown as any other message is, so what holds those back would hold it back too.
        if row.state != EndpointState::On {
            return Err(bad_channel("it is paused; resume it and test it then"));
        }
        if let Gate::Closed(_) = of_relay::gate(&open, &row, form, scope.clock.now()).await? {
            return Err(bad_channel("its quiet hours, or the messages of this hour, hold it back now"));
        }
        show_test(scope, &open, &row, account.id, &message).await?;
        tested.taken = true;
    } else {
        let secret = endpoint_secrets::secret(scope, &open, &row).await?;
        let channel = of_relay::channel(&row);
        let message_id = format!("msg_{}", uuid::Uuid::now_v7().simple());
        let of = ForChannel {
            form,
            channel: &channel,
            secret: &secret,
            account: account.id,
            message: &message,
            name: TEST,
            message_id: &message_id,
        };
        try_now(&scope.desk, &open, &of, &mut tested).await;
    }
    let said = json!({ "name": name, "taken": tested.taken, "status": tested.status });
    note(scope, &open, "channel_tested", &row.id, said).await?;
    Ok(tested)
}

/// Has a window show a test message: it takes it as any other.
async fn show_test(
    scope: &Resolved,
    open: &OpenMirror,
    row: &EndpointRow,
    account: domain::AccountId,
    message: &Message,
) -> Result<(), ErrorBody> {
    let now = scope.clock.now();
    let delivery = NewDelivery {
        endpoint: row.number,
        account_id: account,
        event_id: format!("test_{}", uuid::Uuid::now_v7().simple()),
        event_type: TEST.to_owned(),
        object_id: None,
        event_created_at: now,
        replay: None,
        body: DeliveryBody::Own,
        own: Some(message.body().map_err(errors::defect)?),
        tries: 1,
        failed: None,
    };
    open.mirror.deliveries().route(&[], &[delivery], now).await.map_err(of_mirror)?;
    scope.say_changed(open.mirror.environment(), &[contract::Tag::Channels]);
    Ok(())
}

async fn try_now(desk: &Arc<Desk>, open: &OpenMirror, of: &ForChannel<'_>, tested: &mut ChannelTested) {
    let outcome = match of_relay::parcel(desk, open, of).await {
        Ok(parcel) => Outcome::of_channel(of.form, desk.relay.courier.hand_over(&parcel).await),
        Err((problem, detail)) => Outcome::refused(problem, detail),
    };
    let end = outcome.end;
    tested.taken = end.problem.is_none();
    tested.status = end.status;
    tested.took_ms = end.took_ms;
    let answer = match end.answer.is_empty() {
        true => end.detail.unwrap_or_default(),
        false => String::from_utf8_lossy(&end.answer).into_owned(),
    };
    // Whoever answers may say back what was sent.
    tested.answer = answer.replace(of.secret.expose(), HIDDEN).chars().take(ANSWER_MOST).collect();
    tested.problem = end.problem;
}

/// Answers `take_desktop_messages`. What was taken counts as sent, so that no window shows it again.
pub(crate) async fn take_desktop(
    scope: &Resolved,
    _request: TakeDesktopMessages,
) -> Result<Page<DesktopMessage>, ErrorBody> {
    if scope.scope.shell != Shell::Window {
        return Err(errors::bad_request("only a window shows notifications of the desktop"));
    }
    let environment = scope.environment().await?;
    let mut items = Vec::new();
    let Some(open) = scope.existing_mirror(environment).await? else {
        return Ok(Page { total: 0, items, next: None });
    };
    for row in open.mirror.endpoints().list().await.map_err(of_mirror)? {
        if row.form != EndpointForm::Desktop || row.state != EndpointState::On {
            continue;
        }
        let now = scope.clock.now();
        let Gate::Open(room) = of_relay::gate(&open, &row, Form::Desktop, now).await? else { continue };
        let lane = Lane { endpoint: row.number, replay: None };
        // The relay takes nothing for left behind that is being shown now.
        let _places = Place::take(&scope.desk, environment, row.number, 1);
        let (messages, most) = (open.mirror.deliveries(), room.min(DESKTOP_MOST));
        let channel = of_relay::channel(&row);
        for claimed in messages.claim(lane, true, now, most).await.map_err(of_mirror)? {
            match take_one(&open, &channel, &claimed, now).await {
                Ok(shown) => items.extend(shown),
                // What was taken before it is shown; it and the rest are taken again later.
                Err(error) => {
                    tracing::warn!(code = %error.code, "a notification of the desktop is shown later");
                    break;
                }
            }
        }
    }
    if !items.is_empty() {
        scope.say_changed(environment, &[contract::Tag::Deliveries]);
    }
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Takes one message of the desktop: it counts as sent once that is on the disk.
async fn take_one(
    open: &OpenMirror,
    channel: &Channel,
    claimed: &mirror::Claimed,
    now: domain::Timestamp,
) -> Result<Option<DesktopMessage>, ErrorBody> {
    let messages = open.mirror.deliveries();
    let delivery = messages.by_number(claimed.number).await.map_err(of_mirror)?;
    let body = messages.own_message(claimed.number).await.map_err(of_mirror)?;
    let (Some(delivery), Some(message)) = (delivery, body.and_then(|body| Message::read(&body))) else {
        messages.refuse(claimed, "not_replayable", now).await.map_err(of_mirror)?;
        return Ok(None);
    };
    let taken = mirror::AttemptEnd::default();
    messages.finish(claimed, &taken, &mirror::Next::Delivered, now).await.map_err(of_mirror)?;
    Ok(shown_on_desktop(open, &delivery, channel, &message).await)
}

async fn shown_on_desktop(
    open: &OpenMirror,
    delivery: &mirror::DeliveryRow,
    channel: &Channel,
    message: &Message,
) -> Option<DesktopMessage> {
    let payer = match channel.with_personal {
        true => of_relay::payer(open, delivery.account_id, message).await,
        false => None,
    };
    let with = Render {
        channel,
        message_id: &delivery.message_id,
        name: &delivery.event_id,
        payer: payer.as_ref(),
        secret: "",
    };
    match render(Form::Desktop, message, &with) {
        Sent::Desktop(notice) => Some(DesktopMessage { title: notice.title, text: notice.text }),
        Sent::Json(_) => None,
    }
}

/// Answers `list_sandbox_messages`.
pub(crate) async fn list_sandbox(
    scope: &Resolved,
    _request: ListSandboxMessages,
) -> Result<Page<SandboxMessage>, ErrorBody> {
    let environment = scope.environment().await?;
    if environment != domain::Environment::Sandbox {
        return Err(errors::bad_request("only the sandbox records messages"));
    }
    let rows = scope.accounts().await?.1;
    if !rows.iter().any(|row| row.base_url == BUILT_IN) {
        return Err(errors::bad_request(
            "this sandbox is a program of its own; `paydeskctl sandbox --messages` prints what it takes",
        ));
    }
    let sandbox = scope.sandbox().await?;
    let items: Vec<SandboxMessage> = sandbox
        .messages()
        .into_iter()
        .rev()
        .map(|one| SandboxMessage {
            vendor: match one.vendor {
                "slack" => ChannelKind::Slack,
                "pagerduty" => ChannelKind::Pagerduty,
                _ => ChannelKind::Email,
            },
            at: domain::Timestamp::from_ms(one.at.saturating_mul(1_000)),
            status: one.status,
            body: one.body,
        })
        .collect();
    Ok(Page { total: items.len() as u64, items, next: None })
}

/// Whether the vault keeps the secret of a channel.
pub(super) fn keeps_secret(row: &EndpointRow) -> bool {
    row.form != EndpointForm::Desktop && row.facts.secret_reference == KeyReference::Vault
}

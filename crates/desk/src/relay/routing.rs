//! Which endpoints want an event, and which events a replay sends.

use std::sync::Arc;

use contract::relay::ReplaySource;
use contract::{ErrorBody, ErrorCode, ExitCode};
use domain::{AccountId, Environment, Event, Kind, Timestamp};
use mirror::{
    DeliveryBody, EndpointForm, EndpointPurpose, EndpointRow, EndpointState, MessageToRoute, MirrorError,
    NewDelivery, ReplayPage, ReplayRow, ReplayState, SentOn,
};
use serde_json::Value as Json;
use webhooks::notify::{OpenedBy, opened_by};
use webhooks::relay::{Filter, Schedule, attempts_of};

use super::{Work, of_mirror, tell, tell_replay};
use crate::answer::{endpoints, events};
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Events of one turn.
const AT_ONCE: u32 = 200;
/// Pages of a replay that are looked up before others have their turn.
const PAGES_OF_A_TURN: u32 = 5;
/// Why a delivery failed of which what the vendor sent is not to be had.
const NOT_REPLAYABLE: &str = "not_replayable";

/// Decides of all events that came which endpoints want them.
pub(super) async fn relay(desk: &Arc<Desk>, open: &OpenMirror) -> Result<(), ErrorBody> {
    loop {
        let events = open.mirror.deliveries().to_relay(AT_ONCE).await.map_err(of_mirror)?;
        if events.is_empty() {
            return Ok(());
        }
        let endpoints = open.mirror.endpoints().list().await.map_err(of_mirror)?;
        let wanting = wanting(endpoints);
        let mut deliveries = Vec::new();
        for one in &events {
            if let Some(event) = &one.event {
                deliveries.extend(of_event(open, one.account_id, event, &wanting).await?);
            }
        }
        let now = desk.clock.now();
        open.mirror.deliveries().relay(&events, &deliveries, now).await.map_err(of_mirror)?;
    }
}

/// Decides of all messages of our own which endpoints and channels want them.
pub(super) async fn relay_own(desk: &Arc<Desk>, open: &OpenMirror) -> Result<(), ErrorBody> {
    loop {
        let messages = open.mirror.deliveries().to_route(AT_ONCE).await.map_err(of_mirror)?;
        if messages.is_empty() {
            return Ok(());
        }
        let wanting = wanting(open.mirror.endpoints().list().await.map_err(of_mirror)?);
        let mut deliveries = Vec::new();
        for message in &messages {
            let made = of_message(open, message, &wanting, &deliveries).await?;
            deliveries.extend(made);
        }
        let now = desk.clock.now();
        open.mirror.deliveries().route(&messages, &deliveries, now).await.map_err(of_mirror)?;
    }
}

/// The deliveries of a message of our own, `before` being those of the messages before it that are not written yet.
async fn of_message(
    open: &OpenMirror,
    message: &MessageToRoute,
    wanting: &[(EndpointRow, Filter)],
    before: &[NewDelivery],
) -> Result<Vec<NewDelivery>, ErrorBody> {
    let Some(body) = &message.body else { return Ok(Vec::new()) };
    let document: Json = serde_json::from_slice(body).unwrap_or(Json::Null);
    let mut deliveries = Vec::new();
    for (endpoint, filter) in wanting {
        let concerns = endpoint.account_id.is_none_or(|only| only == message.account_id)
            && message.created_at.ms_since(endpoint.events_from) >= 0
            && filter.wants(&message.event_type, &document);
        if !concerns {
            continue;
        }
        // An incident is ended only where it was opened.
        let opened_by = opened_by(&message.event_type, &message.name);
        if let (EndpointForm::PagerDuty, Some(opened_by)) = (endpoint.form, opened_by)
            && !was_opened(open, message, endpoint.number, &opened_by, before).await?
        {
            continue;
        }
        deliveries.push(NewDelivery {
            endpoint: endpoint.number,
            account_id: message.account_id,
            event_id: message.name.clone(),
            event_type: message.event_type.clone(),
            object_id: message.object_id.clone(),
            event_created_at: message.created_at,
            replay: None,
            body: DeliveryBody::Own,
            own: Some(body.clone()),
            tries: attempts_of(Schedule::Relay),
            failed: (endpoint.state == EndpointState::Stopped).then_some("endpoint_stopped"),
        });
    }
    Ok(deliveries)
}

/// Whether an endpoint was told, or is about to be, what a message ends.
async fn was_opened(
    open: &OpenMirror,
    message: &MessageToRoute,
    endpoint: i64,
    opened_by: &OpenedBy,
    before: &[NewDelivery],
) -> Result<bool, ErrorBody> {
    let is_meant = |one: &&NewDelivery| match opened_by {
        OpenedBy::Names(names) => names.iter().any(|name| one.event_id.starts_with(name.as_str())),
        OpenedBy::OfObject(opening) => one.event_type == *opening && one.object_id == message.object_id,
    };
    if before.iter().filter(|one| one.endpoint == endpoint).any(|one| is_meant(&one)) {
        return Ok(true);
    }
    let (deliveries, account) = (open.mirror.deliveries(), message.account_id);
    let told = match (opened_by, &message.object_id) {
        (OpenedBy::Names(names), _) => deliveries.was_told(endpoint, account, names).await,
        (OpenedBy::OfObject(opening), Some(object)) => {
            deliveries.was_told_of(endpoint, account, (opening, object)).await
        }
        (OpenedBy::OfObject(_), None) => return Ok(false),
    };
    told.map_err(of_mirror)
}

/// Endpoints that want events by themselves, with what they want.
fn wanting(endpoints: Vec<EndpointRow>) -> Vec<(EndpointRow, Filter)> {
    let mut wanting = Vec::with_capacity(endpoints.len());
    for endpoint in endpoints.into_iter().filter(|one| one.purpose != EndpointPurpose::Replay) {
        match Filter::read(&endpoint.facts.types, &endpoint.facts.conditions) {
            Ok(filter) => wanting.push((endpoint, filter)),
            // Only what was read is ever kept.
            Err(mistake) => tracing::error!(%mistake, "an endpoint's filter does not read"),
        }
    }
    wanting
}

async fn of_event(
    open: &OpenMirror,
    account: AccountId,
    event: &Event,
    wanting: &[(EndpointRow, Filter)],
) -> Result<Vec<NewDelivery>, ErrorBody> {
    let mut deliveries = Vec::new();
    let mut document: Option<Json> = None;
    let mut body = None;
    for (endpoint, filter) in wanting {
        let concerns = endpoint.account_id.is_none_or(|only| only == account)
            && event.created_at.ms_since(endpoint.events_from) >= 0
            && filter.wants_type(&event.kind);
        if !concerns {
            continue;
        }
        if filter.has_conditions() {
            if document.is_none() {
                let json = match open.mirror.raw(account, Kind::Events, &event.vendor_id).await {
                    // Nothing is known of it, so no condition is met.
                    Err(MirrorError::Corrupt { .. }) => None,
                    json => json.map_err(of_mirror)?,
                };
                document = Some(serde_json::from_slice(&json.unwrap_or_default()).unwrap_or(Json::Null));
            }
            if !document.as_ref().is_some_and(|document| filter.wants(&event.kind, document)) {
                continue;
            }
        }
        if body.is_none() {
            body = Some(body_of(open, account, &event.vendor_id).await?);
        }
        let (body, masked) = body.unwrap_or((DeliveryBody::Feed, None));
        let stopped = (endpoint.state == EndpointState::Stopped).then_some("endpoint_stopped");
        deliveries.push(NewDelivery {
            endpoint: endpoint.number,
            failed: masked.or(stopped),
            body,
            ..delivery(account, event, Schedule::Relay)
        });
    }
    Ok(deliveries)
}

fn delivery(account: AccountId, event: &Event, schedule: Schedule) -> NewDelivery {
    NewDelivery {
        endpoint: 0,
        account_id: account,
        event_id: event.vendor_id.clone(),
        event_type: event.kind.clone(),
        object_id: event.subject.vendor_id.clone(),
        event_created_at: event.created_at,
        replay: None,
        body: DeliveryBody::Feed,
        own: None,
        tries: attempts_of(schedule),
        failed: None,
    }
}

/// What of an event is sent, and why it cannot be. What does not read is as what is gone: it must not hold up the rest.
async fn body_of(
    open: &OpenMirror,
    account: AccountId,
    event_id: &str,
) -> Result<(DeliveryBody, Option<&'static str>), ErrorBody> {
    Ok(match open.mirror.deliveries().sent_on(account, event_id).await {
        Ok(SentOn::Received { .. }) => (DeliveryBody::Received, None),
        Ok(SentOn::Feed { .. }) => (DeliveryBody::Feed, None),
        Ok(SentOn::Masked | SentOn::Gone) => (DeliveryBody::Received, Some(NOT_REPLAYABLE)),
        Err(MirrorError::Corrupt { detail }) => {
            tracing::error!(event_id, detail, "what is kept of an event does not read");
            (DeliveryBody::Received, Some(NOT_REPLAYABLE))
        }
        Err(error) => return Err(of_mirror(error)),
    })
}

/// Looks up events of all replays that are worked on, some of each; tells whether there are more. A replay whose events
/// cannot be looked up ends with the reason, and what passes is tried again later: neither is in the way of another.
pub(super) async fn prepare_replays(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    work: Work,
) -> Result<bool, ErrorBody> {
    let mut more = false;
    for replay in open.mirror.replays().open().await.map_err(of_mirror)? {
        let is_meant = work == Work::Everything || work == Work::Replay(replay.number);
        if !is_meant || replay.state != ReplayState::Preparing {
            continue;
        }
        match prepare(desk, open, &replay).await {
            Ok(goes_on) => more |= goes_on,
            Err(error) if is_final(&error) => give_up(desk, environment, open, &replay, &error).await?,
            Err(error) => {
                desk.note_refused_write(environment, &error);
                tracing::warn!(code = %error.code, "the events of a replay are looked up later");
            }
        }
    }
    Ok(more)
}

/// Whether looking again brings the same error.
fn is_final(error: &ErrorBody) -> bool {
    error.code.exit_code() == ExitCode::BadInput || error.code == ErrorCode::MirrorDamaged
}

/// Ends a replay whose events cannot be looked up, with the endpoint that was its alone.
async fn give_up(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
    replay: &ReplayRow,
    error: &ErrorBody,
) -> Result<(), ErrorBody> {
    tracing::warn!(code = %error.code, "a replay ends since its events cannot be looked up");
    let problem = serde_json::to_string(error).map_err(errors::defect)?;
    open.mirror.replays().give_up(replay.number, &problem, desk.clock.now()).await.map_err(of_mirror)?;
    let endpoint = open.mirror.endpoints().by_number(replay.endpoint).await.map_err(of_mirror)?;
    if let Some(own) = endpoint.filter(|one| one.purpose == EndpointPurpose::Replay) {
        endpoints::take_away(desk, environment, open, &own).await?;
    }
    tell_replay(desk, environment, open, &replay.id).await;
    tell(desk, environment, true);
    Ok(())
}

/// Looks up some pages of a replay's events, each with how far it is in one transaction; tells whether there are more.
async fn prepare(desk: &Arc<Desk>, open: &OpenMirror, replay: &ReplayRow) -> Result<bool, ErrorBody> {
    let source: ReplaySource = serde_json::from_str(&replay.source).map_err(errors::defect)?;
    let mut cursor = replay.cursor.clone();
    for _ in 0..PAGES_OF_A_TURN {
        let (events, next) = page(open, desk.clock.now(), replay, &source, cursor.as_deref()).await?;
        let mut found = ReplayPage { cursor: next, ..ReplayPage::default() };
        for (account, event) in events {
            match body_of(open, account, &event.vendor_id).await? {
                (_, Some(_)) => found.left_out += 1,
                (body, None) => found.deliveries.push(NewDelivery {
                    endpoint: replay.endpoint,
                    replay: Some(replay.number),
                    body,
                    ..delivery(account, &event, Schedule::Replay)
                }),
            }
        }
        let now = desk.clock.now();
        let took = open.mirror.replays().add_page(replay.number, &found, now).await.map_err(of_mirror)?;
        cursor = found.cursor;
        if !took || cursor.is_none() || desk.stop.is_cancelled() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A page of a replay's events, and where the next one begins.
async fn page(
    open: &OpenMirror,
    now: Timestamp,
    replay: &ReplayRow,
    source: &ReplaySource,
    cursor: Option<&str>,
) -> Result<(Vec<(AccountId, Event)>, Option<String>), ErrorBody> {
    let mut found = Vec::new();
    match source {
        ReplaySource::Events { ids } => {
            for id in ids {
                // They were found when it was asked for; one may be gone since.
                found.extend(events::find(open, id).await?);
            }
            Ok((found, None))
        }
        ReplaySource::Query { query } => {
            let page = events::search(open, query, now, AT_ONCE, cursor).await?;
            Ok((page.items, page.next))
        }
        ReplaySource::FailedSince { since, endpoint } => {
            let of_endpoint = match endpoint {
                // Without it this would be everything that failed anywhere.
                Some(id) => match open.mirror.endpoints().number_of(id).await.map_err(of_mirror)? {
                    Some(number) => Some(number),
                    None => return Ok((Vec::new(), None)),
                },
                None => None,
            };
            let after = cursor.and_then(|text| text.parse().ok()).unwrap_or(0);
            let replays = open.mirror.replays();
            let rows = replays.failed_since(*since, of_endpoint, replay.endpoint, after, AT_ONCE).await;
            let rows = rows.map_err(of_mirror)?;
            let full = rows.len() >= usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
            let next = rows.last().filter(|_| full).map(|(number, _, _)| number.to_string());
            for (_, account, id) in rows {
                let event = open.mirror.events().by_id(account, &id).await.map_err(of_mirror)?;
                found.extend(event.map(|stored| (account, stored.value)));
            }
            Ok((found, next))
        }
    }
}

//! Which endpoints want an event, and which events a replay sends.

use std::sync::Arc;

use contract::ErrorBody;
use contract::relay::ReplaySource;
use domain::{AccountId, Event, Kind, Timestamp};
use mirror::{
    DeliveryBody, EndpointForm, EndpointPurpose, EndpointRow, EndpointState, MessageToRoute, NewDelivery,
    ReplayPage, ReplayRow, SentOn,
};
use serde_json::Value as Json;
use webhooks::notify::opened_by;
use webhooks::relay::{Filter, Schedule, attempts_of};

use super::of_mirror;
use crate::answer::events;
use crate::desk::{Desk, OpenMirror};
use crate::errors;

/// Events of one turn.
const AT_ONCE: u32 = 200;

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
        if let (EndpointForm::PagerDuty, Some(names)) = (endpoint.form, opened_by) {
            let is_new =
                before.iter().any(|one| one.endpoint == endpoint.number && names.contains(&one.event_id));
            let deliveries = open.mirror.deliveries();
            let told = deliveries.was_told(endpoint.number, message.account_id, &names).await;
            if !is_new && !told.map_err(of_mirror)? {
                continue;
            }
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
                let json =
                    open.mirror.raw(account, Kind::Events, &event.vendor_id).await.map_err(of_mirror)?;
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

/// What of an event is sent, and why it cannot be.
async fn body_of(
    open: &OpenMirror,
    account: AccountId,
    event_id: &str,
) -> Result<(DeliveryBody, Option<&'static str>), ErrorBody> {
    Ok(match open.mirror.deliveries().sent_on(account, event_id).await.map_err(of_mirror)? {
        SentOn::Received { .. } => (DeliveryBody::Received, None),
        SentOn::Feed { .. } => (DeliveryBody::Feed, None),
        SentOn::Masked | SentOn::Gone => (DeliveryBody::Received, Some("not_replayable")),
    })
}

/// Looks up all events of a replay, page by page, each with how far it is in one transaction.
pub(super) async fn prepare(
    desk: &Arc<Desk>,
    open: &OpenMirror,
    replay: &ReplayRow,
) -> Result<(), ErrorBody> {
    let source: ReplaySource = serde_json::from_str(&replay.source).map_err(errors::defect)?;
    let mut cursor = replay.cursor.clone();
    loop {
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
        open.mirror.replays().add_page(replay.number, &found, now).await.map_err(of_mirror)?;
        cursor = found.cursor;
        if cursor.is_none() || desk.stop.is_cancelled() {
            return Ok(());
        }
    }
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
                Some(id) => open.mirror.endpoints().by_id(id).await.map_err(of_mirror)?.map(|one| one.number),
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

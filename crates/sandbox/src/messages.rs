//! Stands in for Slack, PagerDuty and SendGrid: takes messages as they do, checks them as they do, and keeps what it took, so that nothing of the sandbox
//! leaves the machine. Faults of the grammar of `faults` break it, too, by the paths below.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value as Json, json};

use crate::connection::{Ending, Switch};
use crate::faults::Fault;
use crate::shared::{Shared, locked};

/// Most messages that are kept; the oldest go first.
const MOST_KEPT: usize = 1_000;
/// How long a request that is never answered keeps its connection.
const HELD: Duration = Duration::from_secs(600);
/// Where what was taken can be read, as JSON.
pub(crate) const LIST: &str = "/sandbox/messages";
/// How long whoever sends too much is asked to wait.
const RETRY_AFTER: &str = "1";

/// A message that came, in whose place it was taken, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `slack`, `pagerduty` or `email`.
    pub vendor: &'static str,
    /// When, in seconds of Unix time by the sandbox's clock.
    pub at: i64,
    /// The status that was answered.
    pub status: u16,
    /// The body, with the routing key hidden.
    pub body: String,
}

/// Messages that came.
#[derive(Debug, Default)]
pub(crate) struct Messages(VecDeque<Message>);

impl Messages {
    fn add(&mut self, message: Message) {
        if self.0.len() >= MOST_KEPT {
            self.0.pop_front();
        }
        self.0.push_back(message);
    }

    pub(crate) fn all(&self) -> Vec<Message> {
        self.0.iter().cloned().collect()
    }
}

/// A vendor whose place is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Slack,
    PagerDuty,
    Email,
}

/// A request to one of them.
pub(crate) struct Arrived<'a> {
    pub(crate) vendor: Vendor,
    pub(crate) authorization: Option<&'a str>,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
}

struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Vendor {
    /// Whose path this is.
    pub(crate) fn of(method: &str, path: &str) -> Option<Vendor> {
        match (method, path) {
            ("POST", "/v2/enqueue") => Some(Vendor::PagerDuty),
            ("POST", "/v3/mail/send") => Some(Vendor::Email),
            ("POST", path) if path.starts_with("/services/") => Some(Vendor::Slack),
            _ => None,
        }
    }

    /// The path as faults name it.
    fn template(self) -> &'static str {
        match self {
            Vendor::Slack => "/services/{webhook}",
            Vendor::PagerDuty => "/v2/enqueue",
            Vendor::Email => "/v3/mail/send",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Vendor::Slack => "slack",
            Vendor::PagerDuty => "pagerduty",
            Vendor::Email => "email",
        }
    }

    /// What is said to whoever has no key, or one that was taken back.
    fn refusal(self) -> Answer {
        match self {
            Vendor::Slack => text(404, "no_service"),
            Vendor::PagerDuty => invalid_event("Invalid routing key"),
            Vendor::Email => {
                errors(401, "The provided authorization grant is invalid, expired, or revoked", None)
            }
        }
    }

    fn check(self, arrived: &Arrived<'_>) -> Answer {
        let body: Json = serde_json::from_str(arrived.body).unwrap_or(Json::Null);
        match self {
            Vendor::Slack => slack(&body),
            Vendor::PagerDuty => pagerduty(&body),
            Vendor::Email => email(arrived.authorization, &body),
        }
    }
}

fn text(status: u16, body: &str) -> Answer {
    Answer { status, content_type: "text/html", body: body.to_owned() }
}

fn object(status: u16, body: &Json) -> Answer {
    Answer { status, content_type: "application/json", body: body.to_string() }
}

fn invalid_event(error: &str) -> Answer {
    object(
        400,
        &json!({ "status": "invalid event", "message": "Event object is invalid", "errors": [error] }),
    )
}

fn errors(status: u16, message: &str, field: Option<&str>) -> Answer {
    object(status, &json!({ "errors": [{ "message": message, "field": field, "help": null }] }))
}

fn filled(value: &Json) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn slack(body: &Json) -> Answer {
    match body {
        Json::Object(fields) if fields.get("text").is_some_and(filled) => text(200, "ok"),
        Json::Object(_) => text(400, "no_text"),
        _ => text(400, "invalid_payload"),
    }
}

fn pagerduty(body: &Json) -> Answer {
    if body["routing_key"].as_str().is_none_or(|key| key.len() != 32) {
        return invalid_event("Invalid routing key");
    }
    let payload = &body["payload"];
    match body["event_action"].as_str() {
        Some("trigger") => {
            for field in ["summary", "source", "severity"] {
                if !filled(&payload[field]) {
                    return invalid_event(&format!("'payload.{field}' is missing or blank"));
                }
            }
            if !matches!(payload["severity"].as_str(), Some("critical" | "error" | "warning" | "info")) {
                return invalid_event("'payload.severity' is invalid");
            }
            if payload["summary"].as_str().is_some_and(|summary| summary.chars().count() > 1_024) {
                return invalid_event("'payload.summary' is too long");
            }
        }
        Some("acknowledge" | "resolve") if filled(&body["dedup_key"]) => {}
        Some("acknowledge" | "resolve") => return invalid_event("'dedup_key' is missing or blank"),
        _ => return invalid_event("'event_action' is missing or blank"),
    }
    object(202, &json!({ "status": "success", "message": "Event processed", "dedup_key": body["dedup_key"] }))
}

fn email(authorization: Option<&str>, body: &Json) -> Answer {
    if authorization.is_none_or(|key| !key.starts_with("Bearer SG.")) {
        return Vendor::Email.refusal();
    }
    let to = body["personalizations"].as_array().into_iter().flatten().flat_map(|one| one["to"].as_array());
    let receivers: Vec<&Json> = to.flatten().collect();
    if receivers.is_empty() || receivers.len() > 1_000 {
        return errors(400, "The personalizations field is required", Some("personalizations"));
    }
    let has_content =
        body["content"].as_array().is_some_and(|all| all.iter().any(|one| filled(&one["value"])));
    for (given, field) in [
        (filled(&body["from"]["email"]), "from"),
        (filled(&body["subject"]), "subject"),
        (has_content, "content"),
    ] {
        if !given {
            return errors(400, "This field is required", Some(field));
        }
    }
    Answer { status: 202, content_type: "text/plain", body: String::new() }
}

/// Takes a message, or breaks as it was told to.
pub(crate) async fn serve(shared: &Arc<Shared>, switch: &Switch, arrived: &Arrived<'_>) -> Response {
    let vendor = arrived.vendor;
    let template = vendor.template();
    *locked(&shared.requests).entry(format!("POST {template}")).or_default() += 1;
    let drawn = locked(&shared.faults).draw("POST", template, arrived.path);
    tokio::time::sleep(Duration::from_millis(shared.latency_ms + drawn.latency_ms)).await;
    let answer = match drawn.fault {
        Some(Fault::ResetBefore) => {
            switch.set(Ending::Reset);
            return Response::new(Body::empty());
        }
        Some(Fault::ServerBefore(status)) => text(status, "error"),
        Some(Fault::KeyRevoked) => vendor.refusal(),
        Some(Fault::RateLimit | Fault::LockTimeout) => text(429, "rate_limited"),
        Some(Fault::KeyInUse) => text(409, "conflict"),
        Some(Fault::ServerAfter | Fault::ServerSaved | Fault::ServerLost) => {
            keep(shared, arrived, vendor.check(arrived).status);
            return whole(&text(500, "error"));
        }
        _ => vendor.check(arrived),
    };
    keep(shared, arrived, answer.status);
    match drawn.fault {
        Some(Fault::ResetAfter) => switch.set(Ending::Reset),
        Some(Fault::Truncate) => switch.set(Ending::Truncate(0)),
        Some(Fault::Timeout) => {
            tokio::select! {
                () = tokio::time::sleep(HELD) => {}
                () = shared.stop.cancelled() => {}
            }
            switch.set(Ending::Reset);
        }
        Some(Fault::Html) => return whole(&text(200, "<!DOCTYPE html><title>Sign in to continue</title>")),
        Some(Fault::BadGateway) => return whole(&text(502, "<!DOCTYPE html><title>Bad gateway</title>")),
        _ => {}
    }
    whole(&answer)
}

fn keep(shared: &Shared, arrived: &Arrived<'_>, status: u16) {
    let mut body = arrived.body.to_owned();
    if let Ok(Json::Object(mut fields)) = serde_json::from_str::<Json>(arrived.body) {
        if let Some(key) = fields.get_mut("routing_key") {
            *key = "(hidden)".into();
        }
        body = Json::Object(fields).to_string();
    }
    let message = Message { vendor: arrived.vendor.word(), at: shared.clock.now(), status, body };
    locked(&shared.messages).add(message);
}

/// What was taken so far, as JSON.
pub(crate) fn listed(shared: &Shared) -> Response {
    let messages: Vec<Json> = locked(&shared.messages)
        .all()
        .into_iter()
        .map(|one| json!({ "vendor": one.vendor, "at": one.at, "status": one.status, "body": one.body }))
        .collect();
    whole(&object(200, &json!({ "messages": messages })))
}

fn whole(answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if answer.status == 429 {
        headers.insert(http::header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    if answer.status == 202 && answer.body.is_empty() {
        headers.insert(HeaderName::from_static("x-message-id"), HeaderValue::from_static("sandbox-message"));
    }
    response
}

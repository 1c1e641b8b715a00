//! One HTTP request to the simulated SendGrid, from its head to its answer.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::requests::{Answer, answer};
use super::{Shared, events};
use crate::connection::{Ending, Switch};
use crate::faults::{Drawn, Fault};
use crate::shared::locked;

/// The largest mail that SendGrid takes.
const MOST_BODY: usize = 30 * 1024 * 1024;
/// How long a request that is never answered keeps its connection.
const HELD: Duration = Duration::from_secs(600);
/// What the rate headers say: requests in a minute.
const PER_MINUTE: &str = "600";
const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Sign in to continue</title></head><body></body></html>\n";

/// Serves one request.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str().to_owned(), parts.uri.path().to_owned());
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let query = read_query(&raw_query);
    let drawn: Drawn = locked(&shared.faults).draw(&method, &path, &path);
    tokio::time::sleep(Duration::from_millis(shared.latency_ms + drawn.latency_ms)).await;
    let key = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_known = key.and_then(|value| value.strip_prefix("Bearer ")) == Some(shared.key.as_str());
    let body = axum::body::to_bytes(body, MOST_BODY).await;
    let answer = match (refused(drawn.fault, is_known), body) {
        (Some(refused), _) => refused,
        (None, Err(_)) => Answer::error(413, "Payload too large.", None),
        // What was carried out is so even where its answer is lost.
        (None, Ok(body)) => answer(&shared, &method, (&path, &raw_query), &query, &body),
    };
    for (place, mail) in &answer.taken {
        events::begin(&shared, *place, mail.clone());
    }
    finish(&shared, &switch, drawn.fault, &answer).await
}

fn read_query(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// What is refused before an endpoint is asked.
fn refused(fault: Option<Fault>, is_known: bool) -> Option<Answer> {
    match fault {
        Some(Fault::RateLimit | Fault::LockTimeout) => Some(Answer::error(429, "too many requests", None)),
        Some(Fault::KeyRevoked) => {
            Some(Answer::error(401, "The provided authorization grant is invalid, expired, or revoked", None))
        }
        Some(Fault::ServerBefore(status)) => Some(Answer::error(status, "server error", None)),
        // The connection is about to be reset; what would be answered is never seen.
        Some(Fault::ResetBefore) => Some(Answer::error(500, "server error", None)),
        _ if !is_known => {
            Some(Answer::error(401, "The provided authorization grant is invalid, expired, or revoked", None))
        }
        _ => None,
    }
}

async fn finish(shared: &Shared, switch: &Switch, fault: Option<Fault>, answer: &Answer) -> Response {
    let mut response = whole(answer);
    match fault {
        Some(Fault::ResetBefore | Fault::ResetAfter) => switch.set(Ending::Reset),
        // An answer without a body has nothing to be cut off in the middle but itself.
        Some(Fault::Truncate) => switch.set(Ending::Reset),
        Some(Fault::Timeout) => {
            tokio::select! {
                () = tokio::time::sleep(HELD) => {}
                () = shared.stop.cancelled() => {}
            }
            switch.set(Ending::Reset);
        }
        Some(Fault::Html) => response = page(StatusCode::OK),
        Some(Fault::BadGateway) => response = page(StatusCode::BAD_GATEWAY),
        Some(Fault::ServerAfter | Fault::ServerSaved | Fault::ServerLost) => {
            response = whole(&Answer::error(500, "server error", None));
        }
        _ => {}
    }
    response
}

fn page(status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(PAGE));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn whole(answer: &Answer) -> Response {
    let body = answer.body.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reset = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) + 1;
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("content-type", "application/json");
    put("x-ratelimit-limit", PER_MINUTE);
    put("x-ratelimit-remaining", if answer.status == 429 { "0" } else { PER_MINUTE });
    put("x-ratelimit-reset", &reset.to_string());
    if let Some(id) = &answer.message_id {
        put("x-message-id", id);
    }
    response
}

//! One HTTP request to the simulated Twilio, from its head to its answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use base64::Engine;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::requests::{Answer, Caller, answer};
use super::{Shared, callbacks};
use crate::connection::{Ending, Switch};
use crate::faults::{Drawn, Fault};
use crate::shared::locked;

/// The largest form that is taken.
const MOST_BODY: usize = 64 * 1024;
/// How long a request that is never answered keeps its connection.
const HELD: Duration = Duration::from_secs(600);
/// What stands before an account's id in each path.
const ACCOUNTS: &str = "/2010-04-01/Accounts/";
const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Sign in to continue</title></head><body></body></html>\n";

/// Serves one request.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let (account, rest) = split(path);
    let drawn: Drawn = locked(&shared.faults).draw(method, rest, rest);
    tokio::time::sleep(Duration::from_millis(shared.latency_ms + drawn.latency_ms)).await;
    let caller = caller(&shared, &parts.headers, account);
    let body = axum::body::to_bytes(body, MOST_BODY).await;
    let query = parts.uri.query().unwrap_or_default();
    let answer = match (refused(drawn.fault), caller, body) {
        (Some(refused), _, _) => refused,
        (None, None, _) => unauthorized(),
        (None, Some(_), Err(_)) => Answer::error(413, 20413, "Payload Too Large"),
        // What was carried out is so even where its answer is lost.
        (None, Some(caller), Ok(body)) => {
            answer(&shared, caller, (method, rest), query, &String::from_utf8_lossy(&body))
        }
    };
    if let Some((place, kept)) = &answer.taken {
        callbacks::begin(&shared, *place, kept.clone());
    }
    finish(&shared, &switch, drawn.fault, &answer).await
}

/// The account of a path, and what stands behind it.
fn split(path: &str) -> (&str, &str) {
    let behind = path.strip_prefix(ACCOUNTS).unwrap_or_default();
    let end = behind.find(['/', '.']).unwrap_or(behind.len());
    behind.split_at(end)
}

/// Who asks for an account: its auth token and its API key open it, and the test credentials their own.
fn caller(shared: &Shared, headers: &HeaderMap, account: &str) -> Option<Caller> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    let fits = |pair: &super::Pair| (user, password) == (pair.sid.as_str(), pair.secret.as_str());
    if account == shared.account.sid && (fits(&shared.account) || fits(&shared.key)) {
        return Some(Caller::Account);
    }
    (account == shared.test.sid && fits(&shared.test)).then_some(Caller::TestCredentials)
}

fn unauthorized() -> Answer {
    Answer::error(401, 20003, "Authenticate")
}

/// What is refused before an endpoint is asked.
fn refused(fault: Option<Fault>) -> Option<Answer> {
    match fault {
        Some(Fault::RateLimit | Fault::LockTimeout) => Some(Answer::error(429, 20429, "Too Many Requests")),
        Some(Fault::KeyRevoked) => Some(unauthorized()),
        Some(Fault::ServerBefore(status)) => Some(Answer::error(status, 20500, "Internal Server Error")),
        // The connection is about to be reset; what would be answered is never seen.
        Some(Fault::ResetBefore) => Some(Answer::error(500, 20500, "Internal Server Error")),
        _ => None,
    }
}

async fn finish(shared: &Shared, switch: &Switch, fault: Option<Fault>, answer: &Answer) -> Response {
    let mut response = whole(answer);
    match fault {
        Some(Fault::ResetBefore | Fault::ResetAfter) => switch.set(Ending::Reset),
        Some(Fault::Truncate) => switch.set(Ending::Truncate(40)),
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
            response = whole(&Answer::error(500, 20500, "Internal Server Error"));
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
    let mut response = Response::new(Body::from(answer.body.to_string()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in [("content-type", "application/json"), ("twilio-concurrent-requests", "1")] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

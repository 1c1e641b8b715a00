//! One HTTP request from its head to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::api::{Run, route};
use crate::clock::http_date;
use crate::connection::{Ending, Switch};
use crate::core::{Executed, Failure, Request};
use crate::error::ApiError;
use crate::faults::{Drawn, Fault};
use crate::form::Table;
use crate::messages::{self, Arrived, Vendor};
use crate::render::API_VERSION;
use crate::shared::{Shared, locked};

const MOST_BODY: usize = 1_048_576;
const MOST_KEY: usize = 255;
/// How long a request that is never answered keeps its connection.
const HELD: Duration = Duration::from_secs(600);
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in to continue</title></head><body><h1>Sign in to continue</h1></body></html>\n";

/// Where the sandbox's own clock is moved forward.
const CLOCK: &str = "/sandbox/clock";
/// How far it is moved at once, at most: longer than a feed reaches back.
const MOST_ADVANCED_SECONDS: u64 = 400 * 86_400;

/// The parts of a request that matter here.
struct Incoming {
    method: String,
    path: String,
    /// The encoded parameters: the query, and the body of a POST.
    form: String,
    authorization: Option<String>,
    version: Option<String>,
    key: Option<String>,
    content_type: Option<String>,
    too_large: bool,
}

/// An answer and how its connection ends.
struct Outgoing {
    executed: Executed,
    request_id: String,
    version: String,
    key: Option<String>,
    at: i64,
    fault: Option<Fault>,
}

/// Serves one request.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: axum::extract::Request,
) -> Response {
    let incoming = read(request).await;
    if incoming.method == "GET" && incoming.path == messages::LIST {
        return messages::listed(&shared);
    }
    if incoming.method == "POST" && incoming.path == CLOCK {
        return moved(&shared, &incoming);
    }
    if let Some(vendor) = Vendor::of(&incoming.method, &incoming.path) {
        // A message is taken though its sender hangs up, as at the vendor.
        let (shared, switch) = (Arc::clone(&shared), switch.clone());
        let taken = tokio::spawn(async move {
            let arrived = Arrived {
                vendor,
                authorization: incoming.authorization.as_deref(),
                path: &incoming.path,
                body: &incoming.form,
            };
            messages::serve(&shared, &switch, &arrived).await
        });
        return taken.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a message to the sandbox failed");
            page(StatusCode::INTERNAL_SERVER_ERROR)
        });
    }
    let outgoing = if incoming.method == "GET" {
        process(&shared, incoming).await
    } else {
        // A write goes on when its client hangs up, as at the vendor: only so can an answer be lost after the deed.
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move { process(&shared, incoming).await }
        });
        match task.await {
            Ok(outgoing) => outgoing,
            Err(error) => {
                tracing::error!(%error, "a sandbox request failed");
                switch.set(Ending::Reset);
                return Response::new(Body::empty());
            }
        }
    };
    answer(&shared, &switch, outgoing).await
}

/// Moves the clock forward for whoever has the key, and says what it shows then. What falls into that time happens.
fn moved(shared: &Shared, incoming: &Incoming) -> Response {
    if let Err(error) = shared.keys.authenticate(incoming.authorization.as_deref()) {
        return short(error.status, "a key of the sandbox is needed\n");
    }
    let seconds = incoming.form.strip_prefix("advance_seconds=").and_then(|text| text.parse::<u64>().ok());
    let Some(seconds) = seconds.filter(|seconds| *seconds <= MOST_ADVANCED_SECONDS) else {
        return short(400, "advance_seconds=0 to 34560000 is needed\n");
    };
    shared.clock.advance(i64::try_from(seconds).unwrap_or(0));
    shared.settle();
    short(200, &format!("{{\"now\":{}}}\n", shared.clock.now()))
}

fn short(status: u16, text: &str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response
}

async fn read(request: axum::extract::Request) -> Incoming {
    let (parts, body) = request.into_parts();
    let text =
        |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let body = if parts.method == Method::GET {
        Ok(bytes::Bytes::new())
    } else {
        axum::body::to_bytes(body, MOST_BODY).await
    };
    let too_large = body.is_err();
    let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
    let form = if query.is_empty() || body.is_empty() { query + &body } else { format!("{query}&{body}") };
    Incoming {
        path: parts.uri.path().to_owned(),
        form,
        authorization: text(header::AUTHORIZATION),
        version: text(HeaderName::from_static("stripe-version")),
        key: text(HeaderName::from_static("idempotency-key")).filter(|key| !key.is_empty()),
        content_type: text(header::CONTENT_TYPE),
        too_large,
        method: parts.method.as_str().to_owned(),
    }
}

async fn process(shared: &Arc<Shared>, incoming: Incoming) -> Outgoing {
    shared.settle();
    let request_id = shared.request_id();
    let template = route(&incoming.method, &incoming.path).map_or("(unknown)", |(route, _)| route.template);
    let endpoint = format!("{} {template}", incoming.method);
    *locked(&shared.requests).entry(endpoint.clone()).or_default() += 1;
    let drawn: Drawn = locked(&shared.faults).draw(&incoming.method, template, &incoming.path);
    let wait = shared.latency_ms + drawn.latency_ms;
    pause(wait / 2).await;
    let executed = match check(shared, &incoming, &endpoint, drawn.fault) {
        Ok(params) => execute(shared, &incoming, &params, &request_id, drawn.fault),
        Err(error) => shared.reading().failed(&error, &request_id, shared.clock.now()),
    };
    pause(wait - wait / 2).await;
    let key = incoming.key.filter(|_| incoming.method == "POST");
    if let Some(key) = key.as_ref().filter(|_| executed.original.is_some() && !executed.replayed) {
        shared.writing().finish(key);
    }
    Outgoing {
        executed,
        request_id,
        version: incoming.version.unwrap_or_else(|| API_VERSION.to_owned()),
        key,
        at: shared.clock.now(),
        fault: drawn.fault,
    }
}

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}

/// Everything that is refused before an endpoint is asked.
fn check(
    shared: &Shared,
    incoming: &Incoming,
    endpoint: &str,
    fault: Option<Fault>,
) -> Result<Table, ApiError> {
    let (key, rights) = shared.keys.authenticate(incoming.authorization.as_deref())?;
    if let Some(version) = incoming.version.as_deref().filter(|version| !known_version(version)) {
        return Err(ApiError::unknown_version(version));
    }
    if let Some(limits) = &shared.limits {
        locked(limits).take(endpoint, Instant::now()).map_err(ApiError::rate_limited)?;
    }
    match fault {
        Some(Fault::RateLimit) => return Err(ApiError::rate_limited("global-rate")),
        Some(Fault::LockTimeout) => return Err(ApiError::lock_timeout()),
        Some(Fault::KeyRevoked) => return Err(ApiError::wrong_key(&key)),
        Some(Fault::KeyInUse) => return Err(ApiError::key_in_use(incoming.key.as_deref().unwrap_or("none"))),
        Some(Fault::ServerBefore(status)) => {
            return Err(ApiError { should_retry: Some(true), ..ApiError::server(status) });
        }
        // The connection is about to be reset; what would be answered is never seen.
        Some(Fault::ResetBefore) => return Err(ApiError::server(500)),
        _ => {}
    }
    let (route, _) = route(&incoming.method, &incoming.path)
        .ok_or_else(|| ApiError::unknown_url(&incoming.method, &incoming.path))?;
    rights.check(route, &key, &shared.account)?;
    if incoming.too_large {
        return Err(ApiError { status: 413, ..ApiError::invalid("Request entity too large.") });
    }
    if incoming.method == "POST"
        && incoming
            .content_type
            .as_deref()
            .is_some_and(|kind| !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
    {
        return Err(ApiError::invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.",
        ));
    }
    if incoming.key.as_ref().is_some_and(|key| key.len() > MOST_KEY) {
        return Err(ApiError::invalid(format!("Idempotency keys can have up to {MOST_KEY} characters.")));
    }
    crate::form::parse(&incoming.form)
}

fn execute(
    shared: &Shared,
    incoming: &Incoming,
    params: &Table,
    request_id: &str,
    fault: Option<Fault>,
) -> Executed {
    let failure = match fault {
        Some(Fault::ServerAfter) => Failure::After,
        Some(Fault::ServerSaved) => Failure::Instead,
        _ => Failure::None,
    };
    let request = Request {
        request_id,
        path: &incoming.path,
        params,
        key: incoming.key.as_deref(),
        at: shared.clock.now(),
        failure,
    };
    match route(&incoming.method, &incoming.path) {
        Some((route, captures)) if matches!(route.run, Run::Read(_)) => {
            let core = shared.reading();
            if failure != Failure::None {
                return core.failed(&ApiError::server(500), request_id, request.at);
            }
            let Run::Read(run) = route.run else {
                return core.failed(&ApiError::server(500), request_id, request.at);
            };
            core.read(run, route, captures, &request)
        }
        _ => shared.write(&incoming.method, &incoming.form, &request),
    }
}

/// Versions that exist: the dated ones, and the named ones from acacia to endive; all get the newest shape.
fn known_version(version: &str) -> bool {
    const PLAIN: [&str; 9] = [
        "2020-08-27",
        "2022-08-01",
        "2022-11-15",
        "2023-08-16",
        "2023-10-16",
        "2024-04-10",
        "2024-06-20",
        "2020-03-02",
        "2019-12-03",
    ];
    const NAMED: [&str; 5] = ["acacia", "basil", "clover", "dahlia", "endive"];
    match version.split_once('.') {
        None => PLAIN.contains(&version),
        Some((date, name)) => {
            let dated = chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok();
            dated && NAMED.contains(&name) && date >= "2024-09-30" && version <= API_VERSION
        }
    }
}

async fn answer(shared: &Shared, switch: &Switch, outgoing: Outgoing) -> Response {
    let body = Arc::clone(&outgoing.executed.body);
    let mut response = whole(&outgoing, &body);
    match outgoing.fault {
        Some(Fault::ResetBefore | Fault::ResetAfter) => switch.set(Ending::Reset),
        Some(Fault::Truncate) => switch.set(Ending::Truncate(body.len() / 2)),
        Some(Fault::Timeout) => {
            tokio::select! {
                () = tokio::time::sleep(HELD) => {}
                () = shared.stop.cancelled() => {}
            }
            switch.set(Ending::Reset);
        }
        Some(Fault::Html) => response = page(StatusCode::OK),
        Some(Fault::BadGateway) => response = page(StatusCode::BAD_GATEWAY),
        Some(Fault::ServerLost) => {
            let error = shared.reading().failed(&ApiError::server(500), &outgoing.request_id, outgoing.at);
            let body = Arc::clone(&error.body);
            response = whole(&Outgoing { executed: error, ..outgoing }, &body);
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

fn whole(outgoing: &Outgoing, body: &Arc<Vec<u8>>) -> Response {
    let executed = &outgoing.executed;
    let mut response = Response::new(Body::from(bytes::Bytes::from_owner(Shareable(Arc::clone(body)))));
    *response.status_mut() =
        StatusCode::from_u16(executed.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    put(headers, "content-type", "application/json");
    put(headers, "cache-control", "no-cache, no-store");
    put(headers, "date", &http_date(outgoing.at));
    put(headers, "request-id", &outgoing.request_id);
    put(headers, "stripe-version", &outgoing.version);
    if let Some(key) = &outgoing.key {
        put(headers, "idempotency-key", key);
        put(headers, "original-request", executed.original.as_deref().unwrap_or(&outgoing.request_id));
    }
    if executed.replayed {
        put(headers, "idempotent-replayed", "true");
    }
    if let Some(retry) = executed.should_retry {
        put(headers, "stripe-should-retry", if retry { "true" } else { "false" });
    }
    if let Some(reason) = executed.limited {
        put(headers, "stripe-rate-limited-reason", reason);
    }
    if executed.status == 401 {
        put(headers, "www-authenticate", "Bearer realm=\"Stripe\"");
    }
    response
}

/// Lets an answer that is kept under a key be sent without copying it.
struct Shareable(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shareable {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // A key with control characters cannot be echoed; it is left out rather than made an error of ours.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_up_to_the_served_one_exist() {
        for good in ["2020-08-27", "2023-08-16", "2025-03-31.basil", "2026-09-30.endive", "2026-10-28.endive"]
        {
            assert!(known_version(good), "{good}");
        }
        for bad in [
            "",
            "2099-01-01",
            "2026-10-28",
            "2026-10-28.fuchsia",
            "2026-11-30.endive",
            "2026-13-45.endive",
            "latest",
            "2023-01-01.acacia",
        ] {
            assert!(!known_version(bad), "{bad}");
        }
    }
}

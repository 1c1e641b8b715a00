//! A loopback bridge from a page in a plain browser to the real Desk, for tests of the page.
//!
//! It exists only as an example target, so no release carries it. It binds 127.0.0.1 alone.
//! `bridge --home DIR --ui DIR [--port N]` prints `{"url": …}` and serves until it is killed:
//! the built page at `/`, `POST /{environment}/call/{endpoint}` and `GET /{environment}/notices`.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a tool for tests speaks on stdout and may stop"
)]

use std::convert::Infallible;
use std::path::PathBuf;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::{get, post};
use contract::shared::Shell;
use contract::{ErrorBody, ErrorCode, Notice, Request, Scope};
use desk::{Connection, DeskOptions};
use domain::Environment;
use futures::stream::{Stream, StreamExt as _};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[derive(Clone)]
struct Bridge {
    desk: Connection,
    page: PathBuf,
}

#[tokio::main]
async fn main() {
    let mut home = None;
    let mut page = PathBuf::from("ui/dist");
    let mut port = 0;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().expect("each option has a value");
        match name.as_str() {
            "--home" => home = Some(PathBuf::from(value)),
            "--ui" => page = value.into(),
            "--port" => port = value.parse().expect("a port is a number"),
            other => panic!("{other} is no option"),
        }
    }
    let home = home.expect("--home is needed");
    tracing_subscriber::registry().with(desk::log_layer()).init();
    let options = DeskOptions { home, shell: Shell::Window, passphrase: None, background: true, vault: None };
    let desk = Connection::open(options).await.expect("the Desk opens");
    let routes = Router::new()
        .route("/{environment}/call/{endpoint}", post(call))
        .route("/{environment}/notices", get(notices))
        .fallback(get(file))
        .with_state(Bridge { desk: desk.clone(), page });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("loopback can be bound");
    let address = listener.local_addr().expect("the listener has an address");
    println!("{}", serde_json::json!({ "url": format!("http://{address}") }));
    let stopped = async {
        tokio::signal::ctrl_c().await.expect("signals can be heard");
    };
    tokio::select! {
        served = async { axum::serve(listener, routes).await } => served.expect("the bridge serves"),
        () = stopped => {}
    }
    desk.close().await;
}

fn scope(environment: &str) -> Result<Scope, StatusCode> {
    let environment: Environment = environment.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(Scope { environment: Some(environment), shell: Shell::Window })
}

async fn call(
    State(bridge): State<Bridge>,
    Path((environment, endpoint)): Path<(String, String)>,
    body: String,
) -> Result<HttpResponse, StatusCode> {
    let scope = scope(&environment)?;
    let arguments: serde_json::Value = serde_json::from_str(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let tagged = serde_json::json!({ "endpoint": endpoint, "request": arguments });
    let answer = match serde_json::from_value::<Request>(tagged) {
        Ok(request) => bridge.desk.request(scope, request).await,
        Err(error) => Err(ErrorBody::new(ErrorCode::BadRequest).with("why", error)),
    };
    let shown = match answer {
        Ok(response) => {
            let tagged = serde_json::to_value(response).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
            serde_json::json!({ "ok": tagged["response"] })
        }
        Err(error) => serde_json::json!({ "err": error }),
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], shown.to_string()).into_response())
}

async fn notices(
    State(bridge): State<Bridge>,
    Path(environment): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let wanted = scope(&environment)?.environment;
    let heard = futures::stream::unfold(bridge.desk.notices(), |mut notices| async move {
        let notice = match notices.recv().await {
            Ok(notice) => notice,
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => Notice::Missed {},
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
        };
        Some((notice, notices))
    });
    let events = heard.filter_map(move |notice| async move {
        let concerns = match &notice {
            Notice::Sync { environment, .. }
            | Notice::Proof { environment, .. }
            | Notice::Changed { environment, .. }
            | Notice::Export { environment, .. }
            | Notice::Bulk { environment, .. }
            | Notice::MailRun { environment, .. }
            | Notice::BulkImport { environment, .. }
            | Notice::ViewGained { environment, .. }
            | Notice::Event { environment, .. }
            | Notice::Delivery { environment, .. }
            | Notice::Replay { environment, .. } => Some(*environment) == wanted,
            Notice::Missed {} => true,
        };
        let text = serde_json::to_string(&notice).ok().filter(|_| concerns)?;
        Some(Ok(Event::default().data(text)))
    });
    Ok(Sse::new(events))
}

/// A file of the built page; everything that is none is the page itself.
async fn file(State(bridge): State<Bridge>, uri: axum::http::Uri) -> HttpResponse {
    let wanted = uri.path().trim_start_matches('/');
    let plain = !wanted.is_empty() && wanted.split('/').all(|part| !part.is_empty() && part != "..");
    let path = if plain { bridge.page.join(wanted) } else { bridge.page.join("index.html") };
    let found = match tokio::fs::read(&path).await {
        Ok(bytes) => Some((path, bytes)),
        Err(_) => {
            let index = bridge.page.join("index.html");
            tokio::fs::read(&index).await.ok().map(|bytes| (index, bytes))
        }
    };
    let Some((path, bytes)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let kind = match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    (headers, bytes).into_response()
}

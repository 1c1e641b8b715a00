//! Sends events to webhook endpoints on loopback, signed as Stripe signs them (vendor facts: "Events and webhooks").

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::shared::Shared;

/// Waits before the second and the third try. Stripe spreads three sandbox tries over hours; here they are short enough to watch.
const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
const TIMEOUT: Duration = Duration::from_secs(10);
const MOST_AT_ONCE: usize = 8;
/// Who Stripe says that it is.
const AGENT: &str = "Stripe/1.0 (+https://stripe.com/docs/webhooks)";

/// Where one event is to go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A registered endpoint, by its place.
    Endpoint(u32),
    /// An address that was asked to get everything, as a forwarding tool does.
    Forward(String),
}

/// One event on its way.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) event: u32,
    pub(crate) target: Target,
}

/// One try to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event's id.
    pub event_id: String,
    /// Where it was sent.
    pub url: String,
    /// The try, counted from 1.
    pub attempt: u32,
    /// The status that came back, if any did.
    pub status: Option<u16>,
}

impl Delivery {
    /// Whether the receiver took it.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// The header that proves where an event comes from: HMAC-SHA256 with the whole secret over `<t>.<body>`.
pub(crate) fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length, so there is no error to handle.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Takes events from the queue until the sandbox stops.
pub(crate) async fn run(shared: Arc<Shared>, mut jobs: UnboundedReceiver<Job>) {
    let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
    loop {
        let job = tokio::select! {
            job = jobs.recv() => job,
            () = shared.stop.cancelled() => None,
        };
        let Some(job) = job else { return };
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            deliver(&shared, &job, permit).await;
        });
    }
}

async fn deliver(shared: &Shared, job: &Job, permit: tokio::sync::OwnedSemaphorePermit) {
    // The place is only held for the first try: a dead receiver must not hold back the others.
    let mut permit = Some(permit);
    for attempt in 1..=3 {
        let Some((event_id, url, secret, body)) = shared.event_for(job) else { return };
        let header = signature(&secret, shared.clock.now(), &body);
        let status = match loopback(&url) {
            Some(address) => tokio::time::timeout(
                TIMEOUT,
                post(address, &url, AGENT, &format!("Stripe-Signature: {header}"), &body),
            )
            .await
            .ok()
            .and_then(Result::ok),
            None => None,
        };
        permit.take();
        let delivery = Delivery { event_id, url, attempt, status };
        let done = delivery.succeeded();
        shared.delivered(job, delivery);
        if done {
            return;
        }
        let Some(wait) = WAITS.get(attempt as usize - 1) else { return };
        tokio::select! {
            () = tokio::time::sleep(*wait) => {}
            () = shared.stop.cancelled() => return,
        }
    }
}

/// The socket of a loopback address; nothing else is ever called, so a sandbox cannot be used to reach out.
pub(crate) fn loopback(text: &str) -> Option<SocketAddr> {
    let url = url::Url::parse(text).ok().filter(|url| url.scheme() == "http")?;
    let ip = match url.host()? {
        url::Host::Ipv4(ip) => IpAddr::V4(ip),
        url::Host::Ipv6(ip) => IpAddr::V6(ip),
        url::Host::Domain("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        url::Host::Domain(_) => return None,
    };
    ip.is_loopback().then(|| SocketAddr::new(ip, url.port().unwrap_or(80)))
}

/// Posts JSON and answers with the status.
pub(crate) async fn post(
    address: SocketAddr,
    text: &str,
    agent: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<u16> {
    let headers = format!("Content-Type: application/json; charset=utf-8\r\n{headers}");
    post_as(address, text, agent, &headers, body).await
}

/// Posts what the headers say it is, and answers with the status.
pub(crate) async fn post_as(
    address: SocketAddr,
    text: &str,
    agent: &str,
    headers: &str,
    body: &[u8],
) -> std::io::Result<u16> {
    let url = url::Url::parse(text).map_err(std::io::Error::other)?;
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n{headers}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    let mut piece = [0; 512];
    // Only the status line is of interest, and a receiver may say no more than that.
    while !answer.windows(2).any(|end| end == b"\r\n") && answer.len() < 4_096 {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(&piece[..count]);
    }
    let line = String::from_utf8_lossy(&answer);
    line.split_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| std::io::Error::other("no status line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_match_a_known_vector() {
        // Made once with Python's hmac module over the same three parts.
        let body = b"{\n  \"id\": \"evt_1\",\n  \"object\": \"event\"\n}";
        let header = signature("whsec_test_4f1d2c", 1_700_000_000, body);
        assert_eq!(
            header,
            "t=1700000000,v1=44bb54689e687112cf2e5ed136ed4ae556f453439b019d321459b140c5c30406"
        );
    }

    #[test]
    fn only_loopback_is_called() {
        for good in ["http://127.0.0.1:9/x", "http://localhost:80/", "http://[::1]:5/", "http://127.9.9.9/"] {
            assert!(loopback(good).is_some(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://example.com/",
            "http://169.254.169.254/",
            "http://0.0.0.0:1/",
            "http://localhost.evil.example/",
            "ftp://127.0.0.1/",
            "x",
        ] {
            assert!(loopback(bad).is_none(), "{bad}");
        }
    }
}

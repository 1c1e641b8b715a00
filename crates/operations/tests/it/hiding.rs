//! A proxy before a simulated vendor that hides some objects from lists until they are shown.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the proxy does to the answers that pass it.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// Objects that lists leave out.
    pub(crate) hidden: HashSet<String>,
    /// Lists, by the beginning of their path, that answer 500 from this page on.
    pub(crate) failing: Option<(String, u32)>,
    /// Pages of the failing list so far.
    pages: u32,
    /// Answers 403 to whatever begins so.
    pub(crate) forbidden: Option<String>,
    /// Whether events are written in a version of the API that is not known to mean the same.
    pub(crate) old_events: bool,
    /// The event feed in place of the vendor's, newest first.
    pub(crate) feed: Option<Vec<Value>>,
    /// Lists, by the beginning of their path, that answer with something else than JSON.
    pub(crate) unreadable: Option<String>,
    /// What was asked for.
    pub(crate) asked: Vec<String>,
}

/// The proxy.
pub(crate) struct Hiding {
    pub(crate) rules: Arc<Mutex<Rules>>,
    address: SocketAddr,
}

impl Hiding {
    pub(crate) async fn before(upstream: &str) -> Self {
        let upstream: SocketAddr = upstream.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let rules = Arc::new(Mutex::new(Rules::default()));
        let shared = Arc::clone(&rules);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let rules = Arc::clone(&shared);
                tokio::spawn(async move {
                    // A connection that breaks is the client's to notice.
                    let _ = pass(client, upstream, &rules).await;
                });
            }
        });
        Self { rules, address }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// One request a connection: the client is told to open another one for the next.
async fn pass(mut client: TcpStream, upstream: SocketAddr, rules: &Mutex<Rules>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte).await? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body).await?;
    let mut vendor = TcpStream::connect(upstream).await?;
    let kept: Vec<&str> = head
        .lines()
        .filter(|line| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !line.is_empty() && name != "connection" && name != "accept-encoding"
        })
        .collect();
    vendor.write_all(format!("{}\r\nconnection: close\r\n\r\n", kept.join("\r\n")).as_bytes()).await?;
    vendor.write_all(&body).await?;
    let mut answer = Vec::new();
    vendor.read_to_end(&mut answer).await?;
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let (answer_head, answer_body) = answer.split_at(split);
    let (status, filtered) = rules.lock().unwrap().apply(&path, answer_body);
    let mut lines: Vec<String> = String::from_utf8_lossy(answer_head).lines().map(str::to_owned).collect();
    if let Some(status) = status {
        lines[0] = format!("HTTP/1.1 {status} Made");
    }
    lines.retain(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !line.is_empty() && name != "content-length" && name != "transfer-encoding" && name != "connection"
    });
    let new_head =
        format!("{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", lines.join("\r\n"), filtered.len());
    client.write_all(new_head.as_bytes()).await?;
    client.write_all(&filtered).await?;
    client.shutdown().await
}

impl Rules {
    /// The status, where it is another one, and the body that the client gets.
    fn apply(&mut self, path: &str, body: &[u8]) -> (Option<u16>, Vec<u8>) {
        self.asked.push(path.to_owned());
        if self.forbidden.as_ref().is_some_and(|forbidden| path.starts_with(forbidden.as_str())) {
            let error = br#"{"error":{"type":"invalid_request_error","message":"The key lacks a right"}}"#;
            return (Some(403), error.to_vec());
        }
        if let Some((failing, from)) = &self.failing
            && path.starts_with(failing.as_str())
        {
            self.pages += 1;
            if self.pages >= *from {
                let error = br#"{"error":{"type":"api_error","message":"made to fail"}}"#;
                return (Some(500), error.to_vec());
            }
        }
        if self.unreadable.as_ref().is_some_and(|beginning| path.starts_with(beginning.as_str())) {
            return (None, b"Please sign in to the network".to_vec());
        }
        let Ok(mut document) = serde_json::from_slice::<Value>(body) else { return (None, body.to_vec()) };
        let is_hidden = |one: &Value| one["id"].as_str().is_some_and(|id| self.hidden.contains(id));
        if let Some(data) = document.get_mut("data").and_then(Value::as_array_mut) {
            data.retain(|one| !is_hidden(one));
            for event in data.iter_mut().filter(|one| self.old_events && one["object"] == "event") {
                event["api_version"] = "2020-08-27".into();
            }
        }
        if let Some(feed) = self.feed.as_ref().filter(|_| path.starts_with("/v1/events")) {
            return (Some(200), page_of(feed, path));
        }
        (None, serde_json::to_vec(&document).unwrap())
    }
}

/// The page of a made-up feed that was asked for, as Stripe cuts it.
fn page_of(feed: &[Value], path: &str) -> Vec<u8> {
    let url = url::Url::parse(&format!("http://x{path}")).unwrap();
    let asked =
        |name: &str| url.query_pairs().find(|(one, _)| one == name).map(|(_, value)| value.into_owned());
    let limit: usize = asked("limit").map_or(10, |limit| limit.parse().unwrap());
    let from: i64 = asked("created[gte]").map_or(0, |from| from.parse().unwrap());
    let place = |id: &str| feed.iter().position(|one| one["id"] == id).unwrap();
    let all: Vec<&Value> = match (asked("starting_after"), asked("ending_before")) {
        (Some(id), _) => feed[place(&id) + 1..].iter().collect(),
        // An event that the made-up feed does not know is older than all of it.
        (_, Some(id)) => feed.iter().take_while(|one| one["id"] != id.as_str()).collect(),
        _ => feed.iter().collect(),
    };
    let all: Vec<&Value> = all.into_iter().filter(|one| one["created"].as_i64().unwrap() >= from).collect();
    let cut = all.len().min(limit);
    let page = if asked("ending_before").is_some() { &all[all.len() - cut..] } else { &all[..cut] };
    let body = serde_json::json!({
        "object": "list", "url": "/v1/events", "has_more": cut < all.len(), "data": page,
    });
    serde_json::to_vec(&body).unwrap()
}

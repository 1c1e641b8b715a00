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
        if let Some((failing, from)) = &self.failing
            && path.starts_with(failing.as_str())
        {
            self.pages += 1;
            if self.pages >= *from {
                let error = br#"{"error":{"type":"api_error","message":"made to fail"}}"#;
                return (Some(500), error.to_vec());
            }
        }
        let Ok(mut document) = serde_json::from_slice::<Value>(body) else { return (None, body.to_vec()) };
        let is_hidden = |one: &Value| one["id"].as_str().is_some_and(|id| self.hidden.contains(id));
        if let Some(data) = document.get_mut("data").and_then(Value::as_array_mut) {
            data.retain(|one| !is_hidden(one));
        }
        (None, serde_json::to_vec(&document).unwrap())
    }
}

//! A small HTTP client: one connection per request, so that faults of connections are seen as they are.

use std::io;

use sandbox::Sandbox;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The error's type, code and message.
    pub(crate) fn error(&self) -> (String, String, String) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        (text("type"), text("code"), text("message"))
    }
}

/// A client of one sandbox.
#[derive(Clone)]
pub(crate) struct Client {
    address: String,
    authorization: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn new(sandbox: &Sandbox) -> Client {
        Client::with_key(sandbox, sandbox.secret_key())
    }

    pub(crate) fn with_key(sandbox: &Sandbox, key: &str) -> Client {
        Client::at(&sandbox.base_url(), key)
    }

    pub(crate) fn at(base_url: &str, key: &str) -> Client {
        let address = base_url.trim_start_matches("http://").to_owned();
        Client { address, authorization: format!("Bearer {key}"), headers: Vec::new() }
    }

    /// The same client with one more header.
    pub(crate) fn header(&self, name: &str, value: &str) -> Client {
        let mut other = self.clone();
        if name == "authorization" {
            other.authorization = value.to_owned();
        } else {
            other.headers.push((name.to_owned(), value.to_owned()));
        }
        other
    }

    pub(crate) fn key(&self, key: &str) -> Client {
        self.header("idempotency-key", key)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        self.send("POST", path, form).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, form: &str) -> io::Result<Answer> {
        let path = path.replace(' ', "%20");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            form.len()
        );
        if !self.authorization.is_empty() {
            head += &format!("authorization: {}\r\n", self.authorization);
        }
        if !form.is_empty() && !self.headers.iter().any(|(name, _)| name == "content-type") {
            head += "content-type: application/x-www-form-urlencoded\r\n";
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(format!("{head}\r\n{form}").as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        parse(&bytes)
    }
}

fn parse(bytes: &[u8]) -> io::Result<Answer> {
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(cut)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or_else(cut)?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let body = bytes[end + 4..].to_vec();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        return Err(cut());
    }
    Ok(Answer { status, headers, body })
}

/// The text of a string member.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

/// The ids of a page.
pub(crate) fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|item| text(item, "id").to_owned()).collect()
}

/// Everything a list has, newest first, walked with `starting_after`.
pub(crate) async fn all(client: &Client, path: &str) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let mut items: Vec<Value> = Vec::new();
    loop {
        let cursor =
            items.last().map(|item| format!("&starting_after={}", text(item, "id"))).unwrap_or_default();
        let page = client.get(&format!("{path}{joint}limit=100{cursor}")).await.json();
        items.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            return items;
        }
    }
}

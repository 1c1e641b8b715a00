//! What Paydesk did and where it sends things: the log, the text for support, what leaves, and figures for a collector.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::stage::{Home, Sandbox, Vault, until};

const LIMIT: Duration = Duration::from_secs(60);

/// A receiver of figures on this machine: its address, and each request's first line with its body.
fn collector() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (Vec::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push(line);
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            if sender.send((head.concat(), String::from_utf8(body).unwrap())).is_err() {
                return;
            }
        }
    });
    (address, received)
}

#[test]
fn figures_leave_only_for_the_address_that_was_set_and_name_nobody() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    assert_eq!(home.json(&["telemetry"], 0)["address"], Value::Null);
    for bad in ["nonsense", "http://169.254.169.254", "ftp://127.0.0.1"] {
        assert_eq!(home.error(&["telemetry", "--to", bad], 2), "telemetry_address");
    }
    let _desk = home.serve();
    home.sync();
    let (address, received) = collector();
    assert_eq!(home.json(&["telemetry", "--to", &address], 0)["address"], address.as_str());
    let (head, body) = received.recv_timeout(LIMIT).unwrap();
    assert!(head.starts_with("POST /v1/metrics HTTP/1.1"), "{head}");
    assert!(body.contains("paydesk.vendor.call.duration") && body.contains("/v1/"), "{body}");
    for secret in [sandbox.key.as_str(), "shop", "@"] {
        assert!(!body.contains(secret), "{secret} is in {body}");
    }
    until("the figures to be taken", || home.json(&["telemetry"], 0)["taken_at"].is_string().then_some(()));
    let listed = home.json(&["destinations"], 0);
    let told = listed["items"].as_array().unwrap();
    assert!(told.iter().any(|one| one["kind"] == "telemetry" && one["host"] == "127.0.0.1"), "{listed}");
    assert!(told.iter().any(|one| one["host"] == "api.stripe.com" && one["in_use"] == false), "{listed}");
    assert_eq!(home.json(&["telemetry", "--off"], 0)["address"], Value::Null);
}

#[test]
fn the_log_says_what_was_done_and_holds_no_key() {
    let sandbox = Sandbox::start(&["--faults", "GET /v1/charges:500:1"]);
    let home = Home::new(Vault::Passphrase, &sandbox.key);
    home.connect(&sandbox);
    for _ in 0..2 {
        let desk = home.serve();
        home.run(&["sync"]);
        assert_eq!(desk.terminate(), Some(0));
    }
    let page = home.json(&["logs", "runs here"], 0);
    let lines = page["items"].as_array().unwrap();
    assert!(lines.len() >= 2 && lines.iter().all(|line| line["level"] == "info"), "{page}");
    let failed = home.json(&["logs", "did not go well"], 0);
    assert!(failed["items"].to_string().contains("500"), "{failed}");
    assert_eq!(home.json(&["logs", "runs here", "--level", "error"], 0)["items"], Value::Array(vec![]));
    let first = home.json(&["logs", "--limit", "1"], 0);
    let next = first["next"].as_str().unwrap();
    let second = home.json(&["logs", "--limit", "1", "--after", next], 0);
    assert!(second["items"][0]["number"].as_u64() < first["items"][0]["number"].as_u64(), "{second}");
    assert_eq!(home.error(&["logs", "--after", "nowhere"], 2), "bad_request");
    for entry in std::fs::read_dir(home.path().join("logs")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains(&sandbox.key), "{text}");
    }
}

#[test]
fn the_text_for_support_is_saved_as_it_was_shown_and_over_nothing() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let file = home.folder().join("support.txt");
    let path = file.to_str().unwrap();
    assert_eq!(home.error(&["diagnostics", "--save", path], 2), "bad_request");
    assert!(!file.exists(), "it was saved without being confirmed");
    let saved = home.json(&["diagnostics", "--save", path, "--yes"], 0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(saved["bytes"].as_u64().unwrap(), text.len() as u64);
    assert!(text.contains("## Home") && text.contains("sandbox: 1 of Stripe"), "{text}");
    assert!(!text.contains(&sandbox.key) && !text.contains('@'), "{text}");
    assert_eq!(home.error(&["diagnostics", "--save", path, "--yes"], 3), "file_exists");
}

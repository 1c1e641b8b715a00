//! A night asleep, by commands alone: the vendor goes on for hours while nothing runs here, and in the morning what came is
//! told and sent to a server of the developer's own, whose verifier takes each signature.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use webhooks::RecordedRequest;

use crate::stage::{Home, LIMIT, Sandbox, Vault, paydeskctl};

const HOURS: i64 = 9;
/// What others do at the account meanwhile.
const CAUSED: [&str; 12] = [
    "charge.succeeded",
    "charge.failed",
    "charge.refunded",
    "customer.updated",
    "payment_intent.canceled",
    "charge.dispute.created",
    "customer.deleted",
    "refund.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "balance.available",
];
const FEWEST_EVENTS: usize = 20;
const VARIABLE: &str = "PAYDESK_TEST_NIGHT_SECRET";
const SECRET: &str = "whsec_canary_of_the_night";

/// A server that writes down each request whole.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let (also, to) = (Arc::clone(&got), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(stream, &to, &also);
            }
        });
        Self { url, got }
    }
}

/// Reads one request, notes it as recorded requests are written, and answers.
fn take(stream: TcpStream, url: &str, got: &Mutex<Vec<RecordedRequest>>) -> Option<()> {
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut headers, mut length) = (Vec::new(), 0);
    reader.read_line(&mut String::new()).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = RecordedRequest { method: "POST".to_owned(), url: url.to_owned(), headers, body };
    got.lock().unwrap().push(request);
    reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()
}

fn moved(sandbox: &Sandbox, seconds: i64) -> i64 {
    sandbox.post("/sandbox/clock", &format!("advance_seconds={seconds}"))["now"].as_i64().unwrap()
}

/// Lets the night pass, and answers with the ids of all events that the vendor has of it.
fn sleep_through(sandbox: &Sandbox) -> BTreeSet<String> {
    let colleague = Home::new(Vault::Environment, &sandbox.key);
    colleague.connect(sandbox);
    let fell = moved(sandbox, 60);
    for event_type in CAUSED {
        colleague.json(&["trigger", event_type], 0);
        moved(sandbox, (HOURS * 3_600 - 120) / 12);
    }
    let now = contract::Timestamp::from(chrono::Utc::now()).as_seconds();
    moved(sandbox, (now - moved(sandbox, 0)).max(0));
    let listed = sandbox.get(&format!("/v1/events?created[gte]={fell}&limit=100"));
    assert_eq!(listed["has_more"], false);
    listed["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_came_in_a_night_is_told_and_each_event_is_replayed_once_with_a_valid_signature() {
    let sandbox = Sandbox::start(&["--hours-ago", "9"]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let came = sleep_through(&sandbox);
    assert!(came.len() >= FEWEST_EVENTS, "{came:?}");

    let missed = home.json(&["events", "catch-up"], 0);
    let told = &missed["items"][0];
    assert_eq!(told["events"], came.len(), "{missed}");
    let types: Vec<_> = told["types"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    for event_type in CAUSED {
        assert!(types.contains(&&json!(event_type)), "{event_type} is not told: {types:?}");
    }

    let receiver = Receiver::start();
    let query = told["query"].as_str().unwrap();
    let words = ["replay", "--query", query, "--to", &receiver.url, "--secret-env", VARIABLE, "--json"];
    let done = home.command(&words).env(VARIABLE, SECRET).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    let replay: Value =
        serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!((&replay["state"], &replay["delivered"]), (&json!("done"), &json!(came.len())), "{replay}");

    let got = receiver.got.lock().unwrap();
    assert_eq!(got.len(), came.len(), "each came once");
    let mut arrived = BTreeSet::new();
    let file = home.folder().join("request.json");
    for request in got.iter() {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        arrived.insert(event["id"].as_str().unwrap().to_owned());
        std::fs::write(&file, request.to_json().unwrap()).unwrap();
        let verified = |secret: &str| {
            let mut verify = paydeskctl();
            verify.args(["webhooks", "verify", "--scheme", "stripe", "--secret-env", VARIABLE, "--request"]);
            verify.arg(&file).env(VARIABLE, secret).output().unwrap().status.code()
        };
        assert_eq!(verified(SECRET), Some(0), "{event}");
        assert_eq!(verified("whsec_of_nobody"), Some(3));
    }
    assert_eq!(arrived, came);
}

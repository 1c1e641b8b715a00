//! `paydeskctl listen` as a process: what it prints, and that what it acknowledged is there whatever becomes of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use contract::{Secret, Timestamp};
use serde_json::{Value, json};

use crate::stage::{Home, LIMIT, Running, Sandbox, Vault, until};

pub(crate) const SECRET: &str = "whsec_canary_of_the_tests";
pub(crate) const VARIABLE: &str = "PAYDESK_TEST_WEBHOOK_SECRET";
/// How often it is killed, and how many requests are acknowledged between two kills.
const KILLS: usize = 6;
const BETWEEN_KILLS: usize = 40;
/// Vendors that deliver beside each other.
const SENDERS: usize = 4;

fn now() -> i64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_secs()).unwrap()
}

pub(crate) fn event(id: &str) -> String {
    let (created, customer) = (now(), format!("cus_{id}"));
    json!({
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": created, "livemode": false,
        "pending_webhooks": 1, "request": null, "type": "customer.created",
        "data": { "object": { "id": customer, "object": "customer", "created": created, "livemode": false, "metadata": {} } },
    })
    .to_string()
}

/// Starts it, and answers with its first document.
pub(crate) fn listen(home: &Home, more: &[&str]) -> (Running, Value, BufReader<std::process::ChildStdout>) {
    let mut command = home.command(&[&["listen", "--json"], more].concat());
    let mut running = Running(command.env(VARIABLE, SECRET).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
    (running, ready, lines)
}

/// Delivers an event, and answers with its status; none where nobody answered.
pub(crate) fn deliver(url: &str, body: &str) -> Option<u16> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let at = Timestamp::from_seconds(now());
    let signed = webhooks::sign(webhooks::Scheme::Stripe, "", at, body.as_bytes(), &[Secret::new(SECRET)]);
    let (name, value) = signed.ok()?.pop()?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(LIMIT)).ok()?;
    let length = body.len();
    let said = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{name}: {value}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(said.as_bytes()).ok()?;
    let mut heard = String::new();
    stream.read_to_string(&mut heard).ok()?;
    heard.get(9..12)?.parse().ok()
}

#[test]
fn it_prints_where_to_deliver_and_a_line_for_each_event_and_what_it_keeps_is_listed() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let (first, ready, mut lines) = listen(&home, &["--port", &free_port()]);
    let (url, secret) = (ready["url"].as_str().unwrap(), ready["secret"].as_str().unwrap());
    assert!(secret.starts_with("whsec_") && secret.len() > 60, "{secret}");
    assert_eq!(ready["listening"], true);
    // Signed by somebody else it is refused, and kept where it can be looked at.
    assert_eq!(deliver(url, &event("evt_forged")), Some(400));
    assert_eq!(home.json(&["events", "received", "--apart"], 0)["items"][0]["reason"], "mismatch");
    assert_eq!(first.terminate(), Some(0));
    let (second, again, mut more) = listen(&home, &["--secret-env", VARIABLE, "--events", "customer.*"]);
    assert_eq!(again["url"], url, "the vendor delivers there");
    assert!(again.get("secret").is_none(), "it is shown once");
    assert_eq!(deliver(url, &event("evt_cli_1")), Some(200));
    let mut line = String::new();
    more.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["event"], &line["state"]), (&json!("evt_cli_1"), &json!("applied")), "{line}");
    let listed = home.json(&["events", "list", "type:customer.created cus_evt_cli_1"], 0);
    assert_eq!(listed["count"]["events"], 1, "{listed}");
    let shown = home.json(&["events", "show", "evt_cli_1"], 0);
    assert_eq!(shown["received"][0]["request"]["verdict"], "verified", "{shown}");
    assert_eq!(home.error(&["events", "show", "evt_nowhere"], 2), "unknown_id");
    home.json(&["views", "save", "New customers", "type:customer.created", "--events"], 0);
    let of_view = home.json(&["views", "show", "new customers"], 0);
    assert!(of_view["items"].as_array().unwrap().iter().any(|one| one["id"] == "evt_cli_1"), "{of_view}");
    let views = home.json(&["views", "list"], 0);
    assert_eq!(
        (&views["items"][0]["of"], &views["items"][0]["count"]),
        (&json!("events"), &of_view["count"]["events"])
    );
    assert_eq!(home.error(&["export", "--view", "New customers", "--out", "-"], 2), "bad_request");
    assert_eq!(second.terminate(), Some(0));
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains(secret));
}

#[test]
fn without_a_secret_that_can_be_kept_nothing_is_listened_for() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    assert_eq!(home.error(&["listen"], 2), "hook_secret_needed");
    assert_eq!(home.error(&["listen", "--secret-env", "PAYDESK_NOT_SET"], 2), "variable_missing");
}

/// Delivers until it is killed, and notes what was acknowledged.
fn deliver_until_killed(
    url: &str,
    round: usize,
    sender: usize,
    acknowledged: &Mutex<Vec<String>>,
    count: &AtomicUsize,
) {
    for number in 0.. {
        let id = format!("evt_{round}_{sender}_{number}");
        match deliver(url, &event(&id)) {
            Some(200) => {
                acknowledged.lock().unwrap().push(id);
                count.fetch_add(1, Ordering::SeqCst);
            }
            Some(other) => panic!("{id} was answered {other}"),
            None => return,
        }
    }
}

#[test]
fn killed_between_its_answers_it_has_lost_nothing_that_it_acknowledged() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let port = free_port();
    for round in 0..KILLS {
        let (mut running, ready, lines) = listen(&home, &["--secret-env", VARIABLE, "--port", &port]);
        // Somebody reads what it prints.
        let reading = std::thread::spawn(move || lines.lines().count());
        let url = ready["url"].as_str().unwrap().to_owned();
        let count = Arc::new(AtomicUsize::new(0));
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (url, acknowledged, count) = (url.clone(), Arc::clone(&acknowledged), Arc::clone(&count));
                std::thread::spawn(move || deliver_until_killed(&url, round, sender, &acknowledged, &count))
            })
            .collect();
        until("the acknowledgements", || {
            (count.load(Ordering::SeqCst) >= BETWEEN_KILLS + 7 * round).then_some(())
        });
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        for sender in senders {
            sender.join().unwrap();
        }
        reading.join().unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= KILLS * BETWEEN_KILLS);
    // The next one applies what was received and not applied yet.
    let (running, ..) = listen(&home, &["--secret-env", VARIABLE]);
    let mut there = std::collections::HashSet::new();
    until("the events in the mirror", || {
        there.clear();
        let mut after = None;
        loop {
            let mut arguments =
                vec!["events".to_owned(), "list".to_owned(), "type:customer.created".to_owned()];
            arguments.extend(["--limit".to_owned(), "1000".to_owned()]);
            arguments.extend(after.map(|after| ["--after".to_owned(), after]).into_iter().flatten());
            let page = home.json(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 0);
            let ids =
                page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
            there.extend(ids);
            after = page["next"].as_str().map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        acknowledged.iter().all(|id| there.contains(id)).then_some(())
    });
    assert_eq!(running.terminate(), Some(0));
}

pub(crate) fn free_port() -> String {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port().to_string()
}

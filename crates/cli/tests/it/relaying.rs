//! Events sent on by a process: what it prints, that a proxy of the environment is passed by (F23), and that a kill at any
//! moment loses nothing.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::listening::{SECRET, VARIABLE, deliver, event, free_port, listen};
use crate::stage::{Home, LIMIT, Running, Sandbox, Vault, until};

/// How often the relay is killed, and how many events are on their way meanwhile.
const KILLS: usize = 5;
const EVENTS: usize = 60;

/// A receiver that takes its time and counts what comes.
#[derive(Clone)]
struct Receiver {
    url: String,
    arrived: Arc<Mutex<Vec<(String, String)>>>,
}

impl Receiver {
    fn start(takes: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let receiver = Self { url, arrived };
        let also = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let also = also.clone();
                std::thread::spawn(move || also.take(stream, takes));
            }
        });
        receiver
    }

    /// Reads one request, notes its message id and event, and answers a while later.
    fn take(&self, stream: TcpStream, takes: Duration) -> Option<()> {
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        let mut reader = BufReader::new(stream);
        let (mut id, mut length) = (String::new(), 0);
        reader.read_line(&mut String::new()).ok()?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "webhook-id" => value.clone_into(&mut id),
                "content-length" => length = value.parse().ok()?,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let event: Value = serde_json::from_slice(&body).ok()?;
        self.arrived.lock().unwrap().push((id, event["id"].as_str()?.to_owned()));
        std::thread::sleep(takes);
        reader
            .get_mut()
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            .ok()
    }

    fn count(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }
}

fn add(home: &Home, url: &str, more: &[&str]) -> Value {
    let mut command = home.command(&[&["endpoints", "add", url, "--allow-local", "--json"], more].concat());
    let done = command.env(VARIABLE, SECRET).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Reads what a process prints, so that it never waits for a reader.
fn read_away(lines: impl BufRead + Send + 'static) {
    std::thread::spawn(move || lines.lines().count());
}

#[test]
fn killed_while_it_relays_it_loses_nothing_and_sends_at_most_one_more_a_kill() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let receiver = Receiver::start(Duration::from_millis(15));
    let port = free_port();
    let serve = || listen(&home, &["--secret-env", VARIABLE, "--port", &port]);
    let (mut running, ready, lines) = serve();
    read_away(lines);
    add(&home, &receiver.url, &["--secret-env", VARIABLE, "--rate", "1000"]);
    let url = ready["url"].as_str().unwrap().to_owned();
    let mut sent = 0;
    for round in 0..KILLS {
        for _ in 0..EVENTS / KILLS {
            assert_eq!(deliver(&url, &event(&format!("evt_relay_{sent}"))), Some(200));
            sent += 1;
        }
        until("some of them", || (receiver.count() > round * EVENTS / KILLS + 2).then_some(()));
        running.0.kill().unwrap();
        running.0.wait().unwrap();
        let (next, _, lines) = serve();
        read_away(lines);
        running = next;
    }
    let distinct = || -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for (_, event) in receiver.arrived.lock().unwrap().iter() {
            *counts.entry(event.clone()).or_default() += 1;
        }
        counts
    };
    until("all events at the receiver", || (distinct().len() == EVENTS).then_some(()));
    until("the end of all deliveries", || {
        let listed = home.json(&["endpoints", "deliveries", "--state", "delivered"], 0);
        (listed["total"] == EVENTS).then_some(())
    });
    assert_eq!(running.terminate(), Some(0));
    let extra = receiver.count() - EVENTS;
    assert!(extra <= KILLS, "{extra} more than {EVENTS} after {KILLS} kills");
    let mut ids: HashMap<String, String> = HashMap::new();
    for (id, event) in receiver.arrived.lock().unwrap().iter() {
        let known = ids.entry(event.clone()).or_insert_with(|| id.clone());
        assert_eq!(known, id, "{event} keeps its id over all tries");
    }
}

#[test]
fn what_the_listener_receives_is_forwarded_as_long_as_it_listens() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let receiver = Receiver::start(Duration::ZERO);
    let without_scheme = receiver.url.strip_prefix("http://").unwrap();
    let arguments = [
        "listen",
        "--port",
        &free_port(),
        "--forward-to",
        without_scheme,
        "--events",
        "customer.*",
        "--secret-env",
        VARIABLE,
    ];
    let mut command = home.command(&arguments);
    let mut running = Running(command.env(VARIABLE, SECRET).stderr(Stdio::null()).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url =
        lines.find(|line| line.starts_with("URL")).unwrap().split_whitespace().nth(1).unwrap().to_owned();
    assert!(lines.next().unwrap().starts_with("Secret"));
    until("the endpoint", || (home.json(&["endpoints", "list"], 0)["total"] == 1).then_some(()));
    assert_eq!(deliver(&url, &event("evt_forwarded")), Some(200));
    let came = lines.next().unwrap();
    assert!(came.ends_with("--> customer.created [evt_forwarded]"), "{came}");
    let went = lines.next().unwrap();
    assert!(went.contains("<--  [200] POST http://") && went.ends_with("[evt_forwarded]"), "{went}");
    assert_eq!(receiver.count(), 1);
    assert_eq!(running.terminate(), Some(0));
    assert_eq!(home.json(&["endpoints", "list"], 0)["total"], 0, "it goes with the command");
}

/// F23: what the environment says of proxies is nobody's business here.
#[test]
fn f23_proxies_of_the_environment_are_passed_by_and_a_replay_says_how_it_ended() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    sandbox.charge(1_999, "usd", "ada@example.com");
    home.sync();
    let (receiver, proxy) = (Receiver::start(Duration::ZERO), Receiver::start(Duration::ZERO));
    let replay = |arguments: &[&str]| {
        let mut command = home.command(&[&["replay", "--json"], arguments].concat());
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(name, &proxy.url);
        }
        let done = command.output().unwrap();
        let document: Value = serde_json::from_slice(&done.stdout).unwrap();
        (done.status.code(), document, String::from_utf8(done.stderr).unwrap())
    };
    let (code, done, said) = replay(&["--query", "type:charge.succeeded", "--to", &receiver.url]);
    assert_eq!((code, &done["state"]), (Some(0), &json!("done")), "{done} {said}");
    assert!(said.contains("Signed with the secret whsec_"), "{said}");
    let delivered = done["delivered"].as_u64().unwrap();
    assert!(delivered >= 1);
    assert_eq!((receiver.count() as u64, proxy.count()), (delivered, 0));
    // Nobody is there any more.
    let closed = format!("http://127.0.0.1:{}/", free_port());
    let (code, done, _) = replay(&["--query", "type:charge.succeeded", "--to", &closed]);
    assert_eq!((code, done["failed"].as_u64()), (Some(1), Some(delivered)), "{done}");
    let id = done["id"].as_str().unwrap();
    let listed = home.json(&["endpoints", "deliveries", "--replay", id, "--failed"], 0);
    assert_eq!(listed["items"][0]["problem"], "connect", "{listed}");
    assert_eq!(listed["items"][0]["body"], "feed", "nobody delivered it here");
    let delivery = listed["items"][0]["id"].as_str().unwrap();
    assert_eq!(home.json(&["endpoints", "show", delivery], 0)["attempts"].as_array().unwrap().len(), 3);
    assert_eq!(home.error(&["replay", "evt_nowhere", "--to", &receiver.url], 2), "unknown_id");
    assert_eq!(
        home.error(&["replay", "--query", "type:x", "--to", "https://example.com/"], 2),
        "nothing_to_replay"
    );
    assert_eq!(home.error(&["endpoints", "add", "https://127.0.0.1/"], 3), "endpoint_local");
    assert_eq!(home.error(&["endpoints", "remove", "ep_0"], 2), "unknown_endpoint");
}

#[test]
fn a_replay_that_is_stopped_takes_back_what_was_not_sent_and_one_that_was_killed_goes_on() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    for _ in 0..12 {
        sandbox.charge(1_999, "usd", "ada@example.com");
    }
    home.sync();
    let receiver = Receiver::start(Duration::ZERO);
    let begin = || {
        let arguments =
            ["replay", "--query", "type:charge.succeeded", "--to", &receiver.url, "--rate", "4", "--json"];
        Running(home.command(&arguments).spawn().unwrap())
    };
    let mut stopped = begin();
    until("the first ones", || (receiver.count() >= 2).then_some(()));
    let mut out = stopped.0.stdout.take().unwrap();
    assert_eq!(stopped.terminate(), Some(1), "some were not sent");
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    let ended: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(ended["state"], "canceled");
    let count = |name: &str| ended[name].as_u64().unwrap();
    assert!(count("canceled") > 0 && count("canceled") + count("delivered") == count("total"), "{ended}");
    let before = receiver.count();
    let mut killed = begin();
    until("the first ones of the second", || (receiver.count() >= before + 2).then_some(()));
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    let open = home.json(&["replays", "list"], 0)["items"][0].clone();
    assert_eq!(open["state"], "running", "{open}");
    let done = home.json(&["replays", "resume", open["id"].as_str().unwrap()], 0);
    assert_eq!((&done["state"], &done["delivered"]), (&json!("done"), &open["total"]));
    let again = receiver.count() - before;
    let total = usize::try_from(open["total"].as_u64().unwrap()).unwrap();
    assert!(again == total || again == total + 1, "{again} of {total}");
}

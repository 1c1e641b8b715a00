//! `paydeskctl email bulk` killed half-way: everybody has one message or is told of as not known, and nobody has two.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::stage::{Home, Running, Vault, paydeskctl, until};

const RECIPIENTS: usize = 600;
const KILLS: usize = 5;

/// A simulated SendGrid in a process of its own.
pub(crate) struct Mail {
    _process: Running,
    pub(crate) base_url: String,
    pub(crate) key: String,
}

impl Mail {
    pub(crate) fn start() -> Self {
        let faults = "POST /v3/mail/send:reset-after=0.1";
        let mut command = paydeskctl();
        command.args(["sandbox", "--charges", "1", "--latency-ms", "40", "--mail", "--mail-faults", faults]);
        let mut process = Running(command.stderr(std::process::Stdio::null()).spawn().unwrap());
        let line = process.first_line();
        let text = |name: &str| line["mail"][name].as_str().unwrap().to_owned();
        Self { base_url: text("base_url"), key: text("api_key"), _process: process }
    }

    /// How often it took a message for each address, also those whose answer was lost.
    pub(crate) fn taken(&self) -> HashMap<String, usize> {
        use std::io::{Read, Write};
        let address = self.base_url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /sandbox/taken HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            self.key
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let all: Vec<Value> =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {answer}"));
        let mut times = HashMap::new();
        for one in all {
            *times.entry(one["to"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        times
    }
}

/// The addresses of a run by what Paydesk says became of them.
fn told(home: &Home, run: &str) -> HashMap<String, String> {
    let page = home.json(&["email", "runs", run, "--rows", "--limit", "1000"], 0);
    let row =
        |row: &Value| (row["to"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned());
    page["items"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn killed_half_way_nobody_gets_two_and_nobody_none_untold() {
    let mail = Mail::start();
    let home = Home::new(Vault::Environment, &mail.key);
    let add = [
        "accounts",
        "add",
        "sendgrid",
        "--label",
        "letters",
        "--env",
        "sandbox",
        "--base-url",
        &mail.base_url,
    ];
    home.json(&[&add[..], &["--key-env", crate::stage::KEY_VARIABLE]].concat(), 0);
    home.json(&["accounts", "mail", "letters", "--allow", "@example.com"], 0);
    let file = home.folder().join("recipients.csv");
    let rows = (0..RECIPIENTS).map(|n| format!("person{n}@example.com,Person {n},CODE{n}\n"));
    std::fs::write(&file, format!("email,name,code\n{}", rows.collect::<String>())).unwrap();
    let template = "d-00000000000000000000000000000003";
    let file = file.to_str().unwrap();
    let run =
        home.json(&["email", "bulk", file, "--template", template, "--per-request", "20", "--dry-run"], 0);
    let id = run["id"].as_str().unwrap();
    for kill in 1..=KILLS {
        let mut sending =
            Running(home.command(&["email", "bulk", "--resume", id, "--yes", "--json"]).spawn().unwrap());
        // The moment is the input of the test: some messages further each time, or where it paused by itself.
        let wanted = kill * RECIPIENTS / (KILLS + 2);
        until("messages being taken", || {
            let ended = sending.0.try_wait().unwrap().is_some();
            (ended || mail.taken().len() >= wanted).then_some(())
        });
        let _ = sending.0.kill();
        let _ = sending.0.wait();
    }
    until("the end of the run", || {
        let done = home.run(&["email", "bulk", "--resume", id, "--yes"]);
        assert!(matches!(done.code, 0 | 1 | 3 | 5), "{}{}", done.out, done.err);
        (home.json(&["email", "runs", id], 0)["to_send"] == 0).then_some(())
    });
    let (taken, told) = (mail.taken(), told(&home, id));
    assert_eq!(told.len(), RECIPIENTS);
    assert!(taken.values().all(|times| *times == 1), "somebody got two");
    let unknown: HashSet<&String> = told
        .iter()
        .filter(|(_, state)| matches!(state.as_str(), "unsettled" | "needs_person"))
        .map(|(to, _)| to)
        .collect();
    for (to, state) in &told {
        assert!(taken.contains_key(to) || unknown.contains(to), "{to} is told as {state} and got none");
    }
    assert!(unknown.len() < RECIPIENTS, "not everything is in doubt");
}

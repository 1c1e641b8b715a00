//! Channels by command: the secret in no file, log, answer or process list, a kill between what is found and what is told, and
//! what is printed of a test.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::stage::{Home, Running, Sandbox, Vault, until};

const SECRET: &str = "https://hooks.slack.com/services/T000/B000/canaryOfTheCommands";
const CANARY: &[u8] = b"canaryOfTheCommands";
const VARIABLE: &str = "PAYDESK_TEST_SLACK";

/// Files below a folder that hold the secret.
fn files_with_it(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with_it(&path));
        } else if fs::read(&path).unwrap_or_default().windows(CANARY.len()).any(|part| part == CANARY) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn slack_messages(sandbox: &Sandbox) -> Vec<Value> {
    let listed = sandbox.get("/sandbox/messages");
    let all = listed["messages"].as_array().unwrap().iter();
    all.filter(|one| one["vendor"] == "slack").cloned().collect()
}

/// A Desk without a window that can read the variable, with all that it logs in a file.
fn serve(home: &Home) -> Running {
    let log = fs::File::options().create(true).append(true).open(home.folder().join("log")).unwrap();
    let mut command = home.command(&["serve"]);
    command.env(VARIABLE, SECRET).env("PAYDESK_LOG", "trace").stdout(Stdio::piped()).stderr(log);
    let mut serve = Running(command.spawn().unwrap());
    serve.first_line();
    serve
}

#[test]
fn a_plain_mirror_its_logs_and_its_answers_are_without_the_secret() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    // With this vault the mirror is plain, so that its bytes can be looked through.
    let home = Home::connected(Vault::Environment, &sandbox);
    let desk = serve(&home);
    let added =
        home.run(&["notify", "add", "slack", "ops", "--events", "paydesk.refund.*", "--url-env", VARIABLE]);
    assert_eq!(added.code, 0, "{}{}", added.out, added.err);
    assert_eq!(added.json()["secret_location"], format!("variable {VARIABLE}"));
    let tested = home.json(&["notify", "test", "ops"], 0);
    assert_eq!((&tested["taken"], &tested["answer"]), (&true.into(), &"ok".into()));
    home.json(&["refund", &charge, "--amount", "1.00", "--yes"], 0);
    until("the message", || (slack_messages(&sandbox).len() == 2).then_some(()));
    let listed = home.run(&["notify", "list"]);
    assert!(!listed.out.contains("canaryOfTheCommands"));
    assert_eq!(desk.terminate(), Some(0));
    assert_eq!(files_with_it(home.folder()), Vec::<String>::new());
    assert!(fs::metadata(home.folder().join("log")).unwrap().len() > 0, "tracing was on, so there is a log");
}

#[test]
fn what_was_found_before_a_kill_is_told_once_after_it() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let added = home
        .piped(&["notify", "add", "slack", "ops", "--events", "paydesk.refund.*"], &format!("{SECRET}\n"));
    assert_eq!(added.code, 0, "{}{}", added.out, added.err);
    // No Desk works in the background, so what the refund says waits in the file.
    home.json(&["refund", &charge, "--amount", "1.00", "--yes"], 0);
    assert!(slack_messages(&sandbox).is_empty());
    for _ in 0..3 {
        let mut desk = home.serve();
        desk.0.kill().unwrap();
        desk.0.wait().unwrap();
    }
    let desk = home.serve();
    until("the end of the delivery", || {
        let listed = home.json(&["notify", "list"], 0);
        (listed["items"][0]["last"]["state"] == "delivered").then_some(())
    });
    assert_eq!(desk.terminate(), Some(0));
    let told = slack_messages(&sandbox);
    // A kill while one is on its way sends it once more, and each here may have met it.
    assert!((1..=4).contains(&told.len()), "{told:?}");
    assert!(told.iter().all(|one| one["body"] == told[0]["body"]));
    let desk = home.serve();
    home.json(&["notify", "list"], 0);
    assert_eq!(desk.terminate(), Some(0));
    assert_eq!(slack_messages(&sandbox).len(), told.len(), "a restart tells it no second time");
    assert_eq!(files_with_it(home.folder()), Vec::<String>::new());
}

#[test]
fn wrong_inputs_are_refused_in_words_and_a_test_that_fails_says_so() {
    let sandbox = Sandbox::start(&["--faults", "POST /services/*:401"]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let add = |rest: &[&str], secret: &str| {
        home.piped(&[&["notify", "add", "slack", "ops"], rest].concat(), &format!("{secret}\n"))
    };
    for (rest, secret, code) in [
        (&[][..], "https://evil.example/services/T/B/x", "bad_channel_secret"),
        (&["--quiet", "22:00", "--zone", "Europe/Berlin"], SECRET, "bad_channel"),
        (&["--quiet", "22:00-07:00", "--zone", "Berlin"], SECRET, "bad_channel"),
        (&["--events", "charge.*"], SECRET, "bad_channel"),
        (&["--where", "amount>=much"], SECRET, "bad_endpoint_filter"),
    ] {
        let done = add(rest, secret);
        assert_eq!(done.json()["error"]["code"], code, "{rest:?}");
        assert_ne!(done.code, 0);
        assert!(!done.out.contains("evil.example") && !done.err.contains("evil.example"));
    }
    assert_eq!(
        add(&["--quiet", "22:00-07:00", "--zone", "Europe/Berlin", "--per-hour", "5"], SECRET).code,
        0
    );
    let tested = home.json(&["notify", "test", "ops"], 1);
    assert_eq!((&tested["taken"], &tested["status"]), (&false.into(), &404.into()));
    assert_eq!(home.error(&["notify", "pause", "nobody"], 2), "unknown_channel");
    home.json(&["notify", "change", "ops", "--no-quiet", "--per-hour", "9"], 0);
    let listed = home.json(&["notify", "list"], 0);
    assert_eq!(listed["items"][0]["rules"]["per_hour"], 9);
    assert!(listed["items"][0]["rules"]["quiet"].is_null());
    home.json(&["notify", "remove", "ops"], 0);
    assert_eq!(home.json(&["notify", "list"], 0)["total"], 0);
}

//! A refund of a command that waits to be undone: by Ctrl-C, by another command, and after a kill.

use std::process::Command;

use crate::stage::{Done, Home, Running, Sandbox, Vault, until};

fn open_state(home: &Home) -> Option<String> {
    let listed = home.json(&["refunds", "list"], 0);
    listed["items"][0]["state"].as_str().map(str::to_owned)
}

fn waiting(home: &Home, charge: &str, seconds: &str) -> Running {
    let words = ["refund", charge, "--amount", "5.00", "--undo-window", seconds, "--yes", "--json"];
    Running(home.command(&words).spawn().unwrap())
}

fn ended(mut refund: Running) -> Done {
    until("the end of the refund", || refund.0.try_wait().unwrap());
    let mut out = String::new();
    let mut err = String::new();
    std::io::Read::read_to_string(refund.0.stdout.as_mut().unwrap(), &mut out).unwrap();
    std::io::Read::read_to_string(refund.0.stderr.as_mut().unwrap(), &mut err).unwrap();
    Done { code: refund.0.wait().unwrap().code().unwrap_or(-1), out, err }
}

#[test]
fn it_counts_down_and_leaves_once() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let done = ended(waiting(&home, &charge, "2"));
    assert_eq!((done.code, done.json()["state"].as_str()), (0, Some("settled")), "{}{}", done.out, done.err);
    assert!(done.err.contains("Ctrl-C takes it back"), "{}", done.err);
    assert_eq!(sandbox.refunds(&charge).len(), 1);
    // Its end was shown, so the same wish again is a new one.
    home.json(&["refund", &charge, "--amount", "5.00", "--yes"], 0);
    assert_eq!(sandbox.refunds(&charge).len(), 2);
}

#[test]
fn ctrl_c_takes_it_back_before_it_leaves() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let refund = waiting(&home, &charge, "60");
    until("the refund waiting", || (open_state(&home)? == "waiting").then_some(()));
    let told = Command::new("kill").args(["-INT", &refund.0.id().to_string()]).status().unwrap();
    assert!(told.success());
    let done = ended(refund);
    let said = done.json();
    assert_eq!((done.code, said["state"].as_str()), (3, Some("canceled")), "{}{}", done.out, done.err);
    assert_eq!((&said["refund_id"], &said["stoppable"]), (&serde_json::Value::Null, &"no".into()));
    assert_eq!(sandbox.refunds(&charge).len(), 0);
    // What was taken back is not there to be settled, and the payment is free.
    assert_eq!(home.json(&["refunds", "settle"], 0)["total"], 0);
    home.json(&["refund", &charge, "--amount", "5.00", "--yes"], 0);
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}

#[test]
fn killed_while_it_waits_it_has_not_left_and_is_withdrawn_by_another_command() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let refund = waiting(&home, &charge, "60");
    until("the refund waiting", || (open_state(&home)? == "waiting").then_some(()));
    drop(refund);
    let listed = home.json(&["refunds", "list", "--state", "waiting"], 0);
    let intent = listed["items"][0]["intent_id"].as_str().unwrap();
    // To settle everything sends nothing that waits.
    assert_eq!(home.json(&["refunds", "settle"], 5)["items"][0]["state"], "waiting");
    assert_eq!(home.error(&["refund", &charge, "--amount", "1.00", "--yes"], 3), "open_intent");
    assert_eq!(home.json(&["refunds", "withdraw", intent], 0)["state"], "canceled");
    assert_eq!(home.error(&["refunds", "send", intent, "--yes"], 3), "not_waiting");
    assert_eq!(sandbox.refunds(&charge).len(), 0);
}

#[test]
fn what_another_process_counts_down_is_sent_or_withdrawn_by_a_command() {
    let sandbox = Sandbox::start(&[]);
    let charges = [(); 2].map(|()| sandbox.charge(2_000, "usd", "ada@example.com"));
    let home = Home::connected(Vault::Environment, &sandbox);
    let serve = home.serve();
    let refunds = charges.each_ref().map(|charge| waiting(&home, charge, "60"));
    let open = until("both waiting", || {
        let listed = home.json(&["refunds", "list", "--state", "waiting"], 0);
        (listed["total"] == 2).then_some(listed)
    });
    let of = |charge: &str| {
        let mut items = open["items"].as_array().unwrap().iter();
        let found = items.find(|one| one["payment"] == *charge).unwrap();
        found["intent_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(home.json(&["refunds", "withdraw", &of(&charges[0])], 0)["state"], "canceled");
    assert_eq!(home.json(&["refunds", "send", &of(&charges[1]), "--yes"], 0)["state"], "settled");
    assert_eq!(home.error(&["refunds", "withdraw", &of(&charges[1])], 3), "already_left");
    assert_eq!(sandbox.refunds(&charges[0]).len(), 0);
    assert_eq!(sandbox.refunds(&charges[1]).len(), 1);
    // Each command that waited tells how its own refund ended.
    let codes = refunds.map(|refund| ended(refund).code);
    assert_eq!(codes, [4, 0]);
    drop(serve);
}

#[test]
fn the_window_of_windows_is_shown_and_chosen() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    assert_eq!(home.json(&["refunds", "undo-window"], 0)["seconds"], 10);
    assert_eq!(home.json(&["refunds", "undo-window", "25"], 0)["seconds"], 25);
    assert_eq!(home.json(&["refunds", "undo-window"], 0)["seconds"], 25);
    let text = String::from_utf8(home.command(&["refunds", "undo-window"]).output().unwrap().stdout).unwrap();
    assert!(text.contains("25 s"), "{text}");
}

//! Every exit code, and what stands on stdout with it.

use std::fs::File;
use std::process::Stdio;

use crate::stage::{Done, Home, Sandbox, Vault, paydeskctl};

#[test]
fn help_and_version_are_done() {
    for (words, expected) in [(["--help"], "Exit codes"), (["--version"], env!("CARGO_PKG_VERSION"))] {
        let done = Done::from(paydeskctl().args(words).output().unwrap());
        assert_eq!(done.code, 0);
        assert!(done.out.contains(expected) && done.err.is_empty(), "{}", done.out);
    }
}

#[test]
fn exit_2_for_a_command_line_that_cannot_be_read() {
    let home = Home::new(Vault::Environment, "");
    for words in [
        &["refund", "ch_1", "--yes"][..],
        &["refund", "ch_1", "--all", "--amount", "1", "--yes"],
        &["find", "x", "--limit", "1001"],
        &["refund", "ch_1", "--all", "--reason", "because", "--yes"],
        &["accounts", "add", "stripe", "--label", "a", "--key=sk_live_canary"],
        &["nonsense"],
        &["--environment", "LIVE", "doctor"],
    ] {
        assert_eq!(home.error(words, 2), "bad_request", "{words:?}");
        let done = Done::from(home.command(words).output().unwrap());
        assert_eq!(done.code, 2);
        assert!(done.out.is_empty() && !done.err.is_empty(), "{words:?}");
        assert!(!done.err.contains("canary"), "{}", done.err);
    }
    assert!(!home.path().exists(), "what cannot be read opens no home");
}

#[test]
fn exit_2_without_yes_where_nobody_can_be_asked() {
    let home = Home::new(Vault::Environment, "");
    assert_eq!(home.error(&["refund", "ch_1", "--all"], 2), "bad_request");
    assert_eq!(home.error(&["refunds", "cancel", "re_1"], 2), "bad_request");
    assert!(!home.path().exists());
}

#[test]
fn exit_2_for_what_is_not_there() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    assert_eq!(home.error(&["show", "ch_nothing"], 2), "unknown_id");
    assert_eq!(home.error(&["accounts", "check", "nobody"], 2), "unknown_account");
    assert_eq!(home.error(&["sync", "--account", "nobody"], 2), "unknown_account");
}

#[test]
fn exit_3_when_a_guard_refuses() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let document = home.json(&["refund", &charge, "--amount", "20.01", "--yes"], 3);
    assert_eq!(document["error"]["money_moved"], "no");
    assert!(document["error"]["what"].as_str().unwrap().contains("20.00 USD"), "{document}");
    let done = Done::from(home.command(&["refund", &charge, "--amount", "20.01", "--yes"]).output().unwrap());
    assert_eq!(done.code, 3);
    assert!(done.out.is_empty() && done.err.contains("No money moved."), "{}", done.err);
}

#[test]
fn exit_4_when_the_vendor_declines() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let create = ["payments", "create", "--amount", "12.99", "--currency", "usd"];
    let declined = ["--payment-method", "pm_card_chargeDeclined", "--confirm"];
    let outcome = home.json(&[&create[..], &declined[..]].concat(), 4);
    assert_eq!(outcome["state"], "refused");
}

#[test]
fn exit_5_while_it_is_not_settled_and_0_once_it_is() {
    // The answer takes longer than the command has patience.
    let sandbox = Sandbox::start(&["--faults", "POST /v1/refunds:latency=8000"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let started = std::time::Instant::now();
    let refund = home.json(&["refund", &charge, "--all", "--wait", "1", "--yes"], 5);
    assert!(started.elapsed().as_secs() < 7, "it waited for the vendor, not for as long as it was told");
    assert!(matches!(refund["state"].as_str(), Some("sent" | "unsettled")), "{refund}");
    let intent = refund["intent_id"].as_str().unwrap();
    assert_eq!(home.json(&["refunds", "list", "--state", "sent", "--state", "unsettled"], 0)["total"], 1);
    assert_eq!(home.error(&["refunds", "close", intent], 3), "cannot_close");
    assert_eq!(home.error(&["refund", &charge, "--amount", "1.00", "--yes"], 3), "open_intent");
    let settled = crate::stage::until("settling", || {
        let done = home.run(&["refunds", "settle", "--wait", "30"]);
        assert!(matches!(done.code, 0 | 5), "{}{}", done.out, done.err);
        (done.code == 0).then(|| done.json())
    });
    assert_eq!(settled["items"][0]["intent_id"], refund["intent_id"]);
    assert_eq!(settled["items"][0]["refund_status"], "succeeded");
    assert_eq!(sandbox.refunds(&charge).len(), 1);
    // Settling everything may have been a script's work, so the same wish again is a repeat, and is told so.
    let again = Done::from(home.command(&["refund", &charge, "--all", "--yes"]).output().unwrap());
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert!(again.err.contains("Nothing new was sent."), "{}", again.err);
    assert_eq!(home.error(&["refund", &charge, "--all", "--yes"], 3), "nothing_left");
    assert_eq!(sandbox.refunds(&charge).len(), 1);
}

#[test]
fn exit_6_without_a_vault() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let without = |name: &str, value: Option<&str>| {
        let mut command = home.command(&["find", "x", "--json"]);
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
        let done = Done::from(command.output().unwrap());
        assert_eq!(done.code, 6, "{}{}", done.out, done.err);
        done.json()["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(without("PAYDESK_PASSPHRASE_FILE", None), "vault_no_passphrase");
    assert_eq!(without("PAYDESK_VAULT", Some("drawer")), "vault_unknown");
}

#[test]
fn exit_1_when_the_vendor_cannot_be_reached() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    drop(sandbox);
    let page = home.json(&["sync"], 1);
    assert_eq!(page["items"][0]["problem"], "vendor_unreachable");
    // The mirror can be read meanwhile.
    assert_eq!(home.json(&["find", ""], 0)["count"]["payments"], 60);
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let mut child = home.command(&["find", "", "--limit", "1000"]).spawn().unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap());
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let full = File::options().write(true).open("/dev/full").unwrap();
    let done = Done::from(home.command(&["find", ""]).stdout(full).output().unwrap());
    assert_eq!(done.code, 1);
    let mut child = home.command(&["show", "ch_nothing"]).stdout(Stdio::null()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

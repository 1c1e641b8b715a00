//! `paydeskctl refund` killed at any moment: exactly one refund, and a settled intent.

use std::time::Duration;

use serde_json::Value;

use crate::stage::{Home, Running, Sandbox, Vault, until};

/// How often it is killed.
const KILLS: u64 = 20;
/// Moments lie between its start and this long after it, which is later than most of its ends.
const LATEST_MS: u64 = 700;

/// Moments that are spread over the whole span but differ from run to run of the machine only.
fn moment(round: u64) -> Duration {
    let spread = (round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) % LATEST_MS;
    Duration::from_millis(spread)
}

/// Starts the refund, kills it, and says whether its outcome was printed before.
fn kill_in_the_middle(home: &Home, charge: &str, round: u64) -> bool {
    let mut command = home.command(&["refund", charge, "--amount", "5.00", "--yes", "--json"]);
    let mut refund = Running(command.spawn().unwrap());
    // The moment is the input of the test, nothing is waited for here.
    std::thread::sleep(moment(round));
    let _ = refund.0.kill();
    let _ = refund.0.wait();
    let mut printed = String::new();
    std::io::Read::read_to_string(refund.0.stdout.as_mut().unwrap(), &mut printed).unwrap();
    serde_json::from_str::<Value>(&printed).is_ok_and(|outcome| outcome["state"] == "settled")
}

/// Settles until nothing is open.
fn settle(home: &Home) {
    until("settling", || {
        let done = home.run(&["refunds", "settle", "--wait", "60"]);
        assert!(matches!(done.code, 0 | 5), "{}{}", done.out, done.err);
        (done.code == 0).then_some(())
    });
}

#[test]
fn killed_at_any_moment_it_ends_with_one_refund_and_a_settled_intent() {
    // Half of all tries go wrong, with and without being carried out, besides the kills.
    let faults =
        "POST /v1/refunds:reset-after=0.3,POST /v1/refunds:truncate=0.1,POST /v1/refunds:reset-before=0.1";
    let sandbox = Sandbox::start(&["--latency-ms", "60", "--faults", faults]);
    let charges: Vec<String> = (0..KILLS).map(|_| sandbox.charge(2_000, "usd", "ada@example.com")).collect();
    let home = Home::connected(Vault::Environment, &sandbox);
    for (round, charge) in (0..).zip(&charges) {
        let seen = kill_in_the_middle(&home, charge, round);
        settle(&home);
        assert!(sandbox.refunds(charge).len() <= 1, "the kill doubled the refund of {charge}");
        if !seen {
            // Whoever saw no outcome types the same again; it must be the same refund.
            let done = home.run(&["refund", charge, "--amount", "5.00", "--yes", "--wait", "60"]);
            assert!(matches!(done.code, 0 | 5), "{}{}", done.out, done.err);
            settle(&home);
        }
        let refunds = sandbox.refunds(charge);
        assert_eq!(refunds.len(), 1, "round {round}: {refunds:?}");
        assert_eq!(refunds[0]["amount"], 500);
    }
    let journal = home.json(&["refunds", "list", "--limit", "1000"], 0);
    assert_eq!(journal["total"], KILLS);
    for intent in journal["items"].as_array().unwrap() {
        assert_eq!(intent["state"], "settled", "{intent}");
    }
    assert_eq!(home.json(&["refunds", "settle"], 0)["total"], 0);
}

#[test]
fn killed_owner_under_a_shell_that_refunds_makes_one_refund() {
    let sandbox = Sandbox::start(&["--latency-ms", "400"]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let serve = home.serve();
    let shell =
        home.command(&["refund", &charge, "--all", "--yes", "--json", "--wait", "60"]).spawn().unwrap();
    until("the refund leaving", || {
        let open = home.json(&["refunds", "list"], 0)["total"].as_u64();
        (open == Some(1)).then_some(())
    });
    drop(serve);
    let done = crate::stage::Done::from(shell.wait_with_output().unwrap());
    assert!(matches!(done.code, 0 | 5), "{}{}", done.out, done.err);
    settle(&home);
    assert_eq!(sandbox.refunds(&charge).len(), 1);
    assert_eq!(home.json(&["refunds", "list"], 0)["items"][0]["state"], "settled");
}

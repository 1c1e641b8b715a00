//! `paydeskctl refund` killed at any moment under a rule of notices: each payer is told once, or it is said that nobody knows.

use std::time::Duration;

use crate::mail_kills::Mail;
use crate::stage::{Home, Running, Sandbox, Vault, until};

/// How often it is killed.
const KILLS: u64 = 12;
/// Moments lie between its start and this long after it, which is later than most of its ends.
const LATEST_MS: u64 = 2_400;

fn payer(round: u64) -> String {
    format!("payer{round}@example.com")
}

#[test]
fn killed_at_any_moment_each_payer_is_told_once_or_it_is_said_that_nobody_knows() {
    let mail = Mail::start();
    let sandbox = Sandbox::start(&["--latency-ms", "60"]);
    let charges: Vec<String> = (0..KILLS).map(|round| sandbox.charge(2_000, "usd", &payer(round))).collect();
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let add = ["accounts", "add", "sendgrid", "--label", "letters", "--env", "sandbox", "--base-url"];
    let added =
        home.piped(&[&add[..], &[&mail.base_url, "--key-stdin"]].concat(), &format!("{}\n", mail.key));
    assert_eq!(added.code, 0, "{}{}", added.out, added.err);
    home.json(&["accounts", "mail", "letters", "--allow", "@example.com"], 0);
    assert_eq!(home.json(&["accounts", "notices", "shop", "--on", "true"], 0)["by"], "letters");
    for (round, charge) in (0..).zip(&charges) {
        let mut command = home.command(&["refund", charge, "--amount", "5.00", "--yes", "--json"]);
        let mut refund = Running(command.spawn().unwrap());
        // The moment is the input of the test, nothing is waited for here.
        std::thread::sleep(Duration::from_millis(LATEST_MS * (round + 1) / KILLS));
        let _ = refund.0.kill();
        let _ = refund.0.wait();
        let settled = home.run(&["refunds", "settle", "--wait", "60"]);
        assert!(matches!(settled.code, 0 | 5), "{}{}", settled.out, settled.err);
        assert!(sandbox.refunds(charge).len() <= 1, "the kill doubled the refund of {charge}");
    }
    let told = until("every refund being told of", || {
        let settled = home.run(&["refunds", "settle", "--wait", "60"]);
        assert!(matches!(settled.code, 0 | 5), "{}{}", settled.out, settled.err);
        let waiting = home.json(&["accounts", "notices", "shop"], 0)["waiting"].as_u64();
        let found = home.run(&["--json", "email", "list", "--limit", "100", "purpose:refund_notice"]).json();
        (settled.code == 0 && waiting == Some(0)).then_some(found)
    });
    let taken = mail.taken();
    assert!(taken.values().all(|times| *times == 1), "a payer was told twice: {taken:?}");
    let messages = told["items"].as_array().unwrap();
    let refunds: usize = charges.iter().map(|charge| sandbox.refunds(charge).len()).sum();
    assert_eq!(messages.len(), refunds, "one for each refund: {told}");
    for message in messages {
        let to = message["to"].as_str().unwrap();
        let is_unknown = matches!(message["state"].as_str(), Some("unsettled" | "needs_person"));
        assert!(taken.contains_key(to) || is_unknown, "{to} got none, and nobody says so: {message}");
    }
    assert!(refunds > 0 && taken.len() * 2 > refunds, "some were refunded, and not everything is in doubt");
}

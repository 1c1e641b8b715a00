//! The whole flow by command: import, dry run, approval on a second profile, run, kill, resume, receipts; and the
//! totals at the vendor, counted by itself.

use std::fs;

use crate::approvals::{person, trust};
use crate::bulk::{given_back, kill_in_the_middle, rows_in, whole_charges};
use crate::stage::{Home, PASSPHRASE, Sandbox};

/// Rows of the file; each refund is above the limit.
const ROWS: usize = 150;

/// What Bob answers to a request, by files alone.
fn approved(bob: &Home, request: &str) -> String {
    let answer = bob.folder().join(format!("answer-{}.json", bob.folder().read_dir().unwrap().count()));
    let words =
        ["approvals", "approve", request, "--yes", "--out", answer.to_str().unwrap(), "--passphrase-stdin"];
    let done = bob.piped(&words, &format!("{PASSPHRASE}\n"));
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.json()["state"], "approved");
    answer.to_str().unwrap().to_owned()
}

#[test]
fn a_file_is_imported_approved_on_a_second_profile_run_killed_resumed_and_receipted_to_the_cent() {
    let sandbox = Sandbox::with_charges(1_000, &["--latency-ms", "40"]);
    let ada = person(&sandbox, true, "Ada");
    // Bob only approves: he has no account.
    let bob = person(&sandbox, false, "Bob");
    trust(&ada, &bob, "Bob");
    trust(&bob, &ada, "Ada");
    ada.json(
        &["accounts", "limit", "shop", "--currency", "usd", "--per-refund", "1.00", "--per-day", "10.00"],
        0,
    );
    let before = given_back(&sandbox);
    let charges = whole_charges(&sandbox, ROWS, &before);
    let minor = |place: usize| 101 + i64::try_from(place).unwrap();
    let row = |(place, id): (usize, &String)| {
        format!("{id},{}.{:02},requested_by_customer\n", minor(place) / 100, minor(place) % 100)
    };
    let rows: String = charges.iter().enumerate().map(row).collect();
    let file = ada.folder().join("refunds.csv");
    fs::write(&file, format!("payment,amount,reason\n{rows}")).unwrap();
    let wanted: i64 = (0..ROWS).map(minor).sum();
    let total = format!("{}.{:02} USD", wanted / 100, wanted % 100);
    let run = ada.json(&["refunds", "import", file.to_str().unwrap()], 0);
    let id = run["id"].as_str().unwrap();
    assert_eq!((rows_in(&run, "needs_approval"), run["to_send"].as_u64()), (ROWS as u64, Some(0)), "{run}");
    assert_eq!(ada.error(&["refunds", "run", id, "--yes"], 3), "bulk_nothing_to_send");

    let request = ada.folder().join("request.json");
    let request = request.to_str().unwrap();
    let words = [
        "approvals",
        "request",
        "--run",
        id,
        "--note",
        "double charges",
        "--ticket",
        "T-1",
        "--out",
        request,
    ];
    let asked = ada.json(&words, 0);
    assert_eq!(
        (asked["run"]["rows"].as_u64(), asked["run"]["total"].as_str()),
        (Some(ROWS as u64), Some(total.as_str()))
    );
    assert_eq!(ada.error(&["approvals", "approve", request, "--yes"], 3), "approval_own");
    let seen = bob.json(&["approvals", "list", request], 0);
    assert_eq!(
        (seen["run"]["total"].as_str(), seen["warnings"][0].as_str()),
        (Some(total.as_str()), Some("account_not_here"))
    );
    let listed = bob.json(&["approvals", "list", request, "--rows", "--limit", "1000"], 0);
    let listed = listed["items"].as_array().unwrap();
    assert_eq!((listed.len(), listed[7]["payment"].as_str()), (ROWS, Some(charges[7].as_str())));
    let shown = bob.command(&["approvals", "list", request, "--rows"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains(&charges[0]));
    let answer = approved(&bob, request);
    assert_eq!(ada.json(&["approvals", "take", &answer], 0)["state"], "approved");

    assert!(kill_in_the_middle(&ada, &sandbox, id, 3), "the run ended before it was killed");
    assert!(kill_in_the_middle(&ada, &sandbox, id, 5), "the run ended before the second kill");
    let cut_off = ada.json(&["refunds", "status", id], 0);
    assert_eq!(
        (cut_off["state"].as_str(), cut_off["problem"].as_str()),
        (Some("paused"), Some("interrupted"))
    );
    assert_eq!(cut_off["approval"]["state"], "used");
    let done = ada.json(&["refunds", "run", id, "--resume", "--yes"], 0);
    let settled: i64 = done["totals"][0]["amount"]["minor"].as_str().unwrap().parse().unwrap();
    assert_eq!((rows_in(&done, "settled"), settled), (ROWS as u64, wanted), "{done}");
    let after = given_back(&sandbox);
    for (place, charge) in charges.iter().enumerate() {
        assert_eq!(after.get(charge), Some(&(1, minor(place))), "{charge}");
    }
    assert_eq!(after.len(), before.len() + ROWS, "nothing else was refunded");

    let out = ada.folder().join("receipts.csv");
    ada.json(&["refunds", "receipts", id, "--out", out.to_str().unwrap()], 0);
    let receipts = fs::read_to_string(out).unwrap();
    let approval = asked["id"].as_str().unwrap();
    let good = |line: &&str| line.contains(",settled,yes,ch_") && line.ends_with(approval);
    assert_eq!(receipts.lines().skip(1).filter(good).count(), ROWS, "{receipts}");
    assert_eq!(ada.error(&["approvals", "use", approval, "--yes"], 3), "approval_used");
    ada.json(&["book", "verify"], 0);
    bob.json(&["book", "verify", "--environment", "sandbox"], 0);
}

#[test]
fn a_run_that_was_changed_after_a_second_person_was_asked_sends_nothing_under_that() {
    let sandbox = Sandbox::start(&[]);
    let charges: Vec<String> = (0..3).map(|_| sandbox.charge(5_000, "usd", "ada@example.com")).collect();
    let ada = person(&sandbox, true, "Ada");
    let bob = person(&sandbox, false, "Bob");
    trust(&ada, &bob, "Bob");
    trust(&bob, &ada, "Ada");
    ada.json(&["accounts", "limit", "shop", "--currency", "usd", "--per-refund", "20"], 0);
    let text: String = charges.iter().map(|id| format!("{id},30.00\n")).collect();
    let run = ada.piped(&["refunds", "import", "-"], &text).json();
    let id = run["id"].as_str().unwrap();
    let request = ada.folder().join("request.json");
    let request = request.to_str().unwrap();
    assert_eq!(ada.error(&["approvals", "request", "--run", "nothing", "--out", request], 2), "unknown_id");
    let asked = ada.json(&["approvals", "request", "--run", id, "--for", "2h", "--out", request], 0);
    let answer = approved(&bob, request);
    ada.json(&["approvals", "take", &answer], 0);
    let off = ada.json(&["refunds", "tick", id, "--line", "2", "--off"], 0);
    assert_eq!(off["approval"]["fits"], false, "{off}");
    assert_eq!(ada.error(&["refunds", "run", id, "--yes"], 3), "bulk_nothing_to_send");
    assert_eq!(
        ada.error(&["approvals", "use", asked["id"].as_str().unwrap(), "--yes"], 3),
        "approval_differs"
    );
    let shown = ada.command(&["refunds", "status", id]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("ask anew") && shown.contains("Beyond the limit"), "{shown}");
    assert!(charges.iter().all(|charge| sandbox.refunds(charge).is_empty()));
    ada.json(&["refunds", "tick", id, "--line", "2"], 0);
    let done = ada.json(&["approvals", "use", asked["id"].as_str().unwrap(), "--yes"], 0);
    assert_eq!(rows_in(&done, "settled"), 3, "{done}");
    assert!(charges.iter().all(|charge| sandbox.refunds(charge).len() == 1));
}

//! `paydeskctl refunds import | run | status | receipts`, and killed in the middle.

use std::collections::HashMap;
use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::stage::{Home, Running, Sandbox, Vault, until};

/// How often the run is killed in the middle.
const KILLS: u64 = 20;
/// Rows of its file: more than can leave in so many tries, so that every kill finds some to send.
const ROWS: usize = 900;

fn charges(sandbox: &Sandbox, count: usize) -> Vec<String> {
    (0..count).map(|_| sandbox.charge(2_000, "usd", "ada@example.com")).collect()
}

pub(crate) fn rows_in(run: &Value, state: &str) -> u64 {
    let totals = run["totals"].as_array().unwrap();
    totals.iter().filter(|one| one["state"] == state).map(|one| one["rows"].as_u64().unwrap()).sum()
}

/// Payments of the vendor's own history in dollars that nothing was given back of.
pub(crate) fn whole_charges(
    sandbox: &Sandbox,
    count: usize,
    before: &HashMap<String, (u64, i64)>,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut after = String::new();
    while found.len() < count {
        let page = sandbox.get(&format!("/v1/charges?limit=100{after}"));
        let page = page["data"].as_array().unwrap();
        assert!(!page.is_empty(), "the vendor has too few payments for this test");
        after = format!("&starting_after={}", page.last().unwrap()["id"].as_str().unwrap());
        let whole = |one: &&Value| {
            let paid = one["status"] == "succeeded" && one["captured"] == true && one["disputed"] == false;
            let rich = one["amount_captured"].as_i64().unwrap() >= 500 && one["amount_refunded"] == 0;
            // One that failed stands in the list of refunds too.
            paid && rich && one["currency"] == "usd" && !before.contains_key(one["id"].as_str().unwrap())
        };
        found.extend(page.iter().filter(whole).map(|one| one["id"].as_str().unwrap().to_owned()));
    }
    found.truncate(count);
    found
}

/// What was given back at the vendor, by payment: how often, and how much.
pub(crate) fn given_back(sandbox: &Sandbox) -> HashMap<String, (u64, i64)> {
    let mut found: HashMap<String, (u64, i64)> = HashMap::new();
    let mut after = String::new();
    loop {
        let page = sandbox.get(&format!("/v1/refunds?limit=100{after}"));
        for one in page["data"].as_array().unwrap() {
            let of_charge = found.entry(one["charge"].as_str().unwrap().to_owned()).or_default();
            *of_charge = (of_charge.0 + 1, of_charge.1 + one["amount"].as_i64().unwrap());
            after = format!("&starting_after={}", one["id"].as_str().unwrap());
        }
        if page["has_more"] == false {
            return found;
        }
    }
}

/// The vendor's newest refunds.
fn newest(sandbox: &Sandbox) -> Vec<String> {
    let page = sandbox.get("/v1/refunds?limit=10");
    page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Starts the run and kills it once so many more refunds are at the vendor; tells whether that was before its end.
pub(crate) fn kill_in_the_middle(home: &Home, sandbox: &Sandbox, id: &str, more: usize) -> bool {
    let before = newest(sandbox);
    let mut command = home.command(&["refunds", "run", id, "--resume", "--yes", "--json"]);
    let mut run = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    until("refunds at the vendor", || {
        let fresh = newest(sandbox).iter().take_while(|one| !before.contains(one)).count();
        (fresh >= more || run.0.try_wait().unwrap().is_some()).then_some(())
    });
    let in_the_middle = run.0.try_wait().unwrap().is_none();
    let _ = run.0.kill();
    let _ = run.0.wait();
    in_the_middle
}

#[test]
fn m27_bulk_killed_in_the_middle_goes_on_to_the_cent() {
    let faults = "POST /v1/refunds:reset-after=0.05,POST /v1/refunds:truncate=0.03";
    let sandbox = Sandbox::with_charges(3_000, &["--latency-ms", "20", "--faults", faults]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let before = given_back(&sandbox);
    let charges = whole_charges(&sandbox, ROWS, &before);
    // Each row its own amount, so that two that were mixed up show in the sum of their payments.
    let minor = |place: usize| 100 + i64::try_from(place).unwrap() % 300;
    let file = home.path().join("refunds.csv");
    let row =
        |(place, id): (usize, &String)| format!("{id},{}.{:02}\n", minor(place) / 100, minor(place) % 100);
    let rows: String = charges.iter().enumerate().map(row).collect();
    fs::write(&file, format!("payment,amount\n{rows}")).unwrap();
    let wanted: i64 = (0..ROWS).map(minor).sum();
    let run = home.json(&["refunds", "import", file.to_str().unwrap()], 0);
    let total = format!("{}.{:02} USD", wanted / 100, wanted % 100);
    assert_eq!(
        (run["to_send"].as_u64(), run["total"].as_str()),
        (Some(ROWS as u64), Some(total.as_str())),
        "{run}"
    );
    let id = run["id"].as_str().unwrap();
    for round in 1..=KILLS {
        // Spread over what a try brings, and the same each time the test runs.
        let more = 1 + usize::try_from(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61).unwrap();
        assert!(kill_in_the_middle(&home, &sandbox, id, more), "the run ended before kill {round}");
    }
    let cut_off = home.json(&["refunds", "status", id], 0);
    assert_eq!(
        (cut_off["state"].as_str(), cut_off["problem"].as_str()),
        (Some("paused"), Some("interrupted")),
        "{cut_off}"
    );
    assert_eq!(home.error(&["refunds", "run", id, "--yes"], 3), "bulk_begun");
    let done = until("the end of the run", || {
        let run = home.run(&["refunds", "run", id, "--resume", "--yes"]);
        assert!(matches!(run.code, 0 | 5), "{}{}", run.out, run.err);
        let run = home.json(&["refunds", "status", id], 0);
        (rows_in(&run, "settled") == ROWS as u64).then_some(run)
    });
    let settled: i64 = done["totals"][0]["amount"]["minor"].as_str().unwrap().parse().unwrap();
    assert_eq!((done["totals"].as_array().unwrap().len(), settled), (1, wanted), "{done}");
    let after = given_back(&sandbox);
    for (place, charge) in charges.iter().enumerate() {
        assert_eq!(after.get(charge), Some(&(1, minor(place))), "{charge}");
    }
    assert_eq!(after.len(), before.len() + ROWS, "nothing else was refunded");
    let out = home.path().join("receipts.csv");
    let file = home.json(&["refunds", "receipts", id, "--out", out.to_str().unwrap()], 0);
    assert_eq!(file["rows"].as_u64(), Some(ROWS as u64));
    let receipts = fs::read_to_string(out).unwrap();
    assert_eq!(receipts.lines().skip(1).filter(|line| line.contains(",settled,yes,ch_")).count(), ROWS);
}

#[test]
fn a_run_from_stdin_is_ticked_paused_and_canceled_in_words() {
    let sandbox = Sandbox::start(&[]);
    let charges = charges(&sandbox, 3);
    let home = Home::connected(Vault::Environment, &sandbox);
    let text = format!("{0};1,00\n{1};1,00\n{1};1,00\n{2};1.000\n", charges[0], charges[1], charges[2]);
    let run = home.piped(&["refunds", "import", "-"], &text).json();
    assert_eq!(
        (run["to_send"].as_u64(), rows_in(&run, "asks"), rows_in(&run, "blocked")),
        (Some(2), 1, 1),
        "{run}"
    );
    let id = run["id"].as_str().unwrap();
    let rows = home.json(&["refunds", "status", id, "--rows"], 0);
    assert_eq!(
        (rows["total"].as_u64(), rows["items"][3]["problem"].as_str()),
        (Some(4), Some("over_refund")),
        "{rows}"
    );
    let ticked = home.json(&["refunds", "tick", id, "--problem", "twice_in_file"], 0);
    assert_eq!(ticked["total"], "3.00 USD");
    let off = home.json(&["refunds", "tick", id, "--line", "1", "--off"], 0);
    assert_eq!((off["total"].as_str(), rows_in(&off, "left_out")), (Some("2.00 USD"), 1));
    assert_eq!(home.error(&["refunds", "run", id, "--yes", "--total", "3.00 USD"], 3), "bulk_total_changed");
    let done = home.json(&["refunds", "run", id, "--yes", "--total", "2.00USD"], 0);
    assert_eq!((done["state"].as_str(), rows_in(&done, "settled")), (Some("done"), 2), "{done}");
    assert_eq!((sandbox.refunds(&charges[0]).len(), sandbox.refunds(&charges[1]).len()), (0, 2));
    assert_eq!(home.error(&["refunds", "pause", id], 3), "bulk_state");
    assert_eq!(home.error(&["refunds", "cancel", id, "--yes"], 3), "bulk_state");
    assert_eq!(home.json(&["refunds", "status"], 0)["total"], 1);
    let shown = home.command(&["refunds", "status", id]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("STATE") && shown.contains("over_refund"), "{shown}");
    assert_eq!(home.error(&["refunds", "import", "/no/such.csv"], 2), "file_missing");
    let bad = home.piped(&["refunds", "import", "-"], "colour,size\nred,4\n").json();
    assert_eq!(bad["error"]["code"], "bad_bulk_file", "{bad}");
}

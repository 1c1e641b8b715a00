//! `paydeskctl sync` killed at any moment goes on from where it stood, and ends with the same mirror.

use std::time::Duration;

use serde_json::Value;

use crate::stage::{Home, Running, Sandbox, Vault};

/// How often it is killed.
const KILLS: u64 = 20;
/// Moments lie between its start and this long after it; a whole load takes longer.
const LATEST_MS: u64 = 900;

fn moment(round: u64) -> Duration {
    Duration::from_millis((round.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) % LATEST_MS)
}

/// What the home's mirror holds: the rows of each kind, and every payment without what differs from
/// home to home.
fn contents(home: &Home) -> (Vec<(String, u64)>, Vec<Value>) {
    let shown = home.json(&["sync", "--show"], 0);
    let kinds = shown["items"][0]["kinds"].as_array().unwrap();
    let rows =
        kinds.iter().map(|kind| (kind["kind"].as_str().unwrap().to_owned(), kind["rows"].as_u64().unwrap()));
    let rows = rows.filter(|(kind, _)| kind != "events").collect();
    let found = home.json(&["find", "", "--limit", "1000"], 0);
    let mut payments = found["items"].as_array().unwrap().clone();
    for payment in &mut payments {
        payment
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !matches!(name.as_str(), "as_of" | "own_id" | "account"));
    }
    payments.sort_by_key(|payment| payment["id"].as_str().unwrap().to_owned());
    (rows, payments)
}

#[test]
fn killed_twenty_times_it_ends_with_the_same_mirror() {
    let sandbox = Sandbox::with_charges(900, &["--latency-ms", "150"]);
    let [whole, killed] = [(); 2].map(|()| {
        let home = Home::new(Vault::Environment, &sandbox.key);
        home.connect(&sandbox);
        home
    });
    let mut cut_off = 0;
    for round in 0..KILLS {
        let mut sync = Running(killed.command(&["sync", "--json"]).spawn().unwrap());
        // The moment is the input of the test, nothing is waited for here.
        std::thread::sleep(moment(round));
        cut_off += u64::from(sync.0.try_wait().unwrap().is_none());
        let _ = sync.0.kill();
        let _ = sync.0.wait();
    }
    assert!(cut_off >= KILLS / 2, "only {cut_off} of {KILLS} were cut off");
    for home in [&whole, &killed] {
        let done = home.json(&["sync"], 0);
        assert_eq!(done["items"][0]["state"], "complete", "{done}");
    }
    let (expected, payments) = contents(&whole);
    assert_eq!(contents(&killed), (expected, payments.clone()));
    assert_eq!(payments.len(), 900);
}

#[test]
fn a_paused_account_stays_stopped_until_it_is_synced() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    assert_eq!(home.json(&["sync", "--pause"], 0)["items"][0]["state"], "paused");
    assert_eq!(home.json(&["sync", "--show"], 0)["items"][0]["state"], "paused");
    assert_eq!(home.json(&["sync"], 0)["items"][0]["state"], "complete");
    assert_eq!(home.json(&["sync", "--show"], 0)["items"][0]["state"], "complete");
}

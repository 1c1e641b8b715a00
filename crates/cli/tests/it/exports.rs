//! `paydeskctl export` and `paydeskctl views`.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::stage::{Done, Home, Running, Sandbox, Vault};

#[test]
fn a_kind_goes_into_a_file_once_and_to_stdout() {
    let sandbox = Sandbox::start(&[]);
    sandbox.charge(1_299, "jpy", "jp@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let file = home.path().join("payments.csv");
    let out = file.to_str().unwrap();
    let words = ["export", "--kind", "payments", "--format", "csv", "--out", out];
    let done = home.json(&words, 0);
    assert_eq!((&done["state"], &done["rows"]), (&"done".into(), &61.into()));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("id,account,created,status,amount,currency,"), "{text}");
    assert!(text.contains(",1299,JPY,"), "yen have no decimals");
    assert_eq!(home.error(&words, 3), "file_exists");
    home.json(&[&words[..], &["--force"]].concat(), 0);

    let done = Done::from(
        home.command(&["export", "--query", "jp@example.com", "--format", "jsonl", "--out", "-"])
            .output()
            .unwrap(),
    );
    let row: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&row["amount"], &row["currency"]), (&"1299".into(), &"JPY".into()));
    let refused = ["export", "--kind", "payments", "--format", "xlsx", "--out", "-"];
    assert_eq!(home.error(&refused, 2), "bad_request");
}

#[test]
fn views_are_saved_shown_exported_and_imported() {
    let sandbox = Sandbox::start(&[]);
    sandbox.charge(1_299, "jpy", "jp@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    home.json(&["views", "save", "Japan", "jp@example.com", "--notify"], 0);
    assert_eq!(home.json(&["views", "list"], 0)["items"][0]["count"], 1);
    assert_eq!(home.json(&["views", "show", "japan"], 0)["count"]["payments"], 1);
    let file = home.path().join("views.toml");
    let name = file.to_str().unwrap();
    home.json(&["views", "export", name], 0);
    assert_eq!(home.error(&["views", "export", name], 3), "file_exists");
    home.json(&["views", "remove", "Japan"], 0);
    assert_eq!(home.error(&["views", "show", "Japan"], 2), "unknown_view");
    let imported = home.json(&["views", "import", name], 0);
    assert_eq!(imported["saved"], serde_json::json!(["Japan"]));
    assert_eq!(home.error(&["views", "save", "Bad", "status:nonsense"], 2), "bad_query");
}

#[test]
fn an_export_killed_at_any_moment_leaves_no_half_file_under_its_name() {
    let sandbox = Sandbox::with_charges(3_000, &[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let whole = home.path().join("whole.jsonl");
    let words =
        |out: &str| ["export", "--kind", "payments", "--format", "jsonl", "--out", out].map(str::to_owned);
    let export = |out: &std::path::Path| words(out.to_str().unwrap());
    let run: Vec<String> = export(&whole).to_vec();
    home.json(&run.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    let wanted = fs::read(&whole).unwrap();
    for round in 0..10_u64 {
        let path = home.path().join(format!("killed-{round}.jsonl"));
        let run: Vec<String> = export(&path).to_vec();
        let mut killed =
            Running(home.command(&run.iter().map(String::as_str).collect::<Vec<_>>()).spawn().unwrap());
        // The moment is the input of the test, nothing is waited for here.
        std::thread::sleep(Duration::from_millis(40 * round));
        let _ = killed.0.kill();
        let _ = killed.0.wait();
        if path.exists() {
            assert!(fs::read(&path).unwrap() == wanted, "round {round}: a file that is not whole");
        }
    }
}

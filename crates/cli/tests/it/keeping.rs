//! Keeping a mirror from the command line: copies, their return, other keys, and the rights of a person.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;

use crate::stage::{Done, Home, KEY_VARIABLE, Running, Sandbox, Vault};

/// How often a change of keys is killed.
const KILLS: u64 = 8;

fn code(done: &Done) -> String {
    done.json()["error"]["code"].as_str().unwrap_or_else(|| panic!("{}", done.out)).to_owned()
}

fn held(home: &Home) -> Value {
    home.json(&["find", "", "--limit", "1"], 0)["count"]["payments"].clone()
}

#[test]
fn a_mirror_is_checked_copied_and_put_back() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Passphrase, &sandbox);
    assert_eq!(home.json(&["mirror", "check-file"], 0)["whole"], true);
    let proof = home.json(&["mirror", "check"], 0);
    assert_eq!((&proof["items"][0]["state"], &proof["items"][0]["gaps"]), (&"complete".into(), &0.into()));

    let copy = home.runtime().join("copy.db");
    let copy = copy.to_str().unwrap();
    let made = home.json(&["mirror", "backup", "--to", copy], 0);
    assert_eq!((&made["path"], &made["encrypted"]), (&copy.into(), &true.into()));
    assert_eq!(std::fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(code(&home.run(&["mirror", "backup", "--to", copy])), "file_exists");
    let by_itself = home.json(&["mirror", "backup"], 0);
    assert!(std::path::Path::new(by_itself["path"].as_str().unwrap()).starts_with(home.path()));

    home.json(&["refund", &charge, "--amount", "1.00", "--yes"], 0);
    // Nobody is there to be asked.
    assert_eq!(home.run(&["mirror", "restore", copy]).code, 2);
    let back = home.json(&["mirror", "restore", copy, "--yes"], 0);
    assert_eq!((&back["carried_intents"], &back["held_intents"]), (&1.into(), &0.into()), "{back}");
    assert!(std::path::Path::new(back["kept"].as_str().unwrap()).exists());
    assert_eq!(home.json(&["refunds", "list"], 0)["total"], 1);
    assert_eq!(held(&home), 61);
    let refused = home.run(&["mirror", "restore", "/dev/null", "--yes"]);
    assert_ne!(refused.code, 0);
    assert_eq!(held(&home), 61);
}

#[test]
fn a_restore_after_a_kill_takes_over_what_only_the_log_knows() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let copy = home.runtime().join("copy.db");
    let copy = copy.to_str().unwrap();
    home.json(&["mirror", "backup", "--to", copy], 0);
    let mut serve = home.serve();
    home.json(&["refund", &charge, "--amount", "1.00", "--yes"], 0);
    serve.0.kill().unwrap();
    serve.0.wait().unwrap();
    let log = home.path().join("mirror-sandbox.db-wal");
    assert!(std::fs::metadata(&log).is_ok_and(|log| log.len() > 0), "nothing is in the log alone");
    let back = home.json(&["--environment", "sandbox", "mirror", "restore", copy, "--yes"], 0);
    assert_eq!(back["carried_intents"], 1, "{back}");
    assert_eq!(home.json(&["refunds", "list"], 0)["total"], 1);
}

#[test]
fn another_key_is_in_the_vault_whenever_the_file_has_it() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    let copy = home.runtime().join("copy.db");
    let copy = copy.to_str().unwrap();
    home.json(&["mirror", "backup", "--to", copy], 0);
    let mut cut_off = 0;
    for round in 0..KILLS {
        let mut rekey = Running(home.command(&["mirror", "rekey", "--json"]).spawn().unwrap());
        // The moment is the input of the test, nothing is waited for here.
        std::thread::sleep(Duration::from_millis(60 + round * 170));
        cut_off += u64::from(rekey.0.try_wait().unwrap().is_none());
        let _ = rekey.0.kill();
        let _ = rekey.0.wait();
        assert_eq!(held(&home), 60, "round {round}");
    }
    assert!(cut_off > 0, "none was cut off");
    let done = home.json(&["mirror", "rekey"], 0);
    assert_eq!(done["environments"], serde_json::json!(["sandbox"]));
    assert_eq!(done["caller_keeps_key"], false);
    assert_eq!(held(&home), 60);
    assert_eq!(home.json(&["mirror", "check-file"], 0)["whole"], true);
    assert_eq!(code(&home.run(&["mirror", "restore", copy, "--yes"])), "copy_unusable");
}

#[test]
fn a_key_from_a_variable_is_changed_for_another_one() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::new(Vault::Environment, &sandbox.key);
    let (old, new) = ("a1".repeat(32), "b2".repeat(32));
    let run = |key: &str, words: &[&str]| -> Done {
        let mut command = home.command(words);
        command.arg("--json").env("PAYDESK_MIRROR_KEY", key).env("NEXT_KEY", &new);
        command.output().unwrap().into()
    };
    let add = ["accounts", "add", "stripe", "--label", "shop", "--base-url", &sandbox.base_url];
    for words in [&[&add[..], &["--key-env", KEY_VARIABLE]].concat()[..], &["sync"]] {
        let done = run(&old, words);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    }
    assert_eq!(code(&run(&old, &["mirror", "rekey"])), "new_key_needed");
    let done = run(&old, &["mirror", "rekey", "--new-key-env", "NEXT_KEY"]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(done.json()["caller_keeps_key"], true);
    assert!(!done.out.contains(&new) && !done.err.contains(&new));
    assert_eq!(run(&new, &["find", ""]).json()["count"]["payments"], 60);
    assert_eq!(code(&run(&old, &["find", ""])), "mirror_wrong_key");
}

#[test]
fn a_person_gets_a_copy_and_is_erased() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let customer =
        home.json(&["customers", "create", "--email", "ada@example.com", "--name", "Ada Lovelace"], 0);
    let id = customer["id"].as_str().unwrap();
    sandbox.charge(2_000, "usd", "ada@example.com");
    home.sync();
    let copy = home.json(&["mirror", "export-customer", id], 0);
    let document: Value = serde_json::from_str(copy["document"].as_str().unwrap()).unwrap();
    assert_eq!(document["customers"][0]["email"], "ada@example.com");
    assert_eq!(document["payments"].as_array().unwrap().len(), 1);
    let file = home.runtime().join("ada.json");
    home.json(&["mirror", "export-customer", id, "--to", file.to_str().unwrap()], 0);
    assert!(std::fs::read_to_string(&file).unwrap().contains("Ada Lovelace"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    assert_eq!(code(&home.run(&["mirror", "erase-customer", id, "--confirm", "cus_other"])), "not_confirmed");
    let backup = home.json(&["mirror", "backup"], 0);
    let erased = home.json(&["mirror", "erase-customer", id, "--confirm", id], 0);
    assert_eq!(erased["copies"], serde_json::json!([backup["path"]]));
    // The vendor goes on stating the person, and pays back what they paid.
    home.sync();
    for query in ["ada@example.com", "lovelace"] {
        assert_eq!(home.json(&["find", query], 0)["count"]["payments"], 0, "{query}");
    }
    let left = home.json(&["mirror", "export-customer", id], 0)["document"].to_string();
    assert!(!left.contains("Lovelace") && !left.contains("ada@example.com"), "{left}");
    let bytes = std::fs::read(home.path().join("mirror-sandbox.db")).unwrap();
    assert!(!bytes.windows(8).any(|part| part.eq_ignore_ascii_case(b"Lovelace")));
    assert_eq!(home.json(&["mirror", "check-file"], 0)["whole"], true);
}

//! The main job: connect, mirror, find, refund, and see the refund.

use crate::stage::{Home, Sandbox, Vault};

fn main_job(vault: Vault) {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(vault, &sandbox);

    let found = home.json(&["find", "ada@example.com"], 0);
    let total = serde_json::json!({ "payments": 1, "amount": { "minor": "2000", "currency": "USD" } });
    assert_eq!((&found["count"]["payments"], &found["count"]["exact"]), (&1.into(), &true.into()));
    assert_eq!(found["count"]["totals"], serde_json::json!([total]));
    let text =
        String::from_utf8(home.command(&["find", "ada@example.com"]).output().unwrap().stdout).unwrap();
    assert_eq!(text.lines().last(), Some("1 of 1 · 20.00 USD"), "{text}");
    assert_eq!(found["next"], serde_json::Value::Null);
    assert_eq!(found["items"][0]["id"], *charge);
    assert_eq!(found["items"][0]["amount"], serde_json::json!({ "minor": "2000", "currency": "USD" }));

    let shown = home.json(&["show", &charge], 0);
    assert_eq!((&shown["object"], &shown["refunded"]["minor"]), (&"payment".into(), &"0".into()));

    let wish =
        ["refund", &charge, "--amount", "5.00", "--reason", "requested_by_customer", "--note", "ticket 7"];
    let refund = home.json(&[&wish[..], &["--yes"]].concat(), 0);
    assert_eq!(refund["state"], "settled");
    assert_eq!(refund["refund_status"], "succeeded");
    assert_eq!(refund["amount"], serde_json::json!({ "minor": "500", "currency": "USD" }));
    assert_eq!(refund["payment"], *charge);
    assert_eq!(refund["note"], "ticket 7");

    let shown = home.json(&["show", &charge], 0);
    assert_eq!(shown["refunded"]["minor"], "500");
    assert_eq!(shown["refunds"].as_array().unwrap().len(), 1);
    let listed = home.json(&["refunds", "list"], 0);
    assert_eq!(listed["total"], 1);
    for part in ["payment", "state", "refund_status", "refund_id", "intent_id", "amount"] {
        assert_eq!(listed["items"][0][part], refund[part], "{part}");
    }

    let at_vendor = sandbox.refunds(&charge);
    assert_eq!(at_vendor.len(), 1);
    assert_eq!(at_vendor[0]["id"], refund["refund_id"]);
    assert_eq!(at_vendor[0]["amount"], 500);
    let metadata = at_vendor[0]["metadata"].to_string();
    assert!(metadata.contains(refund["intent_id"].as_str().unwrap()), "{metadata}");
    assert!(!metadata.contains("ticket"), "the note stays on this machine");

    // The payment is also found by the refund's id.
    let by_refund = home.json(&["show", refund["refund_id"].as_str().unwrap()], 0);
    assert_eq!(by_refund["id"], *charge);
    assert_eq!(home.json(&["refunds", "settle"], 0)["items"], serde_json::json!([]));
}

#[test]
fn the_main_job_with_the_passphrase_vault() {
    main_job(Vault::Passphrase);
}

#[test]
fn the_main_job_with_the_environment_vault() {
    main_job(Vault::Environment);
}

#[test]
fn a_list_goes_on_where_its_page_ended() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let mut ids = std::collections::HashSet::new();
    let mut after: Option<String> = None;
    loop {
        let mut words = vec!["find", "", "--limit", "17"];
        words.extend(after.iter().flat_map(|cursor| ["--after", cursor.as_str()]));
        let page = home.json(&words, 0);
        assert_eq!(page["count"]["payments"], 60);
        for item in page["items"].as_array().unwrap() {
            assert!(ids.insert(item["id"].as_str().unwrap().to_owned()), "a row came twice");
        }
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(ids.len(), 60);
    assert_eq!(home.error(&["find", "", "--after", "nonsense"], 2), "bad_cursor");
}

#[test]
fn whatever_is_open_is_listed_also_a_capture() {
    let sandbox = Sandbox::start(&["--faults", "POST /v1/payment_intents/{intent}/capture:500-saved"]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let create = ["payments", "create", "--amount", "12.99", "--currency", "usd"];
    let held = ["--payment-method", "pm_card_visa", "--confirm", "--capture-later"];
    let payment = home.json(&[&create[..], &held[..]].concat(), 0);
    let id = payment["id"].as_str().unwrap();
    home.json(&["payments", "capture", id], 5);
    let open = home.json(&["refunds", "list", "--state", "needs_person"], 0);
    assert_eq!(open["total"], 1, "{open}");
    assert_eq!((&open["items"][0]["kind"], &open["items"][0]["payment"]), (&"capture".into(), &id.into()));
    assert_eq!(home.json(&["refunds", "list"], 0)["total"], 0);
}

#[test]
fn payments_and_customers_are_made_and_changed() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Environment, &sandbox);
    let create = ["payments", "create", "--amount", "12.99", "--currency", "usd"];
    let held = ["--payment-method", "pm_card_visa", "--confirm", "--capture-later"];
    let payment = home.json(&[&create[..], &held[..]].concat(), 0);
    assert_eq!((&payment["state"], &payment["status"]), (&"settled".into(), &"requires_capture".into()));
    let id = payment["id"].as_str().unwrap();
    let captured = home.json(&["payments", "capture", id, "--amount", "10.00"], 0);
    assert_eq!(captured["status"], "succeeded");
    assert_eq!(sandbox.get(&format!("/v1/payment_intents/{id}"))["amount_received"], 1_000);

    let second = home.json(&create, 0);
    let second = second["id"].as_str().unwrap();
    home.json(&["payments", "confirm", second, "--payment-method", "pm_card_visa"], 0);
    let third = home.json(&[&create[..], &held[..]].concat(), 0);
    let canceled = home.json(&["payments", "cancel", third["id"].as_str().unwrap()], 0);
    assert_eq!(canceled["status"], "canceled");

    let customer = home.json(&["customers", "create", "--email", "new@example.com", "--name", "New"], 0);
    let customer = customer["id"].as_str().unwrap();
    home.sync();
    assert_eq!(home.json(&["customers", "show", customer], 0)["email"], "new@example.com");
}

#[test]
fn people_read_tables_and_facts() {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(1_299, "jpy", "jp@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let text = |arguments: &[&str]| {
        let done = crate::stage::Done::from(home.command(arguments).output().unwrap());
        assert_eq!(done.code, 0, "{}", done.err);
        done.out
    };
    let found = text(&["find", "jp@example.com"]);
    assert!(found.contains("1299 JPY") && found.contains(&charge) && found.contains("1 of 1"), "{found}");
    assert!(text(&["show", &charge]).contains("jp@example.com"));
    assert!(text(&["accounts", "list"]).starts_with("LABEL"));
    assert!(text(&["overview"]).contains("JPY"));
    assert!(text(&["calls", "--limit", "5"]).contains("/v1/"));
    assert!(text(&["doctor"]).contains("NOT ENCRYPTED"));
    assert!(text(&["refunds", "list"]).contains("0 of 0"));
    assert!(text(&["refund", &charge, "--amount", "99", "--yes"]).contains("99 JPY"));
}

#[test]
fn an_account_is_checked_renamed_and_removed() {
    let sandbox = Sandbox::start(&[]);
    let home = Home::connected(Vault::Passphrase, &sandbox);
    assert_eq!(home.json(&["accounts", "list"], 0)["total"], 1);
    let checked = home.json(&["accounts", "check", "shop"], 0);
    assert!(!checked["rights"].as_array().unwrap().is_empty());
    assert_eq!(home.json(&["accounts", "rename", "shop", "store"], 0)["label"], "store");
    assert_eq!(home.error(&["accounts", "check", "shop"], 2), "unknown_account");
    assert_eq!(home.json(&["accounts", "remove", "store"], 0), serde_json::json!({}));
    assert_eq!(home.json(&["accounts", "list"], 0)["total"], 0);
}

#[test]
fn doctor_names_the_vault_and_whether_the_mirror_is_encrypted() {
    let sandbox = Sandbox::start(&[]);
    for (vault, kind, encrypted) in
        [(Vault::Passphrase, "passphrase", true), (Vault::Environment, "environment", false)]
    {
        let home = Home::connected(vault, &sandbox);
        let doctor = home.json(&["doctor"], 0);
        assert_eq!(doctor["vault"]["kind"], kind);
        let environments = doctor["environments"].as_array().unwrap();
        let mirror = environments.iter().find(|one| one["environment"] == "sandbox").unwrap();
        assert_eq!(mirror["encrypted"], encrypted);
        let checks = mirror["checks"].as_array().unwrap();
        assert!(!checks.is_empty() && checks.iter().all(|check| check["passed"] == true), "{checks:?}");
    }
}

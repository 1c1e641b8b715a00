//! What people type wrong: amounts, keys, words.

use crate::stage::{Home, Sandbox, Vault};

/// A charge of `minor` in a connected home.
fn charged(minor: u32, currency: &str) -> (Sandbox, Home, String) {
    let sandbox = Sandbox::start(&[]);
    let charge = sandbox.charge(minor, currency, "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    (sandbox, home, charge)
}

fn is_refused(currency: &str, amount: &str, error: &str, code: i32) {
    let (sandbox, home, charge) = charged(2_000, currency);
    assert_eq!(home.error(&["refund", &charge, "--amount", amount, "--yes"], code), error, "{amount}");
    assert!(sandbox.refunds(&charge).is_empty());
    assert_eq!(home.json(&["refunds", "list"], 0)["total"], 0, "nothing may be written down for it");
}

#[test]
fn m01_amount_0() {
    is_refused("usd", "0", "bad_amount", 2);
}

#[test]
fn m02_amount_minus_1() {
    is_refused("usd", "-1", "bad_amount", 2);
}

#[test]
fn m04_over_by_one() {
    is_refused("usd", "20.01", "over_refund", 3);
}

#[test]
fn m05_exact_remainder_and_m17_refund_of_refunded() {
    let (sandbox, home, charge) = charged(2_000, "usd");
    home.json(&["refund", &charge, "--amount", "7.50", "--yes"], 0);
    assert_eq!(home.error(&["refund", &charge, "--amount", "12.51", "--yes"], 3), "over_refund");
    home.json(&["refund", &charge, "--amount", "12.50", "--yes"], 0);
    assert_eq!(home.error(&["refund", &charge, "--all", "--yes"], 3), "nothing_left");
    let at_vendor: i64 = sandbox.refunds(&charge).iter().filter_map(|one| one["amount"].as_i64()).sum();
    assert_eq!(at_vendor, 2_000);
}

#[test]
fn m07_jpy_12_99_typed() {
    is_refused("jpy", "12.99", "bad_amount", 2);
}

#[test]
fn m13_comma_for_a_point() {
    is_refused("usd", "12,99", "bad_amount", 2);
}

#[test]
fn m14_1e3() {
    is_refused("usd", "1e3", "bad_amount", 2);
}

#[test]
fn m23_an_equal_partial_refund_again_is_a_second_one() {
    let (sandbox, home, charge) = charged(2_000, "usd");
    let first = home.json(&["refund", &charge, "--amount", "5.00", "--yes"], 0);
    let second = home.json(&["refund", &charge, "--amount", "5.00", "--yes"], 0);
    assert_ne!(first["intent_id"], second["intent_id"], "the first outcome was shown, so this is a new wish");
    assert_eq!(sandbox.refunds(&charge).len(), 2);
}

#[test]
fn u10_key_with_a_newline_is_refused_and_nothing_is_kept() {
    let home = Home::new(Vault::Passphrase, "");
    let add =
        ["accounts", "add", "stripe", "--label", "shop", "--base-url", "http://127.0.0.1:1", "--key-stdin"];
    for text in ["sk_test_abc\nsk_test_def\n", "\nsk_test_abc", "sk_test_abc\n\n"] {
        let done = home.piped(&add, text);
        assert_eq!(
            (done.code, done.json()["error"]["code"].as_str()),
            (2, Some("key_malformed")),
            "{text:?}"
        );
    }
    let done = home.piped(&add, "\n");
    assert_eq!((done.code, done.json()["error"]["code"].as_str()), (2, Some("key_empty")));
    assert_eq!(home.json(&["accounts", "list"], 0)["total"], 0);
}

#[test]
fn u11_keys_of_the_wrong_kind_are_refused_with_the_reason() {
    let home = Home::new(Vault::Passphrase, "");
    let add =
        ["accounts", "add", "stripe", "--label", "shop", "--base-url", "http://127.0.0.1:1", "--key-stdin"];
    for (key, code) in [
        ("sk_live_4242abcdef", "key_live_in_test"),
        ("rk_live_4242abcdef", "key_live_in_test"),
        ("pk_test_4242abcdef", "key_publishable"),
        ("whsec_4242abcdef", "key_webhook_secret"),
        ("SG.4242abcdef", "key_wrong_vendor"),
    ] {
        let done = home.piped(&add, key);
        assert_eq!((done.code, done.json()["error"]["code"].as_str()), (2, Some(code)), "{key}");
        assert!(!done.out.contains("4242abcdef") && !done.err.contains("4242abcdef"), "{key} is repeated");
    }
}

#[test]
fn a_base_url_is_loopback_or_the_vendors_own() {
    let home = Home::new(Vault::Environment, "sk_test_1");
    for url in
        ["http://api.stripe.com", "https://evil.example", "http://127.0.0.1.evil.example", "ftp://127.0.0.1"]
    {
        let add = [
            "accounts",
            "add",
            "stripe",
            "--label",
            "shop",
            "--base-url",
            url,
            "--key-env",
            "PAYDESK_TEST_KEY",
        ];
        assert_eq!(home.error(&add, 2), "bad_base_url", "{url}");
    }
}

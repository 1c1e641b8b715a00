//! Files of refunds with the bad inputs M01 to M22, U02, U03 and V01: what is wrong with a row is said before
//! anything is sent, and the other rows go on.

use std::fs;

use serde_json::Value;

use crate::stage::{Home, Sandbox, Vault};

/// A vendor with payments in the given currencies, mirrored; each is of so many minor units.
fn shop(payments: &[(u32, &str)]) -> (Sandbox, Home, Vec<String>) {
    let sandbox = Sandbox::start(&[]);
    let charges = payments
        .iter()
        .map(|(minor, currency)| sandbox.charge(*minor, currency, "ada@example.com"))
        .collect();
    let home = Home::connected(Vault::Environment, &sandbox);
    (sandbox, home, charges)
}

fn imported(home: &Home, text: &str) -> Value {
    let done = home.piped(&["refunds", "import", "-"], text);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    done.json()
}

/// What became of the rows of a run: state, problem, and what is to go back in minor units.
fn looked(home: &Home, run: &Value) -> Vec<(String, Option<String>, Option<i64>)> {
    let id = run["id"].as_str().unwrap();
    let rows = home.json(&["refunds", "status", id, "--rows", "--limit", "1000"], 0);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let minor = |row: &Value| row["amount"]["minor"].as_str().map(|minor| minor.parse().unwrap());
    let facts = |row: &Value| (text(&row["state"]).unwrap(), text(&row["problem"]), minor(row));
    rows["items"].as_array().unwrap().iter().map(facts).collect()
}

fn ready(minor: i64) -> (String, Option<String>, Option<i64>) {
    ("ready".to_owned(), None, Some(minor))
}

fn blocked(problem: &str, minor: Option<i64>) -> (String, Option<String>, Option<i64>) {
    ("blocked".to_owned(), Some(problem.to_owned()), minor)
}

/// Sends a run, and tells how many refunds of a payment the vendor has then.
fn sent(home: &Home, run: &Value) -> Value {
    home.json(&["refunds", "run", run["id"].as_str().unwrap(), "--yes"], 0)
}

#[test]
fn m01_m02_m03_m04_m05_in_a_file_what_cannot_go_back_is_blocked_and_the_exact_rest_goes() {
    let (sandbox, home, charges) = shop(&[(2_000, "usd"); 6]);
    let amounts = ["0.00", "-1.00", "92233720368547758.07", "92233720368547758.08", "20.01", "20.00"];
    let rows: String = charges.iter().zip(amounts).map(|(id, amount)| format!("{id},{amount}\n")).collect();
    let run = imported(&home, &format!("payment,amount\n{rows}"));
    let wanted = [
        blocked("bad_amount", None),
        blocked("bad_amount", None),
        blocked("over_refund", Some(i64::MAX)),
        blocked("bad_amount", None),
        blocked("over_refund", Some(2_001)),
        ready(2_000),
    ];
    assert_eq!(looked(&home, &run), wanted);
    sent(&home, &run);
    for (charge, refunds) in charges.iter().zip([0, 0, 0, 0, 0, 1]) {
        assert_eq!(sandbox.refunds(charge).len(), refunds);
    }
}

#[test]
fn m06_two_rows_above_the_total_of_their_payment_are_one_refund() {
    let (sandbox, home, charges) = shop(&[(2_000, "usd")]);
    let run = imported(&home, &format!("payment,amount\n{0},12.00\n{0},12.50\n", charges[0]));
    assert_eq!(looked(&home, &run), [ready(1_200), blocked("over_refund", Some(1_250))]);
    // Another file that takes what the first one means to take is only found out when it is sent.
    let other = imported(&home, &format!("payment,amount\n{},11.00\n", charges[0]));
    assert_eq!(looked(&home, &other), [ready(1_100)]);
    sent(&home, &run);
    let refused = home.json(&["refunds", "run", other["id"].as_str().unwrap(), "--yes"], 4);
    assert_eq!(refused["problems"][0]["code"], "over_refund", "{refused}");
    let there: Vec<i64> =
        sandbox.refunds(&charges[0]).iter().filter_map(|one| one["amount"].as_i64()).collect();
    assert_eq!(there, [1_200]);
}

#[test]
fn m07_m08_m09_m10_amounts_of_a_file_have_the_decimals_of_their_currency() {
    let payments = [
        (1_299, "jpy"),
        (1_299, "jpy"),
        (12_340, "kwd"),
        (12_340, "kwd"),
        (129_900, "isk"),
        (104_500, "huf"),
    ];
    let more = [(104_500, "twd"), (500_000, "ugx"), (500_000, "ugx")];
    let (sandbox, home, charges) = shop(&[&payments[..], &more[..]].concat());
    let amounts = ["12.99", "1299.00", "1.234", "1.23", "5.50", "10.45", "10.45", "10.5", "10"];
    let rows: String = charges.iter().zip(amounts).map(|(id, amount)| format!("{id},{amount}\n")).collect();
    let run = imported(&home, &format!("payment,amount\n{rows}"));
    let wanted = [
        blocked("bad_amount", None),
        ready(1_299),
        blocked("bad_amount", None),
        ready(1_230),
        blocked("bad_amount", None),
        ready(1_045),
        ready(1_045),
        blocked("bad_amount", None),
        ready(1_000),
    ];
    assert_eq!(looked(&home, &run), wanted);
    assert_eq!(run["total"], "10.45 HUF + 1299 JPY + 1.230 KWD + 10.45 TWD + 10.00 UGX", "{run}");
    sent(&home, &run);
    for (charge, wanted) in charges.iter().zip(wanted) {
        let there: Vec<i64> =
            sandbox.refunds(charge).iter().filter_map(|one| one["amount"].as_i64()).collect();
        let minor = wanted.2.filter(|_| wanted.0 == "ready");
        assert_eq!(there, minor.into_iter().collect::<Vec<i64>>(), "{charge}");
    }
}

#[test]
fn m11_m12_a_currency_that_is_none_or_not_that_of_the_payment_blocks_its_row_alone() {
    let (sandbox, home, charges) =
        shop(&[(2_000, "usd"), (2_000, "usd"), (2_000, "usd"), (2_000, "eur"), (2_000, "eur")]);
    let run = imported(
        &home,
        &format!(
            "payment,amount,currency\n{},5.00,XXX\n{},5.00,EUR\n{},€5.00,\n{},$5.00,eur\n{},€5.00,eur\n",
            charges[0], charges[1], charges[2], charges[3], charges[4]
        ),
    );
    let wanted = [
        blocked("bad_currency", None),
        blocked("currency_differs", None),
        blocked("currency_differs", None),
        blocked("currency_differs", None),
        ready(500),
    ];
    assert_eq!(looked(&home, &run), wanted);
    sent(&home, &run);
    let refunds: Vec<usize> = charges.iter().map(|charge| sandbox.refunds(charge).len()).collect();
    assert_eq!(refunds, [0, 0, 0, 0, 1]);
}

#[test]
fn m13_m14_m15_m16_amounts_of_a_file_are_read_as_people_write_them_and_never_guessed() {
    let (_sandbox, home, charges) = shop(&[(500_000, "eur"); 8]);
    let amounts = ["1.299,00", "12,99 €", "1e3", "١٢", " 12,99\u{a0}", "1 299,50", "12.99", "12 99"];
    let rows: String = charges.iter().zip(amounts).map(|(id, amount)| format!("{id};{amount}\n")).collect();
    let run = imported(&home, &format!("Zahlung;Betrag\n{rows}"));
    let wanted = [
        ready(129_900),
        ready(1_299),
        blocked("bad_amount", None),
        blocked("bad_amount", None),
        ready(1_299),
        ready(129_950),
        // Two decimals after a point are decimals in every country.
        ready(1_299),
        // The space parts no thousands, so it may stand for a comma.
        blocked("bad_amount", None),
    ];
    assert_eq!(looked(&home, &run), wanted);
    let doubtful = imported(&home, &format!("Zahlung;Betrag\n{};1.299\n", charges[0]));
    assert_eq!(doubtful["problems"][0]["code"], "ambiguous_amount", "{doubtful}");
}

#[test]
fn m17_m18_m19_m21_payments_of_a_file_that_cannot_be_refunded_block_their_rows_alone() {
    let sandbox = Sandbox::start(&[]);
    let pay = |more: &str| {
        let charge = sandbox.post("/v1/charges", &format!("amount=2000&currency=usd&{more}"));
        charge["id"].as_str().unwrap_or_else(|| panic!("{charge}")).to_owned()
    };
    let refunded = pay("source=tok_visa");
    sandbox.post("/v1/refunds", &format!("charge={refunded}"));
    let disputed = pay("source=tok_createDispute");
    let uncaptured = pay("source=tok_visa&capture=false");
    let good = pay("source=tok_visa");
    let other = Sandbox::start(&["--seed", "77"]);
    let foreign = other.charge(2_000, "usd", "ada@example.com");
    let home = Home::connected(Vault::Environment, &sandbox);
    let ids = [&refunded, &disputed, &uncaptured, &foreign, &good];
    let rows: String = ids.iter().map(|id| format!("{id},5.00\n")).collect();
    let run = imported(&home, &format!("payment,amount\n{rows}"));
    let wanted = [
        blocked("nothing_left", Some(500)),
        blocked("disputed", Some(500)),
        blocked("not_refundable", Some(500)),
        blocked("no_match", None),
        ready(500),
    ];
    assert_eq!(looked(&home, &run), wanted);
    sent(&home, &run);
    assert_eq!((sandbox.refunds(&good).len(), sandbox.refunds(&disputed).len()), (1, 0));
    assert!(other.refunds(&foreign).is_empty());
}

#[test]
fn m22_two_charges_of_the_same_amount_on_the_same_day_are_not_told_apart_by_guessing() {
    let (sandbox, home, charges) = shop(&[(2_000, "usd"), (2_000, "usd"), (3_000, "usd")]);
    let found = home.json(&["find", &charges[0]], 0);
    let day = &found["items"][0]["created"].as_str().unwrap()[..10];
    let run = imported(
        &home,
        &format!(
            "email,amount,date\nADA@example.com,20.00,{day}\nada@example.com,30.00,{day}\n,5.00,{day}\n"
        ),
    );
    let wanted = [
        blocked("ambiguous_match", None),
        ("asks".to_owned(), Some("likely_match".to_owned()), Some(3_000)),
        blocked("no_match", None),
    ];
    assert_eq!(looked(&home, &run), wanted);
    // Nobody ticked the likely one, so nothing is sent.
    assert_eq!(
        home.error(&["refunds", "run", run["id"].as_str().unwrap(), "--yes"], 3),
        "bulk_nothing_to_send"
    );
    home.json(&["refunds", "tick", run["id"].as_str().unwrap(), "--problem", "likely_match"], 0);
    sent(&home, &run);
    let refunds: Vec<usize> = charges.iter().map(|charge| sandbox.refunds(charge).len()).collect();
    assert_eq!(refunds, [0, 0, 1]);
}

#[test]
fn u02_u03_v01_hostile_text_in_a_file_is_text_and_card_numbers_are_masked_before_they_are_kept() {
    let (sandbox, home, charges) = shop(&[(2_000, "usd"), (2_000, "usd"), (2_000, "usd")]);
    let file = home.path().join("refunds.csv");
    let text = format!(
        "payment,amount,note\n{},5.00,=cmd|' /C calc'!A0\n{},5.00,card 4242 4242 4242 4242\n{},\u{202e}5.00,x\n",
        charges[0], charges[1], charges[2]
    );
    fs::write(&file, text).unwrap();
    let run = home.json(&["refunds", "import", file.to_str().unwrap()], 0);
    assert_eq!(looked(&home, &run), [ready(500), ready(500), blocked("bad_amount", None)]);
    sent(&home, &run);
    assert_eq!(sandbox.refunds(&charges[0]).len() + sandbox.refunds(&charges[1]).len(), 2);
    let out = home.path().join("receipts.csv");
    home.json(&["refunds", "receipts", run["id"].as_str().unwrap(), "--out", out.to_str().unwrap()], 0);
    let receipts = fs::read_to_string(out).unwrap();
    assert!(receipts.contains("'=cmd|") && !receipts.contains(",=cmd"), "{receipts}");
    assert!(!receipts.contains("4242 4242 4242 4242") && receipts.contains("4242"), "{receipts}");
    // Without a key for it the mirror is plain here, so that what stands in it can be read.
    let mirror = home.path().join("mirror-sandbox.db");
    for path in [mirror.clone(), mirror.with_extension("db-wal")] {
        let bytes = fs::read(&path).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("4242 4242 4242 4242"), "{path:?}");
    }
    assert!(String::from_utf8_lossy(&fs::read(mirror).unwrap()).contains("=cmd|"));
}

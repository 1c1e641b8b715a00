//! A file is believed whole or not at all.

use domain::{BulkRunId, Environment, IntentId, Money, Timestamp, Vendor};

use super::{
    AccountName, Answer, Decision, LIFE_MAX_MS, LIFE_MS, Moment, Opened, Request, Signed, Signer, open,
};
use crate::Problem;
use crate::key::PersonKey;
use crate::wish::{RefundWish, RunWish, Wish, WishedAmount, WishedRow};

const AT: i64 = 1_760_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(AT + ms)
}

fn signer(key: &PersonKey, name: &str) -> Signer {
    Signer { key: key.public(), name: name.to_owned(), system_user: name.to_lowercase() }
}

fn request(key: &PersonKey) -> Request {
    Request {
        account: AccountName {
            environment: Environment::Live,
            id: "acct_1".to_owned(),
            vendor: Vendor::Stripe,
        },
        asked_by: signer(key, "Ada"),
        created: at(0),
        expires: at(LIFE_MS),
        id: IntentId::generate(),
        limit: Some("per_refund".to_owned()),
        nonce: Request::new_nonce().unwrap(),
        note: Some("Ring \"gold\", line\nbreak and Ü".to_owned()),
        ticket: None,
        wish: Wish::Refund(RefundWish {
            amount: WishedAmount { currency: "usd".parse().unwrap(), minor: 129_900 },
            payment: "ch_1".to_owned(),
            reason: Some("requested_by_customer".to_owned()),
        }),
    }
}

/// The same request for another amount.
fn for_minor(request: &Request, minor: i64) -> Request {
    let Wish::Refund(wish) = request.wish.clone() else { panic!("one refund") };
    let amount = WishedAmount { minor, ..wish.amount };
    Request { wish: Wish::Refund(RefundWish { amount, ..wish }), ..request.clone() }
}

fn row(line: u64, payment: &str, minor: i64, currency: &str) -> WishedRow {
    let amount = Money::new(minor, currency.parse().unwrap());
    WishedRow { line, payment: payment.to_owned(), amount, reason: Some("duplicate".to_owned()) }
}

fn run() -> RunWish {
    let rows = vec![row(2, "ch_1", 900, "usd"), row(3, "ch_2", 5_000, "jpy"), row(7, "ch_1", 900, "usd")];
    RunWish::of(BulkRunId::generate(), rows).unwrap()
}

fn signed() -> (PersonKey, Signed<Request>) {
    let key = PersonKey::generate().unwrap();
    let signed = Signed::sign(request(&key), &key).unwrap();
    (key, signed)
}

/// Every other value of every byte of a file is refused. What is no longer UTF-8 is no text at all.
fn every_change_is_refused(file: &str) {
    let mut tried = 0;
    for place in 0..file.len() {
        for bit in 0..8 {
            let mut bytes = file.as_bytes().to_vec();
            bytes[place] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            // White space at the very ends is not part of the file, but what stood there was.
            assert!(open(&changed).is_err(), "bit {bit} of byte {place}: {changed}");
            tried += 1;
        }
    }
    assert!(tried > file.len() * 6, "{tried} changes of {} bytes", file.len());
    for end in 0..file.len() {
        if let Some(cut) = file.get(..end) {
            assert!(open(cut).is_err(), "cut at {end}");
        }
    }
}

#[test]
fn a_request_with_any_byte_changed_is_refused() {
    every_change_is_refused(&signed().1.file);
}

#[test]
fn a_request_for_a_run_with_any_byte_changed_is_refused() {
    let key = PersonKey::generate().unwrap();
    let asked = Signed::sign(Request { wish: Wish::Run(run()), ..request(&key) }, &key).unwrap();
    assert_eq!(open(&asked.file), Ok(Opened::Request(asked.clone())));
    every_change_is_refused(&asked.file);
}

/// A row changed, added, left out, moved or taken from another run makes another file, which nobody signed; and what
/// stands beside the rows cannot differ from them even in a file that its own asker signs.
#[test]
fn the_rows_of_a_run_are_those_that_were_counted_added_up_and_signed() {
    let key = PersonKey::generate().unwrap();
    let good = run();
    let sign = |wish: RunWish| Signed::sign(Request { wish: Wish::Run(wish), ..request(&key) }, &key);
    let changed = |change: &dyn Fn(&mut Vec<WishedRow>)| {
        let mut wish = good.clone();
        change(&mut wish.rows);
        wish
    };
    let usd = WishedAmount { currency: "usd".parse().unwrap(), minor: 1_801 };
    for absurd in [
        changed(&|rows| rows[0].amount.minor = 901),
        changed(&|rows| rows[0].payment = "ch_3".to_owned()),
        changed(&|rows| rows[0].reason = None),
        changed(&|rows| rows[0].line = 1),
        changed(&|rows| rows.push(row(8, "ch_4", 1, "usd"))),
        changed(&|rows| rows.truncate(2)),
        changed(&|rows| rows.swap(0, 2)),
        RunWish { count: 4, ..good.clone() },
        RunWish { digest: "0".repeat(64), ..good.clone() },
        RunWish { totals: vec![good.totals[0], usd], ..good.clone() },
        RunWish { totals: vec![good.totals[1], good.totals[0]], ..good.clone() },
        RunWish { count: 0, rows: Vec::new(), totals: Vec::new(), ..good.clone() },
    ] {
        assert_eq!(sign(absurd.clone()), Err(Problem::Absurd), "{absurd:?}");
    }
    assert!(sign(good).is_ok());
}

#[test]
fn an_answer_with_any_byte_changed_is_refused() {
    let (_, asked) = signed();
    let key = PersonKey::generate().unwrap();
    let answer = asked.answer(Decision::Approved, signer(&key, "Bob"), at(1), &key).unwrap();
    every_change_is_refused(&answer.file);
}

#[test]
fn a_file_comes_back_as_it_was_whatever_mail_puts_around_it() {
    let (_, asked) = signed();
    for text in [asked.file.clone(), format!("\u{feff}{}\r\n", asked.file), format!("\n  {}\n\n", asked.file)]
    {
        assert_eq!(open(&text), Ok(Opened::Request(asked.clone())));
    }
}

#[test]
fn the_same_json_in_another_form_is_refused() {
    let (_, asked) = signed();
    let spaced = asked.file.replacen("\":", "\": ", 1);
    let value: serde_json::Value = serde_json::from_str(&asked.file).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let escaped = asked.file.replacen("acct_1", "\\u0061cct_1", 1);
    let twice = asked.file.replacen("\"ticket\":null", "\"ticket\":null,\"ticket\":null", 1);
    let more = asked.file.replacen("\"version\":1", "\"version\":1,\"zone\":1", 1);
    let digits = asked.file.replacen("129900", "0129900", 1);
    for other in [spaced, pretty, escaped, twice, more, digits] {
        assert_ne!(other, asked.file);
        assert_eq!(open(&other), Err(Problem::Unreadable), "{other}");
    }
}

#[test]
fn a_file_has_its_fields_in_the_order_of_their_names() {
    let (_, asked) = signed();
    let value: serde_json::Value = serde_json::from_str(&asked.file).unwrap();
    // Without a feature that keeps an order, a map of serde_json sorts its names.
    assert_eq!(serde_json::to_string(&value).unwrap(), asked.file);
    let key = PersonKey::generate().unwrap();
    let answer = asked.answer(Decision::Declined, signer(&key, ""), at(1), &key).unwrap();
    let value: serde_json::Value = serde_json::from_str(&answer.file).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), answer.file);
}

#[test]
fn a_signature_fits_nothing_else() {
    let (key, asked) = signed();
    // The same words signed as an answer, by another key, or by nobody.
    let mallory = PersonKey::generate().unwrap();
    let theirs = for_minor(&asked.document, 1);
    assert_eq!(Signed::sign(theirs.clone(), &mallory), Err(Problem::Absurd), "it names another signer");
    let other = Signed::sign(theirs, &key).unwrap();
    let signature = |file: &str| file.split("\"signature\":\"").nth(1).unwrap()[..128].to_owned();
    let swapped = asked.file.replace(&signature(&asked.file), &signature(&other.file));
    assert_eq!(open(&swapped), Err(Problem::Forged));
    let none = asked.file.replace(&signature(&asked.file), &"0".repeat(128));
    assert_eq!(open(&none), Err(Problem::Forged));
    let answer = asked.answer(Decision::Approved, signer(&key, "Ada"), at(1), &key).unwrap();
    let as_answer = answer.file.replace(&signature(&answer.file), &signature(&asked.file));
    assert_eq!(open(&as_answer), Err(Problem::Forged));
}

#[test]
fn an_answer_is_one_to_its_request_alone() {
    let (_, asked) = signed();
    let (_, other) = signed();
    let key = PersonKey::generate().unwrap();
    let answer = asked.answer(Decision::Approved, signer(&key, "Bob"), at(1), &key).unwrap().document;
    assert!(asked.is_answered_by(&answer) && !other.is_answered_by(&answer));
    // The same id with another content, as whoever asked might make it after the answer came.
    let ada = PersonKey::generate().unwrap();
    let mut changed = request(&ada);
    changed.id = asked.document.id;
    changed.nonce.clone_from(&asked.document.nonce);
    assert!(!Signed::sign(changed, &ada).unwrap().is_answered_by(&answer));
    let other_chance = Answer { nonce: Request::new_nonce().unwrap(), ..answer };
    assert!(!asked.is_answered_by(&other_chance));
}

#[test]
fn a_request_is_good_until_its_end_and_not_by_a_clock_that_is_behind() {
    let key = PersonKey::generate().unwrap();
    let request = request(&key);
    assert_eq!(request.moment(at(0)), Moment::Good);
    assert_eq!(request.moment(at(LIFE_MS - 1)), Moment::Good);
    assert_eq!(request.moment(at(LIFE_MS)), Moment::Expired);
    // Two clocks are never quite the same, but nobody was asked an hour before they were.
    assert_eq!(request.moment(at(-60_000)), Moment::Good);
    assert_eq!(request.moment(at(-3_600_000)), Moment::ClockBehind);
}

#[test]
fn what_cannot_be_so_is_not_signed_and_not_believed() {
    let key = PersonKey::generate().unwrap();
    let good = request(&key);
    let Wish::Refund(wish) = good.wish.clone() else { panic!("one refund") };
    for absurd in [
        for_minor(&good, 0),
        for_minor(&good, -1),
        Request { expires: good.created, ..good.clone() },
        Request { expires: at(LIFE_MAX_MS + 1), ..good.clone() },
        Request { nonce: "00".to_owned(), ..good.clone() },
        Request { wish: Wish::Refund(RefundWish { payment: String::new(), ..wish }), ..good.clone() },
    ] {
        assert_eq!(Signed::sign(absurd, &key), Err(Problem::Absurd));
    }
    assert!(Signed::sign(good, &key).is_ok());
}

#[test]
fn what_is_nothing_of_ours_or_newer_says_so() {
    let (_, asked) = signed();
    for nothing in
        ["", "{}", "[]", "null", "hello", "{\"kind\":\"paydesk-approval-request\"}", "{\"version\":1}"]
    {
        assert_eq!(open(nothing), Err(Problem::Unreadable), "{nothing}");
    }
    assert_eq!(open(&asked.file.replace("\"version\":1", "\"version\":2")), Err(Problem::Newer));
    assert_eq!(open(&"x".repeat(super::FILE_MAX_BYTES + 1)), Err(Problem::Unreadable));
}

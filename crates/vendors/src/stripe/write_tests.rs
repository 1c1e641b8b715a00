//! What an answer makes of an intent, without a network: every status, and any bytes at all.

use domain::intent::{Input, Intent, IntentKind, IntentState, Progress};
use domain::{AccountId, IntentId, Money, RequestId, Timestamp};
use proptest::prelude::*;
use transport::retry::StopReason;
use transport::{Headers, Response};

use super::{Circumstances, Mismatch, PreparedWrite, WriteAnswer, read_made, read_refusal};
use crate::stripe::{API_VERSION, Stripe};

const INTENT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn intent(kind: IntentKind, target_id: &str, amount: Option<Money>) -> Intent {
    let now = Timestamp::from_seconds(1_790_000_000);
    Intent {
        id: INTENT.parse().unwrap(),
        request_id: RequestId::generate(),
        account_id: AccountId::generate(),
        kind,
        state: IntentState::Sent,
        target_id: Some(target_id.to_owned()),
        amount,
        reason: None,
        note: None,
        approval: None,
        path: String::new(),
        body: String::new(),
        idempotency_key: "key".to_owned(),
        api_version: API_VERSION.to_owned(),
        created_at: now,
        updated_at: now,
        key_expires_at: now,
        release_at: None,
        progress: Progress::default(),
        next_try_at: None,
        acknowledged_at: None,
        object_id: None,
        object_status: None,
        problem_code: None,
        problem_detail: None,
    }
}

fn refund_write() -> (PreparedWrite, Intent) {
    let intent = intent(IntentKind::Refund, "ch_1", Some(usd(500)));
    (Stripe::build_refund(intent.id, "ch_1", usd(500), None).unwrap(), intent)
}

fn response(status: u16, body: &[u8]) -> Response {
    Response {
        status,
        headers: Headers::default(),
        body: body.to_vec().into(),
        attempts: 1,
        server_date: None,
        request_id: Some("req_1".to_owned()),
        replayed: false,
        ended: StopReason::Answered,
        earlier_attempt_may_have_run: false,
    }
}

fn answer(write: &PreparedWrite, response: &Response) -> WriteAnswer {
    let around = Circumstances { seen_at: Timestamp::from_seconds(1_790_000_000), live: false };
    if response.is_success() { read_made(write, response, around) } else { read_refusal(response) }
}

fn refund_json(amount: &str, currency: &str, charge: &str, intent: &str) -> String {
    format!(
        r#"{{"id":"re_1","object":"refund","amount":{amount},"currency":"{currency}","charge":"{charge}","created":1790000000,"status":"pending","metadata":{{"paydesk_intent_id":"{intent}"}}}}"#
    )
}

fn input_for(body: &str) -> Input {
    let (write, intent) = refund_write();
    answer(&write, &response(200, body.as_bytes())).as_input(&intent)
}

#[test]
fn exactly_what_was_asked_is_confirmed() {
    assert_eq!(input_for(&refund_json("500", "usd", "ch_1", INTENT)), Input::Confirmed);
    assert_eq!(input_for(&refund_json("\"500\"", "usd", "ch_1", INTENT)), Input::Confirmed);
}

#[test]
fn p04_valid_json_of_another_payment_or_intent_is_contradicted() {
    assert_eq!(input_for(&refund_json("500", "usd", "ch_2", INTENT)), Input::Contradicted);
    let other = IntentId::generate().to_string();
    assert_eq!(input_for(&refund_json("500", "usd", "ch_1", &other)), Input::Contradicted);
}

#[test]
fn p05_another_amount_or_currency_is_contradicted() {
    assert_eq!(input_for(&refund_json("501", "usd", "ch_1", INTENT)), Input::Contradicted);
    assert_eq!(input_for(&refund_json("500", "eur", "ch_1", INTENT)), Input::Contradicted);
    let (write, intent) = refund_write();
    let seen = answer(&write, &response(200, refund_json("501", "usd", "ch_1", INTENT).as_bytes()));
    assert_eq!(seen.mismatch(&intent), Some(Mismatch::Amount));
}

#[test]
fn an_amount_that_is_not_exact_leaves_the_intent_unsettled() {
    for amount in ["500.0", "5e2", "\"5.00\"", "null", "-500", "99999999999999999999", "[500]"] {
        let input = input_for(&refund_json(amount, "usd", "ch_1", INTENT));
        assert_eq!(input, Input::Unanswered { maybe_executed: true }, "{amount}");
    }
}

#[test]
fn p01_p02_p03_p06_p08_a_success_that_cannot_be_read_may_have_been_carried_out() {
    let (write, intent) = refund_write();
    let twice = refund_json("500", "usd", "ch_1", INTENT).replace("\"id\"", "\"amount\":1,\"id\"");
    let cases: [(u16, &[u8], &str); 8] = [
        (200, b"", "empty"),
        (204, b"", "empty"),
        (200, b"<!doctype html><title>Sign in</title>", "not_json"),
        (200, b"\xef\xbb\xbf{}", "not_json"),
        (200, b"{\"id\":\"re_1\",\"object\":\"ref", "truncated"),
        (200, twice.as_bytes(), "duplicate_name"),
        (200, b"[]", "other_object"),
        (200, br#"{"id":"ch_1","object":"charge","amount":500,"currency":"usd"}"#, "other_object"),
    ];
    for (status, body, code) in cases {
        let seen = answer(&write, &response(status, body));
        match &seen {
            WriteAnswer::Unreadable { what, .. } => assert_eq!(what.code(), code),
            other => panic!("{code}: {other:?}"),
        }
        assert_eq!(seen.as_input(&intent), Input::Unanswered { maybe_executed: true });
        assert_eq!(seen.code(), Some("unreadable"));
    }
}

#[test]
fn p07_201_and_202_are_successes() {
    let (write, intent) = refund_write();
    for status in [201, 202] {
        let seen = answer(&write, &response(status, refund_json("500", "usd", "ch_1", INTENT).as_bytes()));
        assert_eq!(seen.as_input(&intent), Input::Confirmed);
    }
}

#[test]
fn an_object_of_the_other_mode_is_never_taken() {
    let (write, _) = refund_write();
    let body = refund_json("500", "usd", "ch_1", INTENT).replace("\"id\"", "\"livemode\":true,\"id\"");
    assert!(matches!(answer(&write, &response(200, body.as_bytes())), WriteAnswer::Unreadable { .. }));
}

#[test]
fn p11_to_p16_each_refusal_has_its_input() {
    let (write, intent) = refund_write();
    let error = |fields: &str| format!("{{\"error\":{{{fields}}}}}");
    let cases = [
        (
            400,
            error(r#""type":"idempotency_error","message":"Keys for idempotent requests…""#),
            Input::KeyMisused,
            "key_misused",
        ),
        (
            400,
            error(r#""type":"invalid_request_error","code":"charge_already_refunded""#),
            Input::Refused,
            "already_refunded",
        ),
        (
            400,
            error(r#""type":"invalid_request_error","code":"charge_disputed""#),
            Input::Refused,
            "payment_disputed",
        ),
        (
            400,
            error(
                r#""type":"invalid_request_error","param":"amount","message":"Refund amount ($50.00) is greater…""#,
            ),
            Input::Refused,
            "amount_refused",
        ),
        (400, error(r#""message":"no type and no code""#), Input::Refused, "refused_by_vendor"),
        (400, "{\"error\":\"words only\"}".to_owned(), Input::Refused, "refused_by_vendor"),
        (
            402,
            error(r#""type":"card_error","code":"card_declined","decline_code":"insufficient_funds""#),
            Input::Refused,
            "declined",
        ),
        (
            404,
            error(r#""type":"invalid_request_error","code":"resource_missing","param":"charge""#),
            Input::Refused,
            "not_found_at_vendor",
        ),
        (
            401,
            error(r#""type":"invalid_request_error","message":"Invalid API Key provided: sk_test_***1234""#),
            Input::NotAdmitted { later: false },
            "unauthorized",
        ),
        (403, error(r#""type":"invalid_request_error""#), Input::NotAdmitted { later: false }, "forbidden"),
        (
            429,
            error(r#""type":"invalid_request_error","code":"rate_limit""#),
            Input::NotAdmitted { later: true },
            "rate_limited",
        ),
        (429, String::new(), Input::NotAdmitted { later: true }, "rate_limited"),
        (
            409,
            error(r#""type":"invalid_request_error","code":"idempotency_key_in_use""#),
            Input::KeyInUse,
            "key_in_use",
        ),
        (
            409,
            error(r#""type":"idempotency_error","code":"idempotency_key_in_use""#),
            Input::KeyInUse,
            "key_in_use",
        ),
        (
            424,
            error(r#""type":"api_error""#),
            Input::ServerError { status: 424, replayed: false },
            "vendor_failed",
        ),
        (
            500,
            error(r#""type":"api_error""#),
            Input::ServerError { status: 500, replayed: false },
            "vendor_failed",
        ),
        (
            503,
            "<html>busy</html>".to_owned(),
            Input::ServerError { status: 503, replayed: false },
            "vendor_failed",
        ),
        (408, String::new(), Input::Unanswered { maybe_executed: true }, "unanswered"),
    ];
    for (status, body, input, code) in cases {
        let seen = answer(&write, &response(status, body.as_bytes()));
        assert_eq!((seen.as_input(&intent), seen.code()), (input, Some(code)), "{status} {body}");
    }
}

#[test]
fn p09_p10_a_redirect_and_the_page_of_a_proxy_refuse_nothing() {
    let (write, intent) = refund_write();
    for (status, body) in
        [(302, ""), (307, "{}"), (403, "<html>blocked</html>"), (400, "Bad Request"), (404, "{}")]
    {
        let seen = answer(&write, &response(status, body.as_bytes()));
        assert_eq!(seen.as_input(&intent), Input::Unanswered { maybe_executed: true }, "{status} {body}");
    }
}

#[test]
fn p23_p45_a_replayed_answer_is_marked() {
    let (write, intent) = refund_write();
    let replayed = |status, body: &str| Response { replayed: true, ..response(status, body.as_bytes()) };
    let failed = answer(&write, &replayed(500, "{\"error\":{\"type\":\"api_error\"}}"));
    assert_eq!(failed.as_input(&intent), Input::ServerError { status: 500, replayed: true });
    let made = answer(&write, &replayed(200, &refund_json("500", "usd", "ch_1", INTENT)));
    assert!(matches!(made, WriteAnswer::Made { replayed: true, .. }));
    assert_eq!(made.as_input(&intent), Input::Confirmed);
}

#[test]
fn a_refusal_after_a_try_that_may_have_run_proves_nothing() {
    let (write, intent) = refund_write();
    let body = b"{\"error\":{\"code\":\"charge_already_refunded\"}}";
    for status in [400, 401, 429] {
        let seen = Response { earlier_attempt_may_have_run: true, ..response(status, body) };
        assert_eq!(answer(&write, &seen).as_input(&intent), Input::Unanswered { maybe_executed: true });
    }
}

#[test]
fn problems_carry_no_card_number_and_what_the_failed_try_left() {
    let (write, _) = refund_write();
    let body = br#"{"error":{"type":"card_error","code":"card_declined","message":"Card 4242 4242 4242 4242 with sk_live_abc was declined","charge":"ch_9","payment_intent":{"id":"pi_9","client_secret":"x"}}}"#;
    let seen = answer(&write, &response(402, body));
    let problem = seen.problem().unwrap();
    assert_eq!(problem.message.as_deref(), Some("Card **** **** **** 4242 with sk_live_*** was declined"));
    assert_eq!(problem.payment_id.as_deref(), Some("ch_9"));
    assert_eq!(problem.payment_intent_id.as_deref(), Some("pi_9"));
    assert_eq!(problem.request_id.as_deref(), Some("req_1"));
}

#[test]
fn each_sort_of_write_is_held_against_its_intent() {
    let made = |write: &PreparedWrite, body: String, intent: &Intent| {
        answer(write, &response(200, body.as_bytes())).as_input(intent)
    };
    let pi = |id: &str, status: &str, received: i64| {
        format!(
            r#"{{"id":"{id}","object":"payment_intent","amount":500,"amount_received":{received},"currency":"usd","status":"{status}","created":1}}"#
        )
    };
    let capture = (
        Stripe::build_capture("pi_1", usd(300)).unwrap(),
        intent(IntentKind::Capture, "pi_1", Some(usd(300))),
    );
    assert_eq!(made(&capture.0, pi("pi_1", "succeeded", 300), &capture.1), Input::Confirmed);
    assert_eq!(made(&capture.0, pi("pi_1", "succeeded", 500), &capture.1), Input::Contradicted);
    assert_eq!(
        made(&capture.0, pi("pi_2", "succeeded", 300), &capture.1),
        Input::Unanswered { maybe_executed: true }
    );
    let cancel = (
        Stripe::build_cancel_payment("pi_1", None).unwrap(),
        intent(IntentKind::CancelPayment, "pi_1", None),
    );
    assert_eq!(made(&cancel.0, pi("pi_1", "canceled", 0), &cancel.1), Input::Confirmed);
    assert_eq!(made(&cancel.0, pi("pi_1", "succeeded", 500), &cancel.1), Input::Contradicted);
    let bare = (
        Stripe::build_capture("ch_1", usd(300)).unwrap(),
        intent(IntentKind::Capture, "ch_1", Some(usd(300))),
    );
    let charge = r#"{"id":"ch_1","object":"charge","amount":500,"amount_captured":300,"amount_refunded":200,"captured":true,"currency":"usd","status":"succeeded","created":1}"#;
    assert_eq!(made(&bare.0, charge.to_owned(), &bare.1), Input::Confirmed);
    let attach = (
        Stripe::build_attach_payment_method("pm_1", "cus_1").unwrap(),
        intent(IntentKind::AttachPaymentMethod, "pm_1", None),
    );
    let method =
        r#"{"id":"pm_1","object":"payment_method","type":"card","created":1,"card":{"last4":"4242"}}"#;
    assert_eq!(made(&attach.0, method.to_owned(), &attach.1), Input::Confirmed);
}

/// Whether `bytes` state a refund of 5.00 USD of `ch_1`, read by another parser than ours.
fn states_the_refund(bytes: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return false };
    let amount = value["amount"].as_i64() == Some(500) || value["amount"].as_str() == Some("500");
    let currency = value["currency"].as_str().is_some_and(|code| code.eq_ignore_ascii_case("usd"));
    let charge = value["charge"].as_str() == Some("ch_1")
        || value["charge"]["id"].as_str() == Some("ch_1")
        || value["payment_intent"].as_str() == Some("ch_1")
        || value["payment_intent"]["id"].as_str() == Some("ch_1");
    amount && currency && charge
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_never_panic_and_never_confirm_other_money(status in 100_u16..600, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (write, intent) = refund_write();
        let seen = answer(&write, &response(status, &bytes));
        prop_assert!(seen.as_input(&intent) != Input::Confirmed || states_the_refund(&bytes));
    }

    #[test]
    fn a_damaged_refund_never_confirms_other_money(
        at in 0_usize..220,
        with in proptest::collection::vec(prop_oneof![any::<u8>(), proptest::sample::select(b"0123456789\"{}[]:,.eE-\\u".to_vec())], 0..6),
        cut in 0_usize..6,
    ) {
        let (write, intent) = refund_write();
        let mut bytes = refund_json("500", "usd", "ch_1", INTENT).into_bytes();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        let seen = answer(&write, &response(200, &bytes));
        let input = seen.as_input(&intent);
        let is_expected = matches!(input, Input::Confirmed | Input::Contradicted | Input::Unanswered { maybe_executed: true });
        prop_assert!(is_expected);
        prop_assert!(input != Input::Confirmed || states_the_refund(&bytes));
    }
}

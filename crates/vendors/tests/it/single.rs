//! Single reads that fail, the account, and the rights of a key.

use domain::{Kind, Secret};
use vendors::stripe::{CallError, KeyProblem, Right, StripeConfig};

use crate::support::{answer, charge, list_of, serve};

#[tokio::test]
async fn each_status_has_its_error() {
    let error = |fields: &str| format!("{{\"error\":{{{fields}}}}}");
    let cases = [
        (
            401,
            error(r#""type":"invalid_request_error","message":"Invalid API Key provided""#),
            "unauthorized",
        ),
        (402, error(r#""type":"card_error","code":"card_declined""#), "declined"),
        (
            403,
            error(
                r#""message":"Having the 'rak_charge_read' permission would allow this request to continue.""#,
            ),
            "forbidden",
        ),
        (404, error(r#""code":"resource_missing","param":"id""#), "not_found_at_vendor"),
        (409, error(r#""code":"idempotency_key_in_use""#), "key_in_use"),
        (424, error(r#""type":"api_error""#), "vendor_failed"),
        (500, String::new(), "vendor_failed"),
        (503, "<html>".to_owned(), "vendor_failed"),
        (400, error(r#""message":"neither type nor code""#), "refused_by_vendor"),
        // Last, since the account is then held to one call a second.
        (429, error(r#""code":"rate_limit""#), "rate_limited"),
    ];
    let (_server, stripe) = serve(cases.iter().map(|(status, body, _)| answer(*status, body))).await;
    for (status, _, code) in cases {
        let error = stripe.payment("ch_1").await.unwrap_err();
        assert_eq!((error.code(), error.problem().map(|problem| problem.status)), (code, Some(status)));
        assert_eq!(error.problem().and_then(|problem| problem.request_id.as_deref()), Some("req_answer"));
        if let CallError::Forbidden { permission, .. } = &error {
            assert_eq!(permission.as_deref(), Some("rak_charge_read"));
            assert!(error.to_string().ends_with("it needs the right rak_charge_read"));
        }
    }
}

#[tokio::test]
async fn p09_p10_redirects_are_not_followed() {
    let (server, stripe) = serve([answer(302, ""), answer(307, "")]).await;
    for _ in 0..2 {
        assert_eq!(stripe.payment("ch_1").await, Err(CallError::Redirected));
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn p04_another_object_than_the_one_asked_for() {
    let (_server, stripe) = serve([answer(200, &charge("ch_2", 1)), answer(200, &charge("ch_1", 1))]).await;
    assert_eq!(stripe.payment("ch_1").await.unwrap_err().code(), "unreadable");
    assert_eq!(stripe.refund("ch_1").await.unwrap_err().code(), "unreadable");
}

#[tokio::test]
async fn an_id_never_leaves_its_place_in_the_path() {
    let (server, stripe) = serve([answer(404, "{}")]).await;
    assert_eq!(stripe.payment("").await.unwrap_err().code(), "not_sent");
    assert_eq!(stripe.payment("..").await.unwrap_err().code(), "not_sent");
    assert_eq!(stripe.payment("x/../../account?a=1").await.unwrap_err().code(), "not_found_at_vendor");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].line(), "GET /v1/charges/x%2F..%2F..%2Faccount%3Fa=1 HTTP/1.1");
}

#[tokio::test]
async fn p13_p14_p15_an_account_that_may_not_be_read_still_connects() {
    let (_server, stripe) = serve([answer(403, "{}"), answer(404, "nothing"), answer(401, "{}")]).await;
    assert_eq!(stripe.account().await, Ok(None));
    assert_eq!(stripe.account().await, Ok(None));
    assert_eq!(stripe.account().await.unwrap_err().code(), "unauthorized");
}

#[tokio::test]
async fn u12_the_rights_of_a_restricted_key_are_found_out_without_changing_anything() {
    let denied = || answer(403, r#"{"error":{"message":"no"}}"#);
    let no_such = || answer(404, r#"{"error":{"code":"resource_missing"}}"#);
    let empty = || answer(200, &list_of(&[], false));
    let unreadable = || answer(200, "<html>");
    let mut scripts = vec![empty(), denied(), answer(404, "{}"), answer(500, ""), unreadable()];
    scripts.extend((5..Kind::ALL.len()).map(|_| empty()));
    scripts.extend([denied(), no_such(), answer(400, r#"{"error":{"param":"description"}}"#)]);
    let (server, stripe) = serve(scripts).await;
    let rights = stripe.probe_rights().await.unwrap();
    let expected = [
        Right::Allowed,
        Right::Denied,
        Right::NotOffered,
        Right::UnknownUntilFirstUse,
        Right::UnknownUntilFirstUse,
        Right::Allowed,
    ];
    for (kind, right) in Kind::ALL.into_iter().zip(expected) {
        assert_eq!(rights.read(kind), right, "{kind}");
    }
    assert_eq!(
        (rights.refunds, rights.payments, rights.customers),
        (Right::Denied, Right::Allowed, Right::UnknownUntilFirstUse)
    );
    let sent = server.requests();
    assert!(sent[..8].iter().all(|one| one.line().starts_with("GET ") && one.line().contains("limit=1 ")));
    assert_eq!(sent[8].line(), "POST /v1/refunds HTTP/1.1");
    assert_eq!(sent[8].body, b"charge=ch_paydesk_rights_probe&amount=1");
    assert_eq!(sent.len(), 11);
}

#[test]
fn u11_keys_that_are_none_make_no_connection() {
    let connect = |base: &str, key: &str| {
        let config =
            StripeConfig::new(domain::AccountId::generate(), base.parse().unwrap(), Secret::new(key));
        struct NoSink;
        impl transport::AttemptSink for NoSink {
            fn record(&self, _attempt: transport::AttemptRecord) {}
        }
        vendors::stripe::Stripe::new(
            config,
            std::sync::Arc::new(NoSink),
            std::sync::Arc::new(transport::SystemClock::new()),
        )
        .map(|stripe| stripe.environment())
        .map_err(|error| error.code())
    };
    assert_eq!(connect("http://127.0.0.1:1", "sk_live_x"), Err("live_key_to_loopback"));
    assert_eq!(connect("https://api.stripe.com", "pk_live_x"), Err(KeyProblem::Publishable.code()));
    assert_eq!(connect("https://stripe.example", "sk_live_x"), Err("bad_base_url"));
    assert_eq!(connect("https://api.stripe.com", "rk_live_x"), Ok(domain::Environment::Live));
}

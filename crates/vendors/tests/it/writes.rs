//! Writes over the wire: exact bytes, the key, and answers that do not come.

use domain::{IntentId, Money};
use testkit::Script;
use uuid::Uuid;
use vendors::stripe::{MadeObject, PreparedWrite, Stripe, WriteAnswer};

use crate::support::{answer, fixture, serve};

fn refund() -> PreparedWrite {
    let amount = Money::new(2345, "CHF".parse().unwrap());
    let intent: IntentId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
    Stripe::build_refund(intent, "ch_0001", amount, None).unwrap()
}

#[tokio::test]
async fn the_stored_bytes_leave_under_the_stored_key() {
    let replayed =
        Script::answer(200, &["Idempotent-Replayed: true", "Request-Id: req_2"], &fixture("refund"));
    let (server, stripe) = serve([answer(200, &fixture("refund")), replayed]).await;
    let write = refund();
    let restored = PreparedWrite::from_journal(&write.path, &write.body).unwrap();
    for (write, was_replayed) in [(write, false), (restored, true)] {
        match stripe.send_write(&write, "key-1", Uuid::now_v7()).await {
            WriteAnswer::Made { object, replayed, request_id, json, .. } => {
                assert_eq!(replayed, was_replayed);
                assert_eq!(object.status(), Some("requires_review"));
                assert!(matches!(*object, MadeObject::Refund(refund) if refund.amount.minor == 2345));
                assert!(request_id.is_some() && !json.is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    for sent in server.requests() {
        assert_eq!(sent.line(), "POST /v1/refunds HTTP/1.1");
        assert_eq!(sent.header("idempotency-key"), ["key-1"]);
        assert_eq!(sent.header("content-type"), ["application/x-www-form-urlencoded"]);
        assert_eq!(sent.body, refund().body.as_bytes());
    }
}

#[tokio::test]
async fn p32_a_reset_after_the_request_may_have_been_carried_out() {
    let (_server, stripe) = serve([Script::reset_after_request()]).await;
    match stripe.send_write(&refund(), "key-1", Uuid::now_v7()).await {
        WriteAnswer::Unanswered { maybe_executed: true, kind: Some(_) } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn p29_a_success_cut_short_may_have_been_carried_out() {
    let (_server, stripe) = serve([Script::wrong_content_length(5000, "{\"id\":\"re_1\"")]).await;
    match stripe.send_write(&refund(), "key-1", Uuid::now_v7()).await {
        WriteAnswer::Unanswered { maybe_executed: true, .. } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_listening_was_certainly_not_carried_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let stripe = crate::support::connect(&format!("http://{address}"));
    match stripe.send_write(&refund(), "key-1", Uuid::now_v7()).await {
        WriteAnswer::Unanswered { maybe_executed: false, kind: Some(_) } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_captured_payment_comes_back_as_a_record() {
    let (_server, stripe) = serve([answer(200, &fixture("payment_intent"))]).await;
    let write = Stripe::build_capture("pi_0001", Money::new(12345, "CHF".parse().unwrap())).unwrap();
    match stripe.send_write(&write, "key-1", Uuid::now_v7()).await {
        WriteAnswer::Made { object, json, .. } => {
            assert_eq!(object.into_record().unwrap().kind(), domain::Kind::PaymentIntents);
            assert!(!String::from_utf8(json).unwrap().contains("CANARY"));
        }
        other => panic!("{other:?}"),
    }
}

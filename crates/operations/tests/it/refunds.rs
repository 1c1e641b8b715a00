//! Refunds with the clock moved: past the life of a key nothing is sent again.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use domain::intent::{Intent, IntentState};
use domain::{PaymentStatus, RequestId};
use mirror::FindScope;
use operations::refund::{Issued, RefundWish, WishedAmount};
use operations::{OpenAccount, OperationError, drive, refund};
use tokio::time::Instant;

use crate::support::{World, sync, world};

pub(crate) async fn refundable(account: &OpenAccount) -> String {
    let found = account
        .mirror
        .find("currency:usd", FindScope::all(domain::Timestamp::const_from_ms(0)), 200, None)
        .await
        .unwrap();
    let whole = found.items.into_iter().find(|one| {
        let payment = &one.payment;
        payment.status == PaymentStatus::Succeeded
            && payment.refunded_minor == 0
            && payment.captured_minor > 2_000
            && !payment.disputed
    });
    whole.unwrap().payment.vendor_id
}

pub(crate) async fn issued(world: &World, payment_id: &str) -> Intent {
    let wish = RefundWish {
        request_id: RequestId::generate(),
        payment_id: payment_id.to_owned(),
        amount: WishedAmount::Exactly("5.00".to_owned()),
        reason: None,
        note: None,
        undo_ms: 0,
        approval: None,
    };
    match refund::issue(&world.account, &wish, soon()).await.unwrap() {
        Issued::New(intent) => intent,
        Issued::Again(intent) | Issued::Repeated(intent) => panic!("{intent:?} was issued before"),
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

pub(crate) async fn drive_for(world: &World, intent: Intent, wait: Duration) -> Intent {
    drive::drive(&world.account, intent, Instant::now() + wait).await.unwrap()
}

pub(crate) fn executed(world: &World, payment_id: &str) -> u64 {
    world.vendor.counters().refunds_by_charge.get(payment_id).copied().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn g4_an_intent_older_than_its_key_is_looked_for_and_never_sent() {
    for hours in [23, 25, 31 * 24, 46 * 24] {
        let world = world(80).await;
        sync(&world.account).await.unwrap();
        let payment = refundable(&world.account).await;
        let intent = issued(&world, &payment).await;
        world.clock.move_hours(hours);
        let driven = drive_for(&world, intent, Duration::from_secs(5)).await;
        assert_eq!(driven.state, IntentState::NeedsPerson, "after {hours} h");
        assert_eq!((driven.progress.sends, executed(&world, &payment)), (0, 0), "after {hours} h");
        let closed = drive::close(&world.account, driven).await.unwrap();
        assert_eq!(closed.state, IntentState::Canceled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_whose_answer_was_lost_is_found_after_its_key_ended() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    world.vendor.set_faults("POST /v1/refunds:reset-after".parse().unwrap());
    let intent = issued(&world, &payment).await;
    let lost = drive_for(&world, intent, Duration::from_millis(1)).await;
    assert_eq!((lost.state, executed(&world, &payment)), (IntentState::Unsettled, 1));
    world.vendor.set_faults("".parse().unwrap());
    world.clock.move_hours(25);
    let found = drive_for(&world, lost, Duration::from_secs(5)).await;
    assert_eq!((found.state, executed(&world, &payment)), (IntentState::Settled, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn p16_a_key_in_use_is_waited_for_under_the_same_key() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    world.vendor.set_faults("POST /v1/refunds:409:3".parse().unwrap());
    let intent = issued(&world, &payment).await;
    let key = intent.idempotency_key.clone();
    let driven = drive_for(&world, intent, Duration::from_secs(60)).await;
    assert_eq!((driven.state, executed(&world, &payment)), (IntentState::Settled, 1));
    assert_eq!(driven.idempotency_key, key);
}

#[tokio::test(flavor = "multi_thread")]
async fn p23_a_stored_500_is_looked_into_and_left_to_a_person() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    world.vendor.set_faults("POST /v1/refunds:500-saved".parse().unwrap());
    let intent = issued(&world, &payment).await;
    let driven = drive_for(&world, intent, Duration::from_secs(60)).await;
    assert_eq!((driven.state, executed(&world, &payment)), (IntentState::NeedsPerson, 0));
    assert!(driven.progress.empty_looks >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p12_m17_a_refund_of_what_was_refunded_elsewhere_meanwhile_is_stopped_by_the_guard() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    let known = world.account.mirror.payments().by_id(world.account.id(), &payment).await.unwrap().unwrap();
    let all = domain::Money::new(known.payment.captured_minor, known.payment.amount.currency);
    let elsewhere = domain::IntentId::generate();
    let write = vendors::stripe::Stripe::build_refund(elsewhere, &payment, all, None).unwrap();
    world.account.stripe.send_write(&write, "elsewhere", uuid::Uuid::new_v4()).await;
    let wish = RefundWish {
        request_id: RequestId::generate(),
        payment_id: payment.clone(),
        amount: WishedAmount::Exactly("1.00".to_owned()),
        reason: None,
        note: None,
        undo_ms: 0,
        approval: None,
    };
    let error = refund::issue(&world.account, &wish, soon()).await.unwrap_err();
    assert!(matches!(error, OperationError::Guard(operations::Guard::NothingLeft)), "{error:?}");
    assert_eq!(executed(&world, &payment), 1);
}

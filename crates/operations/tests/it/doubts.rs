//! What happens between a try that nobody answered and its end: refusals that come meanwhile, looks that
//! come too early, and clocks that are wrong.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use domain::intent::{Intent, IntentState};
use domain::{IntentId, Money, RequestId};
use operations::refund::{Issued, RefundWish, WishedAmount, issue};
use operations::write::{WishedPayment, create_payment};
use operations::{OpenAccount, OperationError, drive};
use tokio::time::Instant;
use vendors::stripe::Stripe;

use crate::refunds::{drive_for, executed, issued, refundable};
use crate::support::{World, connected_anew, sync, world};

/// Somebody else gives back all of it, so that the vendor refuses whatever comes after.
async fn refund_elsewhere(world: &World, payment_id: &str) {
    let account = &world.account;
    let known = account.mirror.payments().by_id(account.id(), payment_id).await.unwrap().unwrap().payment;
    let all = Money::new(known.captured_minor, known.amount.currency);
    let write = Stripe::build_refund(IntentId::generate(), payment_id, all, None).unwrap();
    account.stripe.send_write(&write, "elsewhere", uuid::Uuid::new_v4()).await;
    assert_eq!(executed(world, payment_id), 1);
}

fn looks(world: &World) -> u64 {
    world.vendor.counters().requests.get("GET /v1/refunds").copied().unwrap_or(0)
}

/// Lets time pass at the vendor, and has it told.
async fn pass_at_vendor(world: &World, payment_id: &str, time: Duration) {
    world.vendor.advance(time);
    world.account.stripe.payment(payment_id).await.unwrap();
}

async fn with_a_refund() -> (World, String, Intent) {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    let intent = issued(&world, &payment).await;
    (world, payment, intent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_an_empty_look_is_kept_and_ends_the_intent() {
    let (world, payment, intent) = with_a_refund().await;
    refund_elsewhere(&world, &payment).await;
    // The same 503 twice is looked into, and nothing is found; then comes the refusal.
    world.vendor.set_faults("POST /v1/refunds:503:4".parse().unwrap());
    let mut driven = drive_for(&world, intent, Duration::from_secs(20)).await;
    assert_eq!(driven.state, IntentState::Unsettled, "{driven:?}");
    assert!(driven.progress.refused_in_doubt, "{driven:?}");
    let sends = driven.progress.sends;
    pass_at_vendor(&world, &payment, Duration::from_secs(60)).await;
    driven = drive_for(&world, driven, Duration::from_secs(5)).await;
    assert_eq!((driven.state, driven.progress.sends), (IntentState::Refused, sends));
    let kept = world.account.mirror.intents().by_id(driven.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.problem_code.as_deref()), (IntentState::Refused, Some("vendor_refused")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_in_doubt_is_not_believed_sooner_because_somebody_is_impatient() {
    let (world, payment, intent) = with_a_refund().await;
    refund_elsewhere(&world, &payment).await;
    world.vendor.set_faults("POST /v1/refunds:reset-after:1".parse().unwrap());
    let driven = drive_for(&world, intent, Duration::from_secs(10)).await;
    assert_eq!(driven.state, IntentState::Unsettled, "{driven:?}");
    assert!(driven.progress.refused_in_doubt && driven.progress.empty_looks == 1, "{driven:?}");
    let wait_ms = driven.next_try_at.unwrap().ms_since(driven.updated_at);
    assert!(wait_ms >= 45_000, "a try may be under way for longer than {wait_ms} ms");
    let before = looks(&world);
    for _ in 0..3 {
        let again = drive_for(&world, driven.clone(), Duration::from_millis(200)).await;
        assert_eq!(again.state, IntentState::Unsettled);
    }
    assert_eq!(looks(&world), before, "nothing can be learned before the time is over");
    pass_at_vendor(&world, &payment, Duration::from_secs(60)).await;
    let ended = drive_for(&world, driven, Duration::from_secs(5)).await;
    assert_eq!((ended.state, looks(&world)), (IntentState::Refused, before + 1));
}

/// The same account in a process that was just started.
fn started_anew(world: &World) -> OpenAccount {
    connected_anew(&world.account, world.vendor.secret_key())
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_a_key_that_the_vendor_forgot_is_not_sent_by_a_clock_that_is_behind() {
    let (world, payment, intent) = with_a_refund().await;
    world.vendor.set_faults("POST /v1/refunds:reset-after".parse().unwrap());
    let lost = drive_for(&world, intent, Duration::from_millis(1)).await;
    assert_eq!((lost.state, executed(&world, &payment)), (IntentState::Unsettled, 1));
    world.vendor.set_faults("".parse().unwrap());
    // It was off for a day and half an hour, and comes up with a clock that is five hours behind.
    world.vendor.advance(Duration::from_secs(24 * 3_600 + 1_800));
    world.clock.move_seconds(19 * 3_600 + 1_800);
    let account = started_anew(&world);
    let found = drive::drive(&account, lost, Instant::now() + Duration::from_secs(5)).await.unwrap();
    assert_eq!((found.state, found.progress.sends), (IntentState::Settled, 1));
    assert_eq!(executed(&world, &payment), 1, "the same refund was carried out twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_a_key_lives_no_longer_because_the_clock_was_ahead_when_it_was_made() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    world.clock.move_hours(5);
    let intent = issued(&world, &payment).await;
    world.vendor.set_faults("POST /v1/refunds:reset-after".parse().unwrap());
    let lost = drive_for(&world, intent, Duration::from_millis(1)).await;
    assert_eq!((lost.state, executed(&world, &payment)), (IntentState::Unsettled, 1));
    world.vendor.set_faults("".parse().unwrap());
    // The clock is put right, and a day later the vendor has forgotten the key.
    world.clock.move_hours(-5 + 24);
    world.vendor.advance(Duration::from_secs(24 * 3_600 + 60));
    let account = started_anew(&world);
    let found = drive::drive(&account, lost, Instant::now() + Duration::from_secs(5)).await.unwrap();
    assert_eq!((found.state, executed(&world, &payment)), (IntentState::Settled, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_what_was_made_is_found_although_the_clock_was_ahead_when_it_was_wished() {
    let world = world(20).await;
    world.clock.move_hours(3);
    world.vendor.set_faults("POST /v1/payment_intents:reset-after".parse().unwrap());
    let wish =
        WishedPayment { amount: "12.99".to_owned(), currency: "usd".to_owned(), ..WishedPayment::default() };
    let Issued::New(intent) = create_payment(&world.account, RequestId::generate(), &wish).await.unwrap()
    else {
        panic!("nothing was wished before");
    };
    let lost = drive_for(&world, intent, Duration::from_millis(1)).await;
    assert_eq!(lost.state, IntentState::Unsettled, "{lost:?}");
    world.vendor.set_faults("".parse().unwrap());
    world.clock.move_hours(24);
    world.vendor.advance(Duration::from_secs(24 * 3_600));
    let found = drive_for(&world, lost, Duration::from_secs(5)).await;
    assert_eq!(found.state, IntentState::Settled, "{found:?}");
    assert!(found.object_id.is_some_and(|id| id.starts_with("pi_")));
}

fn wish(payment: &str, amount: &str) -> RefundWish {
    RefundWish {
        request_id: RequestId::generate(),
        payment_id: payment.to_owned(),
        amount: WishedAmount::Exactly(amount.to_owned()),
        reason: None,
        note: None,
        undo_ms: 0,
        approval: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_wish_is_a_repeat_for_a_day_and_then_a_new_one() {
    let (world, payment, intent) = with_a_refund().await;
    let settled = drive_for(&world, intent, Duration::from_secs(20)).await;
    assert_eq!(settled.state, IntentState::Settled);
    let soon = || Instant::now() + Duration::from_secs(60);
    world.clock.move_hours(23);
    let Issued::Repeated(known) = issue(&world.account, &wish(&payment, "5.00"), soon()).await.unwrap()
    else {
        panic!("nobody was shown how it ended, and it is not a day old");
    };
    assert_eq!(known.id, settled.id);
    world.clock.move_hours(2);
    let Issued::New(second) = issue(&world.account, &wish(&payment, "5.00"), soon()).await.unwrap() else {
        panic!("weeks later it is a wish of its own");
    };
    assert_ne!(second.id, settled.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_could_not_be_looked_into_in_time_leaves_nothing_that_is_sent_later() {
    let world = world(80).await;
    sync(&world.account).await.unwrap();
    let payment = refundable(&world.account).await;
    let late = issue(&world.account, &wish(&payment, "5.00"), Instant::now()).await.unwrap_err();
    assert!(matches!(late, OperationError::OutOfTime), "{late:?}");
    assert_eq!(world.account.mirror.intents().pending().await.unwrap(), []);
}

//! Mirroring: whole, resumable, followed, and not led in circles.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::atomic::{AtomicU32, Ordering};

use domain::Kind;
use mirror::{FindScope, SliceState};
use operations::sync::Run;
use operations::{OpenAccount, OperationError};
use testkit::{Script, ScriptedServer};
use tokio_util::sync::CancellationToken;
use vendors::stripe::CallError;

use crate::support::{account_at, sync, world};

/// Every record of every kind, as kind, id and the JSON that was kept.
async fn contents(account: &OpenAccount) -> Vec<(Kind, u64)> {
    let mut counted = Vec::new();
    for kind in Kind::ALL {
        counted.push((kind, account.mirror.count(kind, Some(account.id())).await.unwrap()));
    }
    counted
}

async fn payment_ids(account: &OpenAccount) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let scope = FindScope::all(domain::Timestamp::const_from_ms(0));
        let page = account.mirror.find("", scope, 100, after.as_deref()).await.unwrap();
        ids.extend(page.items.into_iter().map(|one| one.payment.vendor_id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_brings_every_kind_whole_and_a_second_run_changes_nothing() {
    let world = world(350).await;
    let summary = sync(&world.account).await.unwrap();
    assert!(summary.as_of.is_some());
    let first = contents(&world.account).await;
    assert_eq!(first.iter().find(|(kind, _)| *kind == Kind::Payments).unwrap().1, 350);
    let slices = world.account.mirror.sync_slices().list(Some(world.account.id())).await.unwrap();
    assert_eq!(slices.len(), Kind::ALL.len());
    assert!(slices.iter().all(|slice| slice.state == SliceState::Complete), "{slices:?}");
    sync(&world.account).await.unwrap();
    assert_eq!(contents(&world.account).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_cut_off_at_every_page_ends_with_the_same_payments_as_one_that_was_not() {
    let world = world(450).await;
    let mut cuts = 0;
    for _ in 0..200 {
        let cancel = CancellationToken::new();
        let pages = AtomicU32::new(0);
        let stop_at_second = |_| {
            if pages.fetch_add(1, Ordering::SeqCst) >= 1 {
                cancel.cancel();
            }
        };
        let run = Run {
            account: &world.account,
            cancel: cancel.clone(),
            report: &stop_at_second,
            every_list: false,
        };
        match run.sync().await {
            Err(OperationError::Canceled) => cuts += 1,
            Ok(_) => break,
            Err(error) => panic!("{error}"),
        }
    }
    sync(&world.account).await.unwrap();
    assert!(cuts >= 1, "nothing was cut off");
    let whole = account_at(&world.vendor.base_url(), world.vendor.secret_key()).await;
    sync(&whole.0).await.unwrap();
    assert_eq!(payment_ids(&world.account).await, payment_ids(&whole.0).await);
    assert_eq!(contents(&world.account).await, contents(&whole.0).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn following_reads_the_feed_and_not_every_list() {
    let world = world(300).await;
    sync(&world.account).await.unwrap();
    let before: u64 = world.vendor.counters().requests.values().sum();
    for _ in 0..5 {
        sync(&world.account).await.unwrap();
    }
    let polls = world.vendor.counters().requests.values().sum::<u64>() - before;
    assert!(polls <= 10, "five idle polls cost {polls} requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_the_vendor_is_followed() {
    let world = world(200).await;
    sync(&world.account).await.unwrap();
    let payments = payment_ids(&world.account).await;
    let mut refunded = None;
    for id in payments {
        let found = world.account.mirror.payments().by_id(world.account.id(), &id).await.unwrap().unwrap();
        let whole = found.payment.status == domain::PaymentStatus::Succeeded && !found.payment.disputed;
        if whole && found.payment.refunded_minor == 0 && found.payment.amount.currency.code() == "USD" {
            refunded = Some(found.payment);
            break;
        }
    }
    let payment = refunded.unwrap();
    let amount = domain::Money::new(100, payment.amount.currency);
    let elsewhere = domain::IntentId::generate();
    let write = vendors::stripe::Stripe::build_refund(elsewhere, &payment.vendor_id, amount, None).unwrap();
    world.account.stripe.send_write(&write, "made-elsewhere", uuid::Uuid::new_v4()).await;
    sync(&world.account).await.unwrap();
    let found = world.account.mirror.payments().by_id(world.account.id(), &payment.vendor_id).await.unwrap();
    assert_eq!(found.unwrap().payment.refunded_minor, 100);
    let refunds = world.account.mirror.refunds().for_payment(world.account.id(), &payment.vendor_id).await;
    assert_eq!(refunds.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn p37_a_list_that_gives_the_same_page_for_ever_is_given_up() {
    let page = r#"{"object":"list","url":"/v1/x","has_more":true,"data":[{"id":"evt_1","object":"event","api_version":null,"created":1700000000,"data":{"object":{"id":"x","object":"unknown"}},"livemode":false,"pending_webhooks":0,"request":null,"type":"x.y"}]}"#;
    let server = ScriptedServer::start([]).await.then_always(Script::answer(
        200,
        &["content-type: application/json"],
        page,
    ));
    let (account, _, _folder) = account_at(&server.base_url(), "sk_test_51abcdefghijklmnop").await;
    let error = sync(&account).await.unwrap_err();
    assert!(matches!(error, OperationError::Vendor(CallError::ListDoesNotEnd)), "{error:?}");
    assert!(server.requests().len() < 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn p14_p15_kinds_that_are_denied_or_not_offered_do_not_stop_the_rest() {
    let denied = r#"{"error":{"type":"invalid_request_error","message":"The provided key does not have the required permissions"}}"#;
    let server = ScriptedServer::start([]).await.then_always(Script::answer(
        403,
        &["content-type: application/json"],
        denied,
    ));
    let (account, _, _folder) = account_at(&server.base_url(), "rk_test_51abcdefghijklmnop").await;
    sync(&account).await.unwrap();
    let slices = account.mirror.sync_slices().list(Some(account.id())).await.unwrap();
    assert_eq!(slices.len(), Kind::ALL.len());
    assert!(slices.iter().all(|slice| slice.state == SliceState::NotOffered));
}

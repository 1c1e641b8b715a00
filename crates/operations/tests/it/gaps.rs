//! A laptop that slept: the gap is found, closed by events or by listing again, and told.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use domain::{Kind, Record};
use mirror::{CatchUp, Means};
use vendors::stripe::{CustomerFound, Stripe};

use crate::kills::contents;
use crate::support::{World, account_at, sync, world};

const HOUR: u64 = 3_600;

/// Both clocks go on, as they do while a laptop sleeps.
fn sleep(world: &World, hours: u64) {
    world.vendor.advance(Duration::from_secs(hours * HOUR));
    world.clock.move_hours(i64::try_from(hours).unwrap());
}

/// Something happens at the vendor: a refund and a new customer.
async fn happen(world: &World, seed: usize) -> (String, String) {
    let account = &world.account;
    let page = account.stripe.list(Kind::Payments, &vendors::stripe::PageRequest::default()).await.unwrap();
    let refundable = |seen: &&domain::Observed| match &seen.record {
        Record::Payment(one) => {
            one.status == domain::PaymentStatus::Succeeded
                && !one.disputed
                && one.refunded_minor == 0
                && one.amount.minor > 500
        }
        _ => false,
    };
    let Record::Payment(payment) = &page.records.iter().filter(refundable).nth(seed).unwrap().record else {
        panic!()
    };
    let amount = domain::Money::new(100, payment.amount.currency);
    let write = Stripe::build_refund(domain::IntentId::generate(), &payment.vendor_id, amount, None).unwrap();
    account.stripe.send_write(&write, &format!("elsewhere-{seed}"), uuid::Uuid::new_v4()).await;
    let customers =
        account.stripe.list(Kind::Customers, &vendors::stripe::PageRequest::default()).await.unwrap();
    let gone = customers.records.get(seed).unwrap().record.vendor_id().to_owned();
    delete(world, &gone).await;
    (payment.vendor_id.clone(), gone)
}

/// Deletes a customer at the vendor, past everything that is tested.
async fn delete(world: &World, customer: &str) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let base = world.vendor.base_url();
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let key = world.vendor.secret_key();
    let request = format!(
        "DELETE /v1/customers/{customer} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn refunded(world: &World, payment: &str) -> i64 {
    let found = world.account.mirror.payments().by_id(world.account.id(), payment).await.unwrap().unwrap();
    found.payment.refunded_minor
}

async fn is_deleted(world: &World, customer: &str) -> bool {
    let found = world.account.mirror.customers().by_id(world.account.id(), customer).await.unwrap();
    found.unwrap().value.deleted
}

async fn gaps(world: &World) -> Vec<CatchUp> {
    world.account.mirror.catch_ups().last(world.account.id(), 10).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_night_and_a_week_are_caught_up_by_events_with_few_requests() {
    let world = world(400).await;
    sync(&world.account).await.unwrap();
    assert_eq!(gaps(&world).await, []);
    for (round, hours) in [9, 7 * 24].into_iter().enumerate() {
        sleep(&world, hours / 2);
        let (payment, customer) = happen(&world, round).await;
        sleep(&world, hours - hours / 2);
        let before: u64 = world.vendor.counters().requests.values().sum();
        sync(&world.account).await.unwrap();
        let requests = world.vendor.counters().requests.values().sum::<u64>() - before;
        assert!(requests <= 12, "{requests} requests for {hours} hours");
        assert_eq!(refunded(&world, &payment).await, 100);
        assert!(is_deleted(&world, &customer).await);
        let gap = gaps(&world).await.remove(0);
        assert_eq!(gap.means, Means::Events);
        assert!(gap.records >= 2, "{gap:?}");
        let behind = gap.until.unwrap().ms_since(gap.from) / 3_600_000;
        assert_eq!(behind, i64::try_from(hours).unwrap());
    }
    // A poll later nothing is behind.
    sync(&world.account).await.unwrap();
    assert_eq!(gaps(&world).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_one_days_are_caught_up_by_listing_everything_again() {
    let world = world(400).await;
    sync(&world.account).await.unwrap();
    sleep(&world, 24);
    let (payment, customer) = happen(&world, 0).await;
    sleep(&world, 30 * 24);
    sync(&world.account).await.unwrap();
    assert_eq!(refunded(&world, &payment).await, 100);
    assert!(is_deleted(&world, &customer).await, "the lists do not show who was deleted");
    let found = gaps(&world).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].means, Means::Lists);
    assert!(found[0].until.is_some() && found[0].records > 400, "{found:?}");
    // What a mirror that never slept has; it does not know who was deleted before it began.
    let (fresh, _clock, _folder) = account_at(&world.vendor.base_url(), world.vendor.secret_key()).await;
    sync(&fresh).await.unwrap();
    for ((kind, count, print), (_, fresh_count, fresh_print)) in
        contents(&world.account).await.into_iter().zip(contents(&fresh).await)
    {
        match kind {
            Kind::Customers => assert_eq!(count, fresh_count + 1),
            Kind::Events => assert!(count >= fresh_count),
            _ => assert_eq!((kind, count, print), (kind, fresh_count, fresh_print)),
        }
    }
    let still = world.account.stripe.customer(&customer).await.unwrap();
    assert!(matches!(still, CustomerFound::Deleted { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_account_whose_last_event_is_forgotten_is_not_listed_again() {
    let world = world(0).await;
    sync(&world.account).await.unwrap();
    for _ in 0..5 {
        sleep(&world, 10 * 24);
        let before: u64 = world.vendor.counters().requests.values().sum();
        sync(&world.account).await.unwrap();
        let requests = world.vendor.counters().requests.values().sum::<u64>() - before;
        assert!(requests <= 3, "{requests} requests");
    }
    assert!(gaps(&world).await.iter().all(|gap| gap.means == Means::Events));
}

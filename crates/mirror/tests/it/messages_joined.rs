//! Messages that somebody else sent find their payments, whichever came first, and a person has the last word.

use domain::{
    AccountId, LinkCertainty, MessageEvent, MessageEventKind, MessageId, Payment, Record, TellsOf, Timestamp,
    ToldEvent,
};
use mirror::{FindScope, MessageRow, Mirror};

use crate::support::*;

const HOUR: i64 = 3_600;

/// What was told of a message to ada, so many seconds behind noon.
fn told(id: &str, second: i64, named: &[(&str, &str)]) -> ToldEvent {
    ToldEvent {
        of: TellsOf {
            vendor_id: Some(id.to_owned()),
            to: "Ada@Example.com".to_owned(),
            named: named.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..TellsOf::default()
        },
        event: MessageEvent {
            id: format!("e-{id}-{second}"),
            kind: MessageEventKind::Delivered,
            at: at(NOON + second),
            reason: None,
        },
    }
}

fn paid(id: &str, second: i64, email: Option<&str>) -> Payment {
    let mut one = payment(id, 1_000);
    one.created_at = at(NOON + second);
    one.email = email.map(str::to_owned);
    one
}

async fn keep(mirror: &Mirror, account: AccountId, payments: Vec<Payment>) {
    let page: Vec<_> = payments.into_iter().map(|one| seen(Record::Payment(one), NOON + 10 * HOUR)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
}

async fn join(mirror: &Mirror, second: i64) {
    let now = at(NOON + second);
    mirror.messages().join((now, now), now, 1_000).await.unwrap();
}

/// The one message with the vendor's id.
async fn message(mirror: &Mirror, id: &str) -> MessageRow {
    let found =
        mirror.find_messages(&format!("id:{id}"), FindScope::all(at(NOON)), 2, None, None).await.unwrap();
    found.items.into_iter().next().unwrap()
}

/// The payment that it is about, and how surely.
async fn link(mirror: &Mirror, id: &str) -> Option<(String, LinkCertainty)> {
    message(mirror, id).await.link.map(|link| (link.payment_id, link.certainty))
}

fn about(id: &str, certainty: LinkCertainty) -> Option<(String, LinkCertainty)> {
    Some((id.to_owned(), certainty))
}

#[tokio::test]
async fn what_the_sender_named_is_exact_and_the_same_address_soon_after_is_likely() {
    let (_home, mirror, account) = shop().await;
    let mut ordered = paid("ch_order", -40 * 24 * HOUR, None);
    ordered.metadata = [("order_id".to_owned(), "A-17".to_owned())].into();
    ordered.payment_intent_id = Some("pi_1".to_owned());
    let mut twice = paid("ch_twice", -40 * 24 * HOUR, None);
    twice.metadata = [("order_id".to_owned(), "A-18".to_owned())].into();
    let again = Payment { vendor_id: "ch_again".to_owned(), ..twice.clone() };
    keep(&mirror, account, vec![ordered, twice, again, paid("ch_ada", -60, Some("ada@example.com"))]).await;
    let events = [
        told("by-order", 0, &[("order_id", "a-17")]),
        told("by-intent", 0, &[("payment_intent", "pi_1")]),
        told("by-charge", 0, &[("charge", "ch_order"), ("order_id", "A-17")]),
        told("two-orders", 9 * 24 * HOUR, &[("order_id", "A-17"), ("charge", "ch_twice")]),
        told("paid-twice", 9 * 24 * HOUR, &[("order_id", "A-18")]),
        told("by-address", 0, &[]),
        told("too-late", 4 * 24 * HOUR, &[]),
        told("unknown-order", 0, &[("order_id", "B-1")]),
    ];
    mirror.messages().apply(account, domain::MessageChannel::Email, &events, at(NOON)).await.unwrap();
    join(&mirror, 1).await;
    for (id, expected) in [
        ("by-order", about("ch_order", LinkCertainty::Exact)),
        ("by-intent", about("ch_order", LinkCertainty::Exact)),
        ("by-charge", about("ch_order", LinkCertainty::Exact)),
        ("two-orders", None),
        ("paid-twice", None),
        ("by-address", about("ch_ada", LinkCertainty::Likely)),
        ("too-late", None),
        ("unknown-order", about("ch_ada", LinkCertainty::Likely)),
    ] {
        assert_eq!(link(&mirror, id).await, expected, "{id}");
    }
    // Those that are exact are not looked at again; nothing else changes by looking again.
    let now = at(NOON + 2);
    let again = mirror.messages().join((now, now), now, 1_000).await.unwrap();
    assert_eq!((again.looked_at, again.changed), (5, 0));
}

#[tokio::test]
async fn a_payment_or_a_nearer_one_that_comes_later_is_found_as_well() {
    let (_home, mirror, account) = shop().await;
    mirror
        .messages()
        .apply(account, domain::MessageChannel::Email, &[told("m1", 0, &[("order_id", "A-17")])], at(NOON))
        .await
        .unwrap();
    join(&mirror, 1).await;
    assert_eq!(link(&mirror, "m1").await, None);
    keep(&mirror, account, vec![paid("ch_far", -20 * HOUR, Some("ADA@example.com"))]).await;
    join(&mirror, 2).await;
    assert_eq!(link(&mirror, "m1").await, about("ch_far", LinkCertainty::Likely));
    // By the customer's own email this time.
    let mut near = paid("ch_near", -60, None);
    near.customer_id = Some("cus_1".to_owned());
    keep(&mirror, account, vec![near]).await;
    let ada = seen(Record::Customer(customer("cus_1", "ada@example.com")), NOON);
    mirror.commit_page(account, &[ada], None).await.unwrap();
    join(&mirror, 3).await;
    assert_eq!(link(&mirror, "m1").await, about("ch_near", LinkCertainty::Likely));
    assert_eq!(message(&mirror, "m1").await.link.unwrap().customer_id.as_deref(), Some("cus_1"));
    // One that is as near makes it doubtful, and what is doubtful is not shown.
    keep(&mirror, account, vec![paid("ch_same", -61, Some("ada@example.com"))]).await;
    join(&mirror, 4).await;
    assert_eq!(link(&mirror, "m1").await, None);
    let mut ordered = paid("ch_order", -9 * 24 * HOUR, None);
    ordered.metadata = [("order_id".to_owned(), "A-17".to_owned())].into();
    keep(&mirror, account, vec![ordered]).await;
    join(&mirror, 5).await;
    assert_eq!(link(&mirror, "m1").await, about("ch_order", LinkCertainty::Exact));
}

#[tokio::test]
async fn what_a_person_chose_stays() {
    let (_home, mirror, account) = shop().await;
    let payments = [paid("ch_ada", -60, Some("ada@example.com")), paid("ch_other", -3 * HOUR, None)];
    keep(&mirror, account, payments.to_vec()).await;
    mirror
        .messages()
        .apply(account, domain::MessageChannel::Email, &[told("m1", 0, &[])], at(NOON))
        .await
        .unwrap();
    join(&mirror, 1).await;
    let id: MessageId = message(&mirror, "m1").await.id;
    let messages = mirror.messages();
    messages.choose_link(id, Some((account, "ch_other")), at(NOON + 2)).await.unwrap();
    join(&mirror, 3).await;
    assert_eq!(link(&mirror, "m1").await, about("ch_other", LinkCertainty::ByHand));
    messages.choose_link(id, None, at(NOON + 4)).await.unwrap();
    join(&mirror, 5).await;
    // An earlier event moves the message, and still nobody looks for a payment.
    mirror
        .messages()
        .apply(account, domain::MessageChannel::Email, &[told("m1", -30, &[])], at(NOON))
        .await
        .unwrap();
    join(&mirror, 6).await;
    assert_eq!(link(&mirror, "m1").await, None);
    assert_eq!(message(&mirror, "m1").await.created_at, Timestamp::from_seconds(NOON - 30));
    let unknown = messages.choose_link(id, Some((account, "ch_nowhere")), at(NOON + 7)).await;
    assert!(unknown.is_err());
}

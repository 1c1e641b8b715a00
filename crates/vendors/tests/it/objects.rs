//! Each sort of object, from a synthetic fixture to our record.

use domain::{
    DisputeStatus, Kind, Money, Observed, PaymentIntentStatus, PaymentStatus, PayoutStatus, Record,
    RefundReason, RefundStatus, Timestamp,
};
use vendors::stripe::{CustomerFound, read_event};

use crate::support::{SERVER_SECONDS, fixture, serve_fixture};

async fn one(kind: Kind, id: &str, name: &str) -> Observed {
    serve_fixture(name).await.one(kind, id).await.unwrap()
}

async fn payment(id: &str, name: &str) -> domain::Payment {
    match one(Kind::Payments, id, name).await.record {
        Record::Payment(payment) => payment,
        other => panic!("{other:?}"),
    }
}

fn text(observed: &Observed) -> &str {
    std::str::from_utf8(&observed.json).unwrap()
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

#[tokio::test]
async fn a_charge_becomes_a_payment() {
    let seen = one(Kind::Payments, "ch_0001", "charge").await;
    assert_eq!(seen.observed_at, Timestamp::from_seconds(SERVER_SECONDS));
    let json = text(&seen);
    assert!(
        json.contains("a_field_of_tomorrow") && json.contains("\"fingerprint\":\"4242424242424242\""),
        "{json}"
    );
    assert!(!json.contains("4242 4242"), "{json}");
    let Record::Payment(payment) = seen.record else { panic!() };
    assert_eq!(payment.amount, money(12345, "CHF"));
    assert_eq!((payment.captured_minor, payment.refunded_minor), (12345, 2345));
    assert_eq!(payment.presentment, Some(money(12999, "EUR")));
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!(payment.customer_id.as_deref(), Some("cus_0001"));
    assert_eq!(payment.payment_intent_id.as_deref(), Some("pi_0001"));
    assert_eq!(payment.email.as_deref(), Some("receipts@example.com"));
    assert_eq!(payment.name.as_deref(), Some("Mia Müller"));
    assert_eq!(payment.postal_code.as_deref(), Some("8001"));
    assert_eq!(payment.description.as_deref(), Some("Order 1001, paid with **** **** **** 4242"));
    assert_eq!(payment.method.as_deref(), Some("card"));
    assert_eq!(payment.card.last4.as_deref(), Some("4242"));
    assert_eq!((payment.card.exp_month, payment.card.exp_year), (Some(8), Some(2030)));
    assert_eq!(payment.risk_level.as_deref(), Some("elevated"));
    assert_eq!(payment.decline_reason, None);
    let expected =
        [("channel", "web"), ("order_id", "1001")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(payment.metadata, expected);
}

#[tokio::test]
async fn declined_uncaptured_and_old_charges() {
    let failed = payment("ch_0002", "charge_failed").await;
    assert_eq!((failed.status, failed.captured_minor), (PaymentStatus::Failed, 0));
    assert_eq!(failed.decline_reason.as_deref(), Some("insufficient_funds"));
    assert_eq!(failed.failure_code.as_deref(), Some("card_declined"));
    assert_eq!(failed.email.as_deref(), Some("mia@example.com"));
    assert_eq!(failed.amount, money(5000, "JPY"));
    let uncaptured = payment("ch_0003", "charge_uncaptured").await;
    assert_eq!((uncaptured.status, uncaptured.captured_minor), (PaymentStatus::Uncaptured, 0));
    let old = payment("ch_0004", "charge_of_2020").await;
    assert_eq!((old.status, old.captured_minor), (PaymentStatus::Succeeded, 2000));
    assert_eq!((old.card.brand.as_deref(), old.method.as_deref()), (Some("Visa"), Some("card")));
}

#[tokio::test]
async fn a_payers_intention_loses_its_client_secret() {
    let seen = one(Kind::PaymentIntents, "pi_0001", "payment_intent").await;
    assert!(!text(&seen).contains("CANARY"), "{}", text(&seen));
    let Record::PaymentIntent(intent) = seen.record else { panic!() };
    assert_eq!(intent.status, PaymentIntentStatus::Succeeded);
    assert_eq!(intent.latest_payment_id.as_deref(), Some("ch_0001"));
    assert_eq!(intent.last_error_code.as_deref(), Some("card_declined"));
    assert_eq!(intent.received_minor, 12345);
}

#[tokio::test]
async fn p40_unknown_words_are_kept() {
    let Record::Refund(refund) = one(Kind::Refunds, "re_0001", "refund").await.record else { panic!() };
    assert_eq!(refund.status, RefundStatus::RequiresReview);
    assert_eq!(refund.reason, Some(RefundReason::RequestedByCustomer));
    assert_eq!(refund.trace_reference.as_deref(), Some("24242424242424242424242"));
    assert_eq!(refund.intent_id.as_deref(), Some("01890a5d-ac96-774b-bcce-b302099a8057"));
    assert_eq!(refund.metadata.first().map(|(key, _)| key.as_str()), Some("a"));
    let Record::Dispute(dispute) = one(Kind::Disputes, "dp_0001", "dispute").await.record else { panic!() };
    assert_eq!(dispute.status, DisputeStatus::Other("appeal_needs_response".to_owned()));
    assert!(dispute.status.is_open());
    assert_eq!(dispute.payment_id.as_deref(), Some("ch_0001"));
    assert_eq!(dispute.evidence_due_at, Some(Timestamp::from_seconds(1_781_000_000)));
}

#[tokio::test]
async fn money_that_moves_may_be_negative() {
    let seen = one(Kind::BalanceEntries, "txn_0002", "balance_transaction").await;
    assert!(text(&seen).contains("\"exchange_rate\":1.0725"));
    let Record::BalanceEntry(entry) = seen.record else { panic!() };
    assert_eq!((entry.amount, entry.fee_minor, entry.net_minor), (money(-2345, "CHF"), 0, -2345));
    let Record::Payout(payout) = one(Kind::Payouts, "po_0001", "payout").await.record else { panic!() };
    assert_eq!((payout.amount, payout.status), (money(-4200, "CHF"), PayoutStatus::Failed));
    assert!(payout.automatic);
}

#[tokio::test]
async fn customers_and_what_is_left_of_deleted_ones() {
    match serve_fixture("customer").await.customer("cus_0001").await.unwrap() {
        CustomerFound::Kept(seen) => {
            let Record::Customer(customer) = seen.record else { panic!() };
            assert_eq!((customer.email.as_deref(), customer.deleted), (Some("mia@example.com"), false));
        }
        other => panic!("{other:?}"),
    }
    let gone = serve_fixture("customer_deleted").await.customer("cus_0001").await.unwrap();
    let observed_at = Timestamp::from_seconds(SERVER_SECONDS);
    assert_eq!(gone, CustomerFound::Deleted { vendor_id: "cus_0001".to_owned(), observed_at });
}

#[test]
fn an_event_carries_its_object_where_its_version_means_the_same() {
    let event = fixture("event");
    let seen = read_event(event.as_bytes(), false).unwrap();
    let Record::Event(record) = &seen.observed.record else { panic!() };
    assert_eq!(record.kind, "charge.refunded");
    assert_eq!(record.idempotency_key.as_deref(), Some("key_0001"));
    assert_eq!(record.subject.payment_id.as_deref(), Some("ch_0001"));
    assert_eq!(record.subject.customer_id.as_deref(), Some("cus_0001"));
    let carried = seen.carried.unwrap();
    assert!(carried.exact);
    assert_eq!(carried.observed.observed_at, Timestamp::from_seconds(1_780_000_300).plus_ms(1));
    assert_eq!(carried.observed.record.vendor_id(), "ch_0001");
    let in_version = |version: &str| {
        let other = event.replace("2026-10-28.endive", version);
        read_event(other.as_bytes(), false).unwrap().carried.map(|carried| carried.exact)
    };
    assert_eq!(in_version("2026-09-30.endive"), Some(true));
    assert_eq!(in_version("2025-03-31.basil"), Some(false));
    assert_eq!(in_version("2023-08-16"), Some(false));
    assert_eq!(in_version("2020-08-27"), None);
    assert_eq!(in_version("2027-03-31.fennel"), None);
    assert_eq!(in_version("nonsense"), None);
}

#[test]
fn w42_livemode_mismatch_is_refused() {
    let error = read_event(fixture("event").as_bytes(), true).unwrap_err();
    assert_eq!(error.code(), "other_mode");
}

#[test]
fn a_deleted_customer_in_an_event_is_marked() {
    let event = fixture("event").replace("charge.refunded", "customer.deleted");
    let customer = fixture("customer");
    let start = event.find("\"object\": {").unwrap() + "\"object\": ".len();
    let end = event.find("\"previous_attributes\"").unwrap();
    let event = format!("{}{customer},{}", &event[..start], &event[end..]);
    let carried = read_event(event.as_bytes(), false).unwrap().carried.unwrap();
    assert!(matches!(carried.observed.record, Record::Customer(customer) if customer.deleted));
}

#[tokio::test]
async fn the_account_tells_its_name() {
    let facts = serve_fixture("account").await.account().await.unwrap().unwrap();
    assert_eq!(facts.vendor_account_id, "acct_0001");
    assert_eq!(facts.name.as_deref(), Some("Tea Shop"));
    assert_eq!(facts.default_currency.map(|currency| currency.to_string()).as_deref(), Some("CHF"));
}

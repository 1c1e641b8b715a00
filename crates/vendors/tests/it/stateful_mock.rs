//! A stranger's mock of Stripe (npm `stripe-stateful-mock`, version 2020-08-27: objects of one second
//! come oldest first, `created` is ignored, there are no events). It runs where `PAYDESK_STATEFUL_MOCK` names its address, such
//! as `http://127.0.0.1:8423`; without it the test says that it is skipped.

use domain::{IntentId, Kind, Money, Record};
use uuid::Uuid;
use vendors::stripe::{PageRequest, Stripe, WriteAnswer};

use crate::support::connect;

#[tokio::test]
async fn the_mock_of_2020_goes_through_the_same_code() {
    let Ok(base_url) = std::env::var("PAYDESK_STATEFUL_MOCK") else {
        println!("skipped: PAYDESK_STATEFUL_MOCK is not set");
        return;
    };
    let stripe = connect(&base_url);
    let page = stripe.list(Kind::Payments, &PageRequest::default()).await.unwrap();
    assert!(page.skipped.is_empty() && page.records.len() >= 2, "make at least two charges first");
    // Walked in pages of one, nothing is lost and nothing comes twice.
    let request = PageRequest { limit: 1, ..PageRequest::default() };
    let walked = stripe.list_whole(Kind::Payments, request).await.unwrap();
    let ids = |records: &[domain::Observed]| -> Vec<String> {
        records.iter().map(|seen| seen.record.vendor_id().to_owned()).collect()
    };
    assert_eq!(ids(&walked), ids(&page.records));
    for kind in [Kind::PaymentIntents, Kind::Disputes, Kind::BalanceEntries, Kind::Payouts, Kind::Events] {
        assert!(!stripe.list(kind, &PageRequest::default()).await.unwrap().offered, "{kind}");
    }
    let Record::Payment(payment) = &page.records[0].record else { panic!() };
    let amount = Money::new(1, payment.amount.currency);
    let intent = IntentId::generate();
    let write = Stripe::build_refund(intent, &payment.vendor_id, amount, None).unwrap();
    let key = Uuid::new_v4().to_string();
    for expected in [false, true] {
        match stripe.send_write(&write, &key, Uuid::now_v7()).await {
            WriteAnswer::Made { replayed, .. } => assert_eq!(replayed, expected),
            other => panic!("{other:?}"),
        }
    }
    let refunds = stripe.refunds_of(&payment.vendor_id).await.unwrap();
    let own = refunds.iter().filter(|seen| match &seen.record {
        Record::Refund(refund) => refund.intent_id.as_deref() == Some(intent.to_string().as_str()),
        _ => false,
    });
    assert_eq!(own.count(), 1);
    assert!(stripe.probe_rights().await.is_ok());
}

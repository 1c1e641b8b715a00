//! What events state is the same in the end, in whatever order and pages they arrive.

use domain::{Customer, Observed, Payment, Record};
use mirror::Mirror;
use proptest::prelude::*;

use crate::support::*;

/// A payment and a customer as events state them, one moment after the other; the customer's last
/// event is that it was deleted.
fn statements(changes: usize) -> Vec<Observed> {
    let mut all = Vec::new();
    for change in 0..changes {
        let at = NOON + i64::try_from(change).unwrap();
        let refunded = i64::try_from(change).unwrap() * 10;
        let payment = Payment { refunded_minor: refunded, ..payment("ch_1", 100_000) };
        all.push(seen(Record::Payment(payment), at));
        let customer = Customer {
            name: Some(format!("Ada {change}")),
            deleted: change + 1 == changes,
            ..customer("cus_1", "ada@example.com")
        };
        all.push(seen(Record::Customer(customer), at));
    }
    all
}

async fn final_state(mirror: &Mirror, account: domain::AccountId) -> (i64, bool, Option<String>) {
    let payment = mirror.payments().by_id(account, "ch_1").await.unwrap().unwrap().payment;
    let customer = mirror.customers().by_id(account, "cus_1").await.unwrap().unwrap().value;
    (payment.refunded_minor, customer.deleted, customer.name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn events_in_any_order_and_twice_end_in_one_state(
        order in Just((0..16).collect::<Vec<usize>>()).prop_shuffle(),
        page in 1_usize..6,
        again in proptest::collection::vec(0_usize..16, 0..8),
    ) {
        let all = statements(8);
        let order: Vec<usize> = order.into_iter().chain(again).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(async {
            let (_home, mirror, account) = shop().await;
            for places in order.chunks(page) {
                let records: Vec<Observed> = places.iter().map(|place| all[*place].clone()).collect();
                mirror.commit_page(account, &records, None).await.unwrap();
            }
            final_state(&mirror, account).await
        });
        prop_assert_eq!(found, (70, true, Some("Ada 7".to_owned())));
    }
}

//! Taking in pages, and reading every kind back.

use domain::{Kind, Observed, Record};
use mirror::{MirrorError, SliceRow, SliceState};
use proptest::prelude::*;

use crate::support::*;

#[tokio::test]
async fn every_kind_comes_back_as_it_was() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<Observed> = one_of_each().into_iter().map(|record| seen(record, NOON)).collect();
    let outcome = mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!((outcome.inserted, outcome.updated, outcome.unchanged), (8, 0, 0));
    for one in &page {
        let id = one.record.vendor_id();
        let back = match one.record.kind() {
            Kind::Payments => {
                Record::Payment(mirror.payments().by_id(account, id).await.unwrap().unwrap().payment)
            }
            Kind::Refunds => {
                Record::Refund(mirror.refunds().by_id(account, id).await.unwrap().unwrap().value)
            }
            Kind::Customers => {
                Record::Customer(mirror.customers().by_id(account, id).await.unwrap().unwrap().value)
            }
            Kind::PaymentIntents => Record::PaymentIntent(
                mirror.payment_intents().by_id(account, id).await.unwrap().unwrap().value,
            ),
            Kind::Disputes => {
                Record::Dispute(mirror.disputes().by_id(account, id).await.unwrap().unwrap().value)
            }
            Kind::BalanceEntries => Record::BalanceEntry(
                mirror.balance_entries().by_id(account, id).await.unwrap().unwrap().value,
            ),
            Kind::Payouts => {
                Record::Payout(mirror.payouts().list(None, 10, None).await.unwrap().items.remove(0).value)
            }
            Kind::Events => Record::Event(mirror.events().by_id(account, id).await.unwrap().unwrap().value),
        };
        assert_eq!(back, one.record);
        let raw = mirror.raw(account, one.record.kind(), id).await.unwrap();
        assert_eq!(raw.as_deref(), Some(one.json.as_slice()));
        assert_eq!(mirror.count(one.record.kind(), Some(account)).await.unwrap(), 1);
    }
    let again = mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, 8));
    mirror.close().await.unwrap();
}

#[tokio::test]
async fn helpers_of_a_payments_timeline() {
    let (_home, mirror, account) = shop().await;
    let mut page: Vec<Observed> = one_of_each().into_iter().map(|record| seen(record, NOON)).collect();
    page.push(seen(Record::Event(event("evt_2", "ch_1", NOON + 5)), NOON + 5));
    page.push(seen(Record::Event(event("evt_3", "ch_2", NOON + 9)), NOON + 9));
    let mut failed = refund("re_2", "ch_1", 50);
    failed.status = "failed".into();
    page.push(seen(Record::Refund(failed), NOON));
    mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!(mirror.refunds().for_payment(account, "ch_1").await.unwrap().len(), 2);
    assert_eq!(mirror.refunds().not_failed_total(account, "ch_1").await.unwrap(), 100);
    assert_eq!(mirror.refunds().list(None, Some("failed"), 10, None).await.unwrap().items.len(), 1);
    assert_eq!(mirror.disputes().for_payment(account, "ch_1").await.unwrap().len(), 1);
    let events = mirror.events().for_payment(account, "ch_1").await.unwrap();
    let ids: Vec<&str> = events.iter().map(|stored| stored.value.vendor_id.as_str()).collect();
    assert_eq!(ids, ["evt_2", "evt_1"]);
    assert_eq!(mirror.events().latest_id(account).await.unwrap().as_deref(), Some("evt_3"));
    assert_eq!(mirror.events().by_idempotency_key("key-1").await.unwrap().len(), 3);
    assert_eq!(mirror.balance_entries().for_source(account, "ch_1").await.unwrap().len(), 1);
    assert_eq!(mirror.customers().by_email(None, "JANE@example.ORG").await.unwrap().len(), 1);
    let own = mirror.payments().own_id(account, "ch_1").await.unwrap().unwrap();
    let found = mirror.payments().by_own_id(&own).await.unwrap().unwrap();
    assert_eq!(found.payment.vendor_id, "ch_1");
    assert!(mirror.payments().by_own_id("pay_zz").await.unwrap().is_none());
}

#[tokio::test]
async fn events_are_kept_once_and_tell_which_were_new() {
    let (_home, mirror, account) = shop().await;
    let events = [
        seen(Record::Event(event("evt_1", "ch_1", NOON)), NOON),
        seen(Record::Event(event("evt_2", "ch_1", NOON)), NOON),
    ];
    assert_eq!(mirror.events().insert_new(account, &events[..1]).await.unwrap(), ["evt_1"]);
    assert_eq!(mirror.events().insert_new(account, &events).await.unwrap(), ["evt_2"]);
    let refused =
        mirror.events().insert_new(account, &[seen(Record::Payment(payment("ch_1", 1)), NOON)]).await;
    assert_eq!(refused.unwrap_err().code(), "mirror_mismatch");
}

#[tokio::test]
async fn an_older_observation_never_overwrites_and_a_tie_is_told() {
    let (_home, mirror, account) = shop().await;
    let stated = |minor: i64, moment: i64| {
        let mut one = payment("ch_1", 500);
        one.refunded_minor = minor;
        vec![seen(Record::Payment(one), moment)]
    };
    mirror.commit_page(account, &stated(200, NOON + 10), None).await.unwrap();
    let older = mirror.commit_page(account, &stated(0, NOON), None).await.unwrap();
    assert_eq!(older.unchanged, 1);
    let back = mirror.payments().by_id(account, "ch_1").await.unwrap().unwrap();
    assert_eq!((back.payment.refunded_minor, back.observed_at), (200, at(NOON + 10)));
    let tie = mirror.commit_page(account, &stated(300, NOON + 10), None).await.unwrap();
    assert_eq!(tie.contradicted, [(Kind::Payments, "ch_1".to_owned())]);
}

#[tokio::test]
async fn p38_page_repeats_items() {
    let (_home, mirror, account) = shop().await;
    let mut later = payment("ch_1", 500);
    later.refunded_minor = 100;
    let page = [
        seen(Record::Payment(later), NOON + 1),
        seen(Record::Payment(payment("ch_1", 500)), NOON),
        seen(Record::Payment(payment("ch_2", 500)), NOON),
    ];
    let outcome = mirror.commit_page(account, &page, None).await.unwrap();
    assert_eq!((outcome.inserted, outcome.unchanged), (2, 1));
    assert_eq!(mirror.payments().by_id(account, "ch_1").await.unwrap().unwrap().payment.refunded_minor, 100);
    assert_eq!(mirror.count_found("refunded", everywhere(), None).await.unwrap().payments, 0);
}

#[tokio::test]
async fn a_large_page_of_one_second_and_its_slice_go_in_together() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<Observed> = (0..1_234)
        .map(|number| seen(Record::Payment(payment(&format!("ch_{number}"), number + 1)), NOON))
        .collect();
    let mut slice = SliceRow::started(account, Kind::Payments, at(NOON));
    slice.cursor = Some("ch_1233".to_owned());
    slice.rows = 1_234;
    mirror.commit_page(account, &page, Some(slice.clone().into())).await.unwrap();
    assert_eq!(mirror.count(Kind::Payments, None).await.unwrap(), 1_234);
    assert_eq!(mirror.sync_slices().get(account, Kind::Payments).await.unwrap(), Some(slice.clone()));
    slice.state = SliceState::Complete;
    slice.as_of = Some(at(NOON));
    mirror.sync_slices().put(&slice).await.unwrap();
    assert_eq!(mirror.sync_slices().list(None).await.unwrap(), [slice]);
    mirror.sync_slices().reset(account, None).await.unwrap();
    assert_eq!(mirror.sync_slices().get(account, Kind::Payments).await.unwrap(), None);
}

#[tokio::test]
async fn rows_of_another_account_are_never_touched() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "other").await;
    mirror.commit_page(account, &[seen(Record::Payment(payment("ch_1", 500)), NOON)], None).await.unwrap();
    mirror.commit_page(other, &[seen(Record::Payment(payment("ch_1", 700)), NOON)], None).await.unwrap();
    assert_eq!(mirror.payments().by_vendor_id_any_account("ch_1").await.unwrap().len(), 2);
    let mine = mirror.payments().by_id(account, "ch_1").await.unwrap().unwrap();
    assert_eq!(mine.payment.amount.minor, 500);
    let slice = SliceRow::started(other, Kind::Payments, at(NOON));
    let mixed = mirror.commit_page(account, &[], Some(slice.into())).await.unwrap_err();
    assert_eq!(mixed.code(), "mirror_mismatch");
    let unknown = mirror.commit_page(domain::AccountId::generate(), &[], None).await.unwrap_err();
    assert!(matches!(unknown, MirrorError::UnknownAccount));
}

#[tokio::test]
async fn removing_an_account_takes_what_was_mirrored_and_keeps_the_journal() {
    let (_home, mirror, account) = shop().await;
    let page: Vec<Observed> = one_of_each().into_iter().map(|record| seen(record, NOON)).collect();
    mirror.commit_page(account, &page, None).await.unwrap();
    let intent = intent(account, domain::intent::IntentKind::Refund, "ch_1", 100);
    mirror.intents().insert_refund(&intent, 500).await.unwrap();
    mirror.accounts().remove(account, at(NOON + 1)).await.unwrap();
    for kind in Kind::ALL {
        assert_eq!(mirror.count(kind, None).await.unwrap(), 0, "{kind}");
    }
    assert_eq!(mirror.raw(account, Kind::Payments, "ch_1").await.unwrap(), None);
    assert_eq!(mirror.intents().by_id(intent.id).await.unwrap(), Some(intent));
    assert!(mirror.accounts().list().await.unwrap().is_empty());
    let late = mirror.commit_page(account, &page, None).await.unwrap_err();
    assert_eq!(late.code(), "account_unknown");
    add_account(&mirror, "shop").await;
    assert_eq!(mirror.accounts().list_with_removed().await.unwrap().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_order_of_observations_ends_in_the_same_rows(
        seed in prop::collection::vec((0_u8..5, 0_i64..1_000), 1..40),
        order in any::<u64>(),
        cut in 1_usize..7,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Each moment is used once, since on a tie the later arrival is kept on purpose.
        let history: Vec<Observed> = seed.iter().enumerate().map(|(moment, (which, refunded))| {
            let mut one = payment(&format!("ch_{which}"), 1_000);
            one.refunded_minor = *refunded;
            one.description = Some(format!("word{refunded}"));
            seen(Record::Payment(one), NOON + i64::try_from(moment).unwrap())
        }).collect();
        let mut shuffled = history.clone();
        let mut state = order | 1;
        for place in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(place, usize::try_from((state >> 33) % (place as u64 + 1)).unwrap());
        }
        runtime.block_on(async {
            let home = Home::plain();
            let mirror = home.open().await;
            let account = add_account(&mirror, "shop").await;
            for page in shuffled.chunks(cut) {
                mirror.commit_page(account, page, None).await.unwrap();
            }
            for which in 0..5_u8 {
                let id = format!("ch_{which}");
                let latest = history.iter().rev().find(|one| one.record.vendor_id() == id);
                let found = mirror.payments().by_id(account, &id).await.unwrap();
                assert_eq!(found.as_ref().map(|found| Record::Payment(found.payment.clone())), latest.map(|one| one.record.clone()));
                assert_eq!(mirror.raw(account, Kind::Payments, &id).await.unwrap(), latest.map(|one| one.json.clone()));
            }
            let all = mirror.find("", everywhere(), 1000, None).await.unwrap();
            for found in &all.items {
                let word = found.payment.description.clone().unwrap();
                let by_word = mirror.find(&word, everywhere(), 1000, None).await.unwrap();
                assert!(by_word.items.contains(found));
                assert!(by_word.items.iter().all(|one| one.payment.description.as_deref() == Some(&word)));
            }
            mirror.close().await.unwrap();
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_come_just_as_the_writer_runs_out_of_them_are_written_too() {
    let (_home, mirror, account) = shop().await;
    let bringing: Vec<_> = (0..8)
        .map(|place| {
            let mirror = mirror.clone();
            tokio::spawn(async move {
                for number in 0..150 {
                    let one = seen(Record::Payment(payment(&format!("ch_{place}_{number}"), 100)), NOON);
                    mirror.commit_page(account, &[one], None).await.unwrap();
                }
            })
        })
        .collect();
    for one in bringing {
        one.await.unwrap();
    }
    assert_eq!(mirror.count(domain::Kind::Payments, None).await.unwrap(), 8 * 150);
}

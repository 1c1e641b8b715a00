//! Where the slices of a first load stand.

use domain::{Kind, Record};
use mirror::{LoadSlice, LoadStep, SliceRow, SliceUpdate};

use crate::support::*;

/// The slice behind a page of one record, after so many records in all.
fn step(slice: &LoadSlice, rows: u64) -> SliceUpdate {
    let cursor = Some(format!("ch_{rows}"));
    SliceUpdate::Load(LoadStep { slice: LoadSlice { cursor, rows, ..slice.clone() }, rows: 1 })
}

#[tokio::test]
async fn a_page_is_not_written_where_the_one_before_it_is_missing() {
    let (_home, mirror, account) = shop().await;
    let list = SliceRow::started(account, Kind::Payments, at(NOON));
    let slice = LoadSlice::whole(account, Kind::Payments, 1);
    mirror.load_slices().begin(&list, &slice).await.unwrap();
    let page = |id: &str| [seen(Record::Payment(payment(id, 100)), NOON)];

    mirror.commit_page(account, &page("ch_1"), Some(step(&slice, 1))).await.unwrap();
    let skipped = mirror.commit_page(account, &page("ch_3"), Some(step(&slice, 3))).await.unwrap_err();
    assert_eq!(skipped.code(), "mirror_mismatch", "{skipped}");
    assert!(mirror.payments().by_id(account, "ch_3").await.unwrap().is_none(), "nothing of it is left");
    let stands = mirror.load_slices().list(account, Kind::Payments).await.unwrap();
    assert_eq!(stands[0].cursor.as_deref(), Some("ch_1"), "the load goes on where it stood");

    mirror.commit_page(account, &page("ch_2"), Some(step(&slice, 2))).await.unwrap();
    mirror.commit_page(account, &page("ch_3"), Some(step(&slice, 3))).await.unwrap();
    assert!(mirror.payments().by_id(account, "ch_3").await.unwrap().is_some());

    // A page that a run which was stopped had on its way does not take the slice back.
    mirror.commit_page(account, &page("ch_2"), Some(step(&slice, 2))).await.unwrap();
    let stands = mirror.load_slices().list(account, Kind::Payments).await.unwrap();
    assert_eq!((stands[0].rows, stands[0].cursor.as_deref()), (3, Some("ch_3")));
}

#[tokio::test]
async fn pages_that_are_queued_one_behind_the_other_are_written_in_that_order() {
    let (_home, mirror, account) = shop().await;
    let list = SliceRow::started(account, Kind::Payments, at(NOON));
    let slice = LoadSlice::whole(account, Kind::Payments, 1);
    mirror.load_slices().begin(&list, &slice).await.unwrap();
    let _more_to_come = mirror.bulk_load();

    let mut written = Vec::new();
    for number in 1..=40 {
        let record = [seen(Record::Payment(payment(&format!("ch_{number}"), 100)), NOON)];
        let ready = mirror.ready_page(account, &record, Some(step(&slice, number))).await.unwrap();
        written.push(mirror.queue_page(ready));
    }
    for outcome in futures::future::join_all(written).await {
        assert_eq!(outcome.unwrap().inserted, 1);
    }
    let stands = mirror.load_slices().list(account, Kind::Payments).await.unwrap();
    assert_eq!((stands[0].rows, stands[0].cursor.as_deref()), (40, Some("ch_40")));
}

#[tokio::test]
async fn a_page_of_a_list_that_began_anew_is_kept_and_not_counted() {
    let (_home, mirror, account) = shop().await;
    let list = SliceRow::started(account, Kind::Payments, at(NOON));
    let slice = LoadSlice::whole(account, Kind::Payments, 1);
    mirror.load_slices().begin(&list, &slice).await.unwrap();
    let anew = LoadSlice::whole(account, Kind::Payments, 2);
    mirror.load_slices().begin(&list, &anew).await.unwrap();

    let late = [seen(Record::Payment(payment("ch_1", 100)), NOON)];
    mirror.commit_page(account, &late, Some(step(&slice, 1))).await.unwrap();
    assert!(mirror.payments().by_id(account, "ch_1").await.unwrap().is_some(), "what was read is true");
    let list = mirror.sync_slices().get(account, Kind::Payments).await.unwrap().unwrap();
    assert_eq!(list.rows, 0, "it comes again with the new slice, which counts it");
}

//! The mirror as it stood at one moment, and whole kinds page by page.

use domain::{Kind, Record};

use crate::support::*;

fn payments(from: u32, count: u32) -> Vec<domain::Observed> {
    (from..from + count)
        .map(|number| {
            let mut one = payment(&format!("ch_{number:05}"), 100);
            one.created_at = at(NOON + i64::from(number));
            seen(Record::Payment(one), NOON)
        })
        .collect()
}

#[tokio::test]
async fn a_snapshot_does_not_see_what_is_written_after_it() {
    let (_home, mirror, account) = shop().await;
    mirror.commit_page(account, &payments(0, 5), None).await.unwrap();
    let snapshot = mirror.snapshot().await.unwrap();
    mirror.commit_page(account, &payments(5, 5), None).await.unwrap();
    let mut changed = payment("ch_00001", 100);
    changed.created_at = at(NOON + 1);
    changed.status = "failed".into();
    let changed = [seen(Record::Payment(changed), NOON + 100)];
    mirror.commit_page(account, &changed, None).await.unwrap();

    let page = snapshot.records(Kind::Payments, None, 1_000, None).await.unwrap();
    assert_eq!(page.items.len(), 5);
    let found = snapshot.find("status:succeeded", everywhere(), 100, None).await.unwrap();
    assert_eq!(found.items.len(), 5, "what changed since is as it was");
    assert_eq!(snapshot.count(Kind::Payments, Some(account)).await.unwrap(), 5);
    assert_eq!(mirror.count(Kind::Payments, Some(account)).await.unwrap(), 10);

    let refused = snapshot.saved_views().remove("x").await.unwrap_err();
    assert_eq!(refused.code(), "mirror_closed", "a snapshot writes nothing");
    snapshot.close().await.unwrap();
    let later = mirror.snapshot().await.unwrap();
    assert_eq!(later.count(Kind::Payments, None).await.unwrap(), 10);
}

#[tokio::test]
async fn a_snapshot_that_is_still_open_ends_with_its_mirror() {
    let (home, mirror, account) = shop().await;
    mirror.commit_page(account, &payments(0, 3), None).await.unwrap();
    let snapshot = mirror.snapshot().await.unwrap();
    mirror.close().await.unwrap();
    assert_eq!(snapshot.count(Kind::Payments, None).await.unwrap_err().code(), "mirror_closed");
    drop(snapshot);
    assert_eq!(home.open().await.count(Kind::Payments, None).await.unwrap(), 3);
}

#[tokio::test]
async fn every_kind_is_read_page_by_page_without_a_gap() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "other").await;
    mirror.commit_page(account, &payments(0, 25), None).await.unwrap();
    mirror.commit_page(other, &payments(100, 5), None).await.unwrap();
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = mirror.records(Kind::Payments, Some(account), 10, after.as_deref()).await.unwrap();
        ids.extend(page.items.iter().map(|one| one.value.vendor_id().to_owned()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let wanted: Vec<String> = (0..25).rev().map(|number| format!("ch_{number:05}")).collect();
    assert_eq!(ids, wanted);
    for kind in Kind::ALL {
        let page = mirror.records(kind, None, 1_000, None).await.unwrap();
        assert_eq!(page.items.len(), if kind == Kind::Payments { 30 } else { 0 }, "{kind}");
    }
}

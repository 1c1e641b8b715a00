//! Saved views, and what they gain.

use domain::{AccountId, Record};
use mirror::{Mirror, SavedView};

use crate::support::*;

fn view(name: &str, query: &str) -> SavedView {
    SavedView {
        name: name.to_owned(),
        query: query.to_owned(),
        notify: true,
        created_at: at(NOON),
        updated_at: at(NOON),
    }
}

async fn put(mirror: &Mirror, account: AccountId, id: &str, created: i64, status: &str, seen_at: i64) {
    let mut one = payment(id, 100);
    one.created_at = at(created);
    one.status = status.into();
    mirror.commit_page(account, &[seen(Record::Payment(one), seen_at)], None).await.unwrap();
}

async fn gained(mirror: &Mirror, account: AccountId) -> Vec<String> {
    let gained = mirror.saved_views().gained("Failed", account, at(NOON)).await.unwrap();
    gained.into_iter().map(|one| one.payment.vendor_id).collect()
}

#[tokio::test]
async fn views_are_saved_renamed_and_removed() {
    let (_home, mirror, _account) = shop().await;
    let views = mirror.saved_views();
    views.save(&[view("Failed", "status:failed"), view("Ärger", "status:disputed")]).await.unwrap();
    let names = |all: Vec<SavedView>| all.into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(names(views.list().await.unwrap()), ["Failed", "Ärger"]);
    views.save(&[view("FAILED", "status:failed last4:4242")]).await.unwrap();
    let one = views.by_name("failed").await.unwrap().unwrap();
    assert_eq!((one.name.as_str(), one.query.as_str()), ("FAILED", "status:failed last4:4242"));
    assert_eq!(
        views.rename("failed", "ÄRGER", at(NOON)).await.unwrap_err().code(),
        "view_name_taken",
        "letters of another case make no other name"
    );
    assert!(views.rename("failed", "Declined", at(NOON)).await.unwrap());
    assert!(!views.rename("failed", "x", at(NOON)).await.unwrap());
    assert!(views.remove("declined").await.unwrap());
    assert!(!views.remove("declined").await.unwrap());
    assert_eq!(names(views.list().await.unwrap()), ["Ärger"]);
}

#[tokio::test]
async fn there_is_an_end_to_views() {
    let (_home, mirror, _account) = shop().await;
    let many: Vec<SavedView> = (0..=mirror::MOST_VIEWS).map(|one| view(&format!("v{one}"), "")).collect();
    assert_eq!(mirror.saved_views().save(&many).await.unwrap_err().code(), "too_many_views");
    assert!(mirror.saved_views().list().await.unwrap().is_empty(), "all or none");
    mirror.saved_views().save(&many[1..]).await.unwrap();
}

#[tokio::test]
async fn what_a_view_held_at_its_first_look_is_no_news() {
    let (_home, mirror, account) = shop().await;
    put(&mirror, account, "ch_1", NOON, "failed", NOON).await;
    mirror.saved_views().save(&[view("Failed", "status:failed")]).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty());
    put(&mirror, account, "ch_2", NOON + 60, "failed", NOON + 60).await;
    put(&mirror, account, "ch_3", NOON + 61, "succeeded", NOON + 61).await;
    assert_eq!(gained(&mirror, account).await, ["ch_2"]);
    assert!(gained(&mirror, account).await.is_empty(), "each is told once");
    // Another account's first load is no news either.
    let other = add_account(&mirror, "other").await;
    put(&mirror, other, "ch_9", NOON, "failed", NOON).await;
    assert!(gained(&mirror, other).await.is_empty());
    assert!(gained(&mirror, account).await.is_empty());
}

#[tokio::test]
async fn an_old_payment_that_comes_into_the_view_is_news() {
    let (_home, mirror, account) = shop().await;
    put(&mirror, account, "ch_old", NOON - 90 * 86_400, "pending", NOON).await;
    put(&mirror, account, "ch_1", NOON, "failed", NOON).await;
    mirror.saved_views().save(&[view("Failed", "status:failed")]).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty());
    put(&mirror, account, "ch_old", NOON - 90 * 86_400, "failed", NOON + 60).await;
    assert_eq!(gained(&mirror, account).await, ["ch_old"]);
}

#[tokio::test]
async fn a_changed_search_starts_anew_and_a_rename_does_not() {
    let (_home, mirror, account) = shop().await;
    put(&mirror, account, "ch_1", NOON, "failed", NOON).await;
    put(&mirror, account, "ch_2", NOON + 1, "succeeded", NOON).await;
    let views = mirror.saved_views();
    views.save(&[view("Failed", "status:failed")]).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty());
    views.save(&[view("Failed", "status:succeeded")]).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty(), "another search holds other payments already");
    put(&mirror, account, "ch_3", NOON + 2, "succeeded", NOON + 2).await;
    views.rename("failed", "FAILED", at(NOON)).await.unwrap();
    assert_eq!(gained(&mirror, account).await, ["ch_3"]);
    assert!(views.remove("failed").await.unwrap());
    assert!(gained(&mirror, account).await.is_empty(), "a view that is gone gains nothing");
}

#[tokio::test]
async fn a_large_view_in_any_order_tells_of_what_comes_in() {
    let (_home, mirror, account) = shop().await;
    let many: Vec<_> = (0..1_100)
        .map(|number| {
            let mut one = payment(&format!("ch_{number:05}"), 100_000 + number);
            one.created_at = at(NOON + number);
            one.status = "failed".into();
            seen(Record::Payment(one), NOON + number)
        })
        .collect();
    mirror.commit_page(account, &many, None).await.unwrap();
    let orders =
        ["", " sort:created", " sort:-created", " currency:usd sort:amount", " currency:usd sort:-amount"];
    for (place, order) in (0_i64..).zip(orders) {
        mirror.saved_views().save(&[view("Failed", &format!("status:failed{order}"))]).await.unwrap();
        assert!(gained(&mirror, account).await.is_empty());
        // Neither the oldest nor the largest or smallest of all.
        let id = format!("ch_new{place}");
        let mut one = payment(&id, 100_500);
        one.created_at = at(NOON + 5_000 + place);
        one.status = "failed".into();
        mirror.commit_page(account, &[seen(Record::Payment(one), NOON + 5_000)], None).await.unwrap();
        assert_eq!(gained(&mirror, account).await, [id], "{order}");
    }
}

//! Saved views, and what they gain.

use domain::{AccountId, Record};
use mirror::{Mirror, SavedView};

use crate::support::*;

fn view(name: &str, query: &str) -> SavedView {
    SavedView {
        name: name.to_owned(),
        subject: mirror::ViewSubject::Payments,
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
    gained_at(mirror, account, "Failed", NOON).await
}

/// As the Desk looks: at all that was touched, which is forgotten then.
async fn gained_at(mirror: &Mirror, account: AccountId, name: &str, seconds: i64) -> Vec<String> {
    let views = mirror.saved_views();
    let touched = views.touched().await.unwrap();
    let gained = views.gained(name, account, &touched, at(seconds)).await.unwrap();
    views.forget_touched(&touched).await.unwrap();
    let mut ids = Vec::new();
    for own_id in gained {
        ids.push(mirror.payments().by_own_id(&own_id).await.unwrap().unwrap().payment.vendor_id);
    }
    ids
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

/// More payments than are looked at each time, all failed, a second apart and the newest last.
async fn many_failed(mirror: &Mirror, account: AccountId) {
    let many: Vec<_> = (0..1_200)
        .map(|number| {
            let mut one = payment(&format!("ch_{number:05}"), 100 + number);
            one.created_at = at(NOON + number);
            one.status = "failed".into();
            seen(Record::Payment(one), NOON + number)
        })
        .collect();
    mirror.commit_page(account, &many, None).await.unwrap();
}

#[tokio::test]
async fn an_old_payment_that_comes_into_a_large_view_is_news_once() {
    const OLD: i64 = NOON - 90 * 86_400;
    let (_home, mirror, account) = shop().await;
    many_failed(&mirror, account).await;
    put(&mirror, account, "ch_old", OLD, "pending", NOON).await;
    put(&mirror, account, "ch_older", OLD - 1, "pending", NOON).await;
    mirror.saved_views().save(&[view("Failed", "status:failed")]).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty());
    put(&mirror, account, "ch_old", OLD, "failed", NOON + 60).await;
    assert_eq!(gained(&mirror, account).await, ["ch_old"]);
    assert!(gained(&mirror, account).await.is_empty());
    // Another change of it is none of the view, and what left may come in again.
    let mut one = payment("ch_old", 100);
    (one.created_at, one.status, one.description) = (at(OLD), "failed".into(), Some("called".to_owned()));
    mirror.commit_page(account, &[seen(Record::Payment(one), NOON + 61)], None).await.unwrap();
    assert!(gained(&mirror, account).await.is_empty());
    put(&mirror, account, "ch_old", OLD, "succeeded", NOON + 62).await;
    assert!(gained(&mirror, account).await.is_empty());
    put(&mirror, account, "ch_old", OLD, "failed", NOON + 63).await;
    // One that was missed until now, and one that is new.
    put(&mirror, account, "ch_missed", OLD - 2, "failed", NOON + 64).await;
    put(&mirror, account, "ch_new", NOON + 9_000, "failed", NOON + 9_000).await;
    assert_eq!(gained(&mirror, account).await, ["ch_new", "ch_old", "ch_missed"]);
}

#[tokio::test]
async fn what_stands_beside_an_old_payment_brings_it_into_a_large_view() {
    const OLD: i64 = NOON - 90 * 86_400;
    let (_home, mirror, account) = shop().await;
    let query = "status:failed OR refund:failed OR dispute:any OR email:jane@x.org OR id:re_2";
    for (place, record) in (0_i64..).zip([
        Record::Refund(domain::Refund { status: "failed".into(), ..refund("re_1", "ch_old0", 10) }),
        Record::Refund(domain::Refund {
            payment_id: None,
            payment_intent_id: Some("pi_old1".to_owned()),
            status: "failed".into(),
            ..refund("re_2", "ch_old1", 10)
        }),
        Record::Dispute(dispute("dp_1", "ch_old2")),
        Record::Customer(customer("cus_old3", "jane@x.org")),
    ]) {
        if place == 0 {
            many_failed(&mirror, account).await;
            for number in 0..4 {
                let mut one = payment(&format!("ch_old{number}"), 100);
                one.created_at = at(OLD + number);
                one.payment_intent_id = Some(format!("pi_old{number}"));
                one.customer_id = Some(format!("cus_old{number}"));
                mirror.commit_page(account, &[seen(Record::Payment(one), NOON)], None).await.unwrap();
            }
            mirror.saved_views().save(&[view("Failed", query)]).await.unwrap();
            assert!(gained(&mirror, account).await.is_empty());
        }
        mirror.commit_page(account, &[seen(record.clone(), NOON + 60 + place)], None).await.unwrap();
        let found = gained(&mirror, account).await;
        assert_eq!(found, [format!("ch_old{place}")], "{record:?}");
    }
}

#[tokio::test]
async fn what_time_brings_into_a_large_view_is_news_within_a_day() {
    const DAY: i64 = 86_400;
    let (_home, mirror, account) = shop().await;
    many_failed(&mirror, account).await;
    // Older than the newest of the view, so that only a look at all of it finds it.
    put(&mirror, account, "ch_between", NOON + 10, "pending", NOON).await;
    let query = "status:failed OR (status:pending created:<-20d)";
    mirror.saved_views().save(&[view("Failed", query)]).await.unwrap();
    assert!(gained_at(&mirror, account, "Failed", NOON + 19 * DAY).await.is_empty());
    assert!(gained_at(&mirror, account, "Failed", NOON + 19 * DAY + 60).await.is_empty());
    assert_eq!(gained_at(&mirror, account, "Failed", NOON + 21 * DAY).await, ["ch_between"]);
    assert!(gained_at(&mirror, account, "Failed", NOON + 22 * DAY).await.is_empty());
}

#[tokio::test]
async fn what_was_gained_waits_until_somebody_is_told_and_is_told_once() {
    let (home, mirror, account) = shop().await;
    put(&mirror, account, "ch_1", NOON, "failed", NOON).await;
    let views = mirror.saved_views();
    views.save(&[view("Failed", "status:failed"), view("All", "")]).await.unwrap();
    for name in ["Failed", "All"] {
        assert!(gained_at(&mirror, account, name, NOON).await.is_empty());
    }
    assert!(views.take_gained().await.unwrap().is_empty(), "a first look is no news");
    put(&mirror, account, "ch_2", NOON + 60, "succeeded", NOON + 60).await;
    put(&mirror, account, "ch_3", NOON + 61, "failed", NOON + 61).await;
    for name in ["Failed", "All"] {
        gained_at(&mirror, account, name, NOON).await;
    }
    // Nobody was told, and the program ended.
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    put(&mirror, account, "ch_4", NOON + 62, "succeeded", NOON + 62).await;
    gained_at(&mirror, account, "All", NOON).await;
    let views = mirror.saved_views();
    let taken = views.take_gained().await.unwrap();
    let told: Vec<_> =
        taken.iter().map(|one| (one.name.as_str(), one.query.as_str(), one.payments)).collect();
    assert_eq!(told, [("All", "", 3), ("Failed", "status:failed", 1)]);
    assert_eq!(taken[0].only, None);
    let only = mirror.payments().by_own_id(taken[1].only.as_ref().unwrap()).await.unwrap().unwrap();
    assert_eq!(only.payment.vendor_id, "ch_3");
    assert!(views.take_gained().await.unwrap().is_empty(), "told once");
    // What became another view, or is told no more, has nothing to tell.
    put(&mirror, account, "ch_5", NOON + 63, "failed", NOON + 63).await;
    assert_eq!(gained_at(&mirror, account, "All", NOON).await, ["ch_5"]);
    views.save(&[view("All", "status:failed")]).await.unwrap();
    assert!(views.take_gained().await.unwrap().is_empty());
    assert!(gained_at(&mirror, account, "All", NOON).await.is_empty());
    put(&mirror, account, "ch_6", NOON + 64, "failed", NOON + 64).await;
    assert_eq!(gained_at(&mirror, account, "All", NOON).await, ["ch_6"]);
    views.save(&[SavedView { notify: false, ..view("All", "status:failed") }]).await.unwrap();
    assert!(views.take_gained().await.unwrap().is_empty());
}

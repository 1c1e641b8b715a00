//! What goes wrong around events on their way: accounts that go, endpoints that stop, homes that are copied, clocks that are
//! set, people who are erased, and orders that would wait for each other.

use domain::Record;
use mirror::{
    AttemptEnd, DeliveryState, EndpointRow, EndpointState, Lane, Mirror, NewDelivery, Next, ReplayPage,
};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::relaying::{add, all, answered, delivery, endpoint, lane};
use crate::support::*;

const DAY_S: i64 = 86_400;

async fn claim_one(mirror: &Mirror, to: &EndpointRow, now: i64) -> mirror::Claimed {
    mirror.deliveries().claim(lane(to), false, at(now), 1).await.unwrap().remove(0)
}

/// One try that nobody took, to be tried again at once.
async fn fail_once(mirror: &Mirror, to: &EndpointRow, now: i64) {
    let one = claim_one(mirror, to, now).await;
    let end = answered(500, "no");
    mirror.deliveries().finish(&one, &end, &Next::TryAt(at(now)), at(now)).await.unwrap();
}

async fn replay(mirror: &Mirror, id: &str, to: &EndpointRow, made: Vec<NewDelivery>, now: i64) -> Lane {
    let row = mirror.replays().insert(id, to.number, "{}", 10, at(now)).await.unwrap();
    let deliveries = made.into_iter().map(|one| NewDelivery { replay: Some(row.number), ..one }).collect();
    let page = ReplayPage { deliveries, ..ReplayPage::default() };
    assert!(mirror.replays().add_page(row.number, &page, at(now)).await.unwrap());
    Lane { endpoint: to.number, replay: Some(row.number) }
}

#[tokio::test]
async fn how_a_try_ended_is_of_no_use_once_its_account_is_gone() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    add(&mirror, &[delivery(to.number, account, "evt_1", "ch_1", NOON)]).await;
    let claimed = claim_one(&mirror, &to, NOON + 1).await;
    mirror.accounts().remove(account, at(NOON + 2)).await.unwrap();
    let end = answered(500, "no");
    mirror.deliveries().finish(&claimed, &end, &Next::TryAt(at(NOON + 9)), at(NOON + 3)).await.unwrap();
    assert!(all(&mirror).await.is_empty());
    let kept = mirror.endpoints().by_id("ep_1").await.unwrap().unwrap();
    assert_eq!((kept.state, kept.failing_since), (EndpointState::On, None));
}

#[tokio::test]
async fn an_endpoint_that_was_removed_gets_no_delivery_and_one_that_stopped_a_failed_one() {
    let (_home, mirror, account) = shop().await;
    let (gone, stopped) = (endpoint(&mirror, "ep_gone").await, endpoint(&mirror, "ep_stopped").await);
    let fine = endpoint(&mirror, "ep_fine").await;
    mirror.endpoints().remove(gone.number, at(NOON)).await.unwrap();
    mirror.endpoints().set_state("ep_stopped", EndpointState::Stopped, at(NOON)).await.unwrap();
    // They were looked up before that.
    let made = [&gone, &stopped, &fine].map(|to| delivery(to.number, account, "evt_1", "ch_1", NOON));
    add(&mirror, &made).await;
    let mut rows: Vec<_> = all(&mirror)
        .await
        .into_iter()
        .map(|row| (row.endpoint_id, row.state, row.problem, row.ended_at.is_some()))
        .collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    let problem = Some("endpoint_stopped".to_owned());
    assert_eq!(
        rows,
        [
            ("ep_fine".to_owned(), DeliveryState::Waiting, None, false),
            ("ep_stopped".to_owned(), DeliveryState::Failed, problem, true),
        ]
    );
}

#[tokio::test]
async fn a_home_that_was_copied_sends_nothing_of_what_waited() {
    let (_home, mirror, account) = shop().await;
    mirror.work_on("one", at(NOON)).await.unwrap();
    let to = endpoint(&mirror, "ep_1").await;
    add(&mirror, &[delivery(to.number, account, "evt_1", "ch_1", NOON)]).await;
    mirror.work_on("one", at(NOON + 1)).await.unwrap();
    assert_eq!(all(&mirror).await[0].state, DeliveryState::Waiting, "nothing changed hands");
    mirror.work_on("another", at(NOON + 2)).await.unwrap();
    let row = all(&mirror).await.remove(0);
    assert_eq!((row.state, row.problem.as_deref()), (DeliveryState::Canceled, Some("held_back")));
    assert_eq!(mirror.endpoints().by_id("ep_1").await.unwrap().unwrap().events_from, at(NOON + 2));
}

#[tokio::test]
async fn who_is_erased_while_their_event_is_on_its_way_is_not_in_the_answer_that_comes() {
    let (_home, mirror, account) = shop().await;
    let ada = customer("cus_ada", "ada@example.org");
    let mut theirs = event("evt_ada", "cus_ada", NOON);
    theirs.subject.customer_id = Some("cus_ada".to_owned());
    let records = [seen(Record::Customer(ada), NOON), seen(Record::Event(theirs), NOON)];
    mirror.commit_page(account, &records, None).await.unwrap();
    let to = endpoint(&mirror, "ep_1").await;
    add(&mirror, &[delivery(to.number, account, "evt_ada", "cus_ada", NOON)]).await;
    let claimed = claim_one(&mirror, &to, NOON + 1).await;
    mirror.erase_person(account, "cus_ada", at(NOON + 2)).await.unwrap();
    let end = AttemptEnd { detail: Some("ada".to_owned()), ..answered(200, "hello ada@example.org") };
    mirror.deliveries().finish(&claimed, &end, &Next::Delivered, at(NOON + 3)).await.unwrap();
    let attempt = mirror.deliveries().attempts(claimed.number).await.unwrap().remove(0);
    assert_eq!((attempt.status, attempt.took_ms), (Some(200), Some(7)));
    assert_eq!((attempt.answer, attempt.headers, attempt.detail), (vec![], vec![], None));
    assert_eq!(all(&mirror).await[0].state, DeliveryState::Delivered);
}

#[tokio::test]
async fn in_order_means_in_the_order_of_one_lane() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    // What comes by itself waits for its next try, and whoever replays must not wait for that.
    add(&mirror, &[delivery(to.number, account, "evt_1", "ch_1", NOON + 1)]).await;
    let made = vec![delivery(to.number, account, "evt_2", "ch_1", NOON + 2)];
    let of_replay = replay(&mirror, "rp_1", &to, made, NOON + 5).await;
    assert_eq!(mirror.deliveries().claim(of_replay, true, at(NOON + 9), 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_line_that_waits_for_its_first_is_looked_through_without_the_writer() {
    let home = Home::plain();
    let mirror = home.open().await;
    let account = add_account(&mirror, "shop").await;
    let to = endpoint(&mirror, "ep_1").await;
    let made = [
        delivery(to.number, account, "evt_1", "ch_1", NOON + 1),
        delivery(to.number, account, "evt_2", "ch_1", NOON + 2),
    ];
    add(&mirror, &made).await;
    let first = mirror.deliveries().claim(lane(&to), true, at(NOON + 9), 1).await.unwrap();
    let options = SqliteConnectOptions::new().filename(home.file());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    assert!(mirror.deliveries().claim(lane(&to), true, at(NOON + 9), 5).await.unwrap().is_empty());
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    mirror.deliveries().finish(&first[0], &answered(200, ""), &Next::Delivered, at(NOON + 9)).await.unwrap();
    assert_eq!(mirror.deliveries().claim(lane(&to), true, at(NOON + 9), 5).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_pages_of_a_replay_are_due_together_and_one_that_ended_takes_none() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let row = mirror.replays().insert("rp_1", to.number, "{}", 10, at(NOON)).await.unwrap();
    let page = |event: &str, created: i64, cursor: Option<&str>| ReplayPage {
        deliveries: vec![NewDelivery {
            replay: Some(row.number),
            ..delivery(to.number, account, event, "ch_1", created)
        }],
        left_out: 0,
        cursor: cursor.map(str::to_owned),
    };
    // The newer come first, as they are looked up.
    let newer = page("evt_new", NOON - 10, Some("1"));
    assert!(mirror.replays().add_page(row.number, &newer, at(NOON + 1)).await.unwrap());
    let older = page("evt_old", NOON - 20, Some("2"));
    assert!(mirror.replays().add_page(row.number, &older, at(NOON + 5)).await.unwrap());
    let of_replay = Lane { endpoint: to.number, replay: Some(row.number) };
    let first = mirror.deliveries().claim(of_replay, false, at(NOON + 9), 1).await.unwrap().remove(0);
    let first = mirror.deliveries().by_number(first.number).await.unwrap().unwrap();
    assert_eq!((first.event_id.as_str(), first.next_try_at), ("evt_old", at(NOON)));
    mirror.replays().give_up(row.number, "{\"why\":1}", at(NOON + 10)).await.unwrap();
    let late = page("evt_late", NOON - 30, None);
    assert!(!mirror.replays().add_page(row.number, &late, at(NOON + 11)).await.unwrap());
    let ended = mirror.replays().by_id("rp_1").await.unwrap().unwrap();
    assert_eq!((ended.problem.as_deref(), ended.ended_at), (Some("{\"why\":1}"), Some(at(NOON + 10))));
    assert_eq!(mirror.replays().counts(row.number).await.unwrap().canceled, 1);
}

#[tokio::test]
async fn what_was_taken_after_it_failed_did_not_fail_whichever_was_made_first() {
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let one = |event: &str| vec![delivery(to.number, account, event, "ch_1", NOON)];
    let early = replay(&mirror, "rp_early", &to, one("evt_1"), NOON).await;
    let late = replay(&mirror, "rp_late", &to, one("evt_1"), NOON + 1).await;
    let claimed = mirror.deliveries().claim(early, false, at(NOON + 2), 1).await.unwrap().remove(0);
    let failed = mirror.deliveries().claim(late, false, at(NOON + 2), 1).await.unwrap().remove(0);
    mirror.deliveries().finish(&failed, &answered(500, ""), &Next::GiveUp, at(NOON + 3)).await.unwrap();
    let since = async || {
        let replays = mirror.replays();
        replays.failed_since(at(NOON), None, to.number, 0, 10).await.unwrap().len()
    };
    assert_eq!(since().await, 1);
    mirror.deliveries().finish(&claimed, &answered(200, ""), &Next::Delivered, at(NOON + 4)).await.unwrap();
    assert_eq!(since().await, 0, "it was taken since");
}

#[tokio::test]
async fn days_on_which_nothing_was_tried_are_no_days_of_failing() {
    const PAUSE_MOST_MS: i64 = 36 * 3_600_000;
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    let failing = async |now: i64| {
        mirror.endpoints().failing_without_pause(to.number, at(now), PAUSE_MOST_MS).await.unwrap()
    };
    let many = NewDelivery { tries: 20, ..delivery(to.number, account, "evt_1", "ch_1", NOON) };
    add(&mirror, &[many]).await;
    assert_eq!(failing(NOON).await, None);
    for day in 0..3 {
        fail_once(&mirror, &to, NOON + day * DAY_S).await;
    }
    assert_eq!(failing(NOON + 3 * DAY_S).await, Some(at(NOON)), "each day a try");
    // Then Paydesk is closed for six days.
    let back = NOON + 8 * DAY_S;
    assert_eq!(failing(back).await, Some(at(back)));
    fail_once(&mirror, &to, back).await;
    assert_eq!(failing(back + DAY_S).await, Some(at(back)), "the pause stays one");
    let mut facts = to.facts.clone();
    let since = async || mirror.endpoints().by_id("ep_1").await.unwrap().unwrap().failing_since;
    facts.ordered = true;
    mirror.endpoints().change("ep_1", &facts, false).await.unwrap();
    assert_eq!(since().await, Some(at(NOON)));
    facts.url = "https://example.org/".to_owned();
    mirror.endpoints().change("ep_1", &facts, false).await.unwrap();
    assert_eq!(since().await, None, "another address has not failed yet");
}

#[tokio::test]
async fn a_clock_that_was_wrong_puts_nothing_off() {
    const LONGEST_MS: i64 = 30 * 3_600_000;
    let (_home, mirror, account) = shop().await;
    let to = endpoint(&mirror, "ep_1").await;
    for event in ["evt_1", "evt_2"] {
        add(&mirror, &[delivery(to.number, account, event, "ch_1", NOON)]).await;
    }
    let (near, far) = (claim_one(&mirror, &to, NOON + 1).await, claim_one(&mirror, &to, NOON + 1).await);
    for (one, wait_s) in [(&near, 3_600), (&far, 400 * DAY_S)] {
        let next = Next::TryAt(at(NOON + wait_s));
        mirror.deliveries().finish(one, &answered(500, ""), &next, at(NOON + 2)).await.unwrap();
    }
    let mended = mirror.deliveries().clock_was_set(at(NOON + 5), LONGEST_MS, at(NOON + 65)).await.unwrap();
    assert_eq!(mended, 1, "what waits as it should goes on waiting");
    assert_eq!(mirror.deliveries().next_due(lane(&to), None).await.unwrap(), Some(at(NOON + 5)));
    assert_eq!(
        mirror.deliveries().next_due(lane(&to), Some(at(NOON + 5))).await.unwrap(),
        Some(at(NOON + 3_600))
    );
}

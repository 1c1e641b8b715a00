//! The undo window: counted down by one Desk, undone or released, never both, and never sent by a Desk that
//! did not count it.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::time::Duration;

use contract::home::ShowHome;
use contract::refunds::{
    AcknowledgeIntent, CountRefunds, IssueRefund, ListRefunds, RefundView, ReleaseIntent, SetUndoWindow,
    SettleRefunds, WithdrawIntent,
};
use contract::shared::Shell;
use contract::{ErrorCode, MoneyMoved, Scope};
use desk::Connection;
use domain::{Environment, Timestamp};

use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor};

/// A window of the sandbox, for which the home's settings count.
const WINDOW: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Window };

/// A clock that stands still.
struct At(Timestamp);

impl operations::Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn waiting(payment: &str, seconds: u32) -> IssueRefund {
    IssueRefund { undo_seconds: Some(seconds), ..refund(payment, "5.00") }
}

fn id_of(view: &RefundView) -> String {
    view.intent_id.clone().unwrap()
}

async fn withdraw(desk: &Connection, view: &RefundView) -> Result<RefundView, contract::ErrorBody> {
    desk.call(SANDBOX, WithdrawIntent { intent_id: id_of(view) }).await
}

async fn now(desk: &Connection, view: &RefundView) -> RefundView {
    let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
    listed.items.into_iter().find(|one| one.intent_id == view.intent_id).unwrap()
}

async fn settled(desk: &Connection, view: &RefundView) -> RefundView {
    let request = SettleRefunds { intent_id: view.intent_id.clone(), wait_ms: Some(120_000) };
    let page = desk.call(SANDBOX, request).await.unwrap();
    match page.items.into_iter().next() {
        Some(found) => found,
        // It ended before it was asked for.
        None => now(desk, view).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_waits_and_leaves_when_its_window_is_over() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let sent = || vendor.counters().requests.get("POST /v1/refunds").copied().unwrap_or(0);
    let before = sent();
    let issued = desk.call(SANDBOX, waiting(&payment, 2)).await.unwrap();
    assert_eq!((issued.state.as_deref(), issued.stoppable.as_str()), (Some("waiting"), "here"), "{issued:?}");
    assert!(issued.release_at.unwrap() > issued.created && issued.can_withdraw && issued.can_send);
    assert_eq!(sent(), before, "nothing leaves before the window is over");
    let ended = settled(&desk, &issued).await;
    assert_eq!((ended.state.as_deref(), ended.release_at), (Some("settled"), None), "{ended:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    let error = withdraw(&desk, &issued).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::AlreadyLeft, MoneyMoved::Yes), "{error:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_undone_never_leaves_and_the_payment_is_free_again() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let issued = desk.call(SANDBOX, waiting(&payment, 60)).await.unwrap();
    let other = desk.call(SANDBOX, refund(&payment, "1.00")).await.unwrap_err();
    assert_eq!(other.code, ErrorCode::OpenIntent, "what waits holds its payment");
    // What waits was not shown to its end, so the same wish again is the same refund.
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: id_of(&issued) }).await.unwrap();
    let again = desk.call(SANDBOX, waiting(&payment, 60)).await.unwrap();
    assert_eq!((&again.intent_id, again.repeated), (&issued.intent_id, true));
    let withdrawn = withdraw(&desk, &issued).await.unwrap();
    assert_eq!((withdrawn.state.as_deref(), withdrawn.stoppable.as_str()), (Some("canceled"), "no"));
    // To undo it twice is to undo it once.
    assert_eq!(withdraw(&desk, &issued).await.unwrap().state.as_deref(), Some("canceled"));
    let send = ReleaseIntent { intent_id: id_of(&issued), wait_ms: None };
    let error = desk.call(SANDBOX, send).await.unwrap_err();
    assert_eq!((error.code, error.money_moved), (ErrorCode::NotWaiting, MoneyMoved::No), "{error:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    // The same wish again is a new one: what was undone is no repeat.
    let anew = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!((anew.state.as_deref(), anew.repeated), (Some("settled"), false));
    assert_ne!(anew.intent_id, issued.intent_id);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_now_it_does_not_wait() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let issued = desk.call(SANDBOX, waiting(&payment, 60)).await.unwrap();
    let send = || ReleaseIntent { intent_id: id_of(&issued), wait_ms: None };
    let (one, other) = tokio::join!(desk.call(SANDBOX, send()), desk.call(SANDBOX, send()));
    let sent: Vec<_> = [one, other].into_iter().flatten().collect();
    assert!(!sent.is_empty() && sent.iter().all(|one| one.state.as_deref() == Some("settled")), "{sent:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_races_with_the_release_is_told_truthfully() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let mut undone = 0;
    let payments = crate::support::find(&desk, "status:succeeded currency:usd").await.items;
    let whole = payments.iter().filter(|one| one.captured.minor > 2_000 && one.state == "succeeded");
    for payment in whole.take(12) {
        let issued = desk.call(SANDBOX, waiting(&payment.id, 60)).await.unwrap();
        let send = ReleaseIntent { intent_id: id_of(&issued), wait_ms: None };
        let (released, withdrawn) = tokio::join!(desk.call(SANDBOX, send), withdraw(&desk, &issued));
        let made = vendor.counters().refunds_by_charge.get(&payment.id).copied().unwrap_or(0);
        match withdrawn {
            Ok(view) => {
                undone += 1;
                assert_eq!((view.state.as_deref(), made), (Some("canceled"), 0), "{released:?}");
            }
            Err(error) => {
                assert_eq!((error.code, made), (ErrorCode::AlreadyLeft, 1), "{error:?}");
                assert_eq!(released.unwrap().state.as_deref(), Some("settled"));
            }
        }
        assert_eq!(made == 0, now(&desk, &issued).await.state.as_deref() == Some("canceled"));
    }
    assert!(undone <= 12);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_ended_while_nothing_ran_is_never_sent_by_itself() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = crate::support::find(&desk, "status:succeeded currency:usd").await.items;
    let whole: Vec<_> =
        payments.iter().filter(|one| one.captured.minor > 2_000 && one.state == "succeeded").collect();
    let (first, second) = (whole[0].id.clone(), whole[1].id.clone());
    let one = desk.call(SANDBOX, waiting(&first, 60)).await.unwrap();
    let other = desk.call(SANDBOX, waiting(&second, 60)).await.unwrap();
    desk.close().await;
    // A Desk that works by itself finds them an hour later, and asks.
    let later = At(other.created.plus_ms(3_600_000));
    let desk = Connection::open_at(home.options(true), Arc::new(later)).await.unwrap();
    for (issued, payment) in [(&one, &first), (&other, &second)] {
        let found = now(&desk, issued).await;
        assert_eq!(found.state.as_deref(), Some("needs_person"), "{found:?}");
        assert_eq!(found.problem.as_deref(), Some("undo_ran_out"));
        assert!(found.can_send && found.can_withdraw && !found.can_close, "{found:?}");
        assert_eq!(vendor.counters().refunds_by_charge.get(payment), None);
    }
    // Both ways out: what is withdrawn stays here, what is sent is sent once.
    assert_eq!(withdraw(&desk, &one).await.unwrap().state.as_deref(), Some("canceled"));
    let send = ReleaseIntent { intent_id: id_of(&other), wait_ms: None };
    let sent = desk.call(SANDBOX, send).await.unwrap();
    assert_eq!((sent.state.as_deref(), sent.problem.as_deref()), (Some("settled"), None), "{sent:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&first), None);
    assert_eq!(vendor.counters().refunds_by_charge.get(&second), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_goes_on_counting_after_a_restart() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payment = refundable(&desk).await;
    let issued = desk.call(SANDBOX, waiting(&payment, 60)).await.unwrap();
    desk.close().await;
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), None);
    // A command that only looks counts nothing down.
    let desk = home.open().await;
    let found = now(&desk, &issued).await;
    assert_eq!(found.state.as_deref(), Some("waiting"), "{found:?}");
    assert_eq!(found.release_at, Some(issued.created.plus_ms(60_000)));
    desk.close().await;
    let last_second = At(issued.created.plus_ms(59_000));
    let desk = Connection::open_at(home.options(true), Arc::new(last_second)).await.unwrap();
    let ended = settled(&desk, &issued).await;
    assert_eq!(ended.state.as_deref(), Some("settled"), "{ended:?}");
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_of_the_settings_counts_for_windows_alone() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    assert_eq!(desk.call(WINDOW, ShowHome::default()).await.unwrap().undo_seconds, 10);
    let payment = refundable(&desk).await;
    let issued = desk.call(WINDOW, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(issued.state.as_deref(), Some("waiting"), "{issued:?}");
    assert_eq!(issued.release_at.map(|at| at.ms_since(issued.created) > 5_000), Some(true));
    withdraw(&desk, &issued).await.unwrap();
    for seconds in [61, u32::MAX] {
        let error = desk.call(WINDOW, SetUndoWindow { seconds }).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadRequest);
        let error = desk.call(SANDBOX, waiting(&payment, seconds)).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (ErrorCode::BadRequest, MoneyMoved::No));
    }
    desk.call(WINDOW, SetUndoWindow { seconds: 0 }).await.unwrap();
    let at_once = desk.call(WINDOW, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(at_once.state.as_deref(), Some("settled"), "{at_once:?}");
    desk.close().await;
    // It is kept, and a command never waits unless it says so.
    let desk = home.open().await;
    assert_eq!(desk.call(WINDOW, ShowHome::default()).await.unwrap().undo_seconds, 0);
    desk.call(WINDOW, SetUndoWindow { seconds: 60 }).await.unwrap();
    desk.call(SANDBOX, AcknowledgeIntent { intent_id: id_of(&at_once) }).await.unwrap();
    let by_command = desk.call(SANDBOX, refund(&payment, "5.00")).await.unwrap();
    assert_eq!(by_command.state.as_deref(), Some("settled"), "{by_command:?}");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_counted_by_state() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let payments = crate::support::find(&desk, "status:succeeded currency:usd").await.items;
    let mut whole = payments
        .iter()
        .filter(|one| one.captured.minor > 2_000 && one.state == "succeeded")
        .map(|one| &one.id);
    let mut next = || whole.next().unwrap().clone();
    desk.call(SANDBOX, refund(&next(), "5.00")).await.unwrap();
    desk.call(SANDBOX, waiting(&next(), 60)).await.unwrap();
    let undone = desk.call(SANDBOX, waiting(&next(), 60)).await.unwrap();
    withdraw(&desk, &undone).await.unwrap();
    go_wrong(&vendor, "POST /v1/refunds:503");
    let lost = IssueRefund { wait_ms: Some(50), ..refund(&next(), "5.00") };
    desk.call(SANDBOX, lost).await.unwrap();
    let counted = async || {
        let counts = desk.call(SANDBOX, CountRefunds::default()).await.unwrap();
        let pairs = counts.states.into_iter().map(|one| (one.state, one.count));
        pairs.collect::<std::collections::BTreeMap<_, _>>()
    };
    // The last one is prepared, sent and unsettled by turns, as it is tried again.
    let counts = counted().await;
    assert_eq!((counts["settled"], counts["waiting"], counts["canceled"]), (1, 1, 1), "{counts:?}");
    assert_eq!(counts.values().sum::<u64>(), 4, "{counts:?}");
    let listed = desk.call(SANDBOX, ListRefunds::default()).await.unwrap();
    assert_eq!(listed.total, 4);
    tokio::time::timeout(Duration::from_secs(60), desk.close()).await.unwrap();
}

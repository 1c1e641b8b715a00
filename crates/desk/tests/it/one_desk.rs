//! One Desk per home: who owns it, who talks to it, who takes over.

use contract::ErrorCode;
use contract::home::ShowHome;
use contract::refunds::ListRefunds;
use desk::Connection;

use crate::support::{SANDBOX, TestHome, connected, go_wrong, refund, refundable, small_vendor};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_shells_at_once_have_one_owner_and_all_are_answered() {
    let home = TestHome::new();
    let opening = (0..50).map(|_| Connection::open(home.options(false)));
    let shells: Vec<Connection> =
        futures::future::join_all(opening).await.into_iter().map(Result::unwrap).collect();
    let mut owners = 0;
    for shell in &shells {
        owners += u32::from(shell.owns_desk().await);
    }
    assert_eq!(owners, 1);
    let asked = shells.iter().map(|shell| shell.call(SANDBOX, ShowHome::default()));
    for answer in futures::future::join_all(asked).await {
        assert_eq!(answer.unwrap().desk_process, std::process::id());
    }
    for shell in shells {
        shell.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_leaves_the_next_request_takes_over() {
    let home = TestHome::new();
    let first = home.open().await;
    let second = home.open().await;
    assert!(first.owns_desk().await && !second.owns_desk().await);
    first.close().await;
    second.call(SANDBOX, ShowHome::default()).await.unwrap();
    assert!(second.owns_desk().await);
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g3_one_request_sent_fifty_times_over_two_shells_is_one_refund() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let (one, other) = (home.open().await, home.open().await);
    connected(&one, &vendor, "shop").await;
    let payment = refundable(&one).await;
    let request = refund(&payment, "5.00");
    let clicks = (0..50).map(|click| {
        let shell = if click % 2 == 0 { &one } else { &other };
        shell.call(SANDBOX, request.clone())
    });
    let answers = futures::future::join_all(clicks).await;
    let intents: std::collections::HashSet<String> =
        answers.into_iter().filter_map(|answer| answer.unwrap().intent_id).collect();
    assert_eq!(intents.len(), 1);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    let listed = other.call(SANDBOX, ListRefunds::default()).await.unwrap();
    assert_eq!((listed.total, listed.items[0].state.as_deref()), (1, Some("settled")));
    other.close().await;
    one.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_different_wishes_for_one_payment_at_once_are_one_refund() {
    let vendor = small_vendor().await;
    let home = TestHome::new();
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    go_wrong(&vendor, "POST /v1/refunds:latency=300");
    let payment = refundable(&desk).await;
    let (first, second) = tokio::join!(
        desk.call(SANDBOX, refund(&payment, "5.00")),
        desk.call(SANDBOX, refund(&payment, "6.00"))
    );
    let refused = match (&first, &second) {
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => error.code,
        both => panic!("exactly one must be refused: {both:?}"),
    };
    assert_eq!(refused, ErrorCode::OpenIntent);
    assert_eq!(vendor.counters().refunds_by_charge.get(&payment), Some(&1));
    desk.close().await;
}

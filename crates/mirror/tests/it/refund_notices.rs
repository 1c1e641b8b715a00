//! Notices of refunds in the file: once for each refund that settles while the rule is on, and held back where a refund may have been told of elsewhere.

use domain::MessageChannel;
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{AccountId, Environment};
use mirror::{Mirror, NoticeRule, NoticeState, RefundNotice, RestoreOptions, restore};

use crate::support::*;

async fn with_rule(mirror: &Mirror, account: AccountId, is_on: bool) {
    let rule = NoticeRule { is_on, channel: MessageChannel::Email, ..NoticeRule::default() };
    mirror.refund_notices().set_rule(account, &rule, at(NOON)).await.unwrap();
}

async fn issued(mirror: &Mirror, account: AccountId, payment: &str) -> Intent {
    let one = intent(account, IntentKind::Refund, payment, 100);
    mirror.intents().insert_refund(&one, 500).await.unwrap();
    one
}

/// Settles a refund as the vendor's answer does.
async fn settle(mirror: &Mirror, intent: &Intent, refund_id: &str, status: &str) {
    let settled = Intent {
        state: IntentState::Settled,
        object_id: Some(refund_id.to_owned()),
        object_status: Some(status.to_owned()),
        updated_at: at(NOON + 5),
        ..intent.clone()
    };
    let made = refund(refund_id, intent.target_id.as_deref().unwrap(), 100);
    assert!(mirror.intents().settle_with_refund(&settled, &made, b"{}", at(NOON + 60)).await.unwrap());
}

async fn of(mirror: &Mirror, account: AccountId, payment: &str) -> Vec<RefundNotice> {
    mirror.refund_notices().of_payment(account, payment, 10).await.unwrap()
}

#[tokio::test]
async fn a_refund_has_one_notice_from_the_transaction_that_settles_it_and_none_without_a_rule_or_where_it_failed()
 {
    let (_home, mirror, account) = shop().await;
    let before = issued(&mirror, account, "ch_0").await;
    settle(&mirror, &before, "re_0", "succeeded").await;
    assert_eq!(of(&mirror, account, "ch_0").await, [], "there is no rule");
    with_rule(&mirror, account, true).await;
    let first = issued(&mirror, account, "ch_1").await;
    assert_eq!(of(&mirror, account, "ch_1").await, [], "nothing has settled");
    settle(&mirror, &first, "re_1", "pending").await;
    settle(&mirror, &first, "re_1", "succeeded").await;
    let found = of(&mirror, account, "ch_1").await;
    assert_eq!(
        (found.len(), found[0].state, found[0].refund_id.as_deref()),
        (1, NoticeState::Waiting, Some("re_1"))
    );
    let failed = issued(&mirror, account, "ch_2").await;
    settle(&mirror, &failed, "re_2", "failed").await;
    assert_eq!(of(&mirror, account, "ch_2").await, []);
    with_rule(&mirror, account, false).await;
    let late = issued(&mirror, account, "ch_3").await;
    settle(&mirror, &late, "re_3", "succeeded").await;
    assert_eq!(of(&mirror, account, "ch_3").await, []);
}

#[tokio::test]
async fn what_came_to_its_end_stays_and_what_is_put_off_comes_when_it_is_due() {
    let (_home, mirror, account) = shop().await;
    with_rule(&mirror, account, true).await;
    let one = issued(&mirror, account, "ch_1").await;
    settle(&mirror, &one, "re_1", "succeeded").await;
    let notices = mirror.refund_notices();
    let due = notices.due(at(NOON + 5), 10).await.unwrap();
    notices.put_off(due[0].number, "vault_locked", at(NOON + 50), at(NOON + 6)).await.unwrap();
    assert!(notices.due(at(NOON + 49), 10).await.unwrap().is_empty());
    assert_eq!(notices.due(at(NOON + 50), 10).await.unwrap().len(), 1);
    assert_eq!(notices.count_waiting(account).await.unwrap(), 1);
    notices.end(due[0].number, NoticeState::NotSent, Some("no_address"), at(NOON + 51)).await.unwrap();
    notices.end(due[0].number, NoticeState::Done, None, at(NOON + 52)).await.unwrap();
    let ended = notices.not_sent(account, 10).await.unwrap();
    assert_eq!(ended[0].reason.as_deref(), Some("no_address"));
    assert_eq!(notices.count_waiting(account).await.unwrap(), 0);
}

#[tokio::test]
async fn a_copy_that_comes_back_tells_nobody_of_a_refund_that_was_told_of_since() {
    let (home, mirror, account) = shop().await;
    with_rule(&mirror, account, true).await;
    let open = issued(&mirror, account, "ch_1").await;
    let waiting = issued(&mirror, account, "ch_2").await;
    settle(&mirror, &waiting, "re_2", "succeeded").await;
    let copy = home.folder().join("copy.db");
    mirror.backup(&copy, home.key.as_ref()).await.unwrap();
    settle(&mirror, &open, "re_1", "succeeded").await;
    for notice in mirror.refund_notices().due(at(NOON + 9), 10).await.unwrap() {
        mirror.refund_notices().end(notice.number, NoticeState::Done, None, at(NOON + 9)).await.unwrap();
    }
    mirror.close().await.unwrap();
    let options = |path| RestoreOptions {
        from: copy.clone(),
        path,
        environment: Environment::Test,
        key: home.key.clone(),
        now: at(NOON + 90),
    };

    // Beside the present file, which knows what was told.
    restore(&options(home.file())).await.unwrap();
    let back = home.open().await;
    for payment in ["ch_1", "ch_2"] {
        assert_eq!(of(&back, account, payment).await[0].state, NoticeState::Done, "{payment}");
    }
    back.close().await.unwrap();

    // Without it nobody knows, so nothing is told by itself: neither what waited nor what is found settled later.
    std::fs::remove_file(home.file()).unwrap();
    restore(&options(home.file())).await.unwrap();
    let back = home.open().await;
    settle(&back, &open, "re_1", "succeeded").await;
    for payment in ["ch_1", "ch_2"] {
        let found = of(&back, account, payment).await;
        let reason = found[0].reason.as_deref();
        assert_eq!(
            (found.len(), found[0].state, reason),
            (1, NoticeState::NotSent, Some("restored_intent")),
            "{payment}"
        );
    }
    assert!(back.refund_notices().due(at(NOON + 99), 10).await.unwrap().is_empty());
    assert!(back.refund_notices().rule(account).await.unwrap().is_on);
}

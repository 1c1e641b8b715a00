//! Accounts, intents, calls and the audit log.

use domain::intent::{Intent, IntentKind, IntentState};
use domain::{IntentId, Label, RequestId, Timestamp};
use mirror::{AccountFacts, ApiCallRow, Inserted, IntentFilter, KeyReference, MirrorError};

use crate::support::*;

#[tokio::test]
async fn accounts_are_kept_found_and_renamed() {
    let (_home, mirror, account) = shop().await;
    let mut other = account_row("other");
    other.key_reference = KeyReference::Variable("STRIPE_KEY".to_owned());
    mirror.accounts().insert(&other).await.unwrap();
    assert_eq!(mirror.accounts().by_id(other.id).await.unwrap(), Some(other.clone()));
    assert_eq!(mirror.accounts().by_label("shop").await.unwrap().unwrap().id, account);
    let taken = mirror.accounts().insert(&account_row("shop")).await.unwrap_err();
    assert!(matches!(taken, MirrorError::LabelTaken), "{taken}");
    let label: Label = "shop".parse().unwrap();
    assert_eq!(mirror.accounts().rename(other.id, &label, at(NOON)).await.unwrap_err().code(), "label_taken");
    mirror.accounts().rename(other.id, &"third".parse().unwrap(), at(NOON)).await.unwrap();
    let facts = AccountFacts {
        vendor_account_id: Some("acct_2".to_owned()),
        vendor_name: None,
        rights_json: "{\"refunds\":\"write\"}".to_owned(),
        default_currency: Some("eur".to_owned()),
    };
    mirror.accounts().update_facts(other.id, &facts).await.unwrap();
    let back = mirror.accounts().by_label("third").await.unwrap().unwrap();
    assert_eq!((back.vendor_account_id, back.rights_json), (facts.vendor_account_id, facts.rights_json));
    let mut live = account_row("live");
    live.environment = domain::Environment::Live;
    assert_eq!(mirror.accounts().insert(&live).await.unwrap_err().code(), "mirror_wrong_environment");
}

#[tokio::test]
async fn an_intent_comes_back_as_it_was_and_survives_a_restart() {
    let (home, mirror, account) = shop().await;
    let intent = intent(account, IntentKind::Refund, "ch_1", 100);
    assert_eq!(mirror.intents().insert_refund(&intent, 500).await.unwrap(), Inserted::New);
    mirror.close().await.unwrap();
    let mirror = home.open().await;
    let intents = mirror.intents();
    assert_eq!(intents.by_id(intent.id).await.unwrap().as_ref(), Some(&intent));
    assert_eq!(intents.by_request_id(intent.request_id).await.unwrap().as_ref(), Some(&intent));
    assert_eq!(intents.by_idempotency_key(&intent.idempotency_key).await.unwrap().as_ref(), Some(&intent));
    assert_eq!(intents.pending().await.unwrap(), std::slice::from_ref(&intent));
    assert_eq!(intents.open_for_payment(account, "ch_1").await.unwrap().as_ref(), Some(&intent));
    assert_eq!(intents.count_by_state(None).await.unwrap(), [(IntentState::Prepared, 1)]);
    assert_eq!(intents.not_shown_at(account, "ch_1", Timestamp::from_ms(i64::MAX)).await.unwrap(), [intent]);
}

#[tokio::test]
async fn an_end_shown_after_a_moment_was_not_shown_at_it() {
    let (_home, mirror, account) = shop().await;
    let intents = mirror.intents();
    let mut made = intent(account, IntentKind::CreatePayment, "pi_1", 100);
    intents.insert(&made).await.unwrap();
    let since = made.created_at;
    let shown_at = since.plus_ms(5_000);
    let at = |moment| intents.of_kind_not_shown_at(account, IntentKind::CreatePayment, since, moment);
    assert_eq!(at(shown_at).await.unwrap().len(), 1);
    made.acknowledged_at = Some(shown_at);
    assert!(intents.update(&made, made.state).await.unwrap());
    assert_eq!(at(shown_at.plus_ms(-1)).await.unwrap().len(), 1, "it was shown only after it");
    assert_eq!(at(shown_at).await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_same_request_twice_gives_the_first_intent() {
    let (_home, mirror, account) = shop().await;
    let first = intent(account, IntentKind::Refund, "ch_1", 100);
    mirror.intents().insert_refund(&first, 500).await.unwrap();
    let repeat = Intent { request_id: first.request_id, ..intent(account, IntentKind::Refund, "ch_1", 100) };
    let outcome = mirror.intents().insert_refund(&repeat, 500).await.unwrap();
    assert_eq!(outcome, Inserted::Already(Box::new(first)));
    assert_eq!(mirror.intents().list(&IntentFilter::default(), 10, None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn one_open_intent_per_payment_by_check_and_by_index() {
    let (_home, mirror, account) = shop().await;
    let first = intent(account, IntentKind::Refund, "ch_1", 100);
    mirror.intents().insert_refund(&first, 500).await.unwrap();
    let second = intent(account, IntentKind::Refund, "ch_1", 100);
    match mirror.intents().insert_refund(&second, 500).await.unwrap_err() {
        MirrorError::OpenIntentExists { payment_id, intent_id } => {
            assert_eq!((payment_id.as_str(), intent_id), ("ch_1", first.id));
        }
        other => panic!("{other}"),
    }
    for state in [IntentState::Waiting, IntentState::Sent, IntentState::Unsettled, IntentState::NeedsPerson] {
        let target = format!("ch_{state}");
        let mut held = intent(account, IntentKind::Capture, &target, 100);
        held.state = state;
        held.release_at = Some(at(NOON + 10));
        mirror.intents().insert(&held).await.unwrap();
        let refused =
            mirror.intents().insert_refund(&intent(account, IntentKind::Refund, &target, 1), 500).await;
        assert_eq!(refused.unwrap_err().code(), "open_intent_exists", "{state}");
    }
    let mut customer = intent(account, IntentKind::AttachPaymentMethod, "ch_1", 1);
    customer.amount = None;
    mirror.intents().insert(&customer).await.unwrap();
    let unguarded =
        mirror.intents().insert(&intent(account, IntentKind::Refund, "ch_9", 1)).await.unwrap_err();
    assert_eq!(unguarded.code(), "mirror_mismatch");
    // The index stands behind the check: an ended intent cannot come back beside an open one.
    let mut done = intent(account, IntentKind::Refund, "ch_2", 100);
    done.state = IntentState::Refused;
    mirror.intents().insert_refund(&done, 500).await.unwrap();
    mirror.intents().insert_refund(&intent(account, IntentKind::Refund, "ch_2", 100), 500).await.unwrap();
    let back = Intent { state: IntentState::Unsettled, ..done };
    let refused = mirror.intents().update(&back, IntentState::Refused).await.unwrap_err();
    assert!(
        matches!(&refused, MirrorError::Constraint { name } if name.contains("intents.target_id")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_step_is_written_only_from_its_own_state_and_only_forward() {
    let (_home, mirror, account) = shop().await;
    let prepared = intent(account, IntentKind::Refund, "ch_1", 100);
    mirror.intents().insert_refund(&prepared, 500).await.unwrap();
    let mut sent = prepared.clone();
    sent.state = IntentState::Sent;
    sent.progress.sends = 1;
    assert!(mirror.intents().update(&sent, IntentState::Prepared).await.unwrap());
    assert!(!mirror.intents().update(&sent, IntentState::Prepared).await.unwrap());
    let mut unsettled = sent.clone();
    unsettled.state = IntentState::Unsettled;
    unsettled.progress.doubtful = true;
    unsettled.acknowledged_at = Some(at(NOON + 5));
    assert!(mirror.intents().update(&unsettled, IntentState::Sent).await.unwrap());
    let mut stale = unsettled.clone();
    stale.progress.doubtful = false;
    assert!(!mirror.intents().update(&stale, IntentState::Unsettled).await.unwrap());
    assert_eq!(mirror.intents().by_id(prepared.id).await.unwrap(), Some(unsettled.clone()));
    // Looks that found nothing are counted anew after each try, so their count may become smaller.
    let mut looked = unsettled.clone();
    looked.progress.empty_looks = 2;
    looked.progress.empty_since = Some(at(NOON + 6));
    assert!(mirror.intents().update(&looked, IntentState::Unsettled).await.unwrap());
    assert_eq!(mirror.intents().by_id(prepared.id).await.unwrap(), Some(looked.clone()));
    let mut refused_in_doubt = looked;
    refused_in_doubt.progress.refused_in_doubt = true;
    refused_in_doubt.progress.empty_looks = 0;
    refused_in_doubt.progress.empty_since = None;
    assert!(mirror.intents().update(&refused_in_doubt, IntentState::Unsettled).await.unwrap());
    assert_eq!(mirror.intents().by_id(prepared.id).await.unwrap(), Some(refused_in_doubt));
    let unknown = Intent { id: IntentId::generate(), ..sent };
    assert!(!mirror.intents().update(&unknown, IntentState::Sent).await.unwrap());
}

#[tokio::test]
async fn settling_writes_intent_and_refund_together_and_never_another_refund() {
    let (_home, mirror, account) = shop().await;
    let sent = intent(account, IntentKind::Refund, "ch_1", 100);
    mirror.intents().insert_refund(&sent, 500).await.unwrap();
    let mut settled = sent.clone();
    settled.state = IntentState::Settled;
    settled.object_id = Some("re_1".to_owned());
    settled.object_status = Some("pending".to_owned());
    let mut made = refund("re_1", "ch_1", 100);
    made.intent_id = Some(sent.id.to_string());
    let intents = mirror.intents();
    assert!(intents.settle_with_refund(&settled, &made, b"{}", at(NOON + 60)).await.unwrap());
    assert!(intents.settle_with_refund(&settled, &made, b"{}", at(NOON + 61)).await.unwrap());
    assert_eq!(mirror.refunds().by_intent(sent.id).await.unwrap().unwrap().value, made);
    assert_eq!(intents.by_object_id(account, "re_1").await.unwrap(), Some(settled.clone()));
    let other = Intent { object_id: Some("re_2".to_owned()), ..settled.clone() };
    let another = refund("re_2", "ch_1", 100);
    assert!(!intents.settle_with_refund(&other, &another, b"{}", at(NOON + 62)).await.unwrap());
    assert!(mirror.refunds().by_id(account, "re_2").await.unwrap().is_none());
    assert_eq!(intents.by_id(sent.id).await.unwrap(), Some(settled));
}

#[tokio::test]
async fn intents_are_listed_by_state_account_and_target_in_pages() {
    let (_home, mirror, account) = shop().await;
    let other = add_account(&mirror, "other").await;
    for number in 0..25 {
        let owner = if number % 5 == 0 { other } else { account };
        let mut one = intent(owner, IntentKind::Refund, &format!("ch_{number}"), 100);
        one.state = if number % 2 == 0 { IntentState::Settled } else { IntentState::Unsettled };
        mirror.intents().insert_refund(&one, 500).await.unwrap();
    }
    let filter =
        IntentFilter { states: vec![IntentState::Unsettled], account: Some(account), ..Default::default() };
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = mirror.intents().list(&filter, 3, after.as_deref()).await.unwrap();
        seen.extend(page.items.into_iter().map(|one| one.target_id.unwrap()));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let expected: Vec<String> = (0..25)
        .rev()
        .filter(|number| number % 2 == 1 && number % 5 != 0)
        .map(|number| format!("ch_{number}"))
        .collect();
    assert_eq!(seen, expected);
    let one = IntentFilter {
        target_id: Some("ch_7".to_owned()),
        kinds: vec![IntentKind::Refund],
        ..Default::default()
    };
    assert_eq!(mirror.intents().list(&one, 10, None).await.unwrap().items.len(), 1);
    assert_eq!(mirror.intents().list(&one, 0, None).await.unwrap_err().code(), "limit_out_of_range");
    assert_eq!(mirror.intents().list(&one, 10, Some("no")).await.unwrap_err().code(), "bad_cursor");
    assert_eq!(mirror.intents().by_request_id(RequestId::generate()).await.unwrap(), None);
}

fn call(account: domain::AccountId, call_id: &str, attempt: u32, seconds: i64) -> ApiCallRow {
    ApiCallRow {
        call_id: call_id.to_owned(),
        account_id: account,
        method: "POST".to_owned(),
        path_template: "/v1/refunds".to_owned(),
        attempt,
        status: (attempt > 1).then_some(200),
        error: (attempt == 1).then(|| "timeout".to_owned()),
        started_at: at(seconds),
        duration_ms: 80_000,
        request_id: Some("req_1".to_owned()),
        idempotency_key: Some("key-1".to_owned()),
        decision: "retry".to_owned(),
        wait_ms: Some(500),
    }
}

#[tokio::test]
async fn calls_are_grouped_newest_first_and_purged_whole() {
    let (_home, mirror, account) = shop().await;
    let stranger = domain::AccountId::generate();
    let rows = [
        call(account, "a", 1, NOON),
        call(account, "b", 1, NOON + 1),
        call(account, "a", 2, NOON + 90),
        call(stranger, "c", 1, NOON + 2),
    ];
    let rows =
        rows.map(|row| if row.call_id == "b" { ApiCallRow { method: "GET".to_owned(), ..row } } else { row });
    mirror.api_calls().insert(&rows[..2]).await.unwrap();
    mirror.api_calls().insert(&rows[2..]).await.unwrap();
    let first = mirror.api_calls().list(Some(account), false, 1, None).await.unwrap();
    assert_eq!(first.items[0].attempts, [rows[1].clone()]);
    let second = mirror.api_calls().list(Some(account), false, 1, first.next.as_deref()).await.unwrap();
    assert_eq!(second.items[0].attempts, [rows[0].clone(), rows[2].clone()]);
    assert_eq!(second.next, None);
    assert_eq!(mirror.api_calls().list(None, false, 10, None).await.unwrap().items.len(), 3);
    assert_eq!(mirror.api_calls().list(None, true, 10, None).await.unwrap().items.len(), 2);
    assert_eq!(mirror.api_calls().count(None, true).await.unwrap(), 2);
    assert_eq!(mirror.api_calls().count(Some(account), false).await.unwrap(), 2);
    assert_eq!(mirror.api_calls().purge_before(at(NOON + 1)).await.unwrap(), 2);
    assert_eq!(mirror.api_calls().list(None, false, 10, None).await.unwrap().items.len(), 2);
}

//! The journal of messages over a real file.

use domain::{
    AccountId, LinkCertainty, MessageEvent, MessageEventKind, MessageId, MessagePurpose, MessageState,
    RequestId, TellsOf, Timestamp, ToldEvent,
};
use mirror::{FindScope, MessageInserted, MessageLink, Mirror, NewMessage};

use crate::support::shop;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_780_000_000 + second)
}

fn new_message(account: AccountId, to: &str) -> NewMessage {
    NewMessage {
        id: MessageId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        purpose: MessagePurpose::Receipt,
        to: to.to_owned(),
        subject: Some("Your receipt".to_owned()),
        template: None,
        body: None,
        sandbox_mode: false,
        card_masked: false,
        link: Some(MessageLink {
            account_id: account,
            payment_id: "ch_1".to_owned(),
            customer_id: Some("cus_1".to_owned()),
            refund_id: None,
            certainty: LinkCertainty::Exact,
        }),
        created_at: at(0),
    }
}

fn told(of: Option<MessageId>, id: &str, kind: MessageEventKind, second: i64) -> ToldEvent {
    ToldEvent {
        of: TellsOf {
            message: of,
            vendor_id: Some("sg1".to_owned()),
            to: "Ada@example.com".to_owned(),
            ..TellsOf::default()
        },
        event: MessageEvent {
            id: id.to_owned(),
            kind,
            at: at(second),
            reason: Some(format!("said by {id}")),
        },
    }
}

async fn state(mirror: &Mirror, id: MessageId) -> MessageState {
    mirror.messages().by_id(id).await.unwrap().unwrap().standing.state
}

#[tokio::test]
async fn a_repeat_of_a_request_is_the_same_message_and_one_like_an_open_one_is_not_written() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let first = new_message(account, "ada@example.com");
    assert_eq!(messages.insert(&first).await.unwrap(), MessageInserted::New);
    let repeat = NewMessage { id: MessageId::generate(), ..first.clone() };
    assert!(
        matches!(messages.insert(&repeat).await.unwrap(), MessageInserted::Already(row) if row.id == first.id)
    );
    let other = new_message(account, "ADA@example.com");
    assert!(
        matches!(messages.insert(&other).await.unwrap(), MessageInserted::Open(row) if row.id == first.id)
    );
    messages.answered(first.id, MessageState::Queued, None, Some("sg1"), at(1)).await.unwrap();
    assert_eq!(messages.insert(&other).await.unwrap(), MessageInserted::New);
}

#[tokio::test]
async fn events_before_the_answer_in_any_order_and_twice_come_to_the_same() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let sent = new_message(account, "ada@example.com");
    messages.insert(&sent).await.unwrap();
    let events = [
        told(Some(sent.id), "e3", MessageEventKind::Delivered, 9),
        told(Some(sent.id), "e1", MessageEventKind::Processed, 2),
        told(Some(sent.id), "e2", MessageEventKind::Deferred, 5),
    ];
    let first = messages.apply(account, &events, at(10)).await.unwrap();
    assert_eq!((first.new, first.known, first.elsewhere), (3, 0, 0));
    let again = messages.apply(account, &events, at(11)).await.unwrap();
    assert_eq!((again.new, again.known, again.elsewhere), (0, 3, 0));
    // The answer to the send comes last and takes nothing back.
    messages.answered(sent.id, MessageState::Unsettled, None, None, at(12)).await.unwrap();
    let row = messages.by_id(sent.id).await.unwrap().unwrap();
    assert_eq!(row.standing.state, MessageState::Delivered);
    assert_eq!(row.standing.reason.as_deref(), Some("said by e3"));
    assert_eq!(messages.events(&row).await.unwrap().len(), 3);
}

#[tokio::test]
async fn events_of_what_somebody_else_sent_are_one_message_of_its_own() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let foreign = Some(MessageId::generate());
    let events =
        [told(foreign, "e1", MessageEventKind::Processed, 1), told(None, "e2", MessageEventKind::Bounced, 2)];
    let applied = messages.apply(account, &events, at(3)).await.unwrap();
    assert_eq!((applied.new, applied.elsewhere), (2, 1));
    let found = mirror
        .find_messages("purpose:elsewhere status:bounced", FindScope::all(at(4)), 50, None, None)
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].to, "Ada@example.com");
}

#[tokio::test]
async fn what_a_kill_cut_off_is_unsettled_and_later_waits_for_a_person_and_an_event_settles_it() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let sent = new_message(account, "ada@example.com");
    messages.insert(&sent).await.unwrap();
    assert_eq!(messages.recover(at(5)).await.unwrap(), 1);
    assert_eq!(state(&mirror, sent.id).await, MessageState::Unsettled);
    messages.recover(at(80 * 3_600)).await.unwrap();
    assert_eq!(state(&mirror, sent.id).await, MessageState::NeedsPerson);
    messages
        .apply(account, &[told(Some(sent.id), "e1", MessageEventKind::Delivered, 3)], at(6))
        .await
        .unwrap();
    assert_eq!(state(&mirror, sent.id).await, MessageState::Delivered);
}

#[tokio::test]
async fn a_search_finds_by_address_status_payment_and_reason() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let ada = new_message(account, "ada@example.com");
    let bob = NewMessage { link: None, ..new_message(account, "bob@example.org") };
    for one in [&ada, &bob] {
        messages.insert(one).await.unwrap();
    }
    messages.apply(account, &[told(Some(ada.id), "e1", MessageEventKind::Bounced, 3)], at(6)).await.unwrap();
    let all = FindScope::all(at(9));
    for (query, expected) in [
        ("", vec![bob.id, ada.id]),
        ("to:ada@example.com", vec![ada.id]),
        ("example.org", vec![bob.id]),
        ("ch_1", vec![ada.id]),
        ("payment:ch_1 status:bounced", vec![ada.id]),
        ("reason:\"said by\"", vec![ada.id]),
        ("-status:bounced", vec![bob.id]),
        ("to:ada@example.com OR to:bob@example.org", vec![bob.id, ada.id]),
        ("status:opened", vec![]),
        ("created:2026-05", vec![bob.id, ada.id]),
        ("%", vec![bob.id, ada.id]),
    ] {
        let found = mirror.find_messages(query, all, 50, None, None).await.unwrap();
        let ids: Vec<_> = found.items.iter().map(|one| one.id).collect();
        assert_eq!(ids, expected, "{query}");
        assert_eq!(
            mirror.count_messages(query, all, None).await.unwrap().messages,
            ids.len() as u64,
            "{query}"
        );
    }
    let page = mirror.find_messages("", all, 1, None, None).await.unwrap();
    let next = mirror.find_messages("", all, 1, page.next.as_deref(), None).await.unwrap();
    assert_eq!((next.items[0].id, next.next), (ada.id, None));
}

//! The journal of messages over a real file.

use domain::{
    AccountId, LinkCertainty, MessageEvent, MessageEventKind, MessageId, MessagePurpose, MessageState,
    Record, RequestId, TellsOf, Timestamp, ToldEvent,
};
use mirror::{FindScope, MessageInserted, MessageLink, Mirror, NewMessage};

use crate::support::{customer, seen, shop};

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_780_000_000 + second)
}

fn new_message(account: AccountId, to: &str) -> NewMessage {
    NewMessage {
        id: MessageId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        channel: domain::MessageChannel::Email,
        from: None,
        purpose: MessagePurpose::Receipt,
        to: to.to_owned(),
        subject: Some("Your receipt".to_owned()),
        template: None,
        body: None,
        sandbox_mode: false,
        card_masked: false,
        segments: None,
        fingerprint: None,
        link: Some(MessageLink {
            account_id: account,
            payment_id: "ch_1".to_owned(),
            customer_id: Some("cus_1".to_owned()),
            refund_id: None,
            certainty: LinkCertainty::Exact,
        }),
        wish: None,
        header_id: None,
        schedule: None,
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
    let first = messages.apply(account, domain::MessageChannel::Email, &events, at(10)).await.unwrap();
    assert_eq!((first.new, first.known, first.elsewhere), (3, 0, 0));
    let again = messages.apply(account, domain::MessageChannel::Email, &events, at(11)).await.unwrap();
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
    let applied = messages.apply(account, domain::MessageChannel::Email, &events, at(3)).await.unwrap();
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
    assert_eq!(messages.recover(at(5), &[]).await.unwrap(), 1);
    assert_eq!(state(&mirror, sent.id).await, MessageState::Unsettled);
    messages.recover(at(80 * 3_600), &[]).await.unwrap();
    assert_eq!(state(&mirror, sent.id).await, MessageState::NeedsPerson);
    messages
        .apply(
            account,
            domain::MessageChannel::Email,
            &[told(Some(sent.id), "e1", MessageEventKind::Delivered, 3)],
            at(6),
        )
        .await
        .unwrap();
    assert_eq!(state(&mirror, sent.id).await, MessageState::Delivered);
}

#[tokio::test]
async fn what_nobody_hands_over_any_more_is_unsettled_and_what_is_under_way_is_left_alone() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let (sending, abandoned) =
        (new_message(account, "ada@example.com"), new_message(account, "bob@example.com"));
    for one in [&sending, &abandoned] {
        messages.insert(one).await.unwrap();
    }
    assert_eq!(messages.recover(at(5), &[sending.id]).await.unwrap(), 1);
    assert_eq!(messages.recover(at(6), &[sending.id]).await.unwrap(), 0);
    assert_eq!(state(&mirror, sending.id).await, MessageState::Prepared);
    assert_eq!(state(&mirror, abandoned.id).await, MessageState::Unsettled);
    assert_eq!(messages.close(abandoned.id, at(7)).await.unwrap().standing.state, MessageState::Canceled);
}

#[tokio::test]
async fn an_erased_address_does_not_come_back_with_a_later_event() {
    let (_home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let ada = Record::Customer(customer("cus_1", "ada@example.com"));
    mirror.commit_page(account, &[seen(ada, 1)], None).await.unwrap();
    let sent = NewMessage { link: None, ..new_message(account, "ada@example.com") };
    messages.insert(&sent).await.unwrap();
    // Another of hers was sent elsewhere, which its vendor's id alone tells.
    let elsewhere = |id: &str, kind, second| {
        let mut told = told(None, id, kind, second);
        told.of.vendor_id = Some("sg2".to_owned());
        told
    };
    let events = [
        told(Some(sent.id), "e1", MessageEventKind::Processed, 2),
        elsewhere("e2", MessageEventKind::Processed, 2),
    ];
    assert_eq!(
        messages.apply(account, domain::MessageChannel::Email, &events, at(3)).await.unwrap().elsewhere,
        1
    );
    mirror.erase_person(account, "cus_1", at(4)).await.unwrap();
    let later = [
        told(Some(sent.id), "e3", MessageEventKind::Bounced, 5),
        elsewhere("e4", MessageEventKind::Bounced, 5),
    ];
    let applied = messages.apply(account, domain::MessageChannel::Email, &later, at(6)).await.unwrap();
    assert_eq!((applied.new, applied.elsewhere), (2, 0));
    let found =
        mirror.find_messages("status:bounced", FindScope::all(at(7)), 50, None, None).await.unwrap().items;
    assert_eq!(found.len(), 2);
    for message in found {
        assert!(message.to.starts_with("erased "), "{}", message.to);
        assert_eq!(message.standing.reason, None);
        for event in messages.events(&message).await.unwrap() {
            assert_eq!(event.event.reason, None);
        }
    }
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
    messages
        .apply(
            account,
            domain::MessageChannel::Email,
            &[told(Some(ada.id), "e1", MessageEventKind::Bounced, 3)],
            at(6),
        )
        .await
        .unwrap();
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

#[tokio::test]
async fn thousands_of_events_at_once_are_taken_over_in_several_transactions() {
    let (_home, mirror, account) = shop().await;
    let sent = new_message(account, "ada@example.com");
    mirror.messages().insert(&sent).await.unwrap();
    let events: Vec<ToldEvent> = (0..1_203)
        .map(|one| told(Some(sent.id), &format!("e{one}"), MessageEventKind::Opened, one))
        .collect();
    let both = [events.as_slice(), &events[..700]].concat();
    let applied =
        mirror.messages().apply(account, domain::MessageChannel::Email, &both, at(2_000)).await.unwrap();
    assert_eq!((applied.new, applied.known, applied.elsewhere), (1_203, 700, 0));
}

#[tokio::test]
async fn a_copy_that_comes_back_forgets_nothing_that_either_file_was_told() {
    let (home, mirror, account) = shop().await;
    let messages = mirror.messages();
    let mut ids = Vec::new();
    for address in ["ada@example.com", "bob@example.org", "eve@example.net"] {
        let sent = NewMessage { body: Some("Hello".to_owned()), link: None, ..new_message(account, address) };
        messages.insert(&sent).await.unwrap();
        ids.push(sent.id);
    }
    messages.recover(at(1), &[]).await.unwrap();
    let from = home.folder().join("copy.db");
    // The copy knows that Ada's was delivered and what Eve's server said, the present file that Bob's was.
    let plain = home.folder().join("before.db");
    mirror.backup(&plain, home.key.as_ref()).await.unwrap();
    let delivered = MessageEventKind::Delivered;
    for (id, event) in [(ids[0], "e1"), (ids[2], "e3")] {
        messages
            .apply(
                account,
                domain::MessageChannel::Email,
                &[told(Some(id), event, delivered.clone(), 2)],
                at(3),
            )
            .await
            .unwrap();
    }
    mirror.backup(&from, home.key.as_ref()).await.unwrap();
    mirror.close().await.unwrap();
    let back = |from: &std::path::Path| mirror::RestoreOptions {
        from: from.to_owned(),
        path: home.options().path,
        environment: home.options().environment,
        key: home.key.clone(),
        now: at(5),
    };
    // The file as it was before, so that it does not know what the copy does.
    std::fs::remove_file(home.file()).unwrap();
    std::fs::rename(&plain, home.file()).unwrap();
    let mirror = home.open().await;
    mirror
        .messages()
        .apply(account, domain::MessageChannel::Email, &[told(Some(ids[1]), "e2", delivered, 2)], at(3))
        .await
        .unwrap();
    mirror.messages().recover(at(80 * 3_600), &[]).await.unwrap();
    assert_eq!(state(&mirror, ids[0]).await, MessageState::NeedsPerson);
    mirror.messages().close(ids[2], at(4)).await.unwrap();
    mirror.erase_address("eve@example.net", at(5)).await.unwrap();
    mirror.close().await.unwrap();
    mirror::restore(&back(&from)).await.unwrap();
    let mirror = home.open().await;
    for (id, event) in ids.iter().zip(["e1", "e2", "e3"]) {
        let row = mirror.messages().by_id(*id).await.unwrap().unwrap();
        assert_eq!(row.standing.state, MessageState::Delivered, "{event}");
        let events = mirror.messages().events(&row).await.unwrap();
        assert_eq!(events.iter().map(|one| one.event.id.as_str()).collect::<Vec<_>>(), [event]);
        let is_erased = event == "e3";
        assert_eq!((row.to.starts_with("erased "), row.body.is_none()), (is_erased, is_erased), "{event}");
        assert_eq!((row.standing.reason.is_none(), events[0].event.reason.is_none()), (is_erased, is_erased));
    }
    assert!(mirror.health().await.unwrap().iter().all(mirror::SelfCheck::passed));
}

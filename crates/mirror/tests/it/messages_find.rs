//! Searches for messages: every word goes by an index or along the date, nothing is left out, and a budget says how far it looked.

use domain::{
    AccountId, LinkCertainty, MessageChannel, MessageEvent, MessageEventKind, MessageId, MessagePurpose,
    RequestId, TellsOf, Timestamp, ToldEvent,
};
use mirror::{FindScope, LookBudget, MessageLink, Mirror, NewMessage};

use crate::support::{Home, shop};

/// 2026-03-01T12:00:00Z.
const NOON: i64 = 1_772_366_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn all() -> FindScope {
    FindScope::all(at(NOON + 86_400))
}

async fn sent(mirror: &Mirror, account: AccountId, to: &str, number: i64, subject: &str) -> MessageId {
    let message = NewMessage {
        id: MessageId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        channel: MessageChannel::Email,
        from: None,
        segments: None,
        fingerprint: None,
        purpose: if number % 2 == 0 { MessagePurpose::Receipt } else { MessagePurpose::Template },
        to: to.to_owned(),
        subject: Some(subject.to_owned()),
        template: (number % 2 == 1).then(|| "d-1".to_owned()),
        body: None,
        sandbox_mode: false,
        card_masked: false,
        link: Some(MessageLink {
            account_id: account,
            payment_id: format!("ch_{number}"),
            customer_id: Some(format!("cus_{number}")),
            refund_id: None,
            certainty: LinkCertainty::Exact,
        }),
        wish: None,
        header_id: None,
        schedule: None,
        created_at: at(NOON + number),
    };
    mirror.messages().insert(&message).await.unwrap();
    message.id
}

fn told(message: MessageId, id: &str, kind: MessageEventKind, reason: &str) -> ToldEvent {
    ToldEvent {
        of: TellsOf {
            message: Some(message),
            vendor_id: Some(format!("sg{id}")),
            to: "x".to_owned(),
            ..TellsOf::default()
        },
        event: MessageEvent { id: id.to_owned(), kind, at: at(NOON + 100), reason: Some(reason.to_owned()) },
    }
}

/// Five messages: to ada, bob, carol, ada of another domain, and dora; ada's bounced, bob's was opened.
async fn stocked() -> (Home, Mirror, Vec<MessageId>) {
    let (home, mirror, account) = shop().await;
    let mut ids = Vec::new();
    for (number, to, subject) in [
        (0, "ada@example.com", "Your receipt"),
        (1, "bob@example.com", "Your parcel left"),
        (2, "carol@example.org", "Your receipt"),
        (3, "ada@example.net", "Été à Paris"),
        (4, "dora@example.com", "Your receipt"),
    ] {
        ids.push(sent(&mirror, account, to, number, subject).await);
    }
    let events = [
        told(ids[0], "e1", MessageEventKind::Bounced, "550 5.1.1 mailbox unavailable"),
        told(ids[1], "e2", MessageEventKind::Delivered, "250 mailbox accepted"),
        told(ids[1], "e3", MessageEventKind::Opened, ""),
    ];
    mirror.messages().apply(account, MessageChannel::Email, &events, at(NOON + 200)).await.unwrap();
    (home, mirror, ids)
}

#[tokio::test]
async fn a_search_finds_what_it_says_newest_first() {
    let (_home, mirror, ids) = stocked().await;
    for (query, expected) in [
        ("", "4 3 2 1 0"),
        ("sort:created", "0 1 2 3 4"),
        ("to:ada@example.com", "0"),
        ("to:ADA", "3 0"),
        ("to:ad*", "3 0"),
        ("to:@example.com", "4 1 0"),
        ("-to:@example.com", "3 2"),
        ("example.org", "2"),
        ("ada", "3 0"),
        ("status:bounced", "0"),
        ("status:opened", "1"),
        ("-status:opened status:delivered,prepared", "4 3 2"),
        ("purpose:receipt", "4 2 0"),
        ("template:d-1", "3 1"),
        ("payment:ch_2", "2"),
        ("ch_2", "2"),
        ("customer:cus_3", "3"),
        ("link:exact", "4 3 2 1 0"),
        ("link:likely", ""),
        // What a server said as it took a message is no reason why it did not.
        ("reason:mailbox", "0"),
        ("reason:mail*", "0"),
        ("-reason:mailbox", "4 3 2 1"),
        ("subject:receipt", "4 2 0"),
        ("subject:ete", "3"),
        ("receipt OR parcel", "4 2 1 0"),
        ("subject:receipt status:bounced", "0"),
        ("(to:ada OR status:opened) created:2026-03-01", "3 1 0"),
        ("created:2026-03-01T12:00:01Z..2026-03-01T12:00:03Z", "2 1"),
        ("status:prepared created:..2026-03-01T12:00:03Z", "2"),
        ("account:shop", "4 3 2 1 0"),
        ("id:sge1", "0"),
        ("created:2027", ""),
        ("subject:\"--\"", ""),
    ] {
        let found = mirror.find_messages(query, all(), 50, None, None).await;
        let found = found.unwrap_or_else(|error| panic!("{query}: {error}"));
        let places: Vec<String> = found
            .items
            .iter()
            .map(|one| ids.iter().position(|id| *id == one.id).unwrap().to_string())
            .collect();
        assert_eq!(places.join(" "), expected, "{query}");
        let counted = mirror.count_messages(query, all(), None).await.unwrap();
        assert_eq!((counted.messages, counted.exact), (found.items.len() as u64, true), "{query}");
        let budgeted = mirror.find_messages(query, all(), 50, None, Some(LookBudget::PAGE)).await.unwrap();
        assert_eq!(budgeted.items, found.items, "{query}");
    }
    let id = ids[2].to_string();
    let found = mirror.find_messages(&id, all(), 50, None, None).await.unwrap();
    assert_eq!(found.items[0].id, ids[2]);
}

#[tokio::test]
async fn words_follow_a_message_that_changes_and_go_with_a_person() {
    let (_home, mirror, ids) = stocked().await;
    let account = mirror.accounts().list().await.unwrap()[0].id;
    let count = async |query: &str| mirror.count_messages(query, all(), None).await.unwrap().messages;
    let deferred = told(ids[4], "e9", MessageEventKind::Deferred, "451 greylisted");
    mirror.messages().apply(account, MessageChannel::Email, &[deferred], at(NOON + 300)).await.unwrap();
    assert_eq!(count("reason:greylisted").await, 1);
    let delivered = told(ids[4], "e10", MessageEventKind::Delivered, "250 ok");
    mirror.messages().apply(account, MessageChannel::Email, &[delivered], at(NOON + 301)).await.unwrap();
    assert_eq!((count("reason:greylisted").await, count("subject:receipt").await), (0, 3));
}

#[tokio::test]
async fn pages_leave_nothing_out_and_a_cursor_is_of_its_search() {
    let (_home, mirror, ids) = stocked().await;
    for query in ["", "sort:created", "to:@example.com OR ada", "subject:receipt", "to:a"] {
        let whole = mirror.find_messages(query, all(), 50, None, None).await.unwrap().items;
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = mirror.find_messages(query, all(), 2, after.as_deref(), None).await.unwrap();
            read.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, whole, "{query}");
    }
    assert_eq!(ids.len(), 5);
    let page = mirror.find_messages("", all(), 2, None, None).await.unwrap();
    let other = mirror.find_messages("to:ada", all(), 2, page.next.as_deref(), None).await;
    assert_eq!(other.unwrap_err().code(), "bad_cursor");
}

#[tokio::test]
async fn a_budget_that_ends_says_how_far_it_looked_and_the_next_page_looks_further() {
    let (_home, mirror, account) = shop().await;
    let many: Vec<ToldEvent> = (0..6_000)
        .map(|one| ToldEvent {
            of: TellsOf {
                message: None,
                vendor_id: Some(format!("m{one}")),
                to: format!("p{one}@example.com"),
                ..TellsOf::default()
            },
            event: MessageEvent {
                id: format!("e{one}"),
                kind: MessageEventKind::Processed,
                at: at(NOON + one),
                reason: None,
            },
        })
        .collect();
    mirror.messages().apply(account, MessageChannel::Email, &many, at(NOON)).await.unwrap();
    // No index knows of what is not, so that message after message is looked at.
    let budget = LookBudget { steps: 1_000, rows: 2_000, time: None };
    let (mut pages, mut after, mut reached) = (0, None, at(i64::MAX / 2_000));
    loop {
        let page =
            mirror.find_messages("-status:sent", all(), 50, after.as_deref(), Some(budget)).await.unwrap();
        assert!(page.items.is_empty());
        pages += 1;
        after = page.next;
        let Some(back) = page.looked_back_to else { break };
        assert!(back < reached, "{back:?} after {reached:?}");
        reached = back;
    }
    assert!((3..=5).contains(&pages), "{pages}");
    let counted = mirror.count_messages("-status:sent", all(), Some(budget)).await.unwrap();
    assert!(!counted.exact && counted.looked_back_to.is_some());
}

#[tokio::test]
async fn every_word_goes_by_an_index_or_along_the_date() {
    let (_home, mirror, _ids) = stocked().await;
    let walk = "m USING INDEX messages_place (place>? AND place<?)";
    for (word, way) in [
        ("to:ada@example.com", "messages_to (to_folded=? AND place>? AND place<?)"),
        ("to:ada", "messages_to (to_folded>? AND to_folded<?)"),
        ("to:@example.com", "messages_domain (to_domain=? AND place>? AND place<?)"),
        ("status:bounced", "messages_state (state=? AND place>? AND place<?)"),
        ("status:delivered", "messages_state"),
        ("status:opened", "messages_opened"),
        ("status:clicked", "messages_clicked"),
        ("status:complained", "messages_complained"),
        ("status:unsubscribed", "messages_unsubscribed"),
        ("purpose:receipt", "messages_purpose"),
        ("template:d-1", "messages_template"),
        ("payment:ch_1", "messages_payment"),
        ("payment:pay_1f", "messages_payment"),
        ("customer:cus_1", "messages_customer"),
        ("link:likely", "messages_link"),
        ("reason:mailbox", "message_words VIRTUAL TABLE INDEX"),
        ("subject:receipt", "message_words VIRTUAL TABLE INDEX"),
        ("id:0191d7a05e2c7c3e", "messages_vendor_id"),
        ("account:shop", walk),
        ("created:2026-03", walk),
        ("", walk),
    ] {
        for query in [word.to_owned(), format!("{word} sort:created"), format!("{word} created:2026-03")] {
            let plan = mirror.explain_messages(&query, all()).await.unwrap();
            assert!(plan.iter().any(|line| line.contains(way)), "{query} by {way}: {plan:#?}");
            assert_bounded(&query, &plan);
        }
        for query in [
            format!("-({word} purpose:receipt)"),
            format!("{word} -purpose:receipt"),
            format!("{word} OR account:shop"),
            format!("{word} OR customer:cus_1"),
        ] {
            assert_bounded(&query, &mirror.explain_messages(&query, all()).await.unwrap());
        }
    }
}

/// The table is never read from end to end, and nothing is sorted but what few rows have.
fn assert_bounded(query: &str, plan: &[String]) {
    for line in plan {
        assert!(!line.starts_with("SCAN m ") || line.contains("USING"), "{query}: {plan:#?}");
        let sorts = line.contains("USE TEMP B-TREE FOR ORDER BY");
        let gathered = query.contains("to:ada") || query.contains("id:") || query.contains(" OR ");
        assert!(!sorts || gathered, "{query}: {plan:#?}");
    }
}

#[tokio::test]
async fn what_can_be_typed_next_is_offered() {
    let (_home, mirror, _ids) = stocked().await;
    let offers = async |text: &str| {
        let found = mirror.complete_messages(text, usize::MAX).await.unwrap();
        found.offers.into_iter().map(|offer| offer.text).collect::<Vec<_>>()
    };
    assert_eq!(offers("temp").await, ["template:"]);
    assert_eq!(offers("template:").await, ["d-1"]);
    assert_eq!(offers("to:ad").await, ["\"ada@example.com\"", "\"ada@example.net\""]);
    assert!(offers("to:a").await.is_empty(), "one letter names nobody");
    assert_eq!(offers("to:@").await.len(), 3);
    assert_eq!(offers("status:bounced,de").await, ["deferred", "delivered"]);
    assert_eq!(offers("link:l").await, ["likely"]);
    assert_eq!(offers("account:s").await, ["shop"]);
    assert_eq!(offers("").await.len(), mirror::find::message_field_words().count());
}

#[tokio::test]
async fn figures_by_day_are_those_of_the_rows() {
    let (_home, mirror, ids) = stocked().await;
    let account = mirror.accounts().list().await.unwrap()[0].id;
    let figures = async || {
        let all = mirror.messages().figures(at(NOON - 86_400), at(NOON + 86_400)).await.unwrap();
        all.first().map(|one| (one.taken, one.delivered, one.bounced, one.opened))
    };
    // Those that are only prepared were not taken.
    assert_eq!(figures().await, Some((2, 1, 1, 1)));
    let counted = async |query: &str| mirror.count_messages(query, all(), None).await.unwrap().messages;
    assert_eq!((counted("status:delivered").await, counted("status:bounced").await), (1, 1));
    let events = [
        told(ids[2], "f1", MessageEventKind::Processed, ""),
        told(ids[2], "f2", MessageEventKind::Opened, ""),
        told(ids[1], "f3", MessageEventKind::Bounced, "550 later"),
    ];
    mirror.messages().apply(account, MessageChannel::Email, &events, at(NOON + 300)).await.unwrap();
    assert_eq!(figures().await, Some((3, 1, 2, 2)));
    mirror.messages().apply(account, MessageChannel::Email, &events, at(NOON + 301)).await.unwrap();
    assert_eq!(figures().await, Some((3, 1, 2, 2)));
    let before = mirror.messages().figures(at(NOON - 2 * 86_400), at(NOON - 86_400)).await.unwrap();
    assert!(before.is_empty());
}

//! SMS in the journal of messages: the vendor's list, and a person who is erased from it.

use domain::{
    AccountId, LoggedMessage, MessageChannel, MessageDirection, MessageEvent, MessageEventKind, MessageId,
    MessagePurpose, MessageState, Record, RequestId, TellsOf, ToldEvent, Vendor,
};
use mirror::{AccountRow, FindScope, LogMark, MailSettings, MessageRow, Mirror, NewMessage};

use crate::support::{Home, NOON, account_row, at, customer, seen, shop};

const ADA: &str = "+4915112345678";
const OURS: &str = "+15005550006";

/// A shop with an account that sends SMS and keeps what it sends, and a customer with a number.
async fn texting() -> (Home, Mirror, AccountId, AccountId) {
    let (home, mirror, stripe) = shop().await;
    let row = AccountRow { vendor: Vendor::Twilio, ..account_row("texts") };
    mirror.accounts().insert(&row).await.unwrap();
    let settings =
        MailSettings { keep_bodies: true, allowed: vec![ADA.to_owned()], ..MailSettings::default() };
    mirror.messages().set_settings(row.id, &settings, at(NOON)).await.unwrap();
    let mut ada = customer("cus_1", "ada@example.com");
    ada.phone = Some("+49 151 12345678".to_owned());
    mirror.commit_page(stripe, &[seen(Record::Customer(ada), NOON)], None).await.unwrap();
    (home, mirror, stripe, row.id)
}

fn sms(account: AccountId, to: &str) -> NewMessage {
    NewMessage {
        id: MessageId::generate(),
        request_id: RequestId::generate(),
        account_id: account,
        channel: MessageChannel::Sms,
        purpose: MessagePurpose::FreeText,
        from: Some(OURS.to_owned()),
        to: to.to_owned(),
        subject: None,
        template: None,
        body: Some("Hello".to_owned()),
        sandbox_mode: false,
        card_masked: false,
        segments: Some(1),
        fingerprint: Some("abc".to_owned()),
        link: None,
        wish: None,
        header_id: None,
        schedule: None,
        created_at: at(NOON),
    }
}

fn logged(id: &str, direction: MessageDirection, them: &str, seconds: i64) -> LoggedMessage {
    let inbound = direction == MessageDirection::Inbound;
    let (from, to) = if inbound { (them, OURS) } else { (OURS, them) };
    LoggedMessage {
        vendor_id: id.to_owned(),
        direction,
        from: Some(from.to_owned()),
        to: to.to_owned(),
        body: Some("Where is it?".to_owned()),
        segments: Some(2),
        price: Some(("-0.01500".to_owned(), "USD".to_owned())),
        event: event(&format!("{id}:delivered"), MessageEventKind::Delivered, seconds),
        created_at: at(seconds),
        by_request: false,
    }
}

fn event(id: &str, kind: MessageEventKind, seconds: i64) -> MessageEvent {
    MessageEvent { id: id.to_owned(), kind, at: at(seconds), reason: None }
}

async fn log(mirror: &Mirror, account: AccountId, page: &[LoggedMessage]) {
    mirror.messages().log(account, page, &LogMark::default(), at(NOON + 100)).await.unwrap();
}

async fn all(mirror: &Mirror) -> Vec<MessageRow> {
    mirror.find_messages("", FindScope::all(at(NOON + 200)), 1_000, None, None).await.unwrap().items
}

#[tokio::test]
async fn a_list_is_taken_over_once_newest_first_also_within_one_second() {
    let (_home, mirror, _, texts) = texting().await;
    let page = |from: i64| -> Vec<LoggedMessage> {
        (from..from + 3)
            .map(|place| logged(&format!("SM{place}"), MessageDirection::Outbound, ADA, NOON))
            .collect()
    };
    log(&mirror, texts, &page(0)).await;
    log(&mirror, texts, &page(3)).await;
    log(&mirror, texts, &page(0)).await;
    let ids: Vec<_> = all(&mirror).await.into_iter().filter_map(|one| one.vendor_id).collect();
    assert_eq!(ids, ["SM0", "SM1", "SM2", "SM3", "SM4", "SM5"]);
    let newest = mirror.find_messages("", FindScope::all(at(NOON + 200)), 4, None, None).await.unwrap();
    let rest = mirror
        .find_messages("", FindScope::all(at(NOON + 200)), 4, newest.next.as_deref(), None)
        .await
        .unwrap();
    assert_eq!((newest.items.len(), rest.items.len()), (4, 2), "pages go on below nought");
}

#[tokio::test]
async fn what_is_taken_over_stands_where_its_time_puts_it() {
    let (_home, mirror, _, texts) = texting().await;
    let outbound = |id: &str, seconds| logged(id, MessageDirection::Outbound, ADA, seconds);
    log(&mirror, texts, &[outbound("SM1", NOON - 50)]).await;
    mirror.messages().insert(&sms(texts, ADA)).await.unwrap();
    log(&mirror, texts, &[outbound("SM3", NOON + 1), outbound("SM2", NOON - 20)]).await;
    log(&mirror, texts, &[outbound("SM0", NOON - 80)]).await;
    let rows = all(&mirror).await;
    let ids: Vec<_> = rows.iter().map(|one| one.vendor_id.as_deref().unwrap_or("ours")).collect();
    assert_eq!(ids, ["SM3", "ours", "SM2", "SM1", "SM0"]);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = mirror
            .find_messages("", FindScope::all(at(NOON + 200)), 2, after.as_deref(), None)
            .await
            .unwrap();
        paged.extend(page.items);
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    assert_eq!(paged, rows);
}

#[tokio::test]
async fn a_call_that_settles_a_lost_answer_joins_what_the_list_said_of_it() {
    for told in ["SM1:delivered", "SM1:sent"] {
        let (_home, mirror, _, texts) = texting().await;
        let (ours, messages) = (sms(texts, ADA), mirror.messages());
        messages.insert(&ours).await.unwrap();
        messages.answered(ours.id, MessageState::Unsettled, None, None, at(NOON + 1)).await.unwrap();
        log(&mirror, texts, &[logged("SM1", MessageDirection::Outbound, ADA, NOON + 1)]).await;
        assert_eq!(all(&mirror).await.len(), 2);
        let call = ToldEvent {
            of: TellsOf {
                message: Some(ours.id),
                vendor_id: Some("SM1".to_owned()),
                to: ADA.to_owned(),
                ..TellsOf::default()
            },
            event: event(told, MessageEventKind::Delivered, NOON + 2),
        };
        messages.apply(texts, MessageChannel::Sms, &[call], at(NOON + 3)).await.unwrap();
        log(&mirror, texts, &[logged("SM1", MessageDirection::Outbound, ADA, NOON + 1)]).await;
        let rows = all(&mirror).await;
        assert_eq!(rows.len(), 1, "{told}: {rows:?}");
        assert_eq!((rows[0].id, rows[0].vendor_id.as_deref()), (ours.id, Some("SM1")));
        assert_eq!(rows[0].standing.state, MessageState::Delivered);
    }
}

#[tokio::test]
async fn what_was_heard_before_the_answer_becomes_part_of_our_message() {
    let (_home, mirror, _, texts) = texting().await;
    let ours = sms(texts, ADA);
    let messages = mirror.messages();
    messages.insert(&ours).await.unwrap();
    let early = ToldEvent {
        of: TellsOf {
            message: None,
            vendor_id: Some("SM1".to_owned()),
            to: ADA.to_owned(),
            ..TellsOf::default()
        },
        event: event("SM1:delivered", MessageEventKind::Delivered, NOON + 2),
    };
    messages.apply(texts, MessageChannel::Sms, &[early], at(NOON + 3)).await.unwrap();
    assert_eq!(all(&mirror).await.len(), 2);
    let row =
        messages.answered(ours.id, MessageState::Queued, None, Some("SM1"), at(NOON + 4)).await.unwrap();
    assert_eq!((row.standing.state, row.vendor_id.as_deref()), (MessageState::Delivered, Some("SM1")));
    assert_eq!(all(&mirror).await.len(), 1);
    assert_eq!(messages.events(&row).await.unwrap().len(), 1);
    log(&mirror, texts, &[logged("SM1", MessageDirection::Outbound, ADA, NOON + 1)]).await;
    let row = &all(&mirror).await[0];
    assert_eq!((row.id, row.segments, row.purpose), (ours.id, Some(2), MessagePurpose::FreeText));
    assert_eq!(row.price, Some(("-0.01500".to_owned(), "USD".to_owned())));
}

#[tokio::test]
async fn erasing_a_person_takes_their_number_out_and_the_vendors_list_does_not_bring_it_back() {
    let (_home, mirror, stripe, texts) = texting().await;
    let ours = sms(texts, ADA);
    let messages = mirror.messages();
    messages.insert(&ours).await.unwrap();
    messages.answered(ours.id, MessageState::Queued, None, Some("SM1"), at(NOON + 4)).await.unwrap();
    let others = logged("SM3", MessageDirection::Inbound, "+4917600000001", NOON + 3);
    let came = logged("SM2", MessageDirection::Inbound, ADA, NOON + 2);
    log(&mirror, texts, &[others, came.clone()]).await;
    mirror.erase_person(stripe, "cus_1", at(NOON + 50)).await.unwrap();
    assert!(messages.settings(texts).await.unwrap().allowed.is_empty(), "nor are they on the list any more");
    let holds = |rows: &[MessageRow]| format!("{rows:?}").contains("15112345678");
    let rows = all(&mirror).await;
    assert_eq!(rows.len(), 3);
    assert!(!holds(&rows), "{rows:?}");
    let erased = rows.iter().filter(|one| one.body.is_none()).count();
    assert_eq!(erased, 2, "what others wrote stays: {rows:?}");
    // The vendor lists what is known again, and more of theirs.
    let more = logged("SM4", MessageDirection::Outbound, ADA, NOON + 6);
    let again = logged("SM1", MessageDirection::Outbound, ADA, NOON + 4);
    log(&mirror, texts, &[more, again, came]).await;
    let rows = all(&mirror).await;
    assert_eq!(rows.len(), 4);
    assert!(!holds(&rows), "{rows:?}");
}

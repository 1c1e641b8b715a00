//! Refunds that tell their payers by themselves: once, after they settled, or said plainly why not.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::ErrorCode;
use contract::messages::{ListMessages, MessageView, SetMailSettings};
use contract::payments::{Show, Shown, TimelineEntry};
use contract::refund_notices::{RefundNoticesView, SetRefundNotices, ShowRefundNotices};
use contract::refunds::SettleRefunds;
use desk::Connection;

use crate::messages::{allow, mail_vendor, with_mail};
use crate::sms;
use crate::support::{SANDBOX, TestHome, connected, refund, refundable, small_vendor};

fn on(label: &str) -> SetRefundNotices {
    SetRefundNotices { label: label.to_owned(), on: Some(true), ..SetRefundNotices::default() }
}

async fn rule(desk: &Connection) -> RefundNoticesView {
    desk.call(SANDBOX, ShowRefundNotices { label: "shop".to_owned() }).await.unwrap()
}

async fn notices(desk: &Connection) -> Vec<MessageView> {
    let request = ListMessages { query: "purpose:refund_notice".to_owned(), ..ListMessages::default() };
    desk.call(SANDBOX, request).await.unwrap().items
}

async fn timeline(desk: &Connection, payment: &str) -> Vec<TimelineEntry> {
    match desk.call(SANDBOX, Show { id: payment.to_owned() }).await.unwrap() {
        Shown::Payment(payment) => payment.timeline,
        other => panic!("a payment was asked for, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_tells_its_payer_once_after_it_settled_and_the_timeline_shows_it() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    assert_eq!(desk.call(SANDBOX, on("shop")).await.unwrap_err().code, ErrorCode::NoMailAccount);
    with_mail(&desk, &mail).await;
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "3")).await.unwrap();
    assert!(mail.taken().is_empty(), "there is no rule yet");

    let made = desk.call(SANDBOX, on("shop")).await.unwrap();
    assert_eq!((made.on, made.by.as_deref(), made.channel.as_str()), (true, Some("letters"), "email"));
    let request = refund(&payment, "2");
    desk.call(SANDBOX, request.clone()).await.unwrap();
    desk.call(SANDBOX, request).await.unwrap();
    desk.call(SANDBOX, SettleRefunds { intent_id: None, wait_ms: None }).await.unwrap();
    let told = notices(&desk).await;
    assert_eq!((told.len(), mail.taken().len()), (1, 1), "once");
    assert_eq!(
        (told[0].payment.as_deref(), told[0].link.as_deref()),
        (Some(payment.as_str()), Some("exact"))
    );
    let shown = timeline(&desk, &payment).await;
    assert!(shown.iter().any(|one| one.sort == "message" && one.id == told[0].id), "{shown:?}");
    assert!(shown.iter().all(|one| one.sort != "notice"), "{shown:?}");
    assert_eq!(rule(&desk).await.waiting, 0);

    // Each refund of a payment tells of itself, and none once the rule is off.
    desk.call(SANDBOX, refund(&payment, "1")).await.unwrap();
    assert_eq!(mail.taken().len(), 2);
    desk.call(SANDBOX, SetRefundNotices { on: Some(false), ..on("shop") }).await.unwrap();
    desk.call(SANDBOX, refund(&payment, "1")).await.unwrap();
    assert_eq!(mail.taken().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_whose_answer_was_lost_is_not_sent_again_and_one_that_was_not_taken_waits() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    desk.call(SANDBOX, on("shop")).await.unwrap();
    let payment = refundable(&desk).await;
    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    desk.call(SANDBOX, refund(&payment, "2")).await.unwrap();
    desk.call(SANDBOX, SettleRefunds { intent_id: None, wait_ms: None }).await.unwrap();
    let told = notices(&desk).await;
    assert_eq!((told.len(), told[0].state.as_str(), mail.taken().len()), (1, "unsettled", 1));

    // Another notice of the same payment may be the one that is at the vendor already: it waits, and says why.
    desk.call(SANDBOX, refund(&payment, "1")).await.unwrap();
    assert_eq!(mail.taken().len(), 1);
    let waits = timeline(&desk, &payment).await;
    let waits = waits.iter().find(|one| one.sort == "notice").unwrap();
    assert_eq!((waits.what.as_str(), waits.detail.as_deref()), ("notice_waiting", Some("message_open")));
    assert_eq!(rule(&desk).await.waiting, 1);
    desk.close().await;

    let again = home.open().await;
    again.call(SANDBOX, SettleRefunds { intent_id: None, wait_ms: None }).await.unwrap();
    assert_eq!((notices(&again).await.len(), mail.taken().len()), (1, 1), "a restart sends nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_was_refused_tells_nobody_and_whom_nobody_can_tell_is_said() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    desk.call(SANDBOX, on("shop")).await.unwrap();
    let payment = refundable(&desk).await;
    desk.call(SANDBOX, refund(&payment, "999999")).await.unwrap_err();
    assert_eq!((notices(&desk).await.len(), rule(&desk).await.waiting), (0, 0));

    // Without a sender nothing can leave, and a person can mend that alone.
    let texts = sms::vendor_with(0).await;
    sms::with_sms(&desk, &texts, &[]).await;
    let by_sms = SetRefundNotices { channel: Some("sms".to_owned()), ..on("shop") };
    assert_eq!(desk.call(SANDBOX, by_sms).await.unwrap().by.as_deref(), Some("texts"));
    desk.call(SANDBOX, refund(&payment, "2")).await.unwrap();
    let shown = rule(&desk).await;
    assert_eq!((shown.waiting, shown.not_sent.len(), notices(&desk).await.len()), (0, 1, 0));
    let why = shown.not_sent[0].reason.as_deref().unwrap();
    assert!(["no_address", "recipient_not_allowed"].contains(&why), "{why}");
    let entries = timeline(&desk, &payment).await;
    assert!(entries.iter().any(|one| one.what == "notice_not_sent" && one.detail.as_deref() == Some(why)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_takes_only_what_can_be_sent() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    for bad in [
        SetRefundNotices { channel: Some("fax".to_owned()), ..on("shop") },
        SetRefundNotices { language: Some("tlh".to_owned()), ..on("shop") },
        SetRefundNotices { template: Some("d-1\r\n".to_owned() + "x"), ..on("shop") },
    ] {
        assert_eq!(desk.call(SANDBOX, bad).await.unwrap_err().code, ErrorCode::BadRequest);
    }
    let no_such =
        SetRefundNotices { channel: Some("sms".to_owned()), template: Some("none".to_owned()), ..on("shop") };
    assert_eq!(desk.call(SANDBOX, no_such).await.unwrap_err().code, ErrorCode::UnknownTemplate);
    assert_eq!(desk.call(SANDBOX, on("letters")).await.unwrap_err().code, ErrorCode::AccountNotForThis);
    let by_shop = SetRefundNotices { by: Some("shop".to_owned()), ..on("shop") };
    assert_eq!(desk.call(SANDBOX, by_shop).await.unwrap_err().code, ErrorCode::AccountNotForThis);
    assert!(!rule(&desk).await.on);
    let german = SetRefundNotices { language: Some("de".to_owned()), ..on("shop") };
    desk.call(SANDBOX, german).await.unwrap();
    let no_from = SetMailSettings { label: "letters".to_owned(), ..SetMailSettings::default() };
    desk.call(SANDBOX, no_from).await.unwrap();
    desk.call(SANDBOX, refund(&refundable(&desk).await, "1")).await.unwrap();
    assert_eq!(mail.taken()[0].subject.as_deref(), Some("Ihre Erstattung"));
}

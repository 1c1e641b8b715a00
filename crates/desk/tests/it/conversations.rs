//! Messages that belong together, by both channels and either way, and an email that is taken back before its time.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::ErrorCode;
use contract::messages::{
    MessageContent, SendMessage, SetMailSettings, ShowMailSettings, ShowMessage, ShowThread, TakeBackMessage,
    ThreadView,
};
use desk::Connection;

use crate::messages::{allow, mail_vendor, sent, text, with_mail};
use crate::sms;
use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

async fn thread(desk: &Connection, id: &str) -> ThreadView {
    desk.call(SANDBOX, ShowThread { id: id.to_owned() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn later_mail_about_one_payment_names_the_earlier_in_its_headers_and_the_page_shows_both_channels() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let texts = sms::vendor_with(0).await;
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    sms::with_sms(&desk, &texts, &["+4915112345678"]).await;
    let payment = Some(refundable(&desk).await);
    let first = sent(&desk, SendMessage { payment: payment.clone(), ..text("ada@example.com") }).await;
    let second = sent(&desk, SendMessage { payment: payment.clone(), ..text("ada@example.com") }).await;
    let third = sent(&desk, SendMessage { payment: payment.clone(), ..text("ada@example.com") }).await;
    sent(&desk, text("ada@example.com")).await;
    sent(&desk, SendMessage { payment: payment.clone(), ..text("bob@example.com") }).await;
    let by_sms = sms::sent(&desk, SendMessage { payment, ..sms::text("+4915112345678", "Hello") }).await;
    let headers = |place: usize, name: &str| {
        let taken = mail.taken();
        taken[place].headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone())
    };
    let own = |id: &str| format!("<{id}@example.com>");
    assert_eq!(headers(0, "Message-ID"), Some(own(&first.id)));
    assert_eq!(headers(0, "References"), None);
    assert_eq!(headers(2, "In-Reply-To"), Some(own(&second.id)));
    assert_eq!(headers(2, "References"), Some(format!("{} {}", own(&first.id), own(&second.id))));
    assert_eq!(
        (headers(3, "References"), headers(4, "References")),
        (None, None),
        "of nothing that others got"
    );

    let shown = thread(&desk, &third.id).await;
    let ids: Vec<&str> = shown.items.iter().map(|one| one.message.id.as_str()).collect();
    assert_eq!((ids.first(), ids.last()), (Some(&first.id.as_str()), Some(&by_sms.id.as_str())));
    assert_eq!((ids.len(), shown.left_out), (6, false));
    assert_eq!(shown.items[0].body.as_deref(), Some("Your parcel left."));
    let vendors: Vec<&str> = shown.items.iter().map(|one| one.message.vendor.as_str()).collect();
    assert_eq!((vendors[0], vendors[5]), ("sendgrid", "twilio"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_taken_back_until_its_time_and_then_no_more() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    let take = |id: &str| TakeBackMessage { id: id.to_owned() };
    let at_once = sent(&desk, text("ada@example.com")).await;
    assert_eq!(desk.call(SANDBOX, take(&at_once.id)).await.unwrap_err().code, ErrorCode::NotScheduled);
    let send_at = Some(domain::Timestamp::from_ms(chrono::Utc::now().timestamp_millis() + 3_600_000));
    let later = sent(&desk, SendMessage { send_at, ..text("bob@example.com") }).await;
    let shown = desk.call(SANDBOX, ShowMessage { id: later.id.clone() }).await.unwrap();
    assert!(shown.can_take_back);
    let done = desk.call(SANDBOX, take(&later.id)).await.unwrap();
    assert_eq!((done.state.as_str(), done.reason.as_deref()), ("canceled", Some("schedule_canceled")));
    assert_eq!(desk.call(SANDBOX, take(&later.id)).await.unwrap_err().code, ErrorCode::NotScheduled);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_template_came_to_is_kept_where_bodies_are_and_else_it_is_said_why_not() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    let settings = ShowMailSettings { label: "letters".to_owned() };
    assert!(!desk.call(SANDBOX, settings.clone()).await.unwrap().keep_bodies);
    let plain = sent(&desk, text("ada@example.com")).await;
    assert_eq!(plain.no_body.as_deref(), Some("not_kept"));
    let keep = SetMailSettings {
        label: "letters".to_owned(),
        keep_bodies: Some(true),
        ..SetMailSettings::default()
    };
    desk.call(SANDBOX, keep).await.unwrap();
    assert!(desk.call(SANDBOX, settings).await.unwrap().keep_bodies);
    let kept = sent(&desk, text("bob@example.com")).await;
    assert_eq!(kept.no_body, None);
    let list = contract::mail_lists::ListTemplates { account: None, fresh: true };
    let templates = desk.call(SANDBOX, list).await.unwrap();
    let content = MessageContent::Template {
        id: templates.items[0].id.clone(),
        data: r#"{"name":"Ada","amount":"1.00 USD","date":"2026-01-01","order":"17","payment":"ch_1","lines":[]}"#
            .to_owned(),
    };
    let by_template = sent(&desk, SendMessage { content, ..text("cid@example.com") }).await;
    let shown = desk.call(SANDBOX, ShowMessage { id: by_template.id }).await.unwrap();
    assert!(shown.body.is_some_and(|body| !body.contains("{{")), "what we filled in");
}

//! Email to customers, over real sockets into a real home: written down before it leaves, handed over once, and told by signed events.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use contract::accounts::{CheckAccount, ConnectAccount, KeySource, ListAccounts};
use contract::events::OpenHook;
use contract::messages::{
    CloseMessage, ConnectMail, CountMessages, ListMessages, MessageContent, MessageDetail, MessageView,
    PreviewMessage, SendMessage, SetMailSettings, ShowMessage,
};
use contract::sync::{ShowSync, StartSync};
use contract::{ErrorCode, SecretText};
use desk::Connection;
use domain::{Environment, RequestId, Secret, Vendor};
use sandbox::{MailSandbox, MailSandboxConfig};

use crate::listening::{LIMIT, free_port};
use crate::support::{SANDBOX, TestHome, connected, find, refundable, small_vendor};

pub(crate) async fn mail_vendor() -> MailSandbox {
    let config = MailSandboxConfig { pace: Duration::from_millis(20), ..MailSandboxConfig::default() };
    MailSandbox::start(config).await.unwrap()
}

pub(crate) fn connect(vendor: &MailSandbox, key: &str) -> ConnectMail {
    ConnectMail {
        vendor: Vendor::SendGrid,
        label: "letters".to_owned(),
        environment: Some(Environment::Sandbox),
        region: None,
        account_sid: None,
        base_url: Some(vendor.base_url()),
        key: KeySource::Text { key: SecretText(Secret::new(key)) },
    }
}

pub(crate) async fn with_mail(desk: &Connection, vendor: &MailSandbox) {
    desk.call(SANDBOX, connect(vendor, vendor.api_key())).await.unwrap();
}

pub(crate) async fn allow(desk: &Connection, address: &str) {
    let request = SetMailSettings {
        label: "letters".to_owned(),
        allow: Some(address.to_owned()),
        keep_bodies: Some(true),
        ..SetMailSettings::default()
    };
    desk.call(SANDBOX, request).await.unwrap();
}

pub(crate) fn text(to: &str) -> SendMessage {
    SendMessage {
        request_id: RequestId::generate(),
        channel: None,
        account: None,
        from: None,
        to: Some(to.to_owned()),
        payment: None,
        content: MessageContent::FreeText {
            subject: "Hello".to_owned(),
            text: "Your parcel left.".to_owned(),
        },
        language: None,
        group: None,
        send_at: None,
    }
}

pub(crate) async fn sent(desk: &Connection, request: SendMessage) -> MessageView {
    desk.call(SANDBOX, request).await.unwrap()
}

pub(crate) async fn refused(desk: &Connection, request: SendMessage) -> ErrorCode {
    desk.call(SANDBOX, request).await.unwrap_err().code
}

/// The message once it stands so.
async fn stands(desk: &Connection, id: &str, state: &str) -> MessageDetail {
    let mut notices = desk.notices();
    let waited = async {
        loop {
            let detail = desk.call(SANDBOX, ShowMessage { id: id.to_owned() }).await.unwrap();
            if detail.message.state == state {
                return detail;
            }
            let _ = notices.recv().await;
        }
    };
    tokio::time::timeout(LIMIT, waited).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_for_mail_is_connected_by_choice_and_takes_no_part_in_payments() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    let unchosen = contract::Scope { environment: None, ..SANDBOX };
    let wished = ConnectMail { environment: None, ..connect(&mail, mail.api_key()) };
    assert_eq!(desk.call(unchosen, wished).await.unwrap_err().code, ErrorCode::MailEnvironmentNeeded);
    for (key, code) in [
        ("sk_test_1234567890", ErrorCode::KeyWrongVendor),
        ("SG.one", ErrorCode::KeyWrongVendor),
        ("SG.wrong.key", ErrorCode::VendorUnauthorized),
    ] {
        assert_eq!(desk.call(SANDBOX, connect(&mail, key)).await.unwrap_err().code, code, "{key}");
    }
    let live = ConnectMail { environment: Some(Environment::Live), ..connect(&mail, mail.api_key()) };
    assert_eq!(desk.call(unchosen, live).await.unwrap_err().code, ErrorCode::BadBaseUrl);
    let done = desk.call(SANDBOX, connect(&mail, mail.api_key())).await.unwrap();
    assert_eq!(done.account.capability, "email");
    let may = |right: &str| done.account.rights.iter().find(|one| one.right == right).unwrap().answer.clone();
    assert_eq!((may("send email").as_str(), may("read email activity").as_str()), ("allowed", "allowed"));

    // The only account that takes payments is still the only one.
    let synced = desk.call(SANDBOX, StartSync { account: None, wait: true }).await.unwrap();
    assert_eq!(synced.items.len(), 1);
    assert_eq!(desk.call(SANDBOX, ShowSync {}).await.unwrap().items.len(), 1);
    assert!(!find(&desk, "status:succeeded").await.items.is_empty());
    let by_name = StartSync { account: Some("letters".to_owned()), wait: true };
    assert_eq!(desk.call(SANDBOX, by_name).await.unwrap_err().code, ErrorCode::AccountNotForThis);
    desk.call(SANDBOX, CheckAccount { label: "letters".to_owned() }).await.unwrap();
    assert_eq!(desk.call(SANDBOX, ListAccounts {}).await.unwrap().items.len(), 2);
    let key = KeySource::Text { key: SecretText(Secret::new(mail.api_key())) };
    let as_stripe = ConnectAccount {
        vendor: Vendor::Stripe,
        label: "x".to_owned(),
        base_url: Some(mail.base_url()),
        key,
    };
    assert_eq!(desk.call(SANDBOX, as_stripe).await.unwrap_err().code, ErrorCode::KeyWrongVendor);
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_live_only_whom_a_person_allowed_gets_real_mail() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    allow(&desk, "ada@example.com").await;
    assert!(sent(&desk, text("bob@example.com")).await.sandbox_mode);
    let real = sent(&desk, text("ada@example.com")).await;
    assert_eq!((real.sandbox_mode, real.state.as_str()), (false, "queued"));
    let taken = mail.taken();
    assert_eq!(taken.iter().map(|one| one.only_checked).collect::<Vec<_>>(), [true, false]);
    assert_eq!(taken[1].arguments, [("paydesk_message".to_owned(), real.id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_a_request_is_answered_with_the_same_message_and_sends_nothing() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    let request = text("ada@example.com");
    let first = sent(&desk, request.clone()).await;
    let again = sent(&desk, request).await;
    assert_eq!((again.id, again.repeated), (first.id, true));
    assert_eq!(mail.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_leaves_the_message_unsettled_and_nothing_like_it_is_sent() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    for (fault, address) in [("reset-after", "a"), ("500-after", "b"), ("bad-gateway", "c"), ("html", "d")] {
        mail.set_faults(format!("POST /v3/mail/send:{fault}:1").parse().unwrap());
        let to = format!("{address}@example.com");
        let lost = sent(&desk, text(&to)).await;
        assert_eq!(lost.state, "unsettled", "{fault}");
        assert_eq!(refused(&desk, text(&to)).await, ErrorCode::MessageOpen, "{fault}");
        let taken = mail.taken().iter().filter(|one| one.to == to).count();
        assert_eq!(taken, 1, "{fault}");
        let closed = desk.call(SANDBOX, CloseMessage { id: lost.id.clone() }).await.unwrap();
        assert_eq!(closed.state, "canceled");
        let twice = desk.call(SANDBOX, CloseMessage { id: lost.id }).await.unwrap_err();
        assert_eq!(twice.code, ErrorCode::MessageNotOpen);
        // A person decided.
        assert_eq!(sent(&desk, text(&to)).await.state, "queued");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_certainly_not_taken_is_handed_over_again_or_refused() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    mail.set_faults("POST /v3/mail/send:429:1".parse().unwrap());
    let waited = sent(&desk, text("ada@example.com")).await;
    assert_eq!(waited.state, "queued");
    let detail = desk.call(SANDBOX, ShowMessage { id: waited.id }).await.unwrap();
    assert_eq!((detail.sends, mail.taken().len()), (2, 1));
    mail.set_faults("POST /v3/mail/send:401:1".parse().unwrap());
    let revoked = sent(&desk, text("bob@example.com")).await;
    assert_eq!((revoked.state.as_str(), mail.taken().len()), ("refused", 1));
    mail.stop().await;
    let gone = sent(&desk, text("bob@example.com")).await;
    assert_eq!((gone.state.as_str(), gone.reason.as_deref()), ("refused", Some("unreachable")));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_inputs_are_refused_with_a_reason_before_anything_is_written() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    let with = |content| SendMessage { content, ..text("ada@example.com") };
    let free = |subject: &str, text: &str| {
        with(MessageContent::FreeText { subject: subject.to_owned(), text: text.to_owned() })
    };
    let template = |id: &str, data: String| with(MessageContent::Template { id: id.to_owned(), data });
    for to in ["a@example.com\r\nBcc: b@example.com", "\"a b\"@example.com", "k\u{e9}@example.com", "", "a"] {
        assert_eq!(refused(&desk, text(to)).await, ErrorCode::BadAddress, "{to:?}");
    }
    let many = vec!["a@example.com"; 1_000].join(",");
    assert_eq!(refused(&desk, text(&many)).await, ErrorCode::BadAddress);
    for request in [
        free("Hello\r\nBcc: b@example.com", "x"),
        free("", "x"),
        free("Hello", " "),
        free("Hello", &"x".repeat(300_000)),
        template("x", String::new()),
        template("d-1", "[]".to_owned()),
        template("d-1", "{".to_owned()),
        template("d-1", format!("{{\"a\":\"{}\"}}", "b".repeat(200_000))),
    ] {
        assert_eq!(refused(&desk, request).await, ErrorCode::BadMessage);
    }
    let nobody = SendMessage { to: None, ..text("x") };
    assert_eq!(refused(&desk, nobody).await, ErrorCode::NoAddress);
    let all = desk.call(SANDBOX, CountMessages::default()).await.unwrap();
    assert_eq!((all.messages, mail.taken().len()), (0, 0));

    // The address of an international domain leaves in ASCII, and a card number does not leave at all.
    let card = with(MessageContent::FreeText {
        subject: "4242424242424242".to_owned(),
        text: "4242 4242 4242 4242".to_owned(),
    });
    let masked = sent(&desk, SendMessage { to: Some("k@b\u{fc}cher.example".to_owned()), ..card }).await;
    assert!(masked.card_masked);
    assert_eq!(mail.taken()[0].to, "k@xn--bcher-kva.example");
    assert_eq!(mail.taken()[0].subject.as_deref(), Some("************4242"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_tied_to_its_payment_and_a_notice_needs_a_refund() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    let payment = refundable(&desk).await;
    let receipt = SendMessage {
        to: Some("ada@example.com".to_owned()),
        payment: Some(payment.clone()),
        content: MessageContent::Receipt,
        language: Some("de".to_owned()),
        ..text("x")
    };
    let wished = PreviewMessage {
        channel: None,
        account: None,
        from: None,
        to: receipt.to.clone(),
        payment: receipt.payment.clone(),
        content: MessageContent::Receipt,
        language: Some("de".to_owned()),
        group: None,
        send_at: None,
        check: false,
    };
    let preview = desk.call(SANDBOX, wished).await.unwrap();
    assert_eq!(preview.subject.as_deref(), Some("Ihre Zahlung"));
    assert!(mail.taken().is_empty(), "a preview sends nothing");
    let done = sent(&desk, receipt.clone()).await;
    assert_eq!((done.payment.as_deref(), done.link.as_deref()), (Some(payment.as_str()), Some("exact")));
    let found = ListMessages { query: format!("payment:{payment}"), ..ListMessages::default() };
    assert_eq!(desk.call(SANDBOX, found).await.unwrap().items[0].id, done.id);
    let notice =
        SendMessage { request_id: RequestId::generate(), content: MessageContent::RefundNotice, ..receipt };
    assert_eq!(refused(&desk, notice).await, ErrorCode::NothingToTell);
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_events_on_the_listener_tell_what_became_of_a_message_and_settle_one_whose_answer_was_lost() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = Connection::open(home.options(true)).await.unwrap();
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    let hook = OpenHook {
        account: Some("letters".to_owned()),
        scheme: Some("sendgrid".to_owned()),
        port: Some(free_port()),
        secret: Some(KeySource::Text { key: SecretText(Secret::new(mail.public_key())) }),
        ..OpenHook::default()
    };
    let hook = desk.call(SANDBOX, hook).await.unwrap();
    mail.deliver_events_to(hook.url.as_deref().unwrap());

    let deferred = sent(&desk, text("defer@example.com")).await;
    let detail = stands(&desk, &deferred.id, "delivered").await;
    let kinds: Vec<&str> = detail.events.iter().map(|one| one.kind.as_str()).collect();
    assert!(kinds.contains(&"deferred") && kinds.contains(&"delivered"), "{kinds:?}");
    assert_eq!(detail.body.as_deref(), Some("Your parcel left."));

    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    let lost = sent(&desk, text("bounce@example.com")).await;
    let bounced = stands(&desk, &lost.id, "bounced").await;
    assert!(bounced.message.reason.as_deref().unwrap().starts_with("550"), "{bounced:?}");
    let found = ListMessages { query: "status:bounced reason:550".to_owned(), ..ListMessages::default() };
    assert_eq!(desk.call(SANDBOX, found).await.unwrap().items[0].id, lost.id);
    desk.close().await;
}

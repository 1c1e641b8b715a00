//! SMS to customers, over real sockets into a real home: written down before they leave, handed over once, settled by the vendor's list, and told by signed
//! callbacks.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::time::Duration;

use contract::accounts::{CheckAccount, KeySource};
use contract::events::OpenHook;
use contract::messages::{
    ConnectMail, ListMessages, MessageContent, MessageDetail, MessagePreview, MessageView, MessagesSynced,
    PreviewMessage, SendMessage, SetMailSettings, ShowMessage, SyncMessages,
};
use contract::{ErrorCode, SecretText};
use desk::Connection;
use domain::{Environment, RequestId, Secret, Vendor};
use sandbox::{SmsSandbox, SmsSandboxConfig};

use crate::listening::{LIMIT, free_port};
use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

const ADA: &str = "+4915112345678";

pub(crate) async fn vendor_with(history: u32) -> SmsSandbox {
    let config = SmsSandboxConfig { pace: Duration::from_millis(20), history, ..SmsSandboxConfig::default() };
    SmsSandbox::start(config).await.unwrap()
}

fn key(text: &str) -> KeySource {
    KeySource::Text { key: SecretText(Secret::new(text)) }
}

pub(crate) fn connect(vendor: &SmsSandbox, (account, secret): (&str, &str)) -> ConnectMail {
    ConnectMail {
        vendor: Vendor::Twilio,
        label: "texts".to_owned(),
        environment: Some(Environment::Sandbox),
        region: None,
        account_sid: Some(account.to_owned()),
        base_url: Some(vendor.base_url()),
        key: key(secret),
    }
}

pub(crate) async fn with_sms(desk: &Connection, vendor: &SmsSandbox, allowed: &[&str]) {
    desk.call(SANDBOX, connect(vendor, vendor.account())).await.unwrap();
    for number in allowed {
        let label = "texts".to_owned();
        let allow = Some((*number).to_owned());
        let request = SetMailSettings { label, allow, keep_bodies: Some(true), ..SetMailSettings::default() };
        desk.call(SANDBOX, request).await.unwrap();
    }
}

pub(crate) fn text(to: &str, text: &str) -> SendMessage {
    SendMessage {
        request_id: RequestId::generate(),
        channel: Some("sms".to_owned()),
        account: None,
        from: None,
        to: Some(to.to_owned()),
        payment: None,
        content: MessageContent::FreeText { subject: String::new(), text: text.to_owned() },
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

async fn preview(desk: &Connection, to: &str, text: &str) -> MessagePreview {
    let request = PreviewMessage {
        channel: Some("sms".to_owned()),
        account: None,
        from: None,
        to: Some(to.to_owned()),
        payment: None,
        content: MessageContent::FreeText { subject: String::new(), text: text.to_owned() },
        language: None,
        group: None,
        send_at: None,
        check: false,
    };
    desk.call(SANDBOX, request).await.unwrap()
}

pub(crate) async fn found(desk: &Connection, query: &str) -> Vec<MessageView> {
    let request = ListMessages { query: query.to_owned(), ..ListMessages::default() };
    desk.call(SANDBOX, request).await.unwrap().items
}

pub(crate) async fn synced(desk: &Connection) -> MessagesSynced {
    desk.call(SANDBOX, SyncMessages::default()).await.unwrap()
}

pub(crate) async fn show(desk: &Connection, id: &str) -> MessageDetail {
    desk.call(SANDBOX, ShowMessage { id: id.to_owned() }).await.unwrap()
}

/// The message once it stands so and so much was told of it.
async fn stands(desk: &Connection, id: &str, state: &str, events: usize) -> MessageDetail {
    let mut notices = desk.notices();
    let waited = async {
        loop {
            let detail = show(desk, id).await;
            if detail.message.state == state && detail.events.len() >= events {
                return detail;
            }
            let _ = notices.recv().await;
        }
    };
    tokio::time::timeout(LIMIT, waited).await.unwrap()
}

/// Opens the account's path on the listener, so that the vendor is asked to call it.
async fn listening(desk: &Connection, vendor: &SmsSandbox) {
    let port = free_port();
    let hook = OpenHook {
        account: Some("texts".to_owned()),
        scheme: Some("twilio".to_owned()),
        port: Some(port),
        public_url: Some(format!("http://127.0.0.1:{port}")),
        secret: Some(key(vendor.account().1)),
        ..OpenHook::default()
    };
    desk.call(SANDBOX, hook).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_by_its_token_or_an_api_key_and_what_it_may_do_is_shown() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    let (account, token) = vendor.account();
    for (sid, secret, code) in [
        ("", token, ErrorCode::BadCredentials),
        ("ACx", token, ErrorCode::BadCredentials),
        (account, vendor.api_key().0, ErrorCode::BadCredentials),
        (account, "SG.a.b", ErrorCode::KeyWrongVendor),
        (account, "wrong", ErrorCode::VendorUnauthorized),
    ] {
        let error = desk.call(SANDBOX, connect(&vendor, (sid, secret))).await.unwrap_err();
        assert_eq!(error.code, code, "{sid}");
    }
    let live = ConnectMail { environment: Some(Environment::Live), ..connect(&vendor, vendor.account()) };
    let unscoped = contract::Scope { environment: None, ..SANDBOX };
    assert_eq!(desk.call(unscoped, live).await.unwrap_err().code, ErrorCode::BadBaseUrl);
    let region = ConnectMail { region: Some("eu".to_owned()), ..connect(&vendor, vendor.account()) };
    assert_eq!(desk.call(SANDBOX, region).await.unwrap_err().code, ErrorCode::BadRegion);
    let (key_sid, secret) = vendor.api_key();
    let pair = format!("{key_sid}:{secret}");
    let done = desk.call(SANDBOX, connect(&vendor, (account, &pair))).await.unwrap();
    assert_eq!(
        (done.account.capability.as_str(), done.account.vendor_name.as_deref()),
        ("sms", Some("The shop"))
    );
    assert_eq!(done.account.vendor_account_id.as_deref(), Some(account));
    let may = |right: &str| done.account.rights.iter().find(|one| one.right == right).unwrap().answer.clone();
    assert_eq!(may("read phone numbers"), "allowed");
    let settings = SetMailSettings { label: "texts".to_owned(), ..SetMailSettings::default() };
    let view = desk.call(SANDBOX, settings.clone()).await.unwrap();
    assert_eq!(view.from.as_deref(), Some(vendor.number()), "a number that only calls is no sender");
    let calls_only = SetMailSettings { from: Some("+15005550010".to_owned()), ..settings.clone() };
    assert_eq!(desk.call(SANDBOX, calls_only).await.unwrap_err().code, ErrorCode::BadNumber);
    let named = SetMailSettings { from: Some("My Shop".to_owned()), ..settings };
    assert_eq!(desk.call(SANDBOX, named).await.unwrap().from.as_deref(), Some("My Shop"));
    desk.call(SANDBOX, CheckAccount { label: "texts".to_owned() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_live_only_numbers_on_the_list_get_messages_and_test_credentials_send_to_nobody() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &["+49 151 12345678"]).await;
    assert_eq!(refused(&desk, text("+4915112345679", "Hi")).await, ErrorCode::RecipientNotAllowed);
    let real = sent(&desk, text("+49 (151) 1234-5678", "Hi")).await;
    assert_eq!((real.state.as_str(), real.channel.as_str(), real.to.as_str()), ("queued", "sms", ADA));
    assert_eq!(vendor.taken().len(), 1);
    assert_eq!(found(&desk, "channel:sms").await.len(), 1);

    let (sid, token) = vendor.test_credentials();
    let checked = ConnectMail { label: "checks".to_owned(), ..connect(&vendor, (sid, token)) };
    desk.call(SANDBOX, checked).await.unwrap();
    let request = SendMessage { account: Some("checks".to_owned()), ..text("+4915112345679", "Hi") };
    let only_checked = sent(&desk, request).await;
    assert_eq!((only_checked.state.as_str(), only_checked.sandbox_mode), ("queued", true));
    assert_eq!(vendor.taken().len(), 1, "nobody got it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_sent_is_measured_and_bad_input_is_refused_before_anything_is_written() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    let plain = preview(&desk, ADA, &"a".repeat(161)).await;
    let size = plain.size.unwrap();
    assert_eq!((size.segments, size.encoding.as_str(), size.left), (2, "gsm7", 145));
    let wide = preview(&desk, ADA, "It’s here").await.size.unwrap();
    assert_eq!((wide.forced_by.as_deref(), wide.forced_at), (Some("’"), Some(3)));
    assert!(preview(&desk, ADA, "card 4242424242424242").await.card_masked);
    for to in ["", "0151 12345678", "+49", "+49151x", "ada@example.com", "+4915112345678\r\nTo: +1"] {
        assert_eq!(refused(&desk, text(to, "Hi")).await, ErrorCode::BadNumber, "{to:?}");
    }
    for body in ["", " \n", "a\0b", &"a".repeat(1_601), &"😀".repeat(801)] {
        assert_eq!(refused(&desk, text(ADA, body)).await, ErrorCode::BadMessage);
    }
    let odd = SendMessage { from: Some("a name that is too long".to_owned()), ..text(ADA, "Hi") };
    assert_eq!(refused(&desk, odd).await, ErrorCode::BadNumber);
    let nobody = SendMessage { to: None, ..text(ADA, "Hi") };
    assert_eq!(refused(&desk, nobody).await, ErrorCode::NoAddress);
    let channel = SendMessage { channel: Some("post".to_owned()), ..text(ADA, "Hi") };
    assert_eq!(refused(&desk, channel).await, ErrorCode::BadRequest);
    assert!(vendor.taken().is_empty() && found(&desk, "").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_refusals_are_told_by_their_numbers_in_our_words() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    let numbers = ["+15005550001", "+15005550002", "+15005550003", "+15005550004", "+15005550009"];
    with_sms(&desk, &vendor, &numbers).await;
    let words =
        ["invalid_number (21211)", "no_route (21612)", "country_not_enabled (21408)", "unsubscribed (21610)"];
    for (to, reason) in numbers.iter().zip(words.into_iter().chain(["no_mobile_number (21614)"])) {
        let one = sent(&desk, text(to, "Hi")).await;
        assert_eq!((one.state.as_str(), one.reason.as_deref()), ("refused", Some(reason)));
    }
    assert_eq!(found(&desk, "status:refused reason:21610").await.len(), 1);
    vendor.set_faults("POST /Messages.json:429:1".parse().unwrap());
    with_allowed(&desk, ADA).await;
    let waited = sent(&desk, text(ADA, "Hi")).await;
    assert_eq!((waited.state.as_str(), show(&desk, &waited.id).await.sends), ("queued", 2));
    vendor.set_faults("POST /Messages.json:401:1".parse().unwrap());
    let revoked = sent(&desk, text(ADA, "Hi again")).await;
    assert_eq!(revoked.reason.as_deref(), Some("key_not_accepted (20003)"));
    assert_eq!(vendor.taken().len(), 1);
}

async fn with_allowed(desk: &Connection, number: &str) {
    let (label, allow) = ("texts".to_owned(), Some(number.to_owned()));
    desk.call(SANDBOX, SetMailSettings { label, allow, ..SetMailSettings::default() }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_callbacks_tell_what_became_of_a_message_in_any_order_and_never_backwards() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = Connection::open(home.options(true)).await.unwrap();
    with_sms(&desk, &vendor, &[ADA, "+4915112330006", "+4915112348888", "+4915112347777"]).await;
    listening(&desk, &vendor).await;
    let landline = sent(&desk, text("+4915112330006", "Hi")).await;
    let detail = stands(&desk, &landline.id, "bounced", 3).await;
    assert_eq!(detail.message.reason.as_deref(), Some("landline (30006)"));
    assert!(
        vendor.taken()[0].callback.as_ref().unwrap().ends_with(&format!("?paydesk_message={}", landline.id))
    );
    let late = sent(&desk, text("+4915112348888", "Hi")).await;
    let detail = stands(&desk, &late.id, "delivered", 3).await;
    let kinds: Vec<&str> = detail.events.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "processed").count(), 2, "{kinds:?}");
    let read = sent(&desk, text("+4915112347777", "Hi")).await;
    assert!(stands(&desk, &read.id, "delivered", 4).await.message.opened.is_some());
    // A lost answer is settled by a callback as well.
    vendor.set_faults("POST /Messages.json:reset-after:1,GET /Messages.json:html:99".parse().unwrap());
    let lost = sent(&desk, text("+4915112330006", "Hi once more")).await;
    stands(&desk, &lost.id, "bounced", 3).await;
    assert_eq!(found(&desk, "channel:sms").await.len(), 4);
    vendor.set_faults(sandbox::FaultSpec::default());
    assert_eq!(synced(&desk).await.new, 0, "the list knows nothing more than the calls");
    assert_eq!(found(&desk, "channel:sms").await.len(), 4);
    assert!(vendor.deliveries().iter().all(|status| *status == 200));
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_list_is_read_newest_first_and_goes_on_where_it_ended() {
    let (home, vendor) = (TestHome::new(), vendor_with(1_203).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    let ours = sent(&desk, text(ADA, "Ours")).await;
    let first = synced(&desk).await;
    assert_eq!((first.read, first.new, first.complete), (1_204, 1_203, true), "{first:?}");
    let again = synced(&desk).await;
    assert_eq!((again.new, again.complete), (0, true));
    vendor.receive("+4917600000001", "Where is it?");
    let more = synced(&desk).await;
    assert_eq!(more.new, 1);
    let newest = found(&desk, "channel:sms").await;
    assert_eq!(
        (newest[0].direction.as_str(), newest[0].from.as_deref()),
        ("inbound", Some("+4917600000001"))
    );
    assert_eq!(newest[1].id, ours.id);
    // The vendor counts in whole seconds.
    let moments: Vec<i64> = newest.iter().map(|one| one.created.as_seconds()).collect();
    assert!(moments.windows(2).all(|two| two[0] >= two[1]), "newest first: {moments:?}");
    let detail = show(&desk, &newest[0].id).await;
    assert_eq!(detail.body.as_deref(), Some("Where is it?"));
    let priced = found(&desk, "direction:outbound purpose:elsewhere").await;
    assert_eq!(
        (priced[0].price.as_deref(), priced[0].price_currency.as_deref()),
        (Some("-0.00750"), Some("USD"))
    );
    assert_eq!(found(&desk, "from:+4917600000001").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_tied_to_its_payment_and_stands_in_its_timeline() {
    let (home, shop, vendor) = (TestHome::new(), small_vendor().await, vendor_with(0).await);
    let desk = home.open().await;
    connected(&desk, &shop, "shop").await;
    with_sms(&desk, &vendor, &[ADA]).await;
    let payment = refundable(&desk).await;
    let receipt = SendMessage {
        payment: Some(payment.clone()),
        content: MessageContent::Receipt,
        language: Some("de".to_owned()),
        ..text(ADA, "")
    };
    let done = sent(&desk, receipt).await;
    assert_eq!((done.payment.as_deref(), done.link.as_deref()), (Some(payment.as_str()), Some("exact")));
    assert_eq!(found(&desk, &format!("payment:{payment} channel:sms")).await.len(), 1);
    let shown = desk.call(SANDBOX, contract::payments::Show { id: payment }).await.unwrap();
    let contract::payments::Shown::Payment(detail) = shown else { panic!("a payment") };
    assert!(detail.timeline.iter().any(|entry| entry.what == "sms_receipt"), "{:?}", detail.timeline);
}

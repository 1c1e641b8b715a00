//! Email to customers where something is not as it was meant: another wish under the same request, a disk that is full, two accounts, a person
//! who wants to be forgotten.

use contract::keeping::{EraseCustomer, ExportCustomer};
use contract::messages::{
    CloseMessage, ConnectMail, ListMessages, MessageContent, PreviewMessage, SendMessage, SetMailSettings,
    ShowMessage,
};
use contract::payments::{Show, Shown};
use contract::{ErrorCode, MoneyMoved};
use desk::{Connection, DeskOptions};
use domain::RequestId;

use crate::disk::Disk;
use crate::messages::{allow, connect, mail_vendor, refused, sent, text, with_mail};
use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

#[tokio::test(flavor = "multi_thread")]
async fn another_wish_under_the_same_request_is_refused_and_not_answered_with_the_earlier_message() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    let first = text("ada@example.com");
    let done = sent(&desk, first.clone()).await;
    let other = |subject: &str, text: &str| MessageContent::FreeText {
        subject: subject.to_owned(),
        text: text.to_owned(),
    };
    for changed in [
        SendMessage { to: Some("bob@example.com".to_owned()), ..first.clone() },
        SendMessage { content: other("Hello", "Your parcel is lost."), ..first.clone() },
        SendMessage { content: other("Goodbye", "Your parcel left."), ..first.clone() },
        SendMessage {
            content: MessageContent::Template { id: "d-1".to_owned(), data: String::new() },
            ..first.clone()
        },
    ] {
        let error = desk.call(SANDBOX, changed).await.unwrap_err();
        assert_eq!((error.code, error.money_moved), (ErrorCode::MessageRequestUsed, MoneyMoved::No));
        assert_eq!(error.params.get("id"), Some(&done.id));
    }
    assert_eq!(sent(&desk, first).await.id, done.id);
    assert_eq!(mail.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn d06_a_mail_whose_answer_the_full_disk_does_not_take_is_in_doubt_and_can_be_given_up() {
    let Some(disk) = Disk::of("24m", "d06_a_mail_whose_answer_the_full_disk_does_not_take") else { return };
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let options = || DeskOptions { home: disk.path().join("home"), ..home.options(false) };
    let desk = Connection::open(options()).await.unwrap();
    with_mail(&desk, &mail).await;
    desk.close().await;
    // Opened anew its log has no room of its own, so that each write needs some of the disk's.
    let desk = Connection::open(options()).await.unwrap();
    mail.set_faults("POST /v3/mail/send:latency=1500".parse().unwrap());
    let request = text("ada@example.com");
    let sending = tokio::spawn({
        let (desk, request) = (desk.clone(), request.clone());
        async move { desk.call(SANDBOX, request).await }
    });
    let listed = loop {
        let page = desk.call(SANDBOX, ListMessages::default()).await.unwrap();
        if page.items.len() == 1 {
            break page.items;
        }
        tokio::task::yield_now().await;
    };
    let id = listed[0].id.clone();
    let detail = desk.call(SANDBOX, ShowMessage { id: id.clone() }).await.unwrap();
    assert!(!detail.can_close, "it is on its way");
    disk.fill();
    let mut notices = desk.notices();
    let error = sending.await.unwrap().unwrap_err();
    assert_eq!((error.code, error.params.get("id")), (ErrorCode::MessageInDoubt, Some(&id)));
    assert_eq!(mail.taken().len(), 1);
    let is_told = |notice: contract::Notice| matches!(notice, contract::Notice::Changed { tags, .. } if tags.contains(&contract::endpoint::Tag::Messages));
    assert!(std::iter::from_fn(|| notices.try_recv().ok()).any(is_told), "windows look at it again");
    // With room again it is known that nothing is under way, and a person may decide.
    disk.make_room();
    assert_eq!(refused(&desk, text("ada@example.com")).await, ErrorCode::MessageOpen);
    assert!(desk.call(SANDBOX, ShowMessage { id: id.clone() }).await.unwrap().can_close);
    assert_eq!(desk.call(SANDBOX, CloseMessage { id }).await.unwrap().state, "canceled");
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_accounts_for_mail_one_is_chosen_and_with_none_it_says_so() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    assert_eq!(refused(&desk, text("ada@example.com")).await, ErrorCode::NoMailAccount);
    with_mail(&desk, &mail).await;
    let second = ConnectMail { label: "more letters".to_owned(), ..connect(&mail, mail.api_key()) };
    desk.call(SANDBOX, second).await.unwrap();
    assert_eq!(refused(&desk, text("ada@example.com")).await, ErrorCode::MailAccountNeeded);
    let named = SendMessage { account: Some("more letters".to_owned()), ..text("ada@example.com") };
    assert_eq!(sent(&desk, named).await.account, "more letters");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_does_not_claim_mail_that_nobody_got() {
    let (home, vendor, mail) = (TestHome::new(), small_vendor().await, mail_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, &mail).await;
    allow(&desk, "@example.com").await;
    let payment = refundable(&desk).await;
    let about = |to: &str| SendMessage { payment: Some(payment.clone()), ..text(to) };
    sent(&desk, about("nobody@example.org")).await;
    sent(&desk, about("ada@example.com")).await;
    mail.set_faults("POST /v3/mail/send:401:1".parse().unwrap());
    assert_eq!(sent(&desk, about("bob@example.com")).await.state, "refused");
    let Shown::Payment(detail) = desk.call(SANDBOX, Show { id: payment.clone() }).await.unwrap() else {
        panic!("a payment's id shows a payment");
    };
    let mut told: Vec<String> =
        detail.timeline.into_iter().filter(|one| one.sort == "message").map(|one| one.what).collect();
    told.sort();
    assert_eq!(told, ["message_checked", "message_free_text", "message_refused", "message_written"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_of_a_whole_domain_may_be_named_though_others_are_listed() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    let from = |from: &str| SetMailSettings {
        label: "letters".to_owned(),
        from: Some(from.to_owned()),
        ..SetMailSettings::default()
    };
    let settings = desk.call(SANDBOX, from("billing@authenticated.example")).await.unwrap();
    assert_eq!(settings.from.as_deref(), Some("billing@authenticated.example"));
    let unverified = settings.senders.iter().find(|one| !one.verified).unwrap();
    let error = desk.call(SANDBOX, from(&unverified.email)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::BadAddress);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_only_mailed_is_copied_and_erased_by_the_address() {
    let (home, mail) = (TestHome::new(), mail_vendor().await);
    let desk = home.open().await;
    with_mail(&desk, &mail).await;
    allow(&desk, "ada@example.com").await;
    let message = sent(&desk, text("ada@example.com")).await;
    let wished = |id: &str| ExportCustomer { id: id.to_owned(), account: None, to: None };
    let copy = desk.call(SANDBOX, wished("Ada@example.com")).await.unwrap();
    assert!(copy.document.unwrap().contains(&message.id));
    assert_eq!(copy.account, None);
    let erase = |id: &str, confirm: &str| EraseCustomer {
        id: id.to_owned(),
        confirm: confirm.to_owned(),
        account: None,
    };
    let unsure = desk.call(SANDBOX, erase("ada@example.com", "ada@example.org")).await.unwrap_err();
    assert_eq!(unsure.code, ErrorCode::NotConfirmed);
    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    let open =
        sent(&desk, SendMessage { request_id: RequestId::generate(), ..text("ada@example.com") }).await;
    let error = desk.call(SANDBOX, erase("ada@example.com", "ada@example.com")).await.unwrap_err();
    assert_eq!((error.code, error.params.get("id")), (ErrorCode::PersonMessageOpen, Some(&open.id)));
    desk.call(SANDBOX, CloseMessage { id: open.id }).await.unwrap();
    let erased = desk.call(SANDBOX, erase("ada@example.com", "ada@example.com")).await.unwrap();
    assert_eq!((erased.messages, erased.account), (2, None));
    let all = desk.call(SANDBOX, ListMessages::default()).await.unwrap();
    assert!(all.items.iter().all(|one| one.to.starts_with("erased ") && one.subject.is_none()));
    let gone = desk.call(SANDBOX, wished("ada@example.com")).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::UnknownId);
    // Outside live her address gets no real mail any more.
    let preview = PreviewMessage {
        channel: None,
        from: None,
        account: None,
        to: Some("ada@example.com".to_owned()),
        payment: None,
        content: text("x").content,
        language: None,
        group: None,
        send_at: None,
        check: false,
    };
    assert!(desk.call(SANDBOX, preview).await.unwrap().sandbox_mode);
}

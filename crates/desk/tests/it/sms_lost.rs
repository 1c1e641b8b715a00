//! SMS whose answer was lost: the vendor's list tells of them where exactly one message in it can be the one, and else a person decides.

use contract::ErrorCode;
use contract::messages::{CloseMessage, ConnectMail, SendMessage, SetMailSettings, SyncMessages};

use crate::sms::{connect, found, refused, sent, show, synced, text, vendor_with, with_sms};
use crate::support::{SANDBOX, TestHome};

const ADA: &str = "+4915112345678";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_settled_by_the_one_message_of_the_list_that_can_be_it() {
    let (home, vendor) = (TestHome::new(), vendor_with(3).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    for (number, fault) in
        ["reset-after", "500-after", "bad-gateway", "html", "truncate"].into_iter().enumerate()
    {
        vendor.set_faults(format!("POST /Messages.json:{fault}:1").parse().unwrap());
        let one = sent(&desk, text(ADA, &format!("Parcel {number}"))).await;
        assert_ne!(one.state, "unsettled", "{fault}");
        let detail = show(&desk, &one.id).await;
        assert_eq!(detail.vendor_id.as_deref(), Some(vendor.taken()[number].sid.as_str()), "{fault}");
        assert_eq!((detail.sends, vendor.taken().len()), (1, number + 1), "{fault}");
    }
    // The list says so only later; meanwhile nothing like it is sent.
    vendor.set_faults("POST /Messages.json:reset-after:1,GET /Messages.json:html:9".parse().unwrap());
    let lost = sent(&desk, text(ADA, "Parcel 9")).await;
    assert_eq!(lost.state, "unsettled");
    assert_eq!(refused(&desk, text(ADA, "Parcel 9")).await, ErrorCode::MessageOpen);
    vendor.set_faults(sandbox::FaultSpec::default());
    let done = synced(&desk).await;
    assert_eq!((done.found, done.in_doubt, done.complete), (1, 0, true), "{done:?}");
    assert_eq!(found(&desk, "channel:sms").await.len(), 6 + 3, "ours once, and the history");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_taken_or_looks_alike_stays_in_doubt() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    vendor.set_faults("POST /Messages.json:500:1".parse().unwrap());
    let lost = sent(&desk, text(ADA, "Not taken")).await;
    assert_eq!((lost.state.as_str(), vendor.taken().len()), ("unsettled", 0));
    assert_eq!(synced(&desk).await.in_doubt, 1);
    let closed = desk.call(SANDBOX, CloseMessage { id: lost.id }).await.unwrap();
    assert_eq!(closed.state, "canceled");

    // Somebody sends the same to the same number by hand: either may be ours.
    vendor.set_faults("POST /Messages.json:reset-after:1,GET /Messages.json:html:9".parse().unwrap());
    let lost = sent(&desk, text(ADA, "Twice")).await;
    vendor.set_faults(sandbox::FaultSpec::default());
    let other = ConnectMail { label: "other".to_owned(), ..connect(&vendor, vendor.account()) };
    desk.call(SANDBOX, other).await.unwrap();
    let label = "other".to_owned();
    let allow = SetMailSettings { label, allow: Some(ADA.to_owned()), ..SetMailSettings::default() };
    desk.call(SANDBOX, allow).await.unwrap();
    sent(&desk, SendMessage { account: Some("other".to_owned()), ..text(ADA, "Twice") }).await;
    let request = SyncMessages { account: Some("texts".to_owned()) };
    assert_eq!(desk.call(SANDBOX, request).await.unwrap().in_doubt, 1);
    let detail = show(&desk, &lost.id).await;
    assert_eq!(
        (detail.message.state.as_str(), detail.message.reason.as_deref()),
        ("needs_person", Some("several_alike"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_another_of_ours_may_be_is_taken_for_neither() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    // The first was taken and given up, the second was not taken.
    vendor.set_faults("POST /Messages.json:reset-after:1,GET /Messages.json:html:9".parse().unwrap());
    let first = sent(&desk, text(ADA, "Your parcel")).await;
    desk.call(SANDBOX, CloseMessage { id: first.id }).await.unwrap();
    vendor.set_faults("POST /Messages.json:500:1,GET /Messages.json:html:9".parse().unwrap());
    let second = sent(&desk, text(ADA, "Your parcel")).await;
    assert_eq!((second.state.as_str(), vendor.taken().len()), ("unsettled", 1));
    vendor.set_faults(sandbox::FaultSpec::default());
    let done = synced(&desk).await;
    assert_eq!((done.found, done.in_doubt), (0, 1));
    assert_eq!(show(&desk, &second.id).await.message.reason.as_deref(), Some("several_alike"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_listed_without_its_text_is_not_told_to_be_missing() {
    let (home, vendor) = (TestHome::new(), vendor_with(0).await);
    let desk = home.open().await;
    with_sms(&desk, &vendor, &[ADA]).await;
    vendor.set_faults("POST /Messages.json:reset-after:1,GET /Messages.json:html:9".parse().unwrap());
    let lost = sent(&desk, text(ADA, "Your parcel")).await;
    vendor.set_faults(sandbox::FaultSpec::default());
    vendor.redact();
    let done = synced(&desk).await;
    assert_eq!((done.found, done.in_doubt), (0, 1));
    let message = show(&desk, &lost.id).await.message;
    assert_eq!(
        (message.state.as_str(), message.reason.as_deref()),
        ("needs_person", Some("text_not_listed"))
    );
}

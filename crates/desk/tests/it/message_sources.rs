//! Where else it is learned what became of messages, and which payments they are about: dumps in a folder, the vendor's activity, and people.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test stands on must be there")]

#[path = "../../examples/join_quality/measure.rs"]
mod measure;

use std::io::Write;
use std::time::Duration;

use contract::accounts::KeySource;
use contract::message_sources::{CheckActivity, ImportMessages, MessagesImported};
use contract::messages::{
    ConnectMail, CountMessages, LinkMessage, ListMessages, MessageContent, MessageView, SendMessage,
    SetMailSettings, ShowMessage, UnlinkMessage,
};
use contract::{ErrorCode, SecretText};
use desk::Connection;
use domain::{Environment, RequestId, Secret, Vendor};
use sandbox::{MailSandbox, MailSandboxConfig, PastMail, Sandbox, SandboxConfig};

use crate::support::{SANDBOX, TestHome, connected, refundable, small_vendor};

async fn with_mail(desk: &Connection, config: MailSandboxConfig) -> MailSandbox {
    let vendor = MailSandbox::start(config).await.unwrap();
    let connect = ConnectMail {
        vendor: Vendor::SendGrid,
        label: "letters".to_owned(),
        environment: Some(Environment::Sandbox),
        region: None,
        account_sid: None,
        base_url: Some(vendor.base_url()),
        key: KeySource::Text { key: SecretText(Secret::new(vendor.api_key())) },
    };
    desk.call(SANDBOX, connect).await.unwrap();
    let allow = SetMailSettings {
        label: "letters".to_owned(),
        allow: Some("@example.com".to_owned()),
        ..SetMailSettings::default()
    };
    desk.call(SANDBOX, allow).await.unwrap();
    vendor
}

async fn imported(desk: &Connection, folder: &std::path::Path) -> MessagesImported {
    let request = ImportMessages { account: None, folder: folder.display().to_string() };
    loop {
        let read = desk.call(SANDBOX, request.clone()).await.unwrap();
        if read.done {
            return read;
        }
    }
}

async fn count(desk: &Connection, query: &str) -> u64 {
    desk.call(SANDBOX, CountMessages { query: query.to_owned(), exact: true }).await.unwrap().messages
}

async fn listed(desk: &Connection, query: &str) -> Vec<MessageView> {
    let request = ListMessages { query: query.to_owned(), ..ListMessages::default() };
    desk.call(SANDBOX, request).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_as_exact_is_right_and_what_is_shown_as_likely_nearly_always() {
    let home = TestHome::new();
    let vendor = Sandbox::start(SandboxConfig { charges: 600, ..SandboxConfig::default() }).await.unwrap();
    let desk = home.open().await;
    let folder = tempfile::tempdir().unwrap();
    let found = measure::measure(&desk, &vendor, 600, folder.path()).await;
    assert!(found.is_reached(), "{found:?}");
    assert!(found.messages > 400 && found.missed * 4 < found.messages, "{found:?}");
    assert_eq!(count(&desk, "link:exact").await, found.exact.0);
    assert_eq!(count(&desk, "link:likely").await, found.likely.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn dumps_are_read_once_whatever_is_in_them_and_read_on_when_they_grew() {
    let home = TestHome::new();
    let vendor = small_vendor().await;
    let desk = home.open().await;
    with_mail(&desk, MailSandboxConfig::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let events: Vec<_> =
        vendor.past_mail(120).iter().flat_map(PastMail::webhook_events).map(|one| one.to_string()).collect();
    let (array, lines) = events.split_at(events.len() / 2);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("a.json", format!("[{}]", array.join(",\n")).as_bytes());
    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped
        .write_all(format!("nonsense\n{}\n{{\"event\":\"open\"}}\n\n", lines.join("\n")).as_bytes())
        .unwrap();
    write("b.jsonl.gz", &zipped.finish().unwrap());
    write("c.jsonl.gz", b"no gzip");
    write("notes.txt", b"not read");
    let read = imported(&desk, folder.path()).await;
    let files: Vec<_> = read.files.iter().map(|one| (one.name.as_str(), one.finished, one.bad)).collect();
    assert_eq!(files, [("a.json", true, 0), ("b.jsonl.gz", true, 2), ("c.jsonl.gz", false, 0)]);
    assert!(read.files[2].problem.is_some());
    assert_eq!(read.files[1].problems[0].line, 1);
    assert_eq!(read.files.iter().map(|one| one.events).sum::<u64>(), events.len() as u64);
    let all = count(&desk, "purpose:elsewhere").await;
    assert!(all > 50, "{all}");
    // Nothing is taken twice: not of the same files, and not of one of the same events by another name.
    write("d.jsonl", lines.join("\n").as_bytes());
    let again = imported(&desk, folder.path()).await;
    assert_eq!((again.files[3].events, again.files[3].known), (0, lines.len() as u64));
    assert_eq!(count(&desk, "purpose:elsewhere").await, all);
    let nowhere = ImportMessages { account: None, folder: "/nowhere/at/all".to_owned() };
    assert_eq!(desk.call(SANDBOX, nowhere).await.unwrap_err().code, ErrorCode::FolderUnreadable);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_settles_what_may_have_been_sent_within_its_rate_and_a_missing_extra_is_said() {
    let (home, folder) = (TestHome::new(), tempfile::tempdir().unwrap());
    let desk = home.open().await;
    let config = MailSandboxConfig { pace: Duration::from_millis(5), ..MailSandboxConfig::default() };
    let mail = with_mail(&desk, config).await;
    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    let lost = |to: &str| SendMessage {
        request_id: RequestId::generate(),
        channel: None,
        account: None,
        from: None,
        to: Some(to.to_owned()),
        payment: None,
        content: MessageContent::FreeText { subject: "Hello".to_owned(), text: "It left.".to_owned() },
        language: None,
        group: None,
        send_at: None,
    };
    let sent = desk.call(SANDBOX, lost("ada@example.com")).await.unwrap();
    assert_eq!(sent.state, "unsettled");
    let checked = desk.call(SANDBOX, CheckActivity::default()).await.unwrap();
    // What the vendor knows was taken, even where nothing became of it yet.
    let shown = desk.call(SANDBOX, ShowMessage { id: sent.id.clone() }).await.unwrap();
    if checked.settled == 0 {
        // The activity comes a little after the mail, as it does in life.
        assert_eq!((checked.unknown, shown.message.state.as_str()), (1, "unsettled"));
    }
    // One that never arrived there stays in doubt, and nothing is sent again.
    mail.set_faults("POST /v3/mail/send:timeout:1".parse().unwrap());
    let taken = mail.taken().len();
    let one = CheckActivity { account: None, id: Some(sent.id.clone()) };
    let mut waited = 0;
    for _ in 0..8 {
        waited += desk.call(SANDBOX, one.clone()).await.unwrap().waiting;
    }
    assert!(waited > 0, "six requests a minute are all that it is asked");
    assert_eq!(mail.taken().len(), taken);
    drop(folder);

    let without = MailSandboxConfig { activity: false, ..MailSandboxConfig::default() };
    let home = TestHome::new();
    let desk = home.open().await;
    let mail = with_mail(&desk, without).await;
    mail.set_faults("POST /v3/mail/send:reset-after:1".parse().unwrap());
    desk.call(SANDBOX, lost("ada@example.com")).await.unwrap();
    let refused = desk.call(SANDBOX, CheckActivity::default()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ActivityNotOffered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_says_what_a_message_is_about_and_that_stays() {
    let (home, vendor) = (TestHome::new(), small_vendor().await);
    let desk = home.open().await;
    connected(&desk, &vendor, "shop").await;
    with_mail(&desk, MailSandboxConfig::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let lines: String = vendor
        .past_mail(120)
        .iter()
        .flat_map(PastMail::webhook_events)
        .map(|one| format!("{one}\n"))
        .collect();
    std::fs::write(folder.path().join("a.jsonl"), lines).unwrap();
    imported(&desk, folder.path()).await;
    let likely = listed(&desk, "link:likely").await.remove(0);
    let other = refundable(&desk).await;
    let link = LinkMessage { id: likely.id.clone(), payment: other.clone() };
    let linked = desk.call(SANDBOX, link).await.unwrap();
    assert_eq!((linked.link.as_deref(), linked.payment.as_deref()), (Some("by_hand"), Some(other.as_str())));
    crate::support::synced(&desk).await;
    let shown = desk.call(SANDBOX, ShowMessage { id: likely.id.clone() }).await.unwrap();
    assert_eq!(shown.message.link.as_deref(), Some("by_hand"));
    let none = desk.call(SANDBOX, UnlinkMessage { id: likely.id.clone() }).await.unwrap();
    assert_eq!((none.link, none.payment), (None, None));
    let unknown = LinkMessage { id: likely.id, payment: "ch_nothing".to_owned() };
    assert!(desk.call(SANDBOX, unknown).await.is_err());
}

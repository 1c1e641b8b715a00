//! The vendor's list of messages, read a few pages at a time: whatever stops it, each message is in the journal once.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::time::Duration;

use domain::{
    AccountId, Environment, MessagePurpose, MessageState, PhoneNumber, RequestId, Secret, Timestamp, Vendor,
};
use mirror::{AccountRow, FindScope, KeyReference, LogMark, MailSettings, Mirror, OpenOptions};
use operations::sms::log::{LogRead, read};
use operations::sms::settling::{Lookup, settle};
use operations::sms::{self, SmsAccount, SmsDraft, SmsWish};
use operations::{Clock as _, SystemClock};
use sandbox::{SmsSandbox, SmsSandboxConfig};
use tempfile::TempDir;
use tokio::time::Instant;
use transport::{AttemptRecord, AttemptSink};
use vendors::twilio::{CallError, Twilio, TwilioConfig};

struct Nowhere;

impl AttemptSink for Nowhere {
    fn record(&self, _attempt: AttemptRecord) {}
}

async fn account_at(vendor: &SmsSandbox) -> (SmsAccount, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror-sandbox.db");
    let options = OpenOptions { path, environment: Environment::Sandbox, key: None, readers: 2 };
    let mirror = Mirror::open(options).await.unwrap();
    let (account_sid, token) = vendor.account();
    let row = AccountRow {
        id: AccountId::generate(),
        vendor: Vendor::Twilio,
        environment: Environment::Sandbox,
        label: "texts".parse().unwrap(),
        base_url: vendor.base_url(),
        key_reference: KeyReference::Vault,
        write_key_reference: None,
        vendor_account_id: Some(account_sid.to_owned()),
        vendor_name: None,
        rights_json: "[]".to_owned(),
        default_currency: None,
        created_at: SystemClock.now(),
        removed_at: None,
    };
    mirror.accounts().insert(&row).await.unwrap();
    let config = TwilioConfig {
        account: row.id,
        base_url: vendor.base_url().parse().unwrap(),
        environment: Environment::Sandbox,
        account_sid: account_sid.to_owned(),
        key: Secret::new(token),
        attempt: Duration::from_secs(20),
    };
    let client = Twilio::new(config, Arc::new(Nowhere), Arc::new(transport::SystemClock::new())).unwrap();
    (SmsAccount { row, mirror, client, clock: Arc::new(SystemClock) }, folder)
}

async fn vendor_with(history: u32) -> SmsSandbox {
    SmsSandbox::start(SmsSandboxConfig { history, ..SmsSandboxConfig::default() }).await.unwrap()
}

async fn turn(account: &SmsAccount, pages: usize) -> LogRead {
    read(account, pages).await.unwrap().unwrap()
}

/// All that is in the journal, as it is listed.
async fn listed(account: &SmsAccount) -> Vec<Timestamp> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = account
            .mirror
            .find_messages("", FindScope::all(SystemClock.now()), 1_000, after.as_deref(), None)
            .await
            .unwrap();
        all.extend(page.items.iter().map(|one| one.created_at));
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_read_in_turns_is_whole_at_last_and_holds_nothing_twice() {
    let vendor = vendor_with(2_310).await;
    let (account, _folder) = account_at(&vendor).await;
    let first = turn(&account, 1).await;
    assert_eq!((first.read, first.new, first.mark.reached_end), (500, 500, false));
    // What comes in meanwhile is read first, and the older ones are gone on with.
    vendor.receive("+4917600000001", "Hello");
    let mut turns = 1;
    let mut new = first.new;
    while !account.mirror.messages().log_mark(account.row.id).await.unwrap().reached_end {
        new += turn(&account, 2).await.new;
        turns += 1;
        assert!(turns < 20, "it comes to an end");
    }
    assert_eq!(new, 2_311);
    let all = listed(&account).await;
    assert_eq!(all.len(), 2_311);
    assert!(all.windows(2).all(|two| two[0] >= two[1]), "newest first");
    let again = turn(&account, 5).await;
    assert_eq!((again.new, again.changed), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_says_no_leaves_what_was_read() {
    let vendor = vendor_with(600).await;
    let (account, _folder) = account_at(&vendor).await;
    vendor.set_faults("GET /Messages.json:401:1".parse().unwrap());
    assert!(matches!(read(&account, 5).await.unwrap(), Err(CallError::Unauthorized(_))));
    assert!(listed(&account).await.is_empty());
    assert_eq!(turn(&account, 1).await.new, 500);
    vendor.set_faults("GET /Messages.json:html:1".parse().unwrap());
    assert_eq!(read(&account, 5).await.unwrap(), Err(CallError::Unreadable));
    assert_eq!(listed(&account).await.len(), 500);
    let rest = turn(&account, 5).await;
    assert_eq!((rest.new, rest.mark.reached_end), (100, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_empty_is_read_again() {
    let vendor = vendor_with(0).await;
    let (account, _folder) = account_at(&vendor).await;
    let first = turn(&account, 5).await;
    assert_eq!((first.read, first.mark.reached_end), (0, true));
    assert_eq!(turn(&account, 5).await.new, 0);
    vendor.receive("+4917600000001", "Hello");
    let more = turn(&account, 5).await;
    assert_eq!((more.new, more.mark.oldest_at.is_some()), (1, true));
    assert_eq!(listed(&account).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_a_long_absence_is_written_as_it_is_read_and_the_gap_below_it_is_closed() {
    let vendor = vendor_with(2_310).await;
    let (account, _folder) = account_at(&vendor).await;
    let journal = account.mirror.messages();
    let known = Some(SystemClock.now().plus_ms(-2_000 * 3_600_000));
    let mark = LogMark { newest_at: known, oldest_at: known, ..LogMark::default() };
    journal.log(account.row.id, &[], &mark, SystemClock.now()).await.unwrap();
    let first = turn(&account, 2).await;
    assert_eq!((first.new, first.mark.newest_at), (1_000, known), "no more than was allowed");
    assert_eq!(listed(&account).await.len(), 1_000);
    assert!(first.mark.ahead.is_some());
    // Something new above the gap does not open another.
    vendor.receive("+4917600000001", "Hello");
    let mut turns = 0;
    loop {
        let done = turn(&account, 2).await;
        if done.mark.ahead.is_none() && done.mark.reached_end {
            break;
        }
        turns += 1;
        assert!(turns < 20, "it comes to an end: {:?}", done.mark);
    }
    let all = listed(&account).await;
    assert_eq!(all.len(), 2_311);
    assert!(all.windows(2).all(|two| two[0] >= two[1]), "newest first");
    assert_eq!(turn(&account, 5).await.new, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_under_way_is_not_looked_for_by_another() {
    let vendor = vendor_with(0).await;
    let (account, _folder) = account_at(&vendor).await;
    let ada = "+4915112345678";
    let settings = MailSettings {
        from_address: Some(vendor.number().to_owned()),
        allowed: vec![ada.to_owned()],
        ..MailSettings::default()
    };
    account.mirror.messages().set_settings(account.row.id, &settings, SystemClock.now()).await.unwrap();
    let purpose = MessagePurpose::FreeText;
    let to = PhoneNumber::read(ada).unwrap();
    let draft = SmsDraft { to, from: None, purpose, text: "Hi".to_owned(), callback: None };
    let ready = sms::ready(Environment::Sandbox, &settings, draft).unwrap();
    let digest = "a wish".to_owned();
    let wish = SmsWish { request_id: RequestId::generate(), purpose, link: None, digest, template: None };
    sms::decide(&account, &wish, &ready).await.unwrap();
    vendor.set_faults("POST /Messages.json:reset-after:1".parse().unwrap());
    let until = Instant::now() + Duration::from_secs(5);
    let lost = sms::hand_over(&account, &ready, until).await.unwrap();
    assert_eq!(lost.standing.state, MessageState::Unsettled);
    assert_eq!(settle(&account, Lookup::Recent, &[lost.id]).await.unwrap(), 0);
    assert_eq!(settle(&account, Lookup::Recent, &[]).await.unwrap(), 1);
}

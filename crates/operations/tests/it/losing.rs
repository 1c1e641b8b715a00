//! What the feed told, and what it does not tell, is lost by no run that ends early, fails or waits.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{Environment, Kind, Observed, Record, Timestamp};
use mirror::{Means, SliceRow, SliceState};
use operations::sync::{ListState, Report, Run};
use operations::{OpenAccount, OperationError};
use sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vendors::stripe::PageRequest;

use crate::hiding::Hiding;
use crate::kills::contents;
use crate::support::{MovedClock, account_at, call_vendor, connected_anew, sync};

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// A vendor, what stands before it, and an account that reads it through that.
struct Shop {
    vendor: Sandbox,
    proxy: Hiding,
    account: OpenAccount,
    clock: Arc<MovedClock>,
    _folder: TempDir,
}

impl Shop {
    async fn open(charges: u32) -> Self {
        let vendor = Sandbox::start(SandboxConfig { charges, ..SandboxConfig::default() }).await.unwrap();
        let proxy = Hiding::before(&vendor.base_url()).await;
        let (account, clock, folder) = account_at(&proxy.base_url(), vendor.secret_key()).await;
        Self { vendor, proxy, account, clock, _folder: folder }
    }

    async fn mirrored(charges: u32) -> Self {
        let shop = Self::open(charges).await;
        sync(&shop.account).await.unwrap();
        shop
    }

    /// Both clocks go on.
    fn pass(&self, seconds: u64) {
        self.vendor.advance(Duration::from_secs(seconds));
        self.clock.move_seconds(i64::try_from(seconds).unwrap());
    }

    fn rules<T>(&self, act: impl FnOnce(&mut crate::hiding::Rules) -> T) -> T {
        act(&mut self.proxy.rules.lock().unwrap())
    }

    /// Requests so far whose path begins so.
    fn asked(&self, path: &str) -> usize {
        self.rules(|rules| rules.asked.iter().filter(|asked| asked.starts_with(path)).count())
    }

    async fn slice(&self, kind: Kind) -> SliceRow {
        self.account.mirror.sync_slices().get(self.account.id(), kind).await.unwrap().unwrap()
    }

    async fn as_of(&self, kind: Kind) -> Timestamp {
        self.slice(kind).await.as_of.unwrap()
    }

    /// Gives so many customers, the oldest first, another name at the vendor.
    async fn rename_customers(&self, count: usize) -> Vec<String> {
        let mut request = PageRequest::default();
        let mut ids: Vec<String> = Vec::new();
        loop {
            let page = self.account.stripe.list(Kind::Customers, &request).await.unwrap();
            ids.extend(page.records.iter().map(|seen| seen.record.vendor_id().to_owned()));
            if !page.has_more {
                break;
            }
            request.cursor = page.last_id.map(vendors::stripe::Cursor::After);
        }
        assert!(ids.len() >= count, "{} customers", ids.len());
        let oldest = ids.split_off(ids.len() - count);
        for id in &oldest {
            call_vendor(&self.vendor, "POST", &format!("/v1/customers/{id}"), "name=Renamed").await;
        }
        oldest
    }

    async fn renamed(&self, ids: &[String]) -> usize {
        let mut renamed = 0;
        for id in ids {
            let found = self.account.mirror.customers().by_id(self.account.id(), id).await.unwrap().unwrap();
            renamed += usize::from(found.value.name.as_deref() == Some("Renamed"));
        }
        renamed
    }

    /// A payment comes; answers with the line of the balance that it makes.
    async fn sell(&self) -> String {
        let form = "amount=1500&currency=usd&source=tok_visa";
        let charge = call_vendor(&self.vendor, "POST", "/v1/charges", form).await;
        charge["balance_transaction"].as_str().unwrap().to_owned()
    }

    async fn has_entry(&self, vendor_id: &str) -> bool {
        self.account.mirror.balance_entries().by_id(self.account.id(), vendor_id).await.unwrap().is_some()
    }

    /// A run that somebody stops once it told of something for the so manieth time.
    async fn stopped(&self, times: u32, when: impl Fn(&Report) -> bool + Sync) {
        let cancel = CancellationToken::new();
        let heard = AtomicU32::new(0);
        let report = |report: Report| {
            if when(&report) && heard.fetch_add(1, Ordering::SeqCst) + 1 >= times {
                cancel.cancel();
            }
        };
        let run = Run { account: &self.account, cancel: cancel.clone(), report: &report, every_list: false };
        assert!(matches!(run.sync().await, Err(OperationError::Canceled)));
    }

    /// The same account as a vendor elsewhere sees it, whose reads are counted.
    fn counted(&self) -> OpenAccount {
        let mut account = connected_anew(&self.account, self.vendor.secret_key());
        account.row.environment = Environment::Test;
        account
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_events_did_not_carry_is_read_by_the_next_run_when_one_was_stopped_behind_them() {
    let shop = Shop::mirrored(150).await;
    let ids = shop.rename_customers(6).await;
    shop.pass(MINUTE);
    shop.rules(|rules| rules.old_events = true);
    let before = shop.as_of(Kind::Customers).await;
    // The run first tells where each list stands, and then of the page of the feed.
    shop.stopped(2, |report| report.kind == Kind::Events).await;
    assert_eq!(shop.as_of(Kind::Customers).await, before, "the list is not complete before they are read");
    let summary = sync(&shop.account).await.unwrap();
    assert_eq!(summary.events, 0, "the feed does not tell of them again");
    assert_eq!(shop.renamed(&ids).await, 6);
    assert!(shop.as_of(Kind::Customers).await > before);
    assert_eq!(shop.account.mirror.unread_objects().counts(shop.account.id()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_fails_behind_the_feed_leaves_nothing_unread() {
    let shop = Shop::mirrored(150).await;
    let ids = shop.rename_customers(5).await;
    shop.pass(MINUTE);
    shop.rules(|rules| {
        rules.old_events = true;
        rules.failing = Some(("/v1/customers".to_owned(), 1));
    });
    sync(&shop.account).await.unwrap_err();
    shop.rules(|rules| rules.failing = None);
    let account = connected_anew(&shop.account, shop.vendor.secret_key());
    assert!(sync(&account).await.unwrap().as_of.is_some());
    assert_eq!(shop.renamed(&ids).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_customers_in_great_number_are_read_by_pages_however_long_ago_they_were_created() {
    let shop = Shop::mirrored(600).await;
    let ids = shop.rename_customers(130).await;
    shop.pass(MINUTE);
    shop.rules(|rules| rules.old_events = true);
    let before = shop.asked("/v1/customers");
    let summary = sync(&shop.account).await.unwrap();
    assert!(summary.as_of.is_some());
    assert_eq!(shop.renamed(&ids).await, 130);
    let requests = shop.asked("/v1/customers") - before;
    assert!(requests <= 5, "{requests} requests for 130 neighbours");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_page_shows_is_read_singly_over_several_runs_and_nothing_is_complete_before() {
    let shop = Shop::mirrored(600).await;
    let ids = shop.rename_customers(130).await;
    shop.pass(MINUTE);
    shop.rules(|rules| {
        rules.old_events = true;
        rules.hidden.extend(ids.iter().cloned());
    });
    let as_of = shop.as_of(Kind::Customers).await;
    let before = shop.asked("/v1/customers");
    assert_eq!(sync(&shop.account).await.unwrap().as_of, None);
    assert!(shop.asked("/v1/customers") - before <= 100, "one run goes only so far");
    let read = shop.renamed(&ids).await;
    assert!((90..130).contains(&read), "{read} were read");
    assert_eq!(shop.as_of(Kind::Customers).await, as_of);
    assert!(shop.as_of(Kind::Payments).await > as_of, "the other lists are complete");
    assert!(sync(&shop.account).await.unwrap().as_of.is_some());
    assert_eq!(shop.renamed(&ids).await, 130);
    assert!(shop.as_of(Kind::Customers).await > as_of);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_statements_of_one_moment_are_settled_by_the_vendor_even_after_a_kill() {
    let shop = Shop::mirrored(60).await;
    let page = shop.account.stripe.list(Kind::Customers, &PageRequest::default()).await.unwrap();
    let seen = page.records.first().unwrap().clone();
    let Record::Customer(truth) = seen.record.clone() else { panic!() };
    let other = domain::Customer { name: Some("Somebody else".to_owned()), ..truth.clone() };
    let other = Observed { record: Record::Customer(other), json: b"{}".to_vec(), ..seen.clone() };
    let mirror = &shop.account.mirror;
    for one in [seen, other] {
        mirror.commit_page(shop.account.id(), &[one], None).await.unwrap();
    }
    let unread = mirror.unread_objects().counts(shop.account.id()).await.unwrap();
    assert_eq!(unread, [(Kind::Customers, 1)]);
    shop.pass(MINUTE);
    sync(&shop.account).await.unwrap();
    let found = mirror.customers().by_id(shop.account.id(), &truth.vendor_id).await.unwrap().unwrap();
    assert_eq!(found.value.name, truth.name);
    assert_eq!(mirror.unread_objects().counts(shop.account.id()).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_right_was_withdrawn_is_not_complete_and_stops_no_other() {
    let shop = Shop::mirrored(60).await;
    shop.rename_customers(2).await;
    shop.pass(MINUTE);
    shop.rules(|rules| {
        rules.old_events = true;
        rules.forbidden = Some("/v1/customers".to_owned());
    });
    let before = shop.as_of(Kind::Customers).await;
    assert_eq!(sync(&shop.account).await.unwrap().as_of, None);
    assert_eq!(shop.as_of(Kind::Customers).await, before);
    assert!(shop.as_of(Kind::Payments).await > before);
    shop.rules(|rules| rules.forbidden = None);
    assert!(sync(&shop.account).await.unwrap().as_of.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_the_balance_that_no_event_tells_of_comes_within_the_hour() {
    let shop = Shop::mirrored(150).await;
    let account = shop.counted();
    sync(&account).await.unwrap();
    shop.rules(|rules| rules.feed = Some(Vec::new()));
    shop.pass(10 * MINUTE);
    let line = shop.sell().await;
    let listed_at = shop.as_of(Kind::BalanceEntries).await;
    shop.pass(5 * MINUTE);
    let before = shop.asked("/v1/balance_transactions");
    sync(&account).await.unwrap();
    assert_eq!(shop.asked("/v1/balance_transactions"), before, "a poll is one request");
    assert_eq!(shop.as_of(Kind::BalanceEntries).await, listed_at, "nobody listed it");
    assert!(shop.as_of(Kind::Payments).await > listed_at);
    assert!(!shop.has_entry(&line).await);
    shop.pass(50 * MINUTE);
    assert_eq!(sync(&account).await.unwrap().events, 0);
    assert!(shop.has_entry(&line).await);
    assert!(shop.as_of(Kind::BalanceEntries).await > listed_at);
    // Whoever asks is told at once.
    let line = shop.sell().await;
    let run = Run { account: &account, cancel: CancellationToken::new(), report: &|_| {}, every_list: true };
    run.sync().await.unwrap();
    assert!(shop.has_entry(&line).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_the_balance_are_listed_again_from_where_a_listing_that_failed_began() {
    let shop = Shop::mirrored(150).await;
    shop.pass(10 * MINUTE);
    let line = shop.sell().await;
    shop.pass(MINUTE);
    shop.rules(|rules| rules.failing = Some(("/v1/balance_transactions".to_owned(), 1)));
    sync(&shop.account).await.unwrap_err();
    shop.rules(|rules| rules.failing = None);
    shop.pass(2 * HOUR);
    let account = shop.counted();
    assert_eq!(sync(&account).await.unwrap().events, 0);
    assert!(shop.has_entry(&line).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ahead_skips_nothing_that_came_while_the_lists_loaded() {
    let shop = Shop::open(60).await;
    shop.clock.move_seconds(600);
    // Each list once, and the feed's first page before them.
    let told = u32::try_from(Kind::ALL.len()).unwrap() + 1;
    shop.stopped(told, |report| report.state == ListState::Complete).await;
    shop.pass(MINUTE);
    let line = shop.sell().await;
    shop.pass(MINUTE);
    sync(&shop.account).await.unwrap();
    assert!(shop.has_entry(&line).await);
    assert!(shop.as_of(Kind::BalanceEntries).await < shop.account.clock.now().plus_ms(-500_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_became_available_is_so_in_the_mirror_without_any_event() {
    let shop = Shop::mirrored(150).await;
    let line = shop.sell().await;
    shop.pass(MINUTE);
    sync(&shop.account).await.unwrap();
    let entries = shop.account.mirror.balance_entries();
    let status = || async { entries.by_id(shop.account.id(), &line).await.unwrap().unwrap().value.status };
    assert_eq!(status().await, "pending");
    shop.rules(|rules| rules.feed = Some(Vec::new()));
    shop.pass(4 * DAY);
    let before = shop.asked("/v1/balance_transactions");
    sync(&shop.account).await.unwrap();
    assert_eq!(status().await, "available");
    let requests = shop.asked("/v1/balance_transactions") - before;
    assert!(requests <= 3, "{requests} requests");
    let before = shop.asked("/v1/balance_transactions");
    sync(&shop.account).await.unwrap();
    assert_eq!(shop.asked("/v1/balance_transactions") - before, 1, "nothing is overdue any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_that_was_left_for_a_month_begins_again_and_loses_nothing() {
    let shop = Shop::open(450).await;
    shop.rules(|rules| rules.failing = Some(("/v1/balance_transactions".to_owned(), 2)));
    sync(&shop.account).await.unwrap_err();
    assert_eq!(shop.slice(Kind::BalanceEntries).await.state, SliceState::Running);
    shop.rules(|rules| rules.failing = None);
    shop.pass(3 * DAY);
    shop.sell().await;
    shop.pass(32 * DAY);
    let account = connected_anew(&shop.account, shop.vendor.secret_key());
    sync(&account).await.unwrap();
    let (fresh, _clock, _folder) = account_at(&shop.proxy.base_url(), shop.vendor.secret_key()).await;
    sync(&fresh).await.unwrap();
    for (here, there) in contents(&account).await.into_iter().zip(contents(&fresh).await) {
        if here.0 != Kind::Events {
            assert_eq!(here, there);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendor_s_own_clock_tells_that_the_feed_does_not_reach_back() {
    let shop = Shop::mirrored(150).await;
    shop.pass(DAY);
    let line = shop.sell().await;
    // This machine's clock stood still meanwhile.
    shop.vendor.advance(Duration::from_secs(31 * DAY));
    sync(&shop.account).await.unwrap();
    assert!(shop.has_entry(&line).await);
    let gaps = shop.account.mirror.catch_ups().last(shop.account.id(), 10).await.unwrap();
    assert_eq!(gaps.first().map(|gap| gap.means), Some(Means::Lists), "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap.until.is_some()));
}

/// An event of a new customer, as the vendor writes it.
fn made(number: u32, created: i64) -> Value {
    json!({
        "id": format!("evt_{number:06}"), "object": "event", "api_version": "2026-10-28.endive",
        "created": created, "livemode": false, "pending_webhooks": 0, "type": "customer.created",
        "request": { "id": null, "idempotency_key": null },
        "data": { "object": {
            "id": format!("cus_{number:06}"), "object": "customer", "created": created, "livemode": false,
            "email": null, "name": format!("Customer {number}"), "metadata": {},
        } },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_had_no_event_when_it_was_connected_takes_in_thousands_at_once() {
    let shop = Shop::open(0).await;
    shop.rules(|rules| rules.feed = Some(Vec::new()));
    sync(&shop.account).await.unwrap();
    assert_eq!(shop.slice(Kind::Events).await.newest_id, None);
    shop.pass(10 * MINUTE);
    let now = shop.vendor.now().timestamp();
    let count = 5_250;
    let feed = (0..count).rev().map(|number| made(number, now - 300 + i64::from(number) / 30)).collect();
    shop.rules(|rules| rules.feed = Some(feed));
    sync(&shop.account).await.unwrap();
    let mirrored = shop.account.mirror.count(Kind::Customers, None).await.unwrap();
    assert_eq!(mirrored, u64::from(count));
    assert_eq!(shop.slice(Kind::Events).await.newest_id.as_deref(), Some("evt_005249"));
}

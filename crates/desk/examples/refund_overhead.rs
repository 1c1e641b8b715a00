//! What the journal adds to a refund: the whole of `issue_refund` against the same calls to the
//! vendor without a journal. `./dev bench` runs it in release; it prints medians.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measurement speaks on stdout and may stop")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::accounts::{ConnectAccount, KeySource};
use contract::payments::FindPayments;
use contract::refunds::{IssueRefund, RefundAmount};
use contract::shared::{ListRange, Shell};
use contract::sync::StartSync;
use contract::{Scope, SecretText};
use desk::{Connection, DeskOptions};
use domain::{AccountId, Environment, IntentId, Money, RequestId, Secret, Vendor};
use sandbox::{Sandbox, SandboxConfig};
use transport::{AttemptRecord, AttemptSink, SystemClock};
use vendors::stripe::{Stripe, StripeConfig};

/// Refunds of each sort.
const REFUNDS: usize = 60;
/// One at a time and below the rate that Paydesk grants one endpoint, so that neither waits for it.
const PAUSE: Duration = Duration::from_millis(110);
const SCOPE: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Command };

struct Nowhere;

impl AttemptSink for Nowhere {
    fn record(&self, _attempt: AttemptRecord) {}
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let vendor =
        Sandbox::start(SandboxConfig { charges: 1_000, ..SandboxConfig::default() }).await.expect("a vendor");
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Connection::open(DeskOptions {
        home: folder.path().join("home"),
        shell: Shell::Command,
        passphrase: Some(Secret::new("measured")),
        background: false,
        vault: Some("passphrase".to_owned()),
    })
    .await
    .expect("a Desk");
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.secret_key())) };
    let base_url = Some(vendor.base_url());
    let connect = ConnectAccount { vendor: Vendor::Stripe, label: "bench".to_owned(), base_url, key };
    desk.call(SCOPE, connect).await.expect("a connected account");
    desk.call(SCOPE, StartSync { account: None, wait: true }).await.expect("a mirror");
    let query = "status:succeeded currency:usd".to_owned();
    let range = ListRange { limit: Some(1_000), after: None };
    let found = desk.call(SCOPE, FindPayments { query, account: None, range }).await.expect("payments");
    let payments: Vec<String> =
        found.items.iter().filter(|one| one.state == "succeeded").map(|one| one.id.clone()).collect();
    let (with_journal, without) = payments.split_at(payments.len() / 2);
    let url = vendor.base_url().parse().expect("a URL");
    let config = StripeConfig::new(AccountId::generate(), url, Secret::new(vendor.secret_key()));
    let bare = Stripe::new(config, Arc::new(Nowhere), Arc::new(SystemClock::new())).expect("a client");
    let (mut journalled, mut direct) = (Vec::new(), Vec::new());
    for (ours, theirs) in with_journal.iter().zip(without).take(REFUNDS) {
        tokio::time::sleep(PAUSE).await;
        let request = IssueRefund {
            request_id: RequestId::generate(),
            payment: ours.clone(),
            amount: RefundAmount::Exactly { amount: "1".to_owned() },
            reason: None,
            note: None,
            ticket: None,
            wait_ms: None,
            undo_seconds: None,
            approval: None,
        };
        let began = Instant::now();
        desk.call(SCOPE, request).await.expect("a refund");
        journalled.push(began.elapsed());
        let began = Instant::now();
        bare.payment(theirs).await.expect("a payment");
        bare.refunds_of(theirs).await.expect("its refunds");
        let amount = Money::new(100, "USD".parse().expect("a currency"));
        let write = Stripe::build_refund(IntentId::generate(), theirs, amount, None).expect("a write");
        bare.send_write(&write, &IntentId::generate().to_string(), uuid::Uuid::new_v4()).await;
        bare.payment(theirs).await.expect("the payment again");
        direct.push(began.elapsed());
    }
    let (journalled, direct) = (median(journalled), median(direct));
    println!(
        "refund: {} µs with the journal, {} µs for the same calls without it; the journal adds {} µs (medians of {REFUNDS})",
        journalled.as_micros(),
        direct.as_micros(),
        journalled.saturating_sub(direct).as_micros(),
    );
    desk.close().await;
}

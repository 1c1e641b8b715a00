//! Refunds whose answers are lost after the vendor carried them out: reset, cut short, a page of HTML, a page from
//! a proxy, and none at all. What a shell was told is held against what the vendor did.
#![expect(clippy::unwrap_used, reason = "what a measurement stands on must be there")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::accounts::{ConnectAccount, KeySource};
use contract::payments::FindPayments;
use contract::refunds::{IssueRefund, ListRefunds, RefundAmount, RefundView, SettleRefunds};
use contract::shared::{ListRange, Shell};
use contract::sync::StartSync;
use contract::{ErrorCode, Scope, SecretText};
use desk::{Connection, DeskOptions};
use domain::{Environment, RequestId, Secret, Vendor};
use sandbox::{Sandbox, SandboxConfig};
use tokio::sync::Mutex;

const SCOPE: Scope = Scope { environment: Some(Environment::Sandbox), shell: Shell::Command };
/// Refunds under way at once.
const AT_ONCE: usize = 16;
/// How long what is still open at the end may take with a network.
const ENDED_WITHIN: Duration = Duration::from_secs(60);

/// What is lost, as shares of all tries. Nothing at all is rare, since each takes the whole time of a try.
fn faults(silent: bool) -> String {
    let mut shares =
        vec![("reset-after", "0.2"), ("truncate", "0.15"), ("html", "0.1"), ("bad-gateway", "0.05")];
    if silent {
        shares.push(("timeout", "0.004"));
    }
    let rules: Vec<String> =
        shares.iter().map(|(kind, share)| format!("POST /v1/refunds:{kind}={share}")).collect();
    rules.join(",")
}

/// What it came to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Losses {
    /// Refunds that were wished for, and answers that were lost on their way.
    pub(crate) wishes: u64,
    pub(crate) lost_answers: u64,
    /// Payments that were refunded more than once.
    pub(crate) doubled: u64,
    /// Refunds that were told as failed at any time although the vendor made them.
    pub(crate) told_as_failed: u64,
    /// Refunds that were told as done and that the vendor did not make.
    pub(crate) told_as_done: u64,
    /// Refunds that were at no end a minute after the network was good.
    pub(crate) unresolved: u64,
}

impl Losses {
    /// Whether a rule was broken.
    pub(crate) fn is_broken(&self) -> bool {
        self.doubled + self.told_as_failed + self.told_as_done + self.unresolved > 0
    }
}

/// What shells were told of one payment's refund.
#[derive(Debug, Default, Clone, Copy)]
struct Told {
    done: bool,
    failed: bool,
}

impl Told {
    fn hear(&mut self, view: &RefundView) {
        match view.state.as_deref() {
            Some("settled") => self.done = true,
            Some("refused" | "canceled") => self.failed = true,
            _ => {}
        }
    }
}

/// Refunds payments until so many answers were lost, then judges.
pub(crate) async fn lose(answers: u64, seed: u64, silent: bool) -> Losses {
    // Half of all answers are lost, and not every payment of a history can be refunded.
    let charges = u32::try_from(answers * 4 + 200).unwrap();
    let vendor = Sandbox::start(SandboxConfig { charges, seed, ..SandboxConfig::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let desk = opened(&folder, &vendor).await;
    let payments = Arc::new(Mutex::new(refundable(&desk).await));
    vendor.set_faults(faults(silent).parse().unwrap());
    let told = Arc::new(Mutex::new(BTreeMap::<String, Told>::new()));
    let before = posts(&vendor);
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let (desk, payments, told) = (desk.clone(), Arc::clone(&payments), Arc::clone(&told));
        workers.push(tokio::spawn(async move {
            loop {
                let next = payments.lock().await.pop();
                let Some(payment) = next else { return };
                let heard = refunded(&desk, &payment).await;
                told.lock().await.insert(payment, heard);
            }
        }));
    }
    // One after the other ends as soon as enough was lost; whatever is under way ends first.
    loop {
        let done = told.lock().await.len() as u64;
        if posts(&vendor) - before >= answers + done {
            break;
        }
        if workers.iter().all(tokio::task::JoinHandle::is_finished) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    payments.lock().await.clear();
    for worker in workers {
        worker.await.unwrap();
    }
    vendor.set_faults("".parse().unwrap());
    let unresolved = settled(&desk).await;
    let mut told = Arc::try_unwrap(told).unwrap().into_inner();
    hear_the_queue(&desk, &mut told).await;
    desk.close().await;
    judge(&vendor, &told, posts(&vendor) - before, unresolved)
}

async fn opened(folder: &tempfile::TempDir, vendor: &Sandbox) -> Connection {
    let desk = Connection::open(DeskOptions {
        home: folder.path().join("home"),
        shell: Shell::Command,
        passphrase: Some(Secret::new("measured")),
        background: false,
        vault: Some("passphrase".to_owned()),
    })
    .await
    .unwrap();
    let key = KeySource::Text { key: SecretText(Secret::new(vendor.secret_key())) };
    let base_url = Some(vendor.base_url());
    let connect = ConnectAccount { vendor: Vendor::Stripe, label: "shop".to_owned(), base_url, key };
    desk.call(SCOPE, connect).await.unwrap();
    desk.call(SCOPE, StartSync { account: None, wait: true }).await.unwrap();
    desk
}

/// Every payment of which something can go back.
async fn refundable(desk: &Connection) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let range = ListRange { limit: Some(1_000), after };
        let query = "status:succeeded".to_owned();
        let page = desk.call(SCOPE, FindPayments { query, account: None, range }).await.unwrap();
        let whole = page.items.iter().filter(|one| one.state == "succeeded" && one.refunded.minor == 0);
        found.extend(whole.map(|one| one.id.clone()));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

/// Asks for all of a payment, as often as the shell is told that nothing was sent.
async fn refunded(desk: &Connection, payment: &str) -> Told {
    let mut told = Told::default();
    let request = IssueRefund {
        request_id: RequestId::generate(),
        payment: payment.to_owned(),
        amount: RefundAmount::All,
        reason: None,
        note: None,
        ticket: None,
        wait_ms: Some(60_000),
        undo_seconds: None,
        approval: None,
    };
    loop {
        match desk.call(SCOPE, request.clone()).await {
            Ok(view) => {
                told.hear(&view);
                return told;
            }
            // Nothing is sent while too many calls failed in a row; the same request is asked again.
            Err(error) if matches!(error.code, ErrorCode::BreakerOpen | ErrorCode::VendorUnreachable) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            // A payment of the history whose dispute or balance stands against it.
            Err(_) => return told,
        }
    }
}

/// Settles what is open, and answers with how many are not at an end in time.
async fn settled(desk: &Connection) -> u64 {
    let began = Instant::now();
    loop {
        let page = desk.call(SCOPE, SettleRefunds { intent_id: None, wait_ms: Some(30_000) }).await.unwrap();
        let open = page
            .items
            .iter()
            .filter(|one| !matches!(one.state.as_deref(), Some("settled" | "refused" | "canceled")));
        let open = open.count() as u64;
        if open == 0 || began.elapsed() > ENDED_WITHIN {
            return open;
        }
    }
}

async fn hear_the_queue(desk: &Connection, told: &mut BTreeMap<String, Told>) {
    let mut after = None;
    loop {
        let range = ListRange { limit: Some(1_000), after };
        let page = desk.call(SCOPE, ListRefunds { range, ..ListRefunds::default() }).await.unwrap();
        for view in &page.items {
            told.entry(view.payment.clone().unwrap()).or_default().hear(view);
        }
        after = page.next;
        if after.is_none() {
            return;
        }
    }
}

fn posts(vendor: &Sandbox) -> u64 {
    vendor.counters().requests.get("POST /v1/refunds").copied().unwrap_or(0)
}

fn judge(vendor: &Sandbox, told: &BTreeMap<String, Told>, posts: u64, unresolved: u64) -> Losses {
    let made = vendor.counters().refunds_by_charge;
    let of = |payment: &String| made.get(payment).copied().unwrap_or(0);
    let count = |fits: &dyn Fn(&String, &Told) -> bool| {
        told.iter().filter(|(payment, one)| fits(payment, one)).count() as u64
    };
    let wishes = count(&|payment, one| one.done || one.failed || of(payment) > 0);
    Losses {
        wishes,
        lost_answers: posts.saturating_sub(wishes),
        doubled: count(&|payment, _| of(payment) > 1),
        told_as_failed: count(&|payment, one| one.failed && of(payment) > 0),
        told_as_done: count(&|payment, one| one.done && of(payment) == 0),
        unresolved,
    }
}

//! A first load that is killed again and again ends with the same mirror as one that never was.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::sync::atomic::{AtomicU32, Ordering};

use domain::Kind;
use operations::OpenAccount;
use operations::sync::Run;
use sandbox::{Sandbox, SandboxConfig};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::support::{account_at, sync};

/// How often it is killed.
const KILLS: u32 = 20;

/// The same moments for the same seed, on every machine.
struct Moments(u64);

impl Moments {
    /// From 1 to `most`.
    fn next(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(most)).unwrap() + 1
    }
}

/// What every list of an account holds: count and fingerprint.
pub(crate) async fn contents(account: &OpenAccount) -> Vec<(Kind, u64, String)> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        let count = account.mirror.count(kind, Some(account.id())).await.unwrap();
        found.push((kind, count, account.mirror.fingerprint(account.id(), kind).await.unwrap()));
    }
    found
}

/// Runs until so many pages were heard of and then drops the run where it stands, as a kill does:
/// nothing is told to stop, and whatever is on its way is gone. Answers whether it was cut off.
async fn cut_off(account: &OpenAccount, after: u32) -> bool {
    let (heard, enough) = (AtomicU32::new(0), Notify::new());
    let report = |_| {
        if heard.fetch_add(1, Ordering::SeqCst) + 1 >= after {
            enough.notify_one();
        }
    };
    let run = Run { account, cancel: CancellationToken::new(), report: &report, every_list: false };
    tokio::select! {
        biased;
        () = enough.notified() => true,
        done = run.sync() => done.map(|_| false).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_twenty_times_at_random_it_ends_row_for_row_like_one_never_killed() {
    let now = Some("2026-03-01T12:00:00Z".parse().unwrap());
    let config = SandboxConfig { charges: 3_000, now, ..SandboxConfig::default() };
    let vendor = Sandbox::start(config).await.unwrap();
    let (whole, _clock, _whole_folder) = account_at(&vendor.base_url(), vendor.secret_key()).await;
    sync(&whole).await.unwrap();
    let expected = contents(&whole).await;
    assert!(expected.iter().any(|(kind, count, _)| *kind == Kind::Payments && *count == 3_000));
    let mut kills = 0;
    let mut homes = 0;
    for seed in 1.. {
        let mut moments = Moments(seed);
        let (killed, _clock, _killed_folder) = account_at(&vendor.base_url(), vendor.secret_key()).await;
        while cut_off(&killed, moments.next(40)).await {
            kills += 1;
        }
        assert_eq!(contents(&killed).await, expected, "seed {seed}");
        assert_eq!(killed.mirror.load_slices().list(killed.id(), Kind::Payments).await.unwrap(), []);
        homes += 1;
        if kills >= KILLS {
            break;
        }
    }
    assert!(kills >= KILLS, "{kills} kills of {homes} loads");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_is_read_from_several_places_and_the_requests_stay_few() {
    let now = Some("2026-03-01T12:00:00Z".parse().unwrap());
    let config = SandboxConfig { charges: 6_000, now, ..SandboxConfig::default() };
    let vendor = Sandbox::start(config).await.unwrap();
    let (account, _clock, _folder) = account_at(&vendor.base_url(), vendor.secret_key()).await;
    sync(&account).await.unwrap();
    let counters = vendor.counters();
    for (endpoint, kind) in
        [("GET /v1/charges", Kind::Payments), ("GET /v1/balance_transactions", Kind::BalanceEntries)]
    {
        let rows = account.mirror.count(kind, None).await.unwrap();
        let pages = rows.div_ceil(100);
        let requests = counters.requests[endpoint];
        assert!(requests <= pages + 20, "{requests} requests for {pages} pages of {kind}");
    }
}

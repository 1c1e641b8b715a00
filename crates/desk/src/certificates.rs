//! Certificates of PayPal. A request names the address of the one that it was signed by; only addresses at PayPal are
//! ever asked, through the courier that judges every address, and what was fetched is kept for the next request.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use mirror::Certificate;
use tokio::sync::Mutex;
use transport::{Courier, CourierLimits, Target};
use webhooks::{RecordedRequest, certificate_url};

use crate::listening::KnownHook;

/// How long a vendor's address may take to answer; the vendor waits for us meanwhile.
const FETCH_LIMIT: Duration = Duration::from_secs(5);
/// A chain has some kilobytes.
const PEM_MAX: usize = 64 * 1024;
/// Certificates that are remembered; PayPal uses one at a time.
const MOST: usize = 8;
/// After an address failed nobody is asked for so long, whatever requests name.
const PAUSE: Duration = Duration::from_secs(10);
/// Longest file of roots that is read.
const ROOTS_MAX: u64 = 4 * 1024 * 1024;

/// What was fetched.
pub(crate) struct Certificates {
    courier: Courier,
    /// Held while one is fetched, so that many requests ask once.
    fetched: Mutex<Fetched>,
    roots: std::sync::OnceLock<Option<Vec<u8>>>,
}

#[derive(Default)]
struct Fetched {
    by_url: HashMap<String, String>,
    failed: Option<Instant>,
}

/// What a request is checked by.
pub(crate) enum Needed {
    /// A certificate that came with the path, or none that could be asked for: the check says what is wrong.
    AsItStands,
    /// The one at the address that the request names.
    Fetched(Certificate),
    /// It cannot be had now.
    Unavailable,
}

impl Default for Certificates {
    fn default() -> Self {
        let limits = CourierLimits { total: FETCH_LIMIT, answer_bytes: PEM_MAX, ..CourierLimits::default() };
        Self { courier: Courier::new(limits), fetched: Mutex::default(), roots: std::sync::OnceLock::new() }
    }
}

impl Certificates {
    /// The certificate for a request to a path.
    pub(crate) async fn needed(&self, hook: &KnownHook, request: &RecordedRequest) -> Needed {
        let Ok(url) = certificate_url(request) else { return Needed::AsItStands };
        match &hook.row.ways.certificate {
            // What a person gave is used, whatever a request names.
            Some(Certificate { url: None, .. }) => return Needed::AsItStands,
            Some(kept) if kept.url.as_deref() == Some(url) => return Needed::AsItStands,
            _ => {}
        }
        let mut fetched = self.fetched.lock().await;
        if let Some(pem) = fetched.by_url.get(url) {
            return Needed::Fetched(Certificate { url: Some(url.to_owned()), pem: pem.clone() });
        }
        if fetched.failed.is_some_and(|at| at.elapsed() < PAUSE) {
            return Needed::Unavailable;
        }
        let Some(pem) = self.fetch(url).await else {
            fetched.failed = Some(Instant::now());
            return Needed::Unavailable;
        };
        if fetched.by_url.len() >= MOST {
            fetched.by_url.clear();
        }
        fetched.by_url.insert(url.to_owned(), pem.clone());
        Needed::Fetched(Certificate { url: Some(url.to_owned()), pem })
    }

    async fn fetch(&self, url: &str) -> Option<String> {
        let target = Target::read(url, false).ok()?;
        let receipt = match self.courier.fetch(target).await.end {
            Ok(receipt) => receipt,
            Err(error) => {
                tracing::warn!(?error, "a certificate of PayPal could not be fetched");
                return None;
            }
        };
        let is_whole = receipt.status == 200 && !receipt.cut;
        String::from_utf8(receipt.body).ok().filter(|pem| is_whole && pem.contains("BEGIN CERTIFICATE"))
    }

    /// The roots that this system trusts, read once.
    pub(crate) fn system_roots(&self) -> Option<Vec<u8>> {
        self.roots.get_or_init(read_system_roots).clone()
    }
}

fn read_system_roots() -> Option<Vec<u8>> {
    use std::io::Read as _;
    let file = openssl_probe::probe().cert_file?;
    let mut bytes = Vec::new();
    std::fs::File::open(file).ok()?.take(ROOTS_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

//! Certificates of PayPal. A request names the address of the one that it was signed by; only addresses at PayPal are
//! ever asked, through the courier that judges every address, and what was fetched is kept for the next request.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use mirror::Certificate;
use tokio::sync::Mutex;
use transport::{Courier, CourierLimits, Target, TargetRefusal};
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
    /// Where an address at PayPal leads; a test has another place for it.
    place: fn(&str) -> Result<Target, TargetRefusal>,
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
        let place = |url: &str| Target::read(url, false);
        Self {
            courier: Courier::new(limits),
            place,
            fetched: Mutex::default(),
            roots: std::sync::OnceLock::new(),
        }
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
        let target = (self.place)(url).ok()?;
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

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use domain::{AccountId, Environment, Timestamp};
    use mirror::{HookRow, HookWays, KeyReference};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use transport::Target;
    use webhooks::{RecordedRequest, Scheme};

    use super::{Certificates, Needed};
    use crate::listening::KnownHook;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    const URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42";
    static PLACE: OnceLock<String> = OnceLock::new();

    fn hook() -> KnownHook {
        let row = HookRow {
            number: 1,
            id: "hook".to_owned(),
            account_id: AccountId::generate(),
            scheme: "paypal".to_owned(),
            token: "0".repeat(32),
            secret_reference: KeyReference::Vault,
            previous_until: None,
            ways: HookWays::default(),
            created_at: Timestamp::from_ms(0),
        };
        KnownHook { environment: Environment::Test, scheme: Scheme::PayPal, keys: None, row }
    }

    fn request(url: &str) -> RecordedRequest {
        let headers = vec![("PAYPAL-CERT-URL".to_owned(), url.to_owned())];
        RecordedRequest {
            method: "POST".to_owned(),
            url: "http://127.0.0.1/".to_owned(),
            headers,
            body: Vec::new(),
        }
    }

    /// A certificate that PayPal has is fetched once for many requests, and another address at PayPal is asked for itself.
    #[tokio::test]
    async fn t7_a_certificate_is_fetched_once_and_kept_for_the_requests_after_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        PLACE.set(format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = tokio::spawn(async move {
            let mut asked = Vec::new();
            while asked.len() < 2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                asked.push(String::from_utf8(head).unwrap().split_whitespace().nth(1).unwrap().to_owned());
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PEM}", PEM.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        let certificates = Certificates {
            place: |url| Target::read(&url.replace("https://api.paypal.com", PLACE.get().unwrap()), true),
            ..Certificates::default()
        };
        let (hook, other) = (hook(), format!("{URL}-other"));
        for url in [URL, URL, &other, URL, &other] {
            let Needed::Fetched(found) = certificates.needed(&hook, &request(url)).await else {
                panic!("{url} was not fetched");
            };
            assert_eq!((found.url.as_deref(), found.pem.as_str()), (Some(url), PEM));
        }
        let path = "/v1/notifications/certs/CERT-360caa42";
        assert_eq!(server.await.unwrap(), [path.to_owned(), format!("{path}-other")]);
        let stranger = certificates.needed(&hook, &request("https://paypal.com.evil.example/cert.pem")).await;
        assert!(matches!(stranger, Needed::AsItStands), "nobody but PayPal is asked");
    }
}

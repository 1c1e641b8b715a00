//! Sends what belongs to an endpoint of somebody's, and reads what anybody may read: one try, to addresses that were judged, within one deadline.
//!
//! Unlike [`crate::Client`] it carries no key of a vendor, follows nothing, tries nothing again and keeps no connection:
//! the addresses of a name are asked for once in each try, all of them are judged, and only they are called.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use domain::Secret;
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::Instant;

use crate::config::ConfigError;
use crate::failure::ErrorKind;
use crate::redact::redacted_chain;
use crate::resolver::{NameLookup, SystemLookup};
use crate::retry::{parse_http_date, parse_retry_after};
use crate::target::{Target, TargetRefusal, literal};
use crate::wire::{cause, header_value, kind_of};

/// A limit on everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourierLimits {
    /// Longest time for a try: name, connection, headers and body together.
    pub total: Duration,
    /// So much of an answer is kept, in bytes.
    pub answer_bytes: usize,
    /// Most headers of an answer.
    pub headers: usize,
    /// Most bytes of the names and values of an answer's headers.
    pub header_bytes: usize,
    /// Largest body that is sent, in bytes.
    pub body_bytes: usize,
}

impl Default for CourierLimits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(30),
            answer_bytes: 64 * 1024,
            headers: 100,
            header_bytes: 32 * 1024,
            body_bytes: 4 * 1024 * 1024,
        }
    }
}

/// What is to be sent.
#[derive(Clone)]
pub struct Parcel {
    /// Where to.
    pub target: Target,
    /// Names and values. Those that belong to the connection are refused.
    pub headers: Vec<(String, String)>,
    /// A key that is sent as `Authorization: Bearer`, where the receiver wants one.
    pub bearer: Option<Secret>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The port of Paydesk's own listener, where it has one.
    pub own_port: Option<u16>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Parcel").field("target", &self.target).finish_non_exhaustive()
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its status.
    pub status: u16,
    /// Names and values, cookies left out.
    pub headers: Vec<(String, String)>,
    /// The beginning of its body.
    pub body: Vec<u8>,
    /// Whether there was more of the body.
    pub cut: bool,
    /// What it asked for by `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotHanded {
    /// Nothing was sent, since the address is none to send to.
    Refused(TargetRefusal),
    /// What is to be sent cannot be: its reason.
    Unsendable(String),
    /// It failed on its way, or the answer was not whole in time.
    Failed {
        /// What went wrong.
        kind: ErrorKind,
        /// The chain of causes, without secrets.
        detail: String,
    },
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The address that answered.
    pub address: Option<SocketAddr>,
    /// How long it took.
    pub took: Duration,
    /// The answer, or why there is none.
    pub end: Result<Receipt, NotHanded>,
}

/// Headers that belong to the connection, or would change what is asked.
const OWN_HEADERS: [HeaderName; 12] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::ACCEPT_ENCODING,
    header::USER_AGENT,
    header::COOKIE,
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::EXPECT,
    header::UPGRADE,
    header::TE,
];

/// Which addresses may be called, by which protocol. Each way has a client of its own, so that nothing that one way
/// allows is ever used by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Public,
    LocalTls,
    LocalPlain,
}

/// Sends to endpoints.
pub struct Courier {
    lookup: Arc<dyn NameLookup>,
    limits: CourierLimits,
    // Made at their first use: each reads the certificates of the system.
    clients: [OnceLock<reqwest::Client>; 3],
}

impl fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Courier").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Courier {
    /// One that asks the system for addresses.
    pub fn new(limits: CourierLimits) -> Self {
        Self::with_name_lookup(limits, Arc::new(SystemLookup))
    }

    /// The same with another way to resolve names, for tests of what a resolver can do wrong.
    pub fn with_name_lookup(limits: CourierLimits, lookup: Arc<dyn NameLookup>) -> Self {
        Self { lookup, limits, clients: Default::default() }
    }

    /// Sends once.
    pub async fn hand_over(&self, parcel: &Parcel) -> Handed {
        self.once(Method::POST, parcel).await
    }

    /// Reads what stands at an address, once.
    pub async fn fetch(&self, target: Target) -> Handed {
        let parcel = Parcel { target, headers: Vec::new(), body: Bytes::new(), own_port: None, bearer: None };
        self.once(Method::GET, &parcel).await
    }

    async fn once(&self, method: Method, parcel: &Parcel) -> Handed {
        let started = Instant::now();
        let mut address = None;
        let exchange = self.exchange(method, parcel, &mut address);
        let end = match tokio::time::timeout(self.limits.total, exchange).await {
            Ok(end) => end,
            Err(_) => Err(NotHanded::Failed {
                kind: ErrorKind::Timeout,
                detail: format!("the whole answer did not come within {} ms", self.limits.total.as_millis()),
            }),
        };
        Handed { address, took: started.elapsed(), end }
    }

    async fn exchange(
        &self,
        method: Method,
        parcel: &Parcel,
        address: &mut Option<SocketAddr>,
    ) -> Result<Receipt, NotHanded> {
        let target = &parcel.target;
        if parcel.own_port == Some(target.port()) && target.allows_local() {
            return Err(NotHanded::Refused(TargetRefusal::OwnListener(target.port())));
        }
        if let Some(literal) = literal(target.url()) {
            target.judge(&[literal]).map_err(NotHanded::Refused)?;
        }
        let headers = self.headers(parcel)?;
        let request = self.client(Way::of(target))?.request(method, target.url().clone());
        let sent = request.headers(headers).body(parcel.body.clone()).send().await;
        let mut response = sent.map_err(|error| not_handed(error, false))?;
        *address = response.remote_addr();
        let kept = self.kept_headers(response.headers())?;
        let retry_after = retry_after(response.headers());
        let status = response.status().as_u16();
        let (mut body, mut cut) = (Vec::new(), false);
        while let Some(chunk) = response.chunk().await.map_err(|error| not_handed(error, true))? {
            let room = self.limits.answer_bytes.saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                // Nobody reads the rest, and the connection ends here.
                cut = true;
                break;
            }
        }
        Ok(Receipt { status, headers: kept, body, cut, retry_after })
    }

    fn headers(&self, parcel: &Parcel) -> Result<HeaderMap, NotHanded> {
        let unsendable = |error: ConfigError| NotHanded::Unsendable(error.to_string());
        if parcel.body.len() > self.limits.body_bytes {
            let most = self.limits.body_bytes;
            return Err(NotHanded::Unsendable(format!("the body is larger than {most} bytes")));
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in &parcel.headers {
            let known = HeaderName::from_bytes(name.as_bytes());
            let known = known.map_err(|_| unsendable(ConfigError::BadHeader { name: "?".to_owned() }))?;
            if OWN_HEADERS.contains(&known) || headers.contains_key(&known) {
                return Err(unsendable(ConfigError::BadHeader { name: known.to_string() }));
            }
            headers.insert(known, header_value(name, value).map_err(unsendable)?);
        }
        if let Some(key) = &parcel.bearer {
            let text = Secret::new(format!("Bearer {}", key.expose()));
            let mut value = header_value("authorization", text.expose()).map_err(unsendable)?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        Ok(headers)
    }

    fn kept_headers(&self, received: &HeaderMap) -> Result<Vec<(String, String)>, NotHanded> {
        let bytes: usize = received.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if received.len() > self.limits.headers || bytes > self.limits.header_bytes {
            let detail = format!("{} headers with {bytes} bytes are too many", received.len());
            return Err(NotHanded::Failed { kind: ErrorKind::BadHeader, detail });
        }
        let kept = received.iter().filter(|(name, _)| **name != header::SET_COOKIE);
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(kept.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect())
    }

    fn client(&self, way: Way) -> Result<&reqwest::Client, NotHanded> {
        let place = &self.clients[way as usize];
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let made = self.build(way).map_err(|error| NotHanded::Unsendable(redacted_chain(&error)))?;
        Ok(place.get_or_init(|| made))
    }

    fn build(&self, way: Way) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .tls_backend_native()
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .https_only(way != Way::LocalPlain)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // Whatever the environment says: a proxy would ask for the addresses itself.
            .no_proxy()
            .referer(false)
            .user_agent(concat!("Paydesk/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(JudgingResolver { lookup: Arc::clone(&self.lookup), way })
            .http1_max_headers(self.limits.headers)
            .http2_max_header_list_size(u32::try_from(self.limits.header_bytes).unwrap_or(u32::MAX))
            // A kept connection would lead to what was judged for another try.
            .pool_max_idle_per_host(0)
            .build()
    }
}

impl Way {
    fn of(target: &Target) -> Self {
        match (target.allows_local(), target.url().scheme()) {
            (false, _) => Self::Public,
            (true, "https") => Self::LocalTls,
            (true, _) => Self::LocalPlain,
        }
    }

    /// A target that stands for all of this way.
    fn judge(self, addresses: &[IpAddr]) -> Result<(), TargetRefusal> {
        let (text, allow_local) = match self {
            Self::Public => ("https://any.invalid/", false),
            Self::LocalTls => ("https://any.invalid/", true),
            Self::LocalPlain => ("http://any.invalid/", true),
        };
        Target::read(text, allow_local)?.judge(addresses)
    }
}

/// Asks for the addresses of a name, and hands them on only where every one may be called.
struct JudgingResolver {
    lookup: Arc<dyn NameLookup>,
    way: Way,
}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = self.lookup.lookup(name.as_str().to_owned());
        let way = self.way;
        Box::pin(async move {
            let found = asked.await?;
            if found.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
            way.judge(&addresses)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn not_handed(error: reqwest::Error, has_headers: bool) -> NotHanded {
    // The address may hold a token.
    let error = error.without_url();
    if let Some(refusal) = cause::<TargetRefusal>(&error) {
        return NotHanded::Refused(*refusal);
    }
    NotHanded::Failed { kind: kind_of(&error, has_headers), detail: redacted_chain(&error) }
}

/// What `Retry-After` asks for, by the clock of whoever answered.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let now = text(header::DATE).and_then(parse_http_date).unwrap_or_else(|| chrono::Utc::now().into());
    parse_retry_after(text(header::RETRY_AFTER)?, now)
}

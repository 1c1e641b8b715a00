//! One attempt over a real socket, within limits of time and size, and the words for what went wrong.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use bytes::{Bytes, BytesMut};
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::base_url::{self, Reach};
use crate::config::{Authorization, ClientConfig, ConfigError, Limits};
use crate::failure::ErrorKind;
use crate::redact::{redact, redacted_chain};
use crate::request::Request;
use crate::resolver::{LimitedResolver, NameLookup};
use crate::response::Headers;

/// A request that has been checked and is ready to be sent any number of times, the same each time.
#[derive(Clone)]
pub(crate) struct Prepared {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

/// One whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// No whole answer.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) kind: ErrorKind,
    pub(crate) detail: String,
}

impl AttemptError {
    fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

pub(crate) struct Wire {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    idempotency_header: HeaderName,
    limits: Limits,
}

/// Headers that are the client's own to set: a caller that set one could send a key elsewhere, twice,
/// or under another idempotency key than the one in the call log.
const OWN_HEADERS: &[HeaderName] = &[
    header::AUTHORIZATION,
    header::HOST,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::ACCEPT_ENCODING,
    header::USER_AGENT,
    header::COOKIE,
    header::EXPECT,
    header::UPGRADE,
    header::TE,
];

impl Wire {
    pub(crate) fn new(config: &ClientConfig, lookup: Arc<dyn NameLookup>) -> Result<Self, ConfigError> {
        let reach = base_url::check(&config.base_url, config.allowed_hosts)?;
        base_url::check_environment(reach, config.environment)?;
        if config.loopback_root.is_some() && reach != Reach::Loopback {
            return Err(ConfigError::RootElsewhere);
        }
        check_limits(config)?;
        Ok(Self {
            http: build_http(config, reach, lookup)?,
            base: config.base_url.clone(),
            headers: fixed_headers(config)?,
            idempotency_header: header_name(config.dialect.idempotency_header)?,
            limits: config.limits.clone(),
        })
    }

    /// Checks a request and writes it down once; the error says what is wrong with it.
    pub(crate) fn prepare(&self, request: &Request) -> Result<Prepared, String> {
        request.endpoint.check(&request.path).map_err(|error| error.to_string())?;
        let mut url = self.base.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{}", request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut headers = self.headers.clone();
        for (name, value) in &request.headers {
            let name = header_name(name).map_err(|error| error.to_string())?;
            if OWN_HEADERS.contains(&name) || name == self.idempotency_header || headers.contains_key(&name) {
                return Err(format!("the header `{name}` is set by the client itself"));
            }
            headers
                .insert(name.clone(), header_value(name.as_str(), value).map_err(|error| error.to_string())?);
        }
        if let Some(key) = &request.idempotency_key {
            headers.insert(self.idempotency_header.clone(), idempotency_key(request, key)?);
        }
        let body = request.body.as_ref().map(|body| body.bytes().clone()).unwrap_or_default();
        if let Some(form_or_json) = &request.body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form_or_json.content_type()));
        }
        if url.as_str().len().saturating_add(body.len()) > self.limits.max_request_bytes {
            return Err(format!("the request is larger than {} bytes", self.limits.max_request_bytes));
        }
        Ok(Prepared { method: request.endpoint.method.clone(), url, headers, body })
    }

    /// Sends once and reads the whole answer, all within `limit`.
    pub(crate) async fn attempt(&self, prepared: &Prepared, limit: Duration) -> Result<Answer, AttemptError> {
        match tokio::time::timeout(limit, self.exchange(prepared)).await {
            Ok(result) => result,
            Err(_) => Err(AttemptError::new(
                ErrorKind::Timeout,
                format!("the whole answer did not come within {} ms", limit.as_millis()),
            )),
        }
    }

    async fn exchange(&self, prepared: &Prepared) -> Result<Answer, AttemptError> {
        let mut request = self
            .http
            .request(prepared.method.clone(), prepared.url.clone())
            .headers(prepared.headers.clone());
        if !prepared.body.is_empty() || prepared.method == Method::POST {
            request = request.body(prepared.body.clone());
        }
        let mut response = request.send().await.map_err(|error| classify(error, false))?;
        let status = response.status().as_u16();
        let headers = self.keep_headers(response.headers())?;
        if headers.get("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(AttemptError::new(
                ErrorKind::UnexpectedEncoding,
                "the answer is compressed though that was not asked for",
            ));
        }
        let most = self.limits.max_body_bytes;
        let too_large =
            || AttemptError::new(ErrorKind::TooLarge, format!("the body is larger than {most} bytes"));
        let announced = usize::try_from(response.content_length().unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > most && prepared.method != Method::HEAD {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(error, true))? {
            if body.len().saturating_add(chunk.len()) > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body: body.freeze() })
    }

    fn keep_headers(&self, received: &HeaderMap) -> Result<Headers, AttemptError> {
        let bytes: usize = received.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if received.len() > self.limits.max_headers || bytes > self.limits.max_header_bytes {
            let detail = format!("{} headers with {bytes} bytes are too many", received.len());
            return Err(AttemptError::new(ErrorKind::BadHeader, detail));
        }
        let kept = received.iter().filter(|(name, _)| **name != header::SET_COOKIE);
        Ok(Headers::new(kept.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })))
    }
}

fn check_limits(config: &ClientConfig) -> Result<(), ConfigError> {
    let limits = &config.limits;
    let positive = [
        ("resolve", !limits.resolve.is_zero()),
        ("connect", !limits.connect.is_zero()),
        ("attempt", !limits.attempt.is_zero()),
        ("total", !limits.total.is_zero()),
        ("max_body_bytes", limits.max_body_bytes > 0),
        ("max_headers", limits.max_headers > 0),
        ("max_header_bytes", limits.max_header_bytes > 0),
        ("max_request_bytes", limits.max_request_bytes > 0),
        ("max_attempts_read", config.policy.max_attempts_read > 0),
        ("max_attempts_write", config.policy.max_attempts_write > 0),
        ("failures_to_open", config.breaker.failures_to_open > 0),
        ("account_per_second", config.budget.account_per_second > 0),
        ("endpoint_per_second", config.budget.endpoint_per_second > 0),
        ("max_concurrent", config.budget.max_concurrent > 0),
    ];
    match positive.into_iter().find(|(_, is_positive)| !is_positive) {
        Some((name, _)) => Err(ConfigError::BadLimit { name }),
        None => Ok(()),
    }
}

/// The one HTTP builder (design rule 6): no redirects, no retries and no proxy behind our back.
fn build_http(
    config: &ClientConfig,
    reach: Reach,
    lookup: Arc<dyn NameLookup>,
) -> Result<reqwest::Client, ConfigError> {
    let limits = &config.limits;
    let failed = |error: reqwest::Error| ConfigError::Build { detail: redacted_chain(&error) };
    let resolver = LimitedResolver { lookup, limit: limits.resolve, loopback_only: reach == Reach::Loopback };
    let mut builder = reqwest::Client::builder()
        .tls_backend_native()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .https_only(config.base_url.scheme() == "https")
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .user_agent(concat!("Paydesk/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(resolver)
        .connect_timeout(limits.connect)
        .http1_max_headers(limits.max_headers)
        .http2_max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        // A page of a hundred objects is about 200 kB: the default window would cost round trips.
        .http2_initial_stream_window_size(2 * 1024 * 1024)
        .http2_initial_connection_window_size(8 * 1024 * 1024)
        // A connection that died in the computer's sleep is noticed before the attempt's time is over.
        .http2_keep_alive_interval(Duration::from_secs(10))
        .http2_keep_alive_timeout(Duration::from_secs(10))
        // Vendors close idle connections after about a minute; ours go first, so that a request is
        // not written into a connection that is being closed.
        .pool_idle_timeout(Duration::from_secs(20))
        .pool_max_idle_per_host(usize::try_from(config.budget.max_concurrent).unwrap_or(usize::MAX));
    if let Some(pem) = &config.loopback_root {
        builder = builder.tls_certs_merge([reqwest::Certificate::from_pem(pem).map_err(failed)?]);
    }
    builder.build().map_err(failed)
}

fn fixed_headers(config: &ClientConfig) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in &config.fixed_headers {
        let name = header_name(name)?;
        if OWN_HEADERS.contains(&name) {
            return Err(ConfigError::BadHeader { name: name.to_string() });
        }
        headers.insert(name.clone(), header_value(name.as_str(), value)?);
    }
    let mut authorization = header_value("authorization", &authorization_text(&config.authorization)?)?;
    authorization.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, authorization);
    Ok(headers)
}

fn authorization_text(authorization: &Authorization) -> Result<zeroize::Zeroizing<String>, ConfigError> {
    let bad = || ConfigError::BadHeader { name: "authorization".to_owned() };
    let key = match authorization {
        Authorization::Bearer(key) => key,
        Authorization::Basic { password, .. } => password,
    };
    // A key with white space in it is a slip of the clipboard: it must not be sent in pieces.
    if key.is_blank() || key.expose().chars().any(|one| !one.is_ascii_graphic()) {
        return Err(bad());
    }
    Ok(zeroize::Zeroizing::new(match authorization {
        Authorization::Bearer(key) => format!("Bearer {}", key.expose()),
        Authorization::Basic { user, password } => {
            if user.contains(':') || user.chars().any(char::is_control) {
                return Err(bad());
            }
            let pair = zeroize::Zeroizing::new(format!("{user}:{}", password.expose()));
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair.as_bytes()))
        }
    }))
}

fn header_name(name: &str) -> Result<HeaderName, ConfigError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| ConfigError::BadHeader { name: redact(name) })
}

pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    // `from_str` refuses line breaks, but would let other white space at the ends pass.
    match HeaderValue::from_str(value) {
        Ok(checked) if value.trim() == value => Ok(checked),
        _ => Err(ConfigError::BadHeader { name: name.to_owned() }),
    }
}

fn idempotency_key(request: &Request, key: &str) -> Result<HeaderValue, String> {
    if request.endpoint.is_read() {
        return Err("a read takes no idempotency key".to_owned());
    }
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("an idempotency key has 1 to 255 visible ASCII characters".to_owned());
    }
    HeaderValue::from_str(key).map_err(|_| "the idempotency key cannot be sent".to_owned())
}

/// The word for a failed exchange. The causes are looked up by type; prose is read in one place only,
/// where the TLS libraries of the three systems have no common type for a bad certificate.
fn classify(error: reqwest::Error, has_headers: bool) -> AttemptError {
    // The address holds the query, which can hold an email address.
    let error = error.without_url();
    AttemptError { kind: kind_of(&error, has_headers), detail: redacted_chain(&error) }
}

pub(crate) fn kind_of(error: &reqwest::Error, has_headers: bool) -> ErrorKind {
    if error.is_dns() {
        return ErrorKind::Dns;
    }
    if error.is_connect() {
        return match cause::<native_tls::Error>(error) {
            // A mistaken answer here costs no money: either way nothing was sent.
            Some(tls) if tls.to_string().contains("certificate") => ErrorKind::Certificate,
            Some(_) => ErrorKind::Tls,
            None => ErrorKind::Connect,
        };
    }
    if cause::<h2::Error>(error).is_some_and(|stream| stream.reason() == Some(h2::Reason::REFUSED_STREAM)) {
        return ErrorKind::NotProcessed;
    }
    if cause::<hyper::Error>(error).is_some_and(|parsed| !has_headers && parsed.is_parse()) {
        return ErrorKind::BadHeader;
    }
    let timed_out = cause::<io::Error>(error).is_some_and(|fault| fault.kind() == io::ErrorKind::TimedOut);
    match (timed_out || error.is_timeout(), has_headers) {
        (true, _) => ErrorKind::Timeout,
        (false, true) => ErrorKind::Truncated,
        (false, false) => ErrorKind::Reset,
    }
}

/// The first cause of type `E` in the chain.
pub(crate) fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<E>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

//! A session: requests that were recorded, sent again to a developer's own server.

use std::fmt;

use domain::{Secret, Timestamp};
use serde::Serialize;
use transport::{Courier, CourierLimits, NotHanded, Parcel, Target};

use crate::events::read_events;
use crate::request::RecordedRequest;
use crate::scheme::Scheme;
use crate::sign::sign;

/// Headers of a recorded request that a fresh one has of its own, or that belonged to its connection.
const OF_THE_CONNECTION: [&str; 12] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "accept-encoding",
    "user-agent",
    "cookie",
    "authorization",
    "proxy-authorization",
    "expect",
    "upgrade",
    "te",
];
/// Headers of which a signature consists, which a fresh one takes the place of.
const OF_SIGNATURES: [&str; 7] = [
    "stripe-signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "svix-id",
    "svix-timestamp",
    "svix-signature",
];
/// What stands for a value that opens other doors and was not kept.
const REMOVED: &str = "[removed]";

/// How requests are signed.
#[derive(Debug, Clone)]
pub enum Signing {
    /// With the headers that were recorded, whose time is that of the recording.
    AsRecorded,
    /// Anew, now.
    Anew {
        /// By this secret.
        secret: Secret,
        /// In this scheme; the one that each was signed in when left out, and Stripe's where it was in none of them.
        scheme: Option<Scheme>,
    },
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// What it tells of: the type and id of its event, or how many there are.
    pub event: Option<String>,
    /// The status that it was answered with.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub problem: Option<String>,
    /// How long it took.
    pub took_ms: u64,
}

/// Sends recorded requests to one address.
pub struct Replayer {
    courier: Courier,
    target: Target,
    signing: Signing,
}

impl fmt::Debug for Replayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Replayer").finish_non_exhaustive()
    }
}

impl Replayer {
    /// One for an address, which may be on this machine: a person named it.
    ///
    /// # Errors
    /// Says why nothing can be sent there.
    pub fn new(to: &str, signing: Signing) -> Result<Self, String> {
        let text = if to.contains("://") { to.to_owned() } else { format!("http://{to}") };
        let target = Target::read(&text, true).map_err(|refusal| refusal.to_string())?;
        Ok(Self { courier: Courier::new(CourierLimits::default()), target, signing })
    }

    /// Sends one, once.
    pub async fn send(&self, request: &RecordedRequest, now: Timestamp) -> Sent {
        let event = told(request);
        let headers = match self.headers(request, now) {
            Ok(headers) => headers,
            Err(problem) => return Sent { event, status: None, problem: Some(problem), took_ms: 0 },
        };
        let (target, body) = (self.target.clone(), request.body.clone().into());
        let handed =
            self.courier.hand_over(&Parcel { target, headers, body, own_port: None, bearer: None }).await;
        let took_ms = u64::try_from(handed.took.as_millis()).unwrap_or(u64::MAX);
        let (status, problem) = match handed.end {
            Ok(receipt) => (Some(receipt.status), None),
            Err(NotHanded::Refused(refusal)) => (None, Some(refusal.to_string())),
            Err(NotHanded::Unsendable(detail) | NotHanded::Failed { detail, .. }) => (None, Some(detail)),
        };
        Sent { event, status, problem, took_ms }
    }

    fn headers(&self, request: &RecordedRequest, now: Timestamp) -> Result<Vec<(String, String)>, String> {
        let is = |names: &[&str], name: &str| names.iter().any(|one| name.eq_ignore_ascii_case(one));
        let kept = |name: &str, value: &str| !is(&OF_THE_CONNECTION, name) && value != REMOVED;
        let all = request.headers.iter().filter(|(name, value)| kept(name, value));
        let Signing::Anew { secret, scheme } = &self.signing else { return Ok(all.cloned().collect()) };
        let scheme = scheme.unwrap_or_else(|| scheme_of(request));
        let recorded = ["webhook-id", "svix-id"].iter().find_map(|name| request.header_values(name).next());
        let id = recorded.map_or_else(|| format!("msg_{}", uuid::Uuid::now_v7().simple()), str::to_owned);
        let signed = sign(scheme, &id, now, &request.body, std::slice::from_ref(secret));
        let signed = signed.map_err(|error| error.to_string())?;
        let mut headers: Vec<_> = all.filter(|(name, _)| !is(&OF_SIGNATURES, name)).cloned().collect();
        headers.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(headers)
    }
}

/// The scheme that a request was signed in, of those that can be signed in anew.
fn scheme_of(request: &RecordedRequest) -> Scheme {
    let has = |name: &str| request.header_values(name).next().is_some();
    if has("svix-signature") {
        Scheme::Svix
    } else if has("webhook-signature") {
        Scheme::Standard
    } else {
        Scheme::Stripe
    }
}

/// What a request tells of, for a log.
fn told(request: &RecordedRequest) -> Option<String> {
    let read = read_events(scheme_of(request), &request.headers, &request.body).ok()?;
    match read.events.as_slice() {
        [only] => Some(format!("{} {}", only.kind, only.id)),
        several => Some(format!("{} events", several.len())),
    }
}

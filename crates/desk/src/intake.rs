//! What is done with a request that the listener received: its signature is judged, the request is kept, and only
//! then it is answered.

use std::sync::Arc;
use std::time::Duration;

use domain::{Environment, Timestamp};
use mirror::{Certificate, HookWays, InboxState, Received, Verdict};
use operations::inbox::fit_to_keep;
use webhooks::{Outcome, RecordedRequest, Rules, Scheme};

use crate::certificates::Needed;
use crate::desk::Desk;
use crate::errors;
use crate::listening::{KnownHook, RefusedRoom};
use crate::public_url;

/// How long a request may wait for the disk. Vendors give up after ten seconds and more.
const KEEPING_LIMIT: Duration = Duration::from_secs(9);
/// Requests a minute and path that are kept though they are not believed.
const REFUSED_KEPT: u32 = 120;
/// Headers whose values open other doors.
const WITHHELD_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];

/// Takes what the listener receives.
pub(crate) struct Intake {
    desk: Arc<Desk>,
    refused: RefusedRoom,
}

impl Intake {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        Self { desk, refused: RefusedRoom::default() }
    }

    /// Keeps with the path the certificate that a request held by, so that the next start need not ask for it.
    async fn remember(&self, hook: &KnownHook, certificate: Certificate) {
        if let Ok(Some(open)) = self.desk.existing_mirror(hook.environment).await {
            let ways = HookWays { certificate: Some(certificate), ..hook.row.ways.clone() };
            if let Err(error) = open.mirror.hooks().set_ways(&hook.row.id, &ways).await {
                tracing::warn!(%error, "a certificate is fetched again at the next start");
            }
            self.desk.listening.tell_changed();
        }
    }

    async fn keep(&self, environment: Environment, received: &Received) -> Outcome {
        let keeping = async {
            let Some(open) = self.desk.existing_mirror(environment).await? else {
                return Err(contract::ErrorBody::new(contract::ErrorCode::NoAccount));
            };
            open.mirror.receive(received).await.map_err(|error| errors::of_mirror(&error))
        };
        match tokio::time::timeout(KEEPING_LIMIT, keeping).await {
            Ok(Ok(())) if received.verdict == Verdict::Refused => Outcome::Refused,
            Ok(Ok(())) => {
                self.desk.listening.tell_came();
                Outcome::Kept
            }
            // Its path was taken away meanwhile, so that it came to one that nobody knows.
            Ok(Err(error)) if error.code == contract::ErrorCode::UnknownAccount => Outcome::Unknown,
            Ok(Err(error)) => {
                self.desk.note_refused_write(environment, &error);
                tracing::warn!(code = %error.code, "a request was not kept, and its vendor was told to send it again");
                Outcome::Unavailable
            }
            Err(_) => Outcome::Unavailable,
        }
    }
}

impl webhooks::Receiver for Intake {
    fn body_limit(&self, token: &str) -> Option<usize> {
        self.desk.listening.hook(token).map(|hook| hook.scheme.body_bytes_max())
    }

    fn is_called(&self, name: &str) -> bool {
        self.desk.listening.is_called(name)
    }

    async fn receive(&self, token: &str, mut request: RecordedRequest) -> Outcome {
        let Some(hook) = self.desk.listening.hook(token) else { return Outcome::Unknown };
        let now = self.desk.clock.now();
        let certificate = match hook.scheme {
            Scheme::PayPal => self.desk.listening.certificates.needed(&hook, &request).await,
            _ => Needed::AsItStands,
        };
        let certificate = match certificate {
            Needed::AsItStands => None,
            Needed::Fetched(certificate) => Some(certificate),
            Needed::Unavailable => return Outcome::Unavailable,
        };
        let Some(found) = judge_as_called(&hook, &mut request, certificate.as_ref(), now) else {
            return Outcome::Unavailable;
        };
        if found.verdict == Verdict::Refused && !self.refused.take(hook.row.number, now, REFUSED_KEPT) {
            return Outcome::Refused;
        }
        if let Some(certificate) = certificate.filter(|_| found.verdict != Verdict::Refused) {
            self.remember(&hook, certificate).await;
        }
        let received = received(&hook, request, now, found);
        self.keep(hook.environment, &received).await
    }
}

/// What was found of a request.
struct Found {
    verdict: Verdict,
    state: InboxState,
    reason: Option<String>,
}

/// Judges a request under each address that the vendor may have called, and leaves it with the one that it holds by, or with
/// the likely one; none while the secrets cannot be had.
fn judge_as_called(
    hook: &KnownHook,
    request: &mut RecordedRequest,
    certificate: Option<&Certificate>,
    now: Timestamp,
) -> Option<Found> {
    let Some(url) = &hook.row.ways.public_url else { return judge(hook, request, certificate, now) };
    let mut refused = None;
    for called in public_url::of_request(url, &request.url).into_iter().rev() {
        request.url = called;
        let found = judge(hook, request, certificate, now)?;
        if found.verdict != Verdict::Refused {
            return Some(found);
        }
        refused = Some(found);
    }
    refused
}

/// Judges the signature; none while the secrets cannot be had.
fn judge(
    hook: &KnownHook,
    request: &RecordedRequest,
    certificate: Option<&Certificate>,
    now: Timestamp,
) -> Option<Found> {
    let mut keys = hook.keys.clone()?;
    if let Some(certificate) = certificate {
        keys.certificate_pem = Some(certificate.pem.clone().into_bytes());
    }
    if hook.row.previous_until.is_some_and(|until| now.ms_since(until) >= 0) {
        keys.secrets.truncate(1);
    }
    let rules = Rules { at: now, tolerance: hook.scheme.default_tolerance() };
    Some(match webhooks::verify(hook.scheme, request, &keys, &rules) {
        // What a signature covers only in part is history; no scheme of that sort moves the ledger.
        Ok(valid) => {
            let verdict = if valid.covers_body { Verdict::Verified } else { Verdict::VerifiedInPart };
            Found { verdict, state: InboxState::Waiting, reason: None }
        }
        Err(invalid) => {
            let reason = Some(invalid.code().to_owned());
            Found { verdict: Verdict::Refused, state: InboxState::Apart, reason }
        }
    })
}

/// The row of a request.
fn received(hook: &KnownHook, request: RecordedRequest, now: Timestamp, found: Found) -> Received {
    let is_vendors = found.verdict == Verdict::Verified && hook.scheme == Scheme::Stripe;
    let (body, replayable) = fit_to_keep(&request.body, is_vendors);
    Received {
        account_id: hook.row.account_id,
        hook: hook.row.number,
        received_at: now,
        path: path_without_token(&request.url, &hook.row.token),
        method: request.method,
        headers: request.headers.into_iter().map(without_doors).collect(),
        body: body.into_owned(),
        scheme: hook.row.scheme.clone(),
        verdict: found.verdict,
        state: found.state,
        reason: found.reason,
        // Read from what was verified, when it is applied.
        event_id: None,
        event_type: None,
        replayable,
    }
}

fn without_doors((name, value): (String, String)) -> (String, String) {
    let is_withheld = WITHHELD_HEADERS.iter().any(|one| name.eq_ignore_ascii_case(one));
    (name, if is_withheld { "[removed]".to_owned() } else { value })
}

/// The path and query that were called, without the token.
fn path_without_token(url: &str, token: &str) -> String {
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    path.replace(token, "…")
}

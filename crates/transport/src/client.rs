//! One call through all layers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Timestamp};

use crate::breaker::{Breaker, Pass};
use crate::budget::{Budget, Permit};
use crate::call_log::{AttemptSink, OpenRecord};
use crate::clock::Clock;
use crate::config::{ClientConfig, ConfigError, RetryPolicy, VendorDialect};
use crate::failure::{Failure, Unanswered};
use crate::quota::Quota;
use crate::redact::redact;
use crate::request::Request;
use crate::resolver::{NameLookup, SystemLookup};
use crate::response::{Headers, Response};
use crate::retry::{
    AttemptEnd, CallKind, Outcome, RateLimitScope, Situation, StopReason, decide, jitter, parse_http_date,
    parse_retry_after,
};
use crate::wire::{Answer, AttemptError, Prepared, Wire};

/// The HTTP client of one account. Cheap to share behind an `Arc`; all its calls share one budget and
/// one breaker.
pub struct Client {
    account: AccountId,
    wire: Wire,
    budget: Arc<Budget>,
    breaker: Arc<Breaker>,
    dialect: VendorDialect,
    policy: RetryPolicy,
    attempt_limit: Duration,
    total_limit: Duration,
    sink: Arc<dyn AttemptSink>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("account", &self.account).finish_non_exhaustive()
    }
}

/// What is known about a call between its attempts.
struct Call<'a> {
    request: &'a Request,
    prepared: Prepared,
    kind: CallKind,
    started: Duration,
    started_at: Timestamp,
    total: Duration,
    attempt: u32,
    may_have_run: bool,
    previous_status: Option<u16>,
    last: Option<Result<Response, AttemptError>>,
}

/// What the vendor's headers say about an answer.
struct Signals {
    should_retry: Option<bool>,
    retry_after: Option<Duration>,
    replayed: bool,
    scope: RateLimitScope,
    request_id: Option<String>,
    server_date: Option<Timestamp>,
}

impl Client {
    /// A client for one account; each attempt is handed to `sink`.
    ///
    /// # Errors
    /// [`ConfigError`] when the key must not be sent to the base address, or something cannot work.
    pub fn new(
        config: ClientConfig,
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        Self::with_name_lookup(config, sink, clock, Arc::new(SystemLookup))
    }

    /// The same with another way to resolve names, for tests of what a resolver can do wrong.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_name_lookup(
        config: ClientConfig,
        sink: Arc<dyn AttemptSink>,
        clock: Arc<dyn Clock>,
        lookup: Arc<dyn NameLookup>,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            account: config.account,
            wire: Wire::new(&config, lookup)?,
            budget: Budget::new(config.budget, Arc::clone(&clock)),
            breaker: Breaker::new(config.breaker, Arc::clone(&clock)),
            dialect: config.dialect,
            policy: config.policy,
            attempt_limit: config.limits.attempt,
            total_limit: config.limits.total,
            sink,
            clock,
        })
    }

    /// What is left of the rate budget, and the breaker.
    pub fn quota(&self) -> Quota {
        self.budget.quota(self.breaker.state())
    }

    /// Whether a request would be let through now. A refund asks before it writes its intent.
    pub fn breaker_allows(&self) -> bool {
        self.breaker.refused_until().is_none()
    }

    /// Makes one call: as many attempts as the decision allows, until the deadline.
    ///
    /// Dropping the future ends the call; an attempt on its way then is recorded as abandoned.
    ///
    /// # Errors
    /// [`Failure`] when there is no answer. Every answer is `Ok`, whatever its status.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        let prepared = self
            .wire
            .prepare(&request)
            .map_err(|reason| Failure::InvalidRequest { reason: redact(&reason) })?;
        let mut call = Call {
            kind: kind_of_call(&request),
            prepared,
            started: self.clock.monotonic(),
            started_at: self.clock.now(),
            total: request.deadline.min(self.total_limit),
            attempt: 0,
            may_have_run: false,
            previous_status: None,
            last: None,
            request: &request,
        };
        loop {
            let (permit, pass) = match self.admit(&call).await {
                Ok(admitted) => admitted,
                Err((reason, failure)) => return self.end(call, reason, failure),
            };
            match self.attempt(&mut call, permit, pass).await {
                Outcome::Stop(reason) => {
                    let waited = self.elapsed(&call);
                    return self.end(call, reason, Failure::DeadlineSpent { waited });
                }
                Outcome::RetryAfter { at_least, .. } => self.clock.sleep(at_least).await,
            }
        }
    }

    /// Time since the call began: the longer of what the two clocks say. The forward-only clock stands
    /// still while the computer sleeps, and a key that slept for a day may be forgotten by the vendor:
    /// sent again it would be a new refund.
    fn elapsed(&self, call: &Call<'_>) -> Duration {
        let wall = u64::try_from(self.clock.now().ms_since(call.started_at)).unwrap_or(0);
        self.clock.monotonic().saturating_sub(call.started).max(Duration::from_millis(wall))
    }

    /// Waits for the breaker's and the budget's leave to send.
    async fn admit(&self, call: &Call<'_>) -> Result<(Permit, Pass), (StopReason, Failure)> {
        let refused = |next_try| (StopReason::BreakerOpen, Failure::BreakerOpen { next_try });
        if let Some(next_try) = self.breaker.refused_until() {
            return Err(refused(next_try));
        }
        let left = call.total.saturating_sub(self.elapsed(call));
        let permit = self.budget.acquire(&call.request.endpoint, left).await;
        let waited = self.elapsed(call);
        match permit {
            // The time is looked at again after waiting, just before the bytes leave.
            Some(permit) if waited < call.total => {
                // The breaker may have opened while this call stood in the queue.
                let pass = self.breaker.enter().map_err(refused)?;
                Ok((permit, pass))
            }
            _ => Err((StopReason::DeadlineSpent, Failure::DeadlineSpent { waited })),
        }
    }

    /// Makes one attempt, tells the layers how it ended, records it, and says what follows. The wait in
    /// the outcome is the whole wait, its random part drawn.
    async fn attempt(&self, call: &mut Call<'_>, permit: Permit, pass: Pass) -> Outcome {
        call.attempt += 1;
        let limit = self.attempt_limit.min(call.total.saturating_sub(self.elapsed(call)));
        let record = OpenRecord::start(
            Arc::clone(&self.sink),
            Arc::clone(&self.clock),
            self.account,
            call.request,
            call.attempt,
        );
        let result = self.wire.attempt(&call.prepared, limit).await;
        let (end, signals) = match &result {
            Ok(answer) => (AttemptEnd::Status(answer.status), self.read_signals(&answer.headers)),
            Err(error) => (AttemptEnd::NoAnswer(error.kind), Signals::none()),
        };
        match end {
            AttemptEnd::Status(429) => permit.limited(signals.scope, signals.retry_after),
            AttemptEnd::Status(status) if status < 500 => permit.served(),
            AttemptEnd::NoAnswer(kind) if !kind.has_left() => permit.never_left(),
            _ => {}
        }
        drop(permit);
        if end.is_outage() {
            pass.failed()
        } else {
            pass.answered()
        }
        let outcome = self.next_step(call, end, &signals);
        record.finish(end, signals.request_id.clone(), outcome);
        call.previous_status = match end {
            AttemptEnd::Status(status) => Some(status),
            AttemptEnd::NoAnswer(_) => None,
        };
        let earlier_attempt_may_have_run = call.may_have_run;
        call.may_have_run |= end.leaves_doubt();
        let reason = match outcome {
            Outcome::Stop(reason) => reason,
            Outcome::RetryAfter { .. } => StopReason::Answered,
        };
        call.last =
            Some(result.map(|answer| {
                to_response(call.attempt, answer, signals, reason, earlier_attempt_may_have_run)
            }));
        outcome
    }

    fn next_step(&self, call: &Call<'_>, end: AttemptEnd, signals: &Signals) -> Outcome {
        let outcome = decide(&Situation {
            end,
            call: call.kind,
            attempt: call.attempt,
            should_retry: signals.should_retry,
            retry_after: signals.retry_after,
            replayed: signals.replayed,
            previous_status: call.previous_status,
            elapsed: self.elapsed(call),
            total: call.total,
            policy: &self.policy,
        });
        let Outcome::RetryAfter { at_least, jitter_cap } = outcome else { return outcome };
        let wait = at_least.saturating_add(jitter(jitter_cap, &mut rand::rng()));
        let back_at = self.clock.now().plus_ms(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        // A wait that ends while the breaker is still open would end in nothing.
        match self.breaker.refused_until() {
            Some(next_try) if next_try > back_at => Outcome::Stop(StopReason::BreakerOpen),
            _ => Outcome::RetryAfter { at_least: wait, jitter_cap: Duration::ZERO },
        }
    }

    fn read_signals(&self, headers: &Headers) -> Signals {
        let flag = |name: Option<&str>| match name.and_then(|name| headers.get(name)).map(str::trim) {
            Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        let server_date = headers.get("date").and_then(parse_http_date);
        let server_now = server_date.unwrap_or_else(|| self.clock.now());
        Signals {
            should_retry: flag(self.dialect.should_retry_header),
            retry_after: headers.get("retry-after").and_then(|text| parse_retry_after(text, server_now)),
            replayed: flag(self.dialect.replayed_header) == Some(true),
            scope: match self.dialect.rate_limited_reason_header {
                None => RateLimitScope::AccountRate,
                Some(name) => headers.get(name).map_or(RateLimitScope::Object, self.dialect.rate_limit_scope),
            },
            request_id: headers
                .get(self.dialect.request_id_header)
                .map(|id| redact(id).chars().take(128).collect()),
            server_date,
        }
    }

    /// The call is over: with its last answer or its last fault where there was one, else with
    /// `unsent`, which says why nothing was sent at all.
    fn end(&self, call: Call<'_>, reason: StopReason, unsent: Failure) -> Result<Response, Failure> {
        let duration = self.elapsed(&call);
        match call.last {
            None => Err(unsent),
            Some(Ok(response)) => Ok(Response { ended: reason, ..response }),
            Some(Err(error)) => Err(Failure::Unanswered(Unanswered {
                kind: error.kind,
                maybe_executed: call.may_have_run,
                attempts: call.attempt,
                duration,
                ended: reason,
                detail: error.detail,
            })),
        }
    }
}

impl Signals {
    fn none() -> Self {
        Self {
            should_retry: None,
            retry_after: None,
            replayed: false,
            scope: RateLimitScope::Object,
            request_id: None,
            server_date: None,
        }
    }
}

fn kind_of_call(request: &Request) -> CallKind {
    match (request.endpoint.is_read(), &request.idempotency_key) {
        (true, _) => CallKind::Read,
        (false, Some(_)) => CallKind::KeyedWrite,
        (false, None) => CallKind::WriteWithoutKey,
    }
}

fn to_response(
    attempts: u32,
    answer: Answer,
    signals: Signals,
    ended: StopReason,
    earlier_attempt_may_have_run: bool,
) -> Response {
    Response {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
        attempts,
        server_date: signals.server_date,
        request_id: signals.request_id,
        replayed: signals.replayed,
        ended,
        earlier_attempt_may_have_run,
    }
}

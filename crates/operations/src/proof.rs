//! Proving that the mirror is complete: days are listed again at the vendor and compared with what
//! the rows come to, gaps are flagged, healed and compared once more.
//!
//! A cycle first counts the mirror's own rows, which costs no request: a proven day whose rows were
//! tampered with is red at once. Then it spends its requests in this order: red days, days that were
//! never compared or changed since, the newest first, then those whose comparison is the oldest, and
//! behind all of them what failed the last time. One large day is gone on with in each cycle.

mod check;
mod plan;

use domain::{Kind, Timestamp};
use futures::future::BoxFuture;
use mirror::proof::{Found, Recorded, day_of};
use mirror::{DaySpan, SliceState};
use tokio_util::sync::CancellationToken;

use crate::error::{OperationError, Result};
use crate::{OpenAccount, ReadBudget};

use plan::{Candidate, Range};

/// Rows that a background cycle counts before it leaves the rest for the next one.
const AUDIT_ROWS: u64 = 200_000;
/// Days that are counted in one go.
const AUDIT_DAYS: i64 = 31;
/// Ranges that may fail before a cycle ends: the vendor is in trouble, or we are.
const FAILURES_MAX: u32 = 3;
/// The vendor keeps events for 30 days (vendor facts 1.8), and the oldest of them only partly.
const EVENT_DAYS: i64 = 29;

/// Brings the mirror up to date with the event feed, joining whoever does it already. A difference
/// that following removes was no gap, only younger than the mirror.
pub type Follow<'run> = dyn Fn() -> BoxFuture<'run, Result<()>> + Sync + 'run;

/// Which days are proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// The first day; the first of the account when left out.
    pub from: Option<i64>,
    /// The day after the last; tomorrow when left out.
    pub until: Option<i64>,
    /// Whether days are compared again that were not long ago: somebody asked for it.
    pub every_day: bool,
}

/// What a run says as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofReport {
    /// So many days are to be compared.
    Planned {
        /// How many.
        days: u64,
    },
    /// A day is red.
    Gap {
        /// The kind.
        kind: Kind,
        /// The day.
        day: i64,
        /// What is wrong, as far as it is known.
        found: Found,
    },
    /// Days were compared.
    Compared {
        /// How they stand.
        recorded: Recorded,
        /// Requests so far.
        requests: u64,
    },
}

/// What a run brought.
#[derive(Debug, Default)]
pub struct ProofSummary {
    /// How the compared days stand.
    pub recorded: Recorded,
    /// Days in which something was wrong.
    pub gaps: u64,
    /// Requests that it made.
    pub requests: u64,
    /// Days that are due and were left for another time.
    pub left: u64,
    /// Where the next cycle goes on counting; none once all days were counted.
    pub resume: Option<i64>,
    /// Why days could not be compared.
    pub failed: Option<OperationError>,
}

/// One run over one account.
pub struct Prover<'run> {
    /// The account.
    pub account: &'run OpenAccount,
    /// Stops the run at its next page.
    pub cancel: CancellationToken,
    /// Hears how far it is.
    pub report: &'run (dyn Fn(ProofReport) + Sync),
    /// Brings the mirror up to date.
    pub follow: &'run Follow<'run>,
    /// Which days.
    pub scope: Scope,
    /// Most requests; what the day's budget leaves is a limit too, unless somebody asked.
    pub requests_max: u64,
    /// Where the cycle before stopped counting.
    pub resume: Option<i64>,
}

impl Prover<'_> {
    /// Compares what is due, as far as its requests go.
    pub async fn run(&self) -> Result<ProofSummary> {
        let mut summary = ProofSummary::default();
        let Some(span) = self.span().await? else { return Ok(summary) };
        let candidates = self.audit(&span, &mut summary).await?;
        let now = self.account.clock.now();
        let due = plan::due(candidates, now, self.scope.every_day);
        let ranges = plan::ranges(due, span.first_day);
        let days = |ranges: &[Range]| ranges.iter().map(|range| range.days.len() as u64).sum();
        (self.report)(ProofReport::Planned { days: days(&ranges) });
        let budget = self.requests_left(now).await?;
        // A large day waits for no room among the others, or it would wait for ever: one has half of
        // each cycle, and what it lacks then it gets in the next ones.
        let is_large = |range: &&Range| range.pages_expected() > self.requests_max / 2;
        let large = ranges.iter().filter(is_large).min_by_key(|range| range.turn);
        let for_others = if large.is_some() { budget / 2 } else { budget };
        let mut trouble = Trouble::default();
        for range in ranges.iter().filter(|range| !is_large(range)) {
            let left = for_others.saturating_sub(summary.requests);
            if self.cancel.is_cancelled() {
                return Err(OperationError::Canceled);
            }
            if trouble.spares(range.kind) || range.pages_expected() > left {
                summary.left += range.days.len() as u64;
                continue;
            }
            let before = summary.requests;
            let done = self.check(range, left, &mut summary).await;
            self.written_down(range, before, done, &mut trouble, &mut summary).await?;
        }
        summary.left += days_of_large(&ranges, is_large);
        let left = budget.saturating_sub(summary.requests);
        if let Some(range) = large.filter(|range| left > 0 && !trouble.spares(range.kind)) {
            let before = summary.requests;
            let done = self.check_part(range, left, &mut summary).await;
            let is_done = matches!(&done, Ok(recorded) if *recorded != Recorded::default());
            summary.left -= u64::from(is_done);
            self.written_down(range, before, done, &mut trouble, &mut summary).await?;
        }
        if self.cancel.is_cancelled() { Err(OperationError::Canceled) } else { Ok(summary) }
    }

    /// Counts the requests of a comparison, tells how it ended, and keeps why where it broke off.
    async fn written_down(
        &self,
        range: &Range,
        requests_before: u64,
        done: Result<Recorded>,
        trouble: &mut Trouble,
        summary: &mut ProofSummary,
    ) -> Result<()> {
        let (mirror, id, at) = (&self.account.mirror, self.account.id(), self.account.clock.now());
        mirror.request_days().note_proof(id, at, summary.requests - requests_before).await?;
        match done {
            Ok(recorded) => {
                add(&mut summary.recorded, recorded);
                (self.report)(ProofReport::Compared { recorded, requests: summary.requests });
            }
            Err(OperationError::Canceled) => return Err(OperationError::Canceled),
            Err(error) => {
                trouble.note(range.kind, &error);
                let code = failure_code(&error);
                mirror.proof_days().note_failure(id, range.kind, &range.days, code, at).await?;
                summary.failed.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// Which kinds and days can be proven: lists that are mirrored whole, from the first day that
    /// any of them has a record of.
    async fn span(&self) -> Result<Option<Span>> {
        let slices = self.account.mirror.sync_slices().list(Some(self.account.id())).await?;
        let complete = slices.iter().filter(|slice| slice.state == SliceState::Complete);
        let kinds: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| complete.clone().any(|slice| slice.kind == *kind)).collect();
        if kinds.is_empty() {
            return Ok(None);
        }
        let today = day_of(self.account.clock.now());
        let first_seen =
            complete.filter(|slice| slice.kind != Kind::Events).filter_map(|slice| slice.earliest_seen);
        let first_day = first_seen.map(day_of).min().unwrap_or(today).min(today);
        Ok(Some(Span { kinds, first_day, today }))
    }

    /// Counts the mirror's own rows, newest days first, flags what was tampered with, and answers
    /// with every day that was counted.
    async fn audit(&self, span: &Span, summary: &mut ProofSummary) -> Result<Vec<Candidate>> {
        let first = self.scope.from.unwrap_or(span.first_day).max(span.first_day);
        let end = self.scope.until.unwrap_or(span.today + 1).min(span.today + 1);
        let mut candidates = Vec::new();
        let mut rows = 0;
        let mut until = end;
        while until > first {
            let from = (until - AUDIT_DAYS).max(first);
            for kind in &span.kinds {
                rows += self.audit_window(span, *kind, from, until, &mut candidates, summary).await?;
            }
            if self.cancel.is_cancelled() {
                return Err(OperationError::Canceled);
            }
            let is_newest = until == end;
            until = from;
            if is_newest && !self.scope.every_day {
                // The newest days are counted in every cycle, the others by turns.
                until = self.resume.unwrap_or(until).min(until);
            }
            if rows >= AUDIT_ROWS && !self.scope.every_day && until > first {
                summary.resume = Some(until);
                break;
            }
        }
        Ok(candidates)
    }

    async fn audit_window(
        &self,
        span: &Span,
        kind: Kind,
        from: i64,
        until: i64,
        candidates: &mut Vec<Candidate>,
        summary: &mut ProofSummary,
    ) -> Result<u64> {
        let from = if kind == Kind::Events { from.max(span.today - EVENT_DAYS) } else { from };
        if from >= until {
            return Ok(0);
        }
        let days = self.account.mirror.proof_days();
        let window = DaySpan { account: self.account.id(), kind, from: Some(from), until: Some(until) };
        let audited = days.audit(window).await?;
        let mut rows = 0;
        let mut known = audited.into_iter().peekable();
        for day in from..until {
            let audited = known.next_if(|one| one.day == day);
            let count = audited.as_ref().map_or(0, |one| one.mirror.count);
            rows += count;
            let is_suspect = audited.as_ref().is_some_and(mirror::proof::AuditedDay::is_suspect);
            if is_suspect {
                let found = Found::default();
                days.flag(self.account.id(), kind, day, found, self.account.clock.now()).await?;
                summary.gaps += 1;
                (self.report)(ProofReport::Gap { kind, day, found });
            }
            candidates.push(Candidate::new(kind, day, count, audited.and_then(|one| one.proven), is_suspect));
        }
        Ok(rows)
    }

    /// Requests that the run may make.
    async fn requests_left(&self, now: Timestamp) -> Result<u64> {
        if self.scope.every_day {
            return Ok(self.requests_max);
        }
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let budget = ReadBudget::of(mirror, id, self.account.row.environment, now).await?;
        Ok(self.requests_max.min(budget.proof_left_today()))
    }
}

/// What can be proven.
struct Span {
    kinds: Vec<Kind>,
    first_day: i64,
    today: i64,
}

/// What went wrong in one cycle.
#[derive(Debug, Default)]
struct Trouble {
    failures: u32,
    /// Kinds that the key may not list: asking for their other days would only tell the same.
    not_allowed: Vec<Kind>,
}

impl Trouble {
    fn note(&mut self, kind: Kind, error: &OperationError) {
        match error {
            OperationError::Vendor(vendors::stripe::CallError::Forbidden { .. }) => {
                self.not_allowed.push(kind)
            }
            _ => self.failures += 1,
        }
    }

    /// Whether a kind is left alone for the rest of the cycle.
    fn spares(&self, kind: Kind) -> bool {
        self.failures >= FAILURES_MAX || self.not_allowed.contains(&kind)
    }
}

fn days_of_large(ranges: &[Range], is_large: impl Fn(&&Range) -> bool) -> u64 {
    ranges.iter().filter(is_large).map(|range| range.days.len() as u64).sum()
}

fn add(sum: &mut Recorded, more: Recorded) {
    sum.green += more.green;
    sum.amber += more.amber;
    sum.red += more.red;
}

/// Word for what broke a comparison off, kept with its days.
fn failure_code(error: &OperationError) -> &'static str {
    use vendors::stripe::CallError;
    match error {
        OperationError::Vendor(CallError::Unauthorized(_) | CallError::Forbidden { .. }) => "not_allowed",
        OperationError::Vendor(CallError::ListDoesNotEnd) => "list_does_not_end",
        OperationError::Vendor(CallError::Unreadable { .. }) => "unreadable",
        OperationError::Vendor(_) => "vendor_failed",
        _ => "failed",
    }
}

/// The first day of a vendor's retention of events that is still whole.
pub fn first_event_day(now: Timestamp) -> i64 {
    day_of(now) - EVENT_DAYS
}

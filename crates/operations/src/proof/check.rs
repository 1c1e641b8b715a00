//! Comparing one range of days with the vendor, and healing what is wrong in it.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{Kind, Observed, Record, Timestamp};
use mirror::proof::{Found, Line, ProofPart, Recorded, VendorDays, day_of, day_start};
use mirror::{Apart, Cause, DaySpan, Tally};
use vendors::stripe::{CallError, CreatedRange, Cursor, CustomerFound, Page, PageRequest};

use super::plan::Range;
use super::{ProofReport, ProofSummary, Prover};
use crate::error::{OperationError, Result};

/// Records that wait to be healed together.
const HEALED_AT_ONCE: usize = 500;
/// Records of one range that the vendor did not list and that are looked at singly.
const SINGLE_LOOKS_MAX: usize = 50;
/// A record this young may be told of by the feed only later, or change while it is compared.
const HELD_BACK_MS: i64 = 60_000;
/// A row that is stated later than the vendor's listing changed meanwhile; one that is stated this
/// much later was not stated by the vendor.
const CLOCK_SLACK_MS: i64 = 10 * 60_000;

/// A day that was compared in part is gone on with for so long; then it begins again.
const PART_KEPT_MS: i64 = 14 * 86_400_000;

/// One comparison under way.
struct Comparison {
    span: DaySpan,
    /// What the mirror had before the vendor was asked.
    before: HashMap<String, Line>,
    /// What the vendor listed.
    listed: HashMap<String, Line>,
    /// Listed, and not as the mirror has it.
    differing: Vec<Observed>,
    /// Where the listing begins, going back, if not at the end of the span.
    until: Option<Timestamp>,
    /// Most pages of the listing.
    pages_max: u64,
    /// Creation of the oldest record that was listed.
    oldest: Option<Timestamp>,
    /// Whether the vendor has more than was listed.
    is_cut: bool,
    seen_at: Option<Timestamp>,
    problem: Option<&'static str>,
    followed: bool,
}

impl Prover<'_> {
    /// Compares a range, heals it, compares again, and writes down how each day stands.
    pub(super) async fn check(
        &self,
        range: &Range,
        requests_left: u64,
        summary: &mut ProofSummary,
    ) -> Result<Recorded> {
        // More than was expected may well be the gap that is looked for, but not without end.
        let pages_max = requests_left.max(range.pages_expected().saturating_mul(2) + 10);
        let mut comparison = self.begin(range, None, pages_max).await?;
        self.list(&mut comparison, summary).await?;
        if comparison.is_cut {
            comparison.problem = Some("too_much");
        }
        self.settle_differences(&mut comparison, summary).await?;
        self.look_at_unlisted(&mut comparison, summary).await?;
        let mut days: BTreeMap<i64, Tally> = BTreeMap::new();
        for line in comparison.listed.values() {
            days.entry(line.day).or_default().add(line);
        }
        let vendor = VendorDays { days, seen_at: comparison.seen_at, problem: comparison.problem };
        // Days before the first and after the last are there when the vendor has records in them.
        let mut compared = range.days.clone();
        let known: HashSet<i64> = range.days.iter().copied().collect();
        compared.extend(vendor.days.keys().filter(|day| !known.contains(day)));
        Ok(self.account.mirror.proof_days().record(self.account.id(), range.kind, &compared, &vendor).await?)
    }

    /// Compares a day that is too large for one cycle, going on where the cycle before stopped, for as
    /// many pages as it may. How the day stands is written down once all of it was compared.
    pub(super) async fn check_part(
        &self,
        range: &Range,
        pages_max: u64,
        summary: &mut ProofSummary,
    ) -> Result<Recorded> {
        let (id, kind, day) = (self.account.id(), range.kind, range.last());
        let parts = self.account.mirror.proof_parts();
        let now = self.account.clock.now();
        let known = parts.get(id, kind, day).await?;
        let known = known.filter(|part| (0..PART_KEPT_MS).contains(&now.ms_since(part.seen_at)));
        let mut comparison = self.begin(range, known.as_ref().map(|part| part.reached), pages_max).await?;
        self.list(&mut comparison, summary).await?;
        // The page may have been cut between two records of one second, so that second comes again.
        let reached = comparison.oldest.map(|oldest| Timestamp::from_seconds(oldest.as_seconds() + 1));
        let reached = reached.filter(|_| comparison.is_cut);
        if let Some(reached) = reached {
            if comparison.until.is_some_and(|until| reached >= until) {
                comparison.problem = Some("too_much");
            }
            comparison.listed.retain(|_, line| line.created_at >= reached);
            comparison.before.retain(|_, line| line.created_at >= reached);
        }
        self.settle_differences(&mut comparison, summary).await?;
        self.look_at_unlisted(&mut comparison, summary).await?;
        let mut vendor = known.as_ref().map(|part| part.vendor.clone()).unwrap_or_default();
        vendor.merge(&Tally::of(comparison.listed.values().filter(|line| line.day == day)));
        let seen_at = known.map(|part| part.seen_at).or(comparison.seen_at);
        if let (Some(reached), None) = (reached, comparison.problem) {
            let part = ProofPart { reached, vendor, seen_at: seen_at.unwrap_or(now) };
            parts.put(id, kind, day, Some(&part)).await?;
            return Ok(Recorded::default());
        }
        parts.put(id, kind, day, None).await?;
        let days = BTreeMap::from([(day, vendor)]);
        let vendor = VendorDays { days, seen_at, problem: comparison.problem };
        Ok(self.account.mirror.proof_days().record(id, kind, &[day], &vendor).await?)
    }

    async fn begin(&self, range: &Range, until: Option<Timestamp>, pages_max: u64) -> Result<Comparison> {
        let from = (!range.from_the_beginning).then(|| range.first());
        // The newest day is open at its end: the vendor's clock may be ahead of ours.
        let is_newest = range.last() >= day_of(self.account.clock.now());
        let end = (!is_newest).then(|| range.last() + 1);
        let span = DaySpan { account: self.account.id(), kind: range.kind, from, until: end };
        let mut before = self.account.mirror.proof_lines(span).await?;
        before.retain(|_, line| until.is_none_or(|until| line.created_at < until));
        Ok(Comparison {
            span,
            before,
            listed: HashMap::new(),
            differing: Vec::new(),
            until,
            pages_max,
            oldest: None,
            is_cut: false,
            seen_at: None,
            problem: None,
            followed: false,
        })
    }

    /// Lists the range to its end, or as far as it may, and keeps what differs.
    async fn list(&self, comparison: &mut Comparison, summary: &mut ProofSummary) -> Result<()> {
        let span = comparison.span;
        let until = comparison.until.or(span.until.map(day_start));
        let created = CreatedRange { from: span.from.map(day_start), until };
        let mut request = PageRequest { created, ..PageRequest::default() };
        let mut cursors_seen = HashSet::new();
        for _ in 0..comparison.pages_max {
            if self.cancel.is_cancelled() {
                return Err(OperationError::Canceled);
            }
            summary.requests += 1;
            let page = self.account.stripe.list(span.kind, &request).await?;
            if !page.offered {
                comparison.problem = Some("not_offered");
                return Ok(());
            }
            comparison.seen_at =
                comparison.seen_at.or(page.server_date).or_else(|| Some(self.account.clock.now()));
            take(comparison, &page);
            if comparison.differing.len() >= HEALED_AT_ONCE {
                self.settle_differences(comparison, summary).await?;
            }
            if comparison.problem == Some("range_ignored") {
                return Ok(());
            }
            match page.last_id {
                Some(last_id) if page.has_more => {
                    if !cursors_seen.insert(last_id.clone()) {
                        return Err(OperationError::Vendor(CallError::ListDoesNotEnd));
                    }
                    request.cursor = Some(Cursor::After(last_id));
                }
                _ => return Ok(()),
            }
        }
        comparison.is_cut = true;
        Ok(())
    }

    /// Looks a second time at what differs, after following: what is equal by now was only younger
    /// than the mirror. The rest is a gap, flagged before it is healed.
    async fn settle_differences(
        &self,
        comparison: &mut Comparison,
        summary: &mut ProofSummary,
    ) -> Result<()> {
        if comparison.differing.is_empty() {
            return Ok(());
        }
        let differing = std::mem::take(&mut comparison.differing);
        self.follow_once(comparison).await?;
        let (id, kind) = (self.account.id(), comparison.span.kind);
        let ids: Vec<String> = differing.iter().map(|seen| seen.record.vendor_id().to_owned()).collect();
        let now = self.account.mirror.proof_lines_of(id, kind, &ids).await?;
        let mut found: BTreeMap<i64, Found> = BTreeMap::new();
        let mut wrong = Vec::new();
        let mut young = Vec::new();
        for seen in differing {
            let line = Line::of(&seen);
            let age = seen.observed_at.ms_since(line.created_at);
            match now.get(seen.record.vendor_id()) {
                Some(known) if known.is_same(&line) || is_newer(known, &seen) => continue,
                // An event never changes, so one that differs was altered, however young it is.
                known if age < HELD_BACK_MS && (known.is_none() || kind != Kind::Events) => {
                    young.push(seen);
                    continue;
                }
                None => found.entry(line.day).or_default().missing += 1,
                // Its row may stand in another day than its own, which is wrong as well.
                Some(known) if known.day != line.day => {
                    found.entry(known.day).or_default().altered += 1;
                    found.entry(line.day).or_default().altered += 1;
                }
                Some(_) => found.entry(line.day).or_default().altered += 1,
            }
            wrong.push(seen);
        }
        self.account.mirror.commit_page(id, &young, None).await?;
        self.flag(comparison, &found, summary).await?;
        self.account.mirror.heal(id, &wrong).await?;
        Ok(())
    }

    async fn follow_once(&self, comparison: &mut Comparison) -> Result<()> {
        if !comparison.followed {
            comparison.followed = true;
            (self.follow)().await?;
        }
        Ok(())
    }

    async fn flag(
        &self,
        comparison: &Comparison,
        found: &BTreeMap<i64, Found>,
        summary: &mut ProofSummary,
    ) -> Result<()> {
        let at = comparison.seen_at.unwrap_or_else(|| self.account.clock.now());
        for (day, found) in found {
            let (id, kind) = (self.account.id(), comparison.span.kind);
            self.account.mirror.proof_days().flag(id, kind, *day, *found, at).await?;
            summary.gaps += 1;
            (self.report)(ProofReport::Gap { kind, day: *day, found: *found });
        }
        Ok(())
    }

    /// What the mirror has and the vendor did not list: each is looked at once, by itself.
    async fn look_at_unlisted(&self, comparison: &mut Comparison, summary: &mut ProofSummary) -> Result<()> {
        if comparison.problem.is_some() {
            return Ok(());
        }
        let unlisted = |ids: &HashMap<String, Line>, listed: &HashMap<String, Line>| -> Vec<String> {
            ids.keys().filter(|id| !listed.contains_key(*id)).cloned().collect()
        };
        let mut ids = unlisted(&comparison.before, &comparison.listed);
        if ids.is_empty() {
            return Ok(());
        }
        self.follow_once(comparison).await?;
        let (id, kind) = (self.account.id(), comparison.span.kind);
        let now = self.account.mirror.proof_lines_of(id, kind, &ids).await?;
        ids.retain(|id| now.contains_key(id));
        if ids.len() > SINGLE_LOOKS_MAX {
            ids.truncate(SINGLE_LOOKS_MAX);
            comparison.problem = Some("too_much");
        }
        for vendor_id in &ids {
            if self.cancel.is_cancelled() {
                return Err(OperationError::Canceled);
            }
            let Some(line) = now.get(vendor_id) else { continue };
            summary.requests += 1;
            self.look_at_one(comparison, line, summary).await?;
        }
        Ok(())
    }

    async fn look_at_one(
        &self,
        comparison: &mut Comparison,
        line: &Line,
        summary: &mut ProofSummary,
    ) -> Result<()> {
        let (id, kind) = (self.account.id(), comparison.span.kind);
        let mirror = &self.account.mirror;
        let found = |found: Found| BTreeMap::from([(line.day, found)]);
        match self.look(kind, &line.vendor_id).await? {
            Some(seen) if Line::of(&seen).is_same(line) => {
                // The vendor has it and does not list it: a list that lags, which proves nothing.
                comparison.problem = Some("not_listed");
            }
            Some(seen) => {
                self.flag(comparison, &found(Found { altered: 1, ..Found::default() }), summary).await?;
                mirror.heal(id, &[seen]).await?;
            }
            None => {
                self.flag(comparison, &found(Found { unknown: 1, ..Found::default() }), summary).await?;
                self.let_go(kind, line).await?;
            }
        }
        Ok(())
    }

    /// One record at the vendor; none where the vendor has none, or only says that it was deleted.
    async fn look(&self, kind: Kind, vendor_id: &str) -> Result<Option<Observed>> {
        if kind == Kind::Customers {
            return match self.account.stripe.customer(vendor_id).await {
                Ok(CustomerFound::Kept(seen)) => Ok(Some(*seen)),
                Ok(CustomerFound::Deleted { .. }) | Err(CallError::NotFound(_)) => Ok(None),
                Err(error) => Err(error.into()),
            };
        }
        match self.account.stripe.one(kind, vendor_id).await {
            Ok(seen) => Ok(Some(seen)),
            Err(CallError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a record go that the vendor does not have. A customer stays and is marked; of anything
    /// else what stood there is kept apart. Intents are no part of the mirror and stay as they are.
    async fn let_go(&self, kind: Kind, line: &Line) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let at = self.account.clock.now();
        let json = mirror.raw(id, kind, &line.vendor_id).await.unwrap_or_default();
        let amount = line.amount.as_ref().map(|(currency, minor)| format!("{minor} {currency}"));
        let known = match kind {
            Kind::Customers => mirror.customers().by_id(id, &line.vendor_id).await?,
            _ => None,
        };
        let apart = Apart {
            kind,
            vendor_id: Some(&line.vendor_id),
            cause: Cause::NotAtVendor,
            // Of a customer the row itself stays.
            json: json.as_deref().filter(|_| known.is_none()),
            at,
            detail: serde_json::json!({
                "kind": kind.as_str(),
                "created": line.created_at.to_string(),
                "amount_minor": amount,
            }),
        };
        // Before the row goes, so that a kill in between loses nothing.
        mirror.keep_apart(id, &apart).await?;
        match known {
            Some(known) => {
                let customer = domain::Customer { deleted: true, ..known.value };
                let json = json.unwrap_or_default();
                let seen = Observed { record: Record::Customer(customer), json, observed_at: at };
                mirror.heal(id, &[seen]).await?;
            }
            None => {
                mirror.take_out_unknown(id, kind, std::slice::from_ref(&line.vendor_id)).await?;
            }
        }
        Ok(())
    }
}

/// Whether following stated the row later than the vendor listed it.
fn is_newer(known: &Line, seen: &Observed) -> bool {
    let later_ms = known.observed_at.ms_since(seen.observed_at);
    later_ms > 0 && later_ms <= CLOCK_SLACK_MS
}

/// Takes in a page: what it lists, and what of it the mirror has otherwise.
fn take(comparison: &mut Comparison, page: &Page) {
    let span = comparison.span;
    let is_inside = |line: &Line| {
        span.from.is_none_or(|from| line.day >= from)
            && span.until.is_none_or(|until| line.day < until)
            && comparison.until.is_none_or(|until| line.created_at < until)
    };
    if !page.skipped.is_empty() {
        comparison.problem = Some("unreadable");
    }
    if page.newest_first == Some(false) && comparison.until.is_some() {
        // Nothing is known of where a part of such a list ends.
        comparison.problem = Some("range_ignored");
    }
    for seen in &page.records {
        let line = Line::of(seen);
        if !is_inside(&line) {
            comparison.problem = Some("range_ignored");
            continue;
        }
        comparison.oldest = Some(comparison.oldest.map_or(line.created_at, |one| one.min(line.created_at)));
        let is_known = comparison.before.get(&line.vendor_id).is_some_and(|known| known.is_same(&line));
        if !is_known {
            comparison.differing.push(seen.clone());
        }
        comparison.listed.insert(line.vendor_id.clone(), line);
    }
}

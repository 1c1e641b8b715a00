//! Following: what changed since, told by the vendor's event feed.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{Kind, Observed, Record, Timestamp};
use mirror::SliceRow;
use vendors::stripe::{CallError, Carried, CreatedRange, Cursor, EventFilter, Page, PageRequest};

use super::lists::CHANGES_END_MS;
use super::{Run, Summary};
use crate::error::{OperationError, Result};

/// Events this young may still be joined by older ones that become visible later, so the feed's
/// position stays behind them and the next run reads them again; the ids tell that they are known.
const HELD_BACK_MS: i64 = 10_000;
/// How far before the last run something is read again by time: `created` is not unique, and a page
/// may have been cut between two of one second.
pub(super) const OVERLAP_MS: i64 = 60_000;
/// Objects that one run reads singly because an event could not be trusted to carry them whole.
const SINGLE_READS_MAX: usize = 100;
/// From so many objects of a kind on, the pages that hold them are read instead of each.
const WORTH_A_LIST: usize = 4;

/// Objects that events could not be trusted to carry, with their creation where it is known.
type ToRead = BTreeMap<(Kind, String), Option<Timestamp>>;

impl Run<'_> {
    /// Reads the feed from where it stood and applies what it tells.
    pub(super) async fn follow(&self, summary: &mut Summary) -> Result<()> {
        let Some(mut slice) = self.slice(Kind::Events).await? else { return Ok(()) };
        let mut to_read = ToRead::new();
        let mut position = slice.newest_id.clone();
        let mut positions_seen = HashSet::new();
        let as_of = loop {
            self.check_canceled()?;
            let mut page = self.next_events(position.as_deref(), &slice).await?;
            let read_at = page.server_date.unwrap_or_else(|| self.account.clock.now());
            let events = page.records.len() as u64;
            slice.newest_id = newest_settled(&page, read_at).or(slice.newest_id);
            slice.rows = slice.rows.saturating_add(events);
            slice.as_of = Some(read_at);
            sort_out(&mut page, &mut to_read);
            let (next, has_more) = (page.first_id.clone(), page.has_more);
            self.commit(page, Some(slice.clone().into())).await?;
            summary.events += events;
            self.account.mirror.catch_ups().add(self.account.id(), events).await?;
            let goes_on = has_more && next.is_some() && positions_seen.insert(next.clone());
            if !goes_on {
                break read_at;
            }
            position = next;
        };
        self.read_untrusted(to_read).await?;
        if summary.events > 0 {
            self.list_since(Kind::BalanceEntries, OVERLAP_MS).await?;
        }
        self.declare_complete(as_of).await?;
        summary.as_of = Some(as_of);
        Ok(())
    }

    /// The next page of the feed, oldest first.
    async fn next_events(&self, position: Option<&str>, slice: &SliceRow) -> Result<Page> {
        if let Some(position) = position {
            match self.account.stripe.events_after(position, &EventFilter::default()).await {
                // The vendor forgets events after 30 days. How long the mirror was behind is known to
                // be less, so nothing happened for long and all of it is still in the feed.
                Err(CallError::CursorGone(_)) => {}
                other => return Ok(other?),
            }
        }
        self.events_since(slice.as_of.unwrap_or(slice.started_at).plus_ms(-OVERLAP_MS)).await
    }

    /// The feed by time, for as long as it has no position.
    async fn events_since(&self, from: Timestamp) -> Result<Page> {
        let created = CreatedRange { from: Some(from), until: None };
        let mut request = PageRequest { created, ..PageRequest::default() };
        let mut whole: Option<Page> = None;
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let mut page = self.account.stripe.list(Kind::Events, &request).await?;
            let next = page.last_id.clone().filter(|_| page.has_more);
            match &mut whole {
                None => whole = Some(page),
                Some(whole) => {
                    whole.records.append(&mut page.records);
                    whole.carried.append(&mut page.carried);
                    whole.skipped.append(&mut page.skipped);
                }
            }
            let Some(next) = next else { break };
            if !cursors_seen.insert(next.clone()) {
                return Err(CallError::ListDoesNotEnd.into());
            }
            request.cursor = Some(Cursor::After(next));
        }
        let mut whole = whole.ok_or_else(|| OperationError::Defect("the feed has no page".to_owned()))?;
        whole.has_more = false;
        whole.records.reverse();
        whole.carried.reverse();
        Ok(whole)
    }

    /// Reads what events could not be trusted to carry, with as few requests as possible.
    async fn read_untrusted(&self, mut to_read: ToRead) -> Result<()> {
        for kind in Kind::ALL {
            let created: Vec<Timestamp> =
                to_read.iter().filter(|((one, _), _)| *one == kind).filter_map(|(_, at)| *at).collect();
            if created.len() >= WORTH_A_LIST
                && let (Some(first), Some(last)) = (created.iter().min(), created.iter().max())
            {
                let span = CreatedRange { from: Some(*first), until: Some(last.plus_ms(1_000)) };
                self.read_pages(kind, span, created.len(), &mut to_read).await?;
            }
        }
        if to_read.len() > SINGLE_READS_MAX {
            let mut kinds: Vec<Kind> = to_read.into_keys().map(|(kind, _)| kind).collect();
            kinds.dedup();
            for kind in kinds {
                self.list_since(kind, CHANGES_END_MS).await?;
            }
            return Ok(());
        }
        for (kind, vendor_id) in to_read.into_keys() {
            self.check_canceled()?;
            self.read_again(kind, &vendor_id).await?;
        }
        Ok(())
    }

    /// Reads the pages of a span of creation for as long as each saves more reads than it costs, and
    /// strikes out what they held.
    async fn read_pages(
        &self,
        kind: Kind,
        created: CreatedRange,
        pages_max: usize,
        to_read: &mut ToRead,
    ) -> Result<()> {
        let mut request = PageRequest { created, ..PageRequest::default() };
        for _ in 0..pages_max {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            let known = to_read.len();
            for seen in &page.records {
                to_read.remove(&(kind, seen.record.vendor_id().to_owned()));
            }
            let (struck, next) = (known - to_read.len(), page.last_id.clone().filter(|_| page.has_more));
            self.commit(page, None).await?;
            match next {
                Some(next) if struck > 1 => request.cursor = Some(Cursor::After(next)),
                _ => break,
            }
        }
        Ok(())
    }
}

/// Puts what the events carry beside them, and notes what must be read: what an event does not carry
/// whole or not at all, and what two events of one moment state differently.
fn sort_out(page: &mut Page, to_read: &mut ToRead) {
    let carried = std::mem::take(&mut page.carried);
    let carrying: HashSet<&str> = carried.iter().map(|one| one.event_id.as_str()).collect();
    for seen in &page.records {
        let Record::Event(event) = &seen.record else { continue };
        let kind = event.subject.object.as_deref().and_then(vendors::stripe::kind_of_object);
        if let (Some(kind), Some(vendor_id)) = (kind, event.subject.vendor_id.clone())
            && !carrying.contains(event.vendor_id.as_str())
        {
            to_read.entry((kind, vendor_id)).or_default();
        }
    }
    for one in carried.iter().filter(|one| !one.exact).chain(contradicting(&carried)) {
        let record = &one.observed.record;
        to_read.insert((record.kind(), record.vendor_id().to_owned()), Some(record.created_at()));
    }
    page.records.extend(carried.into_iter().map(|one| one.observed));
}

/// What events of one page state differently for one and the same moment, where that is the last one
/// of the object: neither can be trusted.
fn contradicting(carried: &[Carried]) -> Vec<&Carried> {
    let mut last: HashMap<(Kind, &str), &Observed> = HashMap::new();
    let mut found: HashMap<(Kind, &str), &Carried> = HashMap::new();
    for one in carried {
        let observed = &one.observed;
        let id = (observed.record.kind(), observed.record.vendor_id());
        match last.get(&id) {
            Some(known) if known.observed_at > observed.observed_at => {}
            Some(known) if known.observed_at == observed.observed_at => {
                if known.json != observed.json {
                    found.insert(id, one);
                }
            }
            _ => {
                last.insert(id, observed);
                found.remove(&id);
            }
        }
    }
    found.into_values().collect()
}

/// The newest event of the page that is old enough not to be overtaken any more.
fn newest_settled(page: &Page, read_at: Timestamp) -> Option<String> {
    page.records
        .iter()
        .filter(|seen| read_at.ms_since(seen.record.created_at()) >= HELD_BACK_MS)
        .max_by_key(|seen| seen.record.created_at())
        .map(|seen| seen.record.vendor_id().to_owned())
}

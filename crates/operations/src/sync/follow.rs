//! Following: what changed since, told by the vendor's event feed.

use std::collections::{HashMap, HashSet};

use domain::{Environment, Kind, Observed, Record, Timestamp};
use mirror::{SliceRow, SliceUpdate, UnreadObject};
use vendors::stripe::{CallError, Carried, CreatedRange, Cursor, EventFilter, Page, PageRequest};

use super::lists::FEED_REACH_MS;
use super::{Run, Summary};
use crate::error::{OperationError, Result};
use crate::read_budget::UNTOLD_EVERY_MS;

/// Events this young may still be joined by older ones that become visible later, so the feed's
/// position stays behind them and the next run reads them again; the ids tell that they are known.
const HELD_BACK_MS: i64 = 10_000;
/// How far before the last run something is read again by time: `created` is not unique, and a page
/// may have been cut between two of one second.
pub(super) const OVERLAP_MS: i64 = 60_000;

/// How far the feed went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Over all that was not known.
    Whole,
    /// Not so far: what happened before it only the lists can tell.
    TooShort,
}

impl Run<'_> {
    /// Reads the feed from where it stood and applies what it tells, then what it does not tell.
    pub(super) async fn follow(&self, summary: &mut Summary) -> Result<Reach> {
        let Some(slice) = self.slice(Kind::Events).await? else { return Ok(Reach::Whole) };
        // Where it is certain that the balance is listed, nothing of the feed need be waited for.
        let costs_nothing = self.account.row.environment == Environment::Sandbox;
        let lists_anyway = self.every_list || costs_nothing;
        let balance = async { if lists_anyway { self.list_balance().await } else { Ok(()) } };
        // Each goes to its end: where one is stopped, the other may be in the middle of writing what it read.
        let (followed, listed) = futures::join!(self.follow_feed(slice, summary), balance);
        let followed = followed?;
        listed?;
        let Some((as_of, whole)) = followed else { return Ok(Reach::TooShort) };
        if !lists_anyway && (summary.events > 0 || self.is_balance_due(as_of).await?) {
            self.list_balance().await?;
        }
        summary.as_of = whole.then_some(as_of);
        Ok(Reach::Whole)
    }

    /// Follows the feed alone. Answers as of when the lists that it tells of are true, and whether all of them
    /// are; none where it does not reach back.
    async fn follow_feed(&self, slice: SliceRow, summary: &mut Summary) -> Result<Option<(Timestamp, bool)>> {
        let Some(as_of) = self.read_feed(slice, summary).await? else { return Ok(None) };
        self.note_unlisted_customers().await?;
        self.read_unread().await?;
        // Of lines of the balance no event tells, so nothing is known of them by following.
        let whole = self.declare_complete(as_of, |kind| kind != Kind::BalanceEntries).await?;
        Ok(Some((as_of, whole)))
    }

    /// Reads the feed to its end, and answers as of when that was; none where it does not reach back
    /// to where it stood.
    async fn read_feed(&self, mut slice: SliceRow, summary: &mut Summary) -> Result<Option<Timestamp>> {
        let known_until = slice.as_of.unwrap_or(slice.started_at);
        let mut position = slice.newest_id.clone();
        let mut positions_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let Some(mut page) = self.next_events(position.as_deref(), &slice).await? else {
                return Ok(None);
            };
            let read_at = page.server_date.unwrap_or_else(|| self.account.clock.now());
            if positions_seen.is_empty() && read_at.ms_since(known_until) > FEED_REACH_MS {
                // Whatever the vendor says of the position, it keeps events for 30 days.
                return Ok(None);
            }
            let events = page.records.len() as u64;
            let (next, has_more) = (page.first_id.clone(), page.has_more);
            let goes_on = has_more && next.is_some() && positions_seen.insert(next.clone());
            slice.newest_id = newest_settled(&page, read_at).or(slice.newest_id);
            slice.rows = slice.rows.saturating_add(events);
            // Until its last page the feed is true for no later moment than before.
            slice.as_of = if goes_on { slice.as_of } else { Some(read_at) };
            let unread = sort_out(&mut page);
            let update = SliceUpdate::Feed { list: slice.clone(), unread };
            self.commit(page, Some(update)).await?;
            summary.events += events;
            self.account.mirror.catch_ups().add(self.account.id(), events).await?;
            if !goes_on {
                return Ok(Some(read_at));
            }
            position = next;
        }
    }

    /// The next page of the feed, oldest first; none where the feed does not reach back far enough.
    async fn next_events(&self, position: Option<&str>, slice: &SliceRow) -> Result<Option<Page>> {
        if let Some(position) = position {
            match self.account.stripe.events_after(position, &EventFilter::default()).await {
                // The vendor forgets events after 30 days. Perhaps nothing happened for long, and
                // all of it is still in the feed.
                Err(CallError::CursorGone(_)) => {}
                other => return Ok(Some(other?)),
            }
        }
        self.oldest_events(slice.as_of.unwrap_or(slice.started_at).plus_ms(-OVERLAP_MS)).await
    }

    /// The oldest page of the feed since a moment, for as long as it has no position: from there it
    /// goes on by position, page by page. None where the vendor, by its own clock, keeps no events of
    /// that moment any more.
    async fn oldest_events(&self, from: Timestamp) -> Result<Option<Page>> {
        let created = CreatedRange { from: Some(from), until: None };
        let mut request = PageRequest { created, ..PageRequest::default() };
        let mut oldest: Option<Page> = None;
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let mut page = self.account.stripe.list(Kind::Events, &request).await?;
            let read_at = page.server_date.unwrap_or_else(|| self.account.clock.now());
            if read_at.ms_since(from) > FEED_REACH_MS + OVERLAP_MS {
                return Ok(None);
            }
            let next = page.last_id.clone().filter(|_| page.has_more);
            page.has_more = oldest.is_some();
            if oldest.is_none() || page.first_id.is_some() {
                oldest = Some(page);
            }
            let Some(next) = next else { break };
            if !cursors_seen.insert(next.clone()) {
                return Err(CallError::ListDoesNotEnd.into());
            }
            request.cursor = Some(Cursor::After(next));
        }
        let mut oldest = oldest.ok_or_else(|| OperationError::Defect("the feed has no page".to_owned()))?;
        oldest.records.reverse();
        oldest.carried.reverse();
        Ok(Some(oldest))
    }

    /// Whether it is time for those lines of the balance that no event hints at.
    async fn is_balance_due(&self, as_of: Timestamp) -> Result<bool> {
        let Some(slice) = self.slice(Kind::BalanceEntries).await? else { return Ok(false) };
        let listed_for_ms = as_of.ms_since(slice.as_of.unwrap_or(slice.started_at));
        Ok(!(0..UNTOLD_EVERY_MS).contains(&listed_for_ms))
    }

    /// Lists the lines of the balance that came since they were last listed.
    async fn list_balance(&self) -> Result<()> {
        let Some(slice) = self.slice(Kind::BalanceEntries).await? else { return Ok(()) };
        if let Some(listed_at) = self.list_since(slice, OVERLAP_MS).await? {
            self.read_overdue_entries(listed_at).await?;
        }
        Ok(())
    }
}

/// Puts what the events carry beside them, and answers with what must be read: what an event does not
/// carry whole or not at all, and what two events of one moment state differently.
fn sort_out(page: &mut Page) -> Vec<UnreadObject> {
    let carried = std::mem::take(&mut page.carried);
    put_beside(&mut page.records, carried)
}

/// As [`sort_out`], wherever the events come from.
pub(crate) fn put_beside(records: &mut Vec<Observed>, carried: Vec<Carried>) -> Vec<UnreadObject> {
    let mut unread: HashMap<(Kind, String), Option<Timestamp>> = HashMap::new();
    let carrying: HashSet<&str> = carried.iter().map(|one| one.event_id.as_str()).collect();
    for seen in records.iter() {
        let Record::Event(event) = &seen.record else { continue };
        let kind = event.subject.object.as_deref().and_then(vendors::stripe::kind_of_object);
        if let (Some(kind), Some(vendor_id)) = (kind, event.subject.vendor_id.clone())
            && !carrying.contains(event.vendor_id.as_str())
        {
            unread.insert((kind, vendor_id), created_of_subject(&seen.json));
        }
    }
    for one in carried.iter().filter(|one| !one.exact).chain(contradicting(&carried)) {
        let record = &one.observed.record;
        unread.insert((record.kind(), record.vendor_id().to_owned()), Some(record.created_at()));
    }
    records.extend(carried.into_iter().map(|one| one.observed));
    let object = |((kind, vendor_id), created_at)| UnreadObject { kind, vendor_id, created_at };
    unread.into_iter().map(object).collect()
}

/// When the object of an event was created. In whatever version of the API it is written, a wrong
/// answer costs one page that does not show it.
fn created_of_subject(event_json: &[u8]) -> Option<Timestamp> {
    let event: serde_json::Value = serde_json::from_slice(event_json).ok()?;
    event.pointer("/data/object/created")?.as_i64().map(Timestamp::from_seconds)
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

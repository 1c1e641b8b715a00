//! Following: what changed since, told by the event feed, or by listing again where there is none.

use std::collections::{BTreeSet, HashSet};

use domain::{Kind, Observed, Record, Timestamp};
use mirror::{SliceRow, SliceState};
use vendors::stripe::{CallError, CreatedRange, Cursor, EventFilter, Page, PageRequest};

use super::{Run, Summary};
use crate::error::{OperationError, Result};

/// Events this young may still be joined by older ones that become visible later, so the feed's
/// position stays behind them and the next run reads them again; the ids tell that they are known.
const HELD_BACK_MS: i64 = 10_000;
/// How far before the last run balance entries are listed again: their `created` is not unique and
/// a page may have been cut between two of one second.
const OVERLAP_MS: i64 = 60_000;
/// Objects that one run reads singly because an event could not be trusted to carry them whole.
const SINGLE_READS_MAX: usize = 100;
/// A list without a feed is read again until a page shows nothing new that is older than this:
/// refunds can change for 30 days (docs.stripe.com/refunds).
const CHANGES_END_MS: i64 = 35 * 86_400_000;

impl Run<'_> {
    /// Reads the feed from where it stood and applies what it tells.
    pub(super) async fn follow(&self, summary: &mut Summary) -> Result<()> {
        let Some(mut slice) = self.slice(Kind::Events).await? else { return Ok(()) };
        let mut any = false;
        let mut to_read = BTreeSet::new();
        let mut position = slice.newest_id.clone();
        let mut positions_seen = HashSet::new();
        let as_of = loop {
            self.check_canceled()?;
            let page = match self.next_events(position.as_deref(), slice.started_at).await {
                Err(OperationError::Vendor(CallError::CursorGone(_))) => {
                    // The feed goes back 30 days; after a longer sleep only the lists can tell.
                    self.account.mirror.sync_slices().reset(self.account.id(), None).await?;
                    return Box::pin(async { self.sync().await.map(|again| *summary = again) }).await;
                }
                other => other?,
            };
            any |= !page.records.is_empty();
            let read_at = page.server_date.unwrap_or_else(|| self.account.clock.now());
            let records = self.sort_out(&page, &mut to_read);
            if let Some(settled) = newest_settled(&page, read_at) {
                slice.newest_id = Some(settled);
            }
            slice.rows = slice.rows.saturating_add(page.records.len() as u64);
            slice.as_of = Some(read_at);
            summary.our_refunds.extend(self.commit(&page, &records, &slice).await?);
            let next = page.first_id.clone();
            let goes_on = page.has_more && next.is_some() && positions_seen.insert(next.clone());
            if !goes_on {
                break read_at;
            }
            position = next;
        };
        self.read_singly(to_read, summary).await?;
        if any {
            self.list_since(Kind::BalanceEntries, OVERLAP_MS).await?;
        }
        self.declare_complete(as_of).await?;
        summary.as_of = Some(as_of);
        Ok(())
    }

    /// The next page of the feed, oldest first.
    async fn next_events(&self, position: Option<&str>, started_at: Timestamp) -> Result<Page> {
        if let Some(position) = position {
            return Ok(self.account.stripe.events_after(position, &EventFilter::default()).await?);
        }
        // The feed was empty when the account was connected, so it has no position: read it by time.
        let from = Some(started_at.plus_ms(-OVERLAP_MS));
        let request = PageRequest { created: CreatedRange { from, until: None }, ..PageRequest::default() };
        let mut page = self.account.stripe.list(Kind::Events, &request).await?;
        let mut whole = page.clone();
        while page.has_more {
            let Some(last_id) = page.last_id.clone() else { break };
            let next = PageRequest { cursor: Some(Cursor::After(last_id)), ..request.clone() };
            page = self.account.stripe.list(Kind::Events, &next).await?;
            whole.records.extend(page.records.iter().cloned());
            whole.carried.extend(page.carried.iter().cloned());
        }
        whole.has_more = false;
        Ok(whole)
    }

    /// The events and what they carry, as records; what cannot be trusted whole is noted for reading.
    fn sort_out(&self, page: &Page, to_read: &mut BTreeSet<(Kind, String)>) -> Vec<Observed> {
        let mut records = page.records.clone();
        let mut carrying = HashSet::new();
        for carried in &page.carried {
            carrying.insert(carried.event_id.as_str());
            let record = &carried.observed.record;
            if !carried.exact {
                to_read.insert((record.kind(), record.vendor_id().to_owned()));
            }
            records.push(carried.observed.clone());
        }
        for seen in &page.records {
            let Record::Event(event) = &seen.record else { continue };
            if carrying.contains(event.vendor_id.as_str()) {
                continue;
            }
            let kind = event.subject.object.as_deref().and_then(vendors::stripe::kind_of_object);
            if let (Some(kind), Some(vendor_id)) = (kind, event.subject.vendor_id.clone()) {
                to_read.insert((kind, vendor_id));
            }
        }
        records
    }

    /// Reads what events could not be trusted to carry. Many of one kind are listed instead.
    async fn read_singly(&self, to_read: BTreeSet<(Kind, String)>, summary: &mut Summary) -> Result<()> {
        if to_read.len() > SINGLE_READS_MAX {
            let kinds: BTreeSet<Kind> = to_read.iter().map(|(kind, _)| *kind).collect();
            for kind in kinds {
                self.list_since(kind, CHANGES_END_MS).await?;
            }
            return Ok(());
        }
        for (kind, vendor_id) in to_read {
            self.check_canceled()?;
            match self.account.stripe.one(kind, &vendor_id).await {
                Ok(seen) => {
                    self.account
                        .mirror
                        .commit_page(self.account.id(), std::slice::from_ref(&seen), None)
                        .await?;
                    if matches!(&seen.record, Record::Refund(refund) if refund.intent_id.is_some()) {
                        summary.our_refunds.push(seen);
                    }
                }
                Err(CallError::NotFound(_)) if kind == Kind::Customers => {
                    self.mark_deleted(&vendor_id, None).await?;
                }
                Err(CallError::NotFound(_) | CallError::Forbidden { .. } | CallError::Unreadable { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Lists what was created since the list was last complete, less an overlap.
    async fn list_since(&self, kind: Kind, overlap_ms: i64) -> Result<()> {
        let Some(mut slice) = self.slice(kind).await? else { return Ok(()) };
        if slice.state != SliceState::Complete {
            return Ok(());
        }
        let from = slice.as_of.unwrap_or(slice.started_at).plus_ms(-overlap_ms);
        let created = CreatedRange { from: Some(from), until: None };
        let mut request = PageRequest { created, ..PageRequest::default() };
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            slice.as_of = Some(slice.as_of.unwrap_or(slice.started_at).max(from));
            self.commit(&page, &page.records, &slice).await?;
            let oldest = page.records.iter().map(|seen| seen.record.created_at()).min();
            let past_range = oldest.is_some_and(|oldest| oldest < from);
            match page.last_id {
                Some(last_id) if page.has_more && !past_range => {
                    request.cursor = Some(Cursor::After(last_id))
                }
                _ => return Ok(()),
            }
        }
    }

    /// Without a feed: lists every kind again, until nothing older can have changed.
    pub(super) async fn list_again(&self, summary: &mut Summary) -> Result<()> {
        let started_at = self.account.clock.now();
        for kind in Kind::ALL {
            let Some(slice) = self.slice(kind).await? else { continue };
            if slice.state == SliceState::Complete {
                self.list_kind_again(kind, slice, started_at, summary).await?;
            }
        }
        self.declare_complete(started_at).await?;
        summary.as_of = Some(started_at);
        Ok(())
    }

    async fn list_kind_again(
        &self,
        kind: Kind,
        slice: SliceRow,
        started_at: Timestamp,
        summary: &mut Summary,
    ) -> Result<()> {
        let mut request = PageRequest::default();
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            summary.our_refunds.extend(self.commit(&page, &page.records, &slice).await?);
            let newest = page.records.iter().map(|seen| seen.record.created_at()).max();
            let too_old = newest.is_some_and(|newest| started_at.ms_since(newest) > CHANGES_END_MS);
            // Only where the newest come first does an old page mean that the rest is older.
            let ended = page.newest_first == Some(true) && too_old;
            match page.last_id {
                Some(last_id) if page.has_more && !ended => {
                    if !cursors_seen.insert(last_id.clone()) {
                        return Err(OperationError::Vendor(CallError::ListDoesNotEnd));
                    }
                    request.cursor = Some(Cursor::After(last_id));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Every complete list is now true for that moment.
    async fn declare_complete(&self, as_of: Timestamp) -> Result<()> {
        let slices = self.account.mirror.sync_slices();
        for mut slice in slices.list(Some(self.account.id())).await? {
            if slice.state == SliceState::Complete {
                slice.as_of = Some(as_of);
                slices.put(&slice).await?;
            }
        }
        Ok(())
    }
}

/// The newest event of the page that is old enough not to be overtaken any more.
fn newest_settled(page: &Page, read_at: Timestamp) -> Option<String> {
    page.records
        .iter()
        .filter(|seen| read_at.ms_since(seen.record.created_at()) >= HELD_BACK_MS)
        .max_by_key(|seen| seen.record.created_at())
        .map(|seen| seen.record.vendor_id().to_owned())
}

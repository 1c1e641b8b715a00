//! Listing again what is mirrored already: what has no events, vendors without a feed, and gaps that
//! are longer than the feed.

use std::collections::HashSet;

use domain::{Kind, Timestamp};
use mirror::{Means, SliceRow, SliceState};
use vendors::stripe::{CallError, CreatedRange, Cursor, PageRequest};

use super::{Run, Summary};
use crate::error::Result;

/// A list without a feed is read again until a page shows nothing new that is older than this:
/// refunds can change for 30 days (docs.stripe.com/refunds).
pub(super) const CHANGES_END_MS: i64 = 35 * DAY_MS;
/// The feed goes back 30 days (vendor facts 1.14). An hour less is trusted, for clocks that differ.
const FEED_REACH_MS: i64 = 30 * DAY_MS - 3_600_000;
/// A mirror that was behind for longer than the slowest poll is caught up, and that is shown.
const GAP_MS: i64 = 2 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

impl Run<'_> {
    /// Notes a gap since the mirror was last complete, and forgets where the lists stand if the feed
    /// does not reach back over it: then only the lists can tell what happened. The records stay.
    pub(super) async fn note_gap(&self) -> Result<()> {
        let mirror = &self.account.mirror;
        let lists = mirror.sync_slices().list(Some(self.account.id())).await?;
        let offered = || lists.iter().filter(|list| list.state != SliceState::NotOffered);
        let Some(from) = offered().map(|list| list.as_of).min().flatten() else { return Ok(()) };
        if offered().any(|list| list.state != SliceState::Complete) {
            return Ok(());
        }
        let behind_ms = self.account.clock.now().ms_since(from);
        if behind_ms < GAP_MS {
            return Ok(());
        }
        let followed = offered().any(|list| list.kind == Kind::Events);
        let means = if followed && behind_ms < FEED_REACH_MS { Means::Events } else { Means::Lists };
        mirror.catch_ups().begin(self.account.id(), from, means).await?;
        if followed && means == Means::Lists {
            mirror.sync_slices().reset(self.account.id(), None).await?;
        }
        Ok(())
    }

    /// Ends the gaps that are being caught up, once everything is true again.
    pub(super) async fn end_gap(&self, as_of: Timestamp) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let open = mirror.catch_ups().last(id, 10).await?;
        if open.iter().all(|gap| gap.until.is_some()) {
            return Ok(());
        }
        if open.iter().any(|gap| gap.until.is_none() && gap.means == Means::Lists) {
            self.mark_unlisted_customers().await?;
            let lists = mirror.sync_slices().list(Some(id)).await?;
            mirror.catch_ups().add(id, lists.iter().map(|list| list.rows).sum()).await?;
        }
        Ok(mirror.catch_ups().finish(id, as_of).await?)
    }

    /// A customer that the lists no longer show was deleted while nobody listened. Each is asked for,
    /// because one that could not be read is not in the list either.
    async fn mark_unlisted_customers(&self) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let Some(list) = self.slice(Kind::Customers).await? else { return Ok(()) };
        if list.state != SliceState::Complete {
            return Ok(());
        }
        // The feed's position was taken at the vendor's own time, before any list.
        let begun = self.slice(Kind::Events).await?.map_or(list.started_at, |events| events.started_at);
        for vendor_id in mirror.customers().not_stated_since(id, begun).await? {
            self.check_canceled()?;
            self.read_again(Kind::Customers, &vendor_id).await?;
        }
        Ok(())
    }

    /// Lists what was created since the list was last complete, less an overlap.
    pub(super) async fn list_since(&self, kind: Kind, overlap_ms: i64) -> Result<()> {
        let Some(slice) = self.slice(kind).await? else { return Ok(()) };
        if slice.state != SliceState::Complete {
            return Ok(());
        }
        let from = slice.as_of.unwrap_or(slice.started_at).plus_ms(-overlap_ms);
        let created = CreatedRange { from: Some(from), until: None };
        let mut request = PageRequest { created, ..PageRequest::default() };
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            let oldest = page.records.iter().map(|seen| seen.record.created_at()).min();
            let past_range = oldest.is_some_and(|oldest| oldest < from);
            let next = page.last_id.clone().filter(|_| page.has_more && !past_range);
            self.commit(page, None).await?;
            let Some(next) = next else { return Ok(()) };
            if !cursors_seen.insert(next.clone()) {
                return Err(CallError::ListDoesNotEnd.into());
            }
            request.cursor = Some(Cursor::After(next));
        }
    }

    /// Without a feed: lists every kind again, until nothing older can have changed.
    pub(super) async fn list_again(&self, summary: &mut Summary) -> Result<()> {
        let started_at = self.account.clock.now();
        for kind in Kind::ALL {
            let Some(slice) = self.slice(kind).await? else { continue };
            if slice.state == SliceState::Complete {
                self.list_kind_again(kind, slice, started_at).await?;
            }
        }
        self.declare_complete(started_at).await?;
        summary.as_of = Some(started_at);
        Ok(())
    }

    async fn list_kind_again(&self, kind: Kind, slice: SliceRow, started_at: Timestamp) -> Result<()> {
        let mut request = PageRequest::default();
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            let newest = page.records.iter().map(|seen| seen.record.created_at()).max();
            let too_old = newest.is_some_and(|newest| started_at.ms_since(newest) > CHANGES_END_MS);
            // Only where the newest come first does an old page mean that the rest is older.
            let ended = page.newest_first == Some(true) && too_old;
            let next = page.last_id.clone().filter(|_| page.has_more && !ended);
            self.commit(page, Some(slice.clone().into())).await?;
            let Some(next) = next else { return Ok(()) };
            if !cursors_seen.insert(next.clone()) {
                return Err(CallError::ListDoesNotEnd.into());
            }
            request.cursor = Some(Cursor::After(next));
        }
    }

    /// Every complete list is now true for that moment.
    pub(super) async fn declare_complete(&self, as_of: Timestamp) -> Result<()> {
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

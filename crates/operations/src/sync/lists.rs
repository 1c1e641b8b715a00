//! Listing again what is mirrored already: what has no events, vendors without a feed, and gaps that
//! are longer than the feed.

use std::collections::HashSet;

use domain::{Kind, Timestamp};
use mirror::{Means, SliceRow, SliceState, UnreadObject};
use vendors::stripe::{CallError, CreatedRange, Cursor, PageRequest};

use super::{Run, Summary};
use crate::error::Result;

/// A list without a feed is read again until a page shows nothing new that is older than this:
/// refunds can change for 30 days (docs.stripe.com/refunds).
const CHANGES_END_MS: i64 = 35 * DAY_MS;
/// The feed goes back 30 days (vendor facts 1.14). An hour less is trusted, for clocks that differ.
pub(super) const FEED_REACH_MS: i64 = 30 * DAY_MS - 3_600_000;
/// A mirror that was behind for longer than the slowest poll is caught up, and that is shown.
const GAP_MS: i64 = 2 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

impl Run<'_> {
    /// Notes a gap since the mirror was last complete, and forgets where the lists stand if the feed
    /// does not reach back over it: then only the lists can tell what happened. The records stay.
    pub(super) async fn note_gap(&self) -> Result<()> {
        let lists = self.account.mirror.sync_slices().list(Some(self.account.id())).await?;
        let feed = lists.iter().find(|list| list.kind == Kind::Events);
        let followed = feed.filter(|feed| feed.state != SliceState::NotOffered);
        // Lines of the balance are listed since they were last listed, however long ago that was.
        let is_promised = |list: &&SliceRow| {
            list.state != SliceState::NotOffered && (followed.is_none() || list.kind != Kind::BalanceEntries)
        };
        let promised = || lists.iter().filter(is_promised);
        let is_loading = lists.iter().any(|list| list.state == SliceState::Running);
        let from = match followed {
            // Whatever the lists do not show was told by the feed since then.
            Some(feed) if is_loading => feed.as_of.or(Some(feed.started_at)),
            None if is_loading => None,
            _ => promised().map(|list| list.as_of).min().flatten(),
        };
        let Some(from) = from else { return Ok(()) };
        let behind_ms = self.account.clock.now().ms_since(from);
        let reaches_back = behind_ms < FEED_REACH_MS;
        if followed.is_some() && !reaches_back && self.is_out_of_reach(from).await {
            return self.begin_anew(from).await;
        }
        if behind_ms < GAP_MS || is_loading {
            return Ok(());
        }
        let means = if followed.is_some() { Means::Events } else { Means::Lists };
        Ok(self
            .account
            .mirror
            .catch_ups()
            .begin(self.account.id(), from, means, self.account.clock.now())
            .await?)
    }

    /// Whether by the vendor's own clock, too, the feed does not reach back to a moment. Where the clock of
    /// this machine is wrong by months, a load that it alone judged would begin again at each run and
    /// never end. Where the vendor does not answer, the run finds that out by itself.
    async fn is_out_of_reach(&self, from: Timestamp) -> bool {
        let request = PageRequest { limit: 1, ..PageRequest::default() };
        match self.account.stripe.list(Kind::Events, &request).await {
            Ok(page) => page.server_date.is_none_or(|now| now.ms_since(from) >= FEED_REACH_MS),
            Err(error) => {
                tracing::info!(%error, "the vendor was asked for its time");
                false
            }
        }
    }

    /// Notes a gap that the feed does not reach back over, and forgets where the lists stand.
    pub(super) async fn begin_anew(&self, from: Timestamp) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        mirror.catch_ups().begin(id, from, Means::Lists, self.account.clock.now()).await?;
        Ok(mirror.sync_slices().reset(id, None).await?)
    }

    /// Ends the gaps that are being caught up, once everything is true again.
    pub(super) async fn end_gap(&self, as_of: Timestamp) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let open = self.open_gaps().await?;
        if open.is_empty() {
            return Ok(());
        }
        if open.contains(&Means::Lists) {
            let lists = mirror.sync_slices().list(Some(id)).await?;
            mirror.catch_ups().add(id, lists.iter().map(|list| list.rows).sum()).await?;
        }
        Ok(mirror.catch_ups().finish(id, as_of, self.account.clock.now()).await?)
    }

    /// How the gaps that are not closed yet are being closed.
    async fn open_gaps(&self) -> Result<Vec<Means>> {
        let last = self.account.mirror.catch_ups().last(self.account.id(), 10).await?;
        Ok(last.iter().filter(|gap| gap.until.is_none()).map(|gap| gap.means).collect())
    }

    /// A customer that the lists no longer show was deleted while nobody listened. Each is to be asked
    /// for, because one that could not be read is not in the list either.
    pub(super) async fn note_unlisted_customers(&self) -> Result<()> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let Some(list) = self.slice(Kind::Customers).await? else { return Ok(()) };
        if list.state != SliceState::Complete || !self.open_gaps().await?.contains(&Means::Lists) {
            return Ok(());
        }
        // The feed's position was taken at the vendor's own time, before any list.
        let begun = self.slice(Kind::Events).await?.map_or(list.started_at, |events| events.started_at);
        let unlisted = mirror.customers().not_stated_since(id, begun).await?;
        let unread: Vec<UnreadObject> = unlisted
            .into_iter()
            .map(|vendor_id| UnreadObject { kind: Kind::Customers, vendor_id, created_at: None })
            .collect();
        Ok(mirror.unread_objects().note(id, &unread).await?)
    }

    /// Lists what was created since the list was last complete, less an overlap, and answers as of
    /// when the list is complete by that: the moment of its first page, for what comes while it is
    /// read is on none. None where the list is not mirrored.
    pub(super) async fn list_since(&self, slice: SliceRow, overlap_ms: i64) -> Result<Option<Timestamp>> {
        if slice.state != SliceState::Complete {
            return Ok(None);
        }
        let kind = slice.kind;
        let from = slice.as_of.unwrap_or(slice.started_at).plus_ms(-overlap_ms);
        let created = CreatedRange { from: Some(from), until: None };
        let mut request = PageRequest { created, ..PageRequest::default() };
        let mut cursors_seen = HashSet::new();
        let mut as_of = None;
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            as_of = as_of.or(page.server_date).or_else(|| Some(self.account.clock.now()));
            let oldest = page.records.iter().map(|seen| seen.record.created_at()).min();
            let past_range = oldest.is_some_and(|oldest| oldest < from.plus_ms(-1_000));
            let next = page.last_id.clone().filter(|_| page.has_more && !past_range);
            self.commit(page, None).await?;
            let Some(next) = next else { break };
            if !cursors_seen.insert(next.clone()) {
                return Err(CallError::ListDoesNotEnd.into());
            }
            request.cursor = Some(Cursor::After(next));
        }
        self.account.mirror.sync_slices().put(&SliceRow { as_of, ..slice }).await?;
        Ok(as_of)
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
        self.read_unread().await?;
        let whole = self.declare_complete(started_at, |_| true).await?;
        summary.as_of = whole.then_some(started_at);
        Ok(())
    }

    async fn list_kind_again(&self, kind: Kind, slice: SliceRow, started_at: Timestamp) -> Result<()> {
        // What was made shortly before the list was last complete may have changed since then.
        let known_until = slice.as_of.unwrap_or(slice.started_at).min(started_at);
        let mut request = PageRequest::default();
        let mut cursors_seen = HashSet::new();
        loop {
            self.check_canceled()?;
            let page = self.account.stripe.list(kind, &request).await?;
            let newest = page.records.iter().map(|seen| seen.record.created_at()).max();
            let too_old = newest.is_some_and(|newest| known_until.ms_since(newest) > CHANGES_END_MS);
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

    /// Every complete list of these kinds is now true for that moment, but for those of which
    /// something is still to be read. Answers whether there are none of the latter.
    pub(super) async fn declare_complete(
        &self,
        as_of: Timestamp,
        is_meant: impl Fn(Kind) -> bool,
    ) -> Result<bool> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let unread = mirror.unread_objects().counts(id).await?;
        let is_unread = |kind: Kind| unread.iter().any(|(one, _)| *one == kind);
        for mut slice in mirror.sync_slices().list(Some(id)).await? {
            if slice.state == SliceState::Complete && is_meant(slice.kind) && !is_unread(slice.kind) {
                slice.as_of = Some(as_of);
                mirror.sync_slices().put(&slice).await?;
            }
        }
        Ok(unread.is_empty())
    }
}

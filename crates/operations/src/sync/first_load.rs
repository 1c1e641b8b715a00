//! The first load: where the feed stands is taken down first, then every list is read at once.

use std::sync::Arc;

use domain::{Kind, Timestamp};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use mirror::{SliceRow, SliceState};
use vendors::stripe::PageRequest;

use super::loader::Loader;
use super::room::Room;
use super::{Run, is_forbidden};
use crate::error::Result;

impl Run<'_> {
    /// Takes down where the feed stands before anything is listed. Answers whether this is the
    /// account's first run.
    pub(super) async fn take_down_feed_position(&self) -> Result<bool> {
        if self.slice(Kind::Events).await?.is_some() {
            return Ok(false);
        }
        let started_at = self.account.clock.now();
        let mut slice = SliceRow::started(self.account.id(), Kind::Events, started_at);
        match self.account.stripe.list(Kind::Events, &PageRequest::default()).await {
            Ok(page) if !page.offered => self.not_readable(slice, false).await?,
            Ok(page) => {
                let oldest = page.records.iter().map(|seen| seen.record.created_at()).min();
                slice.newest_id.clone_from(&page.first_id);
                slice.started_at = page.server_date.unwrap_or(started_at);
                slice.earliest_seen = oldest;
                slice.rows = page.records.len() as u64;
                slice.cursor = page.last_id.clone().filter(|_| page.has_more);
                if slice.cursor.is_none() {
                    slice.state = SliceState::Complete;
                    slice.completed_at = Some(self.account.clock.now());
                    slice.as_of = Some(slice.started_at);
                }
                self.commit(page, Some(slice.into())).await?;
            }
            Err(error) if is_forbidden(&error) => self.not_readable(slice, true).await?,
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// A moment that is past at the vendor, for lists that begin now. What a list is complete as of
    /// follows from it, so the vendor's own clock is believed where it was read, and never ours.
    pub(super) async fn known_moment(&self) -> Result<Timestamp> {
        let feed = self.slice(Kind::Events).await?.filter(|feed| feed.state != SliceState::NotOffered);
        let told = feed.map(|feed| feed.as_of.unwrap_or(feed.started_at).max(feed.started_at));
        Ok(told.unwrap_or_else(|| self.account.clock.now()))
    }

    /// Loads lists from where they stand to their ends, all at once.
    pub(super) async fn load(&self, kinds: Vec<Kind>) -> Result<()> {
        let room = Room::new();
        let at_once = kinds.len().max(1);
        // Boxed, because the compiler cannot see otherwise that such a stream may move to another thread.
        let loads: Vec<_> = kinds
            .into_iter()
            .map(|kind| {
                let room = Arc::clone(&room);
                async move { Loader::begin(self, kind, room).await?.load().await }.boxed()
            })
            .collect();
        futures::stream::iter(loads).buffer_unordered(at_once).try_collect().await
    }
}

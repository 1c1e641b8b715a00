//! The first load of a list: newest first, a page and its cursor in one transaction.

use std::collections::HashSet;

use domain::{Kind, Observed, Timestamp};
use mirror::{SliceRow, SliceState};
use vendors::stripe::{CallError, CreatedRange, Cursor, Page, PageRequest};

use super::{Run, is_forbidden};
use crate::error::{OperationError, Result};

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
                slice.newest_id.clone_from(&page.first_id);
                slice.started_at = page.server_date.unwrap_or(started_at);
                self.take_page(&page, &mut slice).await?;
            }
            Err(error) if is_forbidden(&error) => self.not_readable(slice, true).await?,
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// Loads a list from where it stands to its end, and answers with the refunds that are ours.
    pub(super) async fn load(&self, kind: Kind) -> Result<Vec<Observed>> {
        let now = self.account.clock.now();
        let begun = self.slice(kind).await?;
        let mut slice = begun.unwrap_or_else(|| SliceRow::started(self.account.id(), kind, now));
        let mut ours = Vec::new();
        let mut cursors_seen = HashSet::new();
        let mut request =
            PageRequest { cursor: slice.cursor.clone().map(Cursor::After), ..PageRequest::default() };
        loop {
            self.check_canceled()?;
            let page = match self.account.stripe.list(kind, &request).await {
                Ok(page) if !page.offered => {
                    self.not_readable(slice, false).await?;
                    return Ok(ours);
                }
                Ok(page) => page,
                Err(error) if is_forbidden(&error) => {
                    self.not_readable(slice, true).await?;
                    return Ok(ours);
                }
                Err(CallError::CursorGone(_)) if request.cursor.is_some() => {
                    request = around_gone_cursor(&slice);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if slice.rows == 0 && slice.cursor.is_none() {
                slice.started_at = page.server_date.unwrap_or(now);
                slice.newest_id.clone_from(&page.first_id);
            }
            ours.extend(self.take_page(&page, &mut slice).await?);
            if slice.state == SliceState::Complete {
                return Ok(ours);
            }
            let cursor = slice.cursor.clone().unwrap_or_default();
            if !cursors_seen.insert(cursor.clone()) {
                // The vendor gives the same page again and again (bad input P37).
                return Err(OperationError::Vendor(CallError::ListDoesNotEnd));
            }
            request.cursor = Some(Cursor::After(cursor));
        }
    }

    /// Commits a page of a first load and moves its slice on.
    async fn take_page(&self, page: &Page, slice: &mut SliceRow) -> Result<Vec<Observed>> {
        let oldest = page.records.iter().map(|seen| seen.record.created_at()).min();
        slice.earliest_seen = earlier(slice.earliest_seen, oldest);
        slice.rows = slice.rows.saturating_add(page.records.len() as u64);
        slice.last_error = None;
        if page.has_more && page.last_id.is_some() {
            slice.cursor.clone_from(&page.last_id);
        } else {
            slice.state = SliceState::Complete;
            slice.cursor = None;
            slice.completed_at = Some(self.account.clock.now());
            slice.as_of = Some(slice.started_at);
        }
        self.commit(page, &page.records, slice).await
    }
}

/// The object that the cursor names was deleted between two pages (bad input P39): go on from the
/// time of the oldest record instead, its own second included.
fn around_gone_cursor(slice: &SliceRow) -> PageRequest {
    let until = slice.earliest_seen.map(|earliest| earliest.plus_ms(1_000));
    PageRequest { created: CreatedRange { from: None, until }, ..PageRequest::default() }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

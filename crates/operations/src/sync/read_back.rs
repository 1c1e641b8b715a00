//! Reading what the feed told of and could not be trusted to carry. It is noted in the mirror with
//! the events themselves and struck out once it was read, so whatever ends a run, the next one goes
//! on where it stood; and no list is declared complete before all of it was read.

use std::collections::BTreeMap;

use domain::{Kind, Timestamp};
use mirror::{NotedObject, SliceState};
use vendors::stripe::{CreatedRange, PageRequest};

use super::{ReadAgain, Run};
use crate::error::Result;

/// Requests that one run spends on it. What is left stays noted for the next.
const REQUESTS_MAX: u32 = 100;
/// Notes of one kind that one run looks at.
const NOTES_AT_ONCE: u32 = 10_000;
/// From so many objects of a kind on, the pages that hold them are read instead of each.
const WORTH_A_LIST: usize = 4;
/// Pages in a row that held nothing of what they were read for. Then the list does not show it: it
/// is gone, or the vendor does not keep to spans of time.
const EMPTY_PAGES_MAX: u32 = 2;

/// A line of the balance that is pending for longer than it said is asked for again after so long.
const OVERDUE_AGAIN_MS: i64 = 20 * 3_600_000;
/// Requests that one run spends on such lines.
const OVERDUE_REQUESTS_MAX: u32 = 20;

/// Objects of one kind by the vendor's id, each with its note where it has one.
type Waiting = BTreeMap<String, Option<i64>>;

impl Run<'_> {
    /// Reads what is noted, as far as the requests of one run go.
    pub(super) async fn read_unread(&self) -> Result<()> {
        let notes = self.account.mirror.unread_objects();
        let mut requests_left = REQUESTS_MAX;
        for (kind, _) in notes.counts(self.account.id()).await? {
            let noted = notes.list(self.account.id(), kind, NOTES_AT_ONCE).await?;
            if self.slice(kind).await?.is_some_and(|slice| slice.state == SliceState::NotOffered) {
                // The list is not mirrored, so nothing of it is promised and nobody could read it.
                let numbers: Vec<i64> = noted.iter().map(|one| one.number).collect();
                notes.strike(self.account.id(), &numbers).await?;
                continue;
            }
            let mut waiting: Waiting =
                noted.iter().map(|one| (one.object.vendor_id.clone(), Some(one.number))).collect();
            if waiting.len() >= WORTH_A_LIST {
                let dated = |one: NotedObject| Some((one.object.vendor_id, one.object.created_at?));
                let by_time = noted.into_iter().filter_map(dated).collect();
                self.read_pages_of(kind, by_time, &mut waiting, &mut requests_left).await?;
            }
            self.read_each(kind, waiting, &mut requests_left).await?;
        }
        Ok(())
    }

    /// Reads again lines of the balance that should have become available: the clock alone makes
    /// them so, and no event tells of it.
    pub(super) async fn read_overdue_entries(&self, moment: Timestamp) -> Result<()> {
        let entries = self.account.mirror.balance_entries();
        let overdue = entries.overdue(self.account.id(), moment, OVERDUE_AGAIN_MS, NOTES_AT_ONCE).await?;
        let mut waiting: Waiting = overdue.iter().map(|(vendor_id, _)| (vendor_id.clone(), None)).collect();
        let mut requests_left = OVERDUE_REQUESTS_MAX;
        self.read_pages_of(Kind::BalanceEntries, overdue, &mut waiting, &mut requests_left).await
    }

    /// Reads pages that each begin with the newest object that is still waiting, so that none costs
    /// more than reading that object alone, and takes what they show out of what is waiting.
    async fn read_pages_of(
        &self,
        kind: Kind,
        by_time: Vec<(String, Timestamp)>,
        waiting: &mut Waiting,
        requests_left: &mut u32,
    ) -> Result<()> {
        let Some(oldest) = by_time.iter().map(|(_, created_at)| *created_at).min() else { return Ok(()) };
        let mut empty_pages = 0;
        for (vendor_id, created_at) in by_time {
            if !waiting.contains_key(&vendor_id) {
                continue;
            }
            if empty_pages >= EMPTY_PAGES_MAX || *requests_left == 0 {
                break;
            }
            self.check_canceled()?;
            *requests_left -= 1;
            let created = CreatedRange { from: Some(oldest), until: Some(created_at.plus_ms(1_000)) };
            let request = PageRequest { created, ..PageRequest::default() };
            let page = self.account.stripe.list(kind, &request).await?;
            let shown = page.records.iter().map(|seen| seen.record.vendor_id());
            // What could not be read is kept apart, and reading it again would tell the same.
            let apart = page.skipped.iter().filter_map(|skipped| skipped.vendor_id.as_deref());
            let read: Vec<Option<i64>> = shown.chain(apart).filter_map(|id| waiting.remove(id)).collect();
            empty_pages = if read.is_empty() { empty_pages + 1 } else { 0 };
            self.commit(page, None).await?;
            let notes: Vec<i64> = read.into_iter().flatten().collect();
            self.account.mirror.unread_objects().strike(self.account.id(), &notes).await?;
        }
        Ok(())
    }

    async fn read_each(&self, kind: Kind, waiting: Waiting, requests_left: &mut u32) -> Result<()> {
        for (vendor_id, note) in waiting {
            if *requests_left == 0 {
                return Ok(());
            }
            self.check_canceled()?;
            *requests_left -= 1;
            match self.read_again(kind, &vendor_id).await? {
                ReadAgain::Told => {}
                // The right may come back, and until then the list is not declared complete.
                ReadAgain::NotAllowed => return Ok(()),
            }
            let notes: Vec<i64> = note.into_iter().collect();
            self.account.mirror.unread_objects().strike(self.account.id(), &notes).await?;
        }
        Ok(())
    }
}

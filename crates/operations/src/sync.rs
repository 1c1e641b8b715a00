//! Mirroring an account: the first load, newest first and resumable, then following the vendor's
//! event feed.
//!
//! The feed's position is taken down before the first list is read. Whatever changes while the
//! lists load is therefore told again by the feed, and a record that both brought keeps what the
//! vendor stated last.

mod first_load;
pub(crate) mod follow;
mod lists;
mod loader;
mod plan;
mod read_back;
mod room;

use domain::{Kind, Observed, Record, Timestamp};
use mirror::{Apart, Cause, LoadStep, SliceRow, SliceState, SliceUpdate};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use vendors::stripe::{CallError, CustomerFound, Page, Skipped};

use crate::OpenAccount;
use crate::error::{OperationError, Result};

use follow::Reach;
use room::InOrder;

/// How far a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListState {
    /// It loads.
    Loading,
    /// It is complete.
    Complete,
    /// The vendor does not offer it.
    NotOffered,
    /// The key may not read it.
    NotAllowed,
}

/// What a run says as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Which list.
    pub kind: Kind,
    /// How far it is.
    pub state: ListState,
    /// Records that this page brought, known ones included.
    pub records: u64,
    /// Objects that this page could not be read from.
    pub skipped: u64,
    /// Records that the list probably still has, once there is a base for a guess.
    pub left: Option<u64>,
}

/// What a run brought.
#[derive(Debug, Default)]
pub struct Summary {
    /// As of when the mirror is complete.
    pub as_of: Option<Timestamp>,
    /// Events that the feed told, those that were known included.
    pub events: u64,
}

/// One run over one account.
pub struct Run<'run> {
    /// The account.
    pub account: &'run OpenAccount,
    /// Stops the run at its next page.
    pub cancel: CancellationToken,
    /// Hears how far it is.
    pub report: &'run (dyn Fn(Report) + Sync),
    /// Whether lists that no event tells of are read again, though that was done not long ago:
    /// somebody asked for it.
    pub every_list: bool,
}

/// What reading one object again brought.
enum ReadAgain {
    /// The vendor told what is so, were it that there is no such object.
    Told,
    /// The key may not read it.
    NotAllowed,
}

/// Word in `last_error` of a list that the key may not read.
const FORBIDDEN: &str = "forbidden";

/// Waits until what must be queued first is. Where that failed nothing may follow it, and its own error
/// ends the run.
async fn is_queued(before: Option<oneshot::Receiver<()>>) -> bool {
    match before {
        Some(before) => before.await.is_ok(),
        None => true,
    }
}

impl Run<'_> {
    /// Brings the mirror up to date: goes on with every list that is not complete, then follows.
    pub async fn sync(&self) -> Result<Summary> {
        self.note_gap().await?;
        let mut summary = Summary::default();
        if self.bring_up(&mut summary).await? == Reach::TooShort {
            let feed = self.slice(Kind::Events).await?;
            let from = feed.map(|feed| feed.as_of.unwrap_or(feed.started_at));
            self.begin_anew(from.unwrap_or_else(|| self.account.clock.now())).await?;
            if self.bring_up(&mut summary).await? == Reach::TooShort {
                // It named its own place a moment ago and knows it no more.
                return Err(CallError::ListDoesNotEnd.into());
            }
        }
        if self.account.mirror.unread_objects().counts(self.account.id()).await?.is_empty() {
            self.end_gap(summary.as_of.unwrap_or_else(|| self.account.clock.now())).await?;
        }
        Ok(summary)
    }

    async fn bring_up(&self, summary: &mut Summary) -> Result<Reach> {
        let first_time = self.take_down_feed_position().await?;
        let loading: Vec<Kind> = self.lists_to_load().await?;
        self.load(loading).await?;
        if self.slice(Kind::Events).await?.is_some_and(|slice| slice.state == SliceState::NotOffered) {
            // Without a feed the only proof is to list again. The first load itself was one.
            if first_time {
                self.read_unread().await?;
            } else {
                self.list_again(summary).await?;
            }
            return Ok(Reach::Whole);
        }
        self.follow(summary).await
    }

    /// Lists that were not begun, or stand at a page.
    async fn lists_to_load(&self) -> Result<Vec<Kind>> {
        let slices = self.account.mirror.sync_slices().list(Some(self.account.id())).await?;
        let is_done =
            |kind: Kind| slices.iter().any(|slice| slice.kind == kind && slice.state != SliceState::Running);
        for slice in slices.iter().filter(|slice| slice.state != SliceState::Running) {
            (self.report)(Report {
                kind: slice.kind,
                state: list_state(slice),
                records: 0,
                skipped: 0,
                left: None,
            });
        }
        Ok(Kind::ALL.into_iter().filter(|kind| !is_done(*kind)).collect())
    }

    async fn slice(&self, kind: Kind) -> Result<Option<SliceRow>> {
        Ok(self.account.mirror.sync_slices().get(self.account.id(), kind).await?)
    }

    fn check_canceled(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(OperationError::Canceled) } else { Ok(()) }
    }

    /// Commits a page with where its list stands, and keeps what could not be read.
    async fn commit(&self, page: Page, update: Option<SliceUpdate>) -> Result<()> {
        (self.report)(Report {
            kind: page.kind,
            state: ListState::Complete,
            records: page.records.len() as u64,
            skipped: page.skipped.len() as u64,
            left: None,
        });
        self.write(page, update, None).await
    }

    /// Commits a page of a slice of a first load, behind the one before it.
    async fn commit_in_order(&self, page: Page, step: LoadStep, order: InOrder) -> Result<()> {
        self.write(page, Some(SliceUpdate::Load(step)), Some(order)).await
    }

    async fn write(&self, mut page: Page, update: Option<SliceUpdate>, order: Option<InOrder>) -> Result<()> {
        let (mirror, id) = (self.account.mirror.clone(), self.account.id());
        let mut records = std::mem::take(&mut page.records);
        // With the page and not after it: the position that is written with it goes past them.
        for vendor_id in &page.deleted {
            records.extend(self.as_deleted(vendor_id, page.server_date).await?);
        }
        for skipped in &page.skipped {
            self.note_kept_apart(page.kind, skipped).await?;
        }
        // Packing a page is a good part of the work of a load, so it is spread over the processors.
        let writing = tokio::spawn(async move {
            let ready = mirror.ready_page(id, &records, update).await?;
            drop(records);
            let Some(order) = order else { return mirror.queue_page(ready).await.map(drop) };
            let Some(turn) = order.turn().await else { return Ok(()) };
            let written = mirror.queue_page(ready);
            let _until_written = turn.queued();
            written.await.map(drop)
        });
        let written = AbortOnDropHandle::new(writing).await;
        let written =
            written.map_err(|error| OperationError::Defect(format!("a page was not written: {error}")))?;
        Ok(written?)
    }

    /// Reads one object and writes what is true of it. That it is gone, or cannot be read, is true
    /// too.
    async fn read_again(&self, kind: Kind, vendor_id: &str) -> Result<ReadAgain> {
        let (stripe, mirror) = (&self.account.stripe, &self.account.mirror);
        let found = match kind {
            Kind::Customers => match stripe.customer(vendor_id).await {
                Ok(CustomerFound::Kept(seen)) => Ok(*seen),
                Ok(CustomerFound::Deleted { vendor_id, observed_at }) => {
                    return self.mark_deleted(&vendor_id, Some(observed_at)).await;
                }
                Err(CallError::NotFound(_)) => return self.mark_deleted(vendor_id, None).await,
                Err(error) => Err(error),
            },
            _ => stripe.one(kind, vendor_id).await,
        };
        match found {
            Ok(seen) => {
                mirror.commit_page(self.account.id(), &[seen], None).await?;
                Ok(ReadAgain::Told)
            }
            Err(CallError::NotFound(_)) => Ok(ReadAgain::Told),
            Err(CallError::Unreadable { what, .. }) => {
                let apart = Skipped { vendor_id: Some(vendor_id.to_owned()), reason: what, json: None };
                self.note_kept_apart(kind, &apart).await?;
                Ok(ReadAgain::Told)
            }
            Err(CallError::Forbidden { .. }) => Ok(ReadAgain::NotAllowed),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps what could not become a record where it can be found.
    async fn note_kept_apart(&self, kind: Kind, skipped: &Skipped) -> Result<()> {
        let reason = skipped.reason.to_string();
        let apart = Apart {
            kind,
            vendor_id: skipped.vendor_id.as_deref(),
            cause: Cause::Unreadable,
            json: skipped.json.as_deref(),
            at: self.account.clock.now(),
            detail: serde_json::json!({ "kind": kind.as_str(), "reason": reason }),
        };
        self.account.mirror.keep_apart(self.account.id(), &apart).await?;
        Ok(())
    }

    async fn mark_deleted(&self, vendor_id: &str, at: Option<Timestamp>) -> Result<ReadAgain> {
        let seen = self.as_deleted(vendor_id, at).await?;
        self.account.mirror.commit_page(self.account.id(), seen.as_slice(), None).await?;
        Ok(ReadAgain::Told)
    }

    /// A customer that the vendor deleted stays in the mirror and is marked; none where nobody knew it.
    async fn as_deleted(&self, vendor_id: &str, at: Option<Timestamp>) -> Result<Option<Observed>> {
        let (mirror, id) = (&self.account.mirror, self.account.id());
        let Some(known) = mirror.customers().by_id(id, vendor_id).await? else { return Ok(None) };
        let json = mirror.raw(id, Kind::Customers, vendor_id).await?.unwrap_or_default();
        let customer = domain::Customer { deleted: true, ..known.value };
        let observed_at = at.unwrap_or_else(|| self.account.clock.now());
        Ok(Some(Observed { record: Record::Customer(customer), json, observed_at }))
    }

    /// Marks a list that the vendor does not offer, or the key may not read.
    async fn not_readable(&self, mut slice: SliceRow, forbidden: bool) -> Result<()> {
        slice.state = SliceState::NotOffered;
        slice.cursor = None;
        slice.last_error = forbidden.then(|| FORBIDDEN.to_owned());
        self.account.mirror.load_slices().finish(&slice).await?;
        (self.report)(Report {
            kind: slice.kind,
            state: list_state(&slice),
            records: 0,
            skipped: 0,
            left: None,
        });
        Ok(())
    }
}

/// The state of a list, as its slice tells it.
pub fn list_state(slice: &SliceRow) -> ListState {
    match slice.state {
        SliceState::Running => ListState::Loading,
        SliceState::Complete => ListState::Complete,
        SliceState::NotOffered if slice.last_error.as_deref() == Some(FORBIDDEN) => ListState::NotAllowed,
        SliceState::NotOffered => ListState::NotOffered,
    }
}

/// Whether an error says that the key may not read the list.
fn is_forbidden(error: &CallError) -> bool {
    matches!(error, CallError::Forbidden { .. })
}

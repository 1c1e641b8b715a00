//! Reads one list from many places at once.
//!
//! A page is fetched and read on a thread of its own, and its rows, its slice's cursor and the
//! list's count are one transaction. A slice goes on to its next page while the last one is still being
//! written; the pages of a slice are queued in their order, and the mirror refuses one that would leave
//! another out. What is on its way belongs to this future: dropping it stops all of it, and what was
//! committed stays.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use domain::{Kind, Timestamp};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use mirror::{LoadSlice, LoadStep, SliceRow, SliceState};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_util::task::AbortOnDropHandle;
use vendors::stripe::{CallError, CreatedRange, Cursor, Page, PageRequest};

use super::plan::{Next, Plan, Seen};
use super::room::{InOrder, Room};
use super::{ListState, Report, Run, is_forbidden, is_queued};
use crate::error::{OperationError, Result};

/// How often a list may go on by time after its place was deleted.
const LOST_PLACES_MAX: u32 = 100;
/// How many pages in a row may be turned away for the rate of requests before the load gives up. Each
/// was tried several times for about half a minute, ever more slowly.
const TURNED_AWAY_MAX: u32 = 200;

/// What came back.
#[expect(clippy::large_enum_variant, reason = "few exist at a time, and each is taken apart at once")]
enum Back {
    Page {
        slice: LoadSlice,
        page: std::result::Result<Page, CallError>,
        held: OwnedSemaphorePermit,
    },
    /// Something was written.
    Written,
}

/// What became of what came back.
#[expect(clippy::large_enum_variant, reason = "one exists at a time, and it is taken apart at once")]
enum Taken {
    /// It is to be written.
    Written { page: Page, step: LoadStep },
    /// There is nothing to write.
    Nothing,
    /// The vendor does not keep to spans or to the order: the list is to be read in a row.
    Unordered,
    /// The vendor does not offer the list, or the key may not read it.
    NoSuchList,
}

/// The first load of one list.
pub(super) struct Loader<'run> {
    run: &'run Run<'run>,
    kind: Kind,
    list: SliceRow,
    plan: Plan,
    room: Arc<Room>,
    cursors: HashSet<(u32, String)>,
    skipped: HashMap<u32, u64>,
    /// What of each slice must be queued before its next page may be.
    order: HashMap<u32, oneshot::Receiver<()>>,
    fetching: usize,
    lost_places: u32,
    turned_away: u32,
}

type UnderWay<'run> = FuturesUnordered<BoxFuture<'run, Result<Back>>>;

impl<'run> Loader<'run> {
    /// Takes up a list where it stands.
    pub(super) async fn begin(run: &'run Run<'run>, kind: Kind, room: Arc<Room>) -> Result<Self> {
        let mirror = &run.account.mirror;
        let known = run.slice(kind).await?;
        let mut slices = mirror.load_slices().take_up(run.account.id(), kind).await?;
        let list = match known {
            Some(list) => list,
            None => SliceRow::started(run.account.id(), kind, run.known_moment().await?),
        };
        if slices.is_empty() {
            // The feed's first page was read when its position was taken down.
            let first = LoadSlice {
                cursor: list.cursor.clone(),
                reached: list.earliest_seen,
                rows: list.rows,
                ..LoadSlice::whole(run.account.id(), kind, 0)
            };
            mirror.load_slices().begin(&list, &first).await?;
            slices.push(first);
        }
        // After a restart the moment of the load's start stands for that of the newest record.
        let newest = slices.iter().any(|slice| slice.rows > 0).then_some(list.started_at);
        let plan = Plan::new(slices, newest);
        Ok(Self {
            run,
            kind,
            list,
            plan,
            room,
            cursors: HashSet::new(),
            skipped: HashMap::new(),
            order: HashMap::new(),
            fetching: 0,
            lost_places: 0,
            turned_away: 0,
        })
    }

    /// Reads the list to its end.
    pub(super) async fn load(mut self) -> Result<()> {
        let mut under_way: UnderWay<'run> = FuturesUnordered::new();
        let mut more_to_come = Some(self.run.account.mirror.bulk_load());
        loop {
            while self.fetching < self.room.fetches(self.kind, self.plan.left())
                && let Some(next) = self.plan.next()
            {
                let slice = match next {
                    Next::GoOn(slice) => slice,
                    Next::Split { newer, older } => {
                        under_way.push(self.split(newer, older.clone()));
                        older
                    }
                };
                self.fetching += 1;
                under_way.push(self.fetch(slice));
            }
            if self.fetching == 0 {
                // What came last is not held back for more to share its transaction with.
                drop(more_to_come.take());
            }
            let Some(back) = under_way.next().await else { break };
            self.run.check_canceled()?;
            if let Back::Page { slice, page, held } = back? {
                self.fetching -= 1;
                match self.take(slice, page).await? {
                    Taken::Written { page, step } => under_way.push(self.commit(page, step, held)),
                    Taken::Nothing => {}
                    Taken::Unordered => {
                        // All of it was asked for because of slices. Some may hold the writer, which the
                        // new beginning waits for, so it goes first.
                        under_way.clear();
                        self.become_plain().await?;
                        more_to_come.get_or_insert_with(|| self.run.account.mirror.bulk_load());
                    }
                    Taken::NoSuchList => return Ok(()),
                }
            }
        }
        self.finish().await
    }

    /// Writes a split down, before any page that was asked for because of it.
    fn split(&mut self, newer: LoadSlice, older: LoadSlice) -> BoxFuture<'run, Result<Back>> {
        let mirror = self.run.account.mirror.clone();
        let before = self.order.remove(&newer.number);
        let (newer_may, next_of_newer) = oneshot::channel();
        let (older_may, next_of_older) = oneshot::channel();
        self.order.insert(newer.number, next_of_newer);
        self.order.insert(older.number, next_of_older);
        async move {
            if is_queued(before).await {
                mirror.load_slices().split(&newer, &older).await?;
                // Whoever does not wait any more has no page to queue.
                let _ = newer_may.send(());
                let _ = older_may.send(());
            }
            Ok(Back::Written)
        }
        .boxed()
    }

    fn fetch(&self, slice: LoadSlice) -> BoxFuture<'run, Result<Back>> {
        let (stripe, kind, room) = (self.run.account.stripe.clone(), self.kind, Arc::clone(&self.room));
        async move {
            let place = Arc::clone(&room.places).acquire_owned().await;
            let held = place.map_err(|error| OperationError::Defect(error.to_string()))?;
            let request = request(&slice);
            let reading = tokio::spawn(async move { stripe.list(kind, &request).await });
            let page = joined(AbortOnDropHandle::new(reading).await)?;
            Ok(Back::Page { slice, page, held })
        }
        .boxed()
    }

    fn commit(
        &mut self,
        page: Page,
        step: LoadStep,
        held: OwnedSemaphorePermit,
    ) -> BoxFuture<'run, Result<Back>> {
        let (run, room) = (self.run, Arc::clone(&self.room));
        let (queued, next) = oneshot::channel();
        let before = self.order.insert(step.slice.number, next);
        async move {
            run.commit_in_order(page, step, InOrder { before, queued, held, room }).await?;
            Ok(Back::Written)
        }
        .boxed()
    }

    /// Takes in what a fetch brought.
    async fn take(&mut self, slice: LoadSlice, page: std::result::Result<Page, CallError>) -> Result<Taken> {
        let untouched = self.list.rows == 0 && self.plan.slices.iter().all(|known| known.rows == 0);
        match page {
            Ok(page) if page.offered && keeps_to(&slice, &page) => {
                self.turned_away = 0;
                let step = self.step(&slice, &page)?;
                self.plan.release(slice.number);
                return Ok(Taken::Written { page, step });
            }
            Ok(page) if page.offered => return Ok(Taken::Unordered),
            Ok(_) if untouched => {
                self.run.not_readable(self.list.clone(), false).await?;
                return Ok(Taken::NoSuchList);
            }
            Err(error) if is_forbidden(&error) && untouched => {
                self.run.not_readable(self.list.clone(), true).await?;
                return Ok(Taken::NoSuchList);
            }
            // A list that is there, but not with a span, is one whose vendor knows no spans.
            Ok(_) | Err(CallError::Refused(_)) if is_span(&slice) && !slice.plain => {
                return Ok(Taken::Unordered);
            }
            Err(CallError::CursorGone(problem)) => {
                self.lost_places += 1;
                if slice.cursor.is_none() || self.lost_places > LOST_PLACES_MAX {
                    return Err(CallError::CursorGone(problem).into());
                }
                if slice.plain {
                    return Ok(Taken::Unordered);
                }
                self.plan.lose_cursor(slice.number);
                self.plan.release(slice.number);
            }
            // The account's budget has slowed down by itself; the page waits for its turn again.
            Err(CallError::RateLimited(_) | CallError::BudgetSpent) if self.turned_away < TURNED_AWAY_MAX => {
                self.turned_away += 1;
                self.plan.release(slice.number);
            }
            Ok(_) => return Err(CallError::ListDoesNotEnd.into()),
            Err(error) => return Err(error.into()),
        }
        Ok(Taken::Nothing)
    }

    /// Moves the slice on behind a page.
    fn step(&mut self, asked: &LoadSlice, page: &Page) -> Result<LoadStep> {
        let created = || page.records.iter().map(|seen| seen.record.created_at());
        let seen = Seen {
            rows: page.records.len() as u64,
            newest: created().max(),
            oldest: created().min(),
            cursor: page.last_id.clone().filter(|_| page.has_more),
        };
        let repeated = seen.cursor.as_ref().is_some_and(|cursor| {
            asked.cursor.as_ref() == Some(cursor) || !self.cursors.insert((asked.number, cursor.clone()))
        });
        if repeated {
            // The vendor gives the same page again and again (bad input P37).
            return Err(CallError::ListDoesNotEnd.into());
        }
        *self.skipped.entry(asked.number).or_default() += page.skipped.len() as u64;
        let slice = self.plan.advance(asked.number, &seen);
        let slice = slice.ok_or_else(|| OperationError::Defect("a slice is gone".to_owned()))?;
        (self.run.report)(Report {
            kind: self.kind,
            state: ListState::Loading,
            records: seen.rows,
            skipped: page.skipped.len() as u64,
            left: self.plan.left(),
        });
        Ok(LoadStep { slice, rows: seen.rows })
    }

    /// The vendor ignores spans or lists the oldest first: the list is read from its first page, in
    /// the vendor's own order, and what is on its way for slices of it is not used.
    async fn become_plain(&mut self) -> Result<()> {
        tracing::info!(kind = %self.kind, "the vendor does not keep to spans of time; reading the list in a row");
        let plain = self.plan.become_plain(self.run.account.id(), self.kind);
        self.list.rows = 0;
        self.fetching = 0;
        self.order.clear();
        Ok(self.run.account.mirror.load_slices().begin(&self.list, &plain).await?)
    }

    async fn finish(&self) -> Result<()> {
        self.room.leave(self.kind);
        let written = self.run.slice(self.kind).await?;
        let mut list = written.unwrap_or_else(|| self.list.clone());
        list.state = SliceState::Complete;
        list.cursor = None;
        list.completed_at = Some(self.run.account.clock.now());
        list.as_of = Some(list.started_at);
        self.run.account.mirror.load_slices().finish(&list).await?;
        (self.run.report)(Report {
            kind: self.kind,
            state: ListState::Complete,
            records: 0,
            skipped: 0,
            left: Some(0),
        });
        Ok(())
    }
}

/// Whether the request of the slice names a span.
fn is_span(slice: &LoadSlice) -> bool {
    slice.from.is_some() || slice.until.is_some()
}

fn request(slice: &LoadSlice) -> PageRequest {
    if slice.plain {
        return PageRequest { cursor: slice.cursor.clone().map(Cursor::After), ..PageRequest::default() };
    }
    // Where a place was deleted (bad input P39) the slice goes on by time, the second of its oldest
    // record included.
    let until = match (&slice.cursor, slice.reached) {
        (None, Some(reached)) => Some(reached.plus_ms(1_000)),
        _ => slice.until,
    };
    PageRequest {
        cursor: slice.cursor.clone().map(Cursor::After),
        created: CreatedRange { from: slice.from, until },
        ..PageRequest::default()
    }
}

/// Whether the vendor kept to what it was asked for: only records of the span, the newest first, and
/// none that is newer than where the slice had come to.
fn keeps_to(asked: &LoadSlice, page: &Page) -> bool {
    if asked.plain {
        return true;
    }
    if page.newest_first == Some(false) {
        return false;
    }
    let second = |moment: Timestamp| moment.as_seconds();
    page.records.iter().map(|seen| second(seen.record.created_at())).all(|created| {
        asked.from.is_none_or(|from| created >= second(from))
            && asked.until.is_none_or(|until| created < second(until))
            && asked.reached.is_none_or(|reached| created <= second(reached))
    })
}

/// What a task brought.
fn joined<T>(result: std::result::Result<T, tokio::task::JoinError>) -> Result<T> {
    result.map_err(|error| OperationError::Defect(format!("a page could not be read: {error}")))
}

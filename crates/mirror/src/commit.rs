//! Taking in what a vendor listed: rows, JSON, search words, figures and the list's cursor in one
//! transaction, so that a kill at any moment leaves all of a page or nothing of it.
//!
//! Pages are made ready by whoever brings them, on any core. One task at a time holds the writer and
//! takes all pages that wait into one transaction, since what a commit costs does not depend on their
//! number; each caller is answered once its own page is on the disk.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{AccountId, Kind, Observed, Record};
use sqlx::{Sqlite, Transaction};
use tokio::sync::{Notify, oneshot};

use crate::changes::{self, RowChange};
use crate::error::{MirrorError, Result};
use crate::load_slices::SliceUpdate;
use crate::rows::{self, Given, Prepared, Written};
use crate::{Mirror, Writer};

/// Most records of one call, which bounds how long the writer is held.
const MOST_RECORDS: usize = 10_000;
/// Records of one transaction, as far as pages allow: more gain little, and a refund that waits for
/// the writer waits for all of them.
const RECORDS_PER_TRANSACTION: usize = 6_000;
/// How long pages of a bulk load wait for more to share a transaction with. Each transaction writes
/// every page of the file that it touches, and random ids touch most of the indexes' pages, so that
/// few large transactions cost far less than many small ones.
const GATHERING: Duration = Duration::from_millis(150);
/// Records that are made ready before other work of the same core gets its turn.
const RECORDS_PER_TURN: usize = 100;

/// What a page changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOutcome {
    /// Records that were not known.
    pub inserted: u64,
    /// Records that changed.
    pub updated: u64,
    /// Records that were known as they are, or are known from a later moment.
    pub unchanged: u64,
    /// The vendor's ids of the new ones, in the order given.
    pub inserted_ids: Vec<String>,
    /// Kind and id of records that were stated differently for one and the same moment. The later
    /// arrival was kept; reading them again tells what is true.
    pub contradicted: Vec<(Kind, String)>,
}

/// A page that waits for the writer.
struct Page {
    number: i64,
    records: u64,
    kinds: Vec<(Kind, Vec<Prepared>)>,
    slice: Option<SliceUpdate>,
    answer: oneshot::Sender<Result<PageOutcome>>,
}

impl Page {
    fn rows(&self) -> usize {
        self.kinds.iter().map(|(_, rows)| rows.len()).sum()
    }
}

/// The pages that wait, and whether a task is at work on them.
#[derive(Default)]
pub(crate) struct Waiting {
    queue: Mutex<Queue>,
    came: Notify,
}

#[derive(Default)]
struct Queue {
    pages: VecDeque<Page>,
    records: usize,
    /// Whether somebody waits for one of the pages, who is not a load.
    urgent: bool,
    at_work: bool,
    bulk_loads: usize,
}

/// Says for as long as it lives that many pages are to come.
#[derive(Debug)]
pub struct BulkLoad(Mirror);

impl Drop for BulkLoad {
    fn drop(&mut self) {
        self.0.0.waiting.with(|queue| queue.bulk_loads -= 1);
        self.0.0.waiting.came.notify_one();
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Waiting")
    }
}

impl Waiting {
    fn with<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        act(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a page; tells whether nobody is at work on the queue, so that the caller must be.
    fn push(&self, page: Page) -> bool {
        let idle = self.with(|queue| {
            queue.records += page.rows();
            queue.urgent |= page.slice.is_none();
            queue.pages.push_back(page);
            !std::mem::replace(&mut queue.at_work, true)
        });
        self.came.notify_one();
        idle
    }

    /// Waits until a transaction is full, while more is to come.
    async fn gather(&self) {
        let full = |queue: &mut Queue| {
            queue.urgent || queue.bulk_loads == 0 || queue.records >= RECORDS_PER_TRANSACTION
        };
        let gathered = async {
            while !self.with(full) {
                self.came.notified().await;
            }
        };
        // After that time what is there is written.
        let _ = tokio::time::timeout(GATHERING, gathered).await;
    }

    /// The pages of the next transaction; none ends the work.
    fn take(&self) -> Vec<Page> {
        self.with(|queue| {
            let mut taken = Vec::new();
            let mut records = 0;
            while let Some(page) = queue.pages.pop_front() {
                records += page.rows();
                if records > RECORDS_PER_TRANSACTION && !taken.is_empty() {
                    queue.pages.push_front(page);
                    break;
                }
                taken.push(page);
            }
            queue.records = queue.pages.iter().map(Page::rows).sum();
            queue.urgent = queue.pages.iter().any(|page| page.slice.is_none());
            queue.at_work = !taken.is_empty();
            taken
        })
    }
}

/// Ends the work however it ends: pages nobody would ever write are let go, which their callers see.
struct AtWork<'a>(&'a Waiting);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.with(|queue| {
            if queue.at_work {
                queue.at_work = false;
                queue.pages.clear();
                queue.records = 0;
                queue.urgent = false;
            }
        });
    }
}

impl Mirror {
    /// Takes in records of one account. A record that is known from a later moment is left alone;
    /// an event that is known never changes. The slice, where given, is written in the same
    /// transaction. A caller that goes away while its page waits does not take the page back.
    pub async fn commit_page(
        &self,
        account: AccountId,
        records: &[Observed],
        slice: Option<SliceUpdate>,
    ) -> Result<PageOutcome> {
        if records.len() > MOST_RECORDS {
            return Err(MirrorError::LimitOutOfRange { most: 10_000 });
        }
        if slice.as_ref().is_some_and(|slice| slice.account_id() != account) {
            return Err(MirrorError::Mismatch { what: "the account of the slice".to_owned() });
        }
        let number = self.number_of(account)?;
        let kinds = self.prepare(account, records).await?;
        let (answer, answered) = oneshot::channel();
        let page = Page { number, records: records.len() as u64, kinds, slice, answer };
        if self.0.waiting.push(page) {
            let mirror = self.clone();
            // On its own, so that a caller that goes away does not stop the pages of others.
            tokio::spawn(async move { mirror.write_waiting().await });
        }
        answered.await.unwrap_or(Err(MirrorError::Closed))
    }

    /// Announces that many pages of lists come, so that they are written in few large transactions. The
    /// writer is free while they gather, and a page that is part of no list ends the gathering.
    pub fn bulk_load(&self) -> BulkLoad {
        self.0.waiting.with(|queue| queue.bulk_loads += 1);
        BulkLoad(self.clone())
    }

    async fn write_waiting(&self) {
        let _at_work = AtWork(&self.0.waiting);
        loop {
            self.0.waiting.gather().await;
            let mut writer = match self.writer().await {
                Ok(writer) => writer,
                // Dropping the pages tells their callers the same.
                Err(_) => return,
            };
            let pages = self.0.waiting.take();
            if pages.is_empty() {
                return;
            }
            let outcomes = match self.write_pages(&mut writer, &pages).await {
                Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
                Err(error) if pages.len() == 1 => vec![Err(error)],
                Err(_) => self.write_each(&mut writer, &pages).await,
            };
            // Whoever waits for the writer next may have it before its pages are answered.
            drop(writer);
            for (page, outcome) in pages.into_iter().zip(outcomes) {
                // A caller that went away misses nothing: its page is written.
                let _ = page.answer.send(outcome);
            }
        }
    }

    /// One page may break a rule that the others keep, so each gets a transaction of its own.
    async fn write_each(&self, writer: &mut Writer<'_>, pages: &[Page]) -> Vec<Result<PageOutcome>> {
        let mut outcomes = Vec::with_capacity(pages.len());
        for page in pages.chunks(1) {
            let written = self.write_pages(writer, page).await;
            outcomes.push(written.map(|mut outcomes| outcomes.pop().unwrap_or_default()));
        }
        outcomes
    }

    /// Writes pages in one transaction; fails with nothing written.
    async fn write_pages(&self, writer: &mut Writer<'_>, pages: &[Page]) -> Result<Vec<PageOutcome>> {
        let zones = self.zones();
        let mut transaction = writer.begin().await?;
        let mut outcomes = vec![PageOutcome::default(); pages.len()];
        for page in pages {
            refuse_removed(&mut transaction, page.number).await?;
        }
        let mut written = Vec::new();
        for kind in Kind::ALL {
            let given = given(pages, kind);
            if !given.is_empty() {
                written.extend(rows::write(&mut transaction, kind, given, &mut outcomes).await?);
            }
        }
        rows::put_json(&mut transaction, &written).await?;
        changes::follow(&mut transaction, &zones, &changes_of(written)).await?;
        for (page, outcome) in pages.iter().zip(&mut outcomes) {
            if let Some(slice) = &page.slice {
                slice.write(&mut transaction, page.number).await?;
            }
            outcome.unchanged = page.records.saturating_sub(outcome.inserted + outcome.updated);
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Values, digest and packed JSON by kind. Of a record that stands in the page twice, which moving
    /// lists do, the one stated later stays, and on a tie the later in the page.
    pub(crate) async fn prepare(
        &self,
        account: AccountId,
        records: &[Observed],
    ) -> Result<Vec<(Kind, Vec<Prepared>)>> {
        let mut last: HashMap<(Kind, &str), &Observed> = HashMap::with_capacity(records.len());
        for observed in records {
            let place = last.entry((observed.record.kind(), observed.record.vendor_id())).or_insert(observed);
            if observed.observed_at >= place.observed_at {
                *place = observed;
            }
        }
        let mut by_kind: HashMap<Kind, Vec<&Observed>> = HashMap::new();
        let mut seen = HashSet::with_capacity(records.len());
        for record in records {
            let id = (record.record.kind(), record.record.vendor_id());
            if let Some(observed) = last.get(&id).filter(|_| seen.insert(id)) {
                by_kind.entry(id.0).or_default().push(*observed);
            }
        }
        let mut prepared = Vec::with_capacity(by_kind.len());
        for kind in Kind::ALL {
            let Some(observed) = by_kind.get(&kind) else { continue };
            self.learn(kind, observed).await?;
            let mut ready = Vec::with_capacity(observed.len());
            for turn in observed.chunks(RECORDS_PER_TURN) {
                self.prepare_turn(account, kind, turn, &mut ready)?;
                if observed.len() > RECORDS_PER_TURN {
                    tokio::task::yield_now().await;
                }
            }
            prepared.push((kind, ready));
        }
        Ok(prepared)
    }

    fn prepare_turn(
        &self,
        account: AccountId,
        kind: Kind,
        observed: &[&Observed],
        ready: &mut Vec<Prepared>,
    ) -> Result<()> {
        let dictionaries = &self.0.dictionaries;
        let newest = dictionaries.newest(kind);
        let mut packer = crate::compression::Packer::new(newest.as_deref())?;
        for one in observed {
            let one = self.permitted(account, one);
            let packed = packer.pack(&one.json)?;
            if newest.is_some() {
                dictionaries.samples.packed(kind, one.json.len(), packed.len());
            }
            ready.push(Prepared::new(account, kind, &one, packed));
        }
        Ok(())
    }

    /// Shows documents to whoever learns what they have in common.
    async fn learn(&self, kind: Kind, observed: &[&Observed]) -> Result<()> {
        let dictionaries = &self.0.dictionaries;
        let learning = dictionaries.learning(kind);
        let _turn = learning.lock().await;
        for one in observed {
            let has_dictionary = dictionaries.newest(kind).is_some();
            if let Some(samples) = dictionaries.samples.offer(kind, &one.json, has_dictionary) {
                self.train(kind, samples).await?;
            }
        }
        Ok(())
    }
}

/// A page may arrive after its account was removed; its rows would belong to no one.
pub(crate) async fn refuse_removed(transaction: &mut Transaction<'_, Sqlite>, number: i64) -> Result<()> {
    let present: bool =
        sqlx::query_scalar("select exists (select 1 from accounts where number = ?1 and removed_at is null)")
            .bind(number)
            .fetch_one(&mut **transaction)
            .await?;
    if present { Ok(()) } else { Err(MirrorError::UnknownAccount) }
}

/// The records of one kind of all pages, in their order.
fn given(pages: &[Page], kind: Kind) -> Vec<Given<'_>> {
    let mut given = Vec::new();
    for (place, page) in pages.iter().enumerate() {
        for (_, kind_rows) in page.kinds.iter().filter(|(one, _)| *one == kind) {
            given.extend(kind_rows.iter().map(|row| Given { page: place, account: page.number, row }));
        }
    }
    given
}

/// What was written as what follows from it.
pub(crate) fn changes_of(written: Vec<Written<'_>>) -> Vec<RowChange<'_>> {
    let mut changes = Vec::with_capacity(written.len());
    for one in written {
        let (account, new) = (one.given.account, Some(&one.given.row.record));
        changes.push(RowChange { account, old: one.old, new });
    }
    changes
}

/// Writes one record inside a transaction that does more.
pub(crate) async fn write_one(
    mirror: &Mirror,
    transaction: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    number: i64,
    observed: &Observed,
) -> Result<()> {
    let kind = observed.record.kind();
    let mut ready = Vec::with_capacity(1);
    mirror.prepare_turn(account, kind, &[observed], &mut ready)?;
    let given = ready.iter().map(|row| Given { page: 0, account: number, row }).collect();
    let written = rows::write(transaction, kind, given, &mut [PageOutcome::default()]).await?;
    rows::put_json(transaction, &written).await?;
    changes::follow(transaction, &mirror.zones(), &changes_of(written)).await
}

/// What a record was before it went, for those who follow.
pub(crate) async fn gone(
    mirror: &Mirror,
    transaction: &mut Transaction<'_, Sqlite>,
    account: i64,
    old: Vec<(i64, Record)>,
) -> Result<()> {
    let mut changes = Vec::with_capacity(old.len());
    for (_, record) in old {
        changes.push(RowChange { account, old: Some(Box::new(record)), new: None });
    }
    changes::follow(transaction, &mirror.zones(), &changes).await
}

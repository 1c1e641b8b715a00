//! Taking in what a vendor listed: rows, JSON, search words, figures and the list's cursor in one
//! transaction, so that a kill at any moment leaves all of a page or nothing of it.
//!
//! Pages are made ready by whoever brings them, on any core. One task at a time holds the writer and
//! takes all pages that wait into one transaction, since what a commit costs does not depend on their
//! number; each caller is answered once its own page is on the disk.

mod waiting;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use domain::{AccountId, Kind, Observed, Record};
use sqlx::{Sqlite, Transaction};
use tokio::sync::oneshot;

use crate::changes::{self, RowChange};
use crate::deliveries;
use crate::erased::Withheld;
use crate::error::{MirrorError, Result};
use crate::load_slices::SliceUpdate;
use crate::mirrored;
use crate::repeated::Repeated;
use crate::rows::{self, Given, Prepared, Written};
use crate::unread_objects::{self, UnreadObject};
use crate::{Mirror, Writer};

pub use waiting::BulkLoad;
pub(crate) use waiting::Waiting;
use waiting::{AtWork, Page};

/// Most records of one call, which bounds how long the writer is held.
const MOST_RECORDS: usize = 10_000;
/// Records that are made ready before other work of the same core gets its turn.
const RECORDS_PER_TURN: usize = 100;

/// A page whose records are made ready to be written.
pub struct ReadyPage {
    number: i64,
    records: u64,
    kinds: Vec<(Kind, Vec<Prepared>)>,
    slice: Option<SliceUpdate>,
}

impl std::fmt::Debug for ReadyPage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ReadyPage({} records)", self.records)
    }
}

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
    /// arrival was kept; they are noted as unread, and reading them again tells what is true.
    pub contradicted: Vec<(Kind, String)>,
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
        let ready = self.ready_page(account, records, slice).await?;
        self.queue_page(ready).await
    }

    /// Makes a page ready for [`Mirror::queue_page`], which is most of its work and needs no writer.
    pub async fn ready_page(
        &self,
        account: AccountId,
        records: &[Observed],
        slice: Option<SliceUpdate>,
    ) -> Result<ReadyPage> {
        if records.len() > MOST_RECORDS {
            return Err(MirrorError::LimitOutOfRange { most: 10_000 });
        }
        if slice.as_ref().is_some_and(|slice| slice.account_id() != account) {
            return Err(MirrorError::Mismatch { what: "the account of the slice".to_owned() });
        }
        let number = self.number_of(account)?;
        let kinds = self.prepare(account, records).await?;
        Ok(ReadyPage { number, records: records.len() as u64, kinds, slice })
    }

    /// Queues a page to be written, at once and behind all that were queued before it; the answer comes
    /// when it is on the disk.
    pub fn queue_page(&self, ready: ReadyPage) -> impl Future<Output = Result<PageOutcome>> + Send + use<> {
        let (answer, answered) = oneshot::channel();
        if self.0.waiting.push(Page { ready, answer }) {
            let mirror = self.clone();
            // On its own, so that a caller that goes away does not stop the pages of others.
            tokio::spawn(async move { mirror.write_waiting().await });
        }
        async move { answered.await.unwrap_or(Err(MirrorError::Closed)) }
    }

    /// Announces that many pages of lists come, so that they are written in few large transactions. The
    /// writer is free while they gather, and a page that is part of no list ends the gathering.
    pub fn bulk_load(&self) -> BulkLoad {
        self.0.waiting.with(|queue| queue.bulk_loads += 1);
        BulkLoad(self.clone())
    }

    async fn write_waiting(&self) {
        let mut at_work = AtWork::on(&self.0.waiting);
        loop {
            self.0.waiting.gather().await;
            let mut writer = match self.writer().await {
                Ok(writer) => writer,
                // Dropping the pages tells their callers the same.
                Err(_) => return,
            };
            let mut pages = at_work.take();
            if pages.is_empty() {
                return;
            }
            let outcomes = match self.write_pages(&mut writer, &mut pages).await {
                Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
                Err(error) if pages.len() == 1 => vec![Err(error)],
                Err(_) => self.write_each(&mut writer, &mut pages).await,
            };
            // Whoever waits for the writer next may have it before its pages are answered.
            drop(writer);
            for (page, outcome) in pages.into_iter().zip(outcomes) {
                // A caller that went away misses nothing: its page is written.
                let _ = page.answer.send(outcome);
            }
            self.move_long_log().await;
        }
    }

    /// One page may break a rule that the others keep, so each gets a transaction of its own.
    async fn write_each(&self, writer: &mut Writer<'_>, pages: &mut [Page]) -> Vec<Result<PageOutcome>> {
        let mut outcomes = Vec::with_capacity(pages.len());
        for page in pages.chunks_mut(1) {
            let written = self.write_pages(writer, page).await;
            outcomes.push(written.map(|mut outcomes| outcomes.pop().unwrap_or_default()));
        }
        outcomes
    }

    /// Writes pages in one transaction; fails with nothing written.
    async fn write_pages(&self, writer: &mut Writer<'_>, pages: &mut [Page]) -> Result<Vec<PageOutcome>> {
        let mut withheld = self.withhold(&mut rows_of(pages))?;
        let pages = &*pages;
        let zones = self.zones();
        let mut transaction = writer.begin().await?;
        let mut outcomes = vec![PageOutcome::default(); pages.len()];
        for page in pages {
            refuse_removed(&mut transaction, page.ready.number).await?;
        }
        let mut written = Vec::new();
        for kind in Kind::ALL {
            let given = given(pages, kind);
            if !given.is_empty() {
                written.extend(rows::write(&mut transaction, kind, given, &mut outcomes).await?);
            }
        }
        rows::put_json(&mut transaction, &written).await?;
        deliveries::note_events(&mut transaction, &written).await?;
        deliveries::note_failed_refunds(&mut transaction, self, &written).await?;
        changes::follow(&mut transaction, &zones, &changes_of(written)).await?;
        for (page, outcome) in pages.iter().zip(&mut outcomes) {
            let number = page.ready.number;
            if let Some(slice) = &page.ready.slice {
                slice.write(&mut transaction, number).await?;
            }
            // Two statements of one moment differ: only the vendor can say which is true.
            let told = outcome.contradicted.iter().map(|(kind, vendor_id)| UnreadObject {
                kind: *kind,
                vendor_id: vendor_id.clone(),
                created_at: None,
            });
            unread_objects::note(&mut transaction, number, &told.collect::<Vec<_>>()).await?;
            outcome.unchanged = page.ready.records.saturating_sub(outcome.inserted + outcome.updated);
        }
        self.keep_withheld(&mut transaction, &mut withheld).await?;
        transaction.commit().await?;
        self.remember_withheld(withheld);
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
            self.learn(account, kind, observed).await?;
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
            let (one, as_of) = self.permitted(account, one);
            let redacted = matches!(one, Cow::Owned(_));
            let row = Prepared::new(account, kind, &one, &mut packer, as_of, redacted)?;
            if newest.is_some() {
                dictionaries.samples.packed(kind, one.json.len(), row.packed.len());
            }
            ready.push(row);
        }
        Ok(())
    }

    /// Shows documents, as they may be written, to whoever learns what they have in common.
    async fn learn(&self, account: AccountId, kind: Kind, observed: &[&Observed]) -> Result<()> {
        let dictionaries = &self.0.dictionaries;
        let learning = dictionaries.learning(kind);
        let _turn = learning.lock().await;
        for one in observed {
            let has_dictionary = dictionaries.newest(kind).is_some();
            let document = || {
                let one = self.permitted(account, one).0;
                let row = Repeated::of(&one.record, &mirrored::values(&one.record));
                row.mark(&one.json).unwrap_or_else(|| one.json.clone())
            };
            if let Some(samples) = dictionaries.samples.offer(kind, has_dictionary, document) {
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

/// All rows of all pages, with the numbers of their accounts.
fn rows_of(pages: &mut [Page]) -> Vec<(i64, &mut Prepared)> {
    let mut rows = Vec::new();
    for page in pages {
        let number = page.ready.number;
        for (_, kind_rows) in &mut page.ready.kinds {
            rows.extend(kind_rows.iter_mut().map(|row| (number, row)));
        }
    }
    rows
}

/// The records of one kind of all pages, in their order.
fn given(pages: &[Page], kind: Kind) -> Vec<Given<'_>> {
    let mut given = Vec::new();
    for (place, page) in pages.iter().enumerate() {
        let ready = &page.ready;
        for (_, kind_rows) in ready.kinds.iter().filter(|(one, _)| *one == kind) {
            given.extend(kind_rows.iter().map(|row| Given { page: place, account: ready.number, row }));
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

/// Writes one record inside a transaction that does more; what it tells is remembered after that.
pub(crate) async fn write_one(
    mirror: &Mirror,
    transaction: &mut Transaction<'_, Sqlite>,
    account: AccountId,
    number: i64,
    observed: &Observed,
) -> Result<Withheld> {
    let kind = observed.record.kind();
    let mut ready = Vec::with_capacity(1);
    mirror.prepare_turn(account, kind, &[observed], &mut ready)?;
    let mut rows: Vec<(i64, &mut Prepared)> = ready.iter_mut().map(|row| (number, row)).collect();
    let mut withheld = mirror.withhold(&mut rows)?;
    let given = ready.iter().map(|row| Given { page: 0, account: number, row }).collect();
    let written = rows::write(transaction, kind, given, &mut [PageOutcome::default()]).await?;
    rows::put_json(transaction, &written).await?;
    deliveries::note_failed_refunds(transaction, mirror, &written).await?;
    changes::follow(transaction, &mirror.zones(), &changes_of(written)).await?;
    mirror.keep_withheld(transaction, &mut withheld).await?;
    Ok(withheld)
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

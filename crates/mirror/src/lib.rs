//! The local copy of what the vendors know, and the journal of what Paydesk decided: one SQLite
//! file per environment, encrypted, with one writing connection.
//!
//! [`Mirror::open`] is the only way in. A store is a thin struct that borrows the mirror
//! ([`Mirror::payments`], [`Mirror::intents`] …), one file per table, with its SQL in the method
//! that uses it. Pages of what a vendor lists come in through [`Mirror::commit_page`], and
//! [`Mirror::find`] answers the search box.

mod accounts;
mod acting;
mod api_calls;
mod approvals;
mod approvers;
mod backup;
mod balance_entries;
mod book;
mod bounded;
mod bulk;
mod bulk_facts;
mod bulk_limits;
mod bulk_person;
mod bulk_rows;
mod catch_ups;
mod changes;
mod commit;
mod compression;
mod connection;
mod customers;
mod delivered;
mod deliveries;
mod device;
mod disputes;
mod endpoints;
mod erased;
mod erasure;
mod error;
mod events;
mod files;
pub mod find;
mod fingerprint;
mod gaps;
mod health;
mod hooks;
mod inbox;
mod intents;
mod kept_apart;
mod key;
mod load_slices;
mod log;
mod mail_lists;
mod mail_runs;
mod memory;
mod messages;
mod migrations;
mod mirrored;
mod open;
mod overview;
mod page;
mod payment_intents;
mod payment_words;
mod payments;
mod payouts;
mod person;
mod person_address;
mod person_copy;
mod person_elsewhere;
pub mod proof;
mod records;
mod redact;
mod refund_guard;
mod refund_limits;
mod refund_notices;
mod refunds;
mod rekey;
mod repeated;
mod replays;
mod request_days;
mod restore;
mod rollups;
mod rows;
mod saved_views;
mod self_test;
mod snapshot;
mod sources;
pub mod sql;
mod statement;
mod sync_slices;
mod text_templates;
mod traces;
mod training;
mod unread_objects;

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use domain::{AccountId, Environment, Secret};
use rand::TryRng;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};
use sqlx::{Connection, Transaction};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, MutexGuard};

use compression::Dictionaries;

pub use accounts::{AccountFacts, AccountRow, Accounts, KeyReference};
pub use acting::{Acting, Shell};
pub use api_calls::{ApiCall, ApiCallRow, ApiCalls};
pub use approvals::{
    AgreedRow, ApprovalProblem, ApprovalRow, ApprovalState, ApprovalWish, Approvals, BegunRun, TakenAnswer,
};
pub use approvers::{Approver, Approvers};
pub use backup::Backup;
pub use balance_entries::BalanceEntries;
pub use book::{
    Book, BookFile, BookFilter, BookLine, BookWriter, Break, Flaw, Head, NewLine, Person, Personal, Verified,
    VerifiedFile, verify_file,
};
pub use bulk::{BulkAmounts, BulkCounts, BulkProblem, BulkRuns};
pub use bulk_facts::{BulkFacts, EarlierRow, PaymentFacts};
pub use bulk_limits::BulkOverLimit;
pub use bulk_rows::{BulkFilter, BulkReceipt, BulkToSend, Ticking};
pub use catch_ups::{CatchUp, CatchUps, Means};
pub use commit::{BulkLoad, PageOutcome, ReadyPage};
pub use customers::Customers;
pub use deliveries::{
    AttemptEnd, Claimed, Deliveries, DeliveryAttemptRow, DeliveryBody, DeliveryFigures, DeliveryFilter,
    DeliveryRow, DeliveryState, EventToRelay, Lane, MessageToRoute, NewDelivery, Next, SentOn,
};
pub use device::FOREIGN_PROBLEM;
pub use disputes::Disputes;
pub use endpoints::{
    EndpointDayRow, EndpointFacts, EndpointForm, EndpointPurpose, EndpointRow, EndpointState, Endpoints,
    NewEndpoint,
};
pub use erasure::Erasure;
pub use error::{MirrorError, Result};
pub use events::{Events, KnownEvent, is_same_event};
pub use find::{
    Came, CurrencyCount, EventCount, EventPage, FindPage, FindScope, FoundCount, FoundEvent, FoundPayment,
    FoundRequest, FoundWhat, LookBudget, MessageCount, MessagePage, QueryError,
};
pub use hooks::{Certificate, HookRow, HookWays, Hooks};
pub use inbox::{Decided, Inbox, InboxRow, InboxState, Received, Verdict, WaitFor};
pub use intents::{Inserted, IntentFilter, IntentPage, Intents};
pub use kept_apart::{Apart, Cause};
pub use load_slices::{LoadSlice, LoadSlices, LoadStep, SliceUpdate};
pub use mail_lists::{KeptGroup, KeptSuppression, KeptTemplate, MailList, MailLists};
pub use mail_runs::{DecidedBatch, MailCounts, MailProblem, MailRowResult, MailRowToSend, MailRuns};
pub use messages::{
    Applied, ImportedLines, Joined, LogMark, Logged, MailFigures, MailImport, MailSender, MailSettings,
    MessageEventRow, MessageInserted, MessageLink, MessageRow, Messages, NewMessage,
};
pub use mirrored::Stored;
pub use open::OpenOptions;
pub use overview::{CurrencyTotals, DayTotals, FailureReason, Overview, OverviewScope};
pub use page::Page;
pub use payment_intents::PaymentIntents;
pub use payments::Payments;
pub use payouts::Payouts;
pub use person::VendorObject;
pub use person_copy::PersonCopy;
pub use proof::{DaySpan, ProofDay, ProofDays, ProofState, Tally};
pub use refund_limits::{RefundLimit, RefundLimits, RefundRoom};
pub use refund_notices::{NoticeRule, NoticeState, RefundNotice, RefundNotices};
pub use refunds::Refunds;
pub use rekey::{opens, rekey};
pub use replays::{ReplayCounts, ReplayPage, ReplayRow, ReplayState, Replays};
pub use request_days::{NEVER_LEFT, RequestCounts, RequestDays};
pub use restore::{RESTORED_PROBLEM, RestoreOptions, Restored, restore};
pub use rollups::reporting_zone_names;
pub use saved_views::{GainedView, MOST_VIEWS, SavedView, SavedViews, Touched, ViewSubject};
pub use self_test::{SelfCheck, SelfTest};
pub use sources::{Labelled, Origin};
pub use sql::{SqlAnswer, SqlMistake, SqlValue, SqlView};
pub use sync_slices::{SliceRow, SliceState, SyncSlices};
pub use text_templates::{MOST_TEXT_TEMPLATES, TextTemplate, TextTemplates};
pub use unread_objects::{NotedObject, UnreadObject, UnreadObjects};

/// An open mirror file, for somebody. Clones share it.
#[derive(Debug, Clone)]
pub struct Mirror(Arc<Inner>, Arc<Acting>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    environment: Environment,
    encrypted: bool,
    /// Accounts stand in rows by a small number; these are the numbers, which never change.
    numbers: RwLock<HashMap<AccountId, i64>>,
    /// The zones whose days figures are of; changed only by whoever holds the writer.
    zones: RwLock<rollups::Zones>,
    /// Held from asking whether a wish was carried out before until its intent is written.
    deciding: tokio::sync::Mutex<()>,
    /// Pages that wait to be written.
    waiting: commit::Waiting,
    /// Requests that wait to be written.
    receiving: inbox::Receiving,
    /// Whether requests come one upon the other.
    breaths: log::Breaths,
    /// What documents are packed with.
    dictionaries: Dictionaries,
    /// Who was erased, so that nothing of them is written again.
    erased: RwLock<erased::Erased>,
    /// Dropped before the writer, which must close last because it alone moves the log.
    readers: Readers,
    writer: Mutex<Option<SqliteConnection>>,
    /// What is read at one moment; closed before the writer too.
    snapshots: snapshot::Snapshots,
    /// Held as long as the file is open.
    lock: File,
}

/// The connections that read.
#[derive(Debug)]
struct Readers {
    all: SqlitePool,
    /// The same ones in a snapshot, which is of one moment.
    finders: SqlitePool,
}

impl Readers {
    async fn close(&self) {
        self.all.close().await;
        self.finders.close().await;
    }
}

impl Inner {
    fn new(
        path: PathBuf,
        environment: Environment,
        encrypted: bool,
        writer: Option<SqliteConnection>,
        readers: Readers,
        lock: File,
    ) -> Self {
        Self {
            path,
            environment,
            encrypted,
            numbers: RwLock::default(),
            zones: RwLock::default(),
            deciding: tokio::sync::Mutex::default(),
            waiting: commit::Waiting::default(),
            receiving: inbox::Receiving::default(),
            breaths: log::Breaths::default(),
            dictionaries: Dictionaries::default(),
            erased: RwLock::default(),
            readers,
            writer: Mutex::new(writer),
            snapshots: snapshot::Snapshots::default(),
            lock,
        }
    }
}

impl Mirror {
    /// Opens the file, or makes it where there is none. Refusals come before any byte is changed.
    pub async fn open(options: OpenOptions) -> Result<Self> {
        open::open(options).await
    }

    fn from_inner(inner: Inner) -> Self {
        Self(Arc::new(inner), Arc::default())
    }

    /// One at a time decides whether a wish repeats an earlier one and writes its intent if it does not: two that
    /// ask beside each other would both find nothing.
    pub async fn deciding(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.deciding.lock().await
    }

    /// Closes the readers, moves the log into the file and closes the writer last. Other clones get
    /// [`MirrorError::Closed`] from then on.
    pub async fn close(self) -> Result<()> {
        self.0.readers.close().await;
        self.0.snapshots.close().await;
        if let Some(mut writer) = self.0.writer.lock().await.take() {
            let moved = sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut writer).await;
            writer.close().await?;
            // Clones may live on; the file is free for others all the same.
            self.0.lock.unlock()?;
            moved?;
        }
        Ok(())
    }

    /// The environment whose rows the file holds.
    pub fn environment(&self) -> Environment {
        self.0.environment
    }

    /// Whether the file is encrypted.
    pub fn encrypted(&self) -> bool {
        self.0.encrypted
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// A key for a new file: 64 hexadecimal digits from the system's random source.
    pub fn generate_key() -> Result<Secret> {
        let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
        rand::rngs::SysRng
            .try_fill_bytes(bytes.as_mut_slice())
            .map_err(|error| MirrorError::Io { detail: error.to_string() })?;
        Ok(Secret::new(hex::encode(bytes.as_slice())))
    }

    /// The vendor connections of this environment.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { mirror: self }
    }

    /// The journal of decisions.
    pub fn intents(&self) -> Intents<'_> {
        Intents { mirror: self }
    }

    /// Mirrored payments.
    pub fn payments(&self) -> Payments<'_> {
        Payments { mirror: self }
    }

    /// Mirrored payers' intentions.
    pub fn payment_intents(&self) -> PaymentIntents<'_> {
        PaymentIntents { mirror: self }
    }

    /// Mirrored refunds.
    pub fn refunds(&self) -> Refunds<'_> {
        Refunds { mirror: self }
    }

    /// Mirrored customers.
    pub fn customers(&self) -> Customers<'_> {
        Customers { mirror: self }
    }

    /// Mirrored disputes.
    pub fn disputes(&self) -> Disputes<'_> {
        Disputes { mirror: self }
    }

    /// Mirrored payouts.
    pub fn payouts(&self) -> Payouts<'_> {
        Payouts { mirror: self }
    }

    /// Mirrored lines of the balance.
    pub fn balance_entries(&self) -> BalanceEntries<'_> {
        BalanceEntries { mirror: self }
    }

    /// What the vendors said happened.
    pub fn events(&self) -> Events<'_> {
        Events { mirror: self }
    }

    /// Searches with a name.
    pub fn saved_views(&self) -> SavedViews<'_> {
        SavedViews { mirror: self }
    }

    /// What was proven, day by day.
    pub fn proof_days(&self) -> ProofDays<'_> {
        ProofDays { mirror: self }
    }

    /// Days that were compared in part.
    pub fn proof_parts(&self) -> proof::ProofParts<'_> {
        proof::ProofParts { mirror: self }
    }

    /// How far each list of each account is mirrored.
    pub fn sync_slices(&self) -> SyncSlices<'_> {
        SyncSlices { mirror: self }
    }

    /// The slices of first loads that are under way.
    pub fn load_slices(&self) -> LoadSlices<'_> {
        LoadSlices { mirror: self }
    }

    /// Objects that are to be read at the vendor before their lists are complete.
    pub fn unread_objects(&self) -> UnreadObjects<'_> {
        UnreadObjects { mirror: self }
    }

    /// Times that mirrors were behind, and accounts that are paused.
    pub fn catch_ups(&self) -> CatchUps<'_> {
        CatchUps { mirror: self }
    }

    /// Paths that vendors deliver to.
    pub fn hooks(&self) -> Hooks<'_> {
        Hooks { mirror: self }
    }

    /// Messages to customers.
    pub fn messages(&self) -> Messages<'_> {
        Messages { mirror: self }
    }

    /// What refunds tell their payers by themselves.
    pub fn refund_notices(&self) -> RefundNotices<'_> {
        RefundNotices { mirror: self }
    }

    /// Templates of SMS.
    pub fn text_templates(&self) -> TextTemplates<'_> {
        TextTemplates { mirror: self }
    }

    /// Every try of every call.
    pub fn api_calls(&self) -> ApiCalls<'_> {
        ApiCalls { mirror: self }
    }

    /// How many requests each account made on each day.
    pub fn request_days(&self) -> RequestDays<'_> {
        RequestDays { mirror: self }
    }

    /// Requests for a second person's word on a refund.
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals { mirror: self }
    }

    /// Whose approvals count here.
    pub fn approvers(&self) -> Approvers<'_> {
        Approvers { mirror: self }
    }

    /// Who saw and did what.
    pub fn book(&self) -> Book<'_> {
        Book { mirror: self }
    }

    /// Refunds by the thousand.
    pub fn bulk_runs(&self) -> BulkRuns<'_> {
        BulkRuns { mirror: self }
    }

    /// Email by the thousand.
    pub fn mail_runs(&self) -> MailRuns<'_> {
        MailRuns { mirror: self }
    }

    /// Templates, groups and suppressions as an account last listed them.
    pub fn mail_lists(&self) -> MailLists<'_> {
        MailLists { mirror: self }
    }

    /// What must be known to match rows of files with payments.
    pub fn bulk_facts(&self) -> BulkFacts<'_> {
        BulkFacts { mirror: self }
    }

    /// The connections that read.
    fn readers(&self) -> &SqlitePool {
        &self.0.readers.all
    }

    /// The connections that find, which keep more pages in memory.
    fn finders(&self) -> &SqlitePool {
        &self.0.readers.finders
    }

    /// The one connection that writes, for one writer at a time.
    async fn writer(&self) -> Result<Writer<'_>> {
        let guard = self.0.writer.lock().await;
        if guard.is_some() { Ok(Writer(guard)) } else { Err(MirrorError::Closed) }
    }

    /// The number that stands for the account in rows.
    fn number_of(&self, account: AccountId) -> Result<i64> {
        let numbers = self.0.numbers.read().unwrap_or_else(PoisonError::into_inner);
        numbers.get(&account).copied().ok_or(MirrorError::UnknownAccount)
    }

    /// The account that a number in a row stands for.
    fn account_of(&self, number: i64) -> Result<AccountId> {
        let numbers = self.0.numbers.read().unwrap_or_else(PoisonError::into_inner);
        let found = numbers.iter().find(|(_, one)| **one == number);
        found.map(|(account, _)| *account).ok_or_else(|| MirrorError::corrupt("a row names no account"))
    }

    /// The accounts and sources of the file, removed ones too.
    fn all_accounts(&self) -> Vec<AccountId> {
        let numbers = self.0.numbers.read().unwrap_or_else(PoisonError::into_inner);
        numbers.keys().copied().collect()
    }

    fn remember_number(&self, account: AccountId, number: i64) {
        let mut numbers = self.0.numbers.write().unwrap_or_else(PoisonError::into_inner);
        numbers.insert(account, number);
    }
}

/// The writing connection while one caller has it.
struct Writer<'a>(MutexGuard<'a, Option<SqliteConnection>>);

impl Writer<'_> {
    /// A transaction that holds the write lock from its start, so that what it reads stays true
    /// until it commits. Dropped without a commit, it undoes all.
    async fn begin(&mut self) -> Result<Transaction<'_, Sqlite>> {
        self.end_left_over().await?;
        Ok(self.connection()?.begin_with("begin immediate").await?)
    }

    /// Ends a transaction that SQLite has ended itself. It does so when a disk is full or fails; sqlx then
    /// finds nothing to undo, goes on counting the transaction, and would refuse every later one.
    async fn end_left_over(&mut self) -> Result<()> {
        type Manager = <Sqlite as sqlx::Database>::TransactionManager;
        let connection = self.connection()?;
        if Manager::get_transaction_depth(connection) == 0 {
            return Ok(());
        }
        // One that was only dropped is undone before this is answered.
        connection.ping().await?;
        if Manager::get_transaction_depth(connection) > 0 {
            // Fails where one is open after all, which is as good to undo.
            let _ = sqlx::raw_sql("begin").execute(&mut *connection).await;
            Manager::rollback(connection).await?;
        }
        Ok(())
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection> {
        self.0.as_mut().ok_or(MirrorError::Closed)
    }
}

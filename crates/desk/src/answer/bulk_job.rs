//! The work of a run: each row as a refund of its own, many at once, and pausing where that makes no sense any
//! more.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use contract::endpoint::Tag;
use contract::{ErrorBody, ErrorCode, Notice};
use domain::bulk::{BulkHold, BulkRun, BulkState};
use domain::intent::{Intent, IntentState};
use domain::{ExponentTable, RequestId};
use futures::StreamExt as _;
use mirror::{AccountRow, BulkToSend, MirrorError};
use operations::refund::{self, Issued, RefundWish, WishedAmount};
use operations::{OpenAccount, drive};
use serde_json::json;
use tokio::time::Instant;

use super::airlock;
use super::bulk_blame::{Blame, blame, detail_of, of_key};
use super::bulk_cover::Cover;
use super::bulk_sending::Sending;
use super::bulk_view::{note, view};
use super::intents;
use crate::desk::{Desk, OpenMirror};
use crate::{errors, telling};

/// Refunds under way at once. Each makes three requests one after the other, and the account's own rate budget
/// says when each may leave: enough that slow answers never let the budget stand idle.
const AT_ONCE: usize = 32;
/// How long one refund may take before the next is begun; what is open then is gone on with later.
const ROW_LIMIT: Duration = Duration::from_secs(30);
/// Waits before a row is tried again that nothing is wrong with. After the last the run pauses.
const WAITS_MS: [u64; 3] = [500, 2_000, 5_000];
/// Refunds in a row whose end is not known, after which a run pauses: a vendor that takes requests and does
/// not answer them would otherwise be sent thousands.
const DOUBTS_MAX: u32 = 5;
/// When the Desk stops, how long it still waits for an answer that is on its way.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// Notices of a run are at least this far apart; more where counting its rows takes long.
const NOTICE_PAUSE: Duration = Duration::from_millis(500);

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// What sends a run.
pub(super) struct Job {
    pub(super) desk: Arc<Desk>,
    pub(super) open: OpenMirror,
    pub(super) row: AccountRow,
    pub(super) account: OpenAccount,
    pub(super) run: BulkRun,
    pub(super) sending: Arc<Sending>,
    /// What second people agreed to of it.
    pub(super) cover: Cover,
}

/// What became of one try of a row.
enum Tried {
    /// It has its end, or its intent is gone on with elsewhere.
    Over,
    /// Another intent holds its payment, maybe that of a row before it.
    Held(ErrorBody),
}

impl Job {
    /// Sends, tells the shells from time to time, and notes how it ended.
    pub(super) async fn go(self) {
        // Both go on at once: rows that wait for their turn on the mirror must not stand still while it is counted
        // how far they are, which waits for the same turn.
        let worked = tokio::select! {
            worked = self.work() => worked,
            never = self.tell() => match never {},
        };
        if let Err(error) = worked {
            self.sending.pause(error.code.as_str(), detail_of(&error));
        }
        telling::after_refunds(&self.desk, self.row.environment).await;
        self.end().await;
    }

    /// Tells the shells from time to time, until it is dropped.
    async fn tell(&self) -> Infallible {
        loop {
            let counted = Instant::now();
            self.say().await;
            tokio::time::sleep(NOTICE_PAUSE.max(counted.elapsed() * 10)).await;
        }
    }

    async fn end(&self) {
        let why = self.sending.why.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_canceled = self.sending.canceled.load(Ordering::Relaxed);
        let why = why.or_else(|| self.sending.stop.is_cancelled().then(|| ("interrupted".to_owned(), None)));
        let (state, why) = match (is_canceled, why) {
            (true, _) => (BulkState::Canceled, None),
            (false, Some(why)) => (BulkState::Paused, Some(why)),
            (false, None) => (BulkState::Done, None),
        };
        let told = why.as_ref().map(|(code, detail)| (code.as_str(), detail.as_deref()));
        let now = self.desk.clock.now();
        let ended = self
            .open
            .mirror
            .bulk_runs()
            .set_state(self.run.id, &[BulkState::Running], state, told, now)
            .await;
        if let Err(error) = ended {
            // It stands as running then, which is told as cut off.
            tracing::warn!(%error, "how a run of refunds ended could not be written down");
            self.desk.note_refused_write(self.row.environment, &errors::of_mirror(&error));
        }
        if let Some((code, _)) = told.filter(|_| state == BulkState::Paused) {
            note(&self.desk, &self.open, "bulk_paused", &self.run, json!({ "because": code })).await;
        }
        self.desk.bulks.all().remove(&self.run.id);
        self.sending.ended.send_replace(true);
        self.say().await;
        self.desk.say_changed(self.row.environment, &[Tag::Bulk, Tag::Refunds, Tag::Payments, Tag::Calls]);
    }

    async fn say(&self) {
        match view(&self.desk, &self.open, &self.run).await {
            Ok(run) => {
                self.desk.say(Notice::Bulk { environment: self.sending.environment, run: Box::new(run) });
            }
            Err(error) => tracing::warn!(code = %error.code, "how far a run of refunds is could not be read"),
        }
    }

    /// What is on its way first; then what has not left; then what only waited for a row before it.
    async fn work(&self) -> Result<(), ErrorBody> {
        self.settle().await?;
        let held = self.send_all().await?;
        self.settle().await?;
        for (line, row) in held {
            if self.is_stopped() {
                return Ok(());
            }
            if let Tried::Held(error) = self.send(&row).await? {
                self.refuse(line, &error).await?;
            }
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.sending.stop.is_cancelled()
    }

    /// Goes on with every intent of the run that is not at rest, once.
    async fn settle(&self) -> Result<(), ErrorBody> {
        let pending = self.open.mirror.bulk_runs().pending(self.run.id).await.map_err(of_mirror)?;
        let driven = futures::stream::iter(pending).map(|request_id| self.settle_one(request_id));
        let ends: Vec<Result<(), ErrorBody>> = driven.buffer_unordered(AT_ONCE).collect().await;
        // What cannot be driven now is driven by whoever comes next; only a mirror that cannot be read ends it.
        ends.into_iter().collect()
    }

    async fn settle_one(&self, request_id: RequestId) -> Result<(), ErrorBody> {
        if self.is_stopped() {
            return Ok(());
        }
        let found = self.open.mirror.intents().by_request_id(request_id).await.map_err(of_mirror)?;
        if let Some(intent) = found {
            self.drive(&intent).await?;
        }
        Ok(())
    }

    /// Sends every row that is to be sent, many at once, but those of one payment after each other. Answers
    /// with what an open intent stood in the way of.
    async fn send_all(&self) -> Result<Vec<(u64, BulkToSend)>, ErrorBody> {
        let rows = self.open.mirror.bulk_runs().to_send(self.run.id).await.map_err(of_mirror)?;
        let mut payments = by_payment(rows).into_iter();
        // The first goes alone: a key that may not refund costs one row, and not as many as go at once.
        let mut held = match payments.next() {
            Some(rows) => self.send_payment(rows).await?,
            None => Vec::new(),
        };
        let sent = futures::stream::iter(payments).map(|rows| self.send_payment(rows));
        let ends: Vec<Result<Vec<(u64, BulkToSend)>, ErrorBody>> =
            sent.buffer_unordered(AT_ONCE).collect().await;
        for end in ends {
            held.extend(end?);
        }
        Ok(held)
    }

    async fn send_payment(&self, rows: Vec<BulkToSend>) -> Result<Vec<(u64, BulkToSend)>, ErrorBody> {
        let mut held = Vec::new();
        for row in rows {
            if self.is_stopped() {
                break;
            }
            match self.send(&row).await {
                Ok(Tried::Over) => {}
                Ok(Tried::Held(_)) => held.push((row.line, row)),
                // Nothing that follows could be written down either.
                Err(error) => {
                    self.sending.pause(error.code.as_str(), detail_of(&error));
                    return Err(error);
                }
            }
        }
        Ok(held)
    }

    /// Sends one row. What is wrong with it is noted with it; what is wrong with the vendor or with this
    /// machine is waited for, and then pauses the run. Errors are those that no row can go on after.
    async fn send(&self, row: &BulkToSend) -> Result<Tried, ErrorBody> {
        let wish = RefundWish {
            request_id: row.request_id,
            payment_id: row.payment_id.clone(),
            amount: WishedAmount::Exactly(row.amount.to_decimal(ExponentTable::Stripe)),
            reason: row.reason.clone(),
            note: row.note.clone(),
            undo_ms: 0,
            approval: self.cover.agreed(row)?,
        };
        let mut waits = WAITS_MS.into_iter();
        loop {
            if self.is_stopped() {
                return Ok(Tried::Over);
            }
            // Each refund is an action of its own, so live is open for as many rows as it was opened for. One
            // that is locked half-way pauses the run, and costs no row. Nobody need be at the window for it.
            let pass = airlock::pass_of_run(&self.desk, &self.row).await?;
            // Broken off, either nothing was written down, or an intent that is gone on with first.
            let issued = tokio::select! {
                issued = refund::issue(&self.account, &wish, Instant::now() + ROW_LIMIT) => issued,
                () = self.desk.stop.cancelled() => return Ok(Tried::Over),
            };
            pass.settle(&self.desk, &issued).await;
            let error = match issued {
                Ok(Issued::New(intent) | Issued::Again(intent)) => {
                    let intent = self.drive(&intent).await?;
                    self.count(&intent);
                    return Ok(Tried::Over);
                }
                // An equal row before it, whose end is not known yet, must come to rest first.
                Ok(Issued::Repeated(intent)) if intent.state.is_open() => {
                    return Ok(Tried::Held(
                        ErrorBody::new(ErrorCode::OpenIntent).with("intent_id", intent.id),
                    ));
                }
                Ok(Issued::Repeated(intent)) => {
                    let runs = self.open.mirror.bulk_runs();
                    let detail = intent.id.to_string();
                    runs.refuse_row(self.run.id, row.line, "wished_before", Some(&detail))
                        .await
                        .map_err(of_mirror)?;
                    self.sending.done.fetch_add(1, Ordering::Relaxed);
                    return Ok(Tried::Over);
                }
                Err(error) => errors::of_operation(&error, self.row.label.as_str()),
            };
            match blame(&error) {
                Blame::Row => {
                    self.refuse(row.line, &error).await?;
                    return Ok(Tried::Over);
                }
                Blame::Payment => return Ok(Tried::Held(error)),
                Blame::Machine => return Err(error),
                Blame::Vendor => {}
            }
            let Some(wait_ms) = waits.next() else {
                self.sending.pause(error.code.as_str(), error.detail.clone());
                return Ok(Tried::Over);
            };
            tokio::select! {
                () = self.sending.stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
            }
        }
    }

    async fn refuse(&self, line: u64, error: &ErrorBody) -> Result<(), ErrorBody> {
        let detail = detail_of(error);
        let runs = self.open.mirror.bulk_runs();
        // A limit does not refuse for good: a second person may still agree to the row.
        let hold = if error.code == ErrorCode::OverLimit { BulkHold::Approval } else { BulkHold::Refused };
        runs.hold_row(self.run.id, line, hold, (error.code.as_str(), detail.as_deref()))
            .await
            .map_err(of_mirror)?;
        self.sending.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Counts the end of a row, and pauses where end after end is not known.
    fn count(&self, intent: &Intent) {
        self.sending.done.fetch_add(1, Ordering::Relaxed);
        // What is wrong with the key is wrong with every row.
        let code = intent.problem_code.as_deref();
        if let (Some(code), false) = (code.filter(|code| of_key(code)), intent.state == IntentState::Settled)
        {
            self.sending.pause(code, intent.problem_detail.clone());
        }
        if !intent.state.is_pending() {
            self.sending.doubts.store(0, Ordering::Relaxed);
            return;
        }
        if self.sending.doubts.fetch_add(1, Ordering::Relaxed) + 1 >= DOUBTS_MAX {
            let code = intent.problem_code.as_deref().unwrap_or(ErrorCode::Unsettled.as_str());
            self.sending.pause(code, intent.problem_detail.clone());
        }
    }

    /// Drives an intent as any other is driven, alone, and takes its end for shown: the run keeps it for good,
    /// and its row can never ask for another.
    async fn drive(&self, intent: &Intent) -> Result<Intent, ErrorBody> {
        let lock = self.desk.intent_lock(intent.id);
        let _alone = lock.lock().await;
        let intent = intents::read(&self.open, intent.id).await?;
        let until = Instant::now() + ROW_LIMIT;
        let stopped = async {
            self.desk.stop.cancelled().await;
            tokio::time::sleep(LAST_ANSWER).await;
        };
        let driven = match intent.state.is_pending() {
            false => Ok(intent.clone()),
            true => tokio::select! {
                driven = drive::drive(&self.account, intent.clone(), until) => driven,
                // What was on the wire stays so in the journal, and the next Desk goes on from there.
                () = stopped => Ok(intents::read(&self.open, intent.id).await?),
            },
        };
        match driven {
            Ok(driven) => {
                self.desk.put_offs.forget(driven.id);
                self.acknowledge(&driven).await?;
                Ok(driven)
            }
            Err(error) => {
                let error = errors::of_operation(&error, self.row.label.as_str());
                intents::put_off(&self.desk, &self.open, &self.row, intent.id, &error).await;
                if matches!(blame(&error), Blame::Machine) {
                    return Err(error);
                }
                intents::read(&self.open, intent.id).await
            }
        }
    }

    async fn acknowledge(&self, intent: &Intent) -> Result<(), ErrorBody> {
        let is_over =
            matches!(intent.state, IntentState::Settled | IntentState::Refused | IntentState::Canceled);
        if !is_over || intent.acknowledged_at.is_some() {
            return Ok(());
        }
        let acknowledged = Intent { acknowledged_at: Some(self.desk.clock.now()), ..intent.clone() };
        self.open.mirror.intents().update(&acknowledged, intent.state).await.map_err(of_mirror)?;
        Ok(())
    }
}

/// Rows of one payment together, each payment where its first row stands.
fn by_payment(rows: Vec<BulkToSend>) -> Vec<Vec<BulkToSend>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut payments: Vec<Vec<BulkToSend>> = Vec::new();
    for row in rows {
        let place = *places.entry(row.payment_id.clone()).or_insert(payments.len());
        match payments.get_mut(place) {
            Some(known) => known.push(row),
            None => payments.push(vec![row]),
        }
    }
    payments
}

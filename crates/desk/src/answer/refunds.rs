//! Refunds: pre-flight, issuing, listing, settling.

use std::collections::HashSet;

use contract::refunds::{
    AcknowledgeIntent, AloneView, CancelRefund, CloseIntent, CountRefunds, IssueRefund, ListRefunds,
    Preflight, PreflightRefund, RefundAmount, RefundCounts, RefundView, SettleRefunds, StateCount,
};
use contract::{Empty, ErrorBody, ErrorCode, Page};
use domain::card_number::contains_card_number;
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{Currency, IntentId};
use mirror::{AccountRow, IntentFilter, Mirror, MirrorError, RefundRoom};
use operations::refund::{self, Agreed, Issued, RefundWish, WishedAmount};

use super::calls::ROWS;
use super::intents::{self, Patience, Work};
use super::lookup::{self, Located};
use super::scope::{Resolved, label_of};
use super::undo;
use super::{airlock, approval_views, approved};
use crate::{errors, telling, undo_windows, views};

/// Open intents that one settling goes through.
const SETTLED_AT_ONCE_MAX: u32 = 1_000;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `preflight_refund`.
pub(crate) async fn preflight(scope: &Resolved, request: PreflightRefund) -> Result<Preflight, ErrorBody> {
    let located = lookup::payment(scope, &request.payment).await?;
    let account = located.account(scope).await?;
    let label = located.row.label.as_str();
    let found = refund::preflight(&account, &located.vendor_id)
        .await
        .map_err(|error| errors::of_operation(&error, label).with("id", &located.vendor_id))?;
    let mirror = &located.open.mirror;
    let stored = mirror.payments().by_id(located.row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let payment = match &stored {
        Some(stored) => views::payment(stored, label),
        None => views::bare_payment(&found.payment, label, found.observed_at),
    };
    let mut warnings = vec!["fee_not_returned".to_owned()];
    if !found.open_disputes.is_empty() {
        warnings.push("open_dispute".to_owned());
    }
    if found.payment.presentment.is_some() {
        warnings.push("presentment_differs".to_owned());
    }
    Ok(Preflight {
        payment,
        refundable: found.refundable,
        alone: alone(mirror, &located.row, found.refundable.currency, scope.clock.now()).await?,
        earlier: refunds_of(mirror, &located.row, &located.vendor_id, scope.clock.now()).await?,
        open_disputes: found.open_disputes.iter().map(|one| views::dispute(one, label)).collect(),
        blocked_by: found.blocked.as_ref().map(|guard| errors::of_guard(guard).code.to_string()),
        warnings,
        environment: located.row.environment,
    })
}

/// What whoever asks may still give back alone.
async fn alone(
    mirror: &Mirror,
    row: &AccountRow,
    currency: Currency,
    now: domain::Timestamp,
) -> Result<Option<AloneView>, ErrorBody> {
    let room = mirror.refund_room(row.id, currency, now).await.map_err(of_mirror)?;
    let view = |room: RefundRoom| AloneView {
        limit: room.limit.as_str().to_owned(),
        most: room.most,
        left: room.left,
    };
    Ok(room.map(view))
}

/// Answers `issue_refund`.
pub(crate) async fn issue(scope: &Resolved, request: IssueRefund) -> Result<RefundView, ErrorBody> {
    let patience = Patience::begin(request.wait_ms);
    let ticket = read_ticket(request.ticket)?;
    let located = lookup::payment(scope, &request.payment).await?;
    let approved = match &request.approval {
        Some(id) => Some(approved::check(scope, &located, id).await?),
        None => None,
    };
    let ticket = ticket.or_else(|| approved.as_ref().and_then(|approved| approved.ticket.clone()));
    let located = located.for_ticket(ticket);
    let account = located.account(scope).await?;
    let label = located.row.label.as_str();
    let wish = RefundWish {
        request_id: request.request_id,
        payment_id: located.vendor_id.clone(),
        amount: match request.amount {
            RefundAmount::All => WishedAmount::All,
            RefundAmount::Exactly { amount } => WishedAmount::Exactly(amount),
        },
        reason: request.reason,
        note: request.note.or_else(|| approved.as_ref().and_then(|approved| approved.note.clone())),
        approval: approved.map(|approved| Agreed::ToThis(approved.id)),
        undo_ms: undo::wished_ms(scope, request.undo_seconds).await?,
    };
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = refund::issue(&account, &wish, patience.for_reads()).await;
    pass.settle(&scope.desk, &issued).await;
    let issued = issued.map_err(|error| errors::of_operation(&error, label))?;
    answer_issued(scope, &located, &issued, patience).await
}

/// The longest name of a ticket, in characters.
const TICKET_MAX: usize = 100;

pub(super) fn read_ticket(ticket: Option<String>) -> Result<Option<String>, ErrorBody> {
    let ticket = ticket.map(|ticket| ticket.trim().to_owned()).filter(|ticket| !ticket.is_empty());
    match &ticket {
        Some(text) if contains_card_number(text) => Err(ErrorBody::new(ErrorCode::CardNumber)),
        Some(text) if text.chars().count() > TICKET_MAX => {
            Err(errors::bad_request(format_args!("a ticket has at most {TICKET_MAX} characters")))
        }
        _ => Ok(ticket),
    }
}

/// Drives what was issued, and shows it.
async fn answer_issued(
    scope: &Resolved,
    located: &Located,
    issued: &Issued,
    patience: Patience,
) -> Result<RefundView, ErrorBody> {
    if let Err(error) =
        undo_windows::count_down(&scope.desk, &located.open, &located.row, issued.intent()).await
    {
        // It is written down and waits; the scheduler tries again, and the state says how far it is.
        tracing::warn!(intent = %issued.intent().id, %error, "an undo window could not be counted down");
    }
    let intent = intents::drive_issued(scope, located, issued, patience).await?;
    telling::after_refunds(&scope.desk, located.row.environment).await;
    let view = shown(scope, &located.open.mirror, &intent, located.row.label.as_str()).await;
    Ok(RefundView { repeated: matches!(issued, Issued::Repeated(_)), ..view })
}

/// Answers `cancel_refund`.
pub(crate) async fn cancel(scope: &Resolved, request: CancelRefund) -> Result<RefundView, ErrorBody> {
    let patience = Patience::begin(None);
    let located = lookup::refund(scope, &request.refund).await?;
    let account = located.account(scope).await?;
    let label = located.row.label.as_str();
    let pass = airlock::pass(&scope.desk, &located.row).await?;
    let issued = refund::cancel(&account, request.request_id, &located.vendor_id, patience.for_reads()).await;
    pass.settle(&scope.desk, &issued).await;
    let issued = issued.map_err(|error| errors::of_operation(&error, label))?;
    answer_issued(scope, &located, &issued, patience).await
}

/// An intent that was just worked on, with its refund where that can be read: that it cannot be must not
/// be told as if nothing had happened.
pub(crate) async fn shown(scope: &Resolved, mirror: &Mirror, intent: &Intent, label: &str) -> RefundView {
    intent_view(scope, mirror, intent, label).await.unwrap_or_else(|error| {
        tracing::warn!(intent = %intent.id, code = %error.code, "the refund of an intent could not be read");
        views::refund_of_intent(intent, None, label, mirror.environment(), scope.clock.now())
    })
}

/// An intent with its refund, as the shells show it.
async fn intent_view(
    scope: &Resolved,
    mirror: &Mirror,
    intent: &Intent,
    label: &str,
) -> Result<RefundView, ErrorBody> {
    let refund = match &intent.object_id {
        Some(id) => mirror.refunds().by_id(intent.account_id, id).await.map_err(of_mirror)?,
        None => None,
    };
    let refund = refund.as_ref().map(|one| &one.value);
    let now = scope.clock.now();
    let view = views::refund_of_intent(intent, refund, label, mirror.environment(), now);
    // The clock may have been set since the journal got its time; what is counted down here is right.
    let release_at = view.release_at.map(|at| scope.undo_windows.ends_at(intent.id, now).unwrap_or(at));
    let approved_by = approval_views::approved_by(mirror, intent).await?;
    Ok(RefundView { release_at, approved_by, ..view })
}

/// Refunds of a payment and intents for it, newest first, each once.
pub(crate) async fn refunds_of(
    mirror: &Mirror,
    row: &AccountRow,
    payment_id: &str,
    now: domain::Timestamp,
) -> Result<Vec<RefundView>, ErrorBody> {
    let label = row.label.as_str();
    let filter = IntentFilter {
        account: Some(row.id),
        target_id: Some(payment_id.to_owned()),
        kinds: vec![IntentKind::Refund],
        ..IntentFilter::default()
    };
    let intents = mirror.intents().list(&filter, 200, None).await.map_err(of_mirror)?.items;
    let refunds = mirror.refunds().for_payment(row.id, payment_id).await.map_err(of_mirror)?;
    let mut views = Vec::with_capacity(refunds.len() + intents.len());
    let mut ours = HashSet::new();
    for intent in &intents {
        let refund = refunds.iter().find(|one| Some(&one.value.vendor_id) == intent.object_id.as_ref());
        ours.extend(intent.object_id.clone());
        let refund = refund.map(|one| &one.value);
        let view = views::refund_of_intent(intent, refund, label, row.environment, now);
        views.push(RefundView { approved_by: approval_views::approved_by(mirror, intent).await?, ..view });
    }
    for one in refunds.iter().filter(|one| !ours.contains(&one.value.vendor_id)) {
        views.push(views::refund_from_elsewhere(&one.value, label, one.observed_at, row.environment));
    }
    views.sort_by_key(|one| std::cmp::Reverse(one.created));
    Ok(views)
}

/// Answers `list_refunds`: the journal, and on request also what was issued elsewhere.
pub(crate) async fn list(scope: &Resolved, request: ListRefunds) -> Result<Page<RefundView>, ErrorBody> {
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let states = read_states(&request.states)?;
    let limit = request.range.limit.unwrap_or(ROWS);
    if request.elsewhere && states.is_empty() {
        let after = request.range.after.as_deref();
        return list_all(scope, &open.mirror, &rows, account, limit, after).await;
    }
    // Whatever is open needs somebody's eye, also a capture or a cancellation.
    let only_open = !states.is_empty() && states.iter().all(|state| state.is_open());
    let kinds = if only_open { Vec::new() } else { vec![IntentKind::Refund, IntentKind::CancelRefund] };
    let filter = IntentFilter { states, account, kinds, ..IntentFilter::default() };
    let page = open
        .mirror
        .intents()
        .list(&filter, limit, request.range.after.as_deref())
        .await
        .map_err(of_mirror)?;
    let total = open.mirror.intents().count(&filter).await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(page.items.len());
    for intent in &page.items {
        let label = label_of(&rows, intent.account_id);
        items.push(intent_view(scope, &open.mirror, intent, &label).await?);
    }
    Ok(Page { items, total, next: page.next })
}

/// Answers `count_refunds`.
pub(crate) async fn count(scope: &Resolved, request: CountRefunds) -> Result<RefundCounts, ErrorBody> {
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let counts = open.mirror.intents().count_refunds_by_state(account).await.map_err(of_mirror)?;
    let of_state = |(state, count): (IntentState, u64)| StateCount { state: state.to_string(), count };
    Ok(RefundCounts { states: counts.into_iter().map(of_state).collect() })
}

/// Every refund at the vendor, with our intent where there is one.
async fn list_all(
    scope: &Resolved,
    mirror: &Mirror,
    rows: &[AccountRow],
    account: Option<domain::AccountId>,
    limit: u32,
    after: Option<&str>,
) -> Result<Page<RefundView>, ErrorBody> {
    let page = mirror.refunds().list(account, None, limit, after).await.map_err(of_mirror)?;
    let total = mirror.count(domain::Kind::Refunds, account).await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(page.items.len());
    for one in &page.items {
        let label = label_of(rows, one.account_id);
        let intent = mirror
            .intents()
            .by_object_id(one.account_id, &one.value.vendor_id)
            .await
            .map_err(of_mirror)?
            .filter(|intent| intent.kind == IntentKind::Refund);
        items.push(match intent {
            Some(intent) => intent_view(scope, mirror, &intent, &label).await?,
            None => views::refund_from_elsewhere(&one.value, &label, one.observed_at, mirror.environment()),
        });
    }
    Ok(Page { items, total, next: page.next })
}

fn read_states(words: &[String]) -> Result<Vec<IntentState>, ErrorBody> {
    words
        .iter()
        .map(|word| {
            word.parse().map_err(|_| errors::bad_request(format!("{word} is not a state of an intent")))
        })
        .collect()
}

/// Answers `settle_refunds`: drives every intent that is not at rest, looks once more for those that
/// need a person, and answers with all of them as they then are.
pub(crate) async fn settle(scope: &Resolved, request: SettleRefunds) -> Result<Page<RefundView>, ErrorBody> {
    // All of them share the shell's patience; what is not reached is driven the next time.
    let patience = Patience::begin(request.wait_ms);
    let (open, rows) = scope.accounts().await?;
    let only = match &request.intent_id {
        Some(text) => Some(read_intent_id(text)?),
        None => None,
    };
    let filter = IntentFilter {
        states: vec![
            IntentState::Waiting,
            IntentState::Prepared,
            IntentState::Sent,
            IntentState::Unsettled,
            IntentState::NeedsPerson,
        ],
        ..IntentFilter::default()
    };
    let open_intents =
        open.mirror.intents().list(&filter, SETTLED_AT_ONCE_MAX, None).await.map_err(of_mirror)?.items;
    let mut items = Vec::new();
    for intent in open_intents.iter().filter(|intent| only.is_none_or(|id| id == intent.id)) {
        let label = label_of(&rows, intent.account_id);
        let Some(row) = rows.iter().find(|row| row.id == intent.account_id) else { continue };
        if intent.state == IntentState::Waiting && only.is_some() {
            undo::wait_for_end(scope, &open, row, intent, patience).await?;
        }
        let work = match intent.state {
            IntentState::NeedsPerson => Work::LookAgain,
            _ => Work::Drive,
        };
        let settled = match patience.is_over() && !items.is_empty() {
            true => intent.clone(),
            false => {
                let until = patience.for_driving();
                intents::work_patiently(&scope.desk, &open, row, (intent.id, work), until).await?
            }
        };
        items.push(shown(scope, &open.mirror, &settled, &label).await);
    }
    telling::after_refunds(&scope.desk, open.mirror.environment()).await;
    Ok(Page { total: items.len() as u64, items, next: None })
}

pub(crate) fn read_intent_id(text: &str) -> Result<IntentId, ErrorBody> {
    text.trim().parse().map_err(|_| {
        let shown: String = text.chars().filter(|one| !one.is_control()).take(80).collect();
        ErrorBody::new(ErrorCode::UnknownId).with("id", shown)
    })
}

/// Answers `acknowledge_intent`.
pub(crate) async fn acknowledge(scope: &Resolved, request: AcknowledgeIntent) -> Result<Empty, ErrorBody> {
    let id = read_intent_id(&request.intent_id)?;
    let open = scope.open_mirror().await?;
    let lock = scope.intent_lock(id);
    let _alone = lock.lock().await;
    let intent = intents::read(&open, id).await?;
    let is_under_way = intent.state.is_pending() || intent.state == IntentState::Waiting;
    if is_under_way || intent.acknowledged_at.is_some() {
        return Ok(Empty {});
    }
    let state = intent.state;
    let acknowledged = Intent { acknowledged_at: Some(scope.clock.now()), ..intent };
    open.mirror.intents().update(&acknowledged, state).await.map_err(of_mirror)?;
    Ok(Empty {})
}

/// Answers `close_intent`.
pub(crate) async fn close(scope: &Resolved, request: CloseIntent) -> Result<RefundView, ErrorBody> {
    let id = read_intent_id(&request.intent_id)?;
    let (open, rows) = scope.accounts().await?;
    let intent = intents::read(&open, id).await?;
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", id);
    let row = rows.iter().find(|row| row.id == intent.account_id).ok_or_else(unknown)?;
    let closed = intents::close(&scope.desk, &open, row, id).await?;
    intent_view(scope, &open.mirror, &closed, row.label.as_str()).await
}

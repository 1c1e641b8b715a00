//! Finding payments and showing what belongs to them.

use contract::payments::{
    CountPayments, CurrencyCount, CustomerDetail, FindPayments, FoundPayments, PaymentActions, PaymentCount,
    PaymentDetail, Show, Shown, TimelineEntry,
};
use contract::{ErrorBody, ErrorCode, Page};
use domain::card_number::contains_card_number;
use domain::{Payment, PaymentIntent, PaymentIntentStatus, PaymentStatus, Timestamp};
use mirror::{AccountRow, FindScope, FoundPayment, LookBudget, MirrorError};
use vendors::stripe::CustomerFound;

use super::calls::ROWS;
use super::lookup::{self, Located};
use super::refunds::refunds_of;
use super::scope::{Resolved, label_of};
use crate::desk::OpenMirror;
use crate::look_ups::Asked;
use crate::{errors, views};

/// Payments that a customer's page shows at once.
const PAYMENTS_OF_CUSTOMER: u32 = 100;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `find_payments`.
pub(crate) async fn find(scope: &Resolved, request: FindPayments) -> Result<FoundPayments, ErrorBody> {
    if contains_card_number(&request.query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let limit = request.range.limit.unwrap_or(ROWS);
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let page = open
        .mirror
        .find_within(
            &request.query,
            FindScope { account, now: scope.clock.now() },
            limit,
            request.range.after.as_deref(),
            Some(LookBudget::PAGE),
        )
        .await
        .map_err(of_mirror)?;
    let environment = open.mirror.environment();
    let asked = Asked { environment, query: request.query, account: request.account.clone() };
    super::book::searched(scope, &open, asked, &page.items).await;
    Ok(FoundPayments {
        items: page.items.iter().map(|one| views::payment(one, &label_of(&rows, one.account_id))).collect(),
        next: page.next,
        looked_back_to: page.looked_back_to,
        looked_to_amount: page.looked_to_amount,
        relaxed: page.relaxed,
        as_of: super::overview::oldest_as_of(scope, request.account.as_deref()).await?,
    })
}

/// Answers `count_payments`.
pub(crate) async fn count(scope: &Resolved, request: CountPayments) -> Result<PaymentCount, ErrorBody> {
    if contains_card_number(&request.query) {
        return Err(ErrorBody::new(ErrorCode::CardNumber));
    }
    let (open, rows) = scope.some_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let budget = (!request.exact).then_some(LookBudget::COUNT);
    let of = FindScope { account, now: scope.clock.now() };
    let counted = open.mirror.count_found(&request.query, of, budget).await;
    let counted = counted.map_err(of_mirror)?;
    let total = |one: mirror::CurrencyCount| CurrencyCount { payments: one.payments, amount: one.amount };
    Ok(PaymentCount {
        payments: counted.payments,
        totals: counted.totals.into_iter().map(total).collect(),
        exact: counted.exact,
        looked_back_to: counted.looked_back_to,
    })
}

/// Answers `show`.
pub(crate) async fn show(scope: &Resolved, request: Show) -> Result<Shown, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let shown = look(scope, &open, &rows, request.id.trim()).await?;
    super::book::opened(scope, &open, &rows, &shown).await;
    Ok(shown)
}

pub(super) async fn look(
    scope: &Resolved,
    open: &OpenMirror,
    rows: &[AccountRow],
    id: &str,
) -> Result<Shown, ErrorBody> {
    let of = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
    if of(&["cus_"]) {
        return Ok(Shown::Customer(Box::new(of_customer(scope, id).await?)));
    }
    if of(&["re_", "pyr_"]) {
        let located = lookup::refund(scope, id).await?;
        let refund = open.mirror.refunds().by_id(located.row.id, id).await.map_err(of_mirror)?;
        let payment = refund.and_then(|one| one.value.payment_id);
        let payment = payment.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", id))?;
        return detail(scope, &lookup::payment(scope, &payment).await?).await;
    }
    if of(&["dp_", "du_"]) {
        let found = open.mirror.disputes().by_vendor_id_any_account(id).await.map_err(of_mirror)?;
        let payment = found.into_iter().find_map(|one| one.value.payment_id);
        let payment = payment.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", id))?;
        return detail(scope, &lookup::payment(scope, &payment).await?).await;
    }
    if let Ok(intent_id) = id.parse() {
        let intent = open.mirror.intents().by_id(intent_id).await.map_err(of_mirror)?;
        let target = intent.and_then(|one| one.target_id);
        let target = target.ok_or_else(|| ErrorBody::new(ErrorCode::UnknownId).with("id", id))?;
        return detail(scope, &lookup::payment(scope, &target).await?).await;
    }
    match lookup::payment(scope, id).await {
        Ok(located) => detail(scope, &located).await,
        Err(error) if error.code == ErrorCode::UnknownId && of(&["pi_"]) => {
            let found =
                open.mirror.payment_intents().by_vendor_id_any_account(id).await.map_err(of_mirror)?;
            let one = found.into_iter().next().ok_or(error)?;
            let label = label_of(rows, one.account_id);
            Ok(Shown::PaymentIntent(Box::new(views::payment_intent(&one.value, &label))))
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn detail(scope: &Resolved, located: &Located) -> Result<Shown, ErrorBody> {
    let (mirror, row) = (&located.open.mirror, &located.row);
    let label = row.label.as_str();
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", &located.vendor_id);
    let found = mirror.payments().by_id(row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let found = found.ok_or_else(unknown)?;
    let intention = match &found.payment.payment_intent_id {
        Some(id) => mirror.payment_intents().by_id(row.id, id).await.map_err(of_mirror)?.map(|one| one.value),
        None => None,
    };
    let disputes = mirror.disputes().for_payment(row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let refunds = refunds_of(mirror, row, &located.vendor_id, scope.clock.now()).await?;
    let actions = actions(&found.payment, intention.as_ref());
    Ok(Shown::Payment(Box::new(PaymentDetail {
        timeline: timeline(located, &found).await?,
        vendor_url: views::vendor_url(row.environment, &located.vendor_id),
        payment: views::payment(&found, label),
        intention: intention.as_ref().map(|one| views::payment_intent(one, label)),
        refunds,
        disputes: disputes.iter().map(|one| views::dispute(&one.value, label)).collect(),
        actions,
    })))
}

/// What can be done, as far as the mirror tells; each action asks the vendor again before it acts.
fn actions(payment: &Payment, intention: Option<&PaymentIntent>) -> PaymentActions {
    let uncaptured = payment.status == PaymentStatus::Uncaptured;
    let waiting = intention.is_none_or(|one| one.status == PaymentIntentStatus::RequiresCapture);
    PaymentActions {
        refund: payment.status == PaymentStatus::Succeeded && payment.refunded_minor < payment.captured_minor,
        capture: uncaptured && waiting,
        cancel: uncaptured && waiting && payment.payment_intent_id.is_some(),
    }
}

fn entry(at: Timestamp, sort: &str, what: String, id: &str) -> TimelineEntry {
    TimelineEntry { at, sort: sort.to_owned(), what, id: id.to_owned(), amount: None, detail: None }
}

/// Everything that happened to a payment, oldest first.
async fn timeline(located: &Located, found: &FoundPayment) -> Result<Vec<TimelineEntry>, ErrorBody> {
    let (mirror, account, id) = (&located.open.mirror, located.row.id, located.vendor_id.as_str());
    let payment = &found.payment;
    let mut entries = vec![TimelineEntry {
        amount: Some(payment.amount),
        detail: payment.decline_reason.clone().or_else(|| payment.failure_code.clone()),
        ..entry(payment.created_at, "payment", format!("payment_{}", payment.status), id)
    }];
    for one in mirror.refunds().for_payment(account, id).await.map_err(of_mirror)? {
        let refund = one.value;
        entries.push(TimelineEntry {
            amount: Some(refund.amount),
            detail: refund.failure_reason.clone().or_else(|| refund.reason.as_ref().map(ToString::to_string)),
            ..entry(refund.created_at, "refund", format!("refund_{}", refund.status), &refund.vendor_id)
        });
    }
    for one in mirror.disputes().for_payment(account, id).await.map_err(of_mirror)? {
        let dispute = one.value;
        entries.push(TimelineEntry {
            amount: Some(dispute.amount),
            detail: dispute.reason.clone(),
            ..entry(dispute.created_at, "dispute", format!("dispute_{}", dispute.status), &dispute.vendor_id)
        });
    }
    for one in mirror.events().for_payment(account, id).await.map_err(of_mirror)? {
        let event = one.value;
        entries.push(TimelineEntry {
            detail: event.request_id.clone(),
            ..entry(event.created_at, "event", event.kind.clone(), &event.vendor_id)
        });
    }
    for intent in super::intents::of_target(located).await? {
        entries.push(TimelineEntry {
            amount: intent.amount,
            detail: intent.note.clone().or_else(|| intent.problem_code.clone()),
            ..entry(
                intent.created_at,
                "intent",
                format!("intent_{}_{}", intent.kind, intent.state),
                &intent.id.to_string(),
            )
        });
    }
    entries.extend(super::messages::timeline(mirror, account, id).await?);
    entries.extend(super::refund_notices::timeline(mirror, account, id).await?);
    entries.sort_by_key(|one| one.at);
    Ok(entries)
}

/// Answers `show_customer`.
pub(crate) async fn show_customer(scope: &Resolved, id: &str) -> Result<CustomerDetail, ErrorBody> {
    let (open, rows) = scope.accounts().await?;
    let shown = Shown::Customer(Box::new(of_customer(scope, id).await?));
    super::book::opened(scope, &open, &rows, &shown).await;
    match shown {
        Shown::Customer(customer) => Ok(*customer),
        _ => Err(errors::defect("a customer was asked for and something else came")),
    }
}

async fn of_customer(scope: &Resolved, id: &str) -> Result<CustomerDetail, ErrorBody> {
    let located = lookup::customer(scope, id).await?;
    let (mirror, row) = (&located.open.mirror, &located.row);
    let label = row.label.as_str();
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", id);
    let customer = mirror.customers().by_id(row.id, &located.vendor_id).await.map_err(of_mirror)?;
    let customer = customer.ok_or_else(unknown)?;
    let payments = mirror
        .payments()
        .by_customer(row.id, &located.vendor_id, PAYMENTS_OF_CUSTOMER, None)
        .await
        .map_err(of_mirror)?;
    let query = format!("customer:{}", located.vendor_id);
    let of_row = FindScope::of(row.id, scope.clock.now());
    let total = mirror.count_found(&query, of_row, None).await.map_err(of_mirror)?.payments;
    Ok(CustomerDetail {
        customer: views::customer(&customer.value, label),
        payments: Page {
            items: payments.items.iter().map(|one| views::payment(one, label)).collect(),
            total,
            next: payments.next,
        },
        saved_payment_methods: saved_payment_methods(scope, &located, customer.value.deleted).await,
    })
}

/// What the vendor has saved for a customer; none when it cannot be asked, since the rest of the
/// page must work offline.
async fn saved_payment_methods(
    scope: &Resolved,
    located: &Located,
    deleted: bool,
) -> Option<Vec<contract::payments::SavedPaymentMethodView>> {
    if deleted {
        return Some(Vec::new());
    }
    let account = located.account(scope).await.ok()?;
    let saved = match account.stripe.saved_payment_methods(&located.vendor_id).await {
        Ok(saved) => saved,
        Err(error) => {
            tracing::info!(%error, "saved payment methods could not be read");
            return None;
        }
    };
    if saved.is_empty()
        && let Ok(CustomerFound::Deleted { .. }) = account.stripe.customer(&located.vendor_id).await
    {
        return Some(Vec::new());
    }
    Some(saved.iter().map(views::saved_payment_method).collect())
}

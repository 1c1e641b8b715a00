//! From our records to what the shells show.

use std::collections::BTreeMap;

use contract::payments::{
    CardView, CustomerView, DisputeView, PaymentIntentView, PaymentView, SavedPaymentMethodView,
};
use contract::refunds::RefundView;
use domain::intent::{Intent, IntentKind, IntentState};
use domain::{
    CardFacts, Customer, Dispute, Environment, Money, Payment, PaymentIntent, PaymentStatus, Refund,
    SavedPaymentMethod, Timestamp,
};
use mirror::FoundPayment;
use operations::undo;

fn words(metadata: &[(String, String)]) -> BTreeMap<String, String> {
    metadata.iter().cloned().collect()
}

fn card(facts: &CardFacts) -> Option<CardView> {
    if *facts == CardFacts::default() {
        return None;
    }
    Some(CardView {
        brand: facts.brand.clone(),
        last4: facts.last4.clone(),
        exp_month: facts.exp_month,
        exp_year: facts.exp_year,
        country: facts.country.clone(),
        funding: facts.funding.clone(),
    })
}

/// The one word for a list. A dispute outweighs a refund, and a refund the status, because that is
/// what the reader must know first.
fn state_word(payment: &Payment) -> String {
    if payment.disputed {
        "disputed".to_owned()
    } else if payment.status == PaymentStatus::Succeeded && payment.refunded_minor > 0 {
        let whole = payment.refunded_minor >= payment.captured_minor;
        if whole { "refunded" } else { "partially_refunded" }.to_owned()
    } else {
        payment.status.to_string()
    }
}

/// A payment, with the label of its account.
pub(crate) fn payment(found: &FoundPayment, label: &str) -> PaymentView {
    let payment = &found.payment;
    PaymentView { own_id: found.own_id.clone(), ..bare_payment(payment, label, found.observed_at) }
}

/// A payment that has no own id yet, because it only just came from the vendor.
pub(crate) fn bare_payment(payment: &Payment, label: &str, as_of: Timestamp) -> PaymentView {
    let money = |minor| Money::new(minor, payment.amount.currency);
    PaymentView {
        id: payment.vendor_id.clone(),
        own_id: String::new(),
        account: label.to_owned(),
        vendor: "stripe".to_owned(),
        payment_intent: payment.payment_intent_id.clone(),
        amount: payment.amount,
        captured: money(payment.captured_minor),
        refunded: money(payment.refunded_minor),
        presentment: payment.presentment,
        status: payment.status.to_string(),
        state: state_word(payment),
        disputed: payment.disputed,
        created: payment.created_at,
        customer: payment.customer_id.clone(),
        email: payment.email.clone(),
        name: payment.name.clone(),
        description: payment.description.clone(),
        statement_descriptor: payment.statement_descriptor.clone(),
        receipt_number: payment.receipt_number.clone(),
        method: payment.method.clone(),
        card: card(&payment.card),
        failure_code: payment.failure_code.clone(),
        failure_message: payment.failure_message.clone(),
        decline_reason: payment.decline_reason.clone(),
        risk_level: payment.risk_level.clone(),
        metadata: words(&payment.metadata),
        as_of,
    }
}

/// A payer's intention.
pub(crate) fn payment_intent(one: &PaymentIntent, label: &str) -> PaymentIntentView {
    let money = |minor| Money::new(minor, one.amount.currency);
    PaymentIntentView {
        id: one.vendor_id.clone(),
        account: label.to_owned(),
        amount: one.amount,
        received: money(one.received_minor),
        capturable: money(one.capturable_minor),
        status: one.status.to_string(),
        created: one.created_at,
        customer: one.customer_id.clone(),
        payment: one.latest_payment_id.clone(),
        description: one.description.clone(),
    }
}

/// A dispute.
pub(crate) fn dispute(one: &Dispute, label: &str) -> DisputeView {
    DisputeView {
        id: one.vendor_id.clone(),
        account: label.to_owned(),
        payment: one.payment_id.clone(),
        amount: one.amount,
        status: one.status.to_string(),
        open: one.status.is_open(),
        reason: one.reason.clone(),
        created: one.created_at,
        evidence_due: one.evidence_due_at,
    }
}

/// A customer.
pub(crate) fn customer(one: &Customer, label: &str) -> CustomerView {
    CustomerView {
        id: one.vendor_id.clone(),
        account: label.to_owned(),
        email: one.email.clone(),
        name: one.name.clone(),
        phone: one.phone.clone(),
        description: one.description.clone(),
        created: one.created_at,
        deleted: one.deleted,
        metadata: words(&one.metadata),
    }
}

/// A saved means of payment.
pub(crate) fn saved_payment_method(one: &SavedPaymentMethod) -> SavedPaymentMethodView {
    SavedPaymentMethodView {
        id: one.vendor_id.clone(),
        method: one.method.clone(),
        card: card(&one.card),
        created: one.created_at,
    }
}

/// The payment's page in the vendor's dashboard; a sandbox has none.
pub(crate) fn vendor_url(environment: Environment, vendor_id: &str) -> Option<String> {
    match environment {
        Environment::Sandbox => None,
        Environment::Test => Some(format!("https://dashboard.stripe.com/test/payments/{vendor_id}")),
        Environment::Live => Some(format!("https://dashboard.stripe.com/payments/{vendor_id}")),
    }
}

/// Whether a refund that is at the vendor can still be stopped, and where: by a call only while the payer
/// must act, of a card for a short while in the dashboard (docs.stripe.com/refunds).
fn stoppable(status: Option<&str>) -> String {
    match status {
        Some("requires_action") => "by_payer",
        Some("requires_review") => "in_review",
        Some("failed" | "canceled") => "no",
        _ => "at_vendor",
    }
    .to_owned()
}

/// A refund that was issued elsewhere: there is no intent of ours for it.
pub(crate) fn refund_from_elsewhere(
    one: &Refund,
    label: &str,
    as_of: Timestamp,
    environment: Environment,
) -> RefundView {
    RefundView {
        kind: IntentKind::Refund.to_string(),
        payment: one.payment_id.clone(),
        state: None,
        refund_status: Some(one.status.to_string()),
        refund_id: Some(one.vendor_id.clone()),
        intent_id: None,
        amount: Some(one.amount),
        account: label.to_owned(),
        reason: one.reason.as_ref().map(ToString::to_string),
        note: None,
        created: one.created_at,
        updated: as_of,
        next_try: None,
        pending_reason: one.pending_reason.clone(),
        failure_reason: one.failure_reason.clone(),
        trace_reference: one.trace_reference.clone(),
        problem: None,
        problem_detail: None,
        release_at: None,
        can_withdraw: false,
        can_send: false,
        stoppable: stoppable(Some(one.status.as_str())),
        vendor_url: one.payment_id.as_deref().and_then(|id| vendor_url(environment, id)),
        can_close: false,
        approved_by: None,
        approval: None,
        repeated: false,
    }
}

/// An intent for a refund with the refund that it made, where the mirror has it. The refund's own
/// status is the mirror's where it is known there, since it moves on after the intent settled.
pub(crate) fn refund_of_intent(
    intent: &Intent,
    refund: Option<&Refund>,
    label: &str,
    environment: Environment,
    now: Timestamp,
) -> RefundView {
    let payment = refund.and_then(|one| one.payment_id.clone()).or_else(|| intent.target_id.clone());
    let can_withdraw = undo::may_be_withdrawn(intent);
    let status = refund.map(|one| one.status.to_string()).or_else(|| intent.object_status.clone());
    RefundView {
        kind: intent.kind.to_string(),
        vendor_url: payment.as_deref().and_then(|id| vendor_url(environment, id)),
        payment,
        release_at: intent.release_at.filter(|_| intent.state == IntentState::Waiting),
        can_withdraw,
        can_send: undo::may_be_sent_now(intent, now),
        stoppable: match intent.state {
            IntentState::Settled => stoppable(status.as_deref()),
            IntentState::Refused | IntentState::Canceled => "no".to_owned(),
            _ if can_withdraw => "here".to_owned(),
            _ => "not_known".to_owned(),
        },
        state: Some(intent.state.to_string()),
        refund_status: status,
        refund_id: intent.object_id.clone(),
        intent_id: Some(intent.id.to_string()),
        amount: intent.amount,
        account: label.to_owned(),
        reason: intent.reason.as_ref().map(ToString::to_string),
        note: intent.note.clone(),
        created: intent.created_at,
        updated: intent.updated_at,
        next_try: intent.next_try_at,
        pending_reason: refund.and_then(|one| one.pending_reason.clone()),
        failure_reason: refund.and_then(|one| one.failure_reason.clone()),
        trace_reference: refund.and_then(|one| one.trace_reference.clone()),
        problem: intent.problem_code.clone(),
        problem_detail: intent.problem_detail.clone(),
        can_close: intent.state == IntentState::NeedsPerson && intent.progress.empty_looks > 0,
        approved_by: None,
        approval: intent.approval.map(|id| id.to_string()),
        repeated: false,
    }
}

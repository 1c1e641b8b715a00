//! Charges and PaymentIntents (vendor facts 1.10).

use domain::{CardFacts, Money, Payment, PaymentIntent, PaymentIntentStatus, PaymentStatus};

use crate::stripe::json::{Json, Unread};

/// A charge as a payment.
pub(crate) fn payment(tree: &Json<'_>) -> Result<Payment, Unread> {
    let amount = tree.need_money()?;
    let status = payment_status(tree);
    let outcome = tree.get("outcome");
    let billing = tree.get("billing_details");
    let details = tree.get("payment_method_details");
    let has_failed = status == PaymentStatus::Failed;
    Ok(Payment {
        vendor_id: tree.need_id()?,
        payment_intent_id: tree.id_of("payment_intent"),
        amount,
        captured_minor: captured(tree, amount.minor)?,
        refunded_minor: tree.need_amount("amount_refunded")?,
        presentment: presentment(tree.get("presentment_details")),
        status,
        disputed: tree.flag("disputed").unwrap_or(tree.id_of("dispute").is_some()),
        created_at: tree.need_created()?,
        customer_id: tree.id_of("customer"),
        email: tree.text("receipt_email").or_else(|| billing.text("email")),
        name: billing.text("name"),
        postal_code: billing.get("address").text("postal_code"),
        description: tree.text("description"),
        statement_descriptor: tree
            .text("calculated_statement_descriptor")
            .or_else(|| tree.text("statement_descriptor")),
        receipt_number: tree.text("receipt_number"),
        method: details.text("type").or_else(|| tree.get("source").text("object")),
        payment_method_id: tree.id_of("payment_method").or_else(|| tree.id_of("source")),
        card: card_of_payment(tree),
        failure_code: tree.text("failure_code"),
        failure_message: tree.text("failure_message"),
        // On a payment that went through, the same field holds Radar's reason for a review.
        decline_reason: outcome.text("reason").filter(|_| has_failed),
        risk_level: outcome.text("risk_level"),
        balance_entry_id: tree.id_of("balance_transaction"),
        metadata: tree.metadata(),
    })
}

/// Stripe says `succeeded` for an authorisation as well; `captured` tells it apart, and one that was
/// let go counts as refunded although no money was taken.
fn payment_status(tree: &Json<'_>) -> PaymentStatus {
    let is_captured = tree.flag("captured").unwrap_or(true);
    let intent_is_canceled = tree.get("payment_intent").text("status").as_deref() == Some("canceled");
    let word = tree.text("status").unwrap_or_else(|| "unknown".to_owned());
    match PaymentStatus::from(word.as_str()) {
        PaymentStatus::Succeeded
            if !is_captured && (tree.flag("refunded") == Some(true) || intent_is_canceled) =>
        {
            PaymentStatus::Canceled
        }
        PaymentStatus::Succeeded if !is_captured => PaymentStatus::Uncaptured,
        // `canceled` and `uncaptured` are our words; Stripe has no such status of a charge.
        other => other,
    }
}

/// What was taken. Versions before 2020 have no `amount_captured`; there `captured` decides.
fn captured(tree: &Json<'_>, amount: i64) -> Result<i64, Unread> {
    let has_succeeded = tree.get("status").as_text() == Some("succeeded");
    let default = if has_succeeded && tree.flag("captured").unwrap_or(true) { amount } else { 0 };
    tree.amount_or("amount_captured", default)
}

/// What the payer saw, where Stripe converted it.
fn presentment(details: &Json<'_>) -> Option<Money> {
    let minor = details.whole("presentment_amount").ok().flatten()?;
    Some(Money::new(minor, details.need_currency("presentment_currency").ok()?))
}

/// The card from where it stands: the details of the method used, or the old `source`.
fn card_of_payment(tree: &Json<'_>) -> CardFacts {
    let details = tree.get("payment_method_details");
    let in_details = ["card", "card_present", "interac_present"]
        .into_iter()
        .map(|method| details.get(method))
        .find(|card| matches!(card, Json::Map(_)));
    match in_details {
        Some(card) => card_facts(card),
        None if tree.get("source").get("object").as_text() == Some("card") => card_facts(tree.get("source")),
        None => CardFacts::default(),
    }
}

/// What may be shown of a card.
pub(crate) fn card_facts(card: &Json<'_>) -> CardFacts {
    let small = |name: &'static str| card.whole(name).ok().flatten();
    CardFacts {
        brand: card.text("brand"),
        last4: card.text("last4"),
        exp_month: small("exp_month").and_then(|month| u8::try_from(month).ok()),
        exp_year: small("exp_year").and_then(|year| u16::try_from(year).ok()),
        country: card.text("country"),
        funding: card.text("funding"),
        fingerprint: card.text("fingerprint"),
    }
}

/// A PaymentIntent.
pub(crate) fn payment_intent(tree: &Json<'_>) -> Result<PaymentIntent, Unread> {
    let problem = tree.get("last_payment_error");
    let word = tree.text("status").unwrap_or_else(|| "unknown".to_owned());
    Ok(PaymentIntent {
        vendor_id: tree.need_id()?,
        amount: tree.need_money()?,
        received_minor: tree.amount_or("amount_received", 0)?,
        capturable_minor: tree.amount_or("amount_capturable", 0)?,
        status: PaymentIntentStatus::from(word.as_str()),
        created_at: tree.need_created()?,
        customer_id: tree.id_of("customer"),
        latest_payment_id: tree.id_of("latest_charge"),
        description: tree.text("description"),
        cancellation_reason: tree.text("cancellation_reason"),
        last_error_code: problem.text("code").or_else(|| problem.text("decline_code")),
        metadata: tree.metadata(),
    })
}

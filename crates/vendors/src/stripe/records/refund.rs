//! Refunds and disputes (vendor facts 1.11 and 1.12).

use domain::{Dispute, DisputeStatus, Refund, RefundReason, RefundStatus, Timestamp};

use super::INTENT_METADATA;
use crate::stripe::json::{Json, Unread};

/// A refund.
pub(crate) fn refund(tree: &Json<'_>) -> Result<Refund, Unread> {
    let metadata = tree.metadata();
    let intent_id = metadata.iter().find(|(name, _)| name == INTENT_METADATA).map(|(_, value)| value.clone());
    // The status is nullable; nothing is known then, which is neither success nor failure.
    let word = tree.text("status").unwrap_or_else(|| "unknown".to_owned());
    Ok(Refund {
        vendor_id: tree.need_id()?,
        payment_id: tree.id_of("charge"),
        payment_intent_id: tree.id_of("payment_intent"),
        amount: tree.need_money()?,
        status: RefundStatus::from(word.as_str()),
        reason: tree.get("reason").as_text().map(RefundReason::from),
        created_at: tree.need_created()?,
        pending_reason: tree.text("pending_reason"),
        failure_reason: tree.text("failure_reason"),
        trace_reference: trace_reference(tree.get("destination_details")),
        balance_entry_id: tree.id_of("balance_transaction"),
        intent_id,
        metadata,
    })
}

/// The bank's reference stands under the name of the method that the money went back to.
fn trace_reference(details: &Json<'_>) -> Option<String> {
    let Json::Map(methods) = details else { return None };
    methods.iter().find_map(|(_, method)| method.text("reference"))
}

/// A dispute.
pub(crate) fn dispute(tree: &Json<'_>) -> Result<Dispute, Unread> {
    let word = tree.text("status").unwrap_or_else(|| "unknown".to_owned());
    let due = tree.get("evidence_details").time("due_by");
    Ok(Dispute {
        vendor_id: tree.need_id()?,
        payment_id: tree.id_of("charge"),
        amount: tree.need_money()?,
        status: DisputeStatus::from(word.as_str()),
        reason: tree.text("reason"),
        created_at: tree.need_created()?,
        // 0 means that no answer is allowed.
        evidence_due_at: due.filter(|due| *due > Timestamp::from_ms(0)),
        payment_refundable: tree.flag("is_charge_refundable"),
    })
}

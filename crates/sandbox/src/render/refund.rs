//! Refunds and disputes.

use super::{View, method_id, write_metadata};
use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::{Dispute, Refund, RefundStatus};
use crate::random::mix;

/// The evidence fields that hold text; the other two are objects.
pub(crate) const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

/// Writes a refund.
pub(crate) fn write_refund<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    refund: &Refund,
    expand: &Expand,
) {
    let (customer, payment_method) = view.world.parties(refund.charge);
    json.object(|json| {
        json.field_id("id", Kind::Refund, index);
        json.field("object", "refund");
        json.field_number("amount", refund.amount);
        view.reference(
            json,
            "balance_transaction",
            Kind::BalanceTransaction,
            refund.balance_transaction,
            expand,
        );
        view.reference(json, "charge", Kind::Charge, Some(refund.charge), expand);
        json.field_number("created", refund.created);
        json.field("currency", refund.currency.code());
        view.reference(json, "customer", Kind::Customer, customer, expand);
        json.field_null("customer_account");
        write_destination(json, index, refund);
        if let Some(line) = refund.failure_transaction {
            view.reference(json, "failure_balance_transaction", Kind::BalanceTransaction, Some(line), expand);
        }
        if let Some(reason) = refund.failure_reason {
            json.field("failure_reason", reason);
        }
        write_metadata(json, &refund.metadata);
        if refund.status == RefundStatus::RequiresAction {
            json.field_object("next_action", |json| json.field("type", "display_details"));
        }
        view.reference(json, "payment_intent", Kind::PaymentIntent, refund.payment_intent, expand);
        json.field("payment_method", &method_id(view.world, payment_method));
        if let Some(reason) = refund.pending_reason {
            json.field("pending_reason", reason);
        }
        json.field_null("presentment_details");
        json.field_or_null("reason", refund.reason);
        json.field_nulls(&["receipt_number", "source_transfer_reversal"]);
        json.field("status", refund.status.word());
        json.field_null("transfer_reversal");
    });
}

fn write_destination(json: &mut Json<'_>, index: u32, refund: &Refund) {
    let settled = refund.status == RefundStatus::Succeeded && refund.balance_transaction.is_some();
    json.field_object("destination_details", |json| {
        json.field_object("card", |json| {
            if settled {
                json.field(
                    "reference",
                    &format!("7{:022}", u128::from(mix(u64::from(index) ^ 0x61726e)) % 10_u128.pow(22)),
                );
                json.field("reference_status", "available");
                json.field("reference_type", "acquirer_reference_number");
                json.field("type", "refund");
            } else if refund.balance_transaction.is_none() {
                json.field("type", "reversal");
            } else {
                json.field("reference_status", "pending");
                json.field("reference_type", "acquirer_reference_number");
                json.field("type", "refund");
            }
        });
        json.field("type", "card");
    });
}

/// Writes a dispute.
pub(crate) fn write_dispute<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    dispute: &Dispute,
    expand: &Expand,
) {
    let card = &view.world.charges.at(dispute.charge).card;
    json.object(|json| {
        json.field_id("id", Kind::Dispute, index);
        json.field("object", "dispute");
        json.field_number("amount", dispute.amount);
        json.key("balance_transactions");
        json.list(|json| {
            for line in &dispute.transactions {
                json.item();
                view.object(json, Kind::BalanceTransaction, *line, Expand::nothing());
            }
        });
        view.reference(json, "charge", Kind::Charge, Some(dispute.charge), expand);
        json.field_number("created", dispute.created);
        json.field("currency", dispute.currency.code());
        json.field_texts("enhanced_eligibility_types", []);
        write_evidence(json, dispute);
        write_evidence_details(view.now, json, dispute);
        json.field_null("intended_submission_method");
        json.field_bool("is_charge_refundable", dispute.inquiry && dispute.status != "warning_closed");
        json.field_bool("livemode", false);
        write_metadata(json, &dispute.metadata);
        json.field("network_reason_code", dispute.network_code);
        view.reference(json, "payment_intent", Kind::PaymentIntent, dispute.payment_intent, expand);
        json.field_object("payment_method_details", |json| {
            json.field_object("card", |json| {
                json.field("brand", card.brand.word());
                json.field("case_type", if dispute.inquiry { "inquiry" } else { "chargeback" });
                json.field("network", card.brand.word());
                json.field("network_reason_code", dispute.network_code);
            });
            json.field("type", "card");
        });
        json.field("reason", dispute.reason);
        json.field("status", dispute.status);
    });
}

fn write_evidence(json: &mut Json<'_>, dispute: &Dispute) {
    json.field_object("evidence", |json| {
        for name in EVIDENCE {
            let value = dispute.evidence.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value);
            json.field_or_null(name, value);
        }
        json.field_object("enhanced_evidence", |_| {});
        json.field_null("appeal");
    });
}

fn write_evidence_details(now: i64, json: &mut Json<'_>, dispute: &Dispute) {
    let waiting = matches!(dispute.status, "needs_response" | "warning_needs_response");
    json.field_object("evidence_details", |json| {
        json.field_number_or_null("due_by", dispute.due_by);
        json.field_object("enhanced_eligibility", |_| {});
        json.field_bool("has_evidence", !dispute.evidence.is_empty());
        json.field_bool("past_due", waiting && dispute.due_by.is_some_and(|due| due < now));
        json.field_number("submission_count", i64::from(dispute.submissions));
    });
}

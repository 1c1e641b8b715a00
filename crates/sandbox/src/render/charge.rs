//! Charges and PaymentIntents.

use super::{View, fingerprint, last4, method_id, write_billing, write_metadata};
use crate::cards::{Brand, Card, Decline};
use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::{Charge, ChargeStatus, IntentStatus, PaymentIntent};
use crate::random::mix;

/// How many refunds a charge shows inside itself.
const SHOWN_REFUNDS: usize = 10;

/// Writes a charge: the 48 fields of the version, `refunds` only when asked for.
pub(crate) fn write_charge<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    charge: &Charge,
    expand: &Expand,
) {
    let succeeded = charge.status == ChargeStatus::Succeeded;
    json.object(|json| {
        json.field_id("id", Kind::Charge, index);
        json.field("object", "charge");
        json.field_number("amount", charge.amount);
        json.field_number("amount_captured", charge.amount_captured);
        json.field_number("amount_refunded", charge.amount_refunded);
        json.field_nulls(&["application", "application_fee", "application_fee_amount"]);
        view.reference(
            json,
            "balance_transaction",
            Kind::BalanceTransaction,
            charge.balance_transaction,
            expand,
        );
        write_billing(json, &charge.contact);
        json.field("calculated_statement_descriptor", "NORDWIND GOODS");
        json.field_bool("captured", charge.captured);
        json.field_number("created", charge.created);
        json.field("currency", charge.currency.code());
        view.reference(json, "customer", Kind::Customer, charge.customer, expand);
        json.field_or_null("description", charge.description.as_deref());
        json.field_bool("disputed", charge.disputed);
        json.field_null("failure_balance_transaction");
        json.field_or_null("failure_code", charge.decline.map(|decline| decline.code));
        json.field_or_null("failure_message", charge.decline.map(|decline| decline.message));
        json.field_object("fraud_details", |json| {
            if let Some(report) = charge.fraud_report {
                json.field("user_report", report);
            }
        });
        json.field_bool("livemode", false);
        write_metadata(json, &charge.metadata);
        json.field_null("on_behalf_of");
        write_outcome(json, charge);
        json.field_bool("paid", succeeded);
        view.reference(json, "payment_intent", Kind::PaymentIntent, charge.payment_intent, expand);
        json.field("payment_method", &method_id(view.world, charge.payment_method));
        json.field_object("payment_method_details", |json| {
            json.field_object("card", |json| write_card_details(json, index, charge));
            json.field("type", "card");
        });
        json.field_null("presentment_details");
        write_receipt(view, json, index, charge);
        json.field_bool("refunded", charge.refunded);
        if let Some(inner) = expand.get("refunds") {
            write_refund_list(view, json, index, charge, inner);
        }
        json.field_nulls(&["review", "shipping", "source", "source_transfer", "statement_descriptor"]);
        json.field_or_null("statement_descriptor_suffix", charge.statement_suffix.as_deref());
        json.field("status", if succeeded { "succeeded" } else { "failed" });
        json.field_nulls(&["transfer_data", "transfer_group"]);
    });
}

fn write_receipt<'w>(view: View<'w>, json: &mut Json<'w>, index: u32, charge: &Charge) {
    json.field_or_null("receipt_email", charge.receipt_email.as_deref());
    let bits = mix(view.world.seed ^ (u64::from(index) << 20));
    let mailed = charge.receipt_email.is_some() && charge.captured;
    let number = format!("{:04}-{:04}", bits % 10_000, (bits >> 20) % 10_000);
    json.field_or_null("receipt_number", mailed.then_some(number.as_str()));
    let address = format!("https://pay.stripe.com/receipts/payment/{}", fingerprint(bits));
    json.field_or_null("receipt_url", (charge.status == ChargeStatus::Succeeded).then_some(address.as_str()));
}

fn write_refund_list<'w>(view: View<'w>, json: &mut Json<'w>, index: u32, charge: &Charge, expand: &Expand) {
    let nothing = Expand::nothing();
    let inner = expand.get("data").unwrap_or(nothing);
    json.field_object("refunds", |json| {
        json.field("object", "list");
        json.key("data");
        json.list(|json| {
            for refund in charge.refunds.iter().rev().take(SHOWN_REFUNDS) {
                json.item();
                view.object(json, Kind::Refund, *refund, inner);
            }
        });
        json.field_bool("has_more", charge.refunds.len() > SHOWN_REFUNDS);
        json.field_number("total_count", charge.refunds.len() as i64);
        json.field("url", &format!("/v1/charges/{}/refunds", view.world.ids.text(Kind::Charge, index)));
    });
}

fn write_outcome(json: &mut Json<'_>, charge: &Charge) {
    json.field_object("outcome", |json| match charge.decline {
        Some(decline) => write_declined(json, decline, charge.risk_score),
        None => {
            json.field_nulls(&["advice_code", "network_advice_code", "network_decline_code"]);
            json.field("network_status", "approved_by_network");
            json.field_null("reason");
            json.field("risk_level", if charge.risk_score >= 65 { "elevated" } else { "normal" });
            json.field_number("risk_score", i64::from(charge.risk_score));
            json.field("seller_message", "Payment complete.");
            json.field("type", "authorized");
        }
    });
}

fn write_declined(json: &mut Json<'_>, decline: &Decline, risk_score: u8) {
    json.field_or_null("advice_code", decline.advice_code);
    json.field_null("network_advice_code");
    json.field_or_null("network_decline_code", decline.network_decline_code);
    json.field("network_status", decline.network_status);
    json.field_or_null("reason", decline.reason);
    json.field("risk_level", decline.risk_level);
    json.field_number("risk_score", i64::from(if decline.risk_level == "highest" { 92 } else { risk_score }));
    json.field("seller_message", decline.seller_message);
    json.field("type", decline.outcome_type);
}

fn write_card_details(json: &mut Json<'_>, index: u32, charge: &Charge) {
    let card: &Card = &charge.card;
    json.field_number("amount_authorized", charge.amount);
    json.field_or_null(
        "authorization_code",
        charge.decline.is_none().then(|| format!("{:06}", mix(u64::from(index)) % 1_000_000)).as_deref(),
    );
    json.field("brand", card.brand.word());
    if let Some(before) = charge.capture_before {
        json.field_number("capture_before", before);
    }
    json.field_object("checks", |json| {
        json.field_null("address_line1_check");
        json.field_or_null(
            "address_postal_code_check",
            charge.contact.address.postal_code.as_ref().map(|_| "pass"),
        );
        json.field(
            "cvc_check",
            if charge.decline.is_some_and(|decline| decline.code == "incorrect_cvc") {
                "fail"
            } else {
                "pass"
            },
        );
    });
    json.field("country", card.country);
    json.field_number("exp_month", i64::from(card.exp_month));
    json.field_number("exp_year", i64::from(card.exp_year));
    json.field_object("extended_authorization", |json| json.field("status", "disabled"));
    json.field("fingerprint", &fingerprint(card.fingerprint));
    json.field("funding", card.funding);
    json.field_object("incremental_authorization", |json| json.field("status", "unavailable"));
    json.field_null("installments");
    json.field("last4", &last4(card.last4));
    json.field_null("mandate");
    json.field_object("multicapture", |json| json.field("status", "unavailable"));
    json.field("network", card.brand.word());
    json.field_object("network_token", |json| json.field_bool("used", false));
    json.field_or_null(
        "network_transaction_id",
        charge
            .decline
            .is_none()
            .then(|| format!("{:015}", mix(u64::from(index) ^ 0x6e74) % 1_000_000_000_000_000))
            .as_deref(),
    );
    json.field_object("overcapture", |json| {
        json.field_number("maximum_amount_capturable", charge.amount);
        json.field("status", "unavailable");
    });
    json.field(
        "regulated_status",
        if card.funding == "debit" && card.brand == Brand::Visa { "regulated" } else { "unregulated" },
    );
    write_three_d_secure(json, charge);
    json.field_null("transaction_link_id");
    match card.wallet {
        None => json.field_null("wallet"),
        Some(wallet) => json.field_object("wallet", |json| {
            json.field_object(wallet, |_| {});
            json.field("dynamic_last4", &last4(card.last4));
            json.field("type", wallet);
        }),
    }
}

fn write_three_d_secure(json: &mut Json<'_>, charge: &Charge) {
    if !charge.authenticated {
        json.field_null("three_d_secure");
        return;
    }
    json.field_object("three_d_secure", |json| {
        json.field("authentication_flow", "challenge");
        json.field(
            "electronic_commerce_indicator",
            if charge.card.brand == Brand::Mastercard { "02" } else { "05" },
        );
        json.field_null("exemption_indicator");
        json.field("result", "authenticated");
        json.field_null("result_reason");
        json.field(
            "transaction_id",
            &format!("{:016x}", mix(charge.created as u64 ^ charge.card.fingerprint)),
        );
        json.field("version", "2.2.0");
    });
}

/// Where a customer would answer the bank's challenge; on the sandbox it leads nowhere.
fn next_action_url(id: &str) -> String {
    format!("https://hooks.stripe.com/3d_secure_2/hosted?merchant=sandbox&payment_intent={id}")
}

/// Writes a PaymentIntent.
pub(crate) fn write_intent<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    intent: &PaymentIntent,
    expand: &Expand,
) {
    let id = view.world.ids.text(Kind::PaymentIntent, index);
    json.object(|json| {
        json.field("id", &id);
        json.field("object", "payment_intent");
        json.field_number("amount", intent.amount);
        json.field_number("amount_capturable", intent.amount_capturable);
        json.field_object("amount_details", |json| json.field_object("tip", |_| {}));
        json.field_number("amount_received", intent.amount_received);
        json.field_nulls(&["application", "application_fee_amount"]);
        json.field_object("automatic_payment_methods", |json| {
            json.field("allow_redirects", "always");
            json.field_bool("enabled", true);
        });
        json.field_number_or_null("canceled_at", intent.canceled_at);
        json.field_or_null("cancellation_reason", intent.cancellation_reason);
        json.field("capture_method", if intent.manual_capture { "manual" } else { "automatic_async" });
        json.field(
            "client_secret",
            &format!("{id}_secret_{}", fingerprint(mix(view.world.seed ^ u64::from(index)))),
        );
        json.field("confirmation_method", "automatic");
        json.field_number("created", intent.created);
        json.field("currency", intent.currency.code());
        view.reference(json, "customer", Kind::Customer, intent.customer, expand);
        json.field_null("customer_account");
        json.field_or_null("description", intent.description.as_deref());
        json.field_null("excluded_payment_method_types");
        write_last_error(view, json, intent);
        view.reference(json, "latest_charge", Kind::Charge, intent.latest_charge, expand);
        json.field_bool("livemode", false);
        json.field_object("managed_payments", |json| json.field_bool("enabled", false));
        write_metadata(json, &intent.metadata);
        write_next_action(json, intent, &id);
        json.field_null("on_behalf_of");
        view.reference(json, "payment_method", Kind::PaymentMethod, intent.payment_method, expand);
        json.field_null("payment_method_configuration_details");
        json.field_object("payment_method_options", |json| {
            json.field_object("card", |json| {
                json.field_nulls(&["installments", "mandate_options", "network"]);
                json.field("request_three_d_secure", "automatic");
            });
        });
        json.field_texts("payment_method_types", ["card"]);
        json.field_nulls(&["presentment_details", "processing"]);
        json.field_or_null("receipt_email", intent.receipt_email.as_deref());
        json.field_nulls(&[
            "review",
            "setup_future_usage",
            "shipping",
            "source",
            "statement_descriptor",
            "statement_descriptor_suffix",
        ]);
        json.field("status", intent.status.word());
        json.field_nulls(&["transfer_data", "transfer_group"]);
    });
}

fn write_last_error<'w>(view: View<'w>, json: &mut Json<'w>, intent: &PaymentIntent) {
    let Some(decline) = intent.last_error else {
        json.field_null("last_payment_error");
        return;
    };
    json.field_object("last_payment_error", |json| {
        if let Some(charge) = intent.latest_charge {
            json.field_id("charge", Kind::Charge, charge);
        }
        json.field("code", decline.code);
        if let Some(code) = decline.decline_code {
            json.field("decline_code", code);
        }
        json.field(
            "doc_url",
            &format!("https://stripe.com/docs/error-codes/{}", decline.code.replace('_', "-")),
        );
        json.field("message", decline.message);
        if let Some(charge) = intent.latest_charge {
            json.key("payment_method");
            let method = view.world.charges.at(charge).payment_method;
            view.object(json, Kind::PaymentMethod, method, Expand::nothing());
        }
        json.field("type", "card_error");
    });
}

fn write_next_action(json: &mut Json<'_>, intent: &PaymentIntent, id: &str) {
    if intent.status != IntentStatus::RequiresAction {
        json.field_null("next_action");
        return;
    }
    json.field_object("next_action", |json| {
        json.field_object("redirect_to_url", |json| {
            json.field_null("return_url");
            json.field("url", &next_action_url(id));
        });
        json.field("type", "redirect_to_url");
    });
}

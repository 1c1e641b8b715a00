//! Balance lines, payouts and events.

use super::{API_VERSION, View, fingerprint, write_metadata};
use crate::currency::decimal;
use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::Payout;
use crate::random::mix;

/// Writes a balance transaction; whether it is available depends on the clock.
pub(crate) fn write_transaction<'w>(view: View<'w>, json: &mut Json<'w>, index: u32, expand: &Expand) {
    let line = view.world.transactions.at(index);
    json.object(|json| {
        json.field_id("id", Kind::BalanceTransaction, index);
        json.field("object", "balance_transaction");
        json.field_number("amount", line.amount);
        json.field_number("available_on", line.available_on);
        json.field("balance_type", "payments");
        json.field_number("created", line.created);
        json.field("currency", line.currency.code());
        json.field_or_null("description", line.description.as_deref());
        match line.rate {
            None => json.field_null("exchange_rate"),
            Some(rate) => {
                json.key("exchange_rate");
                json.raw(&decimal(rate, 6));
            }
        }
        json.field_number("fee", line.fee);
        json.key("fee_details");
        json.list(|json| {
            if line.fee != 0 {
                json.item();
                json.object(|json| {
                    json.field_number("amount", line.fee);
                    json.field_null("application");
                    json.field("currency", line.currency.code());
                    json.field("description", line.fee_words.1);
                    json.field("type", line.fee_words.0);
                });
            }
        });
        json.field_number("net", line.net());
        json.field("reporting_category", line.words.1);
        let (kind, source) = line.source.id();
        view.reference(json, "source", kind, Some(source), expand);
        json.field("status", if line.available_on <= view.now { "available" } else { "pending" });
        json.field("type", line.words.0);
    });
}

/// Writes a payout.
pub(crate) fn write_payout<'w>(
    view: View<'w>,
    json: &mut Json<'w>,
    index: u32,
    payout: &Payout,
    expand: &Expand,
) {
    json.object(|json| {
        json.field_id("id", Kind::Payout, index);
        json.field("object", "payout");
        json.field_number("amount", payout.amount);
        json.field_nulls(&["application_fee", "application_fee_amount"]);
        json.field_number("arrival_date", payout.arrival);
        let by_hand = payout.by_hand.as_deref();
        json.field_bool("automatic", by_hand.is_none());
        view.reference(
            json,
            "balance_transaction",
            Kind::BalanceTransaction,
            Some(payout.balance_transaction),
            expand,
        );
        json.field_number("created", payout.created);
        json.field("currency", payout.currency.code());
        let description = match by_hand {
            None => Some("STRIPE PAYOUT"),
            Some(by_hand) => by_hand.description.as_deref(),
        };
        json.field_or_null("description", description);
        json.field(
            "destination",
            &format!(
                "ba_1{}",
                fingerprint(mix(view.world.seed ^ u64::from(payout.currency.code().as_bytes()[0])))
            ),
        );
        view.reference(
            json,
            "failure_balance_transaction",
            Kind::BalanceTransaction,
            payout.failure_transaction,
            expand,
        );
        json.field_or_null("failure_code", payout.failure.map(|(code, _)| code));
        json.field_or_null("failure_message", payout.failure.map(|(_, message)| message));
        json.field_bool("livemode", false);
        write_metadata(json, by_hand.map_or(&Vec::new(), |by_hand| &by_hand.metadata));
        json.field(
            "method",
            if by_hand.is_some_and(|by_hand| by_hand.instant) { "instant" } else { "standard" },
        );
        json.field_nulls(&["original_payout", "payout_method"]);
        let reconciliation = match (by_hand, payout.reconciled) {
            (Some(_), _) => "not_applicable",
            (None, true) => "completed",
            (None, false) => "in_progress",
        };
        json.field("reconciliation_status", reconciliation);
        json.field_null("reversed_by");
        json.field("source_type", "card");
        json.field_null("statement_descriptor");
        json.field("status", payout.status);
        write_trace(json, index, payout);
        json.field("type", "bank_account");
    });
}

fn write_trace(json: &mut Json<'_>, index: u32, payout: &Payout) {
    json.field_object("trace_id", |json| {
        if payout.status == "paid" {
            json.field("status", "supported");
            json.field(
                "value",
                &format!("{:015}", mix(u64::from(index) ^ 0x74_7261) % 1_000_000_000_000_000),
            );
        } else {
            json.field("status", "pending");
            json.field_null("value");
        }
    });
}

/// Writes an event: the object as it was then.
pub(crate) fn write_event<'w>(view: View<'w>, json: &mut Json<'w>, index: u32) {
    let event = &view.world.events[index as usize];
    json.object(|json| {
        json.field_id("id", Kind::Event, index);
        json.field("object", "event");
        json.field("api_version", API_VERSION);
        json.field_null("context");
        json.field_number("created", event.created);
        json.field_object("data", |json| {
            json.key("object");
            // What an event shows never changes, so its deadlines are judged by its own time.
            View { now: event.created, ..view }.snapshot(json, &event.snapshot);
            if let Some(previous) = &event.previous {
                json.key("previous_attributes");
                json.value(previous);
            }
        });
        json.field_bool("livemode", false);
        json.field_number("pending_webhooks", i64::from(event.pending));
        json.field_object("request", |json| {
            json.field_or_null("id", event.cause.as_ref().map(|cause| cause.request_id.as_str()));
            json.field_or_null(
                "idempotency_key",
                event.cause.as_ref().and_then(|cause| cause.key.as_deref()),
            );
        });
        json.field("type", event.kind);
    });
}

//! "Why was I charged?"

use contract::payments::PaymentView;
use contract::replies::AnswerCard;

use super::{Asked, disputes, is_disputed, of_payment, plain};

/// Keys under which sellers commonly note an order.
const ORDER_KEYS: [&str; 7] =
    ["order_id", "order", "order_number", "order_no", "invoice", "invoice_id", "invoice_number"];

/// The seller's own number for what was bought, where it is noted under a common key.
pub(super) fn order_of(payment: &PaymentView) -> Option<String> {
    let noted = ORDER_KEYS.iter().find_map(|key| payment.metadata.get(*key));
    noted.map(|order| plain(order)).filter(|order| !order.is_empty())
}

pub(super) fn card(asked: &Asked<'_>) -> AnswerCard {
    let payment = &asked.payment.payment;
    let key = match payment.status.as_str() {
        "uncaptured" => "uncaptured",
        "pending" => "pending",
        "failed" | "canceled" => "failed",
        _ => "succeeded",
    };
    let values =
        [("amount", asked.amount()), ("date", asked.day(payment.created)), ("source", asked.source())];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut reply = vec![asked.say(&format!("charge.{key}"), &values)];
    let text = |one: &Option<String>| one.as_deref().map(plain).filter(|text| !text.is_empty());
    let said = [
        ("charge.for", "description", text(&payment.description)),
        ("charge.order", "order", order_of(payment)),
        ("charge.statement", "statement", text(&payment.statement_descriptor)),
        ("charge.receipt", "receipt", text(&payment.receipt_number)),
    ];
    for (key, name, value) in said {
        if let Some(value) = value {
            reply.push(asked.say(key, &[(name, &value)]));
        }
    }
    let (taken, back) = (payment.captured, payment.refunded);
    if back.minor > 0 && back.minor >= taken.minor {
        reply.push(asked.say("charge.refunded", &[]));
    } else if back.minor > 0 {
        reply.push(asked.say("charge.partly_refunded", &[("refunded", &asked.money(back))]));
    }
    if is_disputed(asked.payment) {
        reply.push(asked.say("dispute.open", &[]));
    }
    AnswerCard {
        question: "why_was_i_charged".to_owned(),
        state: payment.state.clone(),
        evidence: disputes(asked.payment).into_iter().chain([of_payment(payment)]).collect(),
        expected: None,
        trace_reference: None,
        reply: reply.join(" "),
    }
}

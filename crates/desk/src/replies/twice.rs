//! "Was I charged twice?"

use std::collections::BTreeSet;

use contract::payments::PaymentView;
use contract::replies::{AnswerCard, AnswerEvidence};

use super::charged::order_of;
use super::{Asked, of_payment};

/// What became of the money of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It was taken, or the bank has not answered yet.
    Taken,
    /// It was taken and all of it went back.
    GoneBack,
    /// None was taken.
    Attempt,
}

fn outcome(payment: &PaymentView) -> Outcome {
    match payment.status.as_str() {
        "failed" | "canceled" | "uncaptured" => Outcome::Attempt,
        _ if payment.refunded.minor > 0 && payment.refunded.minor >= payment.captured.minor => {
            Outcome::GoneBack
        }
        _ => Outcome::Taken,
    }
}

pub(super) fn card(asked: &Asked<'_>) -> AnswerCard {
    let own = &asked.payment.payment;
    let mut all: Vec<(&PaymentView, Option<&'static str>)> = vec![(own, None)];
    all.extend(asked.beside.iter().map(|one| (&one.payment, Some(one.known_by))));
    all.sort_by_key(|(one, _)| std::cmp::Reverse(one.created));
    let of = |wanted: Outcome| -> Vec<&PaymentView> {
        all.iter().map(|(one, _)| *one).filter(|one| outcome(one) == wanted).collect()
    };
    let (taken, gone_back, attempts) = (of(Outcome::Taken), of(Outcome::GoneBack), of(Outcome::Attempt));
    let (state, shown) = match (taken.len(), gone_back.len(), attempts.len()) {
        (0, 0, _) => ("nothing_taken", Vec::new()),
        (0, ..) => ("all_refunded", gone_back),
        (1, 0, 0) => ("only_one", Vec::new()),
        (1, 0, _) => ("attempts_only", Vec::new()),
        (1, ..) => ("one_refunded", taken.iter().chain(&gone_back).copied().collect()),
        _ if orders_differ(&taken) => ("different_orders", taken.clone()),
        _ => ("possible_double", taken.clone()),
    };
    let stands = taken.first().copied().unwrap_or(own);
    let count = if state == "attempts_only" { attempts.len() } else { shown.len() };
    let list: Vec<String> = shown.iter().rev().map(|one| listed(asked, one)).collect();
    let key = if (state, count) == ("attempts_only", 1) {
        "twice.one_attempt".to_owned()
    } else {
        format!("twice.{state}")
    };
    let reply = asked.say(
        &key,
        &[
            ("amount", &asked.amount()),
            ("date", &asked.day(stands.created)),
            ("count", &count.to_string()),
            ("list", &list.join("; ")),
        ],
    );
    AnswerCard {
        question: "charged_twice".to_owned(),
        state: state.to_owned(),
        evidence: all.iter().map(|(one, known_by)| evidence(one, *known_by)).collect(),
        expected: None,
        trace_reference: None,
        reply,
    }
}

/// Whether each of them names an order, and no two the same.
fn orders_differ(payments: &[&PaymentView]) -> bool {
    let orders: BTreeSet<String> = payments.iter().filter_map(|one| order_of(one)).collect();
    orders.len() == payments.len()
}

fn listed(asked: &Asked<'_>, payment: &PaymentView) -> String {
    let day = asked.day(payment.created);
    order_of(payment).map_or_else(|| day.clone(), |order| format!("{day} ({order})"))
}

fn evidence(payment: &PaymentView, known_by: Option<&str>) -> AnswerEvidence {
    let what = if known_by.is_some() { "other_payment" } else { "payment" };
    AnswerEvidence { what: what.to_owned(), known_by: known_by.map(str::to_owned), ..of_payment(payment) }
}

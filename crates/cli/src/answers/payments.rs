//! Payments and customers as text.

use contract::payments::{
    CustomerDetail, FoundPayments, PaymentCount, PaymentDetail, PaymentIntentView, PaymentView, Shown,
    WriteOutcome,
};
use contract::{ErrorBody, ErrorCode};
use serde::Serialize;

use super::refunds::write_refunds;
use super::{Answer, is_ended, repeated, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{card, code, moment, money};

/// A table of payments.
pub(super) fn write_payments(text: &mut Text, payments: &[PaymentView]) {
    let columns = [
        left("CREATED"),
        right("AMOUNT"),
        left("STATE"),
        left("EMAIL"),
        left("METHOD"),
        left("ACCOUNT"),
        left("ID"),
    ];
    let rows: Vec<Vec<String>> = payments
        .iter()
        .map(|payment| {
            let method = payment.card.as_ref().map(card).or_else(|| payment.method.as_deref().map(code));
            vec![
                moment(payment.created),
                money(payment.amount),
                code(&payment.state),
                or_dash(payment.email.as_deref()),
                or_dash(method),
                payment.account.clone(),
                payment.id.clone(),
            ]
        })
        .collect();
    text.table(&columns, &rows);
}

/// A page of what was found, with what there is in all.
#[derive(Debug, Serialize)]
pub(crate) struct FoundAndCounted {
    #[serde(flatten)]
    pub(crate) found: FoundPayments,
    pub(crate) count: PaymentCount,
}

impl Answer for FoundAndCounted {
    fn write_text(&self, text: &mut Text) {
        write_payments(text, &self.found.items);
        if self.found.relaxed && !self.found.items.is_empty() {
            text.line(
                "Nothing fits the whole text; these fit an id, an email, or an amount and last digits in it.",
            );
        }
        if let Some(next) = &self.found.next {
            text.line(format!("Next page: --after {next}"));
        }
        if let Some(as_of) = self.found.as_of {
            text.line(format!("As of {}", moment(as_of)));
        }
        let amounts = self.count.totals.iter().map(|one| format!(" · {}", money(one.amount)));
        let all = format!("{}{}", self.count.payments, amounts.collect::<String>());
        text.line(format!("{} of {all}", self.found.items.len()));
    }
}

impl Answer for Shown {
    fn write_text(&self, text: &mut Text) {
        match self {
            Self::Payment(payment) => write_payment(text, payment),
            Self::PaymentIntent(intention) => write_intention(text, intention),
            Self::Customer(customer) => customer.write_text(text),
        }
    }
}

fn write_payment(text: &mut Text, detail: &PaymentDetail) {
    let payment = &detail.payment;
    text.facts(&[
        ("payment", Some(payment.id.clone())),
        ("our id", Some(payment.own_id.clone())),
        ("account", Some(payment.account.clone())),
        ("state", Some(code(&payment.state))),
        ("amount", Some(money(payment.amount))),
        ("captured", Some(money(payment.captured))),
        ("refunded", Some(money(payment.refunded))),
        ("seen by the payer", payment.presentment.map(money)),
        ("created", Some(moment(payment.created))),
        ("email", payment.email.clone()),
        ("name", payment.name.clone()),
        ("customer", payment.customer.clone()),
        ("method", payment.card.as_ref().map(card).or_else(|| payment.method.as_deref().map(code))),
        ("description", payment.description.clone()),
        ("on the statement", payment.statement_descriptor.clone()),
        ("receipt number", payment.receipt_number.clone()),
        ("payer's intention", payment.payment_intent.clone()),
        ("failed because", payment.failure_code.as_deref().map(code)),
        ("declined because", payment.decline_reason.as_deref().map(code)),
        ("in the vendor's words", payment.failure_message.clone()),
        ("risk", payment.risk_level.as_deref().map(code)),
        ("at the vendor", detail.vendor_url.clone()),
        ("as of", Some(moment(payment.as_of))),
    ]);
    for (key, value) in &payment.metadata {
        text.line(format!("metadata {key}  {value}"));
    }
    if !detail.refunds.is_empty() {
        text.heading("Refunds");
        write_refunds(text, &detail.refunds);
    }
    if !detail.disputes.is_empty() {
        write_disputes(text, detail);
    }
    text.heading("Timeline");
    let rows: Vec<Vec<String>> = detail
        .timeline
        .iter()
        .map(|entry| {
            vec![
                moment(entry.at),
                code(&entry.what),
                or_dash(entry.amount.map(money)),
                or_dash(entry.detail.as_deref()),
                entry.id.clone(),
            ]
        })
        .collect();
    text.table(&[left("AT"), left("WHAT"), right("AMOUNT"), left("DETAIL"), left("ID")], &rows);
}

fn write_disputes(text: &mut Text, detail: &PaymentDetail) {
    text.heading("Disputes");
    let columns = [
        left("CREATED"),
        right("AMOUNT"),
        left("STATUS"),
        left("REASON"),
        left("EVIDENCE UNTIL"),
        left("ID"),
    ];
    let rows: Vec<Vec<String>> = detail
        .disputes
        .iter()
        .map(|dispute| {
            vec![
                moment(dispute.created),
                money(dispute.amount),
                code(&dispute.status),
                or_dash(dispute.reason.as_deref().map(code)),
                or_dash(dispute.evidence_due.map(moment)),
                dispute.id.clone(),
            ]
        })
        .collect();
    text.table(&columns, &rows);
}

fn write_intention(text: &mut Text, intention: &PaymentIntentView) {
    text.facts(&[
        ("payer's intention", Some(intention.id.clone())),
        ("account", Some(intention.account.clone())),
        ("status", Some(code(&intention.status))),
        ("amount", Some(money(intention.amount))),
        ("received", Some(money(intention.received))),
        ("capturable", Some(money(intention.capturable))),
        ("created", Some(moment(intention.created))),
        ("customer", intention.customer.clone()),
        ("payment", intention.payment.clone()),
        ("description", intention.description.clone()),
    ]);
}

impl Answer for CustomerDetail {
    fn write_text(&self, text: &mut Text) {
        let customer = &self.customer;
        text.facts(&[
            ("customer", Some(customer.id.clone())),
            ("account", Some(customer.account.clone())),
            ("email", customer.email.clone()),
            ("name", customer.name.clone()),
            ("telephone", customer.phone.clone()),
            ("description", customer.description.clone()),
            ("created", Some(moment(customer.created))),
            ("deleted", customer.deleted.then(|| "yes".to_owned())),
        ]);
        for (key, value) in &customer.metadata {
            text.line(format!("metadata {key}  {value}"));
        }
        text.heading("Saved payment methods");
        match &self.saved_payment_methods {
            None => text.line("The vendor could not be asked."),
            Some(saved) => {
                let rows: Vec<Vec<String>> = saved
                    .iter()
                    .map(|one| {
                        let shown = one.card.as_ref().map_or_else(|| code(&one.method), card);
                        vec![moment(one.created), shown, one.id.clone()]
                    })
                    .collect();
                text.table(&[left("CREATED"), left("METHOD"), left("ID")], &rows);
            }
        }
        text.heading("Payments");
        write_payments(text, &self.payments.items);
        write_page_end(text, self.payments.items.len(), self.payments.total, None);
    }
}

impl Answer for WriteOutcome {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("id", self.id.clone()),
            ("status", self.status.as_deref().map(code)),
            ("amount", self.amount.map(money)),
            ("intent", Some(self.intent_id.clone())),
            ("state", Some(code(&self.state))),
            ("problem", self.problem.as_deref().map(code)),
            ("in the vendor's words", self.problem_detail.clone()),
        ]);
    }

    fn remark(&self) -> Option<String> {
        let words = |code| ErrorBody::new(code).words();
        match self.state.as_str() {
            "settled" | "canceled" => self.repeated.then(|| repeated("")),
            "refused" => Some("The vendor refused it. Nothing was made there.".to_owned()),
            "needs_person" => {
                let words = words(ErrorCode::NeedsPerson);
                Some(format!("{} {}", words.what, words.next))
            }
            _ => Some(
                "The vendor gave no clear answer, so it may or may not have been carried out. Do not repeat it: \
                 Paydesk finds out under the same key."
                    .to_owned(),
            ),
        }
    }

    fn ended_intent(&self) -> Option<&str> {
        is_ended(&self.state).then_some(self.intent_id.as_str())
    }
}

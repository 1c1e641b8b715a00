//! Refunds as text.

use contract::refunds::{RefundView, UndoWindow};
use contract::{ErrorBody, ErrorCode, MoneyMoved, Page};

use super::{Answer, is_ended, repeated, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment, money};

/// A table of refunds.
pub(super) fn write_refunds(text: &mut Text, refunds: &[RefundView]) {
    let columns = [
        left("CREATED"),
        left("WHAT"),
        right("AMOUNT"),
        left("STATE"),
        left("REFUND STATUS"),
        left("PAYMENT"),
        left("REFUND"),
        left("INTENT"),
    ];
    let rows: Vec<Vec<String>> = refunds
        .iter()
        .map(|refund| {
            vec![
                moment(refund.created),
                code(&refund.kind),
                or_dash(refund.amount.map(money)),
                // One that was issued elsewhere has no intent, so it has no state of ours.
                refund.state.as_deref().map_or_else(|| "elsewhere".to_owned(), code),
                or_dash(refund.refund_status.as_deref().map(code)),
                or_dash(refund.payment.as_deref()),
                or_dash(refund.refund_id.as_deref()),
                or_dash(refund.intent_id.as_deref()),
            ]
        })
        .collect();
    text.table(&columns, &rows);
}

impl Answer for Page<RefundView> {
    fn write_text(&self, text: &mut Text) {
        write_refunds(text, &self.items);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }

    fn ended_intent(&self) -> Option<&str> {
        match self.items.as_slice() {
            [one] => one.ended_intent(),
            _ => None,
        }
    }
}

impl Answer for RefundView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("amount", self.amount.map(money)),
            ("payment", self.payment.clone()),
            ("account", Some(self.account.clone())),
            ("refund", self.refund_id.clone()),
            ("refund status", self.refund_status.as_deref().map(code)),
            ("pending because", self.pending_reason.as_deref().map(code)),
            ("failed because", self.failure_reason.as_deref().map(code)),
            ("bank's reference", self.trace_reference.clone()),
            ("intent", self.intent_id.clone()),
            ("state", self.state.as_deref().map(code)),
            ("reason", self.reason.as_deref().map(code)),
            ("note", self.note.clone()),
            ("approved by", self.approved_by.clone()),
            ("created", Some(moment(self.created))),
            ("leaves at", self.release_at.map(moment)),
            ("next try", self.next_try.map(moment)),
            ("problem", self.problem.as_deref().map(code)),
            ("in the vendor's words", self.problem_detail.clone()),
            ("can be stopped", Some(stoppable(self).to_owned())),
            ("at the vendor", self.vendor_url.clone()),
        ]);
    }

    fn remark(&self) -> Option<String> {
        let ending = ending(self);
        if !self.repeated {
            return ending;
        }
        let said = repeated(&format!(", on {}", moment(self.created)));
        Some(ending.map_or(said.clone(), |ending| format!("{said} {ending}")))
    }

    fn ended_intent(&self) -> Option<&str> {
        let ended = self.state.as_deref().is_some_and(is_ended);
        self.intent_id.as_deref().filter(|_| ended)
    }
}

/// Whether it can still be stopped, and how.
fn stoppable(refund: &RefundView) -> &'static str {
    match refund.stoppable.as_str() {
        "here" => "yes, with `refunds withdraw`: nothing left yet",
        "by_payer" => "yes, with `refunds cancel`: the vendor waits for the payer",
        "in_review" => "yes, in the vendor's dashboard: somebody reviews it there",
        "at_vendor" => "perhaps, of a card, in the vendor's dashboard for a short while; not from here",
        "not_known" => "not known yet: it may be at the vendor; do not repeat it",
        _ => "no",
    }
}

impl Answer for UndoWindow {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[("refunds of the window wait", Some(format!("{} s", self.seconds)))]);
    }
}

/// What a person is told besides the facts of a refund.
fn ending(refund: &RefundView) -> Option<String> {
    let words = |code| {
        let words = ErrorBody::new(code).words();
        Some(format!("{} {} {}", words.what, words.money, words.next))
    };
    match (refund.state.as_deref(), refund.refund_status.as_deref()) {
        (Some("waiting"), _) => {
            Some("Nothing has left yet. No money moved. It can be taken back with `refunds withdraw`.".to_owned())
        }
        (Some("needs_person"), _) if refund.can_withdraw => {
            let words = ErrorBody::new(ErrorCode::UndoRanOut);
            let words = ErrorBody { money_moved: MoneyMoved::No, ..words }.words();
            Some(format!(
                "{} {} Send it with `refunds send`, or take it back with `refunds withdraw`.",
                words.what, words.money
            ))
        }
        (Some("refused"), _) => Some("The vendor refused it. No money moved.".to_owned()),
        (Some("canceled"), _) => Some("It is closed. No money moved.".to_owned()),
        (Some("needs_person"), _) => words(ErrorCode::NeedsPerson),
        (Some("settled") | None, Some("failed")) => Some(
            "The bank sent the refund back; the money is on the balance again. Agree on another way with the \
             customer."
                .to_owned(),
        ),
        (Some("settled") | None, Some("requires_action")) => {
            Some("The vendor has it, but the customer must act before the money moves.".to_owned())
        }
        (Some("settled") | None, Some("requires_review")) => {
            Some("The vendor has it, but somebody must approve it there before the money moves.".to_owned())
        }
        (Some("settled") | None, _) => None,
        _ => words(ErrorCode::Unsettled),
    }
}

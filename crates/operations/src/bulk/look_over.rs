//! What is wrong with a row, before anything is sent. The vendor is asked again for each row when it is.

use std::collections::{HashMap, HashSet};

use domain::bulk::{BulkHold, BulkMatch, BulkRow, GivenRefund};
use domain::{Currency, ExponentTable, Money, PaymentStatus, RefundReason, RequestId};
use export::reading::GivenCell;
use mirror::{FoundPayment, PaymentFacts};

use super::amounts::{self, Decimals, Unread, Wished};
use super::look_up::Matched;
use crate::refund::NOTE_MAX;

/// What was seen of the file so far.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// Minor units that go back of each payment.
    sums: HashMap<String, i64>,
    /// Payments and amounts of rows.
    rows: HashSet<(String, i64)>,
}

/// A problem: what it does, its word, and more to it.
type Problem = (BulkHold, &'static str, Option<String>);

fn blocked(code: &'static str) -> Problem {
    (BulkHold::Blocked, code, None)
}

fn asks(code: &'static str) -> Problem {
    (BulkHold::Asks, code, None)
}

/// Money in words, for the detail of a problem.
fn in_words(minor: i64, currency: Currency) -> String {
    format!("{} {currency}", Money::new(minor, currency).to_decimal(ExponentTable::Stripe))
}

/// A row that is looked over.
pub(super) struct Looked<'a> {
    pub(super) given: GivenRefund,
    pub(super) matched: Matched,
    /// The cell of the amount.
    pub(super) amount: Option<&'a GivenCell>,
    pub(super) decimals: Option<Decimals>,
    pub(super) facts: Option<&'a PaymentFacts>,
    /// What one refund may be, by currency.
    pub(super) limits: &'a HashMap<Currency, i64>,
}

impl Looked<'_> {
    /// The row with what is wrong with it. It is ticked where nothing is but a limit.
    pub(super) fn over(mut self, so_far: &mut SoFar) -> BulkRow {
        let reason = self.given.reason.take();
        let (reason, reason_problem) = read_reason(reason);
        self.given.reason = reason;
        let payment = self.matched.payment.clone();
        let (amount, problem) = match &payment {
            Some(payment) => self.of_payment(payment, so_far),
            None if self.matched.kind == BulkMatch::Ambiguous => {
                let fitting = Some(self.matched.fitting.to_string());
                (None, Some((BulkHold::Blocked, "ambiguous_match", fitting)))
            }
            None => (None, Some(blocked("no_match"))),
        };
        let problem = match problem {
            Some(problem @ (BulkHold::Blocked, ..)) => Some(problem),
            milder => reason_problem.or_else(|| self.note_problem()).or(milder),
        };
        // A second person agrees only to what is right otherwise. What a person must tick meets the limit later.
        let problem = problem.or_else(|| self.over_limit(amount));
        if let (Some(payment), Some(amount)) = (&payment, amount) {
            let id = &payment.payment.vendor_id;
            if !matches!(problem, Some((BulkHold::Blocked, ..))) {
                let sum = so_far.sums.entry(id.clone()).or_default();
                *sum = sum.saturating_add(amount.minor);
                so_far.rows.insert((id.clone(), amount.minor));
            }
        }
        let (hold, code, detail) = match problem {
            Some((hold, code, detail)) => (Some(hold), Some(code.to_owned()), detail),
            None => (None, None, None),
        };
        BulkRow {
            given: self.given,
            matched: self.matched.kind,
            matched_by: self.matched.by.map(str::to_owned),
            payment_id: payment.map(|one| one.payment.vendor_id),
            amount,
            hold,
            problem_code: code,
            problem_detail: detail,
            ticked: matches!(hold, None | Some(BulkHold::Approval)),
            request_id: RequestId::generate(),
        }
    }

    fn note_problem(&self) -> Option<Problem> {
        let is_long = self.given.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX);
        is_long.then(|| blocked("note_too_long"))
    }

    /// How much goes back of a payment, and what is wrong with it.
    fn of_payment(&self, found: &FoundPayment, so_far: &SoFar) -> (Option<Money>, Option<Problem>) {
        let payment = &found.payment;
        let currency = payment.amount.currency;
        if let Some(given) = &self.given.currency {
            match given.parse::<Currency>() {
                Err(_) => return (None, Some(blocked("bad_currency"))),
                Ok(named) if named != currency => {
                    let detail = Some(currency.to_string());
                    return (None, Some((BulkHold::Blocked, "currency_differs", detail)));
                }
                Ok(_) => {}
            }
        }
        let left = self.left(found, so_far);
        let wished = match self.amount.map(|cell| amounts::read(cell, currency, self.decimals)) {
            None | Some(Ok(Wished::All)) => Money::new(left, currency),
            Some(Ok(Wished::Exactly(money))) => money,
            Some(Err(Unread::NotAnAmount)) => return (None, Some(blocked("bad_amount"))),
            Some(Err(Unread::Ambiguous)) => return (None, Some(blocked("ambiguous_amount"))),
            Some(Err(Unread::OtherCurrency)) => {
                let detail = Some(currency.to_string());
                return (None, Some((BulkHold::Blocked, "currency_differs", detail)));
            }
        };
        let refused = self.refused(found, wished, left);
        // Nothing has no place among amounts, and what would be it is told by the problem.
        let amount = (wished.minor > 0).then_some(wished);
        (amount, refused.or_else(|| self.asked(found, wished, so_far)))
    }

    /// What can still go back, without what rows before this one take.
    fn left(&self, found: &FoundPayment, so_far: &SoFar) -> i64 {
        let payment = &found.payment;
        let listed = self
            .facts
            .iter()
            .flat_map(|facts| &facts.refunds)
            .fold(0_i64, |sum, one| sum.saturating_add(*one));
        let gone = listed.max(payment.refunded_minor);
        let taken = so_far.sums.get(&payment.vendor_id).copied().unwrap_or(0);
        payment.captured_minor.saturating_sub(gone).saturating_sub(taken).max(0)
    }

    fn refused(&self, found: &FoundPayment, wished: Money, left: i64) -> Option<Problem> {
        let payment = &found.payment;
        if payment.status != PaymentStatus::Succeeded {
            return Some((BulkHold::Blocked, "not_refundable", Some(payment.status.to_string())));
        }
        if self.facts.is_some_and(|facts| facts.disputed) {
            return Some(blocked("disputed"));
        }
        if let Some(intent) = self.facts.and_then(|facts| facts.open_intent.clone()) {
            return Some((BulkHold::Blocked, "open_intent", Some(intent)));
        }
        if left == 0 {
            return Some(blocked("nothing_left"));
        }
        if wished.minor <= 0 {
            return Some(blocked("bad_amount"));
        }
        if wished.minor > left {
            return Some((BulkHold::Blocked, "over_refund", Some(in_words(left, wished.currency))));
        }
        None
    }

    /// Whether it goes beyond what one person alone may give back by one refund.
    fn over_limit(&self, amount: Option<Money>) -> Option<Problem> {
        let wished = amount?;
        let most = self.limits.get(&wished.currency).filter(|most| wished.minor > **most)?;
        Some((BulkHold::Approval, "over_limit", Some(in_words(*most, wished.currency))))
    }

    /// What a person must say is meant.
    fn asked(&self, found: &FoundPayment, wished: Money, so_far: &SoFar) -> Option<Problem> {
        let payment = &found.payment;
        let earlier = self.facts.iter().flat_map(|facts| &facts.earlier).find(|one| one.amount == wished);
        if let Some(earlier) = earlier {
            return Some((BulkHold::Asks, "seen_before", Some(earlier.run.to_string())));
        }
        if so_far.rows.contains(&(payment.vendor_id.clone(), wished.minor)) {
            return Some(asks("twice_in_file"));
        }
        if self.facts.is_some_and(|facts| facts.refunds.contains(&wished.minor)) {
            return Some(asks("same_refund_there"));
        }
        let differs = |(given, known): (&String, &String)| !given.trim().eq_ignore_ascii_case(known.trim());
        if self.given.email.as_ref().zip(payment.email.as_ref()).is_some_and(differs) {
            return Some(asks("email_differs"));
        }
        (self.matched.kind == BulkMatch::Likely).then(|| asks("likely_match"))
    }
}

/// The vendor's word for a reason, as files write it.
fn read_reason(given: Option<String>) -> (Option<String>, Option<Problem>) {
    let Some(given) = given else { return (None, None) };
    let plain: String = given.to_lowercase().chars().filter(|one| one.is_alphanumeric()).collect();
    let known = match plain.as_str() {
        "duplicate" | "duplicated" | "double" | "doppelt" | "doublon" | "duplicado" => {
            RefundReason::Duplicate
        }
        "fraudulent" | "fraud" | "betrug" | "fraude" => RefundReason::Fraudulent,
        "requestedbycustomer"
        | "customerrequest"
        | "customer"
        | "kundenwunsch"
        | "demandeduclient"
        | "solicituddelcliente" => RefundReason::RequestedByCustomer,
        _ => return (Some(given), Some(blocked("bad_reason"))),
    };
    (Some(known.as_str().to_owned()), None)
}

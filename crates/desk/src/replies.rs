//! Answers to what payers ask about a payment: what it comes to, what that rests on, and a reply to paste.
//!
//! It is made of what the mirror has, so it is as good as the mirror is fresh, and says as of when. A reply
//! promises nothing that nobody decided.

mod charged;
pub(crate) mod language;
mod refund;
mod twice;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use contract::payments::{PaymentDetail, PaymentView};
use contract::replies::{AnswerCard, AnswerEvidence};
use contract::{Money, Timestamp};
use domain::is_deceptive;

use language::Language;

/// Characters of a payer's or seller's text that a reply takes.
const TEXT_MAX: usize = 200;

/// A payment of the same payer that was made about the same time for the same amount.
#[derive(Debug, Clone)]
pub(crate) struct Beside {
    pub(crate) payment: PaymentView,
    /// By what it is known to be of the same payer: `customer`, `email` or `card`.
    pub(crate) known_by: &'static str,
}

/// What the answers are made of.
pub(crate) struct Asked<'a> {
    pub(crate) payment: &'a PaymentDetail,
    pub(crate) beside: &'a [Beside],
    pub(crate) language: &'a Language,
    /// The day of a moment where the account reports.
    pub(crate) day_of: &'a dyn Fn(Timestamp) -> NaiveDate,
    pub(crate) now: Timestamp,
}

/// The answer to every question.
pub(crate) fn cards(asked: &Asked<'_>) -> Vec<AnswerCard> {
    vec![refund::card(asked), charged::card(asked), twice::card(asked)]
}

impl Asked<'_> {
    fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.language.say(key, values)
    }

    fn day(&self, at: Timestamp) -> String {
        self.language.day((self.day_of)(at))
    }

    fn money(&self, money: Money) -> String {
        self.language.money(money)
    }

    /// What the payer knows the amount of the payment as.
    fn amount(&self) -> String {
        self.money(seen(&self.payment.payment))
    }

    /// With what was paid, as the payer knows it.
    fn source(&self) -> String {
        let card = self.payment.payment.card.as_ref();
        let known = card.and_then(|card| Some((card.brand.as_deref()?, card.last4.as_deref()?)));
        match known {
            Some((brand, last4)) => {
                self.say("source.card", &[("brand", &brand_name(brand)), ("last4", last4)])
            }
            None => self.say("source.other", &[]),
        }
    }
}

/// The amount that the payer saw, which can be in another currency than the seller's.
fn seen(payment: &PaymentView) -> Money {
    payment.presentment.unwrap_or(payment.amount)
}

/// A brand as it is written on the card.
fn brand_name(brand: &str) -> String {
    match brand {
        "visa" => "Visa".to_owned(),
        "mastercard" => "Mastercard".to_owned(),
        "amex" => "American Express".to_owned(),
        "diners" => "Diners Club".to_owned(),
        "discover" => "Discover".to_owned(),
        "jcb" => "JCB".to_owned(),
        "unionpay" => "UnionPay".to_owned(),
        other => plain(other),
    }
}

/// Text of a stranger as one line without anything that nobody sees or that turns what follows.
fn plain(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .filter(|one| !is_deceptive(*one))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TEXT_MAX).collect()
}

/// The day so many business days later. Holidays are not known, so it is the earliest that it can mean.
fn business_days_after(day: NaiveDate, count: u32) -> NaiveDate {
    let mut day = day;
    let mut left = count;
    while left > 0 {
        let Some(next) = day.checked_add_days(Days::new(1)) else { break };
        day = next;
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    day
}

fn of_payment(payment: &PaymentView) -> AnswerEvidence {
    AnswerEvidence {
        what: "payment".to_owned(),
        status: payment.state.clone(),
        id: payment.id.clone(),
        at: payment.created,
        amount: Some(payment.amount),
        known_by: None,
    }
}

/// The disputes of a payment, newest first.
fn disputes(payment: &PaymentDetail) -> Vec<AnswerEvidence> {
    let mut evidence: Vec<_> = payment
        .disputes
        .iter()
        .map(|one| AnswerEvidence {
            what: "dispute".to_owned(),
            status: one.status.clone(),
            id: one.id.clone(),
            at: one.created,
            amount: Some(one.amount),
            known_by: None,
        })
        .collect();
    evidence.sort_by_key(|one| std::cmp::Reverse(one.at));
    evidence
}

fn is_disputed(payment: &PaymentDetail) -> bool {
    payment.disputes.iter().any(|one| one.open)
}

#[cfg(test)]
mod replies_tests;

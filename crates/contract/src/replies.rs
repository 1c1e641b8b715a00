//! Answers to what payers ask about a payment, each with a reply to paste.

use domain::{Environment, Money, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks what to answer the payer of a payment. It is read from the mirror alone, so it works offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PrepareReplies {
    /// `ch_ py_ pi_ re_` or our own id.
    pub payment: String,
    /// The reply's language, such as `de`; left out, it is the payer's as far as the mirror tells.
    #[serde(default)]
    pub language: Option<String>,
}

/// Something that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerEvidence {
    /// What it is: `payment`, `refund`, `dispute`, `other_payment` …
    pub what: String,
    /// How far it came, in the word of the vendor or of the intent.
    pub status: String,
    /// Its id.
    pub id: String,
    /// When it was made.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// How much.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// Of another payment: by what it is known to be of the same payer, `customer`, `email` or `card`.
    pub known_by: Option<String>,
}

/// The days between which money is expected, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExpectedDays {
    /// The first day, such as `2026-11-30`.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerCard {
    /// `where_is_my_refund`, `why_was_i_charged` or `charged_twice`.
    pub question: String,
    /// What it comes to, such as `on_its_way` or `possible_double`.
    pub state: String,
    /// What it rests on, newest first.
    pub evidence: Vec<AnswerEvidence>,
    /// When the money should be there, where it is on its way to a bank.
    pub expected: Option<ExpectedDays>,
    /// The reference that a bank can trace the refund by, where there is one.
    pub trace_reference: Option<String>,
    /// What to write to the payer: plain text without greeting or signature.
    pub reply: String,
}

/// The answers about one payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Replies {
    /// The vendor's id of the payment.
    pub payment: String,
    /// Label of the account.
    pub account: String,
    /// The language of the replies.
    pub language: String,
    /// Why it is that one: `asked`, `customer`, `card_country` or `default`.
    pub language_from: String,
    /// All languages that there are.
    pub languages: Vec<String>,
    /// One answer for each question.
    pub cards: Vec<AnswerCard>,
    /// As of when the vendor stated the payment.
    #[ts(type = "string")]
    pub as_of: Timestamp,
    /// The environment of the payment.
    #[ts(type = "Environment")]
    pub environment: Environment,
}

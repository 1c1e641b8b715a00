//! What refunds tell their payers by themselves, once they settled.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Shows whether refunds of an account tell their payers, how, and whom nobody told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowRefundNotices {
    /// The account of the refunds.
    pub label: String,
}

/// Changes whether refunds of an account tell their payers, and how; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetRefundNotices {
    /// The account of the refunds.
    pub label: String,
    /// Whether they do.
    pub on: Option<bool>,
    /// `email` or `sms`.
    pub channel: Option<String>,
    /// Label of the account that sends; the only one that can when none was chosen.
    pub by: Option<String>,
    /// The vendor's id of a template, or nothing for our own words.
    pub template: Option<String>,
    /// The language of our own words, such as `de`, or nothing for the customer's.
    pub language: Option<String>,
}

/// Whether refunds of an account tell their payers by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundNoticesView {
    /// Label of the account of the refunds.
    pub account: String,
    /// Whether they do.
    pub on: bool,
    /// `email` or `sms`.
    pub channel: String,
    /// Label of the account that sends; none where none was chosen or it is gone.
    pub by: Option<String>,
    /// The vendor's id of the template; none for our own words.
    pub template: Option<String>,
    /// The language of our own words; none for the customer's.
    pub language: Option<String>,
    /// How many wait to be sent.
    #[ts(type = "number")]
    pub waiting: u64,
    /// The newest that nobody got.
    pub not_sent: Vec<RefundNoticeView>,
}

/// A notice that nobody got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundNoticeView {
    /// The vendor's id of the payment.
    pub payment: Option<String>,
    /// The vendor's id of the refund.
    pub refund: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When the refund settled.
    #[ts(type = "string")]
    pub created: Timestamp,
}

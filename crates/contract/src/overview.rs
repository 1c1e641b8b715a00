//! The overview: what came in, what went back, what failed.

use domain::{Money, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::payments::PaymentView;

/// Asks for the overview of so many days up to today; days are those of each account's reporting zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowOverview {
    /// 1 to 366; 30 when left out.
    pub days: Option<u32>,
    /// Only this account, by label.
    pub account: Option<String>,
}

/// The overview. Currencies are never added together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Overview {
    /// One block per currency, largest first.
    pub currencies: Vec<CurrencyOverview>,
    /// Why payments failed in these days, most frequent first.
    pub failures: Vec<FailureCount>,
    /// The newest failed payments.
    pub recent_failures: Vec<PaymentView>,
    /// Intents that are not settled, refused or canceled.
    pub open_intents: u64,
    /// Intents that need a person.
    pub needs_person: u64,
    /// Open disputes.
    pub open_disputes: u64,
    /// What became of email, by account that sends it; empty where one account that takes payments was asked for.
    pub mail: Vec<MailRates>,
    /// First day of the range, such as `2026-11-01`.
    pub first_day: String,
    /// Last day of the range.
    pub last_day: String,
    /// The time zone that the days are of; none where accounts have different ones.
    pub reporting_zone: Option<String>,
    /// As of when the mirror is complete, for the account that is furthest behind.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// What became of the email of one account. Its days are those of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MailRates {
    /// Label of the account.
    pub account: String,
    /// Messages that the vendor took.
    pub taken: u64,
    /// Those of them that stand as delivered.
    pub delivered: u64,
    /// Those of them that bounced.
    pub bounced: u64,
    /// Those of them that were opened, where that is counted.
    pub opened: u64,
    /// Delivered of 10,000 taken.
    pub delivered_per_10_000: u32,
    /// Bounced of 10,000 taken.
    pub bounced_per_10_000: u32,
    /// Opened of 10,000 taken.
    pub opened_per_10_000: u32,
}

/// One currency of the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CurrencyOverview {
    /// The currency.
    pub currency: String,
    /// Taken.
    #[ts(type = "Money")]
    pub gross: Money,
    /// Given back.
    #[ts(type = "Money")]
    pub refunded: Money,
    /// Taken less given back.
    #[ts(type = "Money")]
    pub net: Money,
    /// Payments that succeeded.
    pub succeeded: u64,
    /// Payments that failed.
    pub failed: u64,
    /// Refunds.
    pub refunds: u64,
    /// Given back per 10,000 taken, by amount.
    pub refund_rate_per_10_000: u32,
    /// Succeeded per 10,000 tried, by count.
    pub success_rate_per_10_000: u32,
    /// Each day of the range, oldest first.
    pub days: Vec<DayOverview>,
}

/// One day of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DayOverview {
    /// The day, of the account's reporting zone.
    pub day: String,
    /// Taken.
    #[ts(type = "Money")]
    pub gross: Money,
    /// Given back.
    #[ts(type = "Money")]
    pub refunded: Money,
    /// Payments that succeeded.
    pub succeeded: u64,
    /// Payments that failed.
    pub failed: u64,
}

/// How often one reason made payments fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FailureCount {
    /// The vendor's word.
    pub reason: String,
    /// How often.
    pub count: u64,
}

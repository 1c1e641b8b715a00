//! Payments, payers' intentions, customers and disputes: finding, showing, making.

use std::collections::BTreeMap;

use domain::{Money, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::refunds::RefundView;
use crate::shared::{ListRange, Page};

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CardView {
    /// `visa`, `mastercard` …
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
    /// Month of expiry, 1 to 12.
    pub exp_month: Option<u8>,
    /// Year of expiry.
    pub exp_year: Option<u16>,
    /// Country of the issuing bank.
    pub country: Option<String>,
    /// `credit`, `debit`, `prepaid` …
    pub funding: Option<String>,
}

/// A payment as the shells show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentView {
    /// The vendor's id, such as `ch_…`.
    pub id: String,
    /// Our own id, such as `pay_…`.
    pub own_id: String,
    /// Label of the account.
    pub account: String,
    /// The vendor.
    pub vendor: String,
    /// The vendor's id of the payer's intention.
    pub payment_intent: Option<String>,
    /// What was asked for.
    #[ts(type = "Money")]
    pub amount: Money,
    /// What was taken.
    #[ts(type = "Money")]
    pub captured: Money,
    /// What went back, as the vendor counts it.
    #[ts(type = "Money")]
    pub refunded: Money,
    /// What the payer saw, where that differs.
    #[ts(type = "Money | null")]
    pub presentment: Option<Money>,
    /// How far it came: `succeeded pending failed uncaptured canceled`, or a newer word.
    pub status: String,
    /// The one word for the list: a status, or `refunded`, `partially_refunded`, `disputed`.
    pub state: String,
    /// Whether the payer's bank disputes it, or did.
    pub disputed: bool,
    /// When the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// The vendor's id of the customer.
    pub customer: Option<String>,
    /// The payer's email.
    pub email: Option<String>,
    /// The payer's name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// What stands on the payer's statement.
    pub statement_descriptor: Option<String>,
    /// Number of the vendor's receipt.
    pub receipt_number: Option<String>,
    /// `card`, `sepa_debit` …
    pub method: Option<String>,
    /// The card, where one was used.
    pub card: Option<CardView>,
    /// The vendor's code for why it failed.
    pub failure_code: Option<String>,
    /// The vendor's sentence for why it failed.
    pub failure_message: Option<String>,
    /// The bank's finer reason.
    pub decline_reason: Option<String>,
    /// The vendor's risk level.
    pub risk_level: Option<String>,
    /// The seller's own words, such as an order id.
    pub metadata: BTreeMap<String, String>,
    /// When the vendor stated all this.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// A payer's intention as the shells show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentIntentView {
    /// The vendor's id, such as `pi_…`.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// What is to be paid.
    #[ts(type = "Money")]
    pub amount: Money,
    /// What was received.
    #[ts(type = "Money")]
    pub received: Money,
    /// What could be captured now.
    #[ts(type = "Money")]
    pub capturable: Money,
    /// How far it came.
    pub status: String,
    /// When the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// The vendor's id of the customer.
    pub customer: Option<String>,
    /// The vendor's id of the latest payment made for it.
    pub payment: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// A dispute as the shells show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DisputeView {
    /// The vendor's id, such as `dp_…`.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// The vendor's id of the payment.
    pub payment: Option<String>,
    /// How much is in dispute.
    #[ts(type = "Money")]
    pub amount: Money,
    /// How far it came.
    pub status: String,
    /// Whether it may still end either way.
    pub open: bool,
    /// Why, in the vendor's word.
    pub reason: Option<String>,
    /// When the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// Until when evidence is taken.
    #[ts(type = "string | null")]
    pub evidence_due: Option<Timestamp>,
}

/// A customer as the shells show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CustomerView {
    /// The vendor's id, such as `cus_…`.
    pub id: String,
    /// Label of the account.
    pub account: String,
    /// Email.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// What the seller noted at the vendor.
    pub description: Option<String>,
    /// When the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// Whether the vendor deleted it since.
    pub deleted: bool,
    /// The seller's own words.
    pub metadata: BTreeMap<String, String>,
}

/// A saved means of payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SavedPaymentMethodView {
    /// The vendor's id, such as `pm_…`.
    pub id: String,
    /// `card`, `sepa_debit` …
    pub method: String,
    /// The card, where it is one.
    pub card: Option<CardView>,
    /// When the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
}

/// Finds payments in the mirror. See docs/ARCHITECTURE.md, "Find", for the words it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct FindPayments {
    /// What to look for; empty finds all.
    pub query: String,
    /// Only this account, by label.
    pub account: Option<String>,
    /// Which page.
    pub range: ListRange,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundPayments {
    /// The rows of this page, newest first.
    pub items: Vec<PaymentView>,
    /// Hand this back to get the next page, or to look further.
    pub next: Option<String>,
    /// Where the search must look at payment after payment, and the page is not full yet although
    /// history goes on: down to when it looked. `next` looks further.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
    /// The same where the search is sorted by amount: all payments of more than this were looked at, or of
    /// less where the smallest come first.
    #[ts(type = "Money | null")]
    pub looked_to_amount: Option<Money>,
    /// Whether nothing holds the whole search, so that only the ids, emails, amounts and last digits
    /// in it were looked for: the text was probably a pasted message.
    pub relaxed: bool,
    /// As of when the mirror is complete, for the account that is furthest behind.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// Counts what a search finds over all pages. It is an answer of its own, so that rows never wait for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CountPayments {
    /// What to look for; empty counts all.
    pub query: String,
    /// Only this account, by label.
    pub account: Option<String>,
    /// Count to the end, however long that takes; otherwise for a tenth of a second.
    pub exact: bool,
}

/// How much a search finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentCount {
    /// How many payments; at least so many where it is not exact.
    pub payments: u64,
    /// By currency, most payments first. Currencies are never added together.
    pub totals: Vec<CurrencyCount>,
    /// Whether all of history was counted.
    pub exact: bool,
    /// Down to when everything was counted, where it is not exact.
    #[ts(type = "string | null")]
    pub looked_back_to: Option<Timestamp>,
}

/// What a search finds in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CurrencyCount {
    /// How many payments.
    pub payments: u64,
    /// Their amounts added up, whatever became of them.
    #[ts(type = "Money")]
    pub amount: Money,
}

/// Shows anything by id: `ch_ py_ pi_ re_ cus_ dp_` or our own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Show {
    /// The id.
    pub id: String,
}

/// What an id names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "object", rename_all = "snake_case")]
pub enum Shown {
    /// A payment with all that belongs to it.
    Payment(Box<PaymentDetail>),
    /// A payer's intention that has no payment yet.
    PaymentIntent(Box<PaymentIntentView>),
    /// A customer with their payments.
    Customer(Box<CustomerDetail>),
}

/// A payment with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentDetail {
    /// The payment.
    #[serde(flatten)]
    #[ts(flatten)]
    pub payment: PaymentView,
    /// The payer's intention behind it, where it is mirrored.
    pub intention: Option<PaymentIntentView>,
    /// Its refunds and our intents for it, newest first.
    pub refunds: Vec<RefundView>,
    /// Its disputes.
    pub disputes: Vec<DisputeView>,
    /// Everything that happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Its page at the vendor.
    pub vendor_url: Option<String>,
    /// What can be done with it now.
    pub actions: PaymentActions,
}

/// What can be done with a payment now, as far as the mirror tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PaymentActions {
    /// Money can go back.
    pub refund: bool,
    /// Authorised money can be taken.
    pub capture: bool,
    /// Authorised money can be let go.
    pub cancel: bool,
}

/// One thing that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TimelineEntry {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// `payment`, `refund`, `dispute`, `event`, `intent` or `message`.
    pub sort: String,
    /// What happened, as a code for the message files, such as `payment_succeeded`; for an event
    /// the vendor's own word.
    pub what: String,
    /// The id of the thing.
    pub id: String,
    /// How much, where money is concerned.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// A word more, such as a status or a reason.
    pub detail: Option<String>,
}

/// Shows a customer with their payments and, where the vendor answers, saved payment methods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ShowCustomer {
    /// The vendor's id.
    pub id: String,
}

/// A customer with their payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CustomerDetail {
    /// The customer.
    #[serde(flatten)]
    #[ts(flatten)]
    pub customer: CustomerView,
    /// Their newest payments.
    pub payments: Page<PaymentView>,
    /// What they saved, asked of the vendor now; none when the vendor could not be asked.
    pub saved_payment_methods: Option<Vec<SavedPaymentMethodView>>,
}

/// Starts a payer's intention to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CreatePayment {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// The account, by label; needed when there are several.
    pub account: Option<String>,
    /// How much, in major units with a point.
    pub amount: String,
    /// The currency's three letters.
    pub currency: String,
    /// For whom, by the vendor's id.
    pub customer: Option<String>,
    /// With what, by the vendor's id; together with `confirm` it is charged at once.
    pub payment_method: Option<String>,
    /// Confirm at once.
    #[serde(default)]
    pub confirm: bool,
    /// Authorise only; capture later.
    #[serde(default)]
    pub capture_later: bool,
    /// What it is for.
    pub description: Option<String>,
}

/// Confirms a payer's intention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ConfirmPayment {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `pi_…`.
    pub payment: String,
    /// With what, by the vendor's id.
    pub payment_method: Option<String>,
}

/// Takes authorised money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CapturePayment {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `pi_… ch_…` or our own id.
    pub payment: String,
    /// How much, in major units; all when left out.
    pub amount: Option<String>,
}

/// Lets authorised money go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelPayment {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `pi_… ch_…` or our own id.
    pub payment: String,
}

/// Makes a customer at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CreateCustomer {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// The account, by label; needed when there are several.
    pub account: Option<String>,
    /// Email.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// What to note at the vendor.
    pub description: Option<String>,
    /// A payment method to keep for them, by the vendor's id.
    pub payment_method: Option<String>,
}

/// What a write at the vendor came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WriteOutcome {
    /// The intent in the journal.
    pub intent_id: String,
    /// Its state.
    pub state: String,
    /// The vendor's id of what was made or changed.
    pub id: Option<String>,
    /// The vendor's status of it.
    pub status: Option<String>,
    /// How much, where money is concerned.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// Code of what went wrong, from the error table.
    pub problem: Option<String>,
    /// The vendor's own sentence to it.
    pub problem_detail: Option<String>,
    /// Whether it answers a wish that was made before, by another request, and whose end nobody was
    /// shown: nothing new was sent for this one.
    pub repeated: bool,
}

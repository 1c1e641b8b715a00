//! Payments: the vendor-neutral record of a Stripe charge, and the payer's intention behind it.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Money, MoneyError, Timestamp};

open_enum! {
    /// How far a payment came. Whether it was refunded or disputed later is told by its amounts
    /// and its dispute, not by this.
    PaymentStatus {
        /// The money was taken.
        Succeeded = "succeeded",
        /// The vendor waits for the bank.
        Pending = "pending",
        /// Declined or broken off; no money was taken.
        Failed = "failed",
        /// Authorised but not captured; no money was taken yet.
        Uncaptured = "uncaptured",
        /// Given up before any money was taken.
        Canceled = "canceled",
    }
}

/// What may be shown of a card. There is never a whole number here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFacts {
    /// `visa`, `mastercard` …, as the vendor writes it.
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
    /// Month of expiry, 1 to 12.
    pub exp_month: Option<u8>,
    /// Year of expiry with four digits.
    pub exp_year: Option<u16>,
    /// Two-letter country of the issuing bank.
    pub country: Option<String>,
    /// `credit`, `debit`, `prepaid` …
    pub funding: Option<String>,
    /// The vendor's name for the card number, equal for equal numbers in one account.
    pub fingerprint: Option<String>,
}

/// A Stripe charge; later also a PayPal capture or an Axra payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The vendor's id, such as `ch_…` or `py_…`. Opaque: its length means nothing.
    pub vendor_id: String,
    /// The vendor's id of the payer's intention that it belongs to (`pi_…`), where there is one.
    pub payment_intent_id: Option<String>,
    /// What was asked for.
    pub amount: Money,
    /// What was taken, in the same currency.
    pub captured_minor: i64,
    /// What went back, in the same currency, as the vendor counts it.
    pub refunded_minor: i64,
    /// What the payer saw, where that is another amount or currency.
    pub presentment: Option<Money>,
    /// How far it came.
    pub status: PaymentStatus,
    /// Whether the payer's bank disputes it, or did.
    pub disputed: bool,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// The vendor's id of the customer, where it is tied to one.
    pub customer_id: Option<String>,
    /// Address for the receipt, or the billing address's.
    pub email: Option<String>,
    /// Name of the payer from the billing details.
    pub name: Option<String>,
    /// Postal code from the billing details.
    pub postal_code: Option<String>,
    /// What the payment is for, in the seller's words.
    pub description: Option<String>,
    /// What stands on the payer's statement.
    pub statement_descriptor: Option<String>,
    /// Number of the receipt that the vendor sent.
    pub receipt_number: Option<String>,
    /// `card`, `sepa_debit` …
    pub method: Option<String>,
    /// The vendor's id of the saved payment method that was used.
    pub payment_method_id: Option<String>,
    /// What may be shown of the card, where a card was used.
    pub card: CardFacts,
    /// The vendor's code for why it failed, such as `card_declined`.
    pub failure_code: Option<String>,
    /// The vendor's sentence for why it failed.
    pub failure_message: Option<String>,
    /// The finer reason given by the bank, such as `insufficient_funds`.
    pub decline_reason: Option<String>,
    /// The vendor's risk level, such as `normal` or `elevated`.
    pub risk_level: Option<String>,
    /// The vendor's id of the balance entry that brought the money.
    pub balance_entry_id: Option<String>,
    /// The seller's own words tied to it, such as an order id; sorted by key.
    pub metadata: Vec<(String, String)>,
}

impl Payment {
    /// What the vendor would still give back, before anything of ours that is under way.
    pub fn refundable(&self) -> Result<Money, MoneyError> {
        let taken = Money::new(self.captured_minor, self.amount.currency);
        taken.checked_sub(Money::new(self.refunded_minor, self.amount.currency))
    }

    /// The value of a metadata key.
    pub fn metadata_value(&self, key: &str) -> Option<&str> {
        self.metadata.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

open_enum! {
    /// How far the payer's intention came.
    PaymentIntentStatus {
        /// A payment method is missing, or the last one failed.
        RequiresPaymentMethod = "requires_payment_method",
        /// It waits to be confirmed.
        RequiresConfirmation = "requires_confirmation",
        /// The payer must act, such as in 3-D Secure.
        RequiresAction = "requires_action",
        /// The vendor waits for the bank.
        Processing = "processing",
        /// Authorised; the money waits to be captured.
        RequiresCapture = "requires_capture",
        /// Given up.
        Canceled = "canceled",
        /// The money was taken.
        Succeeded = "succeeded",
    }
}

/// A payer's intention to pay (`pi_…` at Stripe); several payments may have tried to fulfil it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentIntent {
    /// The vendor's id.
    pub vendor_id: String,
    /// What is to be paid.
    pub amount: Money,
    /// What was received so far, in the same currency.
    pub received_minor: i64,
    /// What could be captured now, in the same currency.
    pub capturable_minor: i64,
    /// How far it came.
    pub status: PaymentIntentStatus,
    /// When the vendor made it.
    pub created_at: Timestamp,
    /// The vendor's id of the customer.
    pub customer_id: Option<String>,
    /// The vendor's id of the latest payment made for it.
    pub latest_payment_id: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Why it was given up, where it was.
    pub cancellation_reason: Option<String>,
    /// The vendor's code of the last failure.
    pub last_error_code: Option<String>,
    /// The seller's own words; sorted by key.
    pub metadata: Vec<(String, String)>,
}

//! The words of Paydesk: money, ids, secrets, payments, refunds and the intent machine.
//!
//! Nothing here reads a file, opens a socket, asks for the time or waits: callers pass in what is
//! known and get values back. Vendor words never reach this crate; `vendors` translates them.

pub mod balance_entry;
pub mod bulk;
mod card_disguise;
pub mod card_number;
pub mod customer;
pub mod dispute;
pub mod event;
pub mod iban;
pub mod ids;
pub mod intent;
pub mod joining;
pub mod mail_run;
pub mod message;
pub mod money;
mod open_enum;
pub mod payment;
pub mod payout;
mod phone_number;
pub mod record;
pub mod refund;
pub mod secret;
pub mod sms;
pub mod time;

pub use balance_entry::BalanceEntry;
pub use customer::{Customer, SavedPaymentMethod};
pub use dispute::{Dispute, DisputeStatus};
pub use event::{Event, EventSubject};
pub use ids::{
    AccountId, BulkRunId, Capability, Environment, IntentId, Label, LabelError, MessageId, RequestId, Vendor,
    is_deceptive,
};
pub use message::{
    LinkCertainty, MessageEvent, MessageEventKind, MessagePurpose, MessageState, Standing, TellsOf, ToldEvent,
};
pub use money::{Currency, ExponentTable, Money, MoneyError};
pub use payment::{CardFacts, Payment, PaymentIntent, PaymentIntentStatus, PaymentStatus};
pub use payout::{Payout, PayoutStatus};
pub use phone_number::{NumberProblem, PhoneNumber};
pub use record::{Kind, Observed, Record};
pub use refund::{Refund, RefundReason, RefundStatus};
pub use secret::Secret;
pub use sms::{LoggedMessage, MessageChannel, MessageDirection, SmsEncoding, SmsSize};
pub use time::Timestamp;

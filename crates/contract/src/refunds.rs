//! Refunds: pre-flight, issuing, listing, settling.

use domain::{Money, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::payments::{DisputeView, PaymentView};
use crate::shared::ListRange;

/// A refund with the intent behind it. One that was issued elsewhere has no intent, and an intent
/// that the vendor has not confirmed has no refund. An open intent of another kind, such as a capture
/// that is not settled, is told in the same words, so that nothing open is out of sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundView {
    /// What was decided: `refund`, `cancel_refund`, `capture` …
    pub kind: String,
    /// The vendor's id of the payment.
    pub payment: Option<String>,
    /// State of the intent; none when it was issued elsewhere.
    pub state: Option<String>,
    /// The vendor's status of the refund, once there is one.
    pub refund_status: Option<String>,
    /// The vendor's id of the refund, once there is one.
    pub refund_id: Option<String>,
    /// Our own id of the intent.
    pub intent_id: Option<String>,
    /// How much; none where the intent moves no amount of its own.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// Label of the account.
    pub account: String,
    /// Why.
    pub reason: Option<String>,
    /// The internal note; it stays on this machine.
    pub note: Option<String>,
    /// When it was decided, or when the vendor made it.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// When anything about it last changed.
    #[ts(type = "string")]
    pub updated: Timestamp,
    /// When Paydesk tries again by itself.
    #[ts(type = "string | null")]
    pub next_try: Option<Timestamp>,
    /// Why it is pending, in the vendor's word.
    pub pending_reason: Option<String>,
    /// Why it failed, in the vendor's word.
    pub failure_reason: Option<String>,
    /// The bank's reference to trace it by.
    pub trace_reference: Option<String>,
    /// Code of what went wrong last, from the error table.
    pub problem: Option<String>,
    /// The vendor's own sentence to it.
    pub problem_detail: Option<String>,
    /// When its undo window ends and it leaves, while it waits.
    #[ts(type = "string | null")]
    pub release_at: Option<Timestamp>,
    /// Whether it can be taken back because it never left.
    pub can_withdraw: bool,
    /// Whether it can be sent now because it never left.
    pub can_send: bool,
    /// Whether it can still be stopped, and where: `here` before it left, `by_payer` while the payer must act,
    /// `in_review` and `at_vendor` in the vendor's dashboard, `not_known` while it may be there, `no`.
    pub stoppable: String,
    /// The payment's page in the vendor's dashboard; a sandbox has none.
    pub vendor_url: Option<String>,
    /// Whether a person may close it: it needs one, and a look found nothing at the vendor.
    pub can_close: bool,
    /// Who else agreed to it, by the name that they have here.
    pub approved_by: Option<String>,
    /// The approval that it was decided with.
    pub approval: Option<String>,
    /// Whether it answers a wish that was made before, by another request, and whose end nobody was
    /// shown: nothing new was sent for this one.
    pub repeated: bool,
}

/// What must be seen before a refund is sent. The vendor is asked now, not the mirror.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreflightRefund {
    /// `ch_ py_ pi_` or our own id.
    pub payment: String,
}

/// The pre-flight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Preflight {
    /// The payment as the vendor has it now.
    pub payment: PaymentView,
    /// What can still go back.
    #[ts(type = "Money")]
    pub refundable: Money,
    /// Refunds of it so far, newest first.
    pub earlier: Vec<RefundView>,
    /// Open disputes of it.
    pub open_disputes: Vec<DisputeView>,
    /// Why no refund can be issued now, as an error code; none when one can.
    pub blocked_by: Option<String>,
    /// What one person alone may still give back now; none where nothing is limited.
    pub alone: Option<AloneView>,
    /// Codes of what to think of, such as `fee_not_returned` or `open_inquiry`.
    pub warnings: Vec<String>,
    /// The environment the money is in.
    #[ts(type = "Environment")]
    pub environment: domain::Environment,
}

/// What one person alone may still give back, by the limit that is nearest. Above it a second person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AloneView {
    /// Which limit: `per_refund`, `per_day` or `per_person`.
    pub limit: String,
    /// What it allows in all.
    #[ts(type = "Money")]
    pub most: Money,
    /// What is left of it.
    #[ts(type = "Money")]
    pub left: Money,
}

/// How much to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum RefundAmount {
    /// All that is left.
    All,
    /// So much, in major units with a point, such as `5.00`.
    Exactly {
        /// The amount as typed.
        amount: String,
    },
}

/// Issues a refund. The same request id twice is one intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct IssueRefund {
    /// Made by the shell when the dialog opens or the command starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `ch_ py_ pi_` or our own id.
    pub payment: String,
    /// How much.
    pub amount: RefundAmount,
    /// `duplicate`, `fraudulent` or `requested_by_customer`.
    pub reason: Option<String>,
    /// An internal note; it stays on this machine.
    pub note: Option<String>,
    /// The ticket that it is for, for the book.
    pub ticket: Option<String>,
    /// Answer at the latest after so many milliseconds, 30,000 when left out. One that waits to be undone is
    /// answered at once.
    pub wait_ms: Option<u32>,
    /// How many seconds it waits and can be undone before it leaves, at most 60. When left out, what the home's
    /// settings say for a window, and none for a command.
    pub undo_seconds: Option<u32>,
    /// The id of the approval that it is issued with: payment, amount and reason must be those that were approved.
    pub approval: Option<String>,
}

/// Takes an intent back that has not left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WithdrawIntent {
    /// The intent.
    pub intent_id: String,
}

/// Sends an intent now that waits, or whose undo window ended while Paydesk was not running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ReleaseIntent {
    /// The intent.
    pub intent_id: String,
    /// Answer at the latest after so many milliseconds, 30,000 when left out.
    pub wait_ms: Option<u32>,
}

/// Chooses how long a refund of the window waits and can be undone before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetUndoWindow {
    /// Seconds, 0 to 60.
    pub seconds: u32,
}

/// How long a refund of the window waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UndoWindow {
    /// Seconds, 0 to 60.
    pub seconds: u32,
}

/// Counts the journal of refunds by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CountRefunds {
    /// Only this account, by label.
    pub account: Option<String>,
}

/// How many intents are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StateCount {
    /// The state.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// The journal of refunds by state; states without any are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundCounts {
    /// Each state that has some.
    pub states: Vec<StateCount>,
}

/// Which refunds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListRefunds {
    /// Only intents in these states. Where all of them are open ones, intents of every kind are listed.
    pub states: Vec<String>,
    /// Also refunds that were issued elsewhere.
    pub elsewhere: bool,
    /// Only this account, by label.
    pub account: Option<String>,
    /// Which page.
    pub range: ListRange,
}

/// Tries to find out about every unsettled intent now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SettleRefunds {
    /// Only this intent.
    pub intent_id: Option<String>,
    /// Answer at the latest after so many milliseconds, 30,000 when left out.
    pub wait_ms: Option<u32>,
}

/// Closes an intent that needs a person, after a look found nothing of it at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CloseIntent {
    /// The intent.
    pub intent_id: String,
}

/// Says that a person was shown how an intent ended. Until then the same wish again is taken for a
/// repeat after a crash and answered with the same intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeIntent {
    /// The intent.
    pub intent_id: String,
}

/// Stops a refund that still can be stopped at the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CancelRefund {
    /// Made by the shell when the command or dialog starts.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `re_…`.
    pub refund: String,
}

//! Why a use case did not do what was asked.

use domain::intent::IntentState;
use domain::{IntentId, Money, MoneyError, Timestamp};
use mirror::MirrorError;
use vendors::stripe::CallError;

/// A refusal of our own, before anything left this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Guard {
    /// More than is left would go back.
    #[error("more than is left")]
    OverRefund {
        /// What was asked for.
        asked: Money,
        /// What is left.
        remaining: Money,
    },
    /// Nothing is left.
    #[error("nothing is left")]
    NothingLeft,
    /// Another intent for the same thing is open.
    #[error("an intent is open")]
    OpenIntent {
        /// That intent.
        intent_id: IntentId,
        /// Its state.
        state: IntentState,
    },
    /// The payment took no money that could go back.
    #[error("the payment is {status}")]
    NotRefundable {
        /// Its status.
        status: String,
    },
    /// The payer's bank disputes it.
    #[error("the payment is in dispute")]
    Disputed,
    /// It cannot be captured, confirmed or canceled as it is.
    #[error("the payment is {status}")]
    WrongState {
        /// Its status.
        status: String,
    },
    /// The circuit breaker is open.
    #[error("too many calls failed")]
    BreakerOpen {
        /// When one call is tried again.
        until: Option<Timestamp>,
    },
    /// The intent cannot be closed by a person as it is.
    #[error("the intent is {state}")]
    CannotClose {
        /// Its state.
        state: IntentState,
        /// Whether a look is all that is missing.
        look_first: bool,
    },
}

/// Input that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInput {
    /// The amount.
    #[error("{given}: {why}")]
    Amount {
        /// As typed.
        given: String,
        /// Why not.
        why: String,
    },
    /// The currency.
    #[error("{0} is not a currency")]
    Currency(String),
    /// The reason.
    #[error("{0} is not a reason")]
    Reason(String),
    /// A text with a card number in it.
    #[error("the text holds a card number")]
    CardNumber,
    /// A text that is too long, or an id that cannot be one.
    #[error("{0}")]
    Text(String),
    /// Nothing has the id.
    #[error("nothing has the id {0}")]
    UnknownId(String),
}

impl BadInput {
    /// An amount that could not be read.
    pub fn amount(given: &str, why: &MoneyError) -> Self {
        Self::Amount { given: given.chars().take(40).collect(), why: why.to_string() }
    }
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The input cannot be used.
    #[error(transparent)]
    BadInput(#[from] BadInput),
    /// A guard of ours.
    #[error(transparent)]
    Guard(#[from] Guard),
    /// The mirror.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// A read at the vendor.
    #[error(transparent)]
    Vendor(#[from] CallError),
    /// A file that could not be written.
    #[error(transparent)]
    Export(#[from] export::ExportError),
    /// The sync or the export was canceled.
    #[error("canceled")]
    Canceled,
    /// The vendor did not answer reads in the time that the shell has; nothing was written down.
    #[error("the vendor did not answer in time")]
    OutOfTime,
    /// A defect of ours.
    #[error("{0}")]
    Defect(String),
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, OperationError>;

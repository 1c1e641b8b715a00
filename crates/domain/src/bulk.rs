//! Refunds by the thousand: a run out of a file or a view, and what is known of each of its rows.

use crate::intent::word_enum;
use crate::{AccountId, BulkRunId, Money, RequestId, Timestamp, ids::UnknownWord};
use serde::{Deserialize, Serialize};

word_enum! {
    /// Where the rows of a run came from.
    BulkSource {
        /// A file.
        File = "file",
        /// Text that was pasted.
        Text = "text",
        /// A saved view.
        View = "view",
    }
}

word_enum! {
    /// How far a run came.
    BulkState {
        /// Matched and looked over; nothing was sent.
        Ready = "ready",
        /// Rows are being sent.
        Running = "running",
        /// It goes on when somebody says so.
        Paused = "paused",
        /// Every row that was to be sent has been.
        Done = "done",
        /// What had not left was taken back.
        Canceled = "canceled",
    }
}

word_enum! {
    /// How sure it is which payment a row means.
    BulkMatch {
        /// Named by an id, or by an order id that one payment alone carries.
        Exact = "exact",
        /// Found by email, amount and date.
        Likely = "likely",
        /// Several payments fit.
        Ambiguous = "ambiguous",
        /// None fits.
        None = "none",
    }
}

word_enum! {
    /// What keeps a row from being sent.
    BulkHold {
        /// A person must say that it is meant.
        Asks = "asks",
        /// It goes beyond what one person alone may give back by one refund, so a second person must agree to it.
        Approval = "approval",
        /// It cannot be sent as it is.
        Blocked = "blocked",
        /// It was tried, and refused before anything was sent.
        Refused = "refused",
    }
}

word_enum! {
    /// What became of a row: the states of its intent, and those of rows that have none.
    BulkRowState {
        /// It will be sent.
        Ready = "ready",
        /// It is sent only if somebody ticks it.
        Asks = "asks",
        /// Somebody took its tick away.
        LeftOut = "left_out",
        /// It is sent only once a second person agreed to it.
        NeedsApproval = "needs_approval",
        /// It cannot be sent.
        Blocked = "blocked",
        /// It was refused before anything was sent.
        NotSent = "not_sent",
        /// Its intent waits.
        Waiting = "waiting",
        /// Its intent is written down.
        Prepared = "prepared",
        /// It is on the wire.
        Sent = "sent",
        /// The vendor has it.
        Settled = "settled",
        /// The vendor had it, and the money came back.
        Failed = "failed",
        /// The vendor refused it.
        Refused = "refused",
        /// It may or may not have happened.
        Unsettled = "unsettled",
        /// Paydesk cannot find out by itself.
        NeedsPerson = "needs_person",
        /// It was taken back before it left.
        Canceled = "canceled",
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRun {
    /// Our own id of it.
    pub id: BulkRunId,
    /// The request that made it.
    pub request_id: RequestId,
    /// The account whose payments are refunded.
    pub account_id: AccountId,
    /// Name of the file or view.
    pub name: String,
    /// Where its rows came from.
    pub source: BulkSource,
    /// Of what stood in the rows, whatever their order.
    pub digest: String,
    /// An earlier run of the same rows.
    pub same_as: Option<BulkRunId>,
    /// How far it came.
    pub state: BulkState,
    /// Why it paused, as a code of the error table.
    pub problem_code: Option<String>,
    /// Somebody else's sentence to it.
    pub problem_detail: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first row was sent.
    pub started_at: Option<Timestamp>,
    /// When its last row was tried.
    pub ended_at: Option<Timestamp>,
}

/// What stood in a row, with the card numbers masked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenRefund {
    /// The line of the file.
    pub line: u64,
    /// An id.
    pub payment: Option<String>,
    /// An email address.
    pub email: Option<String>,
    /// An amount, as written.
    pub amount: Option<String>,
    /// A currency, as written.
    pub currency: Option<String>,
    /// A day, as written.
    pub date: Option<String>,
    /// An order id.
    pub order: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// An internal note.
    pub note: Option<String>,
}

/// A row of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRow {
    /// What stood in it.
    pub given: GivenRefund,
    /// How sure the match is.
    pub matched: BulkMatch,
    /// What it was matched by.
    pub matched_by: Option<String>,
    /// The vendor's id of the payment.
    pub payment_id: Option<String>,
    /// How much goes back.
    pub amount: Option<Money>,
    /// What keeps it from being sent.
    pub hold: Option<BulkHold>,
    /// Why, as a code.
    pub problem_code: Option<String>,
    /// More to it, such as what is left or an intent's id.
    pub problem_detail: Option<String>,
    /// Whether it is meant to be sent.
    pub ticked: bool,
    /// The request that its refund answers, for ever.
    pub request_id: RequestId,
}

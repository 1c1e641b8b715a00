//! Email by the thousand: a run out of a file or a view, and what is known of each of its recipients.

use serde::{Deserialize, Serialize};

use crate::bulk::{BulkSource, BulkState};
use crate::intent::word_enum;
use crate::{AccountId, BulkRunId, MessageId, RequestId, Timestamp, ids::UnknownWord};

word_enum! {
    /// What keeps a recipient from getting a message.
    MailHold {
        /// What stands there is no address, or what would be filled in cannot be sent.
        Invalid = "invalid",
        /// The address stands in an earlier line.
        Duplicate = "duplicate",
        /// The vendor sends the address nothing.
        Suppressed = "suppressed",
        /// A message like this may be at the vendor already.
        Held = "held",
    }
}

word_enum! {
    /// What was said to the vendor of a run that is sent later.
    MailSchedule {
        /// It goes at its time.
        Waiting = "waiting",
        /// It waits until somebody lets it go.
        Paused = "paused",
        /// It does not go.
        Canceled = "canceled",
    }
}

/// What all recipients of a run get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailRunContent {
    /// A text; none once the run is over, where texts are not kept.
    Text {
        /// Its subject.
        subject: String,
        /// The text.
        text: Option<String>,
    },
    /// A template of the vendor's.
    Template {
        /// Its id.
        id: String,
        /// What is filled in for everybody, as JSON.
        data: String,
    },
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRun {
    /// Our own id of it.
    pub id: BulkRunId,
    /// The request that made it.
    pub request_id: RequestId,
    /// The account that sends.
    pub account_id: AccountId,
    /// Name of the file or view.
    pub name: String,
    /// Where its recipients came from.
    pub source: BulkSource,
    /// Of what is said to whom, whatever the order.
    pub digest: String,
    /// An earlier run that says the same to the same people.
    pub same_as: Option<BulkRunId>,
    /// How far it came.
    pub state: BulkState,
    /// Why it paused, as a code of the error table.
    pub problem_code: Option<String>,
    /// Somebody else's sentence to it.
    pub problem_detail: Option<String>,
    /// What it says.
    pub content: MailRunContent,
    /// The group that its readers can leave.
    pub group_id: Option<i64>,
    /// When it is sent, where that is later.
    pub send_at: Option<Timestamp>,
    /// The vendor's id that it can be taken back under until then.
    pub batch_id: Option<String>,
    /// What was said to the vendor of that.
    pub schedule: Option<MailSchedule>,
    /// Most recipients of one request.
    pub per_request: u32,
    /// Whether the vendor's lists of whom it sends nothing to could be read.
    pub suppressions_read: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first recipients were handed over.
    pub started_at: Option<Timestamp>,
    /// When its last ones were.
    pub ended_at: Option<Timestamp>,
}

/// A recipient of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRunRow {
    /// The line of the file.
    pub line: u64,
    /// What stood there as the address, without card numbers.
    pub given: String,
    /// The address as it is sent to; none where there is none.
    pub to: Option<String>,
    /// What is filled in for them, as a JSON object; none once the run is over, where texts are not kept.
    pub data: Option<String>,
    /// The vendor's id of the payment that it is about, with the number of its account.
    pub payment: Option<(AccountId, String)>,
    /// What keeps them from getting it.
    pub hold: Option<MailHold>,
    /// Why, as a code.
    pub problem_code: Option<String>,
    /// More to it: the earlier line, or the vendor's words.
    pub problem_detail: Option<String>,
    /// The message that they get, for ever: made once, so that nobody gets two.
    pub message: MessageId,
}

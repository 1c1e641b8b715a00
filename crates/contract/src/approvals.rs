//! A second person's word on a refund or a run of refunds above a limit: keys, requests and answers.

use domain::{Environment, Money, RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::SecretText;
use crate::payments::PaymentView;
use crate::refunds::RefundAmount;
use crate::shared::ListRange;

/// Shows the person's own key, made where there is none yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowMyKey {
    /// A file to write the public key into, which must not exist; `~/` stands for the person's own folder.
    pub to: Option<String>,
}

/// The person's own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MyKey {
    /// The public key, which colleagues trust.
    pub key: String,
    /// Its fingerprint, to compare by voice.
    pub fingerprint: String,
    /// The name that goes into what is signed; empty where none was given.
    pub name: String,
    /// The operating system's name that goes into it.
    pub system_user: String,
    /// The file that the key was written into.
    pub path: Option<String>,
}

/// Lists the people whose keys are trusted here, and those that were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListApprovers {}

/// A person by their key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApproverView {
    /// The name that they have here.
    pub name: String,
    /// The public key.
    pub key: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Since when it is trusted.
    #[ts(type = "string")]
    pub trusted: Timestamp,
    /// Since when it is trusted no more.
    #[ts(type = "string | null")]
    pub removed: Option<Timestamp>,
}

/// Trusts a colleague's key in this environment of this home. The person is checked as for unlocking live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct TrustApprover {
    /// The key, or the path of a file that holds it.
    pub key: String,
    /// The name that they get here.
    pub name: String,
    /// The passphrase, where one is asked for.
    pub passphrase: Option<SecretText>,
}

/// Trusts a key no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct DistrustApprover {
    /// The key, its fingerprint, or the name that it has here.
    pub who: String,
}

/// Asks a second person to agree to a refund. Nothing is sent to the vendor but questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AskApproval {
    /// Made by the shell; the same one twice is one request.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// `ch_ py_ pi_` or our own id.
    pub payment: String,
    /// How much.
    pub amount: RefundAmount,
    /// `duplicate`, `fraudulent` or `requested_by_customer`.
    pub reason: Option<String>,
    /// An internal note; whoever is asked reads it.
    pub note: Option<String>,
    /// The ticket that it is for.
    pub ticket: Option<String>,
    /// How long an answer counts, in seconds, at most seven days; 24 hours when left out.
    pub seconds: Option<u32>,
    /// The file to write the request into, which must not exist; `~/` stands for the person's own folder.
    pub to: Option<String>,
}

/// Asks a second person to agree to everything that a run is to send, row by row as it stands. Nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AskRunApproval {
    /// Made by the shell; the same one twice is one request.
    #[ts(type = "string")]
    pub request_id: RequestId,
    /// The run.
    pub run: String,
    /// What is to be sent, in the words of `BulkRunView.askable_total`: nothing is asked
    /// where it is another sum by now.
    pub total: String,
    /// An internal note; whoever is asked reads it.
    pub note: Option<String>,
    /// The ticket that it is for.
    pub ticket: Option<String>,
    /// How long the run may begin under an answer, in seconds, at most seven days; 24 hours when left out.
    pub seconds: Option<u32>,
    /// The file to write the request into, which must not exist; `~/` stands for the person's own folder.
    pub to: Option<String>,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum ApprovalFile {
    /// On this machine.
    Path {
        /// Its path; `~/` stands for the person's own folder.
        path: String,
    },
    /// Pasted or dropped.
    Text {
        /// Its contents.
        text: String,
    },
}

/// Lists requests: those that were asked here and those that were decided here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListApprovals {
    /// Only the one of this id.
    pub id: Option<String>,
    /// Only those that were asked here, or only those that were decided here for somebody else.
    pub mine: Option<bool>,
    /// Which page.
    pub range: ListRange,
}

/// Reads a request or an answer and shows what it says, without deciding anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OpenApproval {
    /// The file.
    pub file: ApprovalFile,
}

/// The rows that a request for a run is for, in the order of their lines. The request is a file, or one that is
/// listed here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListApprovalRows {
    /// The request's file.
    pub file: Option<ApprovalFile>,
    /// The id of one that is listed here.
    pub id: Option<String>,
    /// Which page.
    #[serde(default)]
    pub range: ListRange,
}

/// A row that is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApprovalRowView {
    /// Its line in the file that the run was made of.
    pub line: u64,
    /// The vendor's id of the payment.
    pub payment: String,
    /// How much would go back.
    #[ts(type = "Money")]
    pub amount: Money,
    /// Why.
    pub reason: Option<String>,
    /// What does not go with the payment as the mirror here has it: `payment_not_here`, `payment_differs` or
    /// `more_than_left`.
    pub warning: Option<String>,
}

/// The rows of a run that a request is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApprovalRunView {
    /// The run's id in the home that asks.
    pub id: String,
    /// The name of its file or view, where it is here.
    pub name: Option<String>,
    /// How many rows.
    pub rows: u64,
    /// What they come to, by currency.
    #[ts(type = "Array<Money>")]
    pub totals: Vec<Money>,
    /// The same in words, such as `12.50 EUR + 300 JPY`.
    pub total: String,
    /// What the rows are hashed to, as the book names them.
    pub digest: String,
}

/// Answers somebody's request. The person is checked as for unlocking live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct DecideApproval {
    /// The request's file.
    pub file: ApprovalFile,
    /// Whether it may be paid.
    pub approve: bool,
    /// The file to write the answer into, which must not exist.
    pub to: Option<String>,
    /// The passphrase, where one is asked for.
    pub passphrase: Option<SecretText>,
}

/// Takes an answer to a request that was asked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TakeApproval {
    /// The answer's file.
    pub file: ApprovalFile,
}

/// Who signed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignerView {
    /// The name that their key has here; else the one that they state, which proves nothing.
    pub name: String,
    /// The operating system's name that they state.
    pub system_user: String,
    /// The fingerprint of the key.
    pub fingerprint: String,
    /// Whether it is the key of this vault.
    pub me: bool,
    /// Whether the key is trusted here.
    pub trusted: bool,
}

/// A request for a second person's word on a refund or a run of refunds, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApprovalView {
    /// Its id, which the intent of a single refund gets.
    pub id: String,
    /// `asked`, `to_decide`, `approved`, `declined`, `used`, `expired` or `void`.
    pub state: String,
    /// Whether it was asked here.
    pub mine: bool,
    /// Label of the account, where it is connected here.
    pub account: Option<String>,
    /// The vendor's id of the account.
    pub account_id: String,
    /// The vendor.
    pub vendor: String,
    /// Which money.
    #[ts(type = "Environment")]
    pub environment: Environment,
    /// The vendor's id of the payment, of a request for one refund.
    pub payment: Option<String>,
    /// How much would go back by one refund.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// The rows that it is for, where it is for a run.
    pub run: Option<ApprovalRunView>,
    /// Why.
    pub reason: Option<String>,
    /// The internal note.
    pub note: Option<String>,
    /// The ticket that it is for.
    pub ticket: Option<String>,
    /// Which limit it is above: `per_refund`, `per_day` or `per_person`.
    pub limit: Option<String>,
    /// Who asks; none once the person that it is about was erased.
    pub asked_by: Option<SignerView>,
    /// When.
    #[ts(type = "string")]
    pub created: Timestamp,
    /// Until when an answer counts.
    #[ts(type = "string")]
    pub expires: Timestamp,
    /// Who answered.
    pub decided_by: Option<SignerView>,
    /// When they decided.
    #[ts(type = "string | null")]
    pub decided: Option<Timestamp>,
    /// What to think of before deciding: `same_person`, `unknown_asker`, `account_not_here`, `payment_not_here`,
    /// `payment_differs` or `more_than_left`.
    pub warnings: Vec<String>,
    /// The payment as the mirror here has it.
    pub payment_here: Option<PaymentView>,
    /// The text of the file to hand on: the request of whoever asks, the answer of whoever decided. In a list it is
    /// left out where it is long; a request by its id has it.
    pub file: Option<String>,
    /// Where that was written.
    pub path: Option<String>,
    /// Whether it can be used now: the refund issued, or the run begun.
    pub can_issue: bool,
    /// Whether it can be answered here.
    pub can_decide: bool,
    /// The state of the intent that it became.
    pub intent_state: Option<String>,
    /// The vendor's status of the refund that it became.
    pub refund_status: Option<String>,
}

/// A limit that a run would go beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkOverLimitView {
    /// `per_refund`, `per_day` or `per_person`.
    pub limit: String,
    /// What it allows in all.
    #[ts(type = "Money")]
    pub most: Money,
    /// What is left of it.
    #[ts(type = "Money")]
    pub left: Money,
    /// What the run would give back: by one refund its dearest row, else all of them in this currency.
    #[ts(type = "Money")]
    pub wanted: Money,
    /// How many rows that is of.
    pub rows: u64,
}

/// What a second person was asked about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BulkRunApproval {
    /// The id of the request.
    pub id: String,
    /// `asked`, `approved`, `declined`, `used`, `expired` or `void`.
    pub state: String,
    /// Who answered, by the name that they have here.
    pub by: Option<String>,
    /// Until when the run may begin under it.
    #[ts(type = "string")]
    pub expires: Timestamp,
    /// How many rows it is for.
    pub rows: u64,
    /// What those come to in words.
    pub total: String,
    /// Whether they are exactly what could be sent now. Otherwise it cannot be used.
    pub fits: bool,
}

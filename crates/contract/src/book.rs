//! The book: who saw and did what, as a chain in which every change shows.

use domain::{Environment, Money, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shared::ListRange;

/// Says that the results of a search rested on the screen. The Desk knows itself what it answered to that
/// search, and records that; one that it never answered is no look-up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct NoteLookUp {
    /// The search, as it was asked.
    pub query: String,
    /// Its account, where it was asked of one.
    pub account: Option<String>,
}

/// A part of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BookPart {
    /// Who saw what of whom.
    Looks,
    /// Decisions about money and how they ended.
    Money,
    /// Accounts, files, persons' rights, locks, and what Paydesk found.
    Keeping,
}

/// Which lines of the book, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ListBook {
    /// Only this part.
    pub part: Option<BookPart>,
    /// Only lines about this, by the vendor's id or our own.
    pub about: Option<String>,
    /// Only lines of this person, by the system's name or by that of Paydesk's settings.
    pub who: Option<String>,
    /// Which page.
    pub range: ListRange,
}

/// Something that a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Said {
    /// What it is, such as `state`, `note` or `query`.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A line of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BookLineView {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Who, as the operating system knows them.
    pub system_user: String,
    /// Who, by the name that they gave in Paydesk; empty where there is none.
    pub name: String,
    /// `window`, `command`, or `paydesk` for what it did by itself.
    pub shell: String,
    /// What was done, such as `payment_shown`.
    pub action: String,
    /// Label of the account, where it is about one; its id once it was removed.
    pub account: Option<String>,
    /// To what, by an id; empty where it is to nothing that has one.
    pub about: String,
    /// How much money it is about.
    #[ts(type = "Money | null")]
    pub amount: Option<Money>,
    /// How it was before.
    pub before: Vec<Said>,
    /// How it was after.
    pub after: Vec<Said>,
    /// What else it says.
    pub facts: Vec<Said>,
    /// What it says of a person, and why it was done; empty where that was erased.
    pub personal: Vec<Said>,
    /// Whether what it says of a person was erased.
    pub erased: bool,
}

/// Follows the book from its first line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct VerifyBook {
    /// The whole path of an exported book: it is followed too, and the book here must hold all of it.
    pub file: Option<String>,
}

/// Where a book does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BookBreak {
    /// The line.
    pub line: u64,
    /// `missing`, `changed`, `out_of_place`, `cut_off` or `rewritten`.
    pub flaw: String,
}

/// What following the book came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BookVerified {
    /// Whether everything fits that can be checked here.
    pub whole: bool,
    /// How many lines there are.
    pub lines: u64,
    /// Count and hash of the last line as far as all fits, for keeping elsewhere.
    pub head: String,
    /// The first thing that does not fit.
    pub broken: Option<BookBreak>,
    /// How many lines the head in the vault is of; none where the vault keeps none.
    pub kept: Option<u64>,
    /// Lines that came after the head in the vault. They fit, but nobody would miss the last of them.
    pub since_kept: u64,
    /// Lines whose personal part was erased with its key.
    pub erased: u64,
    /// The first thing in the exported file that does not fit; none where all of it does or none was given.
    pub file_broken: Option<BookBreak>,
    /// How many lines the exported file has.
    pub file_lines: Option<u64>,
}

/// Writes the whole book into a file that can be followed without Paydesk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExportBook {
    /// The file, which must not exist; `~/` stands for the person's own folder.
    pub to: String,
}

/// A book in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BookExported {
    /// The file.
    pub path: String,
    /// Its lines.
    pub lines: u64,
    /// Count and hash of its last line as far as all fits.
    pub head: String,
    /// What does not fit in it.
    pub broken: Option<BookBreak>,
}

/// Says that the book lost its end and goes on from what is left. The head that was kept is written into the
/// book, so that the loss stays on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AcceptBookLoss {
    /// How many lines are left, typed to confirm.
    pub lines: u64,
}

/// Gives the person a name in the book, beside that of the operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetMyName {
    /// The name; empty takes it away.
    pub name: String,
}

/// Who the book says is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WhoView {
    /// As the operating system knows them.
    pub system_user: String,
    /// By the name that they gave; empty where there is none.
    pub name: String,
}

/// Writes everything that is known of a payment into a page of its own, with the vendor's own JSON beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WriteEvidence {
    /// `ch_ py_ pi_` or our own id.
    pub payment: String,
    /// The page, which must not exist; `~/` stands for the person's own folder. What belongs to it gets a
    /// folder beside it.
    pub to: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidenceView {
    /// The vendor's id of the payment.
    pub payment: String,
    /// The page.
    pub path: String,
    /// The files beside it, with the SHA-256 of each, as the page names them.
    pub attachments: Vec<Said>,
    /// The environment of the payment.
    #[ts(type = "Environment")]
    pub environment: Environment,
}

//! Keeping a mirror: looking it over, copies and their return, other keys, and the rights of a person.

use domain::Environment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::home::CheckView;
use crate::secret_text::SecretText;

/// Reads the whole file of the environment and tells what does not fit; asks no vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct CheckMirrorFile {}

/// How the file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MirrorFileView {
    /// Whether every check passed.
    pub whole: bool,
    /// Each check.
    pub checks: Vec<CheckView>,
}

/// Copies the environment's file as it stands now, while everything goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct BackupMirror {
    /// The whole path of the copy, which must not exist; in the home's `backups` when left out.
    pub to: Option<String>,
}

/// A copy that was read through after it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupView {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it is encrypted; it opens with the mirror's key of today and no other.
    pub encrypted: bool,
}

/// Puts a copy in the place of the environment's file, which is kept beside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RestoreMirror {
    /// The whole path of the copy.
    pub from: String,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RestoredView {
    /// Where the file that was there is kept.
    pub kept: Option<String>,
    /// Refunds and other intents that are open: looked for at the vendor, never sent again.
    pub held_intents: u64,
    /// Intents that were taken over from the file that was there; none where it could not be read.
    pub carried_intents: Option<u64>,
    /// People who had been erased since and were erased from the copy again.
    pub erased_again: u64,
}

/// Encrypts the environment's file under another key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct RekeyMirror {
    /// The new key, 64 hexadecimal digits. Needed with the environment vault, which keeps nothing;
    /// made at random and kept in the vault otherwise.
    pub new_key: Option<SecretText>,
}

/// A file under another key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RekeyedView {
    /// The environments whose files have the new key now.
    #[ts(type = "Array<Environment>")]
    pub environments: Vec<Environment>,
    /// Whether the caller must set the new key in `PAYDESK_MIRROR_KEY` from now on.
    pub caller_keeps_key: bool,
}

/// Erases a person. Amounts, states and the vendor's ids stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct EraseCustomer {
    /// The vendor's id of the customer, or the email address of somebody who is none.
    pub id: String,
    /// The same once more, typed by the person who asks for it.
    pub confirm: String,
    /// The account, by label; needed when several know the id, and of no use with an address.
    #[serde(default)]
    pub account: Option<String>,
}

/// What an erasure did, and what it could not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErasedView {
    /// The vendor's id of the customer, or the address.
    pub id: String,
    /// Label of the account; none for an address. The vendor goes on holding the person until they are deleted there.
    pub account: Option<String>,
    /// Records of each kind that were cleared.
    pub records: Vec<ErasedKind>,
    /// Refunds and other intents whose notes and requests were cleared.
    pub intents: u64,
    /// Messages whose reader was cleared.
    pub messages: u64,
    /// Copies on this machine that may still hold the person.
    pub copies: Vec<String>,
}

/// Cleared records of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ErasedKind {
    /// `payments`, `refunds` …
    pub kind: String,
    /// How many.
    pub records: u64,
}

/// Makes a copy of all that is held of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ExportCustomer {
    /// The vendor's id of the customer, or the email address of somebody who is none.
    pub id: String,
    /// The account, by label; needed when several know the id, and of no use with an address.
    #[serde(default)]
    pub account: Option<String>,
    /// The whole path of the file to write, which must not exist; the document comes back when left out.
    #[serde(default)]
    pub to: Option<String>,
}

/// A copy of all that is held of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CustomerCopyView {
    /// The vendor's id of the customer, or the address.
    pub id: String,
    /// Label of the account; none for an address.
    pub account: Option<String>,
    /// Records of the vendor in it.
    pub records: u64,
    /// Refunds and other intents in it.
    pub intents: u64,
    /// The file, where one was asked for.
    pub path: Option<String>,
    /// The JSON document, where no file was asked for.
    pub document: Option<String>,
}

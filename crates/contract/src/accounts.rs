//! Accounts: connecting, checking, renaming, removing.

use domain::{AccountId, Environment, Money, Timestamp, Vendor};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::SecretText;

/// An account as the shells show it. The key is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AccountView {
    /// Our own id.
    #[ts(type = "string")]
    pub id: AccountId,
    /// The name a person gave it; unique in the home.
    pub label: String,
    /// The vendor.
    #[ts(type = "string")]
    pub vendor: Vendor,
    /// What it is for: `payments` or `email`.
    pub capability: String,
    /// Which money it moves.
    #[ts(type = "Environment")]
    pub environment: Environment,
    /// The vendor's id of the account, where the vendor told it.
    pub vendor_account_id: Option<String>,
    /// The vendor's name of the account, where the vendor told it.
    pub vendor_name: Option<String>,
    /// Whether it is the sandbox that is built in.
    pub built_in: bool,
    /// Where it is called, such as `https://api.stripe.com`.
    pub base_url: String,
    /// Where the key is: `vault`, or `variable NAME` with the environment vault.
    pub key_location: String,
    /// Where the key for what moves money is; none where the one key is for all.
    pub write_key_location: Option<String>,
    /// The time zone whose days its figures are of, such as `Europe/Zurich`.
    pub reporting_zone: String,
    /// How much one person alone may give back, by currency.
    pub limits: Vec<RefundLimitsView>,
    /// What the key may do, as far as the vendor let us find out.
    pub rights: Vec<RightView>,
    /// When it was connected.
    #[ts(type = "string")]
    pub created_at: Timestamp,
    /// As of when its mirror is complete, once it is.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
}

/// How much one person alone may give back in one currency; what is none has no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefundLimitsView {
    /// The currency's three letters.
    pub currency: String,
    /// By one refund.
    #[ts(type = "Money | null")]
    pub per_refund: Option<Money>,
    /// By all refunds of 24 hours.
    #[ts(type = "Money | null")]
    pub per_day: Option<Money>,
    /// By all refunds of 24 hours that one person decided.
    #[ts(type = "Money | null")]
    pub per_person: Option<Money>,
}

/// Sets how much one person alone may give back in one currency. In live it takes an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetRefundLimits {
    /// The account.
    pub label: String,
    /// The currency's three letters.
    pub currency: String,
    /// By one refund, in major units; no limit when left out.
    pub per_refund: Option<String>,
    /// By all refunds of 24 hours.
    pub per_day: Option<String>,
    /// By all refunds of 24 hours that one person decided.
    pub per_person: Option<String>,
}

/// One thing that a key may or may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RightView {
    /// What, such as `read payments` or `write refunds`.
    pub right: String,
    /// What it is called where keys are made at the vendor.
    #[serde(default)]
    pub permission: String,
    /// `allowed`, `denied`, `not_offered` or `unknown_until_first_use`.
    pub answer: String,
}

/// Lists accounts of the scope's environment, or of all when the scope names none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ListAccounts {}

/// Where the key of a new account comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum KeySource {
    /// Typed, pasted or piped in.
    Text {
        /// The key.
        key: SecretText,
    },
    /// An environment variable of the Desk's own process, by name. With the environment vault the
    /// account remembers the name and keeps no key; with the others the value is imported once.
    Variable {
        /// Name of the variable.
        name: String,
    },
    /// A `.env` file, by path on this machine.
    Dotenv {
        /// Path of the file.
        path: String,
    },
    /// The contents of a `.env` file that was dropped on the window or pasted into it.
    DotenvText {
        /// The contents.
        text: SecretText,
    },
}

/// Connects an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ConnectAccount {
    /// The vendor.
    #[ts(type = "string")]
    pub vendor: Vendor,
    /// The name for it; 1 to 64 characters, unique in the home.
    pub label: String,
    /// Where to call it, when that is not the vendor's own host: a loopback address.
    pub base_url: Option<String>,
    /// The key.
    pub key: KeySource,
}

/// What connecting did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connected {
    /// The account.
    pub account: AccountView,
    /// What was taken over from a `.env` file, by variable name.
    pub imported: Vec<ImportedVariable>,
}

/// One variable of a `.env` file and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportedVariable {
    /// Its name.
    pub name: String,
    /// `account_key`, `kept_in_vault`, `setting` or `skipped`.
    pub outcome: String,
    /// Code of the reason where it was skipped, such as `publishable_key`.
    pub reason: Option<String>,
}

/// Opens the built-in sandbox: starts it, connects it as an account once, and answers with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct OpenSandbox {}

/// Calls the vendor once to see whether the key still works and what it may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CheckAccount {
    /// The account's label.
    pub label: String,
}

/// Gives an account a second key: all reads go by the first, and all that moves money by this one. Left out, the
/// one key is for all again. In live it takes an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetWriteKey {
    /// The account's label.
    pub label: String,
    /// The key, as text or by the name of a variable.
    pub key: Option<KeySource>,
}

/// Gives an account another label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RenameAccount {
    /// The label it has.
    pub label: String,
    /// The label it gets.
    pub new_label: String,
}

/// Takes another time zone for the days that an account's figures are of, and counts them anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SetReportingZone {
    /// The account's label.
    pub label: String,
    /// Its name in the IANA database, such as `Europe/Zurich` or `UTC`.
    pub zone: String,
}

/// Removes an account, its key and its mirrored rows. The journal of intents and calls stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RemoveAccount {
    /// The account's label.
    pub label: String,
}

//! The home itself: its state, its vault, its locks.

use domain::{Environment, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::book::WhoView;
use crate::secret_text::SecretText;
use crate::shared::Shell;

/// Asks how the home is, for the first page, the status bar and `paydeskctl doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct ShowHome {
    /// Also try the vault and every file, which takes longer.
    pub thorough: bool,
}

/// How the home is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HomeView {
    /// Version of the Desk.
    pub version: String,
    /// The home's folder.
    pub home: String,
    /// The environment that this window or command is about, when there is one.
    #[ts(type = "Environment | null")]
    pub environment: Option<Environment>,
    /// Which shell runs the Desk.
    pub desk_shell: Shell,
    /// Its process.
    pub desk_process: u32,
    /// The vault.
    pub vault: VaultView,
    /// Each environment.
    pub environments: Vec<EnvironmentView>,
    /// What was found wrong, as codes of the error table; empty when all is well.
    pub problems: Vec<ProblemView>,
    /// By what unlocking live makes sure that it is the person.
    pub unlock_by: UnlockBy,
    /// Who the book says is here.
    pub who: WhoView,
    /// The address that mail is sent from, once set.
    pub from_email: Option<String>,
    /// How many seconds a refund of the window waits and can be undone before it leaves.
    pub undo_seconds: u32,
    /// How many decimals amounts have, by vendor.
    pub exponents: Vec<ExponentView>,
}

/// The vault, as the status bar shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VaultView {
    /// `keychain`, `passphrase` or `environment`.
    pub kind: String,
    /// Whether it answered when it was last needed.
    pub available: bool,
}

/// One environment of the home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnvironmentView {
    /// Which.
    #[ts(type = "Environment")]
    pub environment: Environment,
    /// How many accounts it has.
    pub accounts: u32,
    /// Whether its file exists.
    pub mirror_exists: bool,
    /// Whether its file is encrypted; none while there is no file.
    pub encrypted: Option<bool>,
    /// Size of its file.
    pub bytes: u64,
    /// Intents that are not settled, refused or canceled.
    pub open_intents: u64,
    /// Endpoints and channels that something is sent to as it happens.
    pub sent_to: u32,
    /// When the evidence of the nearest dispute is due that still needs an answer.
    #[ts(type = "string | null")]
    pub evidence_due: Option<Timestamp>,
    /// What of writing is unlocked; only live needs it.
    pub lock: WriteLock,
    /// Whether the disk takes writes. Where it does not, everything can still be looked up, nothing can be
    /// done, and Paydesk tries again by itself.
    pub writable: bool,
    /// What the self-test of the file asserted, with each result, when it was asked for.
    pub checks: Vec<CheckView>,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckView {
    /// What.
    pub check: String,
    /// Whether it is as it must be.
    pub passed: bool,
    /// What was found.
    pub found: String,
}

/// A problem in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemView {
    /// Code of the error table.
    pub code: String,
    /// The sentence for the operator.
    pub message: String,
}

/// Decimals of one vendor's currencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExponentView {
    /// The vendor.
    pub vendor: String,
    /// Currencies whose amounts do not have two decimals, with how many they have.
    pub exceptions: Vec<(String, u32)>,
}

/// By what unlocking live makes sure that it is the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnlockBy {
    /// The operating system asks.
    System,
    /// The passphrase: the vault's, or the one that was set for this.
    Passphrase,
    /// No passphrase is set yet, and the system cannot ask.
    NotSetUp,
    /// The label alone, since the environment vault keeps nothing that anybody could be asked for.
    Label,
}

/// Unlocks writing to one live account, for a time or a number of actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct UnlockWrites {
    /// The account's label, exactly.
    pub label: String,
    /// For so many seconds, at most 3,600; 600 when left out.
    pub seconds: Option<u32>,
    /// For so many actions, at most 1,000; as many as the time allows when left out.
    pub actions: Option<u32>,
    /// The passphrase, where one is asked for.
    pub passphrase: Option<SecretText>,
    /// For the one action of the command that follows: nothing is kept beyond it.
    #[serde(default)]
    pub one_command: bool,
}

/// What of writing is unlocked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WriteLock {
    /// Until when; none while it is locked.
    #[ts(type = "string | null")]
    pub unlocked_until: Option<Timestamp>,
    /// For how many more actions; none where only the time counts.
    pub actions_left: Option<u32>,
    /// For which account, by label.
    pub account: Option<String>,
}

/// Says that somebody is at the window, which is locked when nobody was for five minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TouchUnlock {}

/// Sets the passphrase that unlocks live, where the vault is the keychain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct SetUnlockPassphrase {
    /// The one until now; needed where there is one.
    pub current: Option<SecretText>,
    /// The new one, of ten characters at least.
    pub new: SecretText,
}

/// Locks writing in the live environment at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct LockWrites {
    /// Because nobody was at the window for long, and not because somebody wants it: a run of refunds that is
    /// being sent then goes on within the time that it was opened for.
    pub idle: bool,
}

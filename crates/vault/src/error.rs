//! What can go wrong with a vault: a code, a sentence that names the remedy, and a source for the log.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a vault did not do what was asked.
///
/// `Display` is one or two sentences for the operator, without any secret and without the words of
/// D-Bus; those are in `source()`, for the log.
#[derive(Debug, Error)]
pub enum VaultError {
    /// No keychain service could be reached, or none is installed.
    #[error(
        "There is no keychain service to talk to. Start one (on Linux gnome-keyring or KWallet), or choose \
         PAYDESK_VAULT=passphrase, or PAYDESK_VAULT=environment on a server."
    )]
    Unavailable(#[source] Option<Source>),

    /// The keychain asks for its password.
    #[error(
        "The keychain is locked. Unlock it, in its own dialog if one is open, and try again; without a \
         screen choose PAYDESK_VAULT=passphrase."
    )]
    Locked(#[source] Option<Source>),

    /// The keychain took longer than the limit; a write may still arrive.
    #[error(
        "The keychain did not answer within 3 seconds. Restart the keychain service and try again, or \
         choose PAYDESK_VAULT=passphrase."
    )]
    TimedOut,

    /// The keychain's dialog was closed, or could not be shown.
    #[error(
        "The keychain asked to be unlocked and was not: its dialog was dismissed or could not be shown. Try \
         again, or choose PAYDESK_VAULT=passphrase."
    )]
    Dismissed(#[source] Option<Source>),

    /// The service runs, but has no collection new entries go to.
    #[error(
        "The keychain service has no default keychain to store in. Create one (Passwords and Keys, or log \
         in to the desktop once), or choose PAYDESK_VAULT=passphrase."
    )]
    NoDefaultKeychain(#[source] Option<Source>),

    /// The keychain holds several entries under one name.
    #[error(
        "The keychain has more than one entry named {name}. Remove the ones you do not need in its own \
         program and try again."
    )]
    Ambiguous {
        /// The entry's text.
        name: String,
    },

    /// The keychain answered with an error of its own.
    #[error("The keychain reported a failure. See the log, try again, or choose PAYDESK_VAULT=passphrase.")]
    KeychainFailed(#[source] Option<Source>),

    /// What the keychain or the vault returned is not what was stored.
    #[error("The entry {name} is damaged: it is not text. Remove it and connect the account again.")]
    DamagedEntry {
        /// The entry's text.
        name: String,
    },

    /// The secret is longer than this vault takes.
    #[error("The secret for {name} is longer than this vault takes. Check what was pasted.")]
    TooLong {
        /// The entry's text.
        name: String,
    },

    /// The passphrase vault was chosen and no passphrase is known.
    #[error("The passphrase vault needs its passphrase. Type it when asked, or set PAYDESK_PASSPHRASE_FILE.")]
    PassphraseMissing,

    /// The passphrase has nothing in it.
    #[error("The passphrase is blank. Choose one with at least one visible character.")]
    PassphraseBlank,

    /// The passphrase file cannot be used.
    #[error("The passphrase file {path} cannot be used: {problem}.", path = .path.display())]
    PassphraseFile {
        /// The file.
        path: PathBuf,
        /// Why not, with the remedy.
        problem: PassphraseFileProblem,
    },

    /// The vault file is whole, but was sealed under another passphrase.
    #[error(
        "The passphrase does not open {path}. Type it again; nothing was changed.",
        path = .path.display()
    )]
    WrongPassphrase {
        /// The vault file.
        path: PathBuf,
    },

    /// The vault file is damaged; it is never overwritten.
    #[error(
        "The vault file {path} is damaged ({what}). Put a copy from a backup in its place, or move it away \
         and connect the accounts again; nothing was changed.",
        path = .path.display()
    )]
    CorruptFile {
        /// The vault file.
        path: PathBuf,
        /// What was found.
        what: &'static str,
    },

    /// The vault file was written by a newer Paydesk.
    #[error(
        "The vault file {path} was written by a newer Paydesk (format {version}). Update Paydesk.",
        path = .path.display()
    )]
    NewerFile {
        /// The vault file.
        path: PathBuf,
        /// Its format.
        version: u16,
    },

    /// Another process holds the vault file's lock for too long.
    #[error("Another Paydesk is writing {path}. Try again in a moment.", path = .path.display())]
    Busy {
        /// The lock file.
        path: PathBuf,
    },

    /// A file could not be read or written.
    #[error(
        "Paydesk could not {action} {path}: {reason}. Check the disk and the permissions, then try again.",
        path = .path.display(),
        reason = .source.kind()
    )]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// The environment vault keeps nothing.
    #[error(
        "The environment vault only reads variables and cannot keep {name}. Name the variable with \
         --key-env, or choose PAYDESK_VAULT=keychain or PAYDESK_VAULT=passphrase."
    )]
    ReadOnly {
        /// The entry's text.
        name: String,
    },

    /// An account that remembers a variable is used with a vault that does not read variables.
    #[error(
        "This account reads its key from the variable {variable}, which only PAYDESK_VAULT=environment \
         does. Choose that vault, or connect the account again to keep its key in this one."
    )]
    NotSupported {
        /// The variable's name.
        variable: String,
    },

    /// A variable holds something that cannot be a key.
    #[error("The variable {variable} cannot be used: it {problem}.")]
    UnusableVariable {
        /// The variable's name.
        variable: String,
        /// What is wrong with its value, without the value.
        problem: &'static str,
    },

    /// `PAYDESK_VAULT` is none of the three words.
    #[error("PAYDESK_VAULT is {word:?}. Choose keychain, passphrase or environment.")]
    UnknownKind {
        /// What it says.
        word: String,
    },

    /// A part of this program ended early; never expected.
    #[error("The vault stopped in the middle of its work. Try again, and report this if it happens twice.")]
    Interrupted(#[source] Option<Source>),
}

/// The chain below a vault's error, for the log.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a passphrase file.
#[derive(Debug, Error)]
pub enum PassphraseFileProblem {
    /// Others may read or write it.
    #[error("its mode is {mode:04o}, so others can reach it; run chmod 600 on it")]
    OpenToOthers {
        /// The permission bits.
        mode: u32,
    },
    /// It cannot be read.
    #[error("it cannot be read ({reason}); check the path and the permissions", reason = .0.kind())]
    Unreadable(#[source] io::Error),
    /// It is not a passphrase but some other file.
    #[error("it is larger than {limit} bytes, so it is no passphrase; check the path")]
    TooLarge {
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// It is not text.
    #[error("it is not UTF-8 text; check the path")]
    NotText,
}

impl VaultError {
    /// The stable word for this error, for `--json`, exit codes and the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Locked(_) => "locked",
            Self::TimedOut => "timed_out",
            Self::Dismissed(_) => "dismissed",
            Self::NoDefaultKeychain(_) => "no_default_keychain",
            Self::Ambiguous { .. } => "ambiguous",
            Self::KeychainFailed(_) => "keychain_failed",
            Self::DamagedEntry { .. } => "damaged_entry",
            Self::TooLong { .. } => "too_long",
            Self::PassphraseMissing => "passphrase_missing",
            Self::PassphraseBlank => "passphrase_blank",
            Self::PassphraseFile { problem: PassphraseFileProblem::OpenToOthers { .. }, .. } => {
                "passphrase_file_open_to_others"
            }
            Self::PassphraseFile { .. } => "passphrase_file_unusable",
            Self::WrongPassphrase { .. } => "wrong_passphrase",
            Self::CorruptFile { .. } => "corrupt_file",
            Self::NewerFile { .. } => "newer_file",
            Self::Busy { .. } => "busy",
            Self::File { .. } => "file",
            Self::ReadOnly { .. } => "read_only",
            Self::NotSupported { .. } => "not_supported",
            Self::UnusableVariable { .. } => "unusable_variable",
            Self::UnknownKind { .. } => "unknown_kind",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

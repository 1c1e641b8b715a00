//! Where Paydesk keeps its secrets: the operating system's keychain, or one of two fallbacks that a
//! person has to choose.
//!
//! | kind | keeps secrets in | chosen by |
//! |---|---|---|
//! | keychain | Secret Service, macOS Keychain, Windows Credential Manager | default |
//! | passphrase | `vault.bin` in the home, sealed under an Argon2id key | `PAYDESK_VAULT=passphrase` |
//! | environment | nothing: reads variables of this process | `PAYDESK_VAULT=environment` |
//!
//! There is no silent fallback: when the chosen vault does not work, the error says so and names the
//! remedy, and nothing is written in plain text anywhere.
//!
//! What this does not protect from: malware of the same user can ask the keychain as Paydesk does, and
//! an unlocked Secret Service answers every program of the session.

mod config;
mod entry_name;
mod environment;
mod error;
mod keychain;
mod passphrase;
mod vault;
mod verifier;

pub use config::{PASSPHRASE_FILE_VARIABLE, PassphraseSource, VAULT_VARIABLE, VaultConfig, VaultKind};
pub use entry_name::{EntryName, MIRROR_KEY_VARIABLE, SIGNING_KEY_VARIABLE};
pub use error::{PassphraseFileProblem, VaultError};
pub use vault::Vault;
pub use verifier::{make_verifier, verifies};

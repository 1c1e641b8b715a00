//! Which vault a home uses, and where its passphrase comes from.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use domain::Secret;

use crate::error::VaultError;

/// The variable that chooses the vault: `keychain` (default), `passphrase` or `environment`.
pub const VAULT_VARIABLE: &str = "PAYDESK_VAULT";

/// The variable that names the file the passphrase is read from.
pub const PASSPHRASE_FILE_VARIABLE: &str = "PAYDESK_PASSPHRASE_FILE";

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultKind {
    /// The operating system's keychain; the default.
    Keychain,
    /// A file in the home, sealed under a key that is derived from a passphrase.
    Passphrase,
    /// Variables of the Desk's own process, for servers and CI; nothing is kept.
    Environment,
}

impl VaultKind {
    /// The word for it, as in `PAYDESK_VAULT`, in JSON and in the status bar.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Passphrase => "passphrase",
            Self::Environment => "environment",
        }
    }
}

impl fmt::Display for VaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for VaultKind {
    type Err = VaultError;

    fn from_str(word: &str) -> Result<Self, VaultError> {
        match word {
            "keychain" => Ok(Self::Keychain),
            "passphrase" => Ok(Self::Passphrase),
            "environment" => Ok(Self::Environment),
            other => Err(VaultError::UnknownKind { word: other.to_owned() }),
        }
    }
}

/// Where the passphrase of the passphrase vault comes from.
#[derive(Debug, Clone)]
pub enum PassphraseSource {
    /// The first bytes of a file up to its end; one trailing line break is not part of it.
    File(PathBuf),
    /// Typed by a person and handed over by the shell.
    Given(Secret),
}

/// What [`Vault::open`](crate::Vault::open) needs to know.
#[derive(Debug, Clone)]
pub struct VaultConfig {
    /// The chosen vault.
    pub kind: VaultKind,
    /// The home folder; the passphrase vault keeps `vault.bin` in it.
    pub home: PathBuf,
    /// The home's id, part of every keychain entry so that two homes of one user never collide.
    pub home_id: String,
    /// The passphrase, where it is known already; only the passphrase vault reads it.
    pub passphrase: Option<PassphraseSource>,
}

impl VaultConfig {
    /// Reads the choice from `PAYDESK_VAULT` and `PAYDESK_PASSPHRASE_FILE`; an empty variable counts as
    /// one that is not set.
    ///
    /// # Errors
    /// [`VaultError::UnknownKind`] when `PAYDESK_VAULT` is none of the three words.
    pub fn from_environment(
        home: PathBuf,
        home_id: String,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, VaultError> {
        let filled = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        let kind = match filled(VAULT_VARIABLE) {
            Some(word) => word.trim().parse()?,
            None => VaultKind::Keychain,
        };
        let passphrase = filled(PASSPHRASE_FILE_VARIABLE).map(|path| PassphraseSource::File(path.into()));
        Ok(Self { kind, home, home_id, passphrase })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<VaultConfig, VaultError> {
        VaultConfig::from_environment(PathBuf::from("home"), "h1".to_owned(), |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_keychain_is_the_default() {
        assert_eq!(config(&[]).unwrap().kind, VaultKind::Keychain);
        assert_eq!(config(&[(VAULT_VARIABLE, "")]).unwrap().kind, VaultKind::Keychain);
    }

    #[test]
    fn every_word_reads_back_as_its_kind() {
        for kind in [VaultKind::Keychain, VaultKind::Passphrase, VaultKind::Environment] {
            assert_eq!(config(&[(VAULT_VARIABLE, kind.as_str())]).unwrap().kind, kind);
            assert_eq!(kind.to_string().parse::<VaultKind>().unwrap(), kind);
        }
    }

    #[test]
    fn an_unknown_word_is_refused_and_never_becomes_the_default() {
        let error = config(&[(VAULT_VARIABLE, "plain")]).unwrap_err();
        assert_eq!(error.code(), "unknown_kind");
        assert!(error.to_string().contains("plain"), "{error}");
    }

    #[test]
    fn the_passphrase_file_is_taken_over() {
        let config =
            config(&[(VAULT_VARIABLE, "passphrase"), (PASSPHRASE_FILE_VARIABLE, "/run/secret")]).unwrap();
        assert!(matches!(config.passphrase, Some(PassphraseSource::File(path)) if path.ends_with("secret")));
    }

    #[test]
    fn debug_shows_no_passphrase() {
        let mut config = config(&[]).unwrap();
        config.passphrase = Some(PassphraseSource::Given(Secret::new("correct horse")));
        assert!(!format!("{config:?}").contains("horse"));
    }
}

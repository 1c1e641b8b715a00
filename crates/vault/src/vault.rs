//! The one type the rest of Paydesk asks for secrets.

use std::ffi::OsString;
use std::sync::Arc;

use domain::Secret;

use crate::config::{VaultConfig, VaultKind};
use crate::entry_name::EntryName;
use crate::environment::EnvironmentVault;
use crate::error::VaultError;
use crate::keychain::Keychain;
use crate::passphrase::PassphraseVault;

/// An open vault. Clones share it; it may be used from any task of a tokio runtime with a timer.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Store,
}

#[derive(Debug, Clone)]
enum Store {
    Keychain(Arc<Keychain>),
    Passphrase(Arc<PassphraseVault>),
    Environment(Arc<EnvironmentVault>),
}

impl Vault {
    /// Opens the chosen vault; the environment vault reads the variables of this process.
    ///
    /// The keychain is not asked anything yet ([`Vault::probe`] does). The passphrase vault reads its
    /// passphrase and, where the file exists, checks it: about 0.2 s of one core and 64 MiB.
    ///
    /// # Errors
    /// Of the passphrase vault only: a passphrase that is missing, blank or wrong, a passphrase file that
    /// cannot be used, a vault file that is damaged or newer than this program.
    pub async fn open(config: VaultConfig) -> Result<Self, VaultError> {
        Self::open_with_variables(config, |name| std::env::var_os(name)).await
    }

    /// As [`Vault::open`], with the environment vault's variables looked up by the caller.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn open_with_variables(
        config: VaultConfig,
        lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Result<Self, VaultError> {
        let store = match config.kind {
            VaultKind::Keychain => Store::Keychain(Arc::new(Keychain::new(config.home_id))),
            VaultKind::Environment => Store::Environment(Arc::new(EnvironmentVault::new(lookup))),
            VaultKind::Passphrase => {
                let source = config.passphrase.ok_or(VaultError::PassphraseMissing)?;
                let opened = blocking(move || PassphraseVault::open(config.home, &source)).await?;
                Store::Passphrase(Arc::new(opened))
            }
        };
        Ok(Self { store })
    }

    /// Which vault this is; shown in the status bar and by `paydeskctl doctor`.
    pub fn kind(&self) -> VaultKind {
        match self.store {
            Store::Keychain(_) => VaultKind::Keychain,
            Store::Passphrase(_) => VaultKind::Passphrase,
            Store::Environment(_) => VaultKind::Environment,
        }
    }

    /// Reads a secret; `None` means that there is no such entry.
    ///
    /// # Errors
    /// Within 3 s when the keychain is missing, locked or silent; when the vault file is damaged; when a
    /// variable holds a line break; [`VaultError::NotSupported`] for a variable's key outside the
    /// environment vault.
    pub async fn get(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        self.refuse_variable(name)?;
        match &self.store {
            Store::Keychain(keychain) => keychain.get(name).await,
            Store::Passphrase(file) => {
                let (file, name) = (Arc::clone(file), name.clone());
                blocking(move || file.get(&name)).await
            }
            Store::Environment(environment) => environment.get(name),
        }
    }

    /// Keeps a secret, in place of an earlier one of that name.
    ///
    /// # Errors
    /// As [`Vault::get`]; [`VaultError::ReadOnly`] for the environment vault. After
    /// [`VaultError::TimedOut`] the secret may or may not have been stored.
    pub async fn set(&self, name: &EntryName, secret: &Secret) -> Result<(), VaultError> {
        self.refuse_variable(name)?;
        match &self.store {
            Store::Keychain(keychain) => keychain.set(name, secret).await,
            Store::Passphrase(file) => {
                let (file, name, secret) = (Arc::clone(file), name.clone(), secret.clone());
                blocking(move || file.set(&name, &secret)).await
            }
            Store::Environment(environment) => Err(environment.refuse(name)),
        }
    }

    /// Removes a secret; one that is not there counts as removed.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub async fn delete(&self, name: &EntryName) -> Result<(), VaultError> {
        self.refuse_variable(name)?;
        match &self.store {
            Store::Keychain(keychain) => keychain.delete(name).await,
            Store::Passphrase(file) => {
                let (file, name) = (Arc::clone(file), name.clone());
                blocking(move || file.delete(&name)).await
            }
            Store::Environment(environment) => Err(environment.refuse(name)),
        }
    }

    /// Whether it is the passphrase of this vault; none where it has none.
    pub fn is_passphrase(&self, given: &Secret) -> Option<bool> {
        match &self.store {
            Store::Passphrase(file) => Some(file.is_passphrase(given)),
            Store::Keychain(_) | Store::Environment(_) => None,
        }
    }

    /// Finds out whether the vault can store and read now, and leaves nothing behind.
    ///
    /// # Errors
    /// What a real use would have met.
    pub async fn probe(&self) -> Result<(), VaultError> {
        match &self.store {
            Store::Keychain(keychain) => keychain.probe().await,
            Store::Passphrase(file) => {
                let file = Arc::clone(file);
                blocking(move || file.probe()).await
            }
            // It stores nothing, and reading a variable of this process cannot fail as a whole.
            Store::Environment(_) => Ok(()),
        }
    }

    fn refuse_variable(&self, name: &EntryName) -> Result<(), VaultError> {
        match (&self.store, name) {
            (Store::Environment(_), _) => Ok(()),
            (_, EntryName::AccountKeyFromVariable { variable }) => {
                Err(VaultError::NotSupported { variable: variable.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// File work and key derivation happen off the runtime's own threads; all of it is bounded in time.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(VaultError::Interrupted(Some(Box::new(stopped)))),
    }
}

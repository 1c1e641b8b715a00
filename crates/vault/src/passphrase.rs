//! The passphrase vault: every secret of the home in one sealed file, `vault.bin`.
//!
//! The file is read again before every use, so two processes see each other's changes, and changed only
//! under a lock file, so neither loses an entry of the other. A file that does not open is never written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Secret;
use zeroize::Zeroizing;

use crate::config::PassphraseSource;
use crate::entry_name::EntryName;
use crate::error::VaultError;
use files::Files;
use format::{Defect, SealedFile};

pub(crate) use format::Derivation;
pub(crate) use key::DerivedKey;

mod files;
mod format;
mod key;
mod source;

/// The longest secret that is stored, in bytes.
const LONGEST_SECRET_BYTES: usize = 64 * 1024;

/// The secrets of a home by their entry's text.
type Entries = BTreeMap<String, Secret>;

/// The open vault. It holds the passphrase, because another process may make the file first and with it
/// the salt, and the derived key, because deriving it is slow on purpose.
#[derive(Debug)]
pub(crate) struct PassphraseVault {
    files: Files,
    passphrase: Secret,
    key: Mutex<Option<Arc<DerivedKey>>>,
}

impl PassphraseVault {
    /// Takes the passphrase and, where there is a file, checks that it opens.
    pub(crate) fn open(home: PathBuf, passphrase: &PassphraseSource) -> Result<Self, VaultError> {
        let vault = Self {
            files: Files::in_home(home),
            passphrase: source::passphrase(passphrase)?,
            key: Mutex::default(),
        };
        vault.read()?;
        Ok(vault)
    }

    /// Whether it is the passphrase that this vault was opened with.
    pub(crate) fn is_passphrase(&self, given: &Secret) -> bool {
        self.passphrase == *given
    }

    pub(crate) fn get(&self, name: &EntryName) -> Result<Option<Secret>, VaultError> {
        let Some((mut entries, _)) = self.read()? else { return Ok(None) };
        Ok(entries.remove(&name.to_string()))
    }

    pub(crate) fn set(&self, name: &EntryName, secret: &Secret) -> Result<(), VaultError> {
        let name = name.to_string();
        if secret.expose().len() > LONGEST_SECRET_BYTES {
            return Err(VaultError::TooLong { name });
        }
        // Read once before the lock, so that the slow derivation does not happen under it.
        self.read()?;
        self.files.create_home()?;
        let _lock = self.files.lock()?;
        let (mut entries, key) = match self.read()? {
            Some(found) => found,
            None => (Entries::new(), self.new_key()?),
        };
        entries.insert(name, secret.clone());
        self.write(&entries, &key)
    }

    pub(crate) fn delete(&self, name: &EntryName) -> Result<(), VaultError> {
        if self.read()?.is_none() {
            return Ok(());
        }
        let _lock = self.files.lock()?;
        let Some((mut entries, key)) = self.read()? else { return Ok(()) };
        match entries.remove(&name.to_string()) {
            Some(_removed) => self.write(&entries, &key),
            None => Ok(()),
        }
    }

    /// Opens the file if there is one, and writes a file of no meaning beside it that is removed again.
    pub(crate) fn probe(&self) -> Result<(), VaultError> {
        self.read()?;
        self.files.probe()
    }

    fn read(&self) -> Result<Option<(Entries, Arc<DerivedKey>)>, VaultError> {
        let Some(bytes) = self.files.read()? else { return Ok(None) };
        let sealed = SealedFile::parse(&bytes).map_err(|defect| self.explain(defect))?;
        let key = self.key_for(&sealed)?;
        let plain = sealed.unseal(&key).map_err(|defect| self.explain(defect))?;
        let entries =
            decode(&plain).ok_or_else(|| self.explain(Defect::Corrupt("its content is not a list")))?;
        Ok(Some((entries, key)))
    }

    fn write(&self, entries: &Entries, key: &DerivedKey) -> Result<(), VaultError> {
        let sealed = encode(entries).and_then(|plain| format::seal(plain, key));
        let bytes = sealed.ok_or(VaultError::Interrupted(None))?;
        self.files.replace(&bytes)
    }

    /// The key this file was sealed under: the one at hand where it fits, derived anew otherwise.
    fn key_for(&self, sealed: &SealedFile<'_>) -> Result<Arc<DerivedKey>, VaultError> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match kept.as_ref() {
            Some(key) if key.derivation() == &sealed.derivation => Arc::clone(key),
            _ => Arc::new(self.derive(sealed.derivation.clone())?),
        };
        if !key.fits(sealed.check) {
            return Err(VaultError::WrongPassphrase { path: self.files.vault().to_owned() });
        }
        *kept = Some(Arc::clone(&key));
        Ok(key)
    }

    /// A key under a new salt, for a file that does not exist yet.
    fn new_key(&self) -> Result<Arc<DerivedKey>, VaultError> {
        let key = Arc::new(self.derive(Derivation::with_new_salt())?);
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        Ok(key)
    }

    fn derive(&self, derivation: Derivation) -> Result<DerivedKey, VaultError> {
        DerivedKey::derive(&self.passphrase, derivation)
            .map_err(|error| VaultError::Interrupted(Some(Box::new(error))))
    }

    fn explain(&self, defect: Defect) -> VaultError {
        let path = self.files.vault().to_owned();
        match defect {
            Defect::Corrupt(what) => VaultError::CorruptFile { path, what },
            Defect::Newer(version) => VaultError::NewerFile { path, version },
        }
    }
}

/// The entries as a JSON object. Room is made first: a buffer that grows leaves copies behind.
fn encode(entries: &Entries) -> Option<Zeroizing<Vec<u8>>> {
    // A character becomes at most six bytes (`\u0000`), and each pair has quotes, a colon and a comma.
    let room: usize = entries.iter().map(|(name, secret)| 6 * (name.len() + secret.expose().len()) + 6).sum();
    let mut plain = Zeroizing::new(Vec::with_capacity(room + 2 + format::TAG_BYTES));
    let borrowed: BTreeMap<&str, &str> =
        entries.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
    serde_json::to_writer(&mut *plain, &borrowed).ok()?;
    Some(plain)
}

/// `None` where the bytes are not such an object; the parser's words could quote a secret.
fn decode(plain: &[u8]) -> Option<Entries> {
    let texts: BTreeMap<String, String> = serde_json::from_slice(plain).ok()?;
    Some(texts.into_iter().map(|(name, text)| (name, Secret::new(text))).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_of_any_text_come_back_and_fit_the_room_made(
            texts in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..6),
        ) {
            let entries: Entries =
                texts.into_iter().map(|(name, text)| (name, Secret::new(text))).collect();
            let plain = encode(&entries).unwrap();
            let room: usize =
                entries.iter().map(|(name, secret)| 6 * (name.len() + secret.expose().len()) + 6).sum();
            prop_assert!(plain.len() <= room + 2);
            prop_assert_eq!(decode(&plain).unwrap(), entries);
        }
    }
}

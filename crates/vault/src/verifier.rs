//! A passphrase that opens nothing by itself: what is kept only tells whether somebody knows it.

use domain::Secret;

use crate::error::VaultError;
use crate::passphrase::{Derivation, DerivedKey};

/// What the text begins with; another way of checking gets another word.
const KIND: &str = "argon2id-1";

/// Makes what is kept of a passphrase: about 0.2 s of one core and 64 MiB.
///
/// # Errors
/// Where the memory for it cannot be had.
pub async fn make_verifier(passphrase: Secret) -> Result<Secret, VaultError> {
    crate::vault::blocking(move || {
        let key = derive(&passphrase, Derivation::with_new_salt())?;
        Ok(Secret::new(format!("{KIND}:{}:{}", key.derivation().to_text(), hex::encode(key.check()))))
    })
    .await
}

/// Whether a passphrase is the one that was kept; none where what was kept cannot be read.
///
/// # Errors
/// Where the memory for it cannot be had.
pub async fn verifies(kept: &Secret, passphrase: Secret) -> Result<Option<bool>, VaultError> {
    let text = kept.expose().to_owned();
    crate::vault::blocking(move || {
        let mut parts = text.rsplitn(2, ':');
        let (Some(check), Some(rest)) = (parts.next(), parts.next()) else { return Ok(None) };
        let derivation =
            rest.strip_prefix(KIND).and_then(|rest| rest.strip_prefix(':')).and_then(Derivation::from_text);
        let (Some(derivation), Ok(check)) = (derivation, hex::decode(check)) else { return Ok(None) };
        Ok(Some(derive(&passphrase, derivation)?.fits(&check)))
    })
    .await
}

fn derive(passphrase: &Secret, derivation: Derivation) -> Result<DerivedKey, VaultError> {
    DerivedKey::derive(passphrase, derivation).map_err(|error| VaultError::Interrupted(Some(Box::new(error))))
}

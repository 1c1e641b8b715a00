//! The key behind a passphrase.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::format::{CHECK_BYTES, Derivation};

/// 32 bytes for the cipher and 32 for the check value.
const OUTPUT_BYTES: usize = 64;

/// What Argon2id made of the passphrase; wiped when dropped.
pub(crate) struct DerivedKey {
    derivation: Derivation,
    cipher_key: Zeroizing<[u8; 32]>,
    check: [u8; CHECK_BYTES],
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DerivedKey(<redacted>)")
    }
}

impl DerivedKey {
    /// Derives the key; slow on purpose.
    pub(crate) fn derive(passphrase: &Secret, derivation: Derivation) -> Result<Self, argon2::Error> {
        let params = Params::new(
            derivation.memory_kibibytes,
            derivation.passes,
            derivation.lanes,
            Some(OUTPUT_BYTES),
        )?;
        // Our own memory, because the crate's is not wiped after use.
        let mut memory = Zeroizing::new(vec![Block::new(); params.block_count()]);
        let mut output = Zeroizing::new([0_u8; OUTPUT_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            passphrase.expose().as_bytes(),
            &derivation.salt,
            output.as_mut_slice(),
            memory.as_mut_slice(),
        )?;
        let (for_cipher, for_check) = output.split_at(32);
        let mut cipher_key = Zeroizing::new([0_u8; 32]);
        cipher_key.copy_from_slice(for_cipher);
        // The half that is published is hashed once more and tells nothing about the other half.
        let check = Sha256::digest(for_check).into();
        Ok(Self { derivation, cipher_key, check })
    }

    pub(crate) fn derivation(&self) -> &Derivation {
        &self.derivation
    }

    pub(super) fn cipher_key(&self) -> &[u8; 32] {
        &self.cipher_key
    }

    pub(crate) fn check(&self) -> &[u8; CHECK_BYTES] {
        &self.check
    }

    /// Whether a file with this check value was sealed under this key. The value is public, so the
    /// comparison need not take the same time always.
    pub(crate) fn fits(&self, check: &[u8]) -> bool {
        self.check == check
    }

    #[cfg(test)]
    pub(super) fn for_test(derivation: Derivation, cipher_key: [u8; 32]) -> Self {
        Self { derivation, cipher_key: Zeroizing::new(cipher_key), check: Sha256::digest(cipher_key).into() }
    }
}

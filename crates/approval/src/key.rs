//! A person's key: the secret half signs and stays in the vault, the public half is what colleagues trust.

use std::fmt;
use std::str::FromStr;

use domain::Secret;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use rand::TryRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What the text of a public key begins with.
const PREFIX: &str = "ed25519:";
/// How many bytes of its hash a fingerprint shows: 80 bits, which nobody finds a second key for.
const FINGERPRINT_BYTES: usize = 10;

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is `ed25519:` and 64 hexadecimal digits")]
pub struct BadKey;

/// The secret half. It wipes itself when it is dropped.
pub struct PersonKey(SigningKey);

impl fmt::Debug for PersonKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PersonKey({})", self.public().fingerprint())
    }
}

impl PersonKey {
    /// A new one, from the randomness of the system.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rngs::SysRng.try_fill_bytes(seed.as_mut()).map_err(std::io::Error::other)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The one that a vault keeps.
    ///
    /// # Errors
    /// Where the text is not 64 hexadecimal digits.
    pub fn from_secret(text: &Secret) -> Result<Self, BadKey> {
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.expose().trim(), seed.as_mut()).map_err(|_| BadKey)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// What a vault keeps of it.
    pub fn to_secret(&self) -> Secret {
        Secret::new(hex::encode(self.0.as_bytes()))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }
}

/// The public half.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// What two people compare over the telephone: 20 hexadecimal digits of its hash, in fours.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        let groups: Vec<String> = digest[..FINGERPRINT_BYTES].chunks(2).map(hex::encode).collect();
        groups.join("-")
    }

    /// Whether a signature over some bytes is of this key, in the one form that a signature has.
    pub(crate) fn fits(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", hex::encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for PublicKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.trim().strip_prefix(PREFIX).ok_or(BadKey)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| BadKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| BadKey)?;
        // A key of small order fits signatures that nobody made.
        if key.is_weak() { Err(BadKey) } else { Ok(Self(key)) }
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::{PersonKey, PublicKey};

    #[test]
    fn a_key_comes_back_from_what_a_vault_keeps() {
        let key = PersonKey::generate().unwrap();
        let again = PersonKey::from_secret(&key.to_secret()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_ne!(PersonKey::generate().unwrap().public(), key.public());
        assert!(PersonKey::from_secret(&Secret::new("00")).is_err());
        assert!(!format!("{key:?}").contains(key.to_secret().expose()));
    }

    /// The first example of RFC 8032: the key and the signature over nothing are those that everybody gets.
    #[test]
    fn it_is_the_ed25519_that_everybody_speaks() {
        let secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let key = PersonKey::from_secret(&Secret::new(secret)).unwrap();
        let public = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(key.public().to_string(), public);
        assert_eq!(public.parse(), Ok(key.public()));
        let signature = key.sign(b"");
        assert!(
            hex::encode(signature)
                .starts_with("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
        );
        assert!(key.public().fits(b"", &signature) && !key.public().fits(b"x", &signature));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [
            "",
            "ed25519:",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "ed25519:d75a98",
            // The neutral point, which fits a signature over anything.
            "ed25519:0100000000000000000000000000000000000000000000000000000000000000",
            "ed25519:zz5a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        ] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fingerprint_is_short_and_of_one_key() {
        let (one, other) = (PersonKey::generate().unwrap().public(), PersonKey::generate().unwrap().public());
        assert_eq!(one.fingerprint().len(), 24);
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}

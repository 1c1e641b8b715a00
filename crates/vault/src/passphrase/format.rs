//! The bytes of `vault.bin`, version 1. Numbers are little-endian.
//!
//! ```text
//!  0  8  "PAYDESKV"
//!  8  2  version, 1
//! 10  4  Argon2id memory in KiB        \
//! 14  4  Argon2id passes                | how the key follows from the passphrase
//! 18  4  Argon2id lanes                 |
//! 22 16  salt                          /
//! 38 32  check value of the key: tells a wrong passphrase from damage
//! 70 24  nonce, new for every write
//! 94  n  XChaCha20-Poly1305 over the JSON object of entries; bytes 0..94 are its associated data
//!     32 SHA-256 of everything before: tells damage without the slow derivation
//! ```
//!
//! A later version keeps the first ten bytes and the last 32 as they are.

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::key::DerivedKey;

const MAGIC: &[u8; 8] = b"PAYDESKV";
const VERSION: u16 = 1;
const SALT_BYTES: usize = 16;
pub(super) const CHECK_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 8 + 2 + 12 + SALT_BYTES + CHECK_BYTES + NONCE_BYTES;
/// What the cipher adds to the text it seals, in bytes.
pub(super) const TAG_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 32;
const NONCE_AT: usize = HEADER_BYTES - NONCE_BYTES;

/// OWASP's second recommendation is 19 MiB and 2 passes; this is well above it and takes about 0.2 s.
const MEMORY_KIBIBYTES: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// A file may ask for more than we write, within what a computer of any owner can give: otherwise a
/// planted file could make Paydesk take all memory.
const MOST_MEMORY_KIBIBYTES: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 16;

/// Why bytes are not a vault file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// What was found, in a few words.
    Corrupt(&'static str),
    /// A version this program does not know.
    Newer(u16),
}

/// How the key follows from the passphrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Derivation {
    pub(super) memory_kibibytes: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
    pub(super) salt: [u8; SALT_BYTES],
}

impl Derivation {
    pub(crate) fn with_new_salt() -> Self {
        Self { memory_kibibytes: MEMORY_KIBIBYTES, passes: PASSES, lanes: LANES, salt: rand::random() }
    }

    /// As text, for a verifier.
    pub(crate) fn to_text(&self) -> String {
        format!("{}:{}:{}:{}", self.memory_kibibytes, self.passes, self.lanes, hex::encode(self.salt))
    }

    /// Reads what [`Derivation::to_text`] wrote, where it asks for no more than a computer can give.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut number = || parts.next()?.parse().ok();
        let (memory_kibibytes, passes, lanes) = (number()?, number()?, number()?);
        let mut salt = [0; SALT_BYTES];
        hex::decode_to_slice(parts.next()?, &mut salt).ok()?;
        let read = Self { memory_kibibytes, passes, lanes, salt };
        (parts.next().is_none() && read.is_acceptable()).then_some(read)
    }

    fn is_acceptable(&self) -> bool {
        (MEMORY_KIBIBYTES..=MOST_MEMORY_KIBIBYTES).contains(&self.memory_kibibytes)
            && (PASSES..=MOST_PASSES).contains(&self.passes)
            && (LANES..=MOST_LANES).contains(&self.lanes)
    }
}

/// A whole file of a known version, not yet opened.
#[derive(Debug)]
pub(super) struct SealedFile<'a> {
    pub(super) derivation: Derivation,
    pub(super) check: &'a [u8],
    header: &'a [u8],
    sealed: &'a [u8],
}

impl<'a> SealedFile<'a> {
    /// Checks that the file is whole and of a version we know.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Defect> {
        if bytes.is_empty() {
            return Err(Defect::Corrupt("it is empty"));
        }
        if bytes.len() < HEADER_BYTES + TAG_BYTES + CHECKSUM_BYTES {
            return Err(Defect::Corrupt("it is too short"));
        }
        let (content, checksum) = bytes.split_at(bytes.len() - CHECKSUM_BYTES);
        if !content.starts_with(MAGIC) {
            return Err(Defect::Corrupt("it does not begin like a vault"));
        }
        if Sha256::digest(content).as_slice() != checksum {
            return Err(Defect::Corrupt("its checksum does not match"));
        }
        let (header, sealed) = content.split_at(HEADER_BYTES);
        let mut fields = Fields(&header[MAGIC.len()..]);
        let version = u16::from_le_bytes(fields.take()?);
        if version > VERSION {
            return Err(Defect::Newer(version));
        }
        let derivation = Derivation {
            memory_kibibytes: u32::from_le_bytes(fields.take()?),
            passes: u32::from_le_bytes(fields.take()?),
            lanes: u32::from_le_bytes(fields.take()?),
            salt: fields.take()?,
        };
        if version != VERSION || !derivation.is_acceptable() {
            return Err(Defect::Corrupt("its header is out of bounds"));
        }
        Ok(Self { derivation, check: &header[NONCE_AT - CHECK_BYTES..NONCE_AT], header, sealed })
    }

    /// Opens the file with a key whose check value fits.
    pub(super) fn unseal(&self, key: &DerivedKey) -> Result<Zeroizing<Vec<u8>>, Defect> {
        let mut buffer = Zeroizing::new(self.sealed.to_vec());
        let nonce: [u8; NONCE_BYTES] = Fields(&self.header[NONCE_AT..]).take()?;
        XChaCha20Poly1305::new(&(*key.cipher_key()).into())
            .decrypt_in_place(&XNonce::from(nonce), self.header, &mut *buffer)
            .map_err(|_tampered| Defect::Corrupt("its seal is broken"))?;
        Ok(buffer)
    }
}

/// Makes the bytes of a file. `plain` is sealed where it stands, so no second copy of it exists.
/// `None` only if the text is larger than the cipher takes (256 GiB).
pub(super) fn seal(mut plain: Zeroizing<Vec<u8>>, key: &DerivedKey) -> Option<Vec<u8>> {
    let derivation = key.derivation();
    // 24 random bytes do not repeat for any number of writes a person makes.
    let nonce: [u8; NONCE_BYTES] = rand::random();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + plain.len() + TAG_BYTES + CHECKSUM_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&derivation.memory_kibibytes.to_le_bytes());
    bytes.extend_from_slice(&derivation.passes.to_le_bytes());
    bytes.extend_from_slice(&derivation.lanes.to_le_bytes());
    bytes.extend_from_slice(&derivation.salt);
    bytes.extend_from_slice(key.check());
    bytes.extend_from_slice(&nonce);
    XChaCha20Poly1305::new(&(*key.cipher_key()).into())
        .encrypt_in_place(&XNonce::from(nonce), &bytes, &mut *plain)
        .ok()?;
    bytes.extend_from_slice(&plain);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    Some(bytes)
}

/// Reads fields of fixed size one after another.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Defect> {
        let (field, rest) = self.0.split_first_chunk().ok_or(Defect::Corrupt("it is too short"))?;
        self.0 = rest;
        Ok(*field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DerivedKey {
        DerivedKey::for_test(Derivation::with_new_salt(), [7; 32])
    }

    fn file(key: &DerivedKey) -> Vec<u8> {
        seal(Zeroizing::new(b"{\"account-key:a1\":\"sk_test_1\"}".to_vec()), key).unwrap()
    }

    /// What someone who may write the file can do and plain damage cannot: make the checksum fit.
    fn with_new_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
        let content = bytes.len() - CHECKSUM_BYTES;
        let checksum = Sha256::digest(&bytes[..content]);
        bytes[content..].copy_from_slice(&checksum);
        bytes
    }

    fn open(bytes: &[u8], key: &DerivedKey) -> Result<Vec<u8>, Defect> {
        SealedFile::parse(bytes)?.unseal(key).map(|plain| plain.to_vec())
    }

    #[test]
    fn what_was_sealed_opens() {
        let key = key();
        let bytes = file(&key);
        assert_eq!(open(&bytes, &key).unwrap(), b"{\"account-key:a1\":\"sk_test_1\"}");
        assert_eq!(SealedFile::parse(&bytes).unwrap().derivation, *key.derivation());
        assert!(key.fits(SealedFile::parse(&bytes).unwrap().check));
    }

    #[test]
    fn every_flipped_bit_is_damage() {
        let key = key();
        let whole = file(&key);
        for at in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(matches!(SealedFile::parse(&bytes), Err(Defect::Corrupt(_))), "bit {at}");
        }
    }

    #[test]
    fn every_flipped_byte_breaks_the_seal_even_with_a_new_checksum() {
        let key = key();
        let whole = file(&key);
        for at in 0..whole.len() - CHECKSUM_BYTES {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x40;
            assert!(open(&with_new_checksum(bytes), &key).is_err(), "byte {at}");
        }
    }

    #[test]
    fn every_shortening_is_damage() {
        let whole = file(&key());
        for length in 0..whole.len() {
            assert!(matches!(SealedFile::parse(&whole[..length]), Err(Defect::Corrupt(_))), "{length}");
        }
    }

    #[test]
    fn added_bytes_are_damage() {
        let mut bytes = file(&key());
        bytes.push(0);
        assert!(matches!(SealedFile::parse(&bytes), Err(Defect::Corrupt(_))));
    }

    #[test]
    fn a_later_version_is_named() {
        let mut bytes = file(&key());
        bytes[8] = 2;
        assert_eq!(SealedFile::parse(&with_new_checksum(bytes)).unwrap_err(), Defect::Newer(2));
    }

    #[test]
    fn a_weaker_or_a_monstrous_derivation_is_refused() {
        for (at, value) in [(10, 8_u32), (10, u32::MAX), (14, 1), (14, u32::MAX), (18, 0), (18, u32::MAX)] {
            let mut bytes = file(&key());
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let defect = SealedFile::parse(&with_new_checksum(bytes)).unwrap_err();
            assert_eq!(defect, Defect::Corrupt("its header is out of bounds"), "{at} {value}");
        }
    }

    #[test]
    fn two_writes_of_the_same_text_share_no_nonce_and_no_sealed_bytes() {
        let key = key();
        let (first, second) = (file(&key), file(&key));
        assert_eq!(first[..NONCE_AT], second[..NONCE_AT]);
        assert_ne!(first[NONCE_AT..HEADER_BYTES], second[NONCE_AT..HEADER_BYTES]);
        assert_ne!(first[HEADER_BYTES..], second[HEADER_BYTES..]);
    }
}

//! Codes and hashes over a message in pieces, compared in a time that tells nothing of them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A message in pieces, so that a body is never copied.
pub(crate) type Message<'a> = &'a [&'a [u8]];

/// HMAC-SHA256. A key of any length is one; nothing is the answer that the type asks for and that never comes.
pub(crate) fn hmac_sha256(key: &[u8], message: Message<'_>) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    message.iter().for_each(|piece| mac.update(piece));
    Some(mac.finalize().into_bytes().into())
}

/// HMAC-SHA1, which Twilio signs with; the weakness of SHA-1 against collisions does not reach its HMAC.
pub(crate) fn hmac_sha1(key: &[u8], message: Message<'_>) -> Option<[u8; 20]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    message.iter().for_each(|piece| mac.update(piece));
    Some(mac.finalize().into_bytes().into())
}

/// SHA-256.
pub(crate) fn sha256(message: Message<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    message.iter().for_each(|piece| hash.update(piece));
    hash.finalize().into()
}

/// Whether two codes are the same, in a time that does not depend on where they differ.
pub(crate) fn same<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    openssl::memcmp::eq(one, other)
}

/// Which of the codes that the keys make is among the signatures, counted from 0.
pub(crate) fn which<const N: usize>(
    codes: impl Iterator<Item = Option<[u8; N]>>,
    signatures: &[[u8; N]],
) -> Option<usize> {
    let fits = |code: [u8; N]| signatures.iter().any(|signature| same(&code, signature));
    codes.enumerate().find(|(_, code)| code.is_some_and(fits)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::{hmac_sha1, hmac_sha256, sha256};

    // RFC 4231 case 2 and RFC 2202 case 2, and FIPS 180-2 for `abc`.
    #[test]
    fn codes_are_those_of_the_standards() {
        let message: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hmac_sha256(b"Jefe", message).map(hex::encode).as_deref(), Some(known));
        let known = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        assert_eq!(hmac_sha1(b"Jefe", message).map(hex::encode).as_deref(), Some(known));
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(sha256(&[b"a", b"", b"bc"])), known);
    }
}

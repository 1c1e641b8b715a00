//! Certificates for tests.

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::extension::BasicConstraints;
use openssl::x509::{X509, X509Name};

use crate::support::SIGNED;

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Certified {
    pub(crate) certificate: X509,
    pub(crate) key: PKey<Private>,
}

/// What a certificate is to be like.
#[derive(Clone)]
pub(crate) struct Wish {
    pub(crate) names: Vec<&'static str>,
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) is_authority: bool,
    pub(crate) digest: MessageDigest,
}

impl Wish {
    pub(crate) fn named(name: &'static str) -> Self {
        Self {
            names: vec![name],
            from: SIGNED - 1000,
            until: SIGNED + 1000,
            is_authority: false,
            digest: MessageDigest::sha256(),
        }
    }
}

pub(crate) fn rsa_key(bits: u32) -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
}

pub(crate) fn curve_key(curve: Nid) -> PKey<Private> {
    PKey::from_ec_key(EcKey::generate(&EcGroup::from_curve_name(curve).unwrap()).unwrap()).unwrap()
}

pub(crate) fn root(name: &'static str) -> Certified {
    let wish = Wish { is_authority: true, ..Wish::named(name) };
    issue(&wish, rsa_key(2048), None)
}

/// A certificate by an authority, or by itself.
pub(crate) fn issue(wish: &Wish, key: PKey<Private>, authority: Option<&Certified>) -> Certified {
    let mut name = X509Name::builder().unwrap();
    for one in &wish.names {
        name.append_entry_by_nid(Nid::COMMONNAME, one).unwrap();
    }
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&Asn1Integer::from_bn(&BigNum::from_u32(7).unwrap()).unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(authority.map_or(&*name, |one| one.certificate.subject_name())).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(wish.from).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(wish.until).unwrap()).unwrap();
    builder.set_pubkey(&key).unwrap();
    if wish.is_authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    builder.sign(authority.map_or(&key, |one| &one.key), wish.digest).unwrap();
    Certified { certificate: builder.build(), key }
}

/// Certificates as a file.
pub(crate) fn pem(certificates: &[&Certified]) -> Vec<u8> {
    certificates.iter().flat_map(|one| one.certificate.to_pem().unwrap()).collect()
}

/// A signature over SHA-256.
pub(crate) fn signed(key: &PKey<Private>, message: &[u8]) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    signer.update(message).unwrap();
    signer.sign_to_vec().unwrap()
}

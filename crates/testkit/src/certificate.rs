//! Certificates made on the spot, good and bad ones.

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// A self-signed server certificate and its key. A client trusts it when it is told to, and still
/// refuses it when it is expired or of another host.
#[derive(Debug, Clone)]
pub struct TestCertificate {
    pem: Vec<u8>,
    key_pem: Vec<u8>,
}

impl TestCertificate {
    /// For 127.0.0.1 and localhost, valid for a day.
    pub fn valid() -> Self {
        Self::make(&["127.0.0.1"], &["localhost"], -3600, 86_400)
    }

    /// For the right host, but over since yesterday.
    pub fn expired() -> Self {
        Self::make(&["127.0.0.1"], &["localhost"], -172_800, -86_400)
    }

    /// Valid, but of another host.
    pub fn of_another_host() -> Self {
        Self::make(&[], &["vendor.example"], -3600, 86_400)
    }

    /// The certificate, for a client that shall trust it.
    pub fn pem(&self) -> &[u8] {
        &self.pem
    }

    fn make(addresses: &[&str], names: &[&str], from_seconds: i64, until_seconds: i64) -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).expect("the curve");
        let key = PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key");
        let mut name = X509NameBuilder::new().expect("a name");
        name.append_entry_by_text("CN", "testkit").expect("a name");
        let name = name.build();
        let now = i64::try_from(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs(),
        )
        .expect("a year before 292 billion");
        let time = |offset: i64| Asn1Time::from_unix(now + offset).expect("a time");
        let mut builder = X509::builder().expect("a builder");
        builder.set_version(2).expect("version 3");
        let serial = BigNum::from_u32(1).and_then(|one| one.to_asn1_integer()).expect("a number");
        builder.set_serial_number(&serial).expect("a serial number");
        builder.set_subject_name(&name).expect("a subject");
        builder.set_issuer_name(&name).expect("an issuer");
        builder.set_pubkey(&key).expect("a key");
        builder.set_not_before(&time(from_seconds)).expect("a start");
        builder.set_not_after(&time(until_seconds)).expect("an end");
        let mut alternative = SubjectAlternativeName::new();
        for address in addresses {
            alternative.ip(address);
        }
        for name in names {
            alternative.dns(name);
        }
        let alternative = alternative.build(&builder.x509v3_context(None, None)).expect("the hosts");
        builder.append_extension(alternative).expect("the hosts");
        let constraints = BasicConstraints::new().critical().ca().build().expect("the constraints");
        builder.append_extension(constraints).expect("the constraints");
        builder.sign(&key, MessageDigest::sha256()).expect("a signature");
        let pem = builder.build().to_pem().expect("PEM");
        Self { pem, key_pem: key.private_key_to_pem_pkcs8().expect("PEM") }
    }

    pub(crate) fn acceptor(&self, alpn: &[&str]) -> tokio_native_tls::TlsAcceptor {
        let identity = native_tls::Identity::from_pkcs8(&self.pem, &self.key_pem).expect("an identity");
        native_tls::TlsAcceptor::builder(identity).accept_alpn(alpn).build().expect("an acceptor").into()
    }
}

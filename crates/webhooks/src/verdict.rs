//! What a request is judged by, and what was found.

use std::time::Duration;

use domain::{Secret, Timestamp};

/// What a vendor's signature is checked with.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The endpoint's secret, auth token, client secret or base64 public key of the scheme; several while one is exchanged
    /// for the next. PayPal has none.
    pub secrets: Vec<Secret>,
    /// The id that PayPal gave the webhook, which it signs.
    pub webhook_id: Option<String>,
    /// What PayPal's certificate address returns: the certificate and those between it and a root, as PEM.
    pub certificate_pem: Option<Vec<u8>>,
    /// The roots to trust, as PEM.
    pub roots_pem: Option<Vec<u8>>,
}

/// When a request is judged, and how far its signed time may lie from then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The present.
    pub at: Timestamp,
    /// How far the signed time may lie before or behind it; nothing leaves time out.
    pub tolerance: Option<Duration>,
}

/// What a good signature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valid {
    /// Which of the secrets made it, counted from 0; nothing where a certificate did.
    pub secret: Option<usize>,
    /// The time that was signed, where the scheme signs one.
    pub signed_at: Option<Timestamp>,
    /// Whether no other body could have the same signature. Where it is not so, what the body says is never believed
    /// about money: the object is fetched again first.
    pub covers_body: bool,
}

/// Why a request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Invalid {
    /// No key was given.
    #[error("no key was given to check it with")]
    NoKey,
    /// A key is empty or white space, which would make everybody's signature good.
    #[error("a key is empty")]
    BlankKey,
    /// A key is not in the form of the scheme.
    #[error("a key is not {0}")]
    MalformedKey(&'static str),
    /// A header that the scheme needs is not there.
    #[error("the header {0} is missing")]
    HeaderMissing(&'static str),
    /// A header is there more than once.
    #[error("the header {0} is there more than once")]
    HeaderRepeated(&'static str),
    /// A header has a form that the vendor never gives it.
    #[error("the header {0} is not in its one form: {1}")]
    HeaderMalformed(&'static str, &'static str),
    /// Signatures are there, but none of a version that is checked.
    #[error("the header {0} has no signature of the version {1}")]
    NoSignature(&'static str, &'static str),
    /// The address is not a whole one of HTTP, and the scheme signs it.
    #[error("the address of the request, which is signed, is not a whole one of HTTP")]
    Address,
    /// The body is neither a form nor is its hash in the address.
    #[error("the body is no form in its one spelling, and the address does not tell its hash")]
    NoForm,
    /// The hash in the address is not that of the body.
    #[error("the address tells another hash than that of the body")]
    BodyHash,
    /// The id of the webhook was not given, or is none.
    #[error("the id that PayPal gave the webhook is missing, or is none")]
    WebhookId,
    /// The certificate's address is not a plain one at PayPal.
    #[error("the address of the certificate is not at PayPal")]
    CertificateUrl,
    /// The certificate is not here.
    #[error("the certificate is not here")]
    CertificateMissing,
    /// What should be the certificate is none with a key by RSA, in PEM.
    #[error("the certificate cannot be read, or has no key for RSA")]
    CertificateUnreadable,
    /// There are no roots to trust, or they cannot be read.
    #[error("there are no roots to trust, or they cannot be read")]
    RootsMissing,
    /// The certificate, or one above it, holds only later.
    #[error("the certificate is not valid yet")]
    CertificateNotYet,
    /// The certificate, or one above it, held until earlier.
    #[error("the certificate has expired")]
    CertificateExpired,
    /// The certificate does not lead to a root that is trusted, or by something too weak.
    #[error("the certificate does not lead to a trusted root")]
    CertificateUntrusted,
    /// The certificate is somebody else's.
    #[error("the certificate is not PayPal's")]
    CertificateName,
    /// No key made the signature over this request.
    #[error("the signature does not fit the request and the key")]
    Mismatch,
    /// The signature is good and too old.
    #[error("it was signed too long ago")]
    TooOld,
    /// The signature is good and from a time to come.
    #[error("it was signed in a time to come")]
    TooNew,
}

impl Invalid {
    /// The word for it in tables and documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::BlankKey => "blank_key",
            Self::MalformedKey(_) => "malformed_key",
            Self::HeaderMissing(_) => "header_missing",
            Self::HeaderRepeated(_) => "header_repeated",
            Self::HeaderMalformed(..) => "header_malformed",
            Self::NoSignature(..) => "no_signature",
            Self::Address => "address",
            Self::NoForm => "no_form",
            Self::BodyHash => "body_hash",
            Self::WebhookId => "webhook_id",
            Self::CertificateUrl => "certificate_url",
            Self::CertificateMissing => "certificate_missing",
            Self::CertificateUnreadable => "certificate_unreadable",
            Self::RootsMissing => "roots_missing",
            Self::CertificateNotYet => "certificate_not_yet",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateUntrusted => "certificate_untrusted",
            Self::CertificateName => "certificate_name",
            Self::Mismatch => "mismatch",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
        }
    }
}

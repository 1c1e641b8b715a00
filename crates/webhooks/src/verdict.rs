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

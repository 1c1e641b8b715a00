//! The two files, their one form and their signatures.

use domain::{Environment, IntentId, Timestamp, Vendor};
use rand::TryRng;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Problem;
use crate::key::{PersonKey, PublicKey};
use crate::wish::Wish;

/// How long a request is good where nobody says otherwise.
pub const LIFE_MS: i64 = 24 * 3_600_000;
/// The longest that a request is good.
pub const LIFE_MAX_MS: i64 = 7 * 24 * 3_600_000;
/// A longer file is none of ours. A request for a run holds each of its rows.
pub const FILE_MAX_BYTES: usize = 12 * 1024 * 1024;
/// The form of both files; another form gets another number.
const VERSION: u32 = 1;
/// How far two people's clocks may be apart.
const CLOCKS_APART_MS: i64 = 10 * 60_000;

/// Who signed something: their key, and the names they gave, which prove nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The key that the signature is of.
    pub key: PublicKey,
    /// The name that they gave in Paydesk; may be empty.
    pub name: String,
    /// The name that their operating system knows them by.
    pub system_user: String,
}

/// An account as its vendor knows it, so that both profiles mean the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountName {
    /// Which money.
    pub environment: Environment,
    /// The vendor's id of it.
    pub id: String,
    /// The vendor.
    pub vendor: Vendor,
}

/// What one person asks another to agree to. Its fields stand in the order of their names, which is the order
/// of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The account that pays.
    pub account: AccountName,
    /// Who asks.
    pub asked_by: Signer,
    /// When.
    pub created: Timestamp,
    /// Until when an answer counts.
    pub expires: Timestamp,
    /// Its id. The intent of one refund gets it too, and those of a run's rows follow from it, so that there can
    /// only ever be one.
    pub id: IntentId,
    /// Which limit it is above, in a word.
    pub limit: Option<String>,
    /// Chance, so that no two requests are alike.
    pub nonce: String,
    /// The internal note.
    pub note: Option<String>,
    /// The ticket that it is for.
    pub ticket: Option<String>,
    /// What for.
    pub wish: Wish,
}

/// What the second person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may be paid, once, exactly as asked.
    Approved,
    /// It may not.
    Declined,
}

/// The second person's answer to one request, and to no other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// When they decided.
    pub decided: Timestamp,
    /// Who decided.
    pub decided_by: Signer,
    /// What.
    pub decision: Decision,
    /// The request's chance.
    pub nonce: String,
    /// The request's id.
    pub request: IntentId,
    /// SHA-256 over the request's whole file.
    pub request_digest: String,
}

/// How a request is at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It is good.
    Good,
    /// Its time is over.
    Expired,
    /// By the clock here it was not made yet, so that clock says nothing about its end.
    ClockBehind,
}

impl Request {
    /// How it is at the latest moment that anything here knows of: not only this machine's clock, which whoever
    /// holds the machine can set back.
    pub fn moment(&self, latest: Timestamp) -> Moment {
        if latest >= self.expires {
            Moment::Expired
        } else if latest < self.created.plus_ms(-CLOCKS_APART_MS) {
            Moment::ClockBehind
        } else {
            Moment::Good
        }
    }

    /// New chance for a request.
    ///
    /// # Errors
    /// Where the system gives none.
    pub fn new_nonce() -> std::io::Result<String> {
        let mut bytes = [0; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(std::io::Error::other)?;
        Ok(hex::encode(bytes))
    }
}

/// What can be signed.
pub trait Document: Serialize + DeserializeOwned + PartialEq {
    /// What stands in the file for it.
    const KIND: &'static str;
    /// What the signature covers before the document's own bytes.
    const DOMAIN: &'static [u8];
    /// Whose signature it must have.
    fn signer(&self) -> &Signer;
    /// Whether what it says can be so.
    fn is_possible(&self) -> bool;
}

impl Document for Request {
    const KIND: &'static str = "paydesk-approval-request";
    const DOMAIN: &'static [u8] = b"paydesk approval request, version 1\0";

    fn signer(&self) -> &Signer {
        &self.asked_by
    }

    fn is_possible(&self) -> bool {
        let life = self.expires.ms_since(self.created);
        (1..=LIFE_MAX_MS).contains(&life) && is_hex(&self.nonce, 32) && self.wish.is_possible()
    }
}

impl Document for Answer {
    const KIND: &'static str = "paydesk-approval-answer";
    const DOMAIN: &'static [u8] = b"paydesk approval answer, version 1\0";

    fn signer(&self) -> &Signer {
        &self.decided_by
    }

    fn is_possible(&self) -> bool {
        is_hex(&self.nonce, 32) && is_hex(&self.request_digest, 64)
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|one| matches!(one, b'0'..=b'9' | b'a'..=b'f'))
}

/// A document with its signature and the text of its file, which were checked against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<D> {
    /// What it says.
    pub document: D,
    /// The whole file.
    pub file: String,
}

/// The file, its fields in the order of their names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<D> {
    document: D,
    kind: String,
    signature: String,
    version: u32,
}

/// What is read of a file before anything else.
#[derive(Deserialize)]
struct Label {
    kind: String,
    version: u32,
}

fn signed_bytes<D: Document>(document: &D) -> Result<Vec<u8>, Problem> {
    let mut bytes = D::DOMAIN.to_vec();
    serde_json::to_writer(&mut bytes, document).map_err(|_| Problem::Absurd)?;
    Ok(bytes)
}

impl<D: Document> Signed<D> {
    /// Signs a document. Its signer must be the one of the key.
    ///
    /// # Errors
    /// Where what it says cannot be so.
    pub fn sign(document: D, key: &PersonKey) -> Result<Self, Problem> {
        if !document.is_possible() || document.signer().key != key.public() {
            return Err(Problem::Absurd);
        }
        let signature = hex::encode(key.sign(&signed_bytes(&document)?));
        let envelope = Envelope { document, kind: D::KIND.to_owned(), signature, version: VERSION };
        let file = serde_json::to_string(&envelope).map_err(|_| Problem::Absurd)?;
        Ok(Self { document: envelope.document, file })
    }

    /// Reads a file and checks all of it that can be checked without knowing anybody: its form, its signature
    /// and whether what it says can be so.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn read(text: &str) -> Result<Self, Problem> {
        // Mail and editors put line breaks at the ends; between them each byte counts.
        let file = text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        if file.len() > FILE_MAX_BYTES {
            return Err(Problem::Unreadable);
        }
        let label: Label = serde_json::from_str(file).map_err(|_| Problem::Unreadable)?;
        if label.kind != D::KIND {
            return Err(Problem::Unreadable);
        }
        if label.version != VERSION {
            return Err(Problem::Newer);
        }
        let envelope: Envelope<D> = serde_json::from_str(file).map_err(|_| Problem::Unreadable)?;
        if serde_json::to_string(&envelope).map_err(|_| Problem::Unreadable)? != file {
            return Err(Problem::Unreadable);
        }
        let mut signature = [0; 64];
        hex::decode_to_slice(&envelope.signature, &mut signature).map_err(|_| Problem::Forged)?;
        let document = envelope.document;
        if !is_hex(&envelope.signature, 128)
            || !document.signer().key.fits(&signed_bytes(&document)?, &signature)
        {
            return Err(Problem::Forged);
        }
        if !document.is_possible() {
            return Err(Problem::Absurd);
        }
        Ok(Self { document, file: file.to_owned() })
    }
}

impl Signed<Request> {
    /// The hash by which an answer names this request.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.file.as_bytes()))
    }

    /// Whether an answer is one to this request.
    pub fn is_answered_by(&self, answer: &Answer) -> bool {
        let request = &self.document;
        answer.request == request.id
            && answer.nonce == request.nonce
            && answer.request_digest == self.digest()
    }

    /// Signs an answer to it.
    ///
    /// # Errors
    /// As [`Signed::sign`].
    pub fn answer(
        &self,
        decision: Decision,
        decided_by: Signer,
        decided: Timestamp,
        key: &PersonKey,
    ) -> Result<Signed<Answer>, Problem> {
        let answer = Answer {
            decided,
            decided_by,
            decision,
            nonce: self.document.nonce.clone(),
            request: self.document.id,
            request_digest: self.digest(),
        };
        Signed::sign(answer, key)
    }
}

/// A file of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Somebody asks.
    Request(Signed<Request>),
    /// Somebody answered.
    Answer(Signed<Answer>),
}

/// Reads a file of either kind, as [`Signed::read`].
///
/// # Errors
/// With what is wrong.
pub fn open(text: &str) -> Result<Opened, Problem> {
    match Signed::<Request>::read(text) {
        Ok(request) => Ok(Opened::Request(request)),
        Err(Problem::Unreadable) => Signed::<Answer>::read(text).map(Opened::Answer),
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;

//! The chain of hashes: what a line's hash is of, and what does not fit.

use domain::Environment;
use sha2::{Digest, Sha256};

/// Says what is hashed, so that no hash of another purpose can stand in for one of these.
const OF_LINE: &[u8] = b"paydesk.book.line.v1\0";
const OF_BEGINNING: &[u8] = b"paydesk.book.beginning.v1\0";

/// Where a book stands: how many lines it has, and the hash of the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Lines.
    pub count: u64,
    /// The hash of the last one; that of the beginning where there is none.
    pub hash: [u8; 32],
}

impl Head {
    /// The head of a book without lines. It differs by environment, so that one book is never another's
    /// beginning.
    pub fn beginning(environment: Environment) -> Self {
        let mut digest = Sha256::new();
        digest.update(OF_BEGINNING);
        digest.update(environment.as_str());
        Self { count: 0, hash: digest.finalize().into() }
    }

    /// The head as a line of text, for the vault and for people.
    pub fn to_text(self) -> String {
        format!("{}:{}", self.count, hex::encode(self.hash))
    }

    /// Reads what [`Head::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let (count, hash) = text.trim().split_once(':')?;
        let mut head = Self { count: count.parse().ok()?, hash: [0; 32] };
        hex::decode_to_slice(hash, &mut head.hash).ok()?;
        Some(head)
    }
}

/// A line as it stands in the file, byte for byte, whatever those bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawLine {
    pub(crate) number: u64,
    pub(crate) at: i64,
    pub(crate) system_user: Vec<u8>,
    pub(crate) name: Vec<u8>,
    pub(crate) shell: Vec<u8>,
    pub(crate) action: Vec<u8>,
    pub(crate) account: Option<Vec<u8>>,
    pub(crate) subject: Vec<u8>,
    pub(crate) facts: Vec<u8>,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) previous: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl RawLine {
    /// The hash of all that the line says. Each field goes in with its length, so that no two lines have the
    /// same bytes.
    pub(crate) fn hashed(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(OF_LINE);
        digest.update(self.number.to_be_bytes());
        digest.update(self.at.to_be_bytes());
        let fields = [
            Some(&self.previous),
            Some(&self.system_user),
            Some(&self.name),
            Some(&self.shell),
            Some(&self.action),
            self.account.as_ref(),
            Some(&self.subject),
            Some(&self.facts),
            self.sealed.as_ref(),
        ];
        for field in fields {
            match field {
                None => digest.update([0]),
                Some(bytes) => {
                    digest.update([1]);
                    digest.update((bytes.len() as u64).to_be_bytes());
                    digest.update(bytes);
                }
            }
        }
        digest.finalize().into()
    }
}

/// What does not fit in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The line is not there, though later ones are.
    Missing,
    /// The line is not what it was when it was written.
    Changed,
    /// The line does not follow the one before it: one was put in, taken out or moved between them.
    OutOfPlace,
    /// The line was there when the head was kept, and the book ends before it.
    CutOff,
    /// The line, or one before it, was written anew together with all hashes after it.
    Rewritten,
}

impl Flaw {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::OutOfPlace => "out_of_place",
            Self::CutOff => "cut_off",
            Self::Rewritten => "rewritten",
        }
    }
}

/// Where a book does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// The line.
    pub line: u64,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// Follows a book line by line.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    head: Head,
    /// Heads that were kept elsewhere, which the book must still have.
    kept: Vec<Head>,
}

impl Chain {
    pub(crate) fn begin(environment: Environment, kept: &[Head]) -> Result<Self, Break> {
        let chain = Self { head: Head::beginning(environment), kept: kept.to_vec() };
        chain.compare()?;
        Ok(chain)
    }

    /// The head after the lines so far.
    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// Takes the next line.
    pub(crate) fn follow(&mut self, line: &RawLine) -> Result<(), Break> {
        let number = self.head.count + 1;
        if line.number != number {
            return Err(Break { line: number, flaw: Flaw::Missing });
        }
        let hash = line.hashed();
        if line.hash != hash {
            return Err(Break { line: number, flaw: Flaw::Changed });
        }
        if line.previous != self.head.hash {
            return Err(Break { line: number, flaw: Flaw::OutOfPlace });
        }
        self.head = Head { count: number, hash };
        self.compare()
    }

    /// Says that there are no more lines.
    pub(crate) fn end(&self) -> Result<(), Break> {
        let cut = self.kept.iter().filter(|kept| kept.count > self.head.count);
        match cut.map(|kept| kept.count).min() {
            None => Ok(()),
            Some(_) => Err(Break { line: self.head.count + 1, flaw: Flaw::CutOff }),
        }
    }

    fn compare(&self) -> Result<(), Break> {
        let other = self.kept.iter().any(|kept| kept.count == self.head.count && kept.hash != self.head.hash);
        if other { Err(Break { line: self.head.count, flaw: Flaw::Rewritten }) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;

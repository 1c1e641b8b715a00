//! The book as a file that can be followed without Paydesk's file or keys: one JSON document a line, what
//! tells of a person sealed, and at the end the head and a hash of everything before.

use std::io::{BufRead, Write};

use domain::Environment;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chain::{Break, Chain, Flaw, Head, RawLine};
use crate::error::{MirrorError, Result};

/// The longest line that is read; longer ones are none of ours.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// A line as it stands, for the file.
#[derive(Debug, Clone)]
pub struct BookFile(pub(crate) RawLine);

impl BookFile {
    /// Its number.
    pub fn number(&self) -> u64 {
        self.0.number
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    paydesk_book: u32,
    environment: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    number: u64,
    at_ms: i64,
    system_user: String,
    name: String,
    shell: String,
    action: String,
    account: Option<String>,
    subject: String,
    facts: String,
    sealed: Option<String>,
    previous: String,
    hash: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    lines: u64,
    head: String,
    sha256: String,
}

impl Line {
    fn of(raw: &RawLine) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            number: raw.number,
            at_ms: raw.at,
            system_user: text(&raw.system_user),
            name: text(&raw.name),
            shell: text(&raw.shell),
            action: text(&raw.action),
            account: raw.account.as_deref().map(text),
            subject: text(&raw.subject),
            facts: text(&raw.facts),
            sealed: raw.sealed.as_deref().map(hex::encode),
            previous: hex::encode(&raw.previous),
            hash: hex::encode(&raw.hash),
        }
    }

    fn to_raw(&self) -> Option<RawLine> {
        Some(RawLine {
            number: self.number,
            at: self.at_ms,
            system_user: self.system_user.clone().into_bytes(),
            name: self.name.clone().into_bytes(),
            shell: self.shell.clone().into_bytes(),
            action: self.action.clone().into_bytes(),
            account: self.account.clone().map(String::into_bytes),
            subject: self.subject.clone().into_bytes(),
            facts: self.facts.clone().into_bytes(),
            sealed: self.sealed.as_ref().map(hex::decode).transpose().ok()?,
            previous: hex::decode(&self.previous).ok()?,
            hash: hex::decode(&self.hash).ok()?,
        })
    }
}

/// Writes a book into a file.
#[derive(Debug)]
pub struct BookWriter<W: Write> {
    out: W,
    digest: Sha256,
    chain: Option<Chain>,
    head: Head,
    lines: u64,
    broken: Option<Break>,
}

impl<W: Write> BookWriter<W> {
    /// Begins with the first line.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn begin(out: W, environment: Environment) -> Result<Self> {
        let mut writer = Self {
            out,
            digest: Sha256::new(),
            chain: Chain::begin(environment, &[]).ok(),
            head: Head::beginning(environment),
            lines: 0,
            broken: None,
        };
        writer.put(&First { paydesk_book: 1, environment: environment.to_string() })?;
        Ok(writer)
    }

    /// Adds a line, fitting or not: a book that was tampered with must be there to be shown.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn push(&mut self, line: &BookFile) -> Result<()> {
        if let Some(Err(broken)) = self.chain.as_mut().map(|chain| chain.follow(&line.0)) {
            self.broken.get_or_insert(broken);
            self.chain = None;
        }
        self.head = self.chain.as_ref().map_or(self.head, Chain::head);
        self.lines += 1;
        self.put(&Line::of(&line.0))
    }

    /// Writes the last line; tells the head as far as all fits, and what does not.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub fn finish(mut self) -> Result<(W, Head, Option<Break>)> {
        let sha256 = hex::encode(self.digest.clone().finalize());
        self.put(&Last { lines: self.lines, head: self.head.to_text(), sha256 })?;
        self.out.flush()?;
        Ok((self.out, self.head, self.broken))
    }

    fn put(&mut self, document: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(document)
            .map_err(|_| MirrorError::corrupt("a line of the book cannot be written"))?;
        for bytes in [text.as_bytes(), b"\n"] {
            self.digest.update(bytes);
            self.out.write_all(bytes)?;
        }
        Ok(())
    }
}

/// What a file of a book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedFile {
    /// The environment that it says it is of.
    pub environment: Environment,
    /// Its head, where all of it fits.
    pub head: Head,
    /// Where it does not fit: the line of the book; one more than there are for its last line.
    pub broken: Option<Break>,
}

/// Follows a book in a file; none where the file is no book at all.
///
/// # Errors
/// Where the file cannot be read.
pub fn verify_file(file: impl BufRead) -> Result<Option<VerifiedFile>> {
    let mut lines = Lines { file, digest: Sha256::new() };
    let Some(Found::Line(first)) = lines.next()? else { return Ok(None) };
    let Some(first) = read::<First>(&first) else { return Ok(None) };
    let Ok(environment) = first.environment.parse::<Environment>() else { return Ok(None) };
    if first.paydesk_book != 1 {
        return Ok(None);
    }
    let Ok(mut chain) = Chain::begin(environment, &[]) else { return Ok(None) };
    let broken = follow(&mut lines, &mut chain)?.err();
    Ok(Some(VerifiedFile { environment, head: chain.head(), broken }))
}

fn follow(lines: &mut Lines<impl BufRead>, chain: &mut Chain) -> Result<std::result::Result<(), Break>> {
    loop {
        let at = chain.head().count + 1;
        let broken = |flaw| Ok(Err(Break { line: at, flaw }));
        let before = hex::encode(lines.digest.clone().finalize());
        let text = match lines.next()? {
            None => return broken(Flaw::CutOff),
            Some(Found::NotOurs) => return broken(Flaw::Changed),
            Some(Found::Line(text)) => text,
        };
        if let Some(line) = read::<Line>(&text) {
            let Some(raw) = line.to_raw() else { return broken(Flaw::Changed) };
            if let Err(found) = chain.follow(&raw) {
                return Ok(Err(found));
            }
            continue;
        }
        let head = chain.head();
        let last = read::<Last>(&text);
        let fits =
            last.is_some_and(|last| last == Last { lines: head.count, head: head.to_text(), sha256: before });
        let ends = lines.next()?.is_none();
        return if fits && ends { Ok(Ok(())) } else { broken(Flaw::Changed) };
    }
}

/// A document that is written exactly as Paydesk writes it: another spelling of the same is a change too.
fn read<T: Serialize + for<'a> Deserialize<'a>>(text: &str) -> Option<T> {
    let document: T = serde_json::from_str(text).ok()?;
    (serde_json::to_string(&document).ok()? == text).then_some(document)
}

enum Found {
    Line(String),
    NotOurs,
}

struct Lines<R: BufRead> {
    file: R,
    digest: Sha256,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<Found>> {
        let mut bytes = Vec::new();
        let read = std::io::Read::take(&mut self.file, MOST_BYTES).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.digest.update(&bytes);
        Ok(Some(match (bytes.pop(), String::from_utf8(bytes)) {
            (Some(b'\n'), Ok(text)) => Found::Line(text),
            _ => Found::NotOurs,
        }))
    }
}

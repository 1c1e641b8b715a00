//! What was done to the sandbox, one JSON line each, on disk before it is answered.
//!
//! The journal holds requests, not results: the account is deterministic, so playing the same requests at the same times on the same seed gives the same rows,
//! the same events and the same kept answers. The first line says which world the requests belong to.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::core::Failure;

const FORMAT: u32 = 1;

/// The world a journal belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) sandbox_journal: u32,
    pub(crate) seed: u64,
    pub(crate) charges: u32,
    pub(crate) recent_charges: u32,
    pub(crate) history_end: i64,
}

impl Header {
    pub(crate) fn new(seed: u64, charges: u32, recent_charges: u32, history_end: i64) -> Header {
        Header { sandbox_journal: FORMAT, seed, charges, recent_charges, history_end }
    }
}

/// One thing that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// A request that was executed, or whose failure is kept under its key.
    Request {
        at: i64,
        request_id: String,
        method: String,
        path: String,
        form: String,
        key: Option<String>,
        failure: Failure,
    },
    /// An event that an endpoint took.
    Delivered { event: u32 },
}

/// The open journal.
pub(crate) struct Journal {
    file: File,
}

/// What can be wrong with a state file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be opened, read or written.
    #[error("the sandbox's state file {path} cannot be used: {source}")]
    Io {
        /// The state file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a sandbox journal, or is damaged before its last line.
    #[error(
        "line {line} of the sandbox's state file {path} cannot be read; move the file away to start a new world"
    )]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The file belongs to a world with other settings.
    #[error(
        "the sandbox's state file {path} was made with seed {seed} and {charges} charges; start with these, or move the file away"
    )]
    OtherWorld {
        /// The state file.
        path: PathBuf,
        /// The seed it was made with.
        seed: u64,
        /// The charges it was made with.
        charges: u32,
    },
}

impl Journal {
    /// Opens a journal and reads what it holds; a new or empty file has no header yet. A last line that was torn by a crash was never answered: it is cut off.
    pub(crate) fn open(path: &Path) -> Result<(Journal, Option<Header>, Vec<Entry>), JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let mut lines =
            bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate();
        let damaged = |line: usize| JournalError::Damaged { path: path.to_owned(), line: line + 1 };
        let header: Option<Header> = match lines.next() {
            None => None,
            Some((at, line)) => Some(
                serde_json::from_slice(line)
                    .ok()
                    .filter(|header: &Header| header.sandbox_journal == FORMAT)
                    .ok_or_else(|| damaged(at))?,
            ),
        };
        let entries = lines
            .map(|(at, line)| serde_json::from_slice(line).map_err(|_| damaged(at)))
            .collect::<Result<Vec<Entry>, _>>()?;
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(io)?;
            file.seek(SeekFrom::End(0)).map_err(io)?;
        }
        Ok((Journal { file }, header, entries))
    }

    /// Writes the first line.
    pub(crate) fn begin(&mut self, header: &Header) -> std::io::Result<()> {
        self.line(header)?;
        self.file.sync_all()
    }

    /// Writes an entry and waits until the disk has it.
    pub(crate) fn append(&mut self, entry: &Entry) -> std::io::Result<()> {
        self.line(entry)?;
        self.file.sync_data()
    }

    /// Writes an entry whose loss would do no harm.
    pub(crate) fn note(&mut self, entry: &Entry) -> std::io::Result<()> {
        self.line(entry)
    }

    fn line(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        let mut bytes = serde_json::to_vec(value)?;
        bytes.push(b'\n');
        // One write per line, so that only the last line can be torn.
        self.file.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64) -> Entry {
        Entry::Request {
            at,
            request_id: "req_1".into(),
            method: "POST".into(),
            path: "/v1/refunds".into(),
            form: "charge=ch_1".into(),
            key: None,
            failure: Failure::None,
        }
    }

    #[test]
    fn a_torn_last_line_is_cut_and_a_damaged_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.journal");
        let (mut journal, header, _) = Journal::open(&path).unwrap();
        assert!(header.is_none());
        journal.begin(&Header::new(1, 5, 20_000, 100)).unwrap();
        journal.append(&entry(1)).unwrap();
        journal.append(&entry(2)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        let (mut journal, header, entries) = Journal::open(&path).unwrap();
        assert_eq!(header.unwrap(), Header::new(1, 5, 20_000, 100));
        assert_eq!(entries.len(), 1);
        journal.append(&entry(3)).unwrap();
        assert_eq!(Journal::open(&path).unwrap().2.len(), 2);
        std::fs::write(&path, [&whole[..20], b"\n", &whole[20..]].concat()).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Damaged { line: 1, .. })));
    }
}

//! The lock that makes one process the Desk of a home.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};

use contract::{ErrorBody, ErrorCode};
use serde::{Deserialize, Serialize};

use crate::home::Home;

const FILE: &str = "desk.lock";

/// What the owner writes into the lock file, for others to find it. The lock itself is the
/// operating system's: it is gone with the process, however it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Its process.
    pub(crate) process: u32,
    /// Where it listens.
    pub(crate) address: String,
}

/// The lock, held as long as this lives.
#[derive(Debug)]
pub(crate) struct Seat {
    file: File,
}

impl Seat {
    /// Takes the lock, or says that somebody has it.
    pub(crate) fn try_take(home: &Home) -> Result<Option<Self>, ErrorBody> {
        let file = open(home).map_err(|error| unusable(home, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(unusable(home, &error)),
        }
    }

    /// Tells others where the Desk is.
    pub(crate) fn announce(&mut self, home: &Home, owner: &Owner) -> Result<(), ErrorBody> {
        let text = serde_json::to_string(owner).unwrap_or_default();
        let write = |file: &mut File| -> io::Result<()> {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(text.as_bytes())?;
            file.flush()
        };
        write(&mut self.file).map_err(|error| unusable(home, &error))
    }
}

/// Reads who has the lock. Between taking it and announcing there is nothing to read yet.
pub(crate) fn owner(home: &Home) -> Option<Owner> {
    let mut text = String::new();
    File::open(home.file(FILE)).ok()?.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn open(home: &Home) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(home.file(FILE))
}

fn unusable(home: &Home, error: &io::Error) -> ErrorBody {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::HomeReadOnly,
    };
    ErrorBody::new(code).with("path", home.root().display()).with("why", error)
}

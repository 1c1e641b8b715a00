//! Getting at the passphrase.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use domain::Secret;
use zeroize::Zeroizing;

use crate::config::PassphraseSource;
use crate::environment::strip_one_line_break;
use crate::error::{PassphraseFileProblem, VaultError};

/// More than any passphrase; a path that points at a disk image ends here.
const LONGEST_PASSPHRASE_BYTES: u64 = 4096;

/// The passphrase itself, checked not to be blank.
pub(super) fn passphrase(source: &PassphraseSource) -> Result<Secret, VaultError> {
    let passphrase = match source {
        PassphraseSource::Given(secret) => secret.clone(),
        PassphraseSource::File(path) => {
            from_file(path).map_err(|problem| VaultError::PassphraseFile { path: path.clone(), problem })?
        }
    };
    if passphrase.is_blank() {
        return Err(VaultError::PassphraseBlank);
    }
    Ok(passphrase)
}

fn from_file(path: &Path) -> Result<Secret, PassphraseFileProblem> {
    let file = File::open(path).map_err(PassphraseFileProblem::Unreadable)?;
    refuse_open_to_others(&file)?;
    // Room for the longest passphrase is made first: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_PASSPHRASE_BYTES as usize + 1));
    file.take(LONGEST_PASSPHRASE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(PassphraseFileProblem::Unreadable)?;
    if bytes.len() as u64 > LONGEST_PASSPHRASE_BYTES {
        return Err(PassphraseFileProblem::TooLarge { limit: LONGEST_PASSPHRASE_BYTES });
    }
    let mut text = str::from_utf8(&bytes).map_err(|_error| PassphraseFileProblem::NotText)?.to_owned();
    strip_one_line_break(&mut text);
    Ok(Secret::new(text))
}

/// Asked of the open file, so that it cannot be exchanged between the question and the reading.
#[cfg(unix)]
fn refuse_open_to_others(file: &File) -> Result<(), PassphraseFileProblem> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = file.metadata().map_err(PassphraseFileProblem::Unreadable)?.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(PassphraseFileProblem::OpenToOthers { mode }) }
}

/// Elsewhere the folders of a user are closed to others by the system.
#[cfg(not(unix))]
fn refuse_open_to_others(_file: &File) -> Result<(), PassphraseFileProblem> {
    Ok(())
}

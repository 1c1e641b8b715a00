//! The mirror's files: who may read them, and names beside them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{MirrorError, Result};

/// First bytes of every SQLite file that is not encrypted (sqlite.org/fileformat.html).
const PLAIN_HEADER: &[u8; 16] = b"SQLite format 3\0";
/// Page size of SQLCipher 4, and so the step of an encrypted file's length.
const PAGE_BYTES: u64 = 4096;

/// What the first look at a file says, before any library touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// There is none.
    Absent,
    /// An SQLite file in plain.
    Plain,
    /// It may be an encrypted one: whole pages of what looks random.
    MaybeEncrypted,
    /// Neither.
    SomethingElse,
}

/// The path with something put behind its file name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes the home private to its owner, refuses a link in its place (D20), and closes files that
/// others could read (D21).
pub(crate) fn secure_home(path: &Path) -> Result<()> {
    let home = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    refuse_link(home)?;
    if !home.exists() {
        create_private_folder(home)?;
    }
    restrict(home, 0o700)?;
    for ending in ["", "-wal", "-shm", ".lock"] {
        let file = beside(path, ending);
        refuse_link(&file)?;
        if file.exists() {
            restrict(&file, 0o600)?;
        }
    }
    Ok(())
}

fn refuse_link(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(facts) if facts.file_type().is_symlink() => {
            Err(MirrorError::Symlink { path: path.display().to_string() })
        }
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn create_private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    Ok(fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?)
}

#[cfg(not(unix))]
fn create_private_folder(path: &Path) -> Result<()> {
    Ok(fs::create_dir_all(path)?)
}

/// Takes away what group and others may do; refuses to go on where that fails.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let open_to_others = |facts: fs::Metadata| facts.permissions().mode() & 0o077 != 0;
    if open_to_others(fs::metadata(path)?) {
        let refused = || MirrorError::Permissions { path: path.display().to_string() };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|_| refused())?;
        // Some file systems take the call and keep the mode.
        if open_to_others(fs::metadata(path)?) {
            return Err(refused());
        }
    }
    Ok(())
}

/// Other systems keep the data folder private to its user by inheritance.
#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> Result<()> {
    Ok(())
}

/// Whether only the owner may read the file; none where the system has no such bits.
#[cfg(unix)]
pub(crate) fn mode_text(path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).ok().map(|facts| format!("{:04o}", facts.permissions().mode() & 0o777))
}

#[cfg(not(unix))]
pub(crate) fn mode_text(_path: &Path) -> Option<String> {
    None
}

/// An empty file that only its owner may read, made before SQLite opens it.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?;
    Ok(())
}

/// Deletes a file that may not be there.
pub(crate) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Gives a finished file its name and makes the name durable.
pub(crate) fn put_in_place(finished: &Path, name: &Path) -> Result<()> {
    File::open(finished)?.sync_all()?;
    fs::rename(finished, name)?;
    sync_folder_of(name)
}

/// Makes the names in the folder of a file durable.
pub(crate) fn sync_folder_of(name: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(folder) = name.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// As [`put_in_place`], and refuses a name that is taken: a link is made only where there is none.
pub(crate) fn put_in_new_place(finished: &Path, name: &Path) -> Result<()> {
    let taken = || MirrorError::FileExists { path: name.display().to_string() };
    match fs::hard_link(finished, name) {
        Ok(()) => fs::remove_file(finished)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(taken()),
        // Some file systems, such as those of memory sticks, have no links.
        Err(_) if name.exists() => return Err(taken()),
        Err(_) => fs::rename(finished, name)?,
    }
    sync_folder_of(name)
}

/// Takes the lock that makes this the one Paydesk that has the file open. It dies with the process.
pub(crate) fn take_lock(path: &Path) -> Result<File> {
    let lock = beside(path, ".lock");
    if !lock.exists() {
        match create_private(&lock) {
            Err(error) if !lock.exists() => return Err(error),
            _ => {}
        }
    }
    let file = fs::OpenOptions::new().read(true).write(true).open(&lock)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(MirrorError::AlreadyOpen),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Looks at the file without any library; an empty one is refused here, since SQLite would take it
/// for a new one and what it held would be gone unnoticed (D14).
pub(crate) fn look(path: &Path) -> Result<Look> {
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Look::Absent),
        Err(error) => return Err(error.into()),
    };
    if !facts.is_file() {
        return Ok(Look::SomethingElse);
    }
    if facts.len() == 0 {
        return Err(MirrorError::EmptyFile);
    }
    let mut header = Vec::with_capacity(PLAIN_HEADER.len());
    File::open(path)?.take(16).read_to_end(&mut header)?;
    Ok(match header == PLAIN_HEADER {
        true => Look::Plain,
        false if facts.len().is_multiple_of(PAGE_BYTES) => Look::MaybeEncrypted,
        false => Look::SomethingElse,
    })
}

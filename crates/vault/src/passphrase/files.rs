//! The files of the passphrase vault in the home: reading, locking and replacing them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::VaultError;

const VAULT_FILE: &str = "vault.bin";
/// The next state of the vault file; whatever a crash left of it is removed by the next write.
const NEW_FILE: &str = "vault.bin.new";
const LOCK_FILE: &str = "vault.lock";

/// Thousands of keys fit; more is no vault.
const LARGEST_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// A writer holds the lock for milliseconds, or for one derivation when it makes the file.
const LONGEST_LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// Paths in one home.
#[derive(Debug)]
pub(super) struct Files {
    home: PathBuf,
    vault: PathBuf,
    new: PathBuf,
    lock: PathBuf,
}

impl Files {
    pub(super) fn in_home(home: PathBuf) -> Self {
        let (vault, new, lock) = (home.join(VAULT_FILE), home.join(NEW_FILE), home.join(LOCK_FILE));
        Self { home, vault, new, lock }
    }

    pub(super) fn vault(&self) -> &Path {
        &self.vault
    }

    /// Makes the home for its owner only. One that is there keeps its mode: it may be a shared folder
    /// that is not ours to close, and the vault file is closed by itself.
    pub(super) fn create_home(&self) -> Result<(), VaultError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.home).map_err(failed("make the folder", &self.home))
    }

    /// The vault file as it is now; `None` when there is none.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, VaultError> {
        let file = match File::open(&self.vault) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &self.vault)(error)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed("read", &self.vault))?;
        if bytes.len() as u64 > LARGEST_FILE_BYTES {
            return Err(VaultError::CorruptFile { path: self.vault.clone(), what: "it is too large" });
        }
        Ok(Some(bytes))
    }

    /// Keeps every other writer out until the returned file is dropped, or this process ends.
    pub(super) fn lock(&self) -> Result<File, VaultError> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let file = owner_only(&mut options).open(&self.lock).map_err(failed("open", &self.lock))?;
        let deadline = Instant::now() + LONGEST_LOCK_WAIT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(failed("lock", &self.lock)(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(VaultError::Busy { path: self.lock.clone() });
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
            }
        }
    }

    /// Puts `bytes` in place of the vault file: after a crash either the old or the new file is there,
    /// whole. Only under the lock.
    pub(super) fn replace(&self, bytes: &[u8]) -> Result<(), VaultError> {
        remove_if_there(&self.new).map_err(failed("remove", &self.new))?;
        let written = write_through(&self.new, bytes)
            .map_err(failed("write", &self.new))
            .and_then(|()| fs::rename(&self.new, &self.vault).map_err(failed("replace", &self.vault)));
        if written.is_err() {
            // The first error is the one to tell; what is left here is sealed and removed by the next write.
            let _left_behind = remove_if_there(&self.new);
        }
        written?;
        sync_folder(&self.home).map_err(failed("write", &self.home))
    }

    /// Finds out whether a file can be made, filled and removed in the home.
    pub(super) fn probe(&self) -> Result<(), VaultError> {
        self.create_home()?;
        let path = self.home.join(format!("vault.probe.{}", hex::encode(rand::random::<[u8; 8]>())));
        let written = write_through(&path, b"probe").map_err(failed("write", &path));
        let removed = remove_if_there(&path).map_err(failed("remove", &path));
        written.and(removed)
    }
}

/// A new file with these bytes, on the disk when this returns.
fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    let mut file = owner_only(&mut options).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A rename is on the disk only when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such call and orders renames by itself.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::File { action, path, source }
}

//! The home: the folder that holds everything Paydesk keeps on this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use contract::{ErrorBody, ErrorCode};
use sha2::{Digest, Sha256};

/// Held by the window program of the home as long as it runs.
pub(crate) const WINDOW_LOCK: &str = "window.lock";

/// The folder that Paydesk uses when nobody names another: `paydesk` in the system's data folder.
///
/// # Errors
/// `home_read_only` when the system names no such folder, as for an account without a home.
pub fn default_home() -> Result<PathBuf, ErrorBody> {
    directories::BaseDirs::new().map(|folders| folders.data_dir().join("paydesk")).ok_or_else(|| {
        ErrorBody::new(ErrorCode::HomeReadOnly)
            .with("path", "(none)")
            .with("why", "the system names no data folder; use --home or PAYDESK_HOME")
    })
}

/// Whether nothing was ever kept in the home, so that a passphrase is asked for twice: a slip of the finger would lock its
/// keys away for good. That a window was started there keeps nothing.
pub fn is_new_home(path: &Path) -> bool {
    let is_kept =
        |entry: io::Result<fs::DirEntry>| entry.map_or(true, |entry| entry.file_name() != WINDOW_LOCK);
    fs::read_dir(path).map_or(true, |mut entries| !entries.any(is_kept))
}

/// An opened home folder.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    root: PathBuf,
}

impl Home {
    /// Makes the folder where it is missing, for its owner alone, and checks what is there.
    pub(crate) fn open(path: &Path) -> Result<Self, ErrorBody> {
        let unusable = |why: String| {
            ErrorBody::new(ErrorCode::HomeReadOnly).with("path", path.display()).with("why", why)
        };
        match fs::symlink_metadata(path) {
            // A link could be turned to another folder between two starts (bad input D20).
            Ok(found) if found.file_type().is_symlink() => {
                return Err(unusable("it is a symbolic link; name the folder itself".to_owned()));
            }
            Ok(found) if !found.is_dir() => return Err(unusable("it is not a folder".to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(|error| unusable(error.to_string()))?;
            }
            Err(error) => return Err(unusable(error.to_string())),
        }
        keep_private(path).map_err(|error| unusable(error.to_string()))?;
        let root = fs::canonicalize(path).map_err(|error| unusable(error.to_string()))?;
        if let Some(kind) = crate::places::other_machines_disk(&root) {
            return Err(ErrorBody::new(ErrorCode::HomeElsewhere)
                .with("path", root.display())
                .with("kind", kind));
        }
        Ok(Self { root })
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The mirror of an environment.
    pub(crate) fn mirror_file(&self, environment: domain::Environment) -> PathBuf {
        self.file(&format!("mirror-{environment}.db"))
    }

    /// What this machine and the folder on it are known by in the mirrors, so that a home that was copied is
    /// noticed. Where the system has no name for the machine, the folder alone counts.
    pub(crate) fn device(&self) -> String {
        let machine = ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostname"]
            .into_iter()
            .find_map(|path| fs::read(path).ok().filter(|name| !name.is_empty()));
        let mut digest = Sha256::new();
        digest.update(machine.unwrap_or_default());
        digest.update(self.root.as_os_str().as_encoded_bytes());
        hex::encode(&digest.finalize()[..16])
    }

    /// A short name for the folder that no other folder has; socket paths must be short.
    pub(crate) fn short_name(&self) -> String {
        let digest = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        hex::encode(&digest[..10])
    }
}

/// Takes a folder away from everyone but its owner (bad input D21).
#[cfg(unix)]
pub(crate) fn keep_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// On Windows the data folder belongs to the user alone by inheritance.
#[cfg(not(unix))]
pub(crate) fn keep_private(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{WINDOW_LOCK, is_new_home};

    #[test]
    fn a_home_is_new_until_something_is_kept_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_new_home(folder.path()) && is_new_home(&folder.path().join("missing")));
        std::fs::write(folder.path().join(WINDOW_LOCK), "").unwrap();
        assert!(is_new_home(folder.path()), "a window was started there, and nothing more");
        std::fs::write(folder.path().join("settings.toml"), "").unwrap();
        assert!(!is_new_home(folder.path()));
    }
}

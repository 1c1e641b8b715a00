//! A home folder that is removed when the test ends.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A private, empty folder for one test.
#[derive(Debug)]
pub struct TempHome(TempDir);

impl TempHome {
    /// Makes it, readable by this user alone.
    pub fn new() -> Self {
        Self(tempfile::Builder::new().prefix("paydesk-test-").tempdir().expect("a temporary folder"))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// All files under it, at any depth, in order of their paths.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a readable folder") {
                let entry = entry.expect("a readable entry");
                let kind = entry.file_type().expect("a file type");
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    files.push(entry.path());
                }
            }
        }
        files.sort();
        files
    }

    /// The files that hold `needle` in plain bytes: where a planted secret leaked to.
    pub fn files_containing(&self, needle: &[u8]) -> Vec<PathBuf> {
        let holds = |path: &PathBuf| {
            let bytes = fs::read(path).expect("a readable file");
            !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
        };
        self.files().into_iter().filter(holds).collect()
    }
}

impl Default for TempHome {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::TempHome;

    #[test]
    fn finds_a_planted_secret_at_any_depth_and_removes_everything() {
        let home = TempHome::new();
        std::fs::create_dir_all(home.path().join("a/b")).unwrap();
        std::fs::write(home.path().join("a/b/leak"), b"xx canary yy").unwrap();
        std::fs::write(home.path().join("clean"), b"nothing").unwrap();
        assert_eq!(home.files_containing(b"canary"), [home.path().join("a/b/leak")]);
        let path = home.path().to_owned();
        drop(home);
        assert!(!path.exists());
    }
}

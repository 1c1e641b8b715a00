//! The files of the log: one that grows, and those before it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Line;
use crate::home::keep_private;

const NAME: &str = "paydesk.log";
/// A file that reached so many bytes is put aside.
pub(super) const FILE_BYTES_MOST: u64 = 2 * 1024 * 1024;
/// So many files are kept beside the one that grows.
pub(super) const ASIDE_MOST: u32 = 6;
/// What is older goes, whatever its size.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A file that began so long ago is put aside, so that age can be told by the file.
const BEGINS_ANEW_AFTER_MS: i64 = 24 * 60 * 60 * 1_000;

/// The folder of a home's log.
pub(crate) fn folder(home: &Path) -> PathBuf {
    home.join("logs")
}

/// The files from the one that grows to the oldest; some may not exist.
pub(super) fn newest_first(home: &Path) -> Vec<PathBuf> {
    let folder = folder(home);
    std::iter::once(folder.join(NAME)).chain((1..=ASIDE_MOST).map(|place| aside(&folder, place))).collect()
}

fn aside(folder: &Path, place: u32) -> PathBuf {
    folder.join(format!("paydesk.{place}.log"))
}

/// Writes lines. A disk that takes none is no reason to stop anything else: the line is lost.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    bytes_most: u64,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    file: File,
    bytes: u64,
    began_at: i64,
}

impl Files {
    pub(super) fn new(home: &Path) -> Self {
        Self { folder: folder(home), bytes_most: FILE_BYTES_MOST, current: None }
    }

    /// Writes a line whole, in one call, so that a crash leaves at most the last one cut.
    pub(super) fn write(&mut self, line: &Line) {
        if self.try_write(line).is_err() {
            // It is opened anew for the next line.
            self.current = None;
        }
    }

    fn try_write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let full = self.current.as_ref().is_some_and(|current| {
            current.bytes.saturating_add(length) > self.bytes_most
                || line.at.saturating_sub(current.began_at) > BEGINS_ANEW_AFTER_MS
        });
        if full {
            self.current = None;
            self.turn_over()?;
        }
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.open(line.at)?,
        };
        current.file.write_all(text.as_bytes())?;
        current.bytes = current.bytes.saturating_add(length);
        self.current = Some(current);
        Ok(())
    }

    fn open(&self, now: i64) -> io::Result<Current> {
        fs::create_dir_all(&self.folder)?;
        keep_private(&self.folder)?;
        self.forget_old();
        let path = self.folder.join(NAME);
        // When a file that is there began, its first line tells.
        let began_at = super::reading::first_line(&path).map_or(now, |line| line.at);
        let stale = now.saturating_sub(began_at) > BEGINS_ANEW_AFTER_MS;
        if stale || fs::metadata(&path).is_ok_and(|found| found.len() >= self.bytes_most) {
            self.turn_over()?;
            return Self::open_file(&path, now);
        }
        Self::open_file(&path, began_at)
    }

    fn open_file(path: &Path, began_at: i64) -> io::Result<Current> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        let bytes = file.metadata()?.len();
        if bytes > 0 {
            // What a crash cut must not run into the next line; an empty line is none.
            file.write_all(b"\n")?;
        }
        Ok(Current { file, bytes, began_at })
    }

    /// Puts the file that grows aside. The oldest goes.
    fn turn_over(&self) -> io::Result<()> {
        for place in (1..ASIDE_MOST).rev() {
            match fs::rename(aside(&self.folder, place), aside(&self.folder, place + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        match fs::rename(self.folder.join(NAME), aside(&self.folder, 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn forget_old(&self) {
        for place in 1..=ASIDE_MOST {
            let path = aside(&self.folder, place);
            let old = fs::metadata(&path).and_then(|found| found.modified()).is_ok_and(|written| {
                SystemTime::now().duration_since(written).is_ok_and(|age| age > KEPT_FOR)
            });
            if old {
                // It is tried again at the next start.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{ASIDE_MOST, BEGINS_ANEW_AFTER_MS, Files, KEPT_FOR, aside, folder, newest_first};
    use crate::log_file::Line;

    fn line(number: u64, at: i64) -> Line {
        let message = "x".repeat(80);
        Line { number, at, level: "info".to_owned(), part: "desk".to_owned(), message, facts: Vec::new() }
    }

    fn bytes(home: &Path) -> u64 {
        newest_first(home).iter().filter_map(|path| fs::metadata(path).ok()).map(|found| found.len()).sum()
    }

    #[test]
    fn the_log_never_grows_beyond_its_files() {
        let home = tempfile::tempdir().unwrap();
        let mut files = Files { bytes_most: 1_000, ..Files::new(home.path()) };
        for number in 0..1_000 {
            files.write(&line(number, 0));
        }
        assert!(bytes(home.path()) <= u64::from(ASIDE_MOST + 1) * 1_000, "{} bytes", bytes(home.path()));
        assert_eq!(fs::read_dir(folder(home.path())).unwrap().count(), ASIDE_MOST as usize + 1);
        let newest = fs::read_to_string(&newest_first(home.path())[0]).unwrap();
        assert!(newest.contains("\"number\":999"), "{newest}");
    }

    #[test]
    fn a_file_that_is_there_is_gone_on_with_and_a_cut_line_harms_no_other() {
        let home = tempfile::tempdir().unwrap();
        Files::new(home.path()).write(&line(1, 0));
        let path = &newest_first(home.path())[0];
        let whole = fs::read_to_string(path).unwrap();
        fs::write(path, format!("{whole}{{\"number\":2,\"at")).unwrap();
        Files::new(home.path()).write(&line(3, 1));
        let page =
            crate::log_file::read(home.path(), &crate::log_file::Wanted { limit: 10, ..Default::default() });
        assert_eq!(page.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_day_old_file_is_put_aside_and_a_month_old_one_goes() {
        let home = tempfile::tempdir().unwrap();
        Files::new(home.path()).write(&line(1, 0));
        Files::new(home.path()).write(&line(2, BEGINS_ANEW_AFTER_MS + 1));
        let put_aside = aside(&folder(home.path()), 1);
        assert!(fs::read_to_string(&put_aside).unwrap().contains("\"number\":1"));
        let old = SystemTime::now() - KEPT_FOR - Duration::from_secs(60);
        fs::File::options().write(true).open(&put_aside).unwrap().set_modified(old).unwrap();
        Files::new(home.path()).write(&line(3, BEGINS_ANEW_AFTER_MS + 2));
        assert!(!put_aside.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_log() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        Files::new(home.path()).write(&line(1, 0));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder(home.path())), mode(&newest_first(home.path())[0])), (0o700, 0o600));
    }
}

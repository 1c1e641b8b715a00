//! A file that gets its name only when it is whole.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Kind;
use tempfile::NamedTempFile;

use crate::cell::{Cell, Column};
use crate::columns::columns;
use crate::csv_rows::CsvRows;
use crate::error::{ExportError, Result};
use crate::format::Format;
use crate::jsonl_rows::JsonlRows;
use crate::parquet_rows::ParquetRows;
use crate::rows::{Rows, check};
use crate::xlsx_rows::XlsxRows;

/// What unfinished files are called, so that those of a killed program are known again.
const PART_START: &str = ".paydesk-export-";
const PART_END: &str = ".part";
/// An unfinished file that nobody holds and that nobody wrote to for so long belongs to a program
/// that is gone.
const LEFT_BEHIND: Duration = Duration::from_secs(3_600);

/// A file that is being written. Dropped before [`File::finish`], it leaves nothing behind.
pub struct File {
    rows: Box<dyn Rows + Send>,
    part: NamedTempFile,
    path: PathBuf,
    overwrite: bool,
    columns: &'static [Column],
    count: u64,
}

impl std::fmt::Debug for File {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("File").field("path", &self.path).field("rows", &self.count).finish()
    }
}

/// A file that is in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Rows, the first line with the names apart.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Cells that were cut because a spreadsheet's cell cannot hold more than 32,767 characters.
    pub shortened: u64,
}

impl File {
    /// Begins a file for records of a kind. Refuses at once what [`File::finish`] would refuse, so
    /// that nobody waits for a long export that has no place to go.
    ///
    /// # Errors
    /// [`ExportError::Exists`] where there is a file and `overwrite` is not set,
    /// [`ExportError::BadPath`] where no file can be at that path.
    pub fn create(path: &Path, format: Format, kind: Kind, overwrite: bool) -> Result<Self> {
        Self::create_with(path, format, kind.as_str(), columns(kind), overwrite)
    }

    /// As [`File::create`], for rows that are no records of a vendor; `name` is what a spreadsheet calls them.
    ///
    /// # Errors
    /// As [`File::create`].
    pub fn create_with(
        path: &Path,
        format: Format,
        name: &'static str,
        columns: &'static [Column],
        overwrite: bool,
    ) -> Result<Self> {
        let folder = check_place(path, overwrite)?;
        sweep(&folder);
        let part = tempfile::Builder::new()
            .prefix(PART_START)
            .suffix(PART_END)
            .tempfile_in(&folder)
            .map_err(|error| unwritable(&folder, error))?;
        // Held as long as the file is open, so that another program does not take it for left behind.
        part.as_file().try_lock().map_err(|error| ExportError::Io(error.into()))?;
        let out = BufWriter::new(part.as_file().try_clone()?);
        let rows: Box<dyn Rows + Send> = match format {
            Format::Csv => Box::new(CsvRows::new(out, columns)?),
            Format::Xlsx => Box::new(XlsxRows::new(out, &folder, name, columns)?),
            Format::Jsonl => Box::new(JsonlRows::new(out, columns)),
            Format::Parquet => Box::new(ParquetRows::new(out, name, columns)?),
        };
        Ok(Self { rows, part, path: path.to_owned(), overwrite, columns, count: 0 })
    }

    /// Adds a row, one cell for each column of the kind.
    ///
    /// # Errors
    /// [`ExportError::Mismatch`] for a row of another kind; whatever writing can fail with.
    pub fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        check(self.columns, cells)?;
        self.rows.push(cells)?;
        self.count += 1;
        Ok(())
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.count
    }

    /// Writes what is left, brings it onto the disk and gives the file its name, in one step that a
    /// crash cannot halve.
    ///
    /// # Errors
    /// As [`File::create`], since a file may have come under that name meanwhile; whatever writing
    /// can fail with. Nothing is left behind then.
    pub fn finish(self) -> Result<Finished> {
        self.finish_unless(|| false)?.ok_or(ExportError::Mismatch)
    }

    /// As [`File::finish`], but asks once more before the file gets its name: bringing a large
    /// spreadsheet to its end takes a while. None where it was given up; nothing is left behind then.
    ///
    /// # Errors
    /// As [`File::finish`].
    pub fn finish_unless(self, given_up: impl Fn() -> bool) -> Result<Option<Finished>> {
        let Self { rows, part, path, overwrite, count, .. } = self;
        if given_up() {
            return Ok(None);
        }
        let shortened = rows.finish()?;
        if given_up() {
            return Ok(None);
        }
        part.as_file().sync_all()?;
        let bytes = part.as_file().metadata()?.len();
        let put = if overwrite { part.persist(&path) } else { part.persist_noclobber(&path) };
        put.map_err(|failed| ExportError::from(failed.error))?;
        if let Some(folder) = path.parent().and_then(|folder| fs::File::open(folder).ok()) {
            // Where the system cannot sync a folder the name still comes, only later.
            let _ = folder.sync_all();
        }
        Ok(Some(Finished { rows: count, bytes, shortened }))
    }
}

/// The folder of a path that a file may be put under.
fn check_place(path: &Path, overwrite: bool) -> Result<PathBuf> {
    let bad = |why: &str| ExportError::BadPath { why: why.to_owned() };
    if !path.is_absolute() {
        return Err(bad("the path must begin at the root"));
    }
    if path.file_name().is_none() || path.to_string_lossy().ends_with(std::path::is_separator) {
        return Err(bad("it names a folder and no file"));
    }
    let folder = path.parent().ok_or_else(|| bad("it names no file"))?;
    match fs::metadata(folder) {
        Ok(found) if !found.is_dir() => return Err(bad("what should be its folder is a file")),
        Ok(_) => {}
        Err(error) => return Err(unwritable(folder, error)),
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Err(bad("there is a folder of that name")),
        Ok(found) if !found.is_file() && !found.is_symlink() => Err(bad("it is no ordinary file")),
        Ok(_) if !overwrite => Err(ExportError::Exists),
        _ => Ok(folder.to_owned()),
    }
}

fn unwritable(folder: &Path, error: std::io::Error) -> ExportError {
    match ExportError::from(error) {
        ExportError::Io(io) if io.kind() == std::io::ErrorKind::NotFound => {
            ExportError::BadPath { why: format!("there is no folder {}", folder.display()) }
        }
        ExportError::Io(io) => ExportError::BadPath { why: format!("{}: {io}", folder.display()) },
        other => other,
    }
}

/// Takes away what killed programs left unfinished in a folder. Nothing depends on it, so what
/// cannot be read or removed stays.
fn sweep(folder: &Path) {
    let Ok(found) = fs::read_dir(folder) else { return };
    for entry in found.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(PART_START) || !name.ends_with(PART_END) {
            continue;
        }
        let old = entry
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|since| since > LEFT_BEHIND));
        let free = fs::File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if old && free {
            let _ = fs::remove_file(entry.path());
        }
    }
}

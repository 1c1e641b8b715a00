//! Why an export failed.

use std::io;

/// What the writers answer with.
pub type Result<T> = std::result::Result<T, ExportError>;

/// Why an export failed. No file is left under the name that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file has the name already, and nobody said that it may be replaced.
    #[error("there is already a file of that name")]
    Exists,
    /// The disk is full, or the user's share of it.
    #[error("the disk is full")]
    DiskFull,
    /// The name is not one a file can be put under.
    #[error("{why}")]
    BadPath {
        /// What is wrong with it.
        why: String,
    },
    /// The system would not write.
    #[error("the file could not be written: {0}")]
    Io(io::Error),
    /// A row has another number of cells than there are columns, or a cell of another sort.
    #[error("a row does not fit its columns")]
    Mismatch,
    /// A writer of the format refused.
    #[error("the file could not be made: {why}")]
    Format {
        /// What it said.
        why: String,
    },
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::AlreadyExists => Self::Exists,
            _ => Self::Io(error),
        }
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(io) => io.into(),
            other => Self::Format { why: format!("{other:?}") },
        }
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> Self {
        match error.io_error_kind() {
            Some(kind) => io::Error::from(kind).into(),
            None => Self::Format { why: error.to_string() },
        }
    }
}

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        match error {
            parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => (*io).into(),
                Err(other) => Self::Format { why: other.to_string() },
            },
            other => Self::Format { why: other.to_string() },
        }
    }
}

impl From<rust_xlsxwriter::XlsxError> for ExportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        match error {
            rust_xlsxwriter::XlsxError::IoError(io) => io.into(),
            other => Self::Format { why: other.to_string() },
        }
    }
}

//! What can go wrong with the mirror, as codes that the shells turn into sentences.

use domain::{IntentId, Money};

use crate::find::QueryError;
use crate::sql::SqlMistake;

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, MirrorError>;

/// What went wrong. `code()` is stable; the sentence says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MirrorError {
    /// The file was written by a newer program.
    #[error(
        "this file has schema {file_version}, and this program knows up to {program_version}; install the newer Paydesk"
    )]
    NewerFile {
        /// Schema number in the file.
        file_version: i64,
        /// Highest schema number that this program knows.
        program_version: i64,
    },
    /// The file does not open with this key.
    #[error(
        "the key does not open the mirror file; restore the key to the vault, or move the file away and sync again"
    )]
    WrongKey,
    /// The file is encrypted, or not a mirror at all, and there is no key.
    #[error("the mirror file is encrypted and no key was given; use the vault that it was made with")]
    KeyMissing,
    /// The file is not encrypted although a key was given.
    #[error("the mirror file is not encrypted although a key was given; use the vault that it was made with")]
    PlainFile,
    /// The file is something else.
    #[error("the file is not a Paydesk mirror; move it away and sync again")]
    NotADatabase,
    /// The file is there and empty, so whatever it held is lost.
    #[error("the mirror file is empty; restore a copy, or move it away and sync again")]
    EmptyFile,
    /// The database file is gone but its log is still there.
    #[error(
        "the mirror file is missing but its write-ahead log is there; restore the file, or move the log away"
    )]
    LeftoverLog,
    /// The content of the file is damaged.
    #[error("the mirror file is damaged ({detail}); restore a copy, or move it away and sync again")]
    Corrupt {
        /// What did not fit.
        detail: String,
    },
    /// The file belongs to another environment.
    #[error("this file holds the {found} environment, not {wanted}")]
    WrongEnvironment {
        /// What the file says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The home folder or the file is a symbolic link.
    #[error("{path} is a symbolic link; give the real folder")]
    Symlink {
        /// The link.
        path: String,
    },
    /// Others could read the file or the folder, and that could not be changed.
    #[error(
        "others may read {path} and that cannot be changed; set its mode to 0700 (folder) or 0600 (file)"
    )]
    Permissions {
        /// The folder or file.
        path: String,
    },
    /// Another process, or another place in this one, has the file open.
    #[error("the mirror file is open in another Paydesk")]
    AlreadyOpen,
    /// The mirror was closed while something still wanted it.
    #[error("the mirror is closed")]
    Closed,
    /// Another writer holds the file.
    #[error("the mirror file is busy; try again")]
    Busy,
    /// No room on the disk.
    #[error("the disk is full; free some room and try again")]
    DiskFull,
    /// The file or its disk takes no writes.
    #[error("the mirror file cannot be written; check the disk and the file's mode")]
    ReadOnly,
    /// The system failed to read or write.
    #[error("reading or writing the mirror failed ({detail}); check the disk")]
    Io {
        /// What the system said.
        detail: String,
    },
    /// A setting that keeps money safe did not take.
    #[error("the database did not take the setting {name}: wanted {wanted}, found {found}")]
    UnsafePragma {
        /// The setting.
        name: String,
        /// What it must be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The copy that is kept before a migration could not be made, so nothing was migrated.
    #[error("no copy could be made before migrating ({detail}); nothing was changed")]
    CopyFailed {
        /// Why.
        detail: String,
    },
    /// A migration failed; the file is as it was.
    #[error("the mirror file could not be migrated ({detail}); it is as it was")]
    Migration {
        /// Why.
        detail: String,
    },
    /// A file that would be written over.
    #[error("{path} is there already; choose another name")]
    FileExists {
        /// The file.
        path: String,
    },
    /// A file that was named is not there.
    #[error("there is no file {path}")]
    FileMissing {
        /// The file.
        path: String,
    },
    /// Nothing is held of the person.
    #[error("nothing is held of {vendor_id}")]
    UnknownPerson {
        /// The vendor's id that was asked for.
        vendor_id: String,
    },
    /// The key is not 64 hexadecimal digits.
    #[error("the mirror key must be 64 hexadecimal digits")]
    KeyMalformed,
    /// The account is not in this file.
    #[error("there is no such account here")]
    UnknownAccount,
    /// No time zone has that name.
    #[error("no time zone is called {name}; give a name such as Europe/Zurich")]
    UnknownZone {
        /// What was given.
        name: String,
    },
    /// Another account of this environment has the label.
    #[error("the label is taken; choose another")]
    LabelTaken,
    /// The payment has an open intent already.
    #[error("the payment has an open intent {intent_id} already; wait until it is settled")]
    OpenIntentExists {
        /// The vendor's id of what it acts on.
        payment_id: String,
        /// The open intent.
        intent_id: IntentId,
    },
    /// A message to the person may be at the vendor or not.
    #[error("the message {message_id} is open; wait until it is settled, or give it up")]
    OpenMessageExists {
        /// The open message.
        message_id: String,
    },
    /// The address belongs to customers, who are erased and copied by their ids.
    #[error("the address is that of {}", customers.join(", "))]
    AddressOfCustomers {
        /// The vendor's ids of the customers.
        customers: Vec<String>,
    },
    /// A refund would go beyond what one person alone may give back.
    #[error("the limit for {limit} is {}", most.minor)]
    OverLimit {
        /// Which limit.
        limit: crate::RefundLimit,
        /// What it allows.
        most: Money,
    },
    /// An approval is none for what is to be done.
    #[error("the approval cannot be used: {0}")]
    Approval(crate::ApprovalProblem),
    /// More would go back than was taken.
    #[error("only {} {} can still be refunded", .remaining.to_decimal(domain::ExponentTable::Stripe), .remaining.currency)]
    OverRefund {
        /// What can still go back.
        remaining: Money,
    },
    /// A rule of the database that has no variant of its own was broken.
    #[error("the database refuses that: {name}")]
    Constraint {
        /// The rule, as the database names it.
        name: String,
    },
    /// The same id stands for something else.
    #[error("{what} does not fit what is stored")]
    Mismatch {
        /// What differs.
        what: String,
    },
    /// A sum does not fit in 64 bits.
    #[error("the amounts are too large to add")]
    SumOverflow,
    /// A find query cannot be understood.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A question in SQL cannot be asked.
    #[error(transparent)]
    Sql(#[from] SqlMistake),
    /// A question in SQL took too long and was stopped.
    #[error("the question was stopped after {seconds} seconds")]
    SqlTooSlow {
        /// How long it was given.
        seconds: u64,
    },
    /// A cursor is not one of ours, or belongs to another list.
    #[error("the cursor does not belong to this list; start from the first page")]
    BadCursor,
    /// Another saved view has the name.
    #[error("another saved view has that name")]
    ViewNameTaken,
    /// There are as many saved views as there can be.
    #[error("there are {most} saved views already")]
    TooManyViews {
        /// The most that there can be.
        most: usize,
    },
    /// A page size outside its bounds.
    #[error("the limit must be from 1 to {most}")]
    LimitOutOfRange {
        /// The most that is allowed.
        most: u32,
    },
    /// Anything else the database said.
    #[error("the database failed ({detail})")]
    Database {
        /// What it said, without any value.
        detail: String,
    },
}

impl MirrorError {
    /// The stable word for it that shells and tests use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NewerFile { .. } => "mirror_newer_file",
            Self::WrongKey => "mirror_wrong_key",
            Self::KeyMissing => "mirror_key_missing",
            Self::PlainFile => "mirror_plain_file",
            Self::NotADatabase => "mirror_not_a_database",
            Self::EmptyFile => "mirror_empty_file",
            Self::LeftoverLog => "mirror_leftover_log",
            Self::Corrupt { .. } => "mirror_corrupt",
            Self::WrongEnvironment { .. } => "mirror_wrong_environment",
            Self::Symlink { .. } => "mirror_symlink",
            Self::Permissions { .. } => "mirror_permissions",
            Self::AlreadyOpen => "mirror_already_open",
            Self::Closed => "mirror_closed",
            Self::Busy => "mirror_busy",
            Self::DiskFull => "mirror_disk_full",
            Self::ReadOnly => "mirror_read_only",
            Self::Io { .. } => "mirror_io",
            Self::UnsafePragma { .. } => "mirror_unsafe_pragma",
            Self::CopyFailed { .. } => "mirror_copy_failed",
            Self::Migration { .. } => "mirror_migration_failed",
            Self::FileExists { .. } => "file_exists",
            Self::FileMissing { .. } => "file_missing",
            Self::UnknownPerson { .. } => "unknown_person",
            Self::KeyMalformed => "mirror_key_malformed",
            Self::UnknownAccount => "account_unknown",
            Self::UnknownZone { .. } => "zone_unknown",
            Self::LabelTaken => "label_taken",
            Self::OpenIntentExists { .. } => "open_intent_exists",
            Self::OpenMessageExists { .. } => "open_message_exists",
            Self::AddressOfCustomers { .. } => "address_of_customers",
            Self::OverRefund { .. } => "over_refund",
            Self::OverLimit { .. } => "over_limit",
            Self::Approval(_) => "approval_refused",
            Self::Constraint { .. } => "mirror_constraint",
            Self::Mismatch { .. } => "mirror_mismatch",
            Self::SumOverflow => "sum_overflow",
            Self::Query(_) => "query_not_understood",
            Self::Sql(_) => "sql_not_understood",
            Self::SqlTooSlow { .. } => "sql_too_slow",
            Self::BadCursor => "bad_cursor",
            Self::ViewNameTaken => "view_name_taken",
            Self::TooManyViews { .. } => "too_many_views",
            Self::LimitOutOfRange { .. } => "limit_out_of_range",
            Self::Database { .. } => "mirror_database",
        }
    }

    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }
}

/// SQLite's primary result codes that have a meaning of their own here (sqlite.org/rescode.html).
impl From<sqlx::Error> for MirrorError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => from_result_code(
                database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(1),
                database.message(),
            ),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(io) => Self::from(io),
            sqlx::Error::ColumnDecode { index, .. } => Self::corrupt(format!("column {index} does not read")),
            other => Self::Database { detail: other.to_string() },
        }
    }
}

fn from_result_code(code: i32, message: &str) -> MirrorError {
    match code & 0xff {
        1 if message == "integer overflow" => MirrorError::SumOverflow,
        // SQLCipher reports a page whose seal is broken as this bare error; ours have a detail.
        1 if message == "SQL logic error" => MirrorError::corrupt("a page does not decrypt"),
        5 | 6 => MirrorError::Busy,
        8 => MirrorError::ReadOnly,
        10 => MirrorError::Io { detail: format!("{message}, code {code}") },
        11 => MirrorError::corrupt(message),
        13 => MirrorError::DiskFull,
        14 => MirrorError::Io { detail: message.to_owned() },
        19 => {
            MirrorError::Constraint { name: message.rsplit("failed: ").next().unwrap_or(message).to_owned() }
        }
        26 => MirrorError::corrupt("a page does not decrypt"),
        _ => MirrorError::Database { detail: format!("{message}, code {code}") },
    }
}

impl From<std::io::Error> for MirrorError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::Io { detail: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d06_enospc_d07_eio_on_fsync_and_d08_read_only_are_typed() {
        const SQLITE_FULL: i32 = 13;
        const SQLITE_IOERR_FSYNC: i32 = 1034;
        const SQLITE_READONLY_DIRECTORY: i32 = 1544;
        assert_eq!(from_result_code(SQLITE_FULL, "database or disk is full").code(), "mirror_disk_full");
        assert_eq!(from_result_code(SQLITE_IOERR_FSYNC, "disk I/O error").code(), "mirror_io");
        assert_eq!(from_result_code(SQLITE_READONLY_DIRECTORY, "readonly").code(), "mirror_read_only");
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(MirrorError::from(full).code(), "mirror_disk_full");
    }

    #[test]
    fn a_broken_rule_is_named() {
        match from_result_code(2067, "UNIQUE constraint failed: accounts.label") {
            MirrorError::Constraint { name } => assert_eq!(name, "accounts.label"),
            other => panic!("{other}"),
        }
        assert_eq!(from_result_code(1, "integer overflow").code(), "sum_overflow");
    }
}

//! Files that people bring: rows of text out of CSV of any encoding and delimiter, and out of spreadsheets.
//!
//! Nothing is decided here about what a cell means. A number of a spreadsheet is told apart from text,
//! since only text can be written in two ways (`1.299,00`, `1,299.00`); it comes as decimal text of the at
//! most 15 digits that a spreadsheet keeps, so that nobody after this meets a floating-point number.

mod encoding;
mod sheet;
mod text;

/// Bytes of the largest file of text.
pub const MOST_TEXT_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of the largest spreadsheet, which is compressed.
pub const MOST_SHEET_BYTES: usize = 16 * 1024 * 1024;
/// Rows of the largest file, the one with the names apart.
pub const MOST_ROWS: usize = 100_000;
/// Columns of the widest file.
pub const MOST_COLUMNS: usize = 200;
/// Letters of the longest cell.
pub const MOST_LETTERS: usize = 5_000;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GivenCell {
    /// What stands in it, without white space at its ends.
    pub text: String,
    /// Whether a spreadsheet holds it as a number: then its point is a decimal point for certain.
    pub is_number: bool,
}

/// One row that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRow {
    /// The line of the file, or the row of the sheet, from 1: where a person finds it again.
    pub line: u64,
    /// Its cells; short rows are not filled up.
    pub cells: Vec<GivenCell>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenTable {
    /// Rows in the order of the file, the one with the names among them.
    pub rows: Vec<GivenRow>,
    /// The encoding of a file of text, such as `UTF-16LE`.
    pub encoding: Option<&'static str>,
    /// What parts the cells of a file of text.
    pub delimiter: Option<char>,
    /// The names of a spreadsheet's sheets.
    pub sheets: Vec<String>,
    /// The sheet that was read.
    pub sheet: Option<String>,
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Too many bytes.
    #[error("it has more than {most} MB")]
    TooLarge {
        /// Megabytes that may be.
        most: usize,
    },
    /// Too many rows.
    #[error("it has more than {most} rows")]
    TooManyRows {
        /// Rows that may be.
        most: usize,
    },
    /// Too many columns.
    #[error("line {line} has more than {most} columns")]
    TooManyColumns {
        /// Where.
        line: u64,
        /// Columns that may be.
        most: usize,
    },
    /// A cell holds a whole document; mostly a quote that is never closed.
    #[error("a cell of line {line} has more than {most} characters; a quote may not be closed")]
    CellTooLong {
        /// Where.
        line: u64,
        /// Characters that may be.
        most: usize,
    },
    /// It is neither text nor a spreadsheet.
    #[error("it is neither text nor an XLSX spreadsheet")]
    NotATable,
    /// A spreadsheet of a kind that is not read.
    #[error("spreadsheets of this kind are not read; save it as XLSX or CSV")]
    OtherSpreadsheet,
    /// The spreadsheet cannot be read.
    #[error("the spreadsheet cannot be read: {why}")]
    BadSpreadsheet {
        /// What its reader said.
        why: String,
    },
    /// There is no sheet of the name.
    #[error("it has no sheet {name}")]
    UnknownSheet {
        /// The name.
        name: String,
    },
    /// There is nothing in it.
    #[error("there is nothing in it")]
    Empty,
}

/// Reads a file; of a spreadsheet the named sheet, or the first that has anything in it.
///
/// # Errors
/// [`ReadError`] says what is wrong with it; nothing is read in part.
pub fn read_table(bytes: &[u8], sheet: Option<&str>) -> Result<GivenTable, ReadError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return sheet::read(bytes, sheet);
    }
    // The old binary format, and encrypted new ones, are compound documents.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(ReadError::OtherSpreadsheet);
    }
    if bytes.len() > MOST_TEXT_BYTES {
        return Err(ReadError::TooLarge { most: MOST_TEXT_BYTES / 1_048_576 });
    }
    let (text, encoding) = encoding::decode(bytes)?;
    text::read(&text, encoding)
}

/// Reads text that was pasted.
///
/// # Errors
/// As [`read_table`].
pub fn read_pasted(pasted: &str) -> Result<GivenTable, ReadError> {
    if pasted.len() > MOST_TEXT_BYTES {
        return Err(ReadError::TooLarge { most: MOST_TEXT_BYTES / 1_048_576 });
    }
    text::read(pasted, "UTF-8")
}

/// Rows as they come in, within the limits.
struct Rows {
    rows: Vec<GivenRow>,
}

impl Rows {
    fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row, unless nothing is in it.
    fn push(&mut self, line: u64, mut cells: Vec<GivenCell>) -> Result<(), ReadError> {
        while cells.last().is_some_and(|cell| cell.text.is_empty()) {
            cells.pop();
        }
        if cells.is_empty() {
            return Ok(());
        }
        if cells.len() > MOST_COLUMNS {
            return Err(ReadError::TooManyColumns { line, most: MOST_COLUMNS });
        }
        if cells.iter().any(|cell| cell.text.len() > MOST_LETTERS && cell.text.chars().count() > MOST_LETTERS)
        {
            return Err(ReadError::CellTooLong { line, most: MOST_LETTERS });
        }
        // One more than rows may be: the first may be the names.
        if self.rows.len() > MOST_ROWS {
            return Err(ReadError::TooManyRows { most: MOST_ROWS });
        }
        self.rows.push(GivenRow { line, cells });
        Ok(())
    }

    fn finish(self) -> Result<Vec<GivenRow>, ReadError> {
        if self.rows.is_empty() { Err(ReadError::Empty) } else { Ok(self.rows) }
    }
}

/// Without white space and marks without width at the ends: spreadsheets and mail programs add them.
fn trimmed(text: &str) -> String {
    let dropped =
        |one: char| one.is_whitespace() || matches!(one, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    text.trim_matches(dropped).to_owned()
}

//! Exported files: CSV, spreadsheets (XLSX), JSON Lines and Parquet; and the files that people bring ([`reading`]).
//!
//! A file has the columns of one kind of record ([`columns`]) and one row per record, in the order
//! in which rows are pushed. The same rows give the same bytes: nothing of the clock, the machine or
//! a hash's order gets in. Money is exact everywhere:
//!
//! | format | an amount is |
//! |---|---|
//! | CSV | decimal text, such as `12.99`, `1299` (JPY) or `1.299` (KWD) |
//! | JSON Lines | the same text as a string, since readers take JSON numbers for floats |
//! | XLSX | a number of the decimal's own digits where it has at most 15 of them, all of which a spreadsheet keeps; text beyond |
//! | Parquet | `DECIMAL(23, 4)`: every amount of 64 bits in every currency fits |
//!
//! The currency stands in a column beside its amounts. Moments are in UTC. Rows stream: none of the
//! writers holds more than one group of rows. [`File`](File::create) writes under another name and puts the
//! file in place whole, readable by its owner alone.

mod cell;
mod columns;
mod csv_rows;
mod error;
mod file;
mod format;
mod jsonl_rows;
mod parquet_rows;
pub mod reading;
mod rows;
mod xlsx_rows;

pub use cell::{Cell, Column, Sort};
pub use columns::{Row, cells, columns};
pub use error::{ExportError, Result};
pub use file::{File, Finished};
pub use format::Format;

//! Spreadsheets, in the crate's constant-memory mode: a row goes to an unnamed file beside the result
//! and is forgotten.

use std::io::Write;
use std::path::Path;

use domain::{ExponentTable, Money, Timestamp};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::cell::{Cell, Column, Sort};
use crate::error::{ExportError, Result};
use crate::rows::Rows;

/// Rows that a sheet can have (Excel's limit), its first line included.
const ROWS_OF_SHEET: u32 = 1_048_576;
/// Characters that a cell can have (Excel's limit), as UTF-16 counts them.
const LONGEST_TEXT: usize = 32_767;
/// Digits of a number that a spreadsheet keeps; an amount of more is written as text.
const EXACT_DIGITS: usize = 15;
/// The moment that every file states as its making, so that the same data gives the same bytes.
const MADE_AT_SECONDS: i64 = 946_684_800;

pub(crate) struct XlsxRows<W: Write + Send> {
    out: W,
    workbook: Workbook,
    columns: &'static [Column],
    title: &'static str,
    formats: Formats,
    /// Rows of the last sheet so far.
    row: u32,
    shortened: u64,
}

struct Formats {
    head: Format,
    moment: Format,
    /// By how many decimals the amount has.
    amount: [Format; 5],
}

impl Formats {
    fn new() -> Self {
        let amount = |pattern: &str| Format::new().set_num_format(pattern);
        Self {
            head: Format::new().set_bold(),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            amount: ["0", "0.0", "0.00", "0.000", "0.0000"].map(amount),
        }
    }
}

impl<W: Write + Send> XlsxRows<W> {
    /// `folder` takes the unnamed files: they hold what the result holds, so they belong beside it
    /// and not in a folder of the system that others share.
    pub(crate) fn new(
        out: W,
        folder: &Path,
        title: &'static str,
        columns: &'static [Column],
    ) -> Result<Self> {
        let mut workbook = Workbook::new();
        let made_at = ExcelDateTime::from_timestamp(MADE_AT_SECONDS)?;
        workbook.set_properties(&DocProperties::new().set_author("Paydesk").set_creation_datetime(&made_at));
        workbook.set_tempdir(folder)?;
        let mut rows = Self { out, workbook, columns, title, formats: Formats::new(), row: 0, shortened: 0 };
        rows.next_sheet()?;
        Ok(rows)
    }

    fn next_sheet(&mut self) -> Result<()> {
        let number = self.workbook.worksheets().len() + 1;
        let name = if number == 1 { self.title.to_owned() } else { format!("{} {number}", self.title) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        // Wide enough for what most cells hold; the width of each text is not known beforehand.
        for (place, column) in (0_u16..).zip(self.columns) {
            sheet.set_column_width(place, width(column.sort))?;
        }
        sheet.set_freeze_panes(1, 0)?;
        for (place, column) in (0_u16..).zip(self.columns) {
            sheet.write_string_with_format(0, place, column.name, &self.formats.head)?;
        }
        self.row = 1;
        Ok(())
    }
}

fn width(sort: Sort) -> u16 {
    match sort {
        Sort::Flag | Sort::Whole => 10,
        Sort::Amount => 14,
        Sort::Moment => 19,
        Sort::Text | Sort::Pairs => 24,
    }
}

impl<W: Write + Send> Rows for XlsxRows<W> {
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if self.row == ROWS_OF_SHEET {
            self.next_sheet()?;
        }
        let Some(sheet) = self.workbook.worksheets_mut().last_mut() else {
            return Err(ExportError::Mismatch);
        };
        let mut at = Place { sheet, row: self.row, column: 0, shortened: &mut self.shortened };
        for (column, cell) in (0_u16..).zip(cells) {
            at.column = column;
            at.write(cell, &self.formats)?;
        }
        self.row += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.workbook.save_to_writer(&mut self.out)?;
        self.out.flush()?;
        Ok(self.shortened)
    }
}

/// Where the next value goes.
struct Place<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    column: u16,
    shortened: &'a mut u64,
}

impl Place<'_> {
    fn write(&mut self, cell: &Cell<'_>, formats: &Formats) -> Result<()> {
        match cell {
            Cell::Empty => {}
            Cell::Amount(money, table) => self.amount(*money, *table, formats)?,
            Cell::Moment(moment) => self.moment(*moment, formats)?,
            Cell::Whole(number) => self.text_or_number(&number.to_string(), None)?,
            Cell::Flag(flag) => {
                self.sheet.write_boolean(self.row, self.column, *flag)?;
            }
            Cell::Text(_) | Cell::Pairs(_) => self.text(&cell.to_text().unwrap_or_default())?,
        }
        Ok(())
    }

    /// A string cell, which a spreadsheet never reads as a formula.
    fn text(&mut self, text: &str) -> Result<()> {
        let cut = shortened(text);
        *self.shortened += u64::from(cut.len() < text.len());
        self.sheet.write_string(self.row, self.column, cut)?;
        Ok(())
    }

    fn amount(&mut self, money: Money, table: ExponentTable, formats: &Formats) -> Result<()> {
        let decimals = table.exponent(money.currency) as usize;
        self.text_or_number(&money.to_decimal(table), formats.amount.get(decimals))
    }

    /// A number where a spreadsheet keeps each of its digits, otherwise text. The file holds decimal
    /// digits either way: a double of at most 15 of them prints as the same digits again.
    fn text_or_number(&mut self, digits: &str, format: Option<&Format>) -> Result<()> {
        let count = digits.bytes().filter(u8::is_ascii_digit).count();
        let number = digits.parse::<f64>().ok().filter(|_| count <= EXACT_DIGITS);
        match (number, format) {
            (Some(number), Some(format)) => {
                self.sheet.write_number_with_format(self.row, self.column, number, format)?
            }
            (Some(number), None) => self.sheet.write_number(self.row, self.column, number)?,
            (None, _) => self.sheet.write_string(self.row, self.column, digits)?,
        };
        Ok(())
    }

    /// A date cell in UTC, in whole seconds; text for years that a spreadsheet has no dates for.
    fn moment(&mut self, moment: Timestamp, formats: &Formats) -> Result<()> {
        match ExcelDateTime::from_timestamp(moment.as_seconds()) {
            Ok(date) => {
                self.sheet.write_datetime_with_format(self.row, self.column, &date, &formats.moment)?
            }
            Err(_) => self.sheet.write_string(self.row, self.column, moment.to_string())?,
        };
        Ok(())
    }
}

/// The longest part of a text that a cell can hold.
fn shortened(text: &str) -> &str {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let mut units = 0;
    for (place, one) in text.char_indices() {
        units += one.len_utf16();
        if units > LONGEST_TEXT {
            return text.get(..place).unwrap_or_default();
        }
    }
    text
}

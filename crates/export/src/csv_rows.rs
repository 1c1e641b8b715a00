//! Comma-separated values that no spreadsheet program takes for formulas (bad input U03).

use std::borrow::Cow;
use std::io::Write;

use domain::is_deceptive;

use crate::cell::{Cell, Column};
use crate::error::Result;
use crate::rows::Rows;

pub(crate) struct CsvRows<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvRows<W> {
    pub(crate) fn new(out: W, columns: &[Column]) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns.iter().map(|column| column.name))?;
        Ok(Self { writer })
    }
}

impl<W: Write> Rows for CsvRows<W> {
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for cell in cells {
            let text = cell.to_text().unwrap_or_default();
            // Only text can come from outside; our own numbers may begin with a minus.
            let safe = if matches!(cell, Cell::Text(_)) { unarmed(&text) } else { text };
            self.writer.write_field(safe.as_ref())?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.writer.flush()?;
        Ok(0)
    }
}

/// With an apostrophe in front where a spreadsheet program would read a formula: where the text
/// begins with one of the signs that OWASP's "CSV Injection" names, or with its full-width form.
/// White space, controls and marks without width before the sign do not hide it, since some programs
/// drop them on import.
fn unarmed(text: &str) -> Cow<'_, str> {
    let dropped = |one: char| one.is_whitespace() || one.is_control() || is_deceptive(one);
    let armed = text.starts_with(['\t', '\r', '\n'])
        || text.trim_start_matches(dropped).starts_with([
            '=', '+', '-', '@', '|', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}',
        ]);
    if armed { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::unarmed;

    #[test]
    fn u03_csv_formula_cells_are_text() {
        for armed in [
            "=cmd|' /C calc'!A0",
            "=HYPERLINK(\"http://example.com\")",
            "+1-2",
            "-1+2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\u{ff1d}1+1",
            "|calc",
        ] {
            assert_eq!(unarmed(armed), format!("'{armed}"), "{armed:?}");
        }
        for plain in ["", "Ada", "a=b", "1-2", "ch_1", "'quoted'", "Jean-Luc", "ada@example.com"] {
            assert_eq!(unarmed(plain), plain);
        }
    }
}

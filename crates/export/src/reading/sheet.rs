//! Rows of a spreadsheet.

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::{GivenCell, GivenTable, MOST_COLUMNS, MOST_SHEET_BYTES, ReadError, Rows, trimmed};

/// Digits of a number that a spreadsheet keeps.
const DIGITS: usize = 15;

pub(super) fn read(bytes: &[u8], wanted: Option<&str>) -> Result<GivenTable, ReadError> {
    if bytes.len() > MOST_SHEET_BYTES {
        return Err(ReadError::TooLarge { most: MOST_SHEET_BYTES / 1_048_576 });
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(bad)?;
    let sheets = book.sheet_names();
    let names = match wanted {
        Some(name) if !sheets.iter().any(|one| one == name) => {
            return Err(ReadError::UnknownSheet { name: name.chars().take(80).collect() });
        }
        Some(name) => vec![name.to_owned()],
        None => sheets.clone(),
    };
    for name in names {
        match rows_of(&mut book, &name) {
            Ok(rows) => {
                return Ok(GivenTable { rows, encoding: None, delimiter: None, sheets, sheet: Some(name) });
            }
            // The first sheet that has anything in it is meant; a chart has no rows.
            Err(ReadError::Empty | ReadError::BadSpreadsheet { .. }) if wanted.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    Err(ReadError::Empty)
}

fn bad(error: XlsxError) -> ReadError {
    match error {
        XlsxError::Password => ReadError::BadSpreadsheet { why: "it is protected by a password".to_owned() },
        // Another zipped document, such as an OpenDocument spreadsheet or a text document.
        XlsxError::FileNotFound(_) => ReadError::OtherSpreadsheet,
        other => ReadError::BadSpreadsheet { why: other.to_string() },
    }
}

/// The rows of a sheet, cell by cell as they stand in the file: one lone cell at the far end of a sheet must
/// not fill the memory with all the empty ones before it.
fn rows_of(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<super::GivenRow>, ReadError> {
    let mut cells = book.worksheet_cells_reader(name).map_err(bad)?;
    let mut rows = Rows::new();
    let mut row: (u32, Vec<GivenCell>) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(bad)? {
        let (number, column) = cell.get_position();
        let given = given(cell.get_value());
        if number != row.0 {
            let (line, done) = std::mem::replace(&mut row, (number, Vec::new()));
            rows.push(u64::from(line) + 1, done)?;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if given.text.is_empty() {
            continue;
        }
        if column >= MOST_COLUMNS {
            return Err(ReadError::TooManyColumns { line: u64::from(number) + 1, most: MOST_COLUMNS });
        }
        if row.1.len() <= column {
            row.1.resize(column + 1, GivenCell::default());
        }
        if let Some(place) = row.1.get_mut(column) {
            *place = given;
        }
    }
    rows.push(u64::from(row.0) + 1, row.1)?;
    rows.finish()
}

fn given(value: &DataRef<'_>) -> GivenCell {
    let text = |text: &str| GivenCell { text: trimmed(text), is_number: false };
    let number = |text: String| GivenCell { text, is_number: true };
    match value {
        DataRef::Int(whole) => number(whole.to_string()),
        DataRef::Float(float) => number(decimal(*float)),
        DataRef::String(one) => text(one),
        DataRef::SharedString(one) => text(one),
        DataRef::Bool(flag) => text(if *flag { "true" } else { "false" }),
        DataRef::DateTime(moment) => match moment.as_datetime().filter(|_| !moment.is_duration()) {
            Some(moment) => text(&moment.format("%Y-%m-%dT%H:%M:%S").to_string()),
            None => text(&moment.to_string()),
        },
        DataRef::DateTimeIso(one) | DataRef::DurationIso(one) => text(one),
        // An error such as #REF! is told as it stands, so that it is no amount and no id.
        DataRef::Error(error) => text(&error.to_string()),
        DataRef::Empty => GivenCell::default(),
    }
}

/// The number as the decimal text of its 15 digits, by printing alone: `0.1 + 0.2` is `0.3` here as it is
/// on the sheet.
fn decimal(float: f64) -> String {
    let printed = format!("{float:.*e}", DIGITS - 1);
    let Some((mantissa, exponent)) = printed.split_once('e') else { return printed };
    let Ok(exponent) = exponent.parse::<i32>() else { return printed };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return "0".to_owned();
    }
    // Beyond what any amount or id can be; told as it is printed, so that it is neither.
    if !(-20..=40).contains(&exponent) {
        return printed;
    }
    let before = exponent + 1;
    let text = match usize::try_from(before) {
        Ok(before) if before >= digits.len() => format!("{digits}{}", "0".repeat(before - digits.len())),
        Ok(before) if before > 0 => {
            let (whole, decimals) = digits.split_at(before);
            format!("{whole}.{decimals}")
        }
        _ => format!("0.{}{digits}", "0".repeat(usize::try_from(-before).unwrap_or(0))),
    };
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn numbers_come_as_the_digits_that_the_sheet_shows() {
        for (float, text) in [
            (12.99, "12.99"),
            (0.300_000_000_000_000_04, "0.3"),
            (1299.0, "1299"),
            (1_234_567_890_123.45, "1234567890123.45"),
            (-5.5, "-5.5"),
            (0.0, "0"),
            (0.01, "0.01"),
            (1e15, "1000000000000000"),
            (1e300, "1.00000000000000e300"),
        ] {
            assert_eq!(decimal(float), text);
        }
    }
}

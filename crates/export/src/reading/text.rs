//! Rows of text with a delimiter, which is found out.

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::{GivenCell, GivenTable, ReadError, Rows, trimmed};

/// What may part cells. Where two fit equally well the earlier is taken: a comma also stands in amounts,
/// and hardly ever does one of the others stand in every row.
const DELIMITERS: [u8; 4] = [b'\t', b';', b'|', b','];
/// Rows by which the delimiter is found out.
const LOOKED_AT: usize = 200;

pub(super) fn read(text: &str, encoding: &'static str) -> Result<GivenTable, ReadError> {
    // One sort of line end, so that lines can be counted; within cells it means the same.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let (named, body, mut line) = named_delimiter(&text);
    let delimiter = named.unwrap_or_else(|| find_delimiter(body));
    let mut rows = Rows::new();
    let mut record = StringRecord::new();
    let mut reader = reader(body, delimiter);
    let mut counted = 0;
    loop {
        let read = reader.read_record(&mut record).map_err(|_| ReadError::NotATable)?;
        if !read {
            break;
        }
        // The reader steps over empty lines before a row; a person counts them.
        let start =
            record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(counted);
        let ahead = body.get(start..).unwrap_or_default();
        let start = start + (ahead.len() - ahead.trim_start_matches('\n').len());
        line += body.get(counted..start).map_or(0, |passed| passed.matches('\n').count() as u64);
        counted = start;
        let cells = record.iter().map(|cell| GivenCell { text: trimmed(cell), is_number: false }).collect();
        rows.push(line, cells)?;
    }
    Ok(GivenTable {
        rows: rows.finish()?,
        encoding: Some(encoding),
        delimiter: Some(char::from(delimiter)),
        sheets: Vec::new(),
        sheet: None,
    })
}

/// Spreadsheet programs write `sep=;` before everything else, where they write it. Tells the line on which rows begin.
fn named_delimiter(text: &str) -> (Option<u8>, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) if delimiter.is_ascii() => (Some(*delimiter), rest, 2),
        _ => (None, text, 1),
    }
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::CRLF)
        .from_reader(text.as_bytes())
}

/// The delimiter by which most rows have as many cells as each other.
fn find_delimiter(text: &str) -> u8 {
    let mut best = (b',', 0, 0);
    for delimiter in DELIMITERS {
        let counts: Vec<usize> = reader(text, delimiter)
            .records()
            .take(LOOKED_AT)
            .filter_map(|record| record.ok().map(|record| record.len()))
            .collect();
        let (cells, alike) = usual(&counts);
        if cells < 2 {
            continue;
        }
        // In hundredths, so that one odd row among many does not weigh more than a column.
        let share = alike * 100 / counts.len().max(1);
        if share > best.1 + 5 || (share + 5 >= best.1 && cells > best.2) {
            best = (delimiter, share, cells);
        }
    }
    best.0
}

/// The number of cells that most rows have, and how many have it.
fn usual(counts: &[usize]) -> (usize, usize) {
    let alike = |cells: usize| counts.iter().filter(|one| **one == cells).count();
    counts
        .iter()
        .map(|cells| (*cells, alike(*cells)))
        .max_by_key(|(cells, alike)| (*alike, *cells))
        .unwrap_or((0, 0))
}

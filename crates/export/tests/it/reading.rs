//! Files that people bring, in the shapes that they bring them in.

use export::reading::{GivenTable, MOST_ROWS, ReadError, read_pasted, read_table};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

fn texts(table: &GivenTable) -> Vec<Vec<&str>> {
    table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.text.as_str()).collect()).collect()
}

fn utf_16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

const GERMAN: &str = "Zahlung;Betrag;Notiz\nch_1;1.299,00;Größe\nch_2;12,99;für Ä\n";

#[test]
fn a_file_in_any_usual_encoding_is_read() {
    let latin: Vec<u8> = GERMAN.chars().map(|one| u8::try_from(u32::from(one)).unwrap()).collect();
    let files = [
        (GERMAN.as_bytes().to_vec(), "UTF-8"),
        ([b"\xef\xbb\xbf", GERMAN.as_bytes()].concat(), "UTF-8"),
        (utf_16(GERMAN, false, true), "UTF-16LE"),
        (utf_16(GERMAN, true, true), "UTF-16BE"),
        (utf_16(GERMAN, false, false), "UTF-16LE"),
        (utf_16(GERMAN, true, false), "UTF-16BE"),
        (latin, "windows-1252"),
    ];
    for (bytes, encoding) in files {
        let table = read_table(&bytes, None).unwrap();
        assert_eq!((table.encoding, table.delimiter), (Some(encoding), Some(';')));
        let wanted =
            [["Zahlung", "Betrag", "Notiz"], ["ch_1", "1.299,00", "Größe"], ["ch_2", "12,99", "für Ä"]];
        assert_eq!(texts(&table), wanted, "{encoding}");
    }
}

#[test]
fn the_delimiter_is_found_whatever_stands_in_the_cells() {
    for (text, delimiter, cells) in [
        ("id,amount\nch_1,5.00\n", ',', 2),
        ("ch_1;5,00\nch_2;6,00\n", ';', 2),
        ("id\tamount\tnote\nch_1\t5,00\ta,b\n", '\t', 3),
        ("id|amount\nch_1|5\n", '|', 2),
        ("sep=;\nid;a,b,c\nch_1;x,y,z\n", ';', 2),
        ("id,note\nch_1,\"a;b\"\nch_2,\"c;d;e\"\n", ',', 2),
        ("ch_1\nch_2\n", ',', 1),
    ] {
        let table = read_pasted(text).unwrap();
        assert_eq!((table.delimiter, table.rows[0].cells.len()), (Some(delimiter), cells), "{text:?}");
    }
}

#[test]
fn quoted_line_breaks_stay_in_their_cell_and_lines_are_those_of_the_file() {
    let table =
        read_pasted("id,note\r\nch_1,\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\nch_2,plain\r\n").unwrap();
    assert_eq!(texts(&table)[1], ["ch_1", "two\nlines, \"quoted\""]);
    let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [1, 2, 5]);
}

#[test]
fn u03_csv_formula_cells_are_read_as_text() {
    let table = read_pasted("id,note\nch_1,=cmd|' /C calc'!A0\n").unwrap();
    assert_eq!(texts(&table)[1], ["ch_1", "=cmd|' /C calc'!A0"]);
}

#[test]
fn a_file_of_100_000_rows_is_read_and_one_more_is_refused() {
    let mut text = String::from("id,amount\n");
    for number in 0..MOST_ROWS {
        text.push_str(&format!("ch_{number},5.00\n"));
    }
    assert_eq!(read_table(text.as_bytes(), None).unwrap().rows.len(), MOST_ROWS + 1);
    text.push_str("ch_x,5.00\n");
    assert_eq!(read_table(text.as_bytes(), None), Err(ReadError::TooManyRows { most: MOST_ROWS }));
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    let open_quote = format!("id,note\nch_1,\"{}", "x".repeat(6_000));
    for (bytes, wanted) in [
        (b"".to_vec(), ReadError::Empty),
        (b"\n\n,,\n".to_vec(), ReadError::Empty),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), ReadError::NotATable),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), ReadError::OtherSpreadsheet),
        (
            vec![b','; 1_000].into_iter().chain(*b"x\n").collect(),
            ReadError::TooManyColumns { line: 1, most: 200 },
        ),
        (open_quote.into_bytes(), ReadError::CellTooLong { line: 2, most: 5_000 }),
    ] {
        assert_eq!(read_table(&bytes, None), Err(wanted));
    }
    assert!(matches!(read_table(b"PK\x03\x04nonsense", None), Err(ReadError::BadSpreadsheet { .. })));
}

#[test]
fn a_spreadsheet_is_read_with_its_numbers_dates_and_formulas() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Empty").unwrap();
    let sheet = book.add_worksheet();
    sheet.set_name("Returns").unwrap();
    for (column, name) in (0..).zip(["Payment", "Amount", "Date", "Note"]) {
        sheet.write(1, column, name).unwrap();
    }
    sheet.write(2, 0, " ch_1 ").unwrap();
    sheet.write(2, 1, 12.99).unwrap();
    let day = ExcelDateTime::parse_from_str("2026-11-21").unwrap();
    sheet.write_datetime_with_format(2, 2, &day, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    sheet.write_formula(2, 3, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write(3, 0, "ch_2").unwrap();
    sheet.write(3, 1, "1.299,00").unwrap();
    // One lone cell at the far end must cost nothing.
    sheet.write(1_048_575, 0, "ch_3").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let table = read_table(&bytes, None).unwrap();
    assert_eq!((table.sheets.len(), table.sheet.as_deref()), (2, Some("Returns")));
    let wanted: Vec<Vec<&str>> = vec![
        vec!["Payment", "Amount", "Date", "Note"],
        vec!["ch_1", "12.99", "2026-11-21T00:00:00", "2"],
        vec!["ch_2", "1.299,00"],
        vec!["ch_3"],
    ];
    assert_eq!(texts(&table), wanted);
    assert!(table.rows[1].cells[1].is_number && !table.rows[2].cells[1].is_number);
    let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [2, 3, 4, 1_048_576]);
    assert_eq!(read_table(&bytes, Some("Other")), Err(ReadError::UnknownSheet { name: "Other".to_owned() }));
    assert_eq!(read_table(&bytes, Some("Empty")), Err(ReadError::Empty));
}

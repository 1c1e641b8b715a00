//! What stands in the files, as their own readers tell it.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use std::collections::HashMap;
use std::fs;

use calamine::{Data, Reader, Xlsx, open_workbook};
use domain::{Kind, Record};
use export::{File, Format, columns};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use tempfile::TempDir;

use super::support::{balance_entry, money, payment, push, write};

fn amounts() -> Vec<Record> {
    vec![
        payment(1, money(1_299, "USD")),
        payment(2, money(1_299, "JPY")),
        payment(3, money(1_299, "KWD")),
        payment(4, money(5, "EUR")),
        payment(5, money(i64::MAX, "USD")),
        payment(6, money(999_999_999_999_999, "USD")),
    ]
}

const DECIMALS: [&str; 6] = ["12.99", "1299", "1.299", "0.05", "92233720368547758.07", "9999999999999.99"];

#[test]
fn the_csv_golden_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("entries.csv");
    let finished = write(
        &path,
        Format::Csv,
        &[balance_entry(money(-1_299, "USD"), 30), balance_entry(money(7, "JPY"), 0)],
    );
    assert_eq!(finished.rows, 2);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "id,account,created,status,category,amount,fee,net,currency,source,available,description,as_of\n\
         txn_1,Shop,2023-11-14T22:13:20.000Z,available,charge,-12.99,0.30,-13.29,USD,ch_1,,,2023-11-14T22:21:40.000Z\n\
         txn_1,Shop,2023-11-14T22:13:20.000Z,available,charge,7,0,7,JPY,ch_1,,,2023-11-14T22:21:40.000Z\n"
    );
}

#[test]
fn the_json_lines_golden_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("entries.jsonl");
    write(&path, Format::Jsonl, &[balance_entry(money(-1_299, "KWD"), 30)]);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "{\"id\":\"txn_1\",\"account\":\"Shop\",\"created\":\"2023-11-14T22:13:20.000Z\",\"status\":\"available\",\
         \"category\":\"charge\",\"amount\":\"-1.299\",\"fee\":\"0.030\",\"net\":\"-1.329\",\"currency\":\"KWD\",\
         \"source\":\"ch_1\",\"available\":null,\"description\":null,\"as_of\":\"2023-11-14T22:21:40.000Z\"}\n"
    );
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    for format in Format::ALL {
        let files: Vec<Vec<u8>> = ["first", "second"]
            .map(|name| {
                let path = folder.path().join(format!("{name}.{format}"));
                write(&path, format, &amounts());
                fs::read(path).unwrap()
            })
            .to_vec();
        assert!(files[0] == files[1], "two {format} files of the same rows differ");
        assert!(!files[0].is_empty());
    }
}

#[test]
fn csv_reads_back_with_exact_decimals_and_unharmed_text() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.csv");
    write(&path, Format::Csv, &amounts());
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let rows: Vec<HashMap<String, String>> = reader.deserialize().map(|row| row.unwrap()).collect();
    let read: Vec<&str> = rows.iter().map(|row| row["amount"].as_str()).collect();
    assert_eq!(read, DECIMALS);
    assert_eq!(rows[0]["description"], "Ten \"fine\" notebooks, ruled\nand bound");
    assert_eq!(rows[0]["card_last4"], "0042");
    assert_eq!(rows[0]["metadata"], "{\"order_id\":\"A-1\",\"note\":\"é\"}");
}

#[test]
fn u03_csv_formula_in_a_customers_name_is_text() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.csv");
    let Record::Payment(mut one) = payment(1, money(-500, "USD")) else { unreachable!() };
    one.name = Some("=cmd|' /C calc'!A0".to_owned());
    one.description = Some("+49 30 1234".to_owned());
    write(&path, Format::Csv, &[Record::Payment(one)]);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let row: HashMap<String, String> = reader.deserialize().next().unwrap().unwrap();
    assert_eq!(row["name"], "'=cmd|' /C calc'!A0");
    assert_eq!(row["description"], "'+49 30 1234");
    assert_eq!(row["amount"], "-5.00", "our own numbers keep their sign");
}

#[test]
fn t20_a_card_number_in_free_text_is_masked() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.jsonl");
    let Record::Payment(mut one) = payment(1, money(500, "USD")) else { unreachable!() };
    one.description = Some("paid with 4242 4242 4242 4242 by phone".to_owned());
    write(&path, Format::Jsonl, &[Record::Payment(one)]);
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("4242 4242 4242 4242"), "{text}");
    assert!(text.contains("by phone"));
}

fn sheet(path: &std::path::Path) -> calamine::Range<Data> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    book.worksheet_range("payments").unwrap()
}

fn place(name: &str) -> usize {
    columns(Kind::Payments).iter().position(|column| column.name == name).unwrap()
}

#[test]
fn a_spreadsheet_reads_back_with_exact_decimals() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.xlsx");
    let Record::Payment(mut armed) = payment(7, money(100, "USD")) else { unreachable!() };
    armed.name = Some("=1+1".to_owned());
    let mut records = amounts();
    records.push(Record::Payment(armed));
    write(&path, Format::Xlsx, &records);
    let read = sheet(&path);
    let amount = place("amount");
    assert_eq!(read[(0, amount)], Data::String("amount".to_owned()));
    for (row, decimal) in (1..).zip(DECIMALS) {
        match &read[(row, amount)] {
            // Printing the double of the file gives the decimal's own digits, so nothing was lost.
            Data::Float(number) => {
                assert_eq!(number.to_string(), decimal.trim_end_matches('0').trim_end_matches('.'));
            }
            // More digits than a spreadsheet keeps.
            Data::String(text) => assert_eq!((text.as_str(), row), (decimal, 5)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(read[(1, place("card_last4"))], Data::String("0042".to_owned()));
    assert_eq!(read[(7, place("name"))], Data::String("=1+1".to_owned()), "a string, never a formula");
    match &read[(1, place("created"))] {
        Data::DateTime(moment) => {
            assert_eq!(moment.as_datetime().unwrap().to_string(), "2023-11-14 22:13:21");
        }
        other => panic!("{other:?}"),
    }
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert!(book.worksheet_formula("payments").unwrap().is_empty());
}

#[test]
fn a_text_longer_than_a_spreadsheets_cell_is_cut_and_counted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.xlsx");
    let Record::Payment(mut one) = payment(1, money(100, "USD")) else { unreachable!() };
    one.description = Some("🦊".repeat(20_000));
    let finished = write(&path, Format::Xlsx, &[Record::Payment(one)]);
    assert_eq!(finished.shortened, 1);
    match &sheet(&path)[(1, place("description"))] {
        Data::String(text) => assert_eq!(text.encode_utf16().count(), 32_766),
        other => panic!("{other:?}"),
    }
}

proptest::proptest! {
    #[test]
    fn a_decimal_of_fifteen_digits_survives_a_double(minor in -999_999_999_999_999_i64..=999_999_999_999_999) {
        for currency in ["JPY", "USD", "KWD"] {
            let text = money(minor, currency).to_decimal(domain::ExponentTable::Stripe);
            let printed = text.parse::<f64>().unwrap().to_string();
            let same = |text: &str| {
                let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
                (whole.to_owned(), decimals.trim_end_matches('0').to_owned())
            };
            proptest::prop_assert_eq!(same(&printed), same(&text));
        }
    }
}

#[test]
fn parquet_reads_back_with_exact_decimals() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.parquet");
    let mut records = amounts();
    records.push(payment(7, money(i64::MIN, "JPY")));
    write(&path, Format::Parquet, &records);
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let mut read = Vec::new();
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        let field = |name: &str| {
            row.get_column_iter().find(|(found, _)| *found == name).map(|(_, field)| field.clone()).unwrap()
        };
        assert_eq!(field("customer"), Field::Null);
        assert_eq!(field("disputed"), Field::Bool(false));
        match (field("amount"), field("created")) {
            (Field::Decimal(amount), Field::TimestampMillis(_)) => {
                assert_eq!((amount.precision(), amount.scale()), (23, 4));
                let bytes = amount.data();
                let sign = if bytes[0] & 0x80 == 0 { 0_u8 } else { 0xff };
                let mut whole = [sign; 16];
                whole[16 - bytes.len()..].copy_from_slice(bytes);
                read.push(i128::from_be_bytes(whole));
            }
            other => panic!("{other:?}"),
        }
    }
    let dollars = i128::from(i64::MAX) * 100;
    let wanted =
        [129_900, 12_990_000, 12_990, 500, dollars, 99_999_999_999_999_900, i128::from(i64::MIN) * 10_000];
    assert_eq!(read, wanted);
}

#[test]
fn no_rows_make_a_file_with_columns_only() {
    let folder = TempDir::new().unwrap();
    for kind in Kind::ALL {
        for format in Format::ALL {
            let path = folder.path().join(format!("{kind}.{format}"));
            let finished = File::create(&path, format, kind, false).unwrap().finish().unwrap();
            assert_eq!(finished.rows, 0);
        }
        let text = fs::read_to_string(folder.path().join(format!("{kind}.csv"))).unwrap();
        assert_eq!(text.lines().next().unwrap().split(',').count(), columns(kind).len());
        let file = fs::File::open(folder.path().join(format!("{kind}.parquet"))).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        assert_eq!(reader.metadata().file_metadata().schema_descr().num_columns(), columns(kind).len());
        let mut book: Xlsx<_> = open_workbook(folder.path().join(format!("{kind}.xlsx"))).unwrap();
        assert_eq!(book.worksheet_range(kind.as_str()).unwrap().width(), columns(kind).len());
    }
}

#[test]
fn parquet_holds_one_row_group_at_a_time() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("payments.parquet");
    let mut file = File::create(&path, Format::Parquet, Kind::Payments, false).unwrap();
    for number in 0..25_000 {
        push(&mut file, &payment(number, money(100, "USD")));
    }
    file.finish().unwrap();
    let reader = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let groups: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [10_000, 10_000, 5_000]);
}

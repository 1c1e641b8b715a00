//! Parquet, one row group at a time.

use std::io::Write;
use std::sync::Arc;

use domain::ExponentTable;
use domain::Money;
use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::cell::{Cell, Column, Sort};
use crate::error::{ExportError, Result};
use crate::rows::Rows;

/// A row group ends after so many rows or so many bytes of text, whichever comes first: this is what
/// the writer holds in memory.
const ROWS_OF_GROUP: usize = 10_000;
const BYTES_OF_GROUP: usize = 8 * 1024 * 1024;
/// Decimals of the amounts' column: no currency has more.
const SCALE: u32 = 4;
/// Digits of the amounts' column: 19 of a 64-bit number and the four decimals.
const PRECISION: u32 = 23;
/// Bytes that hold so many digits with their sign.
const DECIMAL_BYTES: usize = 10;

pub(crate) struct ParquetRows<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Values>,
    rows: usize,
    bytes: usize,
}

/// The values of one column of the row group that is being filled, and which rows have one.
struct Values {
    levels: Vec<i16>,
    held: Held,
}

enum Held {
    Texts(Vec<ByteArray>),
    Amounts(Vec<FixedLenByteArray>),
    Wholes(Vec<i64>),
    Flags(Vec<bool>),
}

impl<W: Write + Send> ParquetRows<W> {
    pub(crate) fn new(out: W, title: &str, columns: &[Column]) -> Result<Self> {
        let schema = Arc::new(parse_message_type(&schema(title, columns))?);
        let properties = WriterProperties::builder()
            .set_created_by("Paydesk".to_owned())
            .set_compression(Compression::SNAPPY)
            .build();
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
        let columns = columns.iter().map(|column| Values::new(column.sort)).collect();
        Ok(Self { writer, columns, rows: 0, bytes: 0 })
    }

    fn write_group(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            values.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }
}

/// The schema in Parquet's own notation.
fn schema(title: &str, columns: &[Column]) -> String {
    let mut text = format!("message {title} {{\n");
    for Column { name, sort } in columns {
        let line = match sort {
            Sort::Text => format!("OPTIONAL BYTE_ARRAY {name} (STRING);\n"),
            Sort::Pairs => format!("OPTIONAL BYTE_ARRAY {name} (JSON);\n"),
            Sort::Amount => format!(
                "OPTIONAL FIXED_LEN_BYTE_ARRAY ({DECIMAL_BYTES}) {name} (DECIMAL({PRECISION},{SCALE}));\n"
            ),
            Sort::Moment => format!("OPTIONAL INT64 {name} (TIMESTAMP(MILLIS,true));\n"),
            Sort::Whole => format!("OPTIONAL INT64 {name};\n"),
            Sort::Flag => format!("OPTIONAL BOOLEAN {name};\n"),
        };
        text.push_str(&line);
    }
    text.push('}');
    text
}

impl Values {
    fn new(sort: Sort) -> Self {
        let held = match sort {
            Sort::Text | Sort::Pairs => Held::Texts(Vec::new()),
            Sort::Amount => Held::Amounts(Vec::new()),
            Sort::Moment | Sort::Whole => Held::Wholes(Vec::new()),
            Sort::Flag => Held::Flags(Vec::new()),
        };
        Self { levels: Vec::new(), held }
    }

    /// Adds a cell and tells how many bytes it holds.
    fn add(&mut self, cell: &Cell<'_>) -> Result<usize> {
        self.levels.push(i16::from(*cell != Cell::Empty));
        match (&mut self.held, cell) {
            (_, Cell::Empty) => Ok(0),
            (Held::Texts(texts), Cell::Text(_) | Cell::Pairs(_)) => {
                let text = cell.to_text().unwrap_or_default().into_owned();
                let bytes = text.len();
                texts.push(ByteArray::from(text.into_bytes()));
                Ok(bytes)
            }
            (Held::Amounts(amounts), Cell::Amount(money, table)) => {
                amounts.push(decimal(*money, *table));
                Ok(DECIMAL_BYTES)
            }
            (Held::Wholes(wholes), Cell::Moment(moment)) => {
                wholes.push(moment.as_ms());
                Ok(8)
            }
            (Held::Wholes(wholes), Cell::Whole(number)) => {
                wholes.push(*number);
                Ok(8)
            }
            (Held::Flags(flags), Cell::Flag(flag)) => {
                flags.push(*flag);
                Ok(1)
            }
            _ => Err(ExportError::Mismatch),
        }
    }

    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        let levels = std::mem::take(&mut self.levels);
        match &mut self.held {
            Held::Texts(values) => column::<ByteArrayType, W>(group, values, &levels),
            Held::Amounts(values) => column::<FixedLenByteArrayType, W>(group, values, &levels),
            Held::Wholes(values) => column::<Int64Type, W>(group, values, &levels),
            Held::Flags(values) => column::<BoolType, W>(group, values, &levels),
        }
    }
}

fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<T::T>,
    levels: &[i16],
) -> Result<()> {
    let mut column = group.next_column()?.ok_or(ExportError::Mismatch)?;
    column.typed::<T>().write_batch(values, Some(levels), None)?;
    column.close()?;
    values.clear();
    Ok(())
}

/// The amount in ten-thousandths of the major unit, big-endian with its sign, as Parquet's DECIMAL
/// asks for it.
fn decimal(money: Money, table: ExponentTable) -> FixedLenByteArray {
    let missing = SCALE.saturating_sub(table.exponent(money.currency));
    let scaled = i128::from(money.minor) * 10_i128.pow(missing);
    let bytes = scaled.to_be_bytes();
    let tail = bytes.get(bytes.len() - DECIMAL_BYTES..).unwrap_or_default();
    FixedLenByteArray::from(tail.to_vec())
}

impl<W: Write + Send> Rows for ParquetRows<W> {
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for (values, cell) in self.columns.iter_mut().zip(cells) {
            self.bytes += values.add(cell)?;
        }
        self.rows += 1;
        if self.rows == ROWS_OF_GROUP || self.bytes >= BYTES_OF_GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.write_group()?;
        self.writer.finish()?;
        self.writer.inner_mut().flush()?;
        Ok(0)
    }
}

//! One JSON object a line, each with every key in the order of the columns.

use std::io::Write;

use crate::cell::{Cell, Column, json_string, pairs_json};
use crate::error::Result;
use crate::rows::Rows;

pub(crate) struct JsonlRows<W: Write> {
    out: W,
    columns: &'static [Column],
}

impl<W: Write> JsonlRows<W> {
    pub(crate) fn new(out: W, columns: &'static [Column]) -> Self {
        Self { out, columns }
    }
}

impl<W: Write> Rows for JsonlRows<W> {
    fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let mut line = String::from("{");
        for (column, cell) in self.columns.iter().zip(cells) {
            if line.len() > 1 {
                line.push(',');
            }
            line.push_str(&json_string(column.name));
            line.push(':');
            line.push_str(&json(cell));
        }
        line.push_str("}\n");
        self.out.write_all(line.as_bytes())?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64> {
        self.out.flush()?;
        Ok(0)
    }
}

fn json(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Whole(_) | Cell::Flag(_) => cell.to_text().unwrap_or_default().into_owned(),
        Cell::Pairs(pairs) => pairs_json(pairs),
        other => other.to_text().map_or_else(|| "null".to_owned(), |text| json_string(&text)),
    }
}

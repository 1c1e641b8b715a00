//! Answers to questions in SQL as text.

use contract::sql::{SqlAnswer, SqlCell, SqlViews};

use super::Answer;
use crate::text::{Column, Text, left, right};

impl Answer for SqlAnswer {
    fn write_text(&self, text: &mut Text) {
        let is_number = |place: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.get(place));
            let number =
                |cell: &SqlCell| matches!(cell, SqlCell::Integer(_) | SqlCell::Real(_) | SqlCell::Null);
            !self.rows.is_empty() && cells.all(number)
        };
        let columns: Vec<Column<'_>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, name)| if is_number(place) { right(name) } else { left(name) })
            .collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| row.iter().map(shown).collect()).collect();
        text.table(&columns, &rows);
        let more = if self.more { ", and there are more" } else { "" };
        let noun = if self.rows.len() == 1 { "row" } else { "rows" };
        text.line(format!("{} {noun}{more}", self.rows.len()));
    }
}

fn shown(cell: &SqlCell) -> String {
    match cell {
        SqlCell::Null => "-".to_owned(),
        SqlCell::Integer(value) | SqlCell::Real(value) | SqlCell::Text(value) => value.clone(),
    }
}

impl Answer for SqlViews {
    fn write_text(&self, text: &mut Text) {
        for view in &self.items {
            text.heading(&view.name);
            text.line(view.columns.join(", "));
        }
    }
}

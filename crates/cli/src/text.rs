//! Plain text for people: lines, facts and tables whose columns stand under each other.

use crate::words::clean;

/// Text that grows; every piece of it is cleaned of what could control a terminal.
#[derive(Debug, Default)]
pub(crate) struct Text {
    text: String,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    title: &'a str,
    right: bool,
}

/// A column whose words stand on the left.
pub(crate) const fn left(title: &str) -> Column<'_> {
    Column { title, right: false }
}

/// A column whose numbers stand on the right.
pub(crate) const fn right(title: &str) -> Column<'_> {
    Column { title, right: true }
}

impl Text {
    /// One line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(clean(line.as_ref()).trim_end());
        self.text.push('\n');
    }

    /// An empty line, unless the text just began.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// A heading with an empty line before it.
    pub(crate) fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(heading);
    }

    /// Names and values under each other; what has no value is left out.
    pub(crate) fn facts(&mut self, facts: &[(&str, Option<String>)]) {
        let known: Vec<(&str, &String)> =
            facts.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?))).collect();
        let width = known.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in known {
            self.line(format!("{name:width$}  {value}"));
        }
    }

    /// A table with its titles. The last column is not padded.
    pub(crate) fn table(&mut self, columns: &[Column<'_>], rows: &[Vec<String>]) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
        let width = |place: usize, title: &str| {
            let cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.chars().count());
            cells.chain([title.chars().count()]).max().unwrap_or_default()
        };
        let widths: Vec<usize> =
            columns.iter().enumerate().map(|(place, column)| width(place, column.title)).collect();
        let titles: Vec<String> = columns.iter().map(|column| column.title.to_owned()).collect();
        for row in [titles].iter().chain(&rows) {
            let cells = row.iter().zip(columns).zip(&widths).map(|((cell, column), &width)| {
                if column.right { format!("{cell:>width$}") } else { format!("{cell:width$}") }
            });
            self.line(cells.collect::<Vec<_>>().join("  "));
        }
    }

    /// The whole of it.
    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

/// The text, or a dash where there is none.
pub(crate) fn or_dash(text: Option<impl Into<String>>) -> String {
    text.map_or_else(|| "-".to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::{Text, left, or_dash, right};

    #[test]
    fn columns_stand_under_each_other() {
        let mut text = Text::default();
        let rows = vec![
            vec!["ch_1".to_owned(), "5.00 USD".to_owned()],
            vec!["ch_22".to_owned(), "1299 JPY".to_owned()],
        ];
        text.table(&[left("ID"), right("AMOUNT")], &rows);
        assert_eq!(text.into_string(), "ID       AMOUNT\nch_1   5.00 USD\nch_22  1299 JPY\n");
    }

    #[test]
    fn facts_without_a_value_are_left_out() {
        let mut text = Text::default();
        text.facts(&[("id", Some("ch_1".to_owned())), ("email", None), ("amount", Some("1 JPY".to_owned()))]);
        assert_eq!(text.into_string(), "id      ch_1\namount  1 JPY\n");
    }

    #[test]
    fn a_cell_cannot_break_its_row() {
        let mut text = Text::default();
        text.table(&[left("NAME")], &[vec!["a\nb\u{1b}[2J".to_owned()]]);
        assert_eq!(text.into_string().lines().count(), 2);
        assert_eq!(or_dash(None::<String>), "-");
    }
}

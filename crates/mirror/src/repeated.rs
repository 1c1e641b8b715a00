//! What a vendor's document repeats of its own row: ids, an address, a description. It is kept once, in the row,
//! and one byte marks each place in the document where it stands. A row and its document are always written in
//! one transaction, so the row has what the document left to it.

use domain::{Kind, Record};
use memchr::memmem;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::error::{MirrorError, Result};
use crate::mirrored::table;
use crate::statement::Value;

/// The mark of the first text; those of the others follow. JSON holds none of these bytes, since in a text they
/// are written with letters, and between texts only tabs, line ends and spaces may stand.
const FIRST_MARK: u8 = 0x0e;
/// The byte behind the last mark.
const BEHIND_MARKS: u8 = 0x20;
/// Bytes of a text that are worth a mark.
const SHORTEST: usize = 6;

/// The texts of a row that its document may repeat, in the order of [`crate::mirrored::Table::repeated`].
#[derive(Debug, Default)]
pub(crate) struct Repeated(Vec<Option<String>>);

impl Repeated {
    /// Those of a record that is about to be written, of which the values for its own columns are given.
    pub(crate) fn of(record: &Record, values: &[Value]) -> Self {
        let table = table(record.kind());
        let text = |name: &&str| match table.columns.iter().position(|column| column == name) {
            Some(place) => match values.get(place) {
                Some(Value::Text(text)) => Some(text.clone()),
                _ => None,
            },
            None => Some(record.vendor_id().to_owned()),
        };
        Self(table.repeated.iter().map(text).collect())
    }

    /// Those in a row that was read with [`columns`].
    pub(crate) fn read(kind: Kind, row: &SqliteRow) -> Result<Self> {
        let texts = table(kind).repeated.iter().map(|name| row.try_get(*name));
        Ok(Self(texts.collect::<std::result::Result<_, _>>()?))
    }

    /// The document with marks, or nothing where bytes stand in it that would be taken for marks.
    pub(crate) fn mark(&self, document: &[u8]) -> Option<Vec<u8>> {
        if document.iter().any(|byte| is_mark(*byte)) {
            return None;
        }
        let mut places: Vec<(usize, usize, u8)> = Vec::new();
        for (mark, text) in (FIRST_MARK..BEHIND_MARKS).zip(&self.0) {
            let Some(text) = text.as_deref().filter(|text| text.len() >= SHORTEST) else { continue };
            let found = memmem::find_iter(document, text.as_bytes());
            places.extend(found.map(|start| (start, start + text.len(), mark)));
        }
        // Where one text holds another the longer one counts.
        places.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut marked = Vec::with_capacity(document.len());
        let mut reached = 0;
        for (start, end, mark) in places {
            if let Some(between) = document.get(reached..start) {
                marked.extend_from_slice(between);
                marked.push(mark);
                reached = end;
            }
        }
        marked.extend_from_slice(document.get(reached..).unwrap_or_default());
        Some(marked)
    }

    /// The document as it was before it was marked.
    pub(crate) fn restore(&self, marked: &[u8]) -> Result<Vec<u8>> {
        let mut document = Vec::with_capacity(marked.len() * 2);
        for byte in marked {
            if !is_mark(*byte) {
                document.push(*byte);
                continue;
            }
            let text = self.0.get(usize::from(byte - FIRST_MARK)).and_then(Option::as_deref);
            let text = text.ok_or_else(|| MirrorError::corrupt("a document is not of its row"))?;
            document.extend_from_slice(text.as_bytes());
        }
        Ok(document)
    }
}

fn is_mark(byte: u8) -> bool {
    (FIRST_MARK..BEHIND_MARKS).contains(&byte)
}

/// The columns of a kind's table that [`Repeated::read`] reads, each with a comma before it and the table's alias.
pub(crate) fn columns(kind: Kind, alias: &str) -> String {
    table(kind).repeated.iter().map(|column| format!(", {alias}.{column}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[Option<&str>]) -> Repeated {
        Repeated(texts.iter().map(|text| text.map(str::to_owned)).collect())
    }

    #[test]
    fn every_kind_has_marks_enough_and_names_its_own_columns() {
        for kind in Kind::ALL {
            let table = table(kind);
            assert!(table.repeated.len() <= usize::from(BEHIND_MARKS - FIRST_MARK), "{kind}");
            for column in table.repeated {
                assert!(*column == "vendor_id" || table.columns.contains(column), "{kind} {column}");
            }
        }
    }

    #[test]
    fn documents_come_back_whatever_the_texts_hold_of_each_other() {
        let document = br#"{"id":"ch_1234567","url":"/v1/ch_1234567/refunds","note":"ch_12345678 \u000f","at":"ada@mail.example"}"#;
        for row in [
            texts(&[Some("ch_1234567"), None, Some("ada@mail.example")]),
            texts(&[Some("ch_1234567"), Some("ch_12345678"), Some("\",\"note\":\"ch_123")]),
            texts(&[Some(""), Some("ch_1"), Some("\u{e}\u{f}\u{10}\u{11}\u{12}\u{13}")]),
            texts(&[Some("1234567"), Some("1234567"), None]),
            texts(&[]),
        ] {
            let marked = row.mark(document).unwrap();
            assert_eq!(row.restore(&marked).unwrap(), document);
        }
        let marked = texts(&[Some("ch_1234567"), Some("ch_12345678")]).mark(document).unwrap();
        assert!(marked.starts_with(b"{\"id\":\"\x0e\",\"url\":\"/v1/\x0e/refunds\",\"note\":\"\x0f"));
    }

    #[test]
    fn a_document_is_only_read_with_its_row() {
        let marked = texts(&[Some("ch_1234567")]).mark(br#"{"id":"ch_1234567"}"#).unwrap();
        for other in [texts(&[]), texts(&[None, Some("ch_1234567")])] {
            assert_eq!(other.restore(&marked).unwrap_err().code(), "mirror_corrupt");
        }
        assert_eq!(texts(&[Some("ch_1234567")]).mark(b"{\"id\":\"\x1f\"}"), None, "a mark of no mirror's");
    }
}

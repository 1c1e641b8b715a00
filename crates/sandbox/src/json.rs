//! Writes JSON the way Stripe prints it: two spaces of indentation, fields in the order they are given.
//!
//! Objects are written straight from the world's compact rows; building a tree first would cost several times as much for a page of a hundred charges.

use crate::ids::{Ids, Kind};

const SPACES: &[u8] = b"                                                                ";

/// The writer: a growing buffer and where we are in the structure.
pub(crate) struct Json<'a> {
    out: Vec<u8>,
    depth: usize,
    /// Whether the structure we are in has had a member, and so needs a comma before the next.
    filled: bool,
    ids: &'a Ids,
}

impl<'a> Json<'a> {
    /// An empty document; ids are printed for this account.
    pub(crate) fn new(ids: &'a Ids) -> Json<'a> {
        Json { out: Vec::with_capacity(4_096), depth: 0, filled: false, ids }
    }

    /// The finished document, with the line end that Stripe sends.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.out.push(b'\n');
        self.out
    }

    fn line(&mut self) {
        if self.filled {
            self.out.push(b',');
        }
        self.filled = true;
        self.out.push(b'\n');
        self.indent();
    }

    fn indent(&mut self) {
        let width = (self.depth * 2).min(SPACES.len());
        self.out.extend_from_slice(&SPACES[..width]);
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        if self.filled {
            self.out.push(b'\n');
            self.indent();
        }
        self.out.push(bracket);
        self.filled = true;
    }

    /// Starts a member; its value must follow.
    pub(crate) fn key(&mut self, name: &str) {
        self.line();
        self.quoted(name);
        self.out.extend_from_slice(b": ");
    }

    /// Writes an object as a value.
    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Json<'a>)) {
        self.out.push(b'{');
        self.depth += 1;
        self.filled = false;
        members(self);
        self.close(b'}');
    }

    /// Writes a list as a value; each item is started by [`Json::item`].
    pub(crate) fn list(&mut self, items: impl FnOnce(&mut Json<'a>)) {
        self.out.push(b'[');
        self.depth += 1;
        self.filled = false;
        items(self);
        self.close(b']');
    }

    /// Starts an item of a list; its value must follow.
    pub(crate) fn item(&mut self) {
        self.line();
    }

    /// A member that is an object.
    pub(crate) fn field_object(&mut self, name: &str, members: impl FnOnce(&mut Json<'a>)) {
        self.key(name);
        self.object(members);
    }

    /// A member that is a list of strings.
    pub(crate) fn field_texts<'t>(&mut self, name: &str, texts: impl IntoIterator<Item = &'t str>) {
        self.key(name);
        self.list(|json| {
            for text in texts {
                json.item();
                json.text(text);
            }
        });
    }

    /// A string value.
    pub(crate) fn text(&mut self, value: &str) {
        self.quoted(value);
    }

    /// A string member.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.key(name);
        self.quoted(value);
    }

    /// A string member that may be null.
    pub(crate) fn field_or_null(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(text) => self.field(name, text),
            None => self.field_null(name),
        }
    }

    /// A null member.
    pub(crate) fn field_null(&mut self, name: &str) {
        self.key(name);
        self.out.extend_from_slice(b"null");
    }

    /// A run of null members.
    pub(crate) fn field_nulls(&mut self, names: &[&str]) {
        for name in names {
            self.field_null(name);
        }
    }

    /// A whole-number member.
    pub(crate) fn field_number(&mut self, name: &str, value: i64) {
        self.key(name);
        self.number(value);
    }

    /// A whole-number member that may be null.
    pub(crate) fn field_number_or_null(&mut self, name: &str, value: Option<i64>) {
        match value {
            Some(number) => self.field_number(name, number),
            None => self.field_null(name),
        }
    }

    /// A truth member.
    pub(crate) fn field_bool(&mut self, name: &str, value: bool) {
        self.key(name);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// An id as a value.
    pub(crate) fn id(&mut self, kind: Kind, index: u32) {
        self.out.push(b'"');
        let out = &mut self.out;
        self.ids.write(kind, index, &mut |piece| out.extend_from_slice(piece.as_bytes()));
        self.out.push(b'"');
    }

    /// An id member.
    pub(crate) fn field_id(&mut self, name: &str, kind: Kind, index: u32) {
        self.key(name);
        self.id(kind, index);
    }

    /// A value that is already JSON; used for numbers with decimals and for previous attributes, never for anything a client sent.
    pub(crate) fn raw(&mut self, value: &str) {
        self.out.extend_from_slice(value.as_bytes());
    }

    /// A parsed JSON value, printed in our indentation.
    pub(crate) fn value(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(members) => self.object(|json| {
                for (name, member) in members {
                    json.key(name);
                    json.value(member);
                }
            }),
            serde_json::Value::Array(items) => self.list(|json| {
                for item in items {
                    json.item();
                    json.value(item);
                }
            }),
            serde_json::Value::String(text) => self.quoted(text),
            other => self.raw(&other.to_string()),
        }
    }

    fn number(&mut self, value: i64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if value < 0 {
            self.out.push(b'-');
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        let bytes = text.as_bytes();
        let mut start = 0;
        for (index, byte) in bytes.iter().enumerate() {
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                0..=0x1f => {
                    self.out.extend_from_slice(&bytes[start..index]);
                    self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                    start = index + 1;
                    continue;
                }
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[start..index]);
            self.out.extend_from_slice(escape);
            start = index + 1;
        }
        self.out.extend_from_slice(&bytes[start..]);
        self.out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_stripe_does_and_escapes() {
        let ids = Ids::new(1);
        let mut json = Json::new(&ids);
        json.object(|json| {
            json.field("text", "a\"b\\\n\u{1}é");
            json.field_number("least", i64::MIN);
            json.field_object("empty", |_| {});
            json.field_texts("list", ["x", "y"]);
            json.field_bool("yes", true);
        });
        let text = String::from_utf8(json.finish()).unwrap();
        assert!(text.starts_with("{\n  \"text\": \"a"), "{text}");
        assert!(text.contains("\"empty\": {},\n"), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["text"], "a\"b\\\n\u{1}é");
        assert_eq!(value["least"], i64::MIN);
        assert_eq!(value["list"][1], "y");
    }
}

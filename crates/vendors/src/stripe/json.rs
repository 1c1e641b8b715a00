//! Reading the vendor's JSON into a tree that hides nothing.
//!
//! `serde_json::Value` takes the last of two equal names in silence and serde structs fail a whole
//! page for one odd field. This tree refuses equal names (two readers could see two amounts), keeps
//! integers exact and the order of names as sent, and borrows text from the answer.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Above what an amount can be; kept to be handed out, never read as money.
    Large(u64),
    /// Anything with a point or exponent (Stripe: exchange rates); kept to be handed out, never read
    /// as money.
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why bytes are not an answer that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unread {
    /// Nothing, or only white space.
    #[error("the answer is empty")]
    Empty,
    /// A web page, a byte order mark, or anything else.
    #[error("the answer is not JSON")]
    NotJson,
    /// JSON that ends too early.
    #[error("the answer ends too early")]
    Truncated,
    /// More than 127 levels.
    #[error("the answer is nested too deep")]
    TooDeep,
    /// A name stands twice in one object, so that two readers could see two values.
    #[error("a name stands twice in one object")]
    DuplicateName,
    /// An object of the other mode: test where the account is live, or live where it is not.
    #[error("the object belongs to the other mode")]
    OtherMode,
    /// JSON, but not the object that was asked for.
    #[error("the answer is not the object that was asked for")]
    OtherObject,
    /// The object that was asked for, but a field that decides about money cannot be read.
    #[error("the field `{0}` cannot be read")]
    Field(&'static str),
}

impl Unread {
    /// Its code in the error table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotJson => "not_json",
            Self::Truncated => "truncated",
            Self::TooDeep => "too_deep",
            Self::DuplicateName => "duplicate_name",
            Self::OtherMode => "other_mode",
            Self::OtherObject => "other_object",
            Self::Field(_) => "bad_field",
        }
    }
}

/// Reads `bytes` and hands the tree to `with`. Half a surrogate pair in a text, which a page that
/// cut an emoji sends, is read as the replacement character rather than losing the record.
pub(crate) fn read<T>(bytes: &[u8], with: impl FnOnce(Json<'_>) -> T) -> Result<T, Unread> {
    match serde_json::from_slice::<Json<'_>>(bytes) {
        Ok(tree) => Ok(with(tree)),
        Err(error) => {
            if let Some(mended) = mend_surrogates(bytes) {
                return match serde_json::from_slice::<Json<'_>>(&mended) {
                    Ok(tree) => Ok(with(tree)),
                    Err(error) => Err(classify(&mended, &error)),
                };
            }
            Err(classify(bytes, &error))
        }
    }
}

/// Says why reading failed, from the bytes and the sort of error, not from its prose.
pub(crate) fn classify(bytes: &[u8], error: &serde_json::Error) -> Unread {
    let is_blank = bytes.iter().all(u8::is_ascii_whitespace);
    match error.classify() {
        _ if is_blank => Unread::Empty,
        _ if is_nested_deeper(bytes, 127) => Unread::TooDeep,
        serde_json::error::Category::Eof => Unread::Truncated,
        // The only error that the tree's own visitor raises.
        serde_json::error::Category::Data => Unread::DuplicateName,
        _ => Unread::NotJson,
    }
}

fn is_nested_deeper(bytes: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// The bytes with each half of a surrogate pair that has no other half written as `\uFFFD`; none
/// where there is nothing to mend. In JSON a backslash stands only inside text.
fn mend_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?;
        let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut mended: Option<Vec<u8>> = None;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                let copy = mended.get_or_insert_with(|| bytes.to_vec());
                copy.get_mut(at..at + 6)?.copy_from_slice(b"\\uFFFD");
                at += 6;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    mended
}

/// Objects up to this size are checked for equal names pair by pair, without an allocation.
const FEW_NAMES: usize = 24;

fn has_equal_names(pairs: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    if pairs.len() <= FEW_NAMES {
        return pairs
            .iter()
            .enumerate()
            .any(|(at, (name, _))| pairs[..at].iter().any(|(other, _)| other == name));
    }
    let mut seen = HashSet::with_capacity(pairs.len());
    !pairs.iter().all(|(name, _)| seen.insert(name.as_ref()))
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Json::Large(number), Json::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Json::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((Name(name), value)) = entries.next_entry()? {
            pairs.push((name, value));
        }
        if has_equal_names(&pairs) {
            return Err(serde::de::Error::custom("a name stands twice"));
        }
        Ok(Json::Map(pairs))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

/// A name in an object, borrowed where it holds no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Large(number) => serializer.serialize_u64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (name, value) in pairs {
                    map.serialize_entry(name.as_ref(), value)?;
                }
                map.end()
            }
        }
    }
}

impl Json<'_> {
    /// The tree as JSON without white space.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A tree of text, numbers and lists has no value that JSON cannot hold.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Unread, read};

    fn text_of(bytes: &[u8]) -> Result<String, Unread> {
        read(bytes, |tree| String::from_utf8(tree.to_bytes()).unwrap())
    }

    #[test]
    fn order_and_integers_are_kept_and_white_space_is_not() {
        let sent = br#"{ "z": 9007199254740993, "a": [1, -5, 1.5, null, true], "m": "\u00e9\n" }"#;
        let expected = "{\"z\":9007199254740993,\"a\":[1,-5,1.5,null,true],\"m\":\"\u{e9}\\n\"}";
        assert_eq!(text_of(sent).as_deref(), Ok(expected));
    }

    #[test]
    fn p06_duplicate_names_are_refused_at_any_depth_and_size() {
        assert_eq!(text_of(br#"{"amount":1,"amount":2}"#), Err(Unread::DuplicateName));
        assert_eq!(text_of(br#"{"a":[{"b":1,"\u0062":1}]}"#), Err(Unread::DuplicateName));
        let many: Vec<String> = (0..1000).map(|at| format!("\"k{}\":1", at % 999)).collect();
        assert_eq!(text_of(format!("{{{}}}", many.join(",")).as_bytes()), Err(Unread::DuplicateName));
    }

    #[test]
    fn p42_nesting_of_ten_thousand_is_typed() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(text_of(deep.as_bytes()), Err(Unread::TooDeep));
        assert_eq!(text_of("[".repeat(10_000).as_bytes()), Err(Unread::TooDeep));
    }

    #[test]
    fn p43_lone_surrogates_become_the_replacement_character() {
        assert_eq!(text_of(br#"{"a":"x\ud800y"}"#).as_deref(), Ok("{\"a\":\"x\u{fffd}y\"}"));
        assert_eq!(
            text_of(br#"["\udc00","\ud83d\ude00","\ud83d"]"#).as_deref(),
            Ok("[\"\u{fffd}\",\"\u{1f600}\",\"\u{fffd}\"]")
        );
        // A backslash that is itself escaped does not begin an escape.
        assert_eq!(text_of(br#"["\\ud800","\ud800"]"#).as_deref(), Ok("[\"\\\\ud800\",\"\u{fffd}\"]"));
    }

    #[test]
    fn what_is_not_json_is_named() {
        assert_eq!(text_of(b""), Err(Unread::Empty));
        assert_eq!(text_of(b" \r\n"), Err(Unread::Empty));
        assert_eq!(text_of(b"<html></html>"), Err(Unread::NotJson));
        assert_eq!(text_of(b"\xef\xbb\xbf{}"), Err(Unread::NotJson));
        assert_eq!(text_of(b"{\"id\":\"ch_"), Err(Unread::Truncated));
        assert_eq!(text_of(b"{} {}"), Err(Unread::NotJson));
        assert_eq!(text_of(b"{\"a\":NaN}"), Err(Unread::NotJson));
        assert_eq!(text_of(b"[\"\xff\"]"), Err(Unread::NotJson));
        assert_eq!(read(b"18446744073709551615", |tree| tree == Json::Large(u64::MAX)), Ok(true));
    }
}

//! Stripe's request encoding: `application/x-www-form-urlencoded` with nested names.
//!
//! The bytes are a pure function of what was put in, in the order it was put in: a repeat under the
//! same idempotency key must send the same bytes. Names nest as `shipping[address][line1]`, lists
//! are indexed from 0 without gaps, and an empty value unsets a field (vendor facts 1.2).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 is written as `%XX`; a space is `%20`, so
/// that a plus sign never means two things.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One value of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// Text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// `true` or `false`.
    Flag(bool),
    /// Unsets the field: an empty value.
    Unset,
    /// A list; an empty one unsets the field.
    List(Vec<Param>),
    /// Named values; none unset the field.
    Map(Vec<(String, Param)>),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<bool> for Param {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// A form under construction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, Param)>);

impl Form {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more value at the end.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// With one more value where there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<Param>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The bytes to send.
    pub fn encode(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            write_param(&mut out, &encoded(name), value);
        }
        out
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, VALUE).to_string()
}

/// `name` is already encoded. Brackets stay as they are: both spellings work, and this one can be
/// read in a log of the vendor.
fn write_param(out: &mut String, name: &str, value: &Param) {
    match value {
        Param::Text(text) => write_pair(out, name, &encoded(text)),
        Param::Whole(number) => write_pair(out, name, &number.to_string()),
        Param::Flag(flag) => write_pair(out, name, if *flag { "true" } else { "false" }),
        Param::Unset => write_pair(out, name, ""),
        Param::List(items) if items.is_empty() => write_pair(out, name, ""),
        Param::List(items) => {
            for (place, item) in items.iter().enumerate() {
                write_param(out, &format!("{name}[{place}]"), item);
            }
        }
        Param::Map(pairs) if pairs.is_empty() => write_pair(out, name, ""),
        Param::Map(pairs) => {
            for (inner, item) in pairs {
                write_param(out, &format!("{name}[{}]", encoded(inner)), item);
            }
        }
    }
}

fn write_pair(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    out.push_str(value);
}

#[cfg(test)]
mod tests {
    use super::{Form, Param};
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    /// The value under `name`, decoded the way a server does.
    fn value_of(body: &str, name: &str) -> Option<String> {
        body.split('&').find_map(|pair| {
            let (one, value) = pair.split_once('=')?;
            let decoded = percent_decode_str(one).decode_utf8().ok()?;
            (decoded == name).then(|| percent_decode_str(value).decode_utf8().ok().map(Into::into))?
        })
    }

    #[test]
    fn nested_names_indexed_lists_and_unset_fields() {
        let address =
            Param::Map(vec![("line1".into(), "1 High St & Co".into()), ("line2".into(), Param::Unset)]);
        let form = Form::new()
            .with("amount", 1999)
            .with("shipping", Param::Map(vec![("address".into(), address)]))
            .with("expand", Param::List(vec!["charge".into(), "customer".into()]))
            .with("confirm", true)
            .with("metadata", Param::Map(vec![]))
            .with("tags", Param::List(vec![]))
            .with_some("customer", None::<&str>);
        assert_eq!(
            form.encode(),
            "amount=1999&shipping[address][line1]=1%20High%20St%20%26%20Co&shipping[address][line2]=\
             &expand[0]=charge&expand[1]=customer&confirm=true&metadata=&tags="
        );
    }

    #[test]
    fn unicode_plus_and_brackets_in_names_are_encoded() {
        let metadata = Param::Map(vec![("größe[x]=&".into(), "a+b ✓".into())]);
        let body = Form::new().with("metadata", metadata).encode();
        assert_eq!(body, "metadata[gr%C3%B6%C3%9Fe%5Bx%5D%3D%26]=a%2Bb%20%E2%9C%93");
        assert_eq!(value_of(&body, "metadata[größe[x]=&]").as_deref(), Some("a+b ✓"));
    }

    #[test]
    fn the_same_form_gives_the_same_bytes_in_the_order_it_was_made() {
        let form = || Form::new().with("b", 1).with("a", 2).encode();
        assert_eq!(form(), "b=1&a=2");
        assert_eq!(form(), form());
        assert_eq!(value_of(&form(), "c"), None);
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_breaks_no_pair(text in "\\PC*|[\u{0}-\u{ff}]*") {
            let body = Form::new().with("a", text.as_str()).with("z", 1).encode();
            prop_assert!(body.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert_eq!(value_of(&body, "a"), Some(text));
            prop_assert_eq!(value_of(&body, "z"), Some("1".to_owned()));
        }
    }
}

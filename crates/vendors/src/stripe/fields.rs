//! Reading one field of an answer: lenient about everything but money.

use domain::{Currency, Money, Timestamp};

use super::json::{Json, Unread};

static NULL: Json<'static> = Json::Null;

impl<'a> Json<'a> {
    /// The value under a name; null where there is none or this is no object.
    pub(crate) fn get(&self, name: &str) -> &Json<'a> {
        match self {
            Json::Map(pairs) => pairs.iter().find(|(one, _)| one == name).map_or(&NULL, |(_, value)| value),
            _ => &NULL,
        }
    }

    /// The text itself, where this is text and not empty: Stripe writes both null and "" for nothing.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The text under a name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_text().map(str::to_owned)
    }

    /// The flag under a name; none where it is anything but a flag.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Json::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The id under a name that holds an id, the whole object, or null (vendor facts 1.4).
    pub(crate) fn id_of(&self, name: &str) -> Option<String> {
        match self.get(name) {
            Json::Text(id) if !id.is_empty() => Some(id.to_string()),
            object @ Json::Map(_) => object.text("id"),
            _ => None,
        }
    }

    /// The whole number under a name; none where it is null or missing. Digits in quotes are the
    /// same number (bad input P41); anything with a point, even `10.0`, is not guessed at.
    pub(crate) fn whole(&self, name: &'static str) -> Result<Option<i64>, Unread> {
        match self.get(name) {
            Json::Null => Ok(None),
            Json::Int(number) => Ok(Some(*number)),
            Json::Text(text) => whole_from_text(text).map(Some).ok_or(Unread::Field(name)),
            _ => Err(Unread::Field(name)),
        }
    }

    /// The same, where it must be there.
    pub(crate) fn need_whole(&self, name: &'static str) -> Result<i64, Unread> {
        self.whole(name)?.ok_or(Unread::Field(name))
    }

    /// The same, where it must be there and cannot be negative.
    pub(crate) fn need_amount(&self, name: &'static str) -> Result<i64, Unread> {
        let number = self.need_whole(name)?;
        if number < 0 { Err(Unread::Field(name)) } else { Ok(number) }
    }

    /// The same, where nothing means the given default and a negative number is refused.
    pub(crate) fn amount_or(&self, name: &'static str, default: i64) -> Result<i64, Unread> {
        let number = self.whole(name)?.unwrap_or(default);
        if number < 0 { Err(Unread::Field(name)) } else { Ok(number) }
    }

    /// The currency under a name.
    pub(crate) fn need_currency(&self, name: &'static str) -> Result<Currency, Unread> {
        self.get(name).as_text().and_then(|code| code.parse().ok()).ok_or(Unread::Field(name))
    }

    /// `amount` and `currency`, not negative.
    pub(crate) fn need_money(&self) -> Result<Money, Unread> {
        Ok(Money::new(self.need_amount("amount")?, self.need_currency("currency")?))
    }

    /// The id, which every record must have.
    pub(crate) fn need_id(&self) -> Result<String, Unread> {
        self.text("id").ok_or(Unread::Field("id"))
    }

    /// Whole seconds since the epoch under a name; none where nothing or nonsense stands there.
    pub(crate) fn time(&self, name: &'static str) -> Option<Timestamp> {
        self.whole(name).ok().flatten().map(Timestamp::from_seconds)
    }

    /// `created`, which every record must have: cursors and order depend on it.
    pub(crate) fn need_created(&self) -> Result<Timestamp, Unread> {
        self.need_whole("created").map(Timestamp::from_seconds)
    }

    /// `metadata`, sorted by key. Values are text at Stripe; a bare number or flag is written out.
    pub(crate) fn metadata(&self) -> Vec<(String, String)> {
        let Json::Map(pairs) = self.get("metadata") else { return Vec::new() };
        let mut metadata: Vec<(String, String)> = pairs
            .iter()
            .filter_map(|(name, value)| {
                let text = match value {
                    Json::Text(text) => text.to_string(),
                    Json::Int(number) => number.to_string(),
                    Json::Large(number) => number.to_string(),
                    Json::Bool(flag) => flag.to_string(),
                    _ => return None,
                };
                Some((name.to_string(), text))
            })
            .collect();
        metadata.sort();
        metadata
    }
}

/// Digits with at most a minus in front, as 64 bits.
fn whole_from_text(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use crate::stripe::json::{Json, Unread, read};

    fn with<T>(text: &str, check: impl FnOnce(Json<'_>) -> T) -> T {
        read(text.as_bytes(), check).unwrap()
    }

    #[test]
    fn p41_numbers_in_quotes_are_read_only_where_nothing_is_guessed() {
        let whole = |value: &str| with(&format!("{{\"amount\":{value}}}"), |tree| tree.whole("amount"));
        assert_eq!(whole("\"1999\""), Ok(Some(1999)));
        assert_eq!(whole("\"-5\""), Ok(Some(-5)));
        assert_eq!(whole("null"), Ok(None));
        for refused in [
            "19.99",
            "10.0",
            "1e3",
            "\"19.99\"",
            "\"1e3\"",
            "\" 5\"",
            "\"+5\"",
            "\"\"",
            "\"-\"",
            "true",
            "[1]",
            "9223372036854775808",
            "\"9223372036854775808\"",
            "1e30",
        ] {
            assert_eq!(whole(refused), Err(Unread::Field("amount")), "{refused}");
        }
    }

    #[test]
    fn p44_integers_above_2_to_the_53_are_exact() {
        for number in [9_007_199_254_740_993_i64, i64::MAX, i64::MIN] {
            with(&format!("{{\"amount\":{number}}}"), |tree| {
                assert_eq!(tree.whole("amount"), Ok(Some(number)))
            });
        }
    }

    #[test]
    fn expandable_fields_are_an_id_an_object_or_nothing() {
        with(
            r#"{"a":"ch_1","b":{"id":"ch_2","object":"charge"},"c":null,"d":{"id":"cus_1","deleted":true},"e":7}"#,
            |tree| {
                assert_eq!(tree.id_of("a").as_deref(), Some("ch_1"));
                assert_eq!(tree.id_of("b").as_deref(), Some("ch_2"));
                assert_eq!(tree.id_of("c"), None);
                assert_eq!(tree.id_of("d").as_deref(), Some("cus_1"));
                assert_eq!(tree.id_of("e"), None);
                assert_eq!(tree.id_of("missing"), None);
            },
        );
    }
}

//! Which events an endpoint wants: types, and conditions on the document.

use serde_json::Value as Json;

/// Most types of one endpoint.
pub const MOST_TYPES: usize = 100;
/// Most conditions of one endpoint.
pub const MOST_CONDITIONS: usize = 20;
/// Longest type or condition, in bytes.
const LONGEST: usize = 255;
/// In front of the types of Paydesk's own messages, which are sent only where they are asked for.
pub const OWN: &str = "paydesk.";

/// What an endpoint wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    types: Vec<TypePattern>,
    conditions: Vec<Condition>,
}

/// Why a filter cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct FilterMistake {
    /// The type or condition as it was given.
    pub given: String,
    /// What is wrong with it.
    pub why: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TypePattern {
    Whole(String),
    Beginning(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    path: Vec<String>,
    value: String,
    relation: Relation,
}

/// How a field stands to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Other,
    AtLeast,
    AtMost,
    More,
    Less,
}

impl Filter {
    /// Reads the types and conditions of an endpoint.
    ///
    /// # Errors
    /// Says which of them cannot be read, and why.
    pub fn read(types: &[String], conditions: &[String]) -> Result<Self, FilterMistake> {
        let too_many = |given: usize, why| FilterMistake { given: given.to_string(), why };
        if types.len() > MOST_TYPES {
            return Err(too_many(types.len(), "an endpoint has at most 100 types"));
        }
        if conditions.len() > MOST_CONDITIONS {
            return Err(too_many(conditions.len(), "an endpoint has at most 20 conditions"));
        }
        let types = types.iter().map(|one| TypePattern::read(one)).collect::<Result<_, _>>()?;
        let conditions = conditions.iter().map(|one| Condition::read(one)).collect::<Result<_, _>>()?;
        Ok(Self { types, conditions })
    }

    /// Whether an event of this type may be wanted; its document decides where there are conditions.
    pub fn wants_type(&self, event_type: &str) -> bool {
        if event_type.starts_with(OWN) {
            return self.types.iter().any(|one| one.names_own() && one.fits(event_type));
        }
        self.types.is_empty() || self.types.iter().any(|one| one.fits(event_type))
    }

    /// Whether the document must be looked at.
    pub fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether an event such as this sample may be wanted: each condition is on a field that events of its type have, whatever
    /// stands in it.
    pub fn may_want(&self, event_type: &str, sample: &Json) -> bool {
        let has =
            |one: &Condition| one.value == "null" || one.field(sample).is_some_and(|found| !found.is_null());
        self.wants_type(event_type) && self.conditions.iter().all(has)
    }

    /// Whether an event is wanted. One whose document is no JSON fulfils no condition.
    pub fn wants(&self, event_type: &str, document: &Json) -> bool {
        self.wants_type(event_type) && self.conditions.iter().all(|one| one.holds(document))
    }
}

impl TypePattern {
    fn read(text: &str) -> Result<Self, FilterMistake> {
        let mistake = |why| FilterMistake { given: text.to_owned(), why };
        let beginning = text.strip_suffix('*');
        let letters = beginning.unwrap_or(text);
        if text.is_empty() || text.len() > LONGEST {
            return Err(mistake("a type has 1 to 255 characters"));
        }
        if letters.contains('*') {
            return Err(mistake("a `*` stands at the end alone"));
        }
        if !letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
            return Err(mistake("a type has letters, digits, `.`, `_` and `-`"));
        }
        match beginning {
            Some(start) if !start.is_empty() && !start.ends_with('.') => {
                Err(mistake("a `*` follows a full stop, as in charge.*"))
            }
            Some(start) => Ok(Self::Beginning(start.to_owned())),
            None => Ok(Self::Whole(text.to_owned())),
        }
    }

    fn fits(&self, event_type: &str) -> bool {
        match self {
            Self::Whole(whole) => event_type == whole,
            Self::Beginning(start) => event_type.starts_with(start.as_str()),
        }
    }

    fn names_own(&self) -> bool {
        let (Self::Whole(text) | Self::Beginning(text)) = self;
        text.starts_with(OWN)
    }
}

impl Condition {
    fn read(text: &str) -> Result<Self, FilterMistake> {
        let mistake = |why| FilterMistake { given: text.to_owned(), why };
        if text.len() > LONGEST {
            return Err(mistake("a condition has at most 255 characters"));
        }
        let (path, relation, value) =
            Relation::split(text).ok_or_else(|| mistake("a condition is written as field=value"))?;
        if !matches!(relation, Relation::Equal | Relation::Other) && value.trim().parse::<i128>().is_err() {
            return Err(mistake("more and less are of whole numbers, such as data.object.amount>=5000"));
        }
        let path: Vec<String> = path.trim().split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(mistake("a field is written as data.object.currency"));
        }
        Ok(Self { path, value: value.trim().to_owned(), relation })
    }

    fn field<'a>(&self, document: &'a Json) -> Option<&'a Json> {
        let mut found = document;
        for part in &self.path {
            found = match found {
                Json::Object(fields) => fields.get(part)?,
                Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(found)
    }

    fn holds(&self, document: &Json) -> bool {
        let found = self.field(document);
        let equal = match found {
            None | Some(Json::Null) => self.value == "null",
            Some(Json::String(text)) => *text == self.value,
            Some(Json::Bool(flag)) => flag.to_string() == self.value,
            // As the document writes it, so that no number is rounded.
            Some(Json::Number(number)) => number.to_string() == self.value,
            Some(Json::Array(_) | Json::Object(_)) => false,
        };
        let number = match found {
            Some(Json::Number(number)) => number.to_string().parse().ok(),
            // Amounts of our own messages are texts, so that no reader rounds them.
            Some(Json::String(text)) => text.parse().ok(),
            _ => None,
        };
        match self.relation {
            Relation::Equal => equal,
            Relation::Other => !equal,
            relation => match (number, self.value.parse::<i128>()) {
                (Some(number), Ok(limit)) => relation.holds(number, limit),
                // What is no whole number is neither more nor less.
                _ => false,
            },
        }
    }
}

impl Relation {
    /// The path, the relation and the value of a condition, by the first sign in it.
    fn split(text: &str) -> Option<(&str, Self, &str)> {
        let place = text.find(['=', '!', '<', '>'])?;
        let (path, rest) = text.split_at(place);
        for (sign, relation) in [
            ("!=", Self::Other),
            (">=", Self::AtLeast),
            ("<=", Self::AtMost),
            (">", Self::More),
            ("<", Self::Less),
            ("=", Self::Equal),
        ] {
            if let Some(value) = rest.strip_prefix(sign) {
                return Some((path, relation, value));
            }
        }
        None
    }

    fn holds(self, number: i128, limit: i128) -> bool {
        match self {
            Self::Equal => number == limit,
            Self::Other => number != limit,
            Self::AtLeast => number >= limit,
            Self::AtMost => number <= limit,
            Self::More => number > limit,
            Self::Less => number < limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Filter;

    fn filter(types: &[&str], conditions: &[&str]) -> Filter {
        let owned = |texts: &[&str]| texts.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        Filter::read(&owned(types), &owned(conditions)).unwrap()
    }

    #[test]
    fn types_fit_whole_or_by_their_beginning() {
        let some = filter(&["charge.*", "refund.updated"], &[]);
        assert!(some.wants_type("charge.refunded") && some.wants_type("charge.dispute.created"));
        assert!(some.wants_type("refund.updated"));
        assert!(!some.wants_type("refund.created") && !some.wants_type("charges.made"));
        assert!(filter(&[], &[]).wants_type("anything") && filter(&["*"], &[]).wants_type("anything"));
    }

    #[test]
    fn messages_of_our_own_are_sent_only_where_they_are_asked_for() {
        for other in [&[][..], &["*"], &["charge.*"]] {
            assert!(!filter(other, &[]).wants_type("paydesk.refund.settled"), "{other:?}");
        }
        assert!(filter(&["paydesk.*"], &[]).wants_type("paydesk.refund.settled"));
        assert!(filter(&["paydesk.refund.settled"], &[]).wants_type("paydesk.refund.settled"));
        assert!(!filter(&["paydesk.*"], &[]).wants_type("charge.refunded"));
    }

    #[test]
    fn conditions_look_into_the_document() {
        let document = json!({
            "livemode": false,
            "data": { "object": { "currency": "eur", "amount": 1999, "minor": "500", "items": [{ "id": "a" }], "note": null } },
        });
        for holds in [
            "data.object.currency=eur",
            "data.object.currency!=usd",
            "data.object.amount=1999",
            "livemode=false",
            "data.object.items.0.id=a",
            "data.object.note=null",
            "data.object.nothing=null",
            "data.object.nothing!=x",
            "data.object.amount>=1999",
            "data.object.amount<2000",
            "data.object.amount>-1",
            "data.object.minor>=500",
        ] {
            assert!(filter(&[], &[holds]).wants("x", &document), "{holds}");
        }
        for fails in [
            "data.object.currency=EUR",
            "data.object.amount=1999.0",
            "data.object=eur",
            "data.object.items.1.id=a",
            "livemode=0",
            "data.object.amount>1999",
            "data.object.currency>0",
            "data.object.nothing<=5",
        ] {
            assert!(!filter(&[], &[fails]).wants("x", &document), "{fails}");
        }
        let both = filter(&["charge.*"], &["data.object.currency=eur", "data.object.amount=1"]);
        assert!(!both.wants("charge.refunded", &document), "all must hold");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let refused = |types: &[&str], conditions: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
            Filter::read(&owned(types), &owned(conditions)).is_err()
        };
        for bad in ["", "char*", "*.refunded", "a.*.b", "charge refunded", "charge\r\nX: y", "é"] {
            assert!(refused(&[bad], &[]), "{bad:?}");
        }
        for bad in ["", "currency", "=eur", "data..currency=eur", ".a=b", "a>x", "a>=1.5", "a!b"] {
            assert!(refused(&[], &[bad]), "{bad:?}");
        }
        assert!(refused(&["a"; 101], &[]) && refused(&[], &["a=b"; 21]));
    }
}

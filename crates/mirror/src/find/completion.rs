//! What can be typed next in the search box: field words, and the values that a field takes or that
//! the mirror holds of it.

use domain::{DisputeStatus, RefundStatus, Vendor};
use sqlx::AssertSqlSafe;

use super::error::nearest;
use super::fields::{FIELDS, RISKS, VENDORS};
use super::grammar::{Grammar, OfPayments};
use super::lexer::{Piece, Token, cut, is_field_character, is_listed};
use super::period::DATE_WORDS;
use super::term::{SORTS, STATUSES};
use crate::Mirror;
use crate::error::Result;
use crate::statement::fold;

/// Most offers at once.
pub(super) const MOST_OFFERS: usize = 40;
/// Newest payments whose brands, countries and methods are offered: these have no index to read them from.
const LOOKED_AT: i64 = 5_000;
/// Moments that are offered beside the words for dates.
pub(super) const MOMENTS: [&str; 4] = ["-24h", "-7d", "-30d", "-1y"];
const METADATA: &str = "metadata.";

/// Offers for what is being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// Characters before the text that an offer takes the place of.
    pub from: usize,
    /// Characters before its end, which is the place of the cursor.
    pub until: usize,
    /// The offers, the likeliest first.
    pub offers: Vec<Offer>,
}

/// Something that can be typed next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What takes the place of what is typed.
    pub text: String,
    /// The field word that it is, by whose name its explanation is known; none for a value.
    pub word: Option<&'static str>,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// A word without a colon: the beginning of a field word, perhaps.
    Word(String),
    /// The value of a field.
    Value { field: String, begun: String },
    /// Nothing that could be known.
    Text,
}

/// Every field word, the usual ones first, for whoever explains them. `metadata.` takes a name.
pub fn field_words() -> impl Iterator<Item = &'static str> {
    FIELDS.into_iter()
}

/// What stands right before the cursor, and after how many characters it begins.
pub(super) fn typed<G: Grammar>(text: &str, place: usize) -> (Typed, usize) {
    let before: String = text.chars().take(place).collect();
    let end = before.chars().count();
    let mut fields: Vec<Option<String>> = Vec::new();
    let mut last = None;
    for token in cut(&before, G::LISTED) {
        match &token {
            Token::Open(open) => {
                let around = fields.last().cloned().flatten();
                fields.push(open.field.clone().or(around));
            }
            Token::Close => {
                fields.pop();
            }
            Token::Piece(_) => {}
        }
        last = Some(token);
    }
    let around = fields.into_iter().next_back().flatten();
    let value = |field: String, begun: &str, from| (Typed::Value { field, begun: begun.to_owned() }, from);
    match last {
        Some(Token::Piece(piece)) if ends_with(&piece, &before, end) => {
            let from = piece.value_column - 1;
            match piece.field.clone().or(around) {
                Some(field) if piece.quoted => value(field, &piece.value, from),
                Some(field) => {
                    let (skipped, begun) = last_end(&piece.value, is_listed(G::LISTED, &field));
                    value(field, begun, from + skipped)
                }
                None if piece.quoted => (Typed::Text, end),
                None => (Typed::Word(piece.value.clone()), from),
            }
        }
        _ => match around {
            Some(field) => value(field, "", end),
            None => (Typed::Word(String::new()), end),
        },
    }
}

/// Whether the cursor stands at the end of the piece, so that it is still being typed.
fn ends_with(piece: &Piece, before: &str, end: usize) -> bool {
    let quotes = usize::from(piece.quoted);
    piece.value_column - 1 + quotes + piece.value.chars().count() == end
        && !(quotes == 1 && before.ends_with(' '))
}

/// The end of a range, a comparison or a list that is being typed, and how many characters stand before it.
fn last_end(value: &str, listed: bool) -> (usize, &str) {
    let after_range = value.rfind("..").map_or(0, |at| at + 2);
    let after_comma = value.rfind([',', '|']).filter(|_| listed).map_or(0, |at| at + 1);
    let rest = value.get(after_range.max(after_comma)..).unwrap_or_default();
    let begun = rest.trim_start_matches(['<', '>', '=']);
    (value.chars().count() - begun.chars().count(), begun)
}

/// Field words that begin so; where none does, the one that comes nearest.
pub(super) fn words<G: Grammar>(begun: &str) -> Vec<Offer> {
    let lower = begun.to_lowercase();
    let offer = |word: &'static str| Offer {
        text: if word == "metadata" { METADATA.to_owned() } else { format!("{word}:") },
        word: Some(word),
    };
    let known = || G::FIELDS.iter().copied();
    let found: Vec<Offer> = known().filter(|word| word.starts_with(&lower)).map(offer).collect();
    if found.is_empty() { nearest(&lower, known()).map(offer).into_iter().collect() } else { found }
}

/// Values that a field takes, whatever the mirror holds.
fn fixed_values(field: &str) -> Vec<&'static str> {
    let with_any =
        |known: &'static [&'static str]| ["any"].into_iter().chain(known.iter().copied()).collect();
    match field {
        "status" => STATUSES.map(|(word, _)| word).to_vec(),
        "created" | "date" => DATE_WORDS.into_iter().chain(MOMENTS).collect(),
        "refund" => with_any(RefundStatus::KNOWN),
        "dispute" => with_any(DisputeStatus::KNOWN),
        "risk" | "risk_level" => RISKS.to_vec(),
        "sort" => SORTS.map(|(word, _)| word).to_vec(),
        "vendor" => VENDORS.map(Vendor::as_str).to_vec(),
        _ => Vec::new(),
    }
}

/// A name of metadata as it must be written before its value: one that the box would take apart stands
/// in quotes, which the value closes.
fn named(name: &str) -> String {
    match name.chars().all(is_field_character) {
        true => format!("{METADATA}{name}:"),
        false => format!("metadata:\"{}=", name.replace('"', " ")),
    }
}

/// A value as it must be written for the box to take it whole.
pub(super) fn written(value: &str) -> String {
    let plain = |one: char| one.is_alphanumeric() || "-_.:/+#&'".contains(one);
    if value.chars().all(plain) { value.to_owned() } else { format!("\"{}\"", value.replace('"', " ")) }
}

impl Mirror {
    /// Offers for the text with the cursor behind so many of its characters. Reads little: values come
    /// from indexes by a step for each, or from the newest payments.
    pub async fn complete(&self, text: &str, place: usize) -> Result<Completion> {
        let until = place.min(text.chars().count());
        let (typed, from) = typed::<OfPayments>(text, until);
        let mut offers = match typed {
            Typed::Text => Vec::new(),
            Typed::Word(begun) if begun.to_lowercase().starts_with(METADATA) => {
                let name = begun.get(METADATA.len()..).unwrap_or_default();
                let names = self.metadata_names(name).await?;
                names.iter().map(|name| Offer { text: named(name), word: None }).collect()
            }
            Typed::Word(begun) => words::<OfPayments>(&begun),
            Typed::Value { field, begun } => {
                let values = self.values_of(&field, &begun).await?;
                values.iter().map(|value| Offer { text: written(value), word: None }).collect()
            }
        };
        offers.truncate(MOST_OFFERS);
        Ok(Completion { from, until, offers })
    }

    /// Values of a field that begin so.
    async fn values_of(&self, field: &str, begun: &str) -> Result<Vec<String>> {
        let lower = field.to_lowercase();
        if lower.starts_with(METADATA) {
            return self.metadata_values(field.get(METADATA.len()..).unwrap_or_default(), begun).await;
        }
        let mut values: Vec<String> = fixed_values(&lower).into_iter().map(str::to_owned).collect();
        values.extend(match lower.as_str() {
            "currency" => self.currencies().await?.iter().map(|one| one.code().to_owned()).collect(),
            "brand" => self.newest_values("card_brand").await?,
            "country" => self.newest_values("card_country").await?,
            "type" | "method" => self.newest_values("method").await?,
            "account" => self.accounts().list().await?.iter().map(|row| row.label.to_string()).collect(),
            _ => Vec::new(),
        });
        let begun = begun.to_lowercase();
        values.retain(|value| value.to_lowercase().starts_with(&begun) && value.to_lowercase() != begun);
        Ok(values)
    }

    /// What the newest payments have in a column, the most frequent first.
    async fn newest_values(&self, column: &'static str) -> Result<Vec<String>> {
        let statement = format!(
            "select value from (select {column} as value from payments order by key desc limit {LOOKED_AT}) \
             where value is not null group by value order by count(*) desc, value limit {MOST_OFFERS}"
        );
        Ok(sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(self.readers()).await?)
    }

    /// Names of metadata that begin so, each by one step in the index.
    async fn metadata_names(&self, begun: &str) -> Result<Vec<String>> {
        let statement = "with recursive names (name) as ( \
             select min(name) from payment_metadata where name >= ?1 union all \
             select (select min(name) from payment_metadata where name > names.name) from names \
             where name is not null limit ?2) \
             select name from names where name is not null and name < ?1 || char(1114111)";
        let statement = sqlx::query_scalar(statement).bind(begun).bind(most_offers());
        Ok(statement.fetch_all(self.readers()).await?)
    }

    /// Values under a name of metadata that begin so, each by one step in the index.
    async fn metadata_values(&self, name: &str, begun: &str) -> Result<Vec<String>> {
        let statement = "with recursive found (value) as ( \
             select min(value_folded) from payment_metadata where name = ?1 and value_folded >= ?2 union all \
             select (select min(value_folded) from payment_metadata where name = ?1 and value_folded > found.value) \
             from found where value is not null limit ?3) \
             select value from found where value is not null and value < ?2 || char(1114111) and value <> ?2";
        let statement = sqlx::query_scalar(statement).bind(name).bind(fold(begun)).bind(most_offers());
        Ok(statement.fetch_all(self.readers()).await?)
    }
}

pub(super) fn most_offers() -> i64 {
    i64::try_from(MOST_OFFERS).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::lexer::LISTED;

    fn at_end(text: &str) -> (Typed, usize) {
        typed::<OfPayments>(text, text.chars().count())
    }

    fn value(field: &str, begun: &str, from: usize) -> (Typed, usize) {
        (Typed::Value { field: field.to_owned(), begun: begun.to_owned() }, from)
    }

    fn word(begun: &str, from: usize) -> (Typed, usize) {
        (Typed::Word(begun.to_owned()), from)
    }

    #[test]
    fn what_stands_before_the_cursor_is_told() {
        for (text, expected) in [
            ("", word("", 0)),
            ("sta", word("sta", 0)),
            ("é sta", word("sta", 2)),
            ("jane ", word("", 5)),
            ("-sta", word("sta", 1)),
            ("(sta", word("sta", 1)),
            ("status:", value("status", "", 7)),
            ("-status:fa", value("status", "fa", 8)),
            ("created:2026-01..to", value("created", "to", 17)),
            ("created:>=yes", value("created", "yes", 10)),
            ("account:\"My S", value("account", "My S", 8)),
            ("status:(failed OR pe", value("status", "pe", 18)),
            ("status:(failed OR ", value("status", "", 18)),
            ("status:(failed) cur", word("cur", 16)),
            ("metadata.order", word("metadata.order", 0)),
            ("metadata.order_id:10", value("metadata.order_id", "10", 18)),
            ("\"blue shi", (Typed::Text, 9)),
            ("name:\"Jane\" ", word("", 12)),
        ] {
            assert_eq!(at_end(text), expected, "{text}");
        }
        assert_eq!(typed::<OfPayments>("status:failed jane", 9), value("status", "fa", 7));
        assert_eq!(typed::<OfPayments>("status:failed", 3), word("sta", 0));
    }

    #[test]
    fn words_begin_so_or_come_near() {
        let texts =
            |begun: &str| words::<OfPayments>(begun).into_iter().map(|offer| offer.text).collect::<Vec<_>>();
        assert_eq!(texts("sta"), ["status:", "statement:"]);
        assert_eq!(texts("META"), ["metadata."]);
        assert_eq!(texts("emial"), ["email:"]);
        assert!(texts("xyz").is_empty());
        assert_eq!(texts("").len(), FIELDS.len());
    }

    #[test]
    fn every_offered_value_is_one_that_the_field_takes() {
        for field in FIELDS {
            for offered in fixed_values(field) {
                let text = format!("currency:eur {field}:{}", written(offered));
                assert!(crate::find::check_query(&text).is_ok(), "{text}");
            }
        }
        for value in ["My Shop", "a(b)", "x,y", "plain-1"] {
            let text = format!("account:{}", written(value));
            assert_eq!(cut(&text, &LISTED).len(), 1, "{text}");
        }
    }
}

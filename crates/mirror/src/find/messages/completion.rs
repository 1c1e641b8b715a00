//! What can be typed next in the search box over messages.

use domain::{LinkCertainty, MessagePurpose};
use sqlx::AssertSqlSafe;

use super::ask::{OfMessages, SORTS, state_words};
use crate::Mirror;
use crate::error::Result;
use crate::find::completion::{Completion, MOMENTS, MOST_OFFERS, Offer, Typed, typed, words, written};
use crate::find::period::DATE_WORDS;

impl Mirror {
    /// Offers for a search for messages with the cursor behind so many of its characters.
    pub async fn complete_messages(&self, text: &str, place: usize) -> Result<Completion> {
        let until = place.min(text.chars().count());
        let (typed, from) = typed::<OfMessages>(text, until);
        let mut offers = match typed {
            Typed::Text => Vec::new(),
            Typed::Word(begun) => words::<OfMessages>(&begun),
            Typed::Value { field, begun } => {
                let values = self.message_values(&field.to_lowercase(), &begun.to_lowercase()).await?;
                values.iter().map(|value| Offer { text: written(value), word: None }).collect()
            }
        };
        offers.truncate(MOST_OFFERS);
        Ok(Completion { from, until, offers })
    }

    /// Values of a field that begin so.
    async fn message_values(&self, field: &str, begun: &str) -> Result<Vec<String>> {
        let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        let mut values: Vec<String> = match field {
            "to" if begun.starts_with('@') => {
                let domains =
                    self.message_starts("to_domain", "messages_domain", begun.get(1..).unwrap_or_default());
                domains.await?.into_iter().map(|domain| format!("@{domain}")).collect()
            }
            // One letter would name many people for nothing.
            "to" if begun.chars().count() >= 2 => {
                self.message_starts("to_folded", "messages_to", begun).await?
            }
            "template" => self.message_starts("template", "messages_template", begun).await?,
            "status" => owned(state_words().collect()),
            "purpose" => owned(MessagePurpose::ALL.map(MessagePurpose::as_str).to_vec()),
            "link" => owned(LinkCertainty::ALL.map(LinkCertainty::as_str).to_vec()),
            "created" | "date" => owned(DATE_WORDS.into_iter().chain(MOMENTS).collect()),
            "account" => self.accounts().list().await?.iter().map(|row| row.label.to_string()).collect(),
            "sort" => owned(SORTS.map(|(word, _)| word).to_vec()),
            _ => Vec::new(),
        };
        values.retain(|value| value.to_lowercase().starts_with(begun) && value.to_lowercase() != begun);
        Ok(values)
    }

    /// Values of a column that begin so, each by one step in the index that it stands first in.
    async fn message_starts(
        &self,
        column: &'static str,
        index: &'static str,
        begun: &str,
    ) -> Result<Vec<String>> {
        let least = |condition: &str| {
            format!(
                "select min({column}) from messages indexed by {index} where {column} is not null and {column} {condition} \
                 and {column} < ?2"
            )
        };
        let statement = format!(
            "with recursive found (word) as ({} union all select ({}) from found where word is not null limit ?3) \
             select word from found where word is not null",
            least(">= ?1"),
            least("> found.word")
        );
        let found = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(begun)
            .bind(format!("{begun}\u{10ffff}"))
            .bind(i64::try_from(MOST_OFFERS + 1).unwrap_or(i64::MAX));
        Ok(found.fetch_all(self.readers()).await?)
    }
}

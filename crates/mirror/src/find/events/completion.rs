//! What can be typed next in the search box over events.

use std::collections::BTreeSet;

use super::ask::{Came, DELIVERIES, OfEvents, SORTS};
use crate::Mirror;
use crate::error::Result;
use crate::find::completion::{Completion, MOMENTS, MOST_OFFERS, Offer, Typed, typed, words, written};
use crate::find::period::DATE_WORDS;

impl Mirror {
    /// Offers for a search for events with the cursor behind so many of its characters.
    pub async fn complete_events(&self, text: &str, place: usize) -> Result<Completion> {
        let until = place.min(text.chars().count());
        let (typed, from) = typed::<OfEvents>(text, until);
        let mut offers = match typed {
            Typed::Text => Vec::new(),
            Typed::Word(begun) => words::<OfEvents>(&begun),
            Typed::Value { field, begun } => {
                let values = self.event_values(&field.to_lowercase(), &begun.to_lowercase()).await?;
                let text =
                    |value: &String| if value.ends_with(".*") { value.clone() } else { written(value) };
                values.iter().map(|value| Offer { text: text(value), word: None }).collect()
            }
        };
        offers.truncate(MOST_OFFERS);
        Ok(Completion { from, until, offers })
    }

    /// Values of a field that begin so.
    async fn event_values(&self, field: &str, begun: &str) -> Result<Vec<String>> {
        let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
        let mut values: Vec<String> = match field {
            "type" => with_wildcards(&self.event_kinds().await?),
            "object" => self.event_objects().await?,
            "verdict" => owned(Came::ALL.map(Came::as_str).to_vec()),
            "delivery" => owned(DELIVERIES.map(|(word, _)| word).to_vec()),
            "created" | "date" => owned(DATE_WORDS.into_iter().chain(MOMENTS).collect()),
            "account" => self.accounts().list().await?.iter().map(|row| row.label.to_string()).collect(),
            "source" => self.origins().await?.iter().map(|row| row.label.to_string()).collect(),
            "vendor" => {
                let vendors = self.origins().await?.into_iter().map(|row| row.vendor);
                vendors.collect::<BTreeSet<_>>().into_iter().collect()
            }
            "sort" => owned(SORTS.map(|(word, _)| word).to_vec()),
            _ => Vec::new(),
        };
        values.retain(|value| value.to_lowercase().starts_with(begun) && value.to_lowercase() != begun);
        Ok(values)
    }

    /// The sorts of things that events are about, each by one step in the index that they stand first in.
    async fn event_objects(&self) -> Result<Vec<String>> {
        let objects = sqlx::query_scalar(
            "with recursive objects (word) as ( \
             select min(subject_object) from events indexed by events_object where subject_object is not null union all \
             select (select min(subject_object) from events indexed by events_object where subject_object > objects.word) \
             from objects where word is not null limit 1000) select word from objects where word is not null",
        );
        Ok(objects.fetch_all(self.readers()).await?)
    }
}

/// The types, and before those of one kind of thing the wildcard that stands for all of them.
fn with_wildcards(kinds: &[String]) -> Vec<String> {
    let mut values: Vec<String> = Vec::with_capacity(kinds.len() * 2);
    for kind in kinds {
        if let Some((thing, _)) = kind.split_once('.') {
            let wildcard = format!("{thing}.*");
            if !values.contains(&wildcard) {
                values.push(wildcard);
            }
        }
        values.push(kind.clone());
    }
    values
}

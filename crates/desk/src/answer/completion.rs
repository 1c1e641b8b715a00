//! What can be typed next in the search box.

use contract::ErrorBody;
use contract::completion::{CompleteQuery, QueryCompletion, QueryOffer};

use super::scope::Resolved;
use crate::errors;

/// Answers `complete_query`.
pub(crate) async fn complete(scope: &Resolved, request: CompleteQuery) -> Result<QueryCompletion, ErrorBody> {
    let open = scope.open_mirror().await?;
    let place = request.place.map_or(usize::MAX, |place| usize::try_from(place).unwrap_or(usize::MAX));
    let found = open.mirror.complete(&request.query, place).await;
    let found = found.map_err(|error| errors::of_mirror(&error))?;
    let characters = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(QueryCompletion {
        from: characters(found.from),
        until: characters(found.until),
        offers: found
            .offers
            .into_iter()
            .map(|offer| QueryOffer { text: offer.text, explanation: offer.word.map(str::to_owned) })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use contract::completion::SEARCH_EN;

    #[test]
    fn every_field_word_is_explained() {
        let messages: BTreeMap<String, String> = serde_json::from_str(SEARCH_EN).unwrap();
        let words: BTreeSet<&str> = mirror::find::field_words().collect();
        let explained: BTreeSet<&str> = messages.keys().map(String::as_str).collect();
        assert_eq!(words, explained);
        assert!(messages.values().all(|text| !text.is_empty() && text.chars().count() <= 90));
    }
}

//! What can be typed next in the search box.

use contract::ErrorBody;
use contract::completion::{CompleteQuery, QueryCompletion, QueryOffer, QuerySubject};

use super::scope::Resolved;
use crate::errors;

/// Answers `complete_query`.
pub(crate) async fn complete(scope: &Resolved, request: CompleteQuery) -> Result<QueryCompletion, ErrorBody> {
    let open = scope.open_mirror().await?;
    let place = request.place.map_or(usize::MAX, |place| usize::try_from(place).unwrap_or(usize::MAX));
    let found = match request.of {
        QuerySubject::Payments => open.mirror.complete(&request.query, place).await,
        QuerySubject::Messages => open.mirror.complete_messages(&request.query, place).await,
        QuerySubject::Events => open.mirror.complete_events(&request.query, place).await,
    };
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

    use contract::completion::{SEARCH_EN, SEARCH_EVENTS_EN, SEARCH_MESSAGES_EN};

    #[test]
    fn every_field_word_is_explained() {
        let of_payments: BTreeSet<&str> = mirror::find::field_words().collect();
        let of_events: BTreeSet<&str> = mirror::find::event_field_words().collect();
        let of_messages: BTreeSet<&str> = mirror::find::message_field_words().collect();
        for (words, messages) in
            [(of_payments, SEARCH_EN), (of_events, SEARCH_EVENTS_EN), (of_messages, SEARCH_MESSAGES_EN)]
        {
            let messages: BTreeMap<String, String> = serde_json::from_str(messages).unwrap();
            let explained: BTreeSet<&str> = messages.keys().map(String::as_str).collect();
            assert_eq!(words, explained);
            assert!(messages.values().all(|text| !text.is_empty() && text.chars().count() <= 90));
        }
    }
}

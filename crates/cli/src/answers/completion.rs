//! What can be typed next in a search, as text.

use contract::completion::QueryCompletion;

use super::Answer;
use crate::text::{Text, left};
use crate::words::explanations;

impl Answer for QueryCompletion {
    fn write_text(&self, text: &mut Text) {
        let words = explanations();
        let means = |key: &Option<String>| {
            let found = words.iter().find(|(word, _)| key.as_deref() == Some(word));
            found.map(|(_, means)| means.clone()).unwrap_or_default()
        };
        let rows: Vec<Vec<String>> =
            self.offers.iter().map(|offer| vec![offer.text.clone(), means(&offer.explanation)]).collect();
        text.table(&[left("NEXT"), left("MEANS")], &rows);
    }
}

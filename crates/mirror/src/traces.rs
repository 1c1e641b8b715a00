//! Words of a person where people wrote them: the book of what was done, and searches with a name.

use serde_json::{Value as Json, json};
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::error::Result;

/// Letters that a word must have: a shorter one stands in too much that is nobody's.
const FEWEST_LETTERS: usize = 5;
/// What stands in the place of a word.
const MASK: &str = "erased";

/// Addresses, whole names and telephone numbers of one person, in small letters.
#[derive(Debug, Default)]
pub(crate) struct Traces(Vec<Vec<char>>);

/// A text of an address bar or a form as it was before it was written for one; none where nothing in it was.
fn decoded(text: &str) -> Vec<String> {
    if !text.contains('%') {
        return Vec::new();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digit = |at: usize| behind.get(at).and_then(|one| char::from(*one).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    let plain = String::from_utf8_lossy(&bytes).into_owned();
    // In a form a space is a plus, and in an address a plus may be a plus.
    if !text.contains('+') {
        return vec![plain];
    }
    decoded(&text.replace('+', " ")).into_iter().chain([plain]).collect()
}

/// One small letter for each letter, so that places stay the same.
fn small(text: &str) -> Vec<char> {
    text.chars().map(|one| one.to_lowercase().next().unwrap_or(one)).collect()
}

impl Traces {
    /// Of the words that are the person's alone: a name of one word may be a word of any text.
    pub(crate) fn of(words: Vec<String>) -> Self {
        let tells = |word: &&String| {
            let is_whole = word.contains(['@', ' ']) || word.contains(|one: char| one.is_ascii_digit());
            is_whole && word.chars().count() >= FEWEST_LETTERS
        };
        let mut words: Vec<Vec<char>> = words.iter().filter(tells).map(|word| small(word.trim())).collect();
        // Longer ones first, so that nothing of them is left.
        words.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        words.dedup();
        Self(words)
    }

    /// Whether the text tells of the person.
    pub(crate) fn are_in(&self, text: &str) -> bool {
        self.masked(text).is_some() || decoded(text).iter().any(|text| self.masked(text).is_some())
    }

    /// The text without the person; none where there is nothing of them in it.
    pub(crate) fn masked(&self, text: &str) -> Option<String> {
        let (letters, folded): (Vec<char>, Vec<char>) = (text.chars().collect(), small(text));
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        let mut changed = false;
        while let Some(letter) = letters.get(at) {
            let rest = folded.get(at..).unwrap_or_default();
            match self.0.iter().find(|word| rest.starts_with(word)) {
                Some(word) => {
                    masked.push_str(MASK);
                    at += word.len();
                    changed = true;
                }
                None => {
                    masked.push(*letter);
                    at += 1;
                }
            }
        }
        changed.then_some(masked)
    }

    /// Whether any text of a document tells of the person.
    pub(crate) fn are_in_document(&self, document: &Json) -> bool {
        match document {
            Json::String(text) => self.are_in(text),
            Json::Array(items) => items.iter().any(|item| self.are_in_document(item)),
            Json::Object(fields) => fields.values().any(|item| self.are_in_document(item)),
            _ => false,
        }
    }

    /// Takes the person out of saved views.
    pub(crate) async fn clear(&self, connection: &mut SqliteConnection) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        for row in views(connection).await? {
            let (name, query): (String, String) = (row.try_get("name")?, row.try_get("query")?);
            let number: i64 = row.try_get("number")?;
            let masked = (self.masked(&name), self.masked(&query));
            if masked != (None, None) {
                // Two views may come to one name, and names are unique.
                let name = masked.0.map_or(name, |name| format!("{name} {number}"));
                sqlx::query(
                    "update saved_views set name = ?2, name_folded = ?3, query = ?4 where number = ?1",
                )
                .bind(number)
                .bind(&name)
                .bind(name.to_lowercase())
                .bind(masked.1.unwrap_or(query))
                .execute(&mut *connection)
                .await?;
            }
        }
        Ok(())
    }

    /// Saved views that tell of the person.
    pub(crate) async fn written(&self, connection: &mut SqliteConnection) -> Result<Vec<Json>> {
        let mut saved = Vec::new();
        for row in views(connection).await? {
            let (name, query): (&str, &str) = (row.try_get("name")?, row.try_get("query")?);
            if self.are_in(name) || self.are_in(query) {
                saved.push(json!({ "name": name, "query": query }));
            }
        }
        Ok(saved)
    }
}

async fn views(connection: &mut SqliteConnection) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
    let views = sqlx::query("select number, name, query from saved_views order by number");
    Ok(views.fetch_all(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::Traces;

    #[test]
    fn words_of_a_person_are_masked_in_any_letters_and_nothing_else_is() {
        let words = ["Ada Lovelace", "ada@example.org", "+44 5550199", "Ada", "a b"];
        let traces = Traces::of(words.map(str::to_owned).to_vec());
        let masked = |text: &str| traces.masked(text);
        assert_eq!(masked("email:ADA@Example.org status:failed").unwrap(), "email:erased status:failed");
        assert_eq!(masked("\u{130}ada lovelace's").unwrap(), "\u{130}erased's");
        assert_eq!(masked("Adam paid a bill"), None);
        let document = serde_json::json!({ "rows": 3, "source": [{ "query": "\u{41}DA@example.org" }] });
        assert!(traces.are_in_document(&document));
        assert!(!traces.are_in_document(&serde_json::json!({ "rows": 3, "query": "status:failed" })));
        for form in
            ["?to=ada%40example.org&a=1", "To=ada%40EXAMPLE.org", "name=Ada+Lovelace%21", "%2B44+5550199"]
        {
            assert!(traces.are_in(form), "{form}");
        }
        for other in ["100% of ada", "ada%4", "%%40", "b%40example.org+a"] {
            assert!(!traces.are_in(other), "{other}");
        }
    }
}

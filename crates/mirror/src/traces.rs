//! Words of a person where people wrote them: the log of what was done, and searches with a name.

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
        self.masked(text).is_some()
    }

    /// The text without the person; none where there is nothing of them in it.
    fn masked(&self, text: &str) -> Option<String> {
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

    /// Masks the texts of a document and tells whether there was anything.
    fn mask_document(&self, document: &mut Json) -> bool {
        match document {
            Json::String(text) => match self.masked(text) {
                Some(masked) => {
                    *text = masked;
                    true
                }
                None => false,
            },
            // Each is looked at, whatever the ones before it held.
            Json::Array(items) => {
                items.iter_mut().filter_map(|item| self.mask_document(item).then_some(())).count() > 0
            }
            Json::Object(fields) => {
                fields.values_mut().filter_map(|item| self.mask_document(item).then_some(())).count() > 0
            }
            _ => false,
        }
    }

    /// The detail of a line without the person; none where there is nothing of them in it.
    fn masked_detail(&self, detail: &str) -> Option<String> {
        match serde_json::from_str::<Json>(detail) {
            Ok(mut document) => self.mask_document(&mut document).then(|| document.to_string()),
            Err(_) => self.masked(detail),
        }
    }

    /// Takes the person out of the log and out of saved views.
    pub(crate) async fn clear(&self, connection: &mut SqliteConnection) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        for row in lines(connection).await? {
            let (subject, detail): (String, String) = (row.try_get("subject")?, row.try_get("detail")?);
            let masked = (self.masked(&subject), self.masked_detail(&detail));
            if masked != (None, None) {
                sqlx::query("update audit_log set subject = ?2, detail = ?3 where number = ?1")
                    .bind(row.try_get::<i64, _>("number")?)
                    .bind(masked.0.unwrap_or(subject))
                    .bind(masked.1.unwrap_or(detail))
                    .execute(&mut *connection)
                    .await?;
            }
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

    /// Lines of the log and saved views that tell of the person.
    pub(crate) async fn written(&self, connection: &mut SqliteConnection) -> Result<(Vec<Json>, Vec<Json>)> {
        let (mut log, mut saved) = (Vec::new(), Vec::new());
        for row in lines(connection).await? {
            let (subject, detail): (&str, &str) = (row.try_get("subject")?, row.try_get("detail")?);
            if self.are_in(subject) || self.masked_detail(detail).is_some() {
                let (at, action): (i64, &str) = (row.try_get("at")?, row.try_get("action")?);
                log.push(json!({ "at_ms": at, "action": action, "subject": subject, "detail": detail }));
            }
        }
        for row in views(connection).await? {
            let (name, query): (&str, &str) = (row.try_get("name")?, row.try_get("query")?);
            if self.are_in(name) || self.are_in(query) {
                saved.push(json!({ "name": name, "query": query }));
            }
        }
        Ok((log, saved))
    }
}

async fn lines(connection: &mut SqliteConnection) -> Result<Vec<sqlx::sqlite::SqliteRow>> {
    let lines = sqlx::query("select number, at, action, subject, detail from audit_log order by number");
    Ok(lines.fetch_all(connection).await?)
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
        assert_eq!(
            traces.masked_detail(r#"{"source":{"query":"\u0061da@example.org"},"rows":3}"#).unwrap(),
            r#"{"rows":3,"source":{"query":"erased"}}"#
        );
        assert_eq!(traces.masked_detail(r#"{"rows":3}"#), None);
    }
}

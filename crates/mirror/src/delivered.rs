//! Persons in what vendors deliver: one request may tell of many people, of whom one is erased and the others stay.
//!
//! SendGrid gives all that were mailed by one call the same id, so a message is known by that id and its address
//! together. In the place of an erased address stands a keyed hash of the two: a later event of the same message finds
//! its row by it, and it tells nobody who it was.

use domain::AccountId;
use serde_json::Value as Json;

use crate::Mirror;
use crate::erased::digest;
use crate::kept_apart::{holds_text, tells_of};
use crate::redact;
use crate::statement::fold;

/// What stands in front in the place of an erased person's address. No address holds a space.
pub(crate) const ERASED: &str = "erased ";
/// Bytes of the hash behind it.
const HASH_BYTES: usize = 16;

/// By what a message to one person is remembered.
pub(crate) fn message_name(message: &str, address: &str) -> String {
    format!("message {message} {}", fold(address))
}

/// What stands in the place of the address of a message whose reader was erased.
pub(crate) fn erased_address(salt: &str, account: AccountId, message: &str, address: &str) -> String {
    let digest = digest(salt, account, &message_name(message, address));
    format!("{ERASED}{}", hex::encode(digest.get(..HASH_BYTES).unwrap_or_default()))
}

/// By what the message of an event of SendGrid's is remembered; none of what is no such event.
pub(crate) fn message_of_event(event: &[u8]) -> Option<String> {
    let event: Json = serde_json::from_slice(event).ok()?;
    message_and_address(&event).map(|(message, address)| message_name(message, address))
}

/// SendGrid's id of the message and the address, where an entry is an event of SendGrid's that has one still.
fn message_and_address(entry: &Json) -> Option<(&str, &str)> {
    let text = |name: &str| entry.get(name).and_then(Json::as_str);
    let message = text(redact::SENDGRID_MESSAGE)?;
    let address = text(redact::SENDGRID_ADDRESS).filter(|address| !address.starts_with(ERASED))?;
    // What stands before the first full stop is the id under which the message was taken.
    Some((message.split('.').next().unwrap_or(message), address))
}

/// A body without the entries that tell of a person; all of it where it is no list.
pub(crate) fn without_entries(
    body: &[u8],
    salt: &str,
    account: AccountId,
    tells: impl Fn(&Json) -> bool,
) -> Vec<u8> {
    let cleared = |mut entry: Json| {
        let address =
            message_and_address(&entry).map(|(message, to)| erased_address(salt, account, message, to));
        redact::clear("", &mut entry);
        if let (Some(address), Some(fields)) = (address, entry.as_object_mut()) {
            fields.insert(redact::SENDGRID_ADDRESS.to_owned(), Json::String(address));
        }
        entry
    };
    let document = match serde_json::from_slice(body) {
        Ok(Json::Array(entries)) => {
            let kept = entries.into_iter().map(|entry| if tells(&entry) { cleared(entry) } else { entry });
            Json::Array(kept.collect())
        }
        Ok(document) => cleared(document),
        Err(_) => Json::Object(serde_json::Map::new()),
    };
    serde_json::to_vec(&document).unwrap_or_else(|_| b"{}".to_vec())
}

/// The entries of a body that tell of a person, for them: what stands beside is of others.
pub(crate) fn entries_of(body: &[u8], tells: impl Fn(&Json) -> bool) -> Json {
    match serde_json::from_slice(body) {
        Ok(Json::Array(entries)) => Json::Array(entries.into_iter().filter(|entry| tells(entry)).collect()),
        Ok(document) => document,
        Err(_) => Json::String(String::from_utf8_lossy(body).into_owned()),
    }
}

impl Mirror {
    /// The body without whoever was erased; none where nothing of them is in it.
    pub(crate) fn without_erased(&self, account: AccountId, body: &[u8]) -> Option<Vec<u8>> {
        let salt = self.erasure_salt()?;
        let is_theirs = |text: &str| self.is_erased(account, text);
        let tells = |entry: &Json| {
            holds_text(entry, &is_theirs)
                || message_and_address(entry)
                    .is_some_and(|(message, to)| self.is_erased(account, &message_name(message, to)))
        };
        let has_any = match serde_json::from_slice::<Json>(body) {
            Ok(Json::Array(entries)) => entries.iter().any(tells),
            Ok(document) => tells(&document),
            Err(_) => tells_of(body, is_theirs),
        };
        has_any.then(|| without_entries(body, &salt, account, tells))
    }
}

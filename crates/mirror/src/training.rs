//! Learning what the documents of a kind have in common.
//!
//! The first documents of a kind are packed as they are and looked at; from some hundred of them a
//! dictionary is trained, and all later ones are packed with it. When documents come to pack much
//! worse than they did, as after a new API version, the next ones are looked at again and a second
//! dictionary follows; each frame names its own. Nothing of a person may come into a dictionary, for
//! it outlives the erasure of that person: what only some documents hold is replaced by noise first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::{Kind, Timestamp};
use tokio::sync::Semaphore;

use crate::Mirror;
use crate::compression;
use crate::error::{MirrorError, Result};
use crate::redact::KEPT_TEXTS;

/// Documents that a dictionary is trained from.
const SAMPLES: usize = 500;
/// Bytes of the samples, whatever their number is.
const MOST_SAMPLE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of a dictionary.
const DICTIONARY_BYTES: usize = 32 * 1024;
/// Dictionaries that are trained at once. Each takes some ten megabytes for as long as that takes, and the lists of a
/// first load bring their samples all at the same time.
static TRAINING: Semaphore = Semaphore::const_new(1);
/// Documents over which it is watched how well they pack.
const WINDOW: u64 = 10_000;
/// A text of which one document in so many holds a copy is no person's.
const COMMON_SHARE: usize = 20;
/// Letters of an id of Stripe after its kind, and those at its end that are only its own.
const ID_LETTERS: usize = 24;
const ID_OWN_LETTERS: usize = 8;
/// Fields of the vendor's own words and ids beside those that stay after an erasure.
const VENDOR_TEXTS: [&str; 19] = [
    "address_line1_check",
    "address_postal_code_check",
    "allow_redirects",
    "balance_type",
    "country",
    "cvc_check",
    "default_payment_method",
    "default_source",
    "payment_method_types",
    "preferred_locales",
    "receipt_url",
    "reference_status",
    "reference_type",
    "regulated_status",
    "request_three_d_secure",
    "seller_message",
    "subscription",
    "tax_exempt",
    "url",
];
/// What the vendor itself writes where sellers write as well.
const VENDOR_PHRASES: [&[u8]; 1] = [b"Stripe processing fees"];
/// The field of the seller's own fields.
const METADATA: &[u8] = b"metadata";

/// What is known of the documents of each kind since the file was opened.
#[derive(Debug, Default)]
pub(crate) struct Samples(Mutex<HashMap<Kind, Watch>>);

#[derive(Debug, Default)]
struct Watch {
    /// Documents to train from, while they are gathered.
    gathered: Vec<Vec<u8>>,
    gathered_bytes: usize,
    /// Whether a dictionary is in use that has not become bad.
    satisfied: bool,
    documents: u64,
    document_bytes: u64,
    packed_bytes: u64,
    /// Packed bytes of 10,000 document bytes in the best window so far.
    best: Option<u64>,
}

impl Samples {
    /// Looks at a document, where one is wanted; hands out the samples when there are enough of them.
    pub(crate) fn offer(
        &self,
        kind: Kind,
        has_dictionary: bool,
        document: impl FnOnce() -> Vec<u8>,
    ) -> Option<Vec<Vec<u8>>> {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watch =
            watches.entry(kind).or_insert_with(|| Watch { satisfied: has_dictionary, ..Watch::default() });
        if watch.satisfied {
            return None;
        }
        let json = document();
        if json.len() > MOST_SAMPLE_BYTES / SAMPLES * 10 {
            return None;
        }
        watch.gathered_bytes += json.len();
        watch.gathered.push(json);
        if watch.gathered.len() < SAMPLES && watch.gathered_bytes < MOST_SAMPLE_BYTES {
            return None;
        }
        watch.satisfied = true;
        watch.gathered_bytes = 0;
        Some(std::mem::take(&mut watch.gathered))
    }

    /// Takes down how well a document was packed with the dictionary of its kind.
    pub(crate) fn packed(&self, kind: Kind, document: usize, packed: usize) {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let watch = watches.entry(kind).or_insert_with(|| Watch { satisfied: true, ..Watch::default() });
        watch.documents += 1;
        watch.document_bytes += document as u64;
        watch.packed_bytes += packed as u64;
        if watch.documents < WINDOW {
            return;
        }
        let share = watch.packed_bytes.saturating_mul(10_000) / watch.document_bytes.max(1);
        let best = watch.best.map_or(share, |best| best.min(share));
        watch.best = Some(best);
        (watch.documents, watch.document_bytes, watch.packed_bytes) = (0, 0, 0);
        if share > best + best / 2 {
            // The next documents are looked at again; what they then pack to is the new measure.
            watch.satisfied = false;
            watch.best = None;
        }
    }
}

/// A dictionary from documents of one kind.
pub(crate) fn train(documents: &[Vec<u8>]) -> Result<Vec<u8>> {
    let samples = without_persons(documents);
    let trained = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    compression::number_of(&trained)?;
    Ok(trained)
}

/// The documents with noise of the same shape in the place of every text that may be of a person, and of
/// whatever else only few of them hold.
fn without_persons(documents: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut counts: HashMap<&[u8], (usize, usize)> = HashMap::new();
    let mut names: HashMap<&[u8], usize> = HashMap::new();
    for (number, document) in documents.iter().enumerate() {
        for text in texts(document) {
            if text.place == Place::OwnName {
                *names.entry(text.value).or_default() += 1;
            }
            for part in [text.value, front(text.value), account_part(text.value)] {
                let (count, last) = counts.entry(part).or_insert((0, usize::MAX));
                if *last != number {
                    (*count, *last) = (*count + 1, number);
                }
            }
        }
    }
    let is_common = |part: &[u8]| {
        !part.is_empty()
            && counts
                .get(part)
                .is_some_and(|(count, _)| count.saturating_mul(COMMON_SHARE) >= documents.len())
    };
    // What half of all documents have is how the seller calls a field, and no person.
    let is_usual = |name: &[u8]| names.get(name).is_some_and(|count| count * 2 >= documents.len());
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    documents
        .iter()
        .map(|document| {
            let mut masked = document.clone();
            for text in texts(document) {
                let value = text.value;
                let (own, end) = (front(value).len(), value.len());
                let shared = end.saturating_sub(ID_OWN_LETTERS);
                let noisy = match () {
                    () if text.place == Place::OwnName && is_usual(value) => [end..end, end..end],
                    () if !is_of_vendor(&text) => [0..end, end..end],
                    () if is_common(value) => [end..end, end..end],
                    () if !is_common(front(value)) => [0..end, end..end],
                    () if is_common(account_part(value)) => {
                        [own..shared - account_part(value).len(), shared..end]
                    }
                    () => [own..end, end..end],
                };
                for range in noisy {
                    let range = text.start + range.start..text.start + range.end;
                    if let Some(rest) = masked.get_mut(range) {
                        noise.over(rest);
                    }
                }
            }
            masked
        })
        .collect()
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a field of the vendor's.
    Field,
    /// In a field of the seller's own.
    OwnField,
    /// The name of one.
    OwnName,
}

/// A string of a document that is no name of one of the vendor's fields.
struct Text<'a> {
    field: &'a [u8],
    value: &'a [u8],
    start: usize,
    place: Place,
}

/// Whether the text is a word or an id of the vendor's.
fn is_of_vendor(text: &Text<'_>) -> bool {
    let is_in = |fields: &[&str]| fields.iter().any(|field| field.as_bytes() == text.field);
    text.place == Place::Field
        && !text.value.contains(&b'@')
        && (is_in(&KEPT_TEXTS) || is_in(&VENDOR_TEXTS) || VENDOR_PHRASES.contains(&text.value))
}

/// What an id or an address begins with: `ch_`, `https://pay.example/receipts/`.
fn front(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| matches!(byte, b'_' | b'/')).map_or(0, |at| at + 1);
    value.get(..end).unwrap_or_default()
}

/// The letters of an account that stand in each of its ids at Stripe: `3PgafuB7WZ01zgkWXYmPNZs8` is the
/// vendor's sign, five letters of the second, ten of the account, and eight of its own. Empty where
/// the text is no such id.
fn account_part(value: &[u8]) -> &[u8] {
    let letters = value.get(front(value).len()..).unwrap_or_default();
    match letters.len() == ID_LETTERS && letters.iter().all(u8::is_ascii_alphanumeric) {
        true => {
            letters.get(ID_LETTERS - ID_OWN_LETTERS - 10..ID_LETTERS - ID_OWN_LETTERS).unwrap_or_default()
        }
        false => &[],
    }
}

fn texts(document: &[u8]) -> Vec<Text<'_>> {
    let mut found = Vec::new();
    let mut field: &[u8] = b"";
    let mut depth = 0_usize;
    // How deep the seller's own fields are, while they last.
    let mut own: Option<usize> = None;
    let mut at = 0;
    while let Some(byte) = document.get(at) {
        match byte {
            b'"' => {}
            b'{' => {
                depth += 1;
                if field == METADATA && own.is_none() {
                    own = Some(depth);
                }
            }
            b'}' => {
                if own == Some(depth) {
                    own = None;
                }
                depth = depth.saturating_sub(1);
                field = b"";
            }
            _ => {}
        }
        if *byte != b'"' {
            at += 1;
            continue;
        }
        let start = at + 1;
        let mut end = start;
        while let Some(byte) = document.get(end).filter(|byte| **byte != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let value = document.get(start..end).unwrap_or_default();
        at = end.saturating_add(1);
        let next = document.iter().skip(at).find(|byte| !byte.is_ascii_whitespace());
        let place = match (next == Some(&b':'), own.is_some()) {
            (true, true) => Place::OwnName,
            (false, true) => Place::OwnField,
            _ => Place::Field,
        };
        if next == Some(&b':') {
            field = value;
        }
        if next != Some(&b':') || place == Place::OwnName {
            found.push(Text { field, value, start, place });
        }
    }
    found
}

/// Letters and digits of no meaning, the same ones each time.
struct Noise(u64);

impl Noise {
    fn over(&mut self, text: &mut [u8]) {
        for byte in text {
            *byte = match *byte {
                b'0'..=b'9' => b'0' + self.below(10),
                b'a'..=b'z' => b'a' + self.below(26),
                b'A'..=b'Z' => b'A' + self.below(26),
                0x80.. => b'x',
                other => other,
            };
        }
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from((self.0 >> 32) % u64::from(bound)).unwrap_or_default()
    }
}

impl Mirror {
    /// Trains a dictionary and takes it into use once it is on the disk: a frame must never name one
    /// that a loss of power could take away.
    pub(crate) async fn train(&self, kind: Kind, samples: Vec<Vec<u8>>) -> Result<()> {
        let count = i64::try_from(samples.len()).unwrap_or(i64::MAX);
        let Ok(turn) = TRAINING.acquire().await else { return Ok(()) };
        let trained = tokio::task::spawn_blocking(move || train(&samples)).await;
        drop(turn);
        // Documents that have nothing in common are packed without one.
        let Ok(Ok(mut content)) = trained else { return Ok(()) };
        let mut writer = self.writer().await?;
        let last: Option<i64> =
            sqlx::query_scalar("select max(number) from json_dictionaries where number <= ?1")
                .bind(i64::from(u8::MAX))
                .fetch_one(writer.connection()?)
                .await
                .map_err(MirrorError::from)?;
        if let Ok(next) = u8::try_from(last.unwrap_or(0) + 1) {
            compression::set_number(&mut content, next);
        }
        sqlx::query(
            "insert into json_dictionaries (number, kind, content, trained_at, samples) \
             values (?1, ?2, ?3, max(?4, coalesce((select max(trained_at) + 1 from json_dictionaries), 0)), ?5) \
             on conflict (number) do nothing",
        )
        .bind(i64::from(compression::number_of(&content)?))
        .bind(kind.as_str())
        .bind(&content)
        .bind(Timestamp::from(chrono::Utc::now()).as_ms())
        .bind(count)
        .execute(writer.connection()?)
        .await
        .map_err(MirrorError::from)?;
        self.0.dictionaries.add(kind, &content)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_person_comes_into_a_dictionary() {
        let documents: Vec<Vec<u8>> = (0..SAMPLES)
            .map(|number| {
                format!(
                    "{{\"id\":\"ch_{:x}\",\"object\":\"charge\",\"billing_details\":{{\"email\":\"mia@example.com\",\
                     \"name\":\"Mia M\\u00fcller\"}},\"description\":\"Tea for Anna Nr. {}\",\"status\":\"succeeded\",\
                     \"receipt_url\":\"https://pay.example/receipts/{:x}\",\"note\":\"{}\"}}",
                    number * 7_919_777,
                    number,
                    number * 104_729,
                    if number % 50 == 0 { "Zacharias" } else { "none" }
                )
                .into_bytes()
            })
            .collect();
        let trained = train(&documents).unwrap();
        let holds = |word: &str| trained.windows(word.len()).any(|part| part == word.as_bytes());
        for word in ["mia@", "Mia", "Anna", "Zacharias"] {
            assert!(!holds(word), "{word}");
        }
        assert!(holds("\"object\":\"charge\"") && holds("https://pay.example/receipts/"));
    }

    #[test]
    fn what_many_documents_say_of_one_person_comes_into_no_dictionary() {
        let documents: Vec<Vec<u8>> = (0..SAMPLES)
            .map(|number| {
                format!(
                    "{{\"id\":\"ch_{:x}\",\"object\":\"charge\",\"metadata\":{{\"member\":\"Ada Lovelace\",\
                     \"status\":\"Countess\",\"byron{}\":\"1\"}},\"description\":\"Invoice for Ada Lovelace\",\
                     \"statement_descriptor\":\"Ada Lovelace/{:x}\",\"shipping\":{{\"carrier\":\"Babbage\"}},\
                     \"fee_details\":[{{\"description\":\"Stripe processing fees\"}}],\"outcome\":{{\"seller_message\":\
                     \"Payment complete.\"}},\"status\":\"succeeded\"}}",
                    number * 7_919_777,
                    number % 10,
                    number * 104_729,
                )
                .into_bytes()
            })
            .collect();
        let trained = train(&documents).unwrap();
        let holds = |word: &str| trained.windows(word.len()).any(|part| part == word.as_bytes());
        for word in ["Ada", "Lovelace", "Countess", "Invoice for", "Babbage", "byron"] {
            assert!(!holds(word), "{word}");
        }
        for word in
            ["\"member\":\"", "Stripe processing fees", "Payment complete.", "\"status\":\"succeeded\""]
        {
            assert!(holds(word), "{word}");
        }
    }

    #[test]
    fn what_all_ids_of_an_account_share_is_learnt() {
        let document = |number: usize| {
            format!(
                "{{\"id\":\"ch_3Pgaf{}B7WZ01zgkW{:08x}\",\"object\":\"charge\"}}",
                number % 10,
                number * 7_919_777
            )
        };
        let documents: Vec<Vec<u8>> = (0..SAMPLES).map(|number| document(number).into_bytes()).collect();
        let trained = train(&documents).unwrap();
        assert!(trained.windows(10).any(|part| part == b"B7WZ01zgkW"));
        assert_eq!(account_part(b"ch_3Pgaf0B7WZ01zgkWXYmPNZs8"), b"B7WZ01zgkW");
        assert_eq!(account_part(b"Tea for Anna and for 24 men"), b"");
    }

    #[test]
    fn samples_are_asked_for_until_a_dictionary_packs_well_and_again_when_it_no_longer_does() {
        let samples = Samples::default();
        let kind = Kind::Payments;
        let mut full = None;
        for number in 0..SAMPLES {
            assert!(full.is_none());
            full = samples.offer(kind, false, || format!("{{\"id\":{number}}}").into_bytes());
        }
        assert_eq!(full.unwrap().len(), SAMPLES);
        assert!(samples.offer(kind, true, || b"{}".to_vec()).is_none());
        for packed in [100, 140] {
            (0..WINDOW).for_each(|_| samples.packed(kind, 1_000, packed));
            assert!((0..SAMPLES).all(|_| samples.offer(kind, true, || b"{}".to_vec()).is_none()));
        }
        (0..WINDOW).for_each(|_| samples.packed(kind, 1_000, 160));
        assert!((0..SAMPLES).any(|_| samples.offer(kind, true, || b"{}".to_vec()).is_some()));
    }
}

//! The vendor's JSON, compressed: with what documents of its kind have in common where that was
//! learned already (`training.rs`), without it before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::Kind;
use sqlx::Row;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe;

use crate::Mirror;
use crate::error::{MirrorError, Result};
use crate::repeated::Repeated;
use crate::training::Samples;

/// Level of zstd for what a mirror keeps.
const LEVEL: i32 = 3;
/// Level for what somebody waits for while it is packed.
const QUICK_LEVEL: i32 = -5;
/// What every frame of zstd begins with. Frames of records do without it, which older files' frames did not. The byte
/// behind it never has the bit that is set in its first byte, so that the two are told apart.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The largest document that is unpacked; the vendors' client takes no larger body either.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What documents are packed and unpacked with.
#[derive(Default)]
pub(crate) struct Dictionaries {
    /// By the number that stands in frames.
    readers: RwLock<HashMap<u32, Arc<DecoderDictionary<'static>>>>,
    /// The newest of each kind.
    writers: RwLock<HashMap<Kind, Arc<EncoderDictionary<'static>>>>,
    /// Documents of the kinds that have none yet.
    pub(crate) samples: Samples,
    /// Held per kind while it is learnt: a load has thousands of documents on their way, which all
    /// would be packed without what is about to be known.
    learning: Mutex<HashMap<Kind, Arc<tokio::sync::Mutex<()>>>>,
}

impl std::fmt::Debug for Dictionaries {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Dictionaries")
    }
}

impl Dictionaries {
    /// Takes a dictionary into use, for packing where it is the newest of its kind.
    pub(crate) fn add(&self, kind: Kind, content: &[u8]) -> Result<u32> {
        let number = number_of(content)?;
        let reader = Arc::new(DecoderDictionary::try_copy(content)?);
        let writer = Arc::new(EncoderDictionary::try_copy(content, LEVEL)?);
        self.readers.write().unwrap_or_else(PoisonError::into_inner).insert(number, reader);
        self.writers.write().unwrap_or_else(PoisonError::into_inner).insert(kind, writer);
        Ok(number)
    }

    /// Held by whoever shows documents of the kind to [`Samples`].
    pub(crate) fn learning(&self, kind: Kind) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.learning.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default())
    }

    /// What new documents of the kind are packed with.
    pub(crate) fn newest(&self, kind: Kind) -> Option<Arc<EncoderDictionary<'static>>> {
        self.writers.read().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned()
    }

    /// The document of a record, of which its row has what it repeats.
    pub(crate) fn unpack_of(&self, packed: &[u8], row: &Repeated) -> Result<Vec<u8>> {
        if packed.starts_with(&MAGIC) {
            return self.unpack(packed);
        }
        row.restore(&self.unpack(&[&MAGIC, packed].concat())?)
    }

    /// The document in a frame.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>> {
        let length = zstd_safe::get_frame_content_size(packed).ok().flatten();
        let length = length.and_then(|length| usize::try_from(length).ok());
        let capacity = length.filter(|length| *length <= MOST_BYTES).ok_or_else(unreadable)?;
        let unpacked = match zstd_safe::get_dict_id_from_frame(packed) {
            None => zstd::bulk::decompress(packed, capacity),
            Some(number) => {
                let readers = self.readers.read().unwrap_or_else(PoisonError::into_inner);
                let reader = readers.get(&number.get()).cloned().ok_or_else(unreadable)?;
                drop(readers);
                Decompressor::with_prepared_dictionary(&reader)?.decompress(packed, capacity)
            }
        };
        unpacked.map_err(|_| unreadable())
    }
}

/// The number of a dictionary that stands in the frames packed with it.
pub(crate) fn number_of(content: &[u8]) -> Result<u32> {
    let number = zstd_safe::get_dict_id_from_dict(content);
    number.map(std::num::NonZero::get).ok_or_else(|| MirrorError::corrupt("a dictionary has no number"))
}

/// Numbers a dictionary anew. A small number takes one byte of each frame in the place of four.
pub(crate) fn set_number(content: &mut [u8], number: u8) {
    // It stands behind the four bytes that every dictionary begins with, the lowest byte first.
    if let Some(place) = content.get_mut(4..8) {
        place.copy_from_slice(&u32::from(number).to_le_bytes());
    }
}

fn unreadable() -> MirrorError {
    MirrorError::corrupt("a document does not unpack")
}

/// Packs documents of one kind; made once for many of them, since a new one takes a megabyte.
pub(crate) struct Packer<'a>(Compressor<'a>);

impl<'a> Packer<'a> {
    pub(crate) fn new(dictionary: Option<&'a EncoderDictionary<'static>>) -> Result<Self> {
        Ok(Self(match dictionary {
            Some(dictionary) => Compressor::with_prepared_dictionary(dictionary)?,
            None => Compressor::new(LEVEL)?,
        }))
    }

    /// As [`Packer::pack`], without what the record's row has, and without what every frame begins with.
    pub(crate) fn pack_of(&mut self, row: &Repeated, json: &[u8]) -> Result<Vec<u8>> {
        let Some(marked) = row.mark(json) else { return self.pack(json) };
        let frame = self.0.compress(&marked)?;
        Ok(frame.strip_prefix(&MAGIC).unwrap_or(&frame).to_vec())
    }

    /// One for bodies that vendors wait to be acknowledged, which takes a third of the time.
    pub(crate) fn quick() -> Result<Self> {
        Ok(Self(Compressor::new(QUICK_LEVEL)?))
    }

    /// A frame in as much memory as it needs: it waits for the writer beside thousands of others, and the library
    /// answers in as much as the worst document would have needed.
    pub(crate) fn pack(&mut self, json: &[u8]) -> Result<Vec<u8>> {
        let mut frame = self.0.compress(json)?;
        frame.shrink_to_fit();
        Ok(frame)
    }
}

impl Mirror {
    /// Reads the dictionaries that frames of this file were packed with.
    pub(crate) async fn load_dictionaries(&self) -> Result<()> {
        let rows = sqlx::query("select kind, content from json_dictionaries order by trained_at, number")
            .fetch_all(self.readers())
            .await?;
        for row in &rows {
            let kind: &str = row.try_get("kind")?;
            let kind = kind.parse().map_err(|_| MirrorError::corrupt("a dictionary is of no kind"))?;
            self.0.dictionaries.add(kind, row.try_get("content")?)?;
        }
        Ok(())
    }

    /// The document of a record in a frame of this file.
    pub(crate) fn unpack_of(&self, packed: &[u8], row: &Repeated) -> Result<Vec<u8>> {
        self.0.dictionaries.unpack_of(packed, row)
    }

    /// The document in a frame of this file.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Result<Vec<u8>> {
        self.0.dictionaries.unpack(packed)
    }
}

#[cfg(test)]
mod tests {
    use domain::Record;

    use super::*;
    use crate::mirrored;

    #[test]
    fn documents_come_back_and_damage_is_noticed() {
        let dictionaries = Dictionaries::default();
        for document in [&b""[..], b"{}", &[b'a'; 100_000]] {
            let packed = Packer::new(None).unwrap().pack(document).unwrap();
            assert_eq!(dictionaries.unpack(&packed).unwrap(), document);
        }
        assert_eq!(dictionaries.unpack(b"no frame").unwrap_err().code(), "mirror_corrupt");
    }

    fn refund(number: usize) -> (Record, Vec<u8>) {
        let id = format!("re_3Pgaf{:x}B7WZ01zgkW", number * 7_919_777 + 0x1000_0000);
        let refund = domain::Refund {
            vendor_id: id.clone(),
            payment_id: Some(format!("ch_{number:020}")),
            payment_intent_id: None,
            amount: domain::Money::new(100, "usd".parse().unwrap()),
            status: "succeeded".into(),
            reason: None,
            pending_reason: None,
            failure_reason: None,
            created_at: domain::Timestamp::from_seconds(1_700_000_000),
            trace_reference: None,
            balance_entry_id: None,
            intent_id: None,
            metadata: Vec::new(),
        };
        let json = format!(
            "{{\"id\":\"{id}\",\"object\":\"refund\",\"charge\":\"ch_{number:020}\",\"amount\":100}}"
        );
        (Record::Refund(refund), json.into_bytes())
    }

    #[test]
    fn documents_of_records_need_their_row_and_those_of_older_files_do_not() {
        let dictionaries = Dictionaries::default();
        let samples: Vec<Vec<u8>> = (0..500).map(|number| refund(number).1).collect();
        let mut content = crate::training::train(&samples).unwrap();
        set_number(&mut content, 7);
        assert_eq!(dictionaries.add(Kind::Refunds, &content).unwrap(), 7);
        let newest = dictionaries.newest(Kind::Refunds).unwrap();
        for dictionary in [None, Some(&*newest)] {
            let mut packer = Packer::new(dictionary).unwrap();
            let (record, json) = refund(77);
            let row = Repeated::of(&record, &mirrored::values(&record));
            let (old, new) = (packer.pack(&json).unwrap(), packer.pack_of(&row, &json).unwrap());
            assert!(old.starts_with(&MAGIC) && new.len() + 20 < old.len(), "{} of {}", new.len(), old.len());
            for packed in [&old, &new] {
                assert_eq!(dictionaries.unpack_of(packed, &row).unwrap(), json);
            }
            let none = Repeated::default();
            assert_eq!(dictionaries.unpack_of(&old, &none).unwrap(), json);
            assert_eq!(dictionaries.unpack_of(&new, &none).unwrap_err().code(), "mirror_corrupt");
        }
    }

    #[test]
    fn each_dictionary_unpacks_what_it_packed_after_newer_ones_came() {
        let dictionaries = Dictionaries::default();
        let document = |word: &str, number: usize| {
            format!("{{\"id\":\"ch_{number:08}\",\"object\":\"charge\",\"status\":\"{word}\"}}").into_bytes()
        };
        let mut kept = Vec::new();
        for word in ["succeeded_with_joy", "failed_without_reason"] {
            let samples: Vec<Vec<u8>> = (0..500).map(|number| document(word, number * 7919)).collect();
            let content = crate::training::train(&samples).unwrap();
            dictionaries.add(Kind::Payments, &content).unwrap();
            let newest = dictionaries.newest(Kind::Payments).unwrap();
            let packed = Packer::new(Some(&newest)).unwrap().pack(&samples[0]).unwrap();
            let plain = Packer::new(None).unwrap().pack(&samples[0]).unwrap();
            assert!(packed.len() * 2 < plain.len(), "{} of {}", packed.len(), plain.len());
            kept.push((samples[0].clone(), packed));
        }
        for (document, packed) in &kept {
            assert_eq!(&dictionaries.unpack(packed).unwrap(), document);
        }
        let unknown = Dictionaries::default().unpack(&kept[0].1).unwrap_err();
        assert_eq!(unknown.code(), "mirror_corrupt");
    }
}

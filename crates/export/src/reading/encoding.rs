//! Which encoding text is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::ReadError;

/// Bytes that are looked at to tell UTF-16 without a mark.
const LOOKED_AT: usize = 4_096;

/// The text with the name of its encoding. What is not written in it whole is refused: a sum must not be
/// read out of text that was misread.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, &'static str), ReadError> {
    let encoding = recognise(bytes);
    let (text, encoding, is_broken) = encoding.decode(bytes);
    if is_broken || text.contains('\0') {
        return Err(ReadError::NotATable);
    }
    Ok((text.into_owned(), encoding.name()))
}

fn recognise(bytes: &[u8]) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(bytes) {
        return marked;
    }
    if let Some(wide) = utf_16(bytes) {
        return wide;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// UTF-16 without a mark: of mostly Latin text, every second byte is zero.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let looked_at = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let zeros = |first: usize| looked_at.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), looked_at.len() / 2);
    if pairs == 0 || bytes.len() % 2 == 1 {
        return None;
    }
    if odd * 4 > pairs * 3 && even * 10 < pairs {
        Some(UTF_16LE)
    } else if even * 4 > pairs * 3 && odd * 10 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

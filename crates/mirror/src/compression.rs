//! The vendor's JSON, compressed.

use crate::error::{MirrorError, Result};

/// Level of zstd: higher ones gain little on documents of a few kilobytes.
const LEVEL: i32 = 3;
/// The largest document that is unpacked; the vendors' client takes no larger body either.
const MOST_BYTES: usize = 64 * 1024 * 1024;

pub(crate) fn pack(json: &[u8]) -> Result<Vec<u8>> {
    Ok(zstd::bulk::compress(json, LEVEL)?)
}

pub(crate) fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let length = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    let length = length.and_then(|length| usize::try_from(length).ok());
    let capacity = length.filter(|length| *length <= MOST_BYTES);
    let capacity = capacity.ok_or_else(|| MirrorError::corrupt("a document does not unpack"))?;
    zstd::bulk::decompress(packed, capacity).map_err(|_| MirrorError::corrupt("a document does not unpack"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_and_damage_is_noticed() {
        for document in [&b""[..], b"{}", &[b'a'; 100_000]] {
            assert_eq!(unpack(&pack(document).unwrap()).unwrap(), document);
        }
        assert_eq!(unpack(b"no frame").unwrap_err().code(), "mirror_corrupt");
    }
}

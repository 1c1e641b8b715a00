//! The one spelling of what stands in headers and keys.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::{Secret, Timestamp};

use crate::request::RecordedRequest;
use crate::verdict::{Invalid, Keys, Rules};

/// The longest value of a header that is looked at: the longest of any vendor, a signature by RSA with 4,096 bits, has 684 characters.
const HEADER_MAX_BYTES: usize = 4096;
/// The last second of the year 9999; no later time is a time.
const SECONDS_MAX: i64 = 253_402_300_799;

/// The value of a header that must be there exactly once.
pub(crate) fn header<'a>(request: &'a RecordedRequest, name: &'static str) -> Result<&'a str, Invalid> {
    let mut values = request.header_values(name);
    let value = values.next().ok_or(Invalid::HeaderMissing(name))?;
    if values.next().is_some() {
        return Err(Invalid::HeaderRepeated(name));
    }
    if value.len() > HEADER_MAX_BYTES {
        return Err(Invalid::HeaderMalformed(name, "it is too long"));
    }
    if value.is_empty() || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Invalid::HeaderMalformed(name, "it is empty or has characters that are none of it"));
    }
    Ok(value)
}

/// The secrets, of which there is at least one and none is empty.
pub(crate) fn secrets(keys: &Keys) -> Result<&[Secret], Invalid> {
    if keys.secrets.is_empty() {
        return Err(Invalid::NoKey);
    }
    if keys.secrets.iter().any(Secret::is_blank) {
        return Err(Invalid::BlankKey);
    }
    Ok(&keys.secrets)
}

/// Whole seconds since 1970 as digits: no sign, no zero before them, no white space.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let digits = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (text == "0" || !text.starts_with('0'));
    let seconds = canonical.then(|| text.parse().ok()).flatten()?;
    (seconds <= SECONDS_MAX).then_some(seconds)
}

/// Bytes of a fixed number from lower-case hexadecimal digits.
pub(crate) fn hex_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut bytes = [0; N];
    (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

/// Bytes from standard base64 with padding, whose unused bits are zero.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// Whether a signed time is near enough. Vendors that sign seconds are judged by seconds, as their own libraries do.
pub(crate) fn judge_time(signed_at: Timestamp, unit_ms: i64, rules: &Rules) -> Result<(), Invalid> {
    let Some(tolerance) = rules.tolerance else { return Ok(()) };
    let tolerance_ms = i64::try_from(tolerance.as_millis()).unwrap_or(i64::MAX);
    let present = Timestamp::from_ms(rules.at.as_ms().div_euclid(unit_ms).saturating_mul(unit_ms));
    let age_ms = present.ms_since(signed_at);
    if age_ms > tolerance_ms {
        Err(Invalid::TooOld)
    } else if age_ms < tolerance_ms.saturating_neg() {
        Err(Invalid::TooNew)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;

    use super::{base64_bytes, hex_bytes, judge_time, seconds};
    use crate::verdict::{Invalid, Rules};

    #[test]
    fn seconds_have_one_spelling() {
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("1700000000"), Some(1_700_000_000));
        assert_eq!(seconds("253402300799"), Some(253_402_300_799));
        for other in [
            "",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "٣",
            "253402300800",
            "9223372036854775808",
        ] {
            assert_eq!(seconds(other), None, "{other}");
        }
    }

    #[test]
    fn bytes_have_one_spelling() {
        assert_eq!(hex_bytes::<2>("0aff"), Some([0x0a, 0xff]));
        for other in ["0aFF", "0af", "0aff0", "0aff00", "", "0xff", " aff"] {
            assert_eq!(hex_bytes::<2>(other), None, "{other}");
        }
        assert_eq!(base64_bytes("AP8="), Some(vec![0, 0xff]));
        for other in ["AP8", "AP9=", "AP8= ", "AP8=\n", "AP8==", "A P8=", "AP_="] {
            assert_eq!(base64_bytes(other), None, "{other}");
        }
    }

    #[test]
    fn w47_time_is_judged_both_ways_to_the_second() {
        let judged = |at_ms: i64| {
            let rules = Rules { at: Timestamp::from_ms(at_ms), tolerance: Some(Duration::from_secs(300)) };
            judge_time(Timestamp::from_seconds(1000), 1000, &rules)
        };
        assert_eq!(judged(1_300_999), Ok(()));
        assert_eq!(judged(1_301_000), Err(Invalid::TooOld));
        assert_eq!(judged(700_000), Ok(()));
        assert_eq!(judged(699_999), Err(Invalid::TooNew));
        let rules = Rules { at: Timestamp::from_ms(i64::MIN), tolerance: Some(Duration::MAX) };
        assert_eq!(judge_time(Timestamp::from_ms(i64::MAX), 1000, &rules), Ok(()));
        let off = Rules { at: Timestamp::from_seconds(0), tolerance: None };
        assert_eq!(judge_time(Timestamp::from_seconds(1_700_000_000), 1000, &off), Ok(()));
    }
}

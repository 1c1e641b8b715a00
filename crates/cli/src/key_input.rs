//! A key that is piped in or typed. It never comes as an argument: those stand in process lists.

use std::io::{IsTerminal, Read};

use contract::Secret;
use contract::{ErrorBody, ErrorCode, SecretText};

use crate::failure::Failure;

/// The longest key that is read; the longest known ones have about 250 characters.
const MAX_KEY_BYTES: u64 = 16 * 1024;

/// Reads one line: from the terminal without showing it, otherwise all of stdin.
pub(crate) fn read() -> Result<SecretText, Failure> {
    if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Key (it is not shown): ").map_err(Failure::bad_request)?;
        return one_line(typed.into_bytes());
    }
    read_piped(std::io::stdin().lock())
}

fn read_piped(source: impl Read) -> Result<SecretText, Failure> {
    // Room for all of it at once: a buffer that grows would leave copies of the key behind.
    let mut bytes = Vec::with_capacity(2 * MAX_KEY_BYTES as usize);
    source.take(MAX_KEY_BYTES + 1).read_to_end(&mut bytes).map_err(Failure::bad_request)?;
    one_line(bytes)
}

/// The line without its end. Anything behind the end is refused rather than dropped: whoever
/// pasted two lines did not mean the first of them (bad input U10).
fn one_line(bytes: Vec<u8>) -> Result<SecretText, Failure> {
    let malformed = || Failure::from(ErrorBody::new(ErrorCode::KeyMalformed));
    let too_long = bytes.len() as u64 > MAX_KEY_BYTES;
    let mut line = match String::from_utf8(bytes) {
        Ok(line) => line,
        Err(error) => {
            // A lossy copy only to have the bytes wiped with it.
            drop(Secret::new(String::from_utf8_lossy(&error.into_bytes()).into_owned()));
            return Err(malformed());
        }
    };
    if line.ends_with('\n') {
        line.pop();
        if line.ends_with('\r') {
            line.pop();
        }
    }
    let key = SecretText(Secret::new(line));
    if too_long || key.0.expose().contains(['\n', '\r']) { Err(malformed()) } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use super::read_piped;

    fn read(text: &[u8]) -> Option<String> {
        read_piped(text).ok().map(|key| key.0.expose().to_owned())
    }

    #[test]
    fn the_end_of_the_line_is_not_part_of_the_key() {
        assert_eq!(read(b"sk_test_1").as_deref(), Some("sk_test_1"));
        assert_eq!(read(b"sk_test_1\n").as_deref(), Some("sk_test_1"));
        assert_eq!(read(b"sk_test_1\r\n").as_deref(), Some("sk_test_1"));
        // An empty key reaches the Desk, which says that it is empty.
        assert_eq!(read(b"\n").as_deref(), Some(""));
    }

    #[test]
    fn u10_a_key_with_a_newline_inside_is_refused() {
        assert_eq!(read(b"sk_test_1\nsk_test_2\n"), None);
        assert_eq!(read(b"sk_test_1\n\n"), None);
        assert_eq!(read(b"sk_te\rst_1\n"), None);
        assert_eq!(read(b"\nsk_test_1"), None);
    }

    #[test]
    fn what_cannot_be_a_key_is_refused() {
        assert_eq!(read(b"sk_\xff\xfe"), None);
        assert_eq!(read(&vec![b'a'; 1_000_000]), None);
    }
}

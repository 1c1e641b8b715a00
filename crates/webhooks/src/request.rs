//! A request as it came, and its one form as a file.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// A request that was received or is to be sent. Its `Debug` shows neither address nor headers nor body, which hold tokens and people.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// Such as `POST`.
    pub method: String,
    /// The address that the vendor called, with scheme and host: some vendors sign it.
    pub url: String,
    /// Names as they came and values, in order, repeated ones kept. A byte of a value that is not ASCII is the character of that number.
    pub headers: Vec<(String, String)>,
    /// The bytes as they came.
    pub body: Vec<u8>,
}

/// A text that is no recorded request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRequest {
    /// It is not one JSON object with exactly the four fields; only where is told, since what stands there may be a secret.
    #[error(
        "it is not one JSON object with method, url, headers and body_base64 (line {line}, column {column})"
    )]
    Shape {
        /// Counted from 1.
        line: usize,
        /// Counted from 1; 0 before the first.
        column: usize,
    },
    /// The body has another spelling than the one that its bytes have.
    #[error("body_base64 is not the standard base64, with padding, of any bytes")]
    Body,
}

/// The form of the file. Only an object is one, though the derived reader would take a list of the four values too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_base64: String,
}

#[derive(Serialize)]
struct Written<'a> {
    method: &'a str,
    url: &'a str,
    headers: &'a [(String, String)],
    body_base64: String,
}

impl RecordedRequest {
    /// Reads a file, or a line of a session.
    ///
    /// # Errors
    /// Says what else the text is: an unknown, missing or repeated field, a header that is no pair, or base64 in another spelling.
    pub fn from_json(text: &[u8]) -> Result<Self, UnreadableRequest> {
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        if first != Some(&b'{') {
            return Err(UnreadableRequest::Shape { line: 1, column: 0 });
        }
        let read: Read = serde_json::from_slice(text)
            .map_err(|error| UnreadableRequest::Shape { line: error.line(), column: error.column() })?;
        let body = BASE64_STANDARD.decode(read.body_base64).map_err(|_| UnreadableRequest::Body)?;
        Ok(Self { method: read.method, url: read.url, headers: read.headers, body })
    }

    /// As a file or a line of a session: one line without its end.
    ///
    /// # Errors
    /// None that is known; the writer of JSON could have one.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Written {
            method: &self.method,
            url: &self.url,
            headers: &self.headers,
            body_base64: BASE64_STANDARD.encode(&self.body),
        })
    }

    /// Every value of a header, whatever the case of its name.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(|(held, _)| held.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{RecordedRequest, UnreadableRequest};

    fn request() -> RecordedRequest {
        RecordedRequest {
            method: "POST".to_owned(),
            url: "https://example.com/hook?a=1".to_owned(),
            headers: vec![("A".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())],
            body: vec![0, 0xff, b'\r', b'\n'],
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let text = request().to_json().unwrap();
        assert_eq!(
            text,
            r#"{"method":"POST","url":"https://example.com/hook?a=1","headers":[["A","1"],["a","2"]],"body_base64":"AP8NCg=="}"#
        );
        assert_eq!(RecordedRequest::from_json(text.as_bytes()).unwrap(), request());
        assert!(RecordedRequest::from_json(format!(" \n{text}\n").as_bytes()).is_ok());
    }

    #[test]
    fn headers_are_found_by_any_case_in_their_order() {
        assert_eq!(request().header_values("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(request().header_values("b").count(), 0);
    }

    #[test]
    fn any_other_shape_is_refused() {
        let good = request().to_json().unwrap();
        let refused = |text: &str| RecordedRequest::from_json(text.as_bytes()).is_err();
        assert!(refused(&format!("{good}{good}")), "two requests");
        assert!(refused(&good.replace(r#""method""#, r#""Method""#)), "a name in another case");
        assert!(refused(&good.replace(r#"{"method""#, r#"{"more":1,"method""#)), "one field more");
        assert!(refused(&good.replace(r#"{"method""#, r#"{"method":"POST","method""#)), "a field twice");
        assert!(refused(&good.replace(r#""method":"POST","#, "")), "a field less");
        assert!(refused(&good.replace(r#"["A","1"]"#, r#"["A","1","2"]"#)), "a header of three");
        assert!(refused(&good.replace(r#"["A","1"]"#, r#"["A"]"#)), "a header of one");
        assert!(refused(&good.replace(r#""1""#, "1")), "a value that is no text");
        assert!(refused(r#"["POST","https://example.com",[],""]"#), "a list of the four");
        assert!(refused(""), "nothing");
    }

    #[test]
    fn a_body_has_one_spelling() {
        let good = request().to_json().unwrap();
        for other in ["AP8NCg", "AP8NCg=", "AP8NCh==", "AP8NCg== ", "AP8N\\nCg==", "AP8NCg==AA==", "AP_NCg=="]
        {
            let text = good.replace("AP8NCg==", other);
            let read = RecordedRequest::from_json(text.as_bytes());
            assert!(matches!(read, Err(UnreadableRequest::Body)), "{other}");
        }
    }

    #[test]
    fn nothing_of_a_person_is_in_its_debug() {
        let shown = format!("{:?}", request());
        assert_eq!(shown, r#"RecordedRequest { method: "POST", headers: 2, body_bytes: 4, .. }"#);
    }
}

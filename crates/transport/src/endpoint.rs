//! What is called, in the words that may be logged.

use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// One operation of a vendor: what is logged, budgeted and shown. Ids never appear in it.
///
/// A vendor counts reads of different ids as one endpoint (Stripe: `vendor-facts` 1.9), so the
/// template is also the key of the rate budget.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The HTTP method.
    pub method: Method,
    /// The path with each id as a name in braces, such as `/v1/charges/{id}`.
    pub path_template: &'static str,
}

/// Everything that would end a path segment or change its meaning is written as `%XX`.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b';');

/// Why a path was not made from a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// There are more or fewer values than names in braces.
    #[error("the number of ids does not fit the path template")]
    WrongCount,
    /// An empty id would turn `GET /v1/charges/{id}` into a list, and `.` or `..` into another path.
    #[error("an id in a path is neither empty nor dots")]
    EmptyOrDots,
    /// The path does not have the shape of its template.
    #[error("the path does not have the shape of its template")]
    OtherShape,
}

impl Endpoint {
    /// Fills the names in braces with `ids`, in order, each written so that it stays one segment.
    ///
    /// # Errors
    /// When the count differs, or an id is empty or consists of dots.
    pub fn path(&self, ids: &[&str]) -> Result<String, PathError> {
        let mut rest = ids.iter();
        let mut path = String::with_capacity(self.path_template.len() + 32);
        for segment in self.path_template.split('/').skip(1) {
            path.push('/');
            if is_placeholder(segment) {
                let id = rest.next().ok_or(PathError::WrongCount)?;
                if is_empty_or_dots(id) {
                    return Err(PathError::EmptyOrDots);
                }
                path.extend(utf8_percent_encode(id, SEGMENT));
            } else {
                path.push_str(segment);
            }
        }
        if rest.next().is_some() { Err(PathError::WrongCount) } else { Ok(path) }
    }

    /// Whether a vendor may be asked again without any effect beyond the first time.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// Checks that `path` is this template with ids put in, so that what is logged is what is sent.
    pub(crate) fn check(&self, path: &str) -> Result<(), PathError> {
        let mut actual = path.split('/');
        for expected in self.path_template.split('/') {
            let segment = actual.next().ok_or(PathError::OtherShape)?;
            if is_placeholder(expected) {
                if is_empty_or_dots(segment) {
                    return Err(PathError::EmptyOrDots);
                }
                let changes_meaning = |byte: u8| byte != b'%' && SEGMENT_BYTES.contains(&byte);
                if segment.bytes().any(|byte| byte.is_ascii_control() || changes_meaning(byte)) {
                    return Err(PathError::OtherShape);
                }
            } else if segment != expected {
                return Err(PathError::OtherShape);
            }
        }
        if actual.next().is_some() || !path.starts_with('/') { Err(PathError::OtherShape) } else { Ok(()) }
    }
}

/// Bytes that may stand in a finished path only as `%XX`.
const SEGMENT_BYTES: &[u8] = b" \"#<>?\\^`{|};";

fn is_placeholder(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

fn is_empty_or_dots(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    decoded.is_empty() || decoded == "." || decoded == ".."
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Method, PathError};

    const CAPTURE: Endpoint =
        Endpoint { method: Method::POST, path_template: "/v1/payment_intents/{id}/capture" };

    #[test]
    fn an_id_stays_one_segment_whatever_is_in_it() {
        assert_eq!(CAPTURE.path(&["pi_1"]), Ok("/v1/payment_intents/pi_1/capture".to_owned()));
        let hostile = CAPTURE.path(&["../accounts?x=1#y\r\n%2e"]).expect("encodes");
        assert_eq!(hostile, "/v1/payment_intents/..%2Faccounts%3Fx=1%23y%0D%0A%252e/capture");
        assert_eq!(CAPTURE.check(&hostile), Ok(()));
    }

    #[test]
    fn an_empty_id_never_turns_an_object_into_a_list() {
        assert_eq!(CAPTURE.path(&[""]), Err(PathError::EmptyOrDots));
        assert_eq!(CAPTURE.path(&[".."]), Err(PathError::EmptyOrDots));
        assert_eq!(CAPTURE.path(&[]), Err(PathError::WrongCount));
        assert_eq!(CAPTURE.path(&["a", "b"]), Err(PathError::WrongCount));
    }

    #[test]
    fn a_path_of_another_shape_is_refused() {
        for other in [
            "/v1/payment_intents//capture",
            "/v1/payment_intents/pi_1",
            "/v1/payment_intents/pi_1/capture/x",
            "/v1/payment_intents/%2E%2e/capture",
            "/v1/payment_intents/a?b/capture",
            "v1/payment_intents/pi_1/capture",
            "/v1/charges/pi_1/capture",
        ] {
            assert!(CAPTURE.check(other).is_err(), "{other} passed");
        }
    }
}

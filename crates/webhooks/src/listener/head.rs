//! Request line and headers, in the one spelling that no two readers read differently (RFC 9112, without what it only
//! tolerates): lines end in CR LF, nothing is folded, names are tokens, and how long the body is is said once.

use super::answer::Answer;
use super::{ListenerLimits, PATH};

/// The end of headers.
const END: &[u8] = b"\r\n\r\n";
/// Longest part of a path that can be a token.
const TOKEN_MAX: usize = 64;

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// So many bytes.
    Known(usize),
    /// In chunks, the last of which is empty.
    Chunked,
}

/// A request up to its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) host: String,
    pub(super) length: Length,
    /// Whether it waits to be told that it may go on.
    pub(super) expects: bool,
    /// Whether it is the last one of its connection.
    pub(super) closes: bool,
}

impl Head {
    /// The token in its path.
    pub(super) fn token(&self) -> Option<&str> {
        let path = self.target.split('?').next()?;
        let token = path.strip_prefix(PATH)?;
        let fits =
            (1..=TOKEN_MAX).contains(&token.len()) && token.bytes().all(|one| one.is_ascii_alphanumeric());
        fits.then_some(token)
    }
}

/// Where the headers end, where all of them are there.
///
/// # Errors
/// When what is there can become no request.
pub(super) fn end(buffer: &[u8], limits: &ListenerLimits) -> Result<Option<usize>, Answer> {
    if let Some(at) = buffer.windows(END.len()).position(|window| window == END) {
        let end = at + END.len();
        return if end > limits.head_bytes { Err(Answer::HeadTooLarge) } else { Ok(Some(end)) };
    }
    if buffer.len() >= limits.head_bytes {
        return Err(Answer::HeadTooLarge);
    }
    // A line that ends in another way never becomes the end of the headers.
    let bare = buffer
        .iter()
        .enumerate()
        .any(|(at, one)| *one == b'\n' && (at == 0 || buffer.get(at - 1) != Some(&b'\r')));
    if bare || buffer.iter().any(|one| is_control(*one)) { Err(Answer::BadRequest) } else { Ok(None) }
}

/// Reads the head, which ends in CR LF CR LF.
///
/// # Errors
/// What it is answered with.
pub(super) fn read(bytes: &[u8], limits: &ListenerLimits) -> Result<Head, Answer> {
    let text = bytes.strip_suffix(END).ok_or(Answer::BadRequest)?;
    let mut lines = text.split(|one| *one == b'\n').peekable();
    let mut next = || {
        let line = lines.next()?;
        // The last line has lost its end already.
        Some(if lines.peek().is_some() { line.strip_suffix(b"\r") } else { Some(line) })
    };
    let (method, target, is_1_1) = request_line(next().flatten().ok_or(Answer::BadRequest)?)?;
    let mut headers = Vec::new();
    while let Some(line) = next() {
        if headers.len() == limits.headers {
            return Err(Answer::HeadTooLarge);
        }
        headers.push(header(line.ok_or(Answer::BadRequest)?)?);
    }
    judge(method, target, is_1_1, headers, limits)
}

/// Method, target and whether the version is 1.1.
fn request_line(line: &[u8]) -> Result<(String, String, bool), Answer> {
    let line =
        std::str::from_utf8(line).ok().filter(|line| line.bytes().all(|one| (b' '..=b'~').contains(&one)));
    let parts: Vec<&str> = line.ok_or(Answer::BadRequest)?.split(' ').collect();
    let &[method, target, version] = parts.as_slice() else { return Err(Answer::BadRequest) };
    let is_1_1 = match version {
        "HTTP/1.1" => true,
        // What some proxies still speak to what is behind them.
        "HTTP/1.0" => false,
        other if other.starts_with("HTTP/") => return Err(Answer::OtherVersion),
        _ => return Err(Answer::BadRequest),
    };
    if method.is_empty() || !method.bytes().all(is_token) || target.is_empty() {
        return Err(Answer::BadRequest);
    }
    Ok((method.to_owned(), target.to_owned(), is_1_1))
}

/// Name and value of a line. A byte that is not ASCII becomes the character of its number.
fn header(line: &[u8]) -> Result<(String, String), Answer> {
    let colon = line.iter().position(|one| *one == b':').ok_or(Answer::BadRequest)?;
    let (name, value) = line.split_at(colon);
    if name.is_empty()
        || !name.iter().all(|one| is_token(*one))
        || line.iter().any(|one| is_control(*one) || *one == b'\r')
    {
        return Err(Answer::BadRequest);
    }
    let name: String = name.iter().map(|one| char::from(*one)).collect();
    let value: String = value.iter().skip(1).map(|one| char::from(*one)).collect();
    Ok((name, value.trim_matches([' ', '\t']).to_owned()))
}

/// What is asked for, by the headers that decide about it.
fn judge(
    method: String,
    target: String,
    is_1_1: bool,
    headers: Vec<(String, String)>,
    limits: &ListenerLimits,
) -> Result<Head, Answer> {
    let all = |name: &str| -> Vec<String> {
        headers
            .iter()
            .filter(|(held, _)| held.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
            .collect()
    };
    let [host]: [String; 1] = all("host").try_into().map_err(|_| Answer::BadRequest)?;
    // A page that runs in somebody's browser names itself here; vendors and proxies do not.
    if !all("origin").is_empty() {
        return Err(Answer::Forbidden);
    }
    if method != "POST" {
        return Err(Answer::NotPost);
    }
    if !target.starts_with('/') {
        return Err(Answer::BadRequest);
    }
    let length = length(&all("content-length"), &all("transfer-encoding"), is_1_1, limits)?;
    if all("content-encoding").iter().any(|one| !one.eq_ignore_ascii_case("identity")) {
        return Err(Answer::Encoded);
    }
    let expects = match all("expect").as_slice() {
        [] => false,
        [one] if one.eq_ignore_ascii_case("100-continue") => is_1_1,
        _ => return Err(Answer::ExpectationFailed),
    };
    let says = |word: &str| {
        all("connection")
            .iter()
            .flat_map(|one| one.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(word))
    };
    let closes = says("close") || !(is_1_1 || says("keep-alive"));
    Ok(Head { method, target, headers, host, length, expects, closes })
}

fn length(
    known: &[String],
    coded: &[String],
    is_1_1: bool,
    limits: &ListenerLimits,
) -> Result<Length, Answer> {
    match (known, coded) {
        ([], []) => Err(Answer::LengthNeeded),
        ([one], []) => {
            let is_number =
                !one.is_empty() && one.len() <= 19 && one.bytes().all(|digit| digit.is_ascii_digit());
            let bytes: u64 = one.parse().ok().filter(|_| is_number).ok_or(Answer::BadRequest)?;
            let bytes = usize::try_from(bytes).map_err(|_| Answer::TooLarge)?;
            if bytes > limits.body_bytes { Err(Answer::TooLarge) } else { Ok(Length::Known(bytes)) }
        }
        ([], [one]) if is_1_1 && one.eq_ignore_ascii_case("chunked") => Ok(Length::Chunked),
        ([], [_]) if is_1_1 => Err(Answer::NotImplemented),
        _ => Err(Answer::BadRequest),
    }
}

/// Bytes of which methods and names consist.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Bytes that nothing in a head may hold, but for the ends of lines.
fn is_control(byte: u8) -> bool {
    (byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n')) || byte == 0x7f
}

/// Whether the host is this listener under one of its names.
pub(super) fn is_our_host(
    host: &str,
    port: u16,
    others: &[String],
    is_called: impl Fn(&str) -> bool,
) -> bool {
    let (name, given_port) = match host.rsplit_once(':') {
        // The colons of an address in brackets are its own.
        Some((name, given)) if !given.ends_with(']') => (name, Some(given)),
        _ => (host, None),
    };
    let is = |one: &str| name.eq_ignore_ascii_case(one);
    if ["127.0.0.1", "[::1]", "localhost"].into_iter().any(is) {
        return given_port.is_none_or(|given| given == port.to_string());
    }
    let port_reads = given_port.is_none_or(|given| given.parse::<u16>().is_ok());
    port_reads && (others.iter().any(|one| is(one)) || is_called(name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Result<Head, Answer> {
        read(text.as_bytes(), &ListenerLimits::default())
    }

    #[test]
    fn a_plain_request_is_read_with_its_headers_in_order() {
        let head = read_text(
            "POST /hooks/abc?x=1 HTTP/1.1\r\nHost: localhost\r\nA: 1\r\nContent-Length: 3\r\na:  2 \r\nB:\r\n\r\n",
        )
        .unwrap();
        assert_eq!(head.token(), Some("abc"));
        assert_eq!(head.length, Length::Known(3));
        let values: Vec<&str> = head.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["localhost", "1", "3", "2", ""]);
    }

    #[test]
    fn only_a_whole_token_is_one() {
        for target in
            ["/hooks/", "/hooks/a/b", "/hooks/..%2fa", "/hooks/%61", "/hook/a", "//hooks/a", "/hooks/a%252f"]
        {
            let head = read_text(&format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
            assert_eq!(head.unwrap().token(), None, "{target}");
        }
    }

    #[test]
    fn w11_hosts_are_ours_only_in_their_one_spelling() {
        let others = ["hooks.example.com".to_owned()];
        for host in [
            "127.0.0.1",
            "127.0.0.1:4",
            "LOCALHOST:4",
            "[::1]:4",
            "[::1]",
            "hooks.example.com",
            "hooks.example.com:443",
            "called.example:443",
        ] {
            assert!(is_our_host(host, 4, &others, |name| name == "called.example"), "{host}");
        }
        for host in [
            "",
            "localhost.",
            "localhost:5",
            "127.0.0.1:",
            "::1",
            "evil.example",
            "hooks.example.com.",
            "a.hooks.example.com",
            "127.0.0.2",
            "0.0.0.0:4",
            "2130706433:4",
            "localhost:4:4",
            "hooks.example.com:x",
        ] {
            assert!(!is_our_host(host, 4, &others, |name| name == "called.example"), "{host}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let limits = ListenerLimits::default();
            let _ = end(&bytes, &limits);
            let _ = read(&bytes, &limits);
            let mut ended = bytes;
            ended.extend_from_slice(END);
            let _ = read(&ended, &limits);
        }

        #[test]
        fn what_is_accepted_says_its_length_once(
            lines in proptest::collection::vec(prop_oneof![
                Just("Content-Length: 3"), Just("content-length: 3"), Just("Transfer-Encoding: chunked"), Just("X: y"),
                Just("Content-Length : 3"), Just(" Content-Length: 3"), Just("Content-Length: +3"), Just("Transfer-Encoding: identity"),
            ], 0..5)
        ) {
            let text = format!("POST /hooks/a HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", lines.join("\r\n"));
            if read_text(&text).is_ok() {
                let lengths = lines.iter().filter(|one| one.to_lowercase().contains("length") || one.contains("Encoding")).count();
                prop_assert_eq!(lengths, 1);
            }
        }
    }
}

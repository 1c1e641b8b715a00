//! Answers. They are short and all the same, so that nobody learns from one what is here.

use super::Outcome;

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    BadRequest,
    Unbelieved,
    Forbidden,
    NotFound,
    NotPost,
    TimedOut,
    LengthNeeded,
    TooLarge,
    Encoded,
    ExpectationFailed,
    HeadTooLarge,
    NotImplemented,
    Unavailable,
    OtherVersion,
}

impl Answer {
    fn status(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::BadRequest | Self::Unbelieved => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::NotFound => "404 Not Found",
            Self::NotPost => "405 Method Not Allowed",
            Self::TimedOut => "408 Request Timeout",
            Self::LengthNeeded => "411 Length Required",
            Self::TooLarge => "413 Content Too Large",
            Self::Encoded => "415 Unsupported Media Type",
            Self::ExpectationFailed => "417 Expectation Failed",
            Self::HeadTooLarge => "431 Request Header Fields Too Large",
            Self::NotImplemented => "501 Not Implemented",
            Self::Unavailable => "503 Service Unavailable",
            Self::OtherVersion => "505 HTTP Version Not Supported",
        }
    }

    fn extra(self) -> &'static str {
        match self {
            Self::NotPost => "Allow: POST\r\n",
            Self::Unavailable => "Retry-After: 30\r\n",
            _ => "",
        }
    }

    /// Whether a request after this one can be told from the end of this one.
    pub(super) fn keeps_connection(self) -> bool {
        matches!(self, Self::Ok | Self::Unbelieved)
    }

    /// The bytes.
    pub(super) fn bytes(self, closes: bool) -> Vec<u8> {
        let connection = if closes { "Connection: close\r\n" } else { "" };
        let status = self.status();
        format!(
            "HTTP/1.1 {status}\r\n{}{connection}Content-Length: 0\r\nCache-Control: no-store\r\n\r\n",
            self.extra()
        )
        .into_bytes()
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Kept => Self::Ok,
            Outcome::Refused => Self::Unbelieved,
            Outcome::Unknown => Self::NotFound,
            Outcome::Unavailable => Self::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn answers_are_tiny_and_allow_no_other_page_to_read_them() {
        let all =
            [Answer::Ok, Answer::HeadTooLarge, Answer::NotPost, Answer::Unavailable, Answer::OtherVersion];
        for answer in all {
            for closes in [true, false] {
                let text = String::from_utf8(answer.bytes(closes)).unwrap();
                assert!(text.len() < 200, "{text}");
                assert!(text.ends_with("\r\n\r\n"), "{text}");
                assert!(!text.to_lowercase().contains("access-control"), "{text}");
                assert_eq!(text.contains("Connection: close"), closes);
            }
        }
    }
}

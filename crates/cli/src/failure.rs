//! What a command failed with, as words and as a document.

use std::collections::BTreeMap;
use std::fmt;

use contract::{ErrorBody, ErrorCode, ExitCode, MoneyMoved};
use serde::Serialize;

/// An error with its words; boxed, since nearly every function can return one.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Failure(Box<Body>);

#[derive(Debug, Clone, Serialize)]
struct Body {
    code: String,
    what: String,
    money: String,
    next: String,
    detail: Option<String>,
    money_moved: MoneyMoved,
    params: BTreeMap<String, String>,
    #[serde(skip)]
    exit: ExitCode,
}

/// The document that `--json` prints for it.
#[derive(Debug, Serialize)]
pub(crate) struct FailureDocument<'a> {
    /// The error.
    pub(crate) error: &'a Failure,
}

impl Failure {
    /// A request that cannot be carried out as it was typed.
    pub(crate) fn bad_request(why: impl fmt::Display) -> Self {
        ErrorBody::new(ErrorCode::BadRequest).with("why", why).into()
    }

    /// A defect, or something of the system that never fails otherwise.
    pub(crate) fn internal(why: impl fmt::Display) -> Self {
        let mut body = ErrorBody::new(ErrorCode::Internal).with("why", why);
        // It is only said before the Desk was asked for anything.
        body.money_moved = MoneyMoved::No;
        body.into()
    }

    /// Another process runs the Desk of the home, so `serve` has nothing to do.
    pub(crate) fn desk_is_running(home: &std::path::Path) -> Self {
        ErrorBody::new(ErrorCode::DeskRunning).with("home", home.display()).into()
    }

    /// What the program exits with.
    pub(crate) fn exit(&self) -> ExitCode {
        self.0.exit
    }

    /// Three short sentences, and the vendor's own where there is one.
    pub(crate) fn sentences(&self) -> String {
        let mut sentences = [&self.0.what, &self.0.money, &self.0.next]
            .into_iter()
            .filter(|sentence| !sentence.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        if let Some(detail) = &self.0.detail {
            sentences.push_str("\nIn its own words: ");
            sentences.push_str(detail);
        }
        sentences
    }
}

impl From<ErrorBody> for Failure {
    fn from(body: ErrorBody) -> Self {
        let words = body.words();
        Self(Box::new(Body {
            code: body.code.to_string(),
            what: words.what,
            money: words.money,
            next: words.next,
            detail: body.detail,
            money_moved: body.money_moved,
            params: body.params,
            exit: body.code.exit_code(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use contract::{ErrorBody, ErrorCode, ExitCode};

    use super::{Failure, FailureDocument};

    #[test]
    fn the_document_has_every_part_of_an_error() {
        let body = ErrorBody::new(ErrorCode::OverRefund)
            .with("asked", "9.00 USD")
            .with("remaining", "5.00 USD")
            .detail("Refund amount is greater than unrefunded amount.");
        let failure = Failure::from(body);
        let document = serde_json::to_value(FailureDocument { error: &failure }).unwrap();
        assert_eq!(document["error"]["code"], "over_refund");
        assert_eq!(document["error"]["money"], "No money moved.");
        assert_eq!(document["error"]["money_moved"], "no");
        assert_eq!(document["error"]["params"]["remaining"], "5.00 USD");
        assert_eq!(document["error"]["next"], "Refund 5.00 USD at most.");
        assert!(document["error"]["detail"].as_str().unwrap().starts_with("Refund amount"));
        assert_eq!(document["error"].as_object().unwrap().len(), 7);
        assert_eq!(failure.exit(), ExitCode::RefusedByGuard);
    }

    #[test]
    fn the_sentences_say_what_money_and_next() {
        let failure = Failure::from(ErrorBody::new(ErrorCode::Unsettled).detail("no answer"));
        let sentences = failure.sentences();
        assert!(sentences.contains("may or may not"));
        assert!(sentences.contains("It is not known yet whether money moved."));
        assert!(sentences.ends_with("In its own words: no answer"));
    }
}

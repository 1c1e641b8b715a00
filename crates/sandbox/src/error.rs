//! Error answers in Stripe's words (vendor facts: "Errors", "Connection, keys, version", "Refunds", "Idempotency").

use crate::cards::Decline;
use crate::ids::{Ids, Kind};
use crate::json::Json;

/// One error body with its status and what the idempotency layer must know about it.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    /// The decline of a card error, with its further codes.
    pub(crate) decline: Option<&'static Decline>,
    pub(crate) param: Option<Box<str>>,
    pub(crate) message: Box<str>,
    pub(crate) charge: Option<u32>,
    pub(crate) payment_intent: Option<u32>,
    /// Whether the endpoint had begun to run: only then is the answer kept under the idempotency key.
    pub(crate) began: bool,
    /// The value of `Stripe-Rate-Limited-Reason`, for 429s that are rate limits.
    pub(crate) limited: Option<&'static str>,
    /// The value of `Stripe-Should-Retry`, where Stripe says it.
    pub(crate) should_retry: Option<bool>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            kind,
            code: None,
            decline: None,
            param: None,
            message: message.into().into_boxed_str(),
            charge: None,
            payment_intent: None,
            began: false,
            limited: None,
            should_retry: None,
        }
    }

    /// A parameter that fails validation: 400, never kept under a key.
    pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(400, "invalid_request_error", message)
    }

    /// A refusal by the state of the objects: 400, kept under the key, since the endpoint had begun.
    pub(crate) fn refused(message: impl Into<String>) -> ApiError {
        ApiError { began: true, ..ApiError::new(400, "invalid_request_error", message) }
    }

    /// Adds the code.
    pub(crate) fn code(self, code: &'static str) -> ApiError {
        ApiError { code: Some(code), ..self }
    }

    /// Names the parameter at fault.
    pub(crate) fn param(self, param: impl Into<String>) -> ApiError {
        ApiError { param: Some(param.into().into_boxed_str()), ..self }
    }

    /// An object that is not there: 404 when the path names it, 400 would be wrong for parameters too, since Stripe answers 404 with the parameter's name.
    pub(crate) fn missing(noun: &str, id: &str, param: &str) -> ApiError {
        ApiError {
            began: true,
            ..ApiError::new(404, "invalid_request_error", format!("No such {noun}: '{id}'"))
        }
        .code("resource_missing")
        .param(param)
    }

    /// A kind of object that is not there.
    pub(crate) fn no_such(kind: Kind, id: &str, param: &str) -> ApiError {
        ApiError::missing(kind.noun(), id, param)
    }

    /// An address that the sandbox does not serve.
    pub(crate) fn unknown_url(method: &str, path: &str) -> ApiError {
        ApiError::new(
            404,
            "invalid_request_error",
            format!(
                "Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
            ),
        )
    }

    /// No key came with the request.
    pub(crate) fn no_key() -> ApiError {
        ApiError::new(
            401,
            "invalid_request_error",
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
        )
    }

    /// The key is not this account's.
    pub(crate) fn wrong_key(key: &str) -> ApiError {
        ApiError::new(401, "invalid_request_error", format!("Invalid API Key provided: {}", masked(key)))
    }

    /// The restricted key lacks a right.
    pub(crate) fn no_permission(key: &str, account: &str, right: &str) -> ApiError {
        ApiError::new(
            403,
            "invalid_request_error",
            format!(
                "The provided key '{}' does not have the required permissions for this endpoint on account '{account}'. Having the '{right}' permission would allow this request to continue.",
                masked(key)
            ),
        )
    }

    /// The pinned version does not exist.
    pub(crate) fn unknown_version(version: &str) -> ApiError {
        ApiError::invalid(format!("Invalid Stripe API version: {version}"))
    }

    /// A rate limit; the reason goes into a header.
    pub(crate) fn rate_limited(reason: &'static str) -> ApiError {
        ApiError {
            limited: Some(reason),
            ..ApiError::new(429, "invalid_request_error", "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.").code("rate_limit")
        }
    }

    /// A 429 that is no rate limit: another request holds the object.
    pub(crate) fn lock_timeout() -> ApiError {
        ApiError {
            should_retry: Some(true),
            ..ApiError::new(
                429,
                "invalid_request_error",
                "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate.",
            )
            .code("lock_timeout")
        }
    }

    /// The same key is still running.
    pub(crate) fn key_in_use(key: &str) -> ApiError {
        ApiError {
            should_retry: Some(true),
            ..ApiError::new(
                409,
                "idempotency_error",
                format!(
                    "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): {key}. Please try again later."
                ),
            )
            .code("idempotency_key_in_use")
        }
    }

    /// The key was used with other parameters or at another endpoint.
    pub(crate) fn key_reused(key: &str) -> ApiError {
        ApiError::new(
            400,
            "idempotency_error",
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
            ),
        )
    }

    /// The server failed.
    pub(crate) fn server(status: u16) -> ApiError {
        ApiError::new(
            status,
            "api_error",
            "An unknown error occurred. Please contact support@stripe.com if this error persists.",
        )
    }

    /// A card was declined.
    pub(crate) fn card(
        decline: &'static Decline,
        charge: Option<u32>,
        payment_intent: Option<u32>,
    ) -> ApiError {
        ApiError {
            began: true,
            decline: Some(decline),
            charge,
            payment_intent,
            param: decline.param.map(Box::from),
            ..ApiError::new(402, "card_error", decline.message).code(decline.code)
        }
    }

    /// The body.
    pub(crate) fn body(&self, ids: &Ids, request_id: &str, at: i64) -> Vec<u8> {
        self.write_body(ids, request_id, at, |_| {})
    }

    /// The body; `more` writes the PaymentIntent that a card error carries.
    pub(crate) fn write_body<'i>(
        &self,
        ids: &'i Ids,
        request_id: &str,
        at: i64,
        more: impl FnOnce(&mut Json<'i>),
    ) -> Vec<u8> {
        let mut json = Json::new(ids);
        json.object(|json| {
            json.field_object("error", |json| {
                if let Some(advice) = self.decline.and_then(|decline| decline.advice_code) {
                    json.field("advice_code", advice);
                }
                if let Some(charge) = self.charge {
                    json.field_id("charge", Kind::Charge, charge);
                }
                if let Some(code) = self.code {
                    json.field("code", code);
                }
                if let Some(code) = self.decline.and_then(|decline| decline.decline_code) {
                    json.field("decline_code", code);
                }
                if let Some(code) = self.code {
                    json.field(
                        "doc_url",
                        &format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")),
                    );
                }
                json.field("message", &self.message);
                if let Some(code) = self.decline.and_then(|decline| decline.network_decline_code) {
                    json.field("network_decline_code", code);
                }
                if let Some(param) = &self.param {
                    json.field("param", param);
                }
                more(json);
                if self.status != 401 {
                    json.field(
                        "request_log_url",
                        &format!("https://dashboard.stripe.com/test/logs/{request_id}?t={at}"),
                    );
                }
                json.field("type", self.kind);
            });
        });
        json.finish()
    }
}

/// A key with its middle hidden, as Stripe repeats it.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    // The prefix up to the second underscore stays readable, and the last four letters; a short key shows nothing of itself.
    let prefix = key.match_indices('_').nth(1).map_or(0, |(at, _)| at + 1);
    if letters.len() < prefix + 8 {
        return "*".repeat(letters.len().clamp(1, 12));
    }
    let head: String = key[..prefix].to_owned();
    let tail: String = letters[letters.len() - 4..].iter().collect();
    format!("{head}{}{tail}", "*".repeat(letters.len() - prefix - 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_repeated() {
        assert_eq!(masked("sk_test_abcdefgh1234"), "sk_test_********1234");
        assert_eq!(masked("short"), "*****");
        assert_eq!(masked(""), "*");
        assert_eq!(masked("ключ_без_смысла").chars().filter(|letter| *letter == '*').count(), 12);
    }
}

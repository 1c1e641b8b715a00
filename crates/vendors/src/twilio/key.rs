//! What opens an account of Twilio, and if a pasted text does not, what it is instead.

use domain::Secret;

/// Longest auth token or secret; Twilio's have 32 characters.
const MAX_BYTES: usize = 200;
/// What stands behind the two letters of an id.
const SID_DIGITS: usize = 32;

/// Prefixes of other vendors' keys.
const OTHERS: [(&str, &str); 7] = [
    ("SG.", "SendGrid"),
    ("sk_", "Stripe"),
    ("rk_", "Stripe"),
    ("pk_", "Stripe"),
    ("whsec_", "Stripe"),
    ("xoxb-", "Slack"),
    ("pat-", "HubSpot"),
];

/// Why a text is not what Paydesk can open an account with. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Nothing there.
    #[error("no key was given")]
    Empty,
    /// A key of somebody else.
    #[error("this looks like a key of {vendor}, not of Twilio")]
    OtherVendor {
        /// Whose it looks like.
        vendor: &'static str,
    },
    /// A line break, space or other character that no key has.
    #[error("the key holds a line break or a space; copy it again without")]
    NewlineOrSpaceInside,
    /// None, or not in its form.
    #[error("the account's id is missing or wrong; it begins with AC and has 32 more digits")]
    AccountSid,
    /// The id of an API key by itself.
    #[error("this is the id of an API key without its secret; give both as SK…:secret")]
    KeyWithoutSecret,
    /// None of these.
    #[error("this is neither an auth token nor an API key with its secret")]
    UnknownShape,
}

/// What stands in the header of each request.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account's id, or that of an API key.
    pub user: String,
    /// The auth token, or the API key's secret.
    pub password: Secret,
}

impl Credentials {
    /// Of an account's id and a key: the auth token by itself, or `SK…:secret`.
    ///
    /// # Errors
    /// Says what it is instead.
    pub fn of(account_sid: &str, key: &Secret) -> Result<Self, KeyProblem> {
        let text = key.expose();
        if text.trim().is_empty() {
            return Err(KeyProblem::Empty);
        }
        if text.chars().any(|one| one.is_whitespace() || one.is_control() || !one.is_ascii()) {
            return Err(KeyProblem::NewlineOrSpaceInside);
        }
        if let Some((_, vendor)) = OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Err(KeyProblem::OtherVendor { vendor });
        }
        if !is_account_sid(account_sid) {
            return Err(KeyProblem::AccountSid);
        }
        let is_plain = |text: &str| {
            !text.is_empty()
                && text.len() <= MAX_BYTES
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        match text.split_once(':') {
            Some((id, secret)) if is_sid("SK", id) && is_plain(secret) => {
                Ok(Self { user: id.to_owned(), password: Secret::new(secret) })
            }
            None if is_sid("SK", text) => Err(KeyProblem::KeyWithoutSecret),
            None if is_plain(text) && !is_account_sid(text) => {
                Ok(Self { user: account_sid.to_owned(), password: key.clone() })
            }
            _ => Err(KeyProblem::UnknownShape),
        }
    }
}

/// Whether a text is the id of an account.
pub fn is_account_sid(text: &str) -> bool {
    is_sid("AC", text)
}

/// Whether a text is the id of a messaging service, which has senders of its own.
pub fn is_service_sid(text: &str) -> bool {
    is_sid("MG", text)
}

/// Whether a text is an id of Twilio's with these two letters.
pub(super) fn is_sid(letters: &str, text: &str) -> bool {
    let is_digits =
        |rest: &str| rest.len() == SID_DIGITS && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.strip_prefix(letters).is_some_and(is_digits)
}

#[cfg(test)]
mod tests {
    use domain::Secret;

    use super::{Credentials, KeyProblem};

    const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
    const KEY: &str = "SK0123456789abcdef0123456789abcdef";

    fn of(account: &str, key: &str) -> Result<(String, String), KeyProblem> {
        let made = Credentials::of(account, &Secret::new(key));
        made.map(|made| (made.user, made.password.expose().to_owned()))
    }

    #[test]
    fn a_token_and_an_api_key_are_told_apart() {
        assert_eq!(of(ACCOUNT, "c0ffee"), Ok((ACCOUNT.to_owned(), "c0ffee".to_owned())));
        assert_eq!(of(ACCOUNT, &format!("{KEY}:secret")), Ok((KEY.to_owned(), "secret".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_named_and_never_repeated() {
        for (account, key, problem) in [
            (ACCOUNT, "", KeyProblem::Empty),
            (ACCOUNT, "CANARY\n", KeyProblem::NewlineOrSpaceInside),
            (ACCOUNT, "SG.CANARY.b", KeyProblem::OtherVendor { vendor: "SendGrid" }),
            (ACCOUNT, "sk_live_CANARY", KeyProblem::OtherVendor { vendor: "Stripe" }),
            ("ACCANARY", "c0ffee", KeyProblem::AccountSid),
            (KEY, "c0ffee", KeyProblem::AccountSid),
            (ACCOUNT, KEY, KeyProblem::KeyWithoutSecret),
            (ACCOUNT, ACCOUNT, KeyProblem::UnknownShape),
            (ACCOUNT, "CANARY:x", KeyProblem::UnknownShape),
            (ACCOUNT, "CANARY/../x", KeyProblem::UnknownShape),
        ] {
            assert_eq!(of(account, key), Err(problem), "{key}");
            assert!(!problem.to_string().contains("CANARY"));
        }
    }
}

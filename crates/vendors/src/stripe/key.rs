//! What a pasted text is: a key of Stripe, and if not, what it is instead.

/// What a Stripe key is for, read from its prefix alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecognisedKey {
    /// A key that moves real money.
    pub live: bool,
    /// A restricted key (`rk_…`), whose rights the owner chose; else it may do everything.
    pub restricted: bool,
}

/// Why a text is not a key that Paydesk can use. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Nothing there.
    #[error("no key was given")]
    Empty,
    /// A publishable key; Stripe shows metadata only to secret keys and refuses it for refunds.
    #[error(
        "this is a publishable key (pk_), which is made for web pages; take the secret (sk_) or restricted key (rk_)"
    )]
    Publishable,
    /// The secret of a webhook endpoint.
    #[error("this is the secret of a webhook endpoint (whsec_), not an API key; the listener takes it")]
    WebhookSecret,
    /// A key of somebody else.
    #[error("this looks like a key of {vendor}, not of Stripe")]
    OtherVendor {
        /// Whose it looks like.
        vendor: &'static str,
    },
    /// A line break, space or other character that no key has, at an end or inside.
    #[error("the key holds a line break or a space; copy it again without")]
    NewlineOrSpaceInside,
    /// None of these.
    #[error("this is not a Stripe key; they start with sk_test_, rk_test_, sk_live_ or rk_live_")]
    UnknownShape,
}

impl KeyProblem {
    /// Its code in the error table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Publishable => "publishable",
            Self::WebhookSecret => "webhook_secret",
            Self::OtherVendor { .. } => "other_vendor",
            Self::NewlineOrSpaceInside => "newline_or_space_inside",
            Self::UnknownShape => "unknown_shape",
        }
    }
}

/// The prefixes of Stripe's keys (vendor facts 1.1): prefix, live, restricted.
const PREFIXES: [(&str, bool, bool); 4] = [
    ("sk_test_", false, false),
    ("rk_test_", false, true),
    ("sk_live_", true, false),
    ("rk_live_", true, true),
];

/// Beginnings of the keys of others that lie in the same `.env` file or password manager.
const OTHERS: [(&str, &str); 13] = [
    ("SG.", "SendGrid"),
    ("shpat_", "Shopify"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
    ("AKIA", "AWS"),
    ("ghp_", "GitHub"),
    ("github_pat_", "GitHub"),
    ("pat-", "HubSpot"),
    ("sk-", "an AI service"),
    ("key-", "Mailgun"),
    ("sq0", "Square"),
    ("rzp_", "Razorpay"),
    ("access_token$", "Braintree"),
];

/// No key of Stripe is longer than what fits a header with room to spare; this only keeps a pasted
/// document from being taken for one.
const MAX_BYTES: usize = 500;

/// Says what a pasted text is. White space at the ends is refused as well: a key that was stored
/// with a line break would fail later, where nobody sees why (bad input U10).
///
/// # Errors
/// Says what it is instead.
pub fn recognise_key(text: &str) -> Result<RecognisedKey, KeyProblem> {
    if text.trim().is_empty() {
        return Err(KeyProblem::Empty);
    }
    if text.chars().any(|one| one.is_whitespace() || one.is_control() || !one.is_ascii()) {
        return Err(KeyProblem::NewlineOrSpaceInside);
    }
    for (prefix, live, restricted) in PREFIXES {
        if let Some(rest) = text.strip_prefix(prefix) {
            let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let usable = !rest.is_empty() && plain && text.len() <= MAX_BYTES;
            return if usable {
                Ok(RecognisedKey { live, restricted })
            } else {
                Err(KeyProblem::UnknownShape)
            };
        }
    }
    if text.starts_with("pk_test_") || text.starts_with("pk_live_") {
        return Err(KeyProblem::Publishable);
    }
    if text.starts_with("whsec_") {
        return Err(KeyProblem::WebhookSecret);
    }
    if is_twilio(text) {
        return Err(KeyProblem::OtherVendor { vendor: "Twilio" });
    }
    match OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        Some((_, vendor)) => Err(KeyProblem::OtherVendor { vendor }),
        None => Err(KeyProblem::UnknownShape),
    }
}

/// Twilio's account and key ids are two letters and 32 hex digits.
fn is_twilio(text: &str) -> bool {
    let rest = text.strip_prefix("AC").or_else(|| text.strip_prefix("SK"));
    rest.is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::{KeyProblem, RecognisedKey, recognise_key};

    #[test]
    fn the_four_prefixes_say_mode_and_kind() {
        let key = |live, restricted| Ok(RecognisedKey { live, restricted });
        assert_eq!(recognise_key("sk_test_abc"), key(false, false));
        assert_eq!(recognise_key("rk_test_abc_1"), key(false, true));
        assert_eq!(recognise_key("sk_live_abc"), key(true, false));
        assert_eq!(recognise_key("rk_live_abc"), key(true, true));
    }

    #[test]
    fn what_is_no_key_is_named() {
        let cases = [
            ("", "empty"),
            (" \n", "empty"),
            ("pk_live_abc", "publishable"),
            ("whsec_abc", "webhook_secret"),
            ("SG.abc.def", "other_vendor"),
            ("AC0123456789abcdef0123456789abcdef", "other_vendor"),
            ("SK0123456789abcdef0123456789abcdef", "other_vendor"),
            ("ACME", "unknown_shape"),
            ("sk_test_", "unknown_shape"),
            ("sk_test_a/b", "unknown_shape"),
            ("sk_prod_abc", "unknown_shape"),
            ("acct_1", "unknown_shape"),
        ];
        for (text, code) in cases {
            assert_eq!(recognise_key(text).map_err(KeyProblem::code), Err(code), "{text}");
        }
        assert_eq!(recognise_key(&format!("sk_test_{}", "a".repeat(600))), Err(KeyProblem::UnknownShape));
    }

    #[test]
    fn u10_clipboard_key_paste_with_newline() {
        for text in ["sk_test_abc\n", "sk_test_\nabc", " sk_test_abc", "sk_test_a\u{200b}bc", "sk_test_abc\0"]
        {
            assert_eq!(recognise_key(text), Err(KeyProblem::NewlineOrSpaceInside));
        }
    }

    #[test]
    fn no_sentence_repeats_the_text() {
        for text in ["pk_live_CANARY", "whsec_CANARY", "SG.CANARY", "CANARY", "sk_test_CANARY\n"] {
            let sentence = recognise_key(text).unwrap_err().to_string();
            assert!(!sentence.contains("CANARY"), "{sentence}");
        }
    }
}

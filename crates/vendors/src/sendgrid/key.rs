//! What a pasted text is: a key of SendGrid, and if not, what it is instead.

/// Longest key; SendGrid's have 69 characters.
const MAX_BYTES: usize = 200;

/// Prefixes of other vendors' keys.
const OTHERS: [(&str, &str); 9] = [
    ("sk_test_", "Stripe"),
    ("sk_live_", "Stripe"),
    ("rk_test_", "Stripe"),
    ("rk_live_", "Stripe"),
    ("pk_test_", "Stripe"),
    ("pk_live_", "Stripe"),
    ("whsec_", "Stripe"),
    ("AC", "Twilio"),
    ("SK", "Twilio"),
];

/// Why a text is not a key that Paydesk can use. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Nothing there.
    #[error("no key was given")]
    Empty,
    /// A key of somebody else.
    #[error("this looks like a key of {vendor}, not of SendGrid")]
    OtherVendor {
        /// Whose it looks like.
        vendor: &'static str,
    },
    /// A line break, space or other character that no key has.
    #[error("the key holds a line break or a space; copy it again without")]
    NewlineOrSpaceInside,
    /// None of these.
    #[error("this is not a SendGrid key; they start with SG. and have two more parts")]
    UnknownShape,
}

/// Recognises a key by its prefix and its three parts.
///
/// # Errors
/// Says what it is instead.
pub fn recognise_key(text: &str) -> Result<(), KeyProblem> {
    if text.trim().is_empty() {
        return Err(KeyProblem::Empty);
    }
    if text.chars().any(|one| one.is_whitespace() || one.is_control() || !one.is_ascii()) {
        return Err(KeyProblem::NewlineOrSpaceInside);
    }
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let parts = text.strip_prefix("SG.").and_then(|rest| rest.split_once('.'));
    match parts {
        Some((id, secret)) if is_part(id) && is_part(secret) && text.len() <= MAX_BYTES => Ok(()),
        Some(_) => Err(KeyProblem::UnknownShape),
        None => match OTHERS.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            Some((_, vendor)) => Err(KeyProblem::OtherVendor { vendor }),
            None => Err(KeyProblem::UnknownShape),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyProblem, recognise_key};

    #[test]
    fn keys_are_told_by_their_prefix_and_never_repeated() {
        assert_eq!(recognise_key("SG.abcDEF123_-.xyzXYZ789"), Ok(()));
        let cases = [
            ("", KeyProblem::Empty),
            ("SG.CANARY.b\n", KeyProblem::NewlineOrSpaceInside),
            ("SG.CANARY", KeyProblem::UnknownShape),
            ("SG..CANARY", KeyProblem::UnknownShape),
            ("SG.CANARY.b.c", KeyProblem::UnknownShape),
            ("sk_live_CANARY", KeyProblem::OtherVendor { vendor: "Stripe" }),
            ("CANARY", KeyProblem::UnknownShape),
        ];
        for (text, problem) in cases {
            assert_eq!(recognise_key(text), Err(problem), "{text}");
            assert!(!problem.to_string().contains("CANARY"));
        }
        assert_eq!(recognise_key(&format!("SG.a.{}", "b".repeat(300))), Err(KeyProblem::UnknownShape));
    }
}

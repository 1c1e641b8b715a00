//! A piece of text that must never be shown, logged, stored in plain or sent to the page.

use std::fmt;

use zeroize::Zeroizing;

/// An API key, a webhook secret, a passphrase or a database key.
///
/// It has no `Serialize`, so a response that carries one does not compile; its `Debug` shows
/// nothing, not even the length; its memory is wiped when the last copy is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller's own copy, if any, is the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every call is a place where a secret can leak: keep them few.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing but white space in it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_the_text() {
        let shown = format!("{:?}", Secret::new("sk_test_canary"));
        assert_eq!(shown, "Secret(<redacted>)");
    }
}

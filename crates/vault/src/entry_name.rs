//! The name a secret is kept under.

use std::fmt;

use domain::Environment;

/// The variable the environment vault reads the mirror's key from.
pub const MIRROR_KEY_VARIABLE: &str = "PAYDESK_MIRROR_KEY";

/// The variable the environment vault reads the person's signing key from.
pub const SIGNING_KEY_VARIABLE: &str = "PAYDESK_SIGNING_KEY";

/// Which secret is meant. Its text is stable: it is what stands in keychains and vault files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EntryName {
    /// The vendor key of the account with this id.
    AccountKey(String),
    /// The vendor key for what moves money of the account with this id, where that has one of its own.
    AccountWriteKey(String),
    /// The vendor key of an account that remembers a variable and keeps no key; environment vault only.
    AccountKeyFromVariable {
        /// The variable's name, as given to `--key-env`.
        variable: String,
    },
    /// The raw key of an environment's mirror file.
    MirrorKey(Environment),
    /// The key that an environment's mirror file is being given; beside the other while that happens.
    NextMirrorKey(Environment),
    /// What the Paydesk passphrase is checked by, where the vault has none of its own.
    UnlockVerifier,
    /// The key that the person signs requests and approvals with.
    SigningKey,
    /// An opened airlock, for commands whose Desk ends with them.
    Unlocked,
    /// Count and hash of the last line of an environment's book: no secret, but out of the reach of whoever
    /// changes the file.
    BookHead(Environment),
    /// The signing secret (`whsec_…`) of the account or endpoint with this id.
    WebhookSecret(String),
    /// A secret taken from a `.env` file that belongs to no account yet.
    Imported {
        /// The vendor the variable belongs to.
        vendor: String,
        /// The variable it came from.
        variable: String,
    },
}

impl EntryName {
    /// The variable the environment vault reads for this entry; none for what it cannot hold.
    pub(crate) fn variable(&self) -> Option<&str> {
        match self {
            Self::MirrorKey(_) => Some(MIRROR_KEY_VARIABLE),
            Self::SigningKey => Some(SIGNING_KEY_VARIABLE),
            Self::AccountKeyFromVariable { variable } | Self::Imported { variable, .. } => Some(variable),
            Self::AccountKey(_)
            | Self::AccountWriteKey(_)
            | Self::NextMirrorKey(_)
            | Self::UnlockVerifier
            | Self::Unlocked
            | Self::BookHead(_)
            | Self::WebhookSecret(_) => None,
        }
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountKey(id) => write!(formatter, "account-key:{}", Part(id)),
            Self::AccountWriteKey(id) => write!(formatter, "account-write-key:{}", Part(id)),
            Self::AccountKeyFromVariable { variable } => write!(formatter, "variable:{}", Part(variable)),
            Self::MirrorKey(environment) => write!(formatter, "mirror-key:{}", environment.as_str()),
            Self::NextMirrorKey(environment) => write!(formatter, "next-mirror-key:{}", environment.as_str()),
            Self::UnlockVerifier => formatter.write_str("unlock-verifier"),
            Self::SigningKey => formatter.write_str("signing-key"),
            Self::Unlocked => formatter.write_str("unlocked"),
            Self::BookHead(environment) => write!(formatter, "book-head:{}", environment.as_str()),
            Self::WebhookSecret(id) => write!(formatter, "webhook-secret:{}", Part(id)),
            Self::Imported { vendor, variable } => {
                write!(formatter, "imported:{}:{}", Part(vendor), Part(variable))
            }
        }
    }
}

/// One part of a name. The separator is escaped, so that two different entries never share a text.
struct Part<'a>(&'a str);

impl fmt::Display for Part<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                ':' => formatter.write_str("%3A")?,
                '%' => formatter.write_str("%25")?,
                other => write!(formatter, "{other}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_texts_stay_what_is_already_stored() {
        let texts = [
            (EntryName::AccountKey("a1".to_owned()), "account-key:a1"),
            (EntryName::AccountWriteKey("a1".to_owned()), "account-write-key:a1"),
            (EntryName::AccountKeyFromVariable { variable: "KEY".to_owned() }, "variable:KEY"),
            (EntryName::MirrorKey(Environment::Sandbox), "mirror-key:sandbox"),
            (EntryName::MirrorKey(Environment::Test), "mirror-key:test"),
            (EntryName::MirrorKey(Environment::Live), "mirror-key:live"),
            (EntryName::NextMirrorKey(Environment::Live), "next-mirror-key:live"),
            (EntryName::UnlockVerifier, "unlock-verifier"),
            (EntryName::SigningKey, "signing-key"),
            (EntryName::Unlocked, "unlocked"),
            (EntryName::BookHead(Environment::Live), "book-head:live"),
            (EntryName::WebhookSecret("a1".to_owned()), "webhook-secret:a1"),
            (
                EntryName::Imported { vendor: "stripe".to_owned(), variable: "KEY".to_owned() },
                "imported:stripe:KEY",
            ),
        ];
        for (name, text) in texts {
            assert_eq!(name.to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn different_names_have_different_texts(a in "[:%3A5a]{0,6}", b in "[:%3A5a]{0,6}",
                                                c in "[:%3A5a]{0,6}", d in "[:%3A5a]{0,6}") {
            let first = EntryName::Imported { vendor: a, variable: b };
            let second = EntryName::Imported { vendor: c, variable: d };
            prop_assert_eq!(first == second, first.to_string() == second.to_string());
        }
    }
}

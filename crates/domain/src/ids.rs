//! Names of things: vendors, environments, accounts, intents, write requests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A company whose API Paydesk calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Stripe, API v1.
    Stripe,
    /// Twilio SendGrid, API v3.
    #[serde(rename = "sendgrid")]
    SendGrid,
    /// Twilio Programmable Messaging, API 2010-04-01.
    Twilio,
}

/// What an account of a vendor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capability {
    /// It takes payments and gives refunds.
    Payments,
    /// It sends email.
    Email,
    /// It sends and receives SMS.
    Sms,
}

impl Capability {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::SendGrid, Self::Twilio];

    /// What its accounts are for.
    pub fn capability(self) -> Capability {
        match self {
            Self::Stripe => Capability::Payments,
            Self::SendGrid => Capability::Email,
            Self::Twilio => Capability::Sms,
        }
    }

    /// Whether its accounts move money.
    pub fn takes_payments(self) -> bool {
        self.capability() == Capability::Payments
    }

    /// The name of the company.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stripe => "Stripe",
            Self::SendGrid => "SendGrid",
            Self::Twilio => "Twilio",
        }
    }

    /// The word for it, in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::SendGrid => "sendgrid",
            Self::Twilio => "twilio",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The word is not one of the fixed choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of the known words")]
pub struct UnknownWord(pub String);

impl FromStr for Vendor {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Which money an account moves: none, the vendor's play money, or real money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A simulated vendor on this machine.
    Sandbox,
    /// The vendor's test mode.
    Test,
    /// Real money.
    Live,
}

impl Environment {
    /// All of them, in the order they are listed on screen.
    pub const ALL: [Self; 3] = [Self::Sandbox, Self::Test, Self::Live];

    /// The word for it, in file names, on the command line and over JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Environment {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// Declares a newtype over a UUID that is text over JSON and in the database.
macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one; UUIDv7, so that ids made later sort later.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// One vendor connection: vendor + environment + label.
    AccountId
}
uuid_id! {
    /// A persisted decision to do something at a vendor.
    IntentId
}
uuid_id! {
    /// Many refunds out of one file or view.
    BulkRunId
}
uuid_id! {
    /// One message to a customer.
    MessageId
}
uuid_id! {
    /// Made by a shell when a dialog opens or a command starts. The Desk carries a write request
    /// out once per id, so an answer lost between shell and Desk never becomes a second refund.
    RequestId
}

/// The name a person gives to an account: 1 to 64 characters, no control characters, no slash,
/// no white space at the ends. Unique in a home.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(String);

/// Why a label was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing but white space.
    #[error("a label needs at least one character")]
    Empty,
    /// More than 64 characters.
    #[error("a label has at most 64 characters")]
    TooLong,
    /// A control or direction-changing character, or a slash.
    #[error("a label has no control characters, no text-direction marks and no slash")]
    Forbidden,
}

impl Label {
    /// Most characters a label may have.
    pub const MAX_CHARACTERS: usize = 64;

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that change how the text around them is shown, or show nothing: they would let one
/// text look like another (bad input U02).
pub fn is_deceptive(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LabelError::Empty);
        }
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(LabelError::TooLong);
        }
        if text.chars().any(|one| one.is_control() || one == '/' || is_deceptive(one)) {
            return Err(LabelError::Forbidden);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, Label, LabelError};

    #[test]
    fn u02_labels_refuse_characters_that_deceive_the_eye() {
        assert_eq!("shop\u{202e}".parse::<Label>(), Err(LabelError::Forbidden));
        assert_eq!("sh\u{200b}op".parse::<Label>(), Err(LabelError::Forbidden));
        assert_eq!("a/b".parse::<Label>(), Err(LabelError::Forbidden));
        assert_eq!("   ".parse::<Label>(), Err(LabelError::Empty));
        assert_eq!("x".repeat(65).parse::<Label>(), Err(LabelError::TooLong));
        assert_eq!(" shop EU ".parse::<Label>().map(|label| label.to_string()), Ok("shop EU".to_owned()));
    }

    #[test]
    fn environments_read_their_own_words() {
        for environment in Environment::ALL {
            assert_eq!(environment.as_str().parse(), Ok(environment));
        }
        assert!("LIVE".parse::<Environment>().is_err());
    }
}

//! A secret on its way from a person into the vault.

use domain::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;

/// A key as a person typed it. Only requests carry it: it travels over the local socket in one
/// direction, and a test walks every response type to see that none contains it.
#[derive(Clone, Debug, PartialEq, Eq, TS)]
#[ts(type = "string")]
pub struct SecretText(pub Secret);

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Secret::new(String::deserialize(deserializer)?)))
    }
}

//! What was found of a signature, as text.

use contract::Timestamp;
use serde::Serialize;
use webhooks::{Invalid, Valid};

use super::Answer;
use crate::text::Text;

/// What a check of a signature found.
#[derive(Debug, Serialize)]
pub(crate) struct WebhookVerdict {
    valid: bool,
    #[serde(flatten)]
    found: Found,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Good {
        /// The variable whose secret made it.
        secret_env: Option<String>,
        signed_at: Option<Timestamp>,
        /// Whether no other body could have the same signature.
        covers_body: bool,
    },
    Bad {
        code: &'static str,
        reason: String,
    },
}

impl WebhookVerdict {
    /// Of a check with the secrets of these variables.
    pub(crate) fn of(verdict: Result<Valid, Invalid>, variables: &[String]) -> Self {
        match verdict {
            Ok(Valid { secret, signed_at, covers_body }) => {
                let secret_env = secret.and_then(|place| variables.get(place).cloned());
                Self { valid: true, found: Found::Good { secret_env, signed_at, covers_body } }
            }
            Err(invalid) => {
                let found = Found::Bad { code: invalid.code(), reason: invalid.to_string() };
                Self { valid: false, found }
            }
        }
    }
}

impl Answer for WebhookVerdict {
    fn write_text(&self, text: &mut Text) {
        match &self.found {
            Found::Good { .. } => text.line("valid"),
            Found::Bad { reason, .. } => text.line(format!("invalid: {reason}")),
        }
    }
}

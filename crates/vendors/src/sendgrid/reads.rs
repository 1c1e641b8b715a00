//! What SendGrid says of an account: what its key may do, and whom it may send as.

use serde::Deserialize;
use transport::{Endpoint, Request};

use super::{CallError, SendGrid};

/// Most scopes that are kept; SendGrid has some hundreds.
const MOST_SCOPES: usize = 2_000;
/// Most verified senders that are read.
const MOST_SENDERS: usize = 1_000;

/// A sender that SendGrid lets mail go out as.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct VerifiedSender {
    /// Its address.
    #[serde(rename = "from_email")]
    pub email: String,
    /// Its name.
    #[serde(rename = "from_name", default)]
    pub name: Option<String>,
    /// Whether whoever owns the address said yes.
    #[serde(default)]
    pub verified: bool,
}

#[derive(Deserialize)]
struct Scopes {
    scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Senders {
    results: Vec<VerifiedSender>,
}

impl SendGrid {
    /// What the key may do, in SendGrid's words such as `mail.send`.
    ///
    /// # Errors
    /// When the key is not accepted, or nothing answers.
    pub async fn scopes(&self) -> Result<Vec<String>, CallError> {
        let Scopes { mut scopes } = self.get("/v3/scopes").await?;
        scopes.truncate(MOST_SCOPES);
        Ok(scopes)
    }

    /// Whom the account may send as, verified or not.
    ///
    /// # Errors
    /// When the key may not read them, or nothing answers.
    pub async fn verified_senders(&self) -> Result<Vec<VerifiedSender>, CallError> {
        let Senders { mut results } = self.get("/v3/verified_senders").await?;
        results.truncate(MOST_SENDERS);
        Ok(results)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &'static str) -> Result<T, CallError> {
        let endpoint = Endpoint { method: transport::Method::GET, path_template: path };
        self.read(Request::new(endpoint, path)).await
    }

    /// Sends a read, and takes its answer apart where it is one.
    pub(super) async fn read<T: serde::de::DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<T, CallError> {
        let response = self.client.send(request).await?;
        if response.status != 200 {
            return Err(CallError::of(&response));
        }
        serde_json::from_slice(&response.body).map_err(|_| CallError::Unreadable)
    }
}

//! Connecting: what a key is, where it may go, and what the vendor says of it.

use domain::{Environment, Secret};
use url::Url;
use vendors::stripe::{self, CallError, ConnectError, Rights, Stripe};

use crate::error::Result;

/// A key and an address that go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which money the account moves.
    pub environment: Environment,
    /// Where it is called.
    pub base_url: Url,
}

/// Recognises a key and holds it against the address that it would be sent to. Nothing is sent.
///
/// # Errors
/// When the key is of another sort or vendor, or would go where it must not.
pub fn plan(key: &Secret, base_url: Option<&str>) -> std::result::Result<Plan, PlanError> {
    let recognised = stripe::recognise_key(key.expose()).map_err(ConnectError::Key)?;
    let text = base_url.unwrap_or(stripe::BASE_URL);
    let base_url: Url = text.parse().map_err(|_| PlanError::BadUrl(text.to_owned()))?;
    let environment = stripe::check_base_url(&base_url, recognised)?;
    Ok(Plan { environment, base_url })
}

/// Why a key and an address do not go together.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The address is no URL.
    #[error("`{0}` is no URL")]
    BadUrl(String),
    /// The key or the address cannot be used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

/// What the vendor says of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// Its id and name, where the key may read them.
    pub facts: Option<stripe::AccountFacts>,
    /// What the key may do.
    pub rights: Rights,
}

/// Asks the vendor who the account is and what the key may do. A key that is not accepted at all
/// fails here; one that may not read the account connects all the same.
///
/// # Errors
/// When the key is not accepted, or nothing answers.
pub async fn learn(client: &Stripe) -> Result<Learned> {
    let facts = match client.account().await {
        Ok(facts) => facts,
        Err(CallError::Forbidden { .. } | CallError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let rights = client.probe_rights().await?;
    Ok(Learned { facts, rights })
}

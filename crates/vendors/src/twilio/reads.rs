//! What Twilio says of an account: how it stands, and who it may send as.

use domain::PhoneNumber;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use transport::{Endpoint, Method, Request};

use super::{CallError, Twilio};

/// Most numbers that are read.
const MOST_NUMBERS: usize = 1_000;
/// Longest name that is kept, in characters.
const NAME_MAX: usize = 100;

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountStanding {
    /// Its name.
    #[serde(default)]
    pub friendly_name: Option<String>,
    /// `active`, `suspended` or `closed`.
    #[serde(default)]
    pub status: Option<String>,
    /// `Trial` or `Full`; a trial account sends to verified numbers alone.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// A number of an account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsSender {
    /// The number.
    pub number: PhoneNumber,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Whether it can send SMS.
    pub sends_sms: bool,
}

#[derive(Deserialize)]
struct Numbers {
    incoming_phone_numbers: Vec<Number>,
}

#[derive(Deserialize)]
struct Number {
    phone_number: Option<String>,
    friendly_name: Option<String>,
    capabilities: Option<Capabilities>,
}

#[derive(Deserialize)]
struct Capabilities {
    #[serde(default, alias = "SMS")]
    sms: bool,
}

impl Twilio {
    /// How the account stands.
    ///
    /// # Errors
    /// When the key is not accepted, or nothing answers.
    pub async fn standing(&self) -> Result<AccountStanding, CallError> {
        const ENDPOINT: Endpoint =
            Endpoint { method: Method::GET, path_template: "/2010-04-01/Accounts/{account}" };
        let document = format!("{}.json", self.account_sid);
        let path = ENDPOINT.path(&[&document]).map_err(|_| CallError::Unreadable)?;
        self.get(ENDPOINT, path, Vec::new()).await
    }

    /// The numbers that the account may send as.
    ///
    /// # Errors
    /// When the key may not read them, or nothing answers.
    pub async fn senders(&self) -> Result<Vec<SmsSender>, CallError> {
        const ENDPOINT: Endpoint = Endpoint {
            method: Method::GET,
            path_template: "/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json",
        };
        let path = ENDPOINT.path(&[&self.account_sid]).map_err(|_| CallError::Unreadable)?;
        let size = vec![("PageSize".to_owned(), MOST_NUMBERS.to_string())];
        let Numbers { incoming_phone_numbers } = self.get(ENDPOINT, path, size).await?;
        let read = |one: Number| {
            let name = one
                .friendly_name
                .map(|name| name.chars().filter(|one| !one.is_control()).take(NAME_MAX).collect());
            Some(SmsSender {
                number: PhoneNumber::read(&one.phone_number?).ok()?,
                name,
                sends_sms: one.capabilities.is_some_and(|all| all.sms),
            })
        };
        Ok(incoming_phone_numbers.into_iter().take(MOST_NUMBERS).filter_map(read).collect())
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        endpoint: Endpoint,
        path: String,
        query: Vec<(String, String)>,
    ) -> Result<T, CallError> {
        let mut request = Request::new(endpoint, path);
        request.query = query;
        let response = self.client.send(request).await?;
        if response.status != 200 {
            return Err(CallError::of(&response));
        }
        serde_json::from_slice(&response.body).map_err(|_| CallError::Unreadable)
    }
}

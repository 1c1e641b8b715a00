//! Stripe's own side of webhooks: the endpoints that it delivers to, and delivering an event again.

use domain::Secret;
use serde_json::Value;
use transport::{Body, Endpoint, Method, Request, Response};

use super::Stripe;
use super::form::{Form, Param};
use super::problem::CallError;

/// Most endpoints that an account has at Stripe (docs.stripe.com/webhooks).
const MOST: &str = "100";

/// An endpoint that the vendor delivers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorEndpoint {
    /// The vendor's id, `we_…`.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Whether it is delivered to.
    pub enabled: bool,
}

impl Stripe {
    /// The endpoints that the vendor delivers the account's events to.
    ///
    /// # Errors
    /// Where the call fails.
    pub async fn webhook_endpoints(&self) -> Result<Vec<VendorEndpoint>, CallError> {
        let query = vec![("limit".to_owned(), MOST.to_owned())];
        let response = self.get("/v1/webhook_endpoints", &[], query).await?;
        let listed: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let rows = listed["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let read = |row: &Value| {
            Some(VendorEndpoint {
                id: row["id"].as_str()?.to_owned(),
                url: row["url"].as_str()?.to_owned(),
                enabled: row["status"] == "enabled",
            })
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Has the vendor deliver all events of the account to an address; answers with the secret that it signs with, which
    /// it tells this once. None where its answer holds no secret.
    ///
    /// # Errors
    /// Where the call fails.
    pub async fn add_webhook_endpoint(&self, url: &str) -> Result<Option<Secret>, CallError> {
        let form = Form::new()
            .with("url", Param::Text(url.to_owned()))
            .with("enabled_events", Param::List(vec!["*".into()]));
        let response = self.tell("/v1/webhook_endpoints", "/v1/webhook_endpoints".to_owned(), &form).await?;
        let made: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        Ok(made["secret"].as_str().map(Secret::new))
    }

    /// Has the vendor deliver an event of the last 30 days again, to one of its endpoints.
    ///
    /// # Errors
    /// Where the call fails.
    pub async fn resend_event(&self, event: &str, endpoint: &str) -> Result<(), CallError> {
        let form = Form::new().with("webhook_endpoint", Param::Text(endpoint.to_owned()));
        self.tell("/v1/events/{event}/retry", format!("/v1/events/{event}/retry"), &form).await?;
        Ok(())
    }

    async fn tell(&self, template: &'static str, path: String, form: &Form) -> Result<Response, CallError> {
        let endpoint = Endpoint { method: Method::POST, path_template: template };
        let mut request = Request::new(endpoint, path);
        request.body = Some(Body::Form(form.encode().into()));
        request.deadline = self.write_deadline;
        let response = self.writes().send(request).await?;
        self.hear(&response);
        if response.is_success() { Ok(response) } else { Err(CallError::from_response(&response)) }
    }
}

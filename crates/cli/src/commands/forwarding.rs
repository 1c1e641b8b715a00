//! `paydeskctl listen --forward-to`: a temporary endpoint that goes with the command.

use std::time::Duration;

use contract::events::HookView;
use contract::relay::{
    AddEndpoint, DeliveryView, EndpointScheme, EndpointView, RemoveEndpoint, TouchEndpoint,
};
use contract::{ErrorCode, SecretText, Timestamp};
use webhooks::Scheme;

use crate::failure::Failure;
use crate::session::Session;
use crate::words::{clean, code, moment};

/// How often the Desk is told that this command is still there; it waits for a minute.
pub(super) const TOUCH_EVERY: Duration = Duration::from_secs(20);

/// What is forwarded, and where to.
pub(super) struct Forwarding {
    request: AddEndpoint,
    endpoint: EndpointView,
    /// The secret that was made for it, where the vendor's cannot sign.
    secret: Option<SecretText>,
}

impl Forwarding {
    /// Has events sent on to an address, signed as what the listener receives; where only the vendor can sign so, by
    /// Standard Webhooks with a secret that is made for it.
    pub(super) async fn begin(
        url: &str,
        events: &[String],
        hook: &HookView,
        session: &Session<'_>,
    ) -> Result<Self, Failure> {
        let scheme = hook.scheme.parse::<Scheme>().ok();
        let secret = match scheme.is_some_and(Scheme::takes_our_secret) {
            true => None,
            false => Some(desk::new_webhook_secret()?),
        };
        let request = AddEndpoint {
            url: url.to_owned(),
            events: events.to_vec(),
            conditions: Vec::new(),
            account: Some(hook.account.clone()),
            scheme: if scheme == Some(Scheme::Stripe) {
                EndpointScheme::Stripe
            } else {
                EndpointScheme::Standard
            },
            secret: None,
            offered_secret: secret.clone(),
            secret_of_listener: secret.is_none(),
            allow_local: true,
            rate_per_second: None,
            concurrency: None,
            ordered: false,
            temporary: true,
        };
        let endpoint = session.call(request.clone()).await?;
        Ok(Self { request, endpoint, secret })
    }

    /// Says that the command is still there; where the endpoint went meanwhile, as in a sleep, it is made anew.
    pub(super) async fn touch(&mut self, session: &Session<'_>) -> Result<(), Failure> {
        let touch = TouchEndpoint { id: self.endpoint.id.clone() };
        match session.connection().call(session.scope(), touch).await {
            Err(error) if error.code == ErrorCode::UnknownEndpoint => {
                self.endpoint = session.call(self.request.clone()).await?;
            }
            // Another Desk takes over within seconds, and the next touch reaches it.
            Err(error) => tracing::warn!(code = %error.code, "the endpoint could not be kept"),
            Ok(_) => {}
        }
        Ok(())
    }

    /// Takes the endpoint away again.
    pub(super) async fn end(self, session: &Session<'_>) {
        let remove = RemoveEndpoint { id: self.endpoint.id };
        if let Err(error) = session.connection().call(session.scope(), remove).await {
            tracing::warn!(code = %error.code, "the endpoint goes by itself within a minute");
        }
    }

    /// Where events are forwarded to, and by which secret where that is a new one.
    pub(super) fn said(&self) -> String {
        let url = &self.endpoint.url;
        match &self.secret {
            Some(secret) => format!(
                "Forwarding to {url}, signed by Standard Webhooks with {} (shown this once)",
                secret.0.expose()
            ),
            None => format!("Forwarding to {url}"),
        }
    }

    /// The lines for a delivery, or nothing where it is another's.
    pub(super) fn lines_of(&self, delivery: &DeliveryView, at: Timestamp) -> Option<String> {
        if delivery.endpoint != self.endpoint.id {
            return None;
        }
        let answer = match (delivery.status, delivery.problem.as_deref()) {
            (Some(status), _) => status.to_string(),
            (None, problem) => code(problem.unwrap_or("waiting")).to_uppercase(),
        };
        let at = moment(at);
        let came = format!("{at}   --> {} [{}]", delivery.event_type, delivery.event);
        let went = format!("{at}  <--  [{answer}] POST {} [{}]", delivery.url, delivery.event);
        let lines = if delivery.attempts <= 1 { vec![came, went] } else { vec![went] };
        Some(lines.iter().map(|line| format!("{}\n", clean(line))).collect())
    }
}

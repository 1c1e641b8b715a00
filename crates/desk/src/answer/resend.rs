//! Having a vendor deliver an event again, and having the sandbox deliver here at all.

use contract::events::{ResendEvent, ResentEvent};
use contract::{ErrorBody, ErrorCode};
use domain::{Environment, Secret};
use mirror::{AccountRow, MirrorError};

use super::airlock;
use super::events::one_event;
use super::scope::Resolved;
use crate::desk::OpenMirror;
use crate::errors;

/// How long Stripe has a way (vendor facts: "Events and webhooks").
const DAYS: i64 = 30;

fn of_mirror(error: MirrorError) -> ErrorBody {
    errors::of_mirror(&error)
}

/// Answers `resend_event`.
pub(crate) async fn resend(scope: &Resolved, request: ResendEvent) -> Result<ResentEvent, ErrorBody> {
    let cannot =
        |why: String| ErrorBody::new(ErrorCode::CannotResend).with("id", &request.id).with("why", why);
    let (open, origins) = scope.origins().await?;
    let event = one_event(&open, &origins, &request.id).await?;
    let account = open.mirror.accounts().by_id(event.account_id).await.map_err(of_mirror)?;
    let Some(account) = account else {
        return Err(cannot("it came from a source, and Paydesk has no account at its vendor".to_owned()));
    };
    let age_ms = scope.clock.now().ms_since(event.value.created_at);
    if age_ms > DAYS * 86_400_000 {
        return Err(cannot(format!("Stripe does that for {DAYS} days, and it is older")));
    }
    // It moves no money, and acts on a live account all the same.
    airlock::check_account(&scope.desk, &account).await?;
    let worked = scope.worked(&open, &account).await?;
    let of_call = |error: vendors::stripe::CallError| errors::of_call(&error, account.label.as_str());
    let endpoints = worked.stripe.webhook_endpoints().await.map_err(of_call)?;
    let mut on = endpoints.into_iter().filter(|one| match &request.endpoint {
        Some(wanted) => one.id == *wanted,
        None => one.enabled,
    });
    let endpoint = match (on.next(), on.next()) {
        (Some(only), None) => only,
        (Some(_), Some(_)) => {
            return Err(cannot(
                "the account has several endpoints there, so name one with --endpoint".to_owned(),
            ));
        }
        (None, _) => return Err(cannot("the account has no such endpoint there".to_owned())),
    };
    worked.stripe.resend_event(&event.value.vendor_id, &endpoint.id).await.map_err(of_call)?;
    Ok(ResentEvent { id: event.value.vendor_id, endpoint: endpoint.id, url: endpoint.url })
}

/// Has the sandbox deliver to a path as its user would by the API; answers with the secret that it signs with, where it
/// is told now.
pub(super) async fn register(
    scope: &Resolved,
    open: &OpenMirror,
    account: &AccountRow,
    url: &str,
) -> Result<Option<Secret>, ErrorBody> {
    if account.environment != Environment::Sandbox {
        let why = "only the sandbox can call an address on this machine; give the address to the vendor";
        return Err(ErrorBody::new(ErrorCode::HookUnfit).with("why", why));
    }
    let worked = scope.worked(open, account).await?;
    let of_call = |error: vendors::stripe::CallError| errors::of_call(&error, account.label.as_str());
    let known = worked.stripe.webhook_endpoints().await.map_err(of_call)?;
    if known.iter().any(|one| one.enabled && one.url == url) {
        return Ok(None);
    }
    worked.stripe.add_webhook_endpoint(url).await.map_err(of_call)
}

//! Causing events in the sandbox.

use contract::history::{TriggerEvent, TriggerStep, Triggered};
use contract::{ErrorBody, ErrorCode};
use vendors::stripe::{TriggerError, triggers};

use super::scope::Resolved;
use crate::errors;

/// Answers `trigger_event`.
pub(crate) async fn trigger(scope: &Resolved, request: TriggerEvent) -> Result<Triggered, ErrorBody> {
    let (open, row) = scope.one_account(request.account.as_deref()).await?;
    let worked = scope.worked(&open, &row).await?;
    let caused = worked.stripe.trigger(request.event_type.trim()).await.map_err(|error| match error {
        TriggerError::NotSandbox => {
            ErrorBody::new(ErrorCode::TriggerOnlySandbox).with("environment", row.environment)
        }
        TriggerError::UnknownType => ErrorBody::new(ErrorCode::UnknownTrigger)
            .with("type", &request.event_type)
            .with("known", triggers().collect::<Vec<_>>().join(", ")),
        TriggerError::Call(error) => errors::of_call(&error, row.label.as_str()),
    })?;
    let steps =
        caused.calls.into_iter().map(|one| TriggerStep { call: one.call, status: one.status, id: one.id });
    Ok(Triggered {
        event_type: request.event_type,
        account: row.label.to_string(),
        steps: steps.collect(),
        event: caused.event,
    })
}

//! Where figures of calls are sent.

use contract::diagnostics::{SetTelemetry, TelemetryView};
use contract::{ErrorBody, ErrorCode};

use super::scope::Resolved;
use crate::telemetry::target;

/// Answers `show_telemetry`.
pub(crate) async fn show(scope: &Resolved) -> TelemetryView {
    let address = scope.settings.lock().await.telemetry_address.clone();
    let last = scope.desk.telemetry.last();
    TelemetryView { address, taken_at: last.taken_at, problem: last.problem }
}

/// Answers `set_telemetry`.
pub(crate) async fn set(scope: &Resolved, request: SetTelemetry) -> Result<TelemetryView, ErrorBody> {
    let address = request.address.map(|address| address.trim().trim_end_matches('/').to_owned());
    let address = address.filter(|address| !address.is_empty());
    if let Some(address) = &address {
        target(address).map_err(|refusal| {
            ErrorBody::new(ErrorCode::TelemetryAddress)
                .with("given", transport::redact(address))
                .with("why", refusal)
        })?;
    }
    {
        let mut settings = scope.settings.lock().await;
        let changed = crate::settings::Settings { telemetry_address: address, ..settings.clone() };
        changed.save(scope.home())?;
        *settings = changed;
    }
    scope.desk.telemetry.changed();
    Ok(show(scope).await)
}

//! What was sent to endpoints.

use contract::relay::{DeliveryDetail, DeliveryView, ListDeliveries, ShowDelivery};
use contract::{ErrorBody, Page};

use super::scope::Resolved;
use crate::errors;

/// Answers `list_deliveries`.
pub(crate) async fn list(
    _scope: &Resolved,
    _request: ListDeliveries,
) -> Result<Page<DeliveryView>, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `show_delivery`.
pub(crate) async fn show(_scope: &Resolved, _request: ShowDelivery) -> Result<DeliveryDetail, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

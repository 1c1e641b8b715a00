//! Endpoints that events are sent on to.

use contract::relay::{
    AddEndpoint, ChangeEndpoint, EndpointDetail, EndpointView, ListEndpoints, PauseEndpoint, RemoveEndpoint,
    ResumeEndpoint, ShowEndpoint, TouchEndpoint,
};
use contract::{Empty, ErrorBody, Page};

use super::scope::Resolved;
use crate::errors;

/// Answers `add_endpoint`.
pub(crate) async fn add(_scope: &Resolved, _request: AddEndpoint) -> Result<EndpointView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `change_endpoint`.
pub(crate) async fn change(_scope: &Resolved, _request: ChangeEndpoint) -> Result<EndpointView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `list_endpoints`.
pub(crate) async fn list(
    _scope: &Resolved,
    _request: ListEndpoints,
) -> Result<Page<EndpointView>, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `show_endpoint`.
pub(crate) async fn show(_scope: &Resolved, _request: ShowEndpoint) -> Result<EndpointDetail, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `pause_endpoint`.
pub(crate) async fn pause(_scope: &Resolved, _request: PauseEndpoint) -> Result<EndpointView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `resume_endpoint`.
pub(crate) async fn resume(_scope: &Resolved, _request: ResumeEndpoint) -> Result<EndpointView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `remove_endpoint`.
pub(crate) async fn remove(_scope: &Resolved, _request: RemoveEndpoint) -> Result<Empty, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `touch_endpoint`.
pub(crate) async fn touch(_scope: &Resolved, _request: TouchEndpoint) -> Result<Empty, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

//! Events sent again.

use contract::relay::{CancelReplay, ListReplays, ReplayView, ResumeReplay, ShowReplay, StartReplay};
use contract::{ErrorBody, Page};

use super::scope::Resolved;
use crate::errors;

/// Answers `start_replay`.
pub(crate) async fn start(_scope: &Resolved, _request: StartReplay) -> Result<ReplayView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `show_replay`.
pub(crate) async fn show(_scope: &Resolved, _request: ShowReplay) -> Result<ReplayView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `list_replays`.
pub(crate) async fn list(_scope: &Resolved, _request: ListReplays) -> Result<Page<ReplayView>, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `resume_replay`.
pub(crate) async fn resume(_scope: &Resolved, _request: ResumeReplay) -> Result<ReplayView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

/// Answers `cancel_replay`.
pub(crate) async fn cancel(_scope: &Resolved, _request: CancelReplay) -> Result<ReplayView, ErrorBody> {
    Err(errors::bad_request("events are not sent on yet"))
}

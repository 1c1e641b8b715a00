//! Events sent again, or to an endpoint that was not there when they happened.

use contract::relay::{
    CancelReplay, EndpointState as EndpointStateView, ListReplays, ReplaySource, ReplayState as StateView,
    ReplayView, ResumeReplay, ShowReplay, StartReplay,
};
use contract::{ErrorBody, ErrorCode, Page};
use domain::Environment;
use mirror::{
    EndpointFacts, EndpointPurpose, EndpointRow, EndpointState, KeyReference, ReplayRow, ReplayState, SentOn,
};
use serde_json::json;

use super::endpoint_secrets;
use super::endpoints::{self, Wanted, of_mirror};
use super::events;
use super::relay_book::note;
use super::scope::Resolved;
use crate::desk::{Desk, OpenMirror};
use crate::errors;
use crate::relay;

/// In front of an endpoint's id.
const ENDPOINT: &str = "ep_";
/// Most events that are named one by one.
const MOST_IDS: usize = 1_000;
/// The rate to an address where none was chosen.
const RATE_PER_SECOND: u32 = 20;
/// Rows of a page when the shell asks for no number.
const PAGE: u32 = 50;

/// Answers `start_replay`.
pub(crate) async fn start(scope: &Resolved, request: StartReplay) -> Result<ReplayView, ErrorBody> {
    if let Some(rate) = request.rate_per_second {
        endpoints::check_rate(rate)?;
    }
    let is_endpoint = request.to.starts_with(ENDPOINT);
    let (open, known) = match is_endpoint {
        true => {
            let (open, row) = endpoints::endpoint(scope, &request.to).await?;
            if row.state != EndpointState::On {
                let error = ErrorBody::new(ErrorCode::EndpointNotOn).with("id", &row.id);
                return Err(error.with("state", row.state.as_str()));
            }
            (open, Some(row))
        }
        false => (scope.origins().await?.0, None),
    };
    check_source(scope, &open, &request.source, known.as_ref()).await?;
    let source = serde_json::to_string(&request.source).map_err(errors::defect)?;
    let (endpoint, took_offered) = match known {
        Some(row) => (row, false),
        None => one_off(scope, &open, &request).await?,
    };
    let id = format!("rp_{}", uuid::Uuid::now_v7().simple());
    let rate = request.rate_per_second.unwrap_or(endpoint.facts.rate_per_second);
    let row = open.mirror.replays().insert(&id, endpoint.number, &source, rate, scope.clock.now()).await;
    let row = row.map_err(of_mirror)?;
    note(scope, &open, "replay_started", &row.id, json!({ "endpoint": endpoint.id })).await?;
    go_on(scope, &open, &row);
    let environment = open.mirror.environment();
    Ok(ReplayView { took_offered, ..view(scope, environment, &open, row).await? })
}

/// An endpoint on this machine for one replay alone.
async fn one_off(
    scope: &Resolved,
    open: &OpenMirror,
    request: &StartReplay,
) -> Result<(EndpointRow, bool), ErrorBody> {
    let url = endpoints::checked_url(scope, &request.to, true).await?;
    if !transport::Target::read(&url, true).is_ok_and(|target| target.is_this_machine()) {
        let why = "events are replayed to an address only on this machine; add an endpoint for another one";
        return Err(ErrorBody::new(ErrorCode::BadEndpointUrl).with("url", &request.to).with("why", why));
    }
    let facts = EndpointFacts {
        url,
        types: Vec::new(),
        conditions: Vec::new(),
        secret_reference: KeyReference::Vault,
        allow_local: true,
        // The replay's own rate is the one that counts.
        rate_per_second: request.rate_per_second.unwrap_or(RATE_PER_SECOND),
        concurrency: 1,
        ordered: false,
        name: None,
        channel: None,
    };
    let wanted = Wanted {
        purpose: EndpointPurpose::Replay,
        scheme: request.scheme,
        secret: request.secret.clone(),
        offered: request.offered_secret.clone(),
        of_listener: false,
    };
    endpoints::insert(scope, open, None, facts, wanted).await
}

/// Refuses what finds nothing, or cannot be sent, before anything is made.
async fn check_source(
    scope: &Resolved,
    open: &OpenMirror,
    source: &ReplaySource,
    to: Option<&EndpointRow>,
) -> Result<(), ErrorBody> {
    let nothing = || ErrorBody::new(ErrorCode::NothingToReplay);
    match source {
        ReplaySource::Events { ids } if ids.is_empty() => Err(nothing()),
        ReplaySource::Events { ids } if ids.len() > MOST_IDS => {
            Err(errors::bad_request(format!("at most {MOST_IDS} events are named one by one")))
        }
        ReplaySource::Events { ids } => {
            for id in ids {
                let Some((account, event)) = events::find(open, id).await? else {
                    return Err(ErrorBody::new(ErrorCode::UnknownId).with("id", id));
                };
                let kept = open.mirror.deliveries().sent_on(account, &event.vendor_id).await;
                if matches!(kept.map_err(of_mirror)?, SentOn::Masked | SentOn::Gone) && ids.len() == 1 {
                    let why = "what is kept of it is not what the vendor sent, since something was masked or erased";
                    return Err(ErrorBody::new(ErrorCode::NotReplayable).with("id", id).with("why", why));
                }
            }
            Ok(())
        }
        ReplaySource::Query { query } => {
            let found = events::search(open, query, scope.clock.now(), 1, None).await?;
            if found.items.is_empty() { Err(nothing()) } else { Ok(()) }
        }
        ReplaySource::FailedSince { since, endpoint } => {
            let of_endpoint = match endpoint {
                // Numbers are those of one file.
                Some(id) => match open.mirror.endpoints().by_id(id).await.map_err(of_mirror)? {
                    Some(endpoint) => Some(endpoint.number),
                    None => return Err(ErrorBody::new(ErrorCode::UnknownEndpoint).with("id", id)),
                },
                None => None,
            };
            let to = to.map_or(0, |to| to.number);
            let found = open.mirror.replays().failed_since(*since, of_endpoint, to, 0, 1).await;
            if found.map_err(of_mirror)?.is_empty() { Err(nothing()) } else { Ok(()) }
        }
    }
}

/// Has a replay worked on: by whoever works in the background, or else by this Desk alone.
fn go_on(scope: &Resolved, open: &OpenMirror, row: &ReplayRow) {
    let environment = open.mirror.environment();
    if scope.ends_with_its_command() {
        relay::work_on_replay(&scope.desk, environment, row.number);
    }
    scope.relay.wake(environment);
}

/// The replay with an id, wherever it is.
pub(super) async fn replay(scope: &Resolved, id: &str) -> Result<(OpenMirror, ReplayRow), ErrorBody> {
    let environments = match scope.scope.environment {
        Some(environment) => vec![environment],
        None => Environment::ALL.to_vec(),
    };
    for environment in environments {
        let Some(open) = scope.existing_mirror(environment).await? else { continue };
        if let Some(row) = open.mirror.replays().by_id(id).await.map_err(of_mirror)? {
            return Ok((open, row));
        }
    }
    Err(ErrorBody::new(ErrorCode::UnknownId).with("id", id))
}

/// Answers `show_replay`.
pub(crate) async fn show(scope: &Resolved, request: ShowReplay) -> Result<ReplayView, ErrorBody> {
    let (open, row) = replay(scope, &request.id).await?;
    view(scope, open.mirror.environment(), &open, row).await
}

/// Answers `list_replays`.
pub(crate) async fn list(scope: &Resolved, request: ListReplays) -> Result<Page<ReplayView>, ErrorBody> {
    let (open, _) = scope.origins().await?;
    let limit = request.range.limit.unwrap_or(PAGE);
    let found = open.mirror.replays().list(limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = open.mirror.replays().count().await.map_err(of_mirror)?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        items.push(view(scope, open.mirror.environment(), &open, row).await?);
    }
    Ok(Page { items, total, next: found.next })
}

/// Answers `resume_replay`.
pub(crate) async fn resume(scope: &Resolved, request: ResumeReplay) -> Result<ReplayView, ErrorBody> {
    let (open, row) = replay(scope, &request.id).await?;
    if row.ended_at.is_none() {
        note(scope, &open, "replay_resumed", &row.id, json!({})).await?;
        go_on(scope, &open, &row);
    }
    view(scope, open.mirror.environment(), &open, row).await
}

/// Answers `cancel_replay`.
pub(crate) async fn cancel(scope: &Resolved, request: CancelReplay) -> Result<ReplayView, ErrorBody> {
    let (open, row) = replay(scope, &request.id).await?;
    if row.ended_at.is_some() {
        return Err(ErrorBody::new(ErrorCode::ReplayEnded).with("id", &request.id));
    }
    open.mirror.replays().cancel(row.number, scope.clock.now()).await.map_err(of_mirror)?;
    note(scope, &open, "replay_canceled", &row.id, json!({})).await?;
    let environment = open.mirror.environment();
    let endpoint = open.mirror.endpoints().by_number(row.endpoint).await.map_err(of_mirror)?;
    if let Some(own) = endpoint.filter(|one| one.purpose == EndpointPurpose::Replay) {
        endpoints::take_away(scope, environment, &open, &own).await?;
    }
    scope.relay.wake(environment);
    let (open, row) = replay(scope, &request.id).await?;
    view(scope, environment, &open, row).await
}

/// A replay as shells show it.
pub(crate) async fn view(
    desk: &Desk,
    environment: Environment,
    open: &OpenMirror,
    row: ReplayRow,
) -> Result<ReplayView, ErrorBody> {
    let counts = open.mirror.replays().counts(row.number).await.map_err(of_mirror)?;
    let endpoint = open.mirror.endpoints().by_number(row.endpoint).await.map_err(of_mirror)?;
    let secret_location = match &endpoint {
        Some(endpoint) => endpoint_secrets::secret_location(open, endpoint).await?,
        None => String::new(),
    };
    let source = serde_json::from_str(&row.source).map_err(errors::defect)?;
    let problem = row.problem.as_deref().map(serde_json::from_str).transpose().map_err(errors::defect)?;
    let ended = counts.delivered + counts.failed;
    let (recently, took) = desk.relay.pace_of(environment, row.number, ended);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let runs = row.state == ReplayState::Running && recently > 0 && took_ms > 0;
    let per_second =
        runs.then(|| u32::try_from(recently.saturating_mul(1_000) / took_ms).unwrap_or(u32::MAX));
    Ok(ReplayView {
        state: match row.state {
            ReplayState::Preparing => StateView::Preparing,
            ReplayState::Running => StateView::Running,
            ReplayState::Done => StateView::Done,
            ReplayState::Canceled => StateView::Canceled,
        },
        source,
        endpoint: endpoint.as_ref().map(|one| one.id.clone()).unwrap_or_default(),
        url: endpoint.as_ref().map(|one| one.facts.url.clone()).unwrap_or_default(),
        endpoint_state: endpoint
            .as_ref()
            .map_or(EndpointStateView::Stopped, |one| endpoints::state_view(one.state)),
        secret_location,
        took_offered: false,
        rate_per_second: row.rate_per_second,
        total: ended + counts.waiting + counts.canceled,
        waiting: counts.waiting,
        delivered: counts.delivered,
        failed: counts.failed,
        canceled: counts.canceled,
        left_out: row.left_out,
        ended_per_second: per_second,
        remaining_ms: runs.then(|| counts.waiting.saturating_mul(took_ms) / recently.max(1)),
        started: row.started_at,
        ended: row.ended_at,
        problem,
        id: row.id,
    })
}

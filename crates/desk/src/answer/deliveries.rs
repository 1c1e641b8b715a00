//! What was sent to endpoints.

use contract::relay::{
    DeliveryAttemptView, DeliveryBody as BodyView, DeliveryCause, DeliveryDetail, DeliveryState as StateView,
    DeliveryView, ListDeliveries, ShowDelivery,
};
use contract::{ErrorBody, ErrorCode, Page};
use mirror::{DeliveryAttemptRow, DeliveryBody, DeliveryFilter, DeliveryRow, DeliveryState, Origin};

use super::endpoints::{self, of_mirror};
use super::replays;
use super::scope::{Resolved, label_of};

/// In front of the number of a delivery.
const PREFIX: &str = "dl_";
/// Rows of a page when the shell asks for no number.
const PAGE: u32 = 50;

/// Answers `list_deliveries`.
pub(crate) async fn list(scope: &Resolved, request: ListDeliveries) -> Result<Page<DeliveryView>, ErrorBody> {
    let (open, endpoint) = match &request.endpoint {
        Some(id) => {
            let (open, row) = endpoints::any(scope, id).await?;
            (open, Some(row.number))
        }
        None => (scope.origins().await?.0, None),
    };
    let replay = match &request.replay {
        Some(id) => Some(replays::replay(scope, id).await?.1.number),
        None => None,
    };
    let filter =
        DeliveryFilter { endpoint, replay, event_id: request.event, state: request.state.map(state) };
    let rows = open.mirror.origins().await.map_err(of_mirror)?;
    let (deliveries, limit) = (open.mirror.deliveries(), request.range.limit.unwrap_or(PAGE));
    let found = deliveries.list(&filter, limit, request.range.after.as_deref()).await.map_err(of_mirror)?;
    let total = deliveries.count(&filter).await.map_err(of_mirror)?;
    let items = found.items.into_iter().map(|row| view(&rows, row)).collect();
    Ok(Page { items, total, next: found.next })
}

/// Answers `show_delivery`.
pub(crate) async fn show(scope: &Resolved, request: ShowDelivery) -> Result<DeliveryDetail, ErrorBody> {
    let unknown = || ErrorBody::new(ErrorCode::UnknownId).with("id", &request.id);
    let (open, rows) = scope.origins().await?;
    let number = request.id.strip_prefix(PREFIX).and_then(|text| text.parse().ok()).ok_or_else(unknown)?;
    let row = open.mirror.deliveries().by_number(number).await.map_err(of_mirror)?.ok_or_else(unknown)?;
    let attempts = open.mirror.deliveries().attempts(number).await.map_err(of_mirror)?;
    let attempts = attempts.into_iter().map(attempt_view).collect();
    Ok(DeliveryDetail { delivery: view(&rows, row), attempts })
}

fn state(wanted: StateView) -> DeliveryState {
    match wanted {
        StateView::Waiting => DeliveryState::Waiting,
        StateView::Sending => DeliveryState::Sending,
        StateView::Delivered => DeliveryState::Delivered,
        StateView::Failed => DeliveryState::Failed,
        StateView::Canceled => DeliveryState::Canceled,
    }
}

/// How far a delivery is.
pub(super) fn state_view(state: DeliveryState) -> StateView {
    match state {
        DeliveryState::Waiting => StateView::Waiting,
        DeliveryState::Sending => StateView::Sending,
        DeliveryState::Delivered => StateView::Delivered,
        DeliveryState::Failed => StateView::Failed,
        DeliveryState::Canceled => StateView::Canceled,
    }
}

/// A delivery as shells show it.
pub(crate) fn view(origins: &[Origin], row: DeliveryRow) -> DeliveryView {
    DeliveryView {
        id: format!("{PREFIX}{}", row.number),
        endpoint: row.endpoint_id,
        url: row.url,
        account: label_of(origins, row.account_id),
        event: row.event_id,
        event_type: row.event_type,
        object_id: row.object_id,
        cause: if row.replay_id.is_some() { DeliveryCause::Replay } else { DeliveryCause::Relay },
        replay: row.replay_id,
        body: match row.body {
            DeliveryBody::Received => BodyView::Received,
            DeliveryBody::Feed => BodyView::Feed,
            DeliveryBody::Own => BodyView::Own,
        },
        message_id: row.message_id,
        next_try: (row.state == DeliveryState::Waiting).then_some(row.next_try_at),
        state: state_view(row.state),
        attempts: row.attempts,
        attempts_max: row.attempts.saturating_add(row.tries_left),
        status: row.status,
        problem: row.problem,
        took_ms: row.took_ms,
        created: row.created_at,
        ended: row.ended_at,
    }
}

fn attempt_view(row: DeliveryAttemptRow) -> DeliveryAttemptView {
    DeliveryAttemptView {
        number: row.attempt,
        started: row.started_at,
        took_ms: row.took_ms.unwrap_or(0),
        status: row.status,
        problem: row.problem,
        detail: row.detail,
        address: row.address,
        headers: row.headers,
        answer: String::from_utf8_lossy(&row.answer).into_owned(),
        answer_cut: row.answer_cut,
    }
}

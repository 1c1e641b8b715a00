//! API calls and what is left of the rate.

use contract::calls::{AttemptView, CallView, EndpointQuotaView, ListCalls, QuotaView, Quotas};
use contract::{ErrorBody, Page};
use mirror::ApiCallRow;
use transport::{BreakerState, Meter, Quota};

use super::scope::{Resolved, label_of};
use crate::errors;

/// Rows of a page when the shell asks for no number.
pub(crate) const ROWS: u32 = 50;

/// Answers `list_calls`.
pub(crate) async fn list(scope: &Resolved, request: ListCalls) -> Result<Page<CallView>, ErrorBody> {
    let (open, rows) = scope.any_accounts(request.account.as_deref()).await?;
    let account = request.account.as_ref().and_then(|_| rows.first()).map(|row| row.id);
    let limit = request.range.limit.unwrap_or(ROWS);
    let calls = open.mirror.api_calls();
    let page = calls
        .list(account, request.writes_only, limit, request.range.after.as_deref())
        .await
        .map_err(|error| errors::of_mirror(&error))?;
    let total = calls.count(account, request.writes_only).await.map_err(|error| errors::of_mirror(&error))?;
    let items = page
        .items
        .into_iter()
        .filter_map(|call| {
            let first = call.attempts.first()?;
            Some(CallView {
                call_id: call.call_id.clone(),
                account: label_of(&rows, first.account_id),
                method: first.method.clone(),
                path: first.path_template.clone(),
                started: first.started_at,
                attempts: call.attempts.iter().map(attempt).collect(),
            })
        })
        .collect();
    Ok(Page { items, total, next: page.next })
}

fn attempt(row: &ApiCallRow) -> AttemptView {
    AttemptView {
        attempt: row.attempt,
        status: row.status,
        error: row.error.clone(),
        duration_ms: row.duration_ms,
        request_id: row.request_id.clone(),
        idempotency_key: row.idempotency_key.clone(),
        decision: row.decision.clone(),
        wait_ms: row.wait_ms,
    }
}

/// Answers `show_quota`.
pub(crate) async fn quotas(scope: &Resolved) -> Result<Quotas, ErrorBody> {
    let (_, rows) = scope.accounts().await?;
    Ok(Quotas { accounts: rows.iter().filter_map(|row| scope.clients.quota(row)).collect() })
}

fn per_second(meter: &Meter) -> u32 {
    u32::try_from(meter.allowed_millirequests_per_second / 1_000).unwrap_or(u32::MAX)
}

/// The rate of an account as the shells show it.
pub(crate) fn quota_view(label: &str, quota: &Quota) -> QuotaView {
    let (breaker, breaker_next_try) = match quota.breaker {
        BreakerState::Closed { .. } => ("closed", None),
        BreakerState::Open { next_try } => ("open", Some(next_try)),
        BreakerState::HalfOpen => ("half_open", None),
    };
    QuotaView {
        account: label.to_owned(),
        paced: quota.account.paced,
        allowed_per_second: per_second(&quota.account),
        left_now: quota.account.left_now,
        last_too_many: quota.account.last_429_at,
        breaker: breaker.to_owned(),
        breaker_next_try,
        endpoints: quota
            .endpoints
            .iter()
            .map(|one| EndpointQuotaView {
                endpoint: format!("{} {}", one.method, one.path_template),
                paced: one.meter.paced,
                allowed_per_second: per_second(&one.meter),
                left_now: one.meter.left_now,
            })
            .collect(),
    }
}

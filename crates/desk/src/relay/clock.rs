//! A clock that was set, or that stood still in the machine's sleep: what was written by it is mended.

use std::sync::Arc;

use contract::ErrorBody;
use domain::Environment;
use tokio::time::Instant;
use webhooks::relay::LONGEST_WAIT_MS;

use super::of_mirror;
use crate::answer::endpoints::LEASE_MS;
use crate::desk::{Desk, OpenMirror};

/// A clock that is off by more than so much since it was last looked at was set. Whoever keeps a temporary endpoint says
/// so three times in a lease, so less than half of one costs nothing.
const SET_BY_MS: i64 = LEASE_MS / 2;

/// Looks at the clock; at the first look, and where it was set since the one before, mends what waits for a moment.
pub(super) async fn look(
    desk: &Arc<Desk>,
    environment: Environment,
    open: &OpenMirror,
) -> Result<(), ErrorBody> {
    let (now, at) = (desk.clock.now(), Instant::now());
    let before = desk.relay.held().clocks.get(&environment).copied();
    let was_set = before.is_none_or(|(then, then_at)| {
        let passed_ms = i64::try_from(at.duration_since(then_at).as_millis()).unwrap_or(i64::MAX);
        now.ms_since(then).saturating_sub(passed_ms).saturating_abs() > SET_BY_MS
    });
    if was_set {
        let deliveries = open.mirror.deliveries();
        let mended = deliveries.clock_was_set(now, LONGEST_WAIT_MS, now.plus_ms(LEASE_MS)).await;
        let mended = mended.map_err(of_mirror)?;
        if mended > 0 {
            tracing::info!(mended, "deliveries that a wrong clock had put off are due");
        }
    }
    desk.relay.held().clocks.insert(environment, (now, at));
    Ok(())
}

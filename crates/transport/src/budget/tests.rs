//! The budget under tokio's paused time: waits are exact and cost nothing.

use std::sync::Arc;
use std::time::Duration;

use http::Method;

use super::Budget;
use crate::clock::{Clock, SystemClock};
use crate::config::{Pacing, RateBudgetConfig};
use crate::endpoint::Endpoint;
use crate::retry::RateLimitScope;

const CHARGES: Endpoint = Endpoint { method: Method::GET, path_template: "/v1/charges" };
const REFUNDS: Endpoint = Endpoint { method: Method::POST, path_template: "/v1/refunds" };
const SEARCH: Endpoint = Endpoint { method: Method::GET, path_template: "/v1/charges/search" };
const LONG: Duration = Duration::from_secs(3600);

fn budget(account: u32, endpoint: u32, max_concurrent: u32) -> (Arc<Budget>, Arc<SystemClock>) {
    let clock = Arc::new(SystemClock::new());
    let config = RateBudgetConfig {
        account_per_second: account,
        endpoint_per_second: endpoint,
        endpoint_exceptions: vec![(SEARCH, 5)],
        max_concurrent,
        pacing: Pacing::FromTheStart,
    };
    (Budget::new(config, Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

/// Starts so many requests at once, each served at once, and returns the moments they were let through.
async fn volley(
    budget: &Arc<Budget>,
    clock: &Arc<SystemClock>,
    endpoint: Endpoint,
    count: usize,
) -> Vec<Duration> {
    let one = |_| async {
        let permit = budget.acquire(&endpoint, LONG).await.expect("leave");
        let at = clock.monotonic();
        permit.served();
        at
    };
    let mut moments = futures::future::join_all((0..count).map(one)).await;
    moments.sort();
    moments
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_s_limit_holds_and_its_exceptions_too() {
    let (budget, clock) = budget(100, 25, 16);
    let moments = volley(&budget, &clock, CHARGES, 250).await;
    for (at, first) in moments.iter().enumerate() {
        let window = moments[at..].iter().take_while(|one| **one < *first + Duration::from_secs(1)).count();
        assert!(window <= 25, "{window} in one second");
    }
    let took = moments[249] - moments[0];
    assert!(took < Duration::from_millis(11_500), "250 requests at 25/s took {took:?}");
    let searched = volley(&budget, &clock, SEARCH, 20).await;
    assert!(searched[19] - searched[0] >= Duration::from_secs(4), "{:?}", searched[19] - searched[0]);
}

#[tokio::test(start_paused = true)]
async fn several_endpoints_share_the_account_s_limit() {
    let (budget, clock) = budget(20, 20, 16);
    let (charges, refunds) =
        tokio::join!(volley(&budget, &clock, CHARGES, 100), volley(&budget, &clock, REFUNDS, 100));
    let mut all = [charges, refunds].concat();
    all.sort();
    for (at, first) in all.iter().enumerate() {
        let window = all[at..].iter().take_while(|one| **one < *first + Duration::from_secs(1)).count();
        assert!(window <= 20, "{window} in one second");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_pages_do_not_stand_before_a_refund() {
    let (budget, clock) = budget(100, 25, 16);
    let pages = volley(&budget, &clock, CHARGES, 1000);
    let refund = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let asked = clock.monotonic();
        let _permit = budget.acquire(&REFUNDS, LONG).await.expect("leave");
        clock.monotonic() - asked
    };
    let (_, waited) = tokio::join!(pages, refund);
    assert!(waited < Duration::from_millis(100), "the refund waited {waited:?}");
}

#[tokio::test(start_paused = true)]
async fn g10_after_a_429_at_most_one_request_a_second_until_a_success() {
    let (budget, clock) = budget(100, 25, 16);
    budget.acquire(&CHARGES, LONG).await.expect("leave").limited(RateLimitScope::Object, None);
    let mut moments = vec![clock.monotonic()];
    for _ in 0..10 {
        let permit = budget.acquire(&REFUNDS, LONG).await.expect("leave");
        moments.push(clock.monotonic());
        permit.limited(RateLimitScope::Object, None);
    }
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)), "{moments:?}");
    budget.acquire(&CHARGES, LONG).await.expect("leave").served();
    let freed = clock.monotonic();
    drop(budget.acquire(&REFUNDS, LONG).await.expect("leave"));
    assert_eq!(clock.monotonic(), freed, "a success ends the cool-down");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_cool_down_is_woken_by_the_success_that_ends_it() {
    let (budget, clock) = budget(100, 25, 16);
    budget.acquire(&CHARGES, LONG).await.expect("leave").limited(RateLimitScope::Object, None);
    let probe = budget.acquire(&CHARGES, LONG).await.expect("leave");
    let left = clock.monotonic();
    let (next, ()) = tokio::join!(budget.acquire(&REFUNDS, LONG), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        probe.served();
        drop(probe);
    });
    assert!(next.is_some());
    assert_eq!(clock.monotonic() - left, Duration::from_millis(300));
}

#[tokio::test(start_paused = true)]
async fn a_success_of_a_request_sent_before_the_429_proves_nothing() {
    let (budget, clock) = budget(100, 25, 16);
    let early = budget.acquire(&CHARGES, LONG).await.expect("leave");
    tokio::time::sleep(Duration::from_millis(10)).await;
    let limited = budget.acquire(&CHARGES, LONG).await.expect("leave");
    limited.limited(RateLimitScope::AccountRate, Some(Duration::from_secs(7)));
    let at = clock.monotonic();
    early.served();
    drop((early, limited));
    drop(budget.acquire(&REFUNDS, LONG).await.expect("leave"));
    assert!(clock.monotonic() - at >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn no_more_requests_at_once_than_allowed_and_a_place_is_passed_on() {
    let (budget, _clock) = budget(1000, 1000, 2);
    let first = budget.acquire(&CHARGES, LONG).await.expect("leave");
    let _second = budget.acquire(&CHARGES, LONG).await.expect("leave");
    assert!(budget.acquire(&CHARGES, Duration::from_secs(1)).await.is_none());
    let (third, ()) = tokio::join!(budget.acquire(&CHARGES, LONG), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(first);
    });
    assert!(third.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_be_too_long_is_not_begun() {
    let (budget, clock) = budget(100, 25, 16);
    let permit = budget.acquire(&CHARGES, LONG).await.expect("leave");
    permit.limited(RateLimitScope::Object, Some(Duration::from_secs(30)));
    let asked = clock.monotonic();
    assert!(budget.acquire(&CHARGES, Duration::from_secs(10)).await.is_none());
    assert_eq!(clock.monotonic(), asked);
}

fn unpaced_budget() -> (Arc<Budget>, Arc<SystemClock>) {
    let clock = Arc::new(SystemClock::new());
    let config = RateBudgetConfig {
        account_per_second: 100,
        endpoint_per_second: 25,
        endpoint_exceptions: Vec::new(),
        max_concurrent: 1_000,
        pacing: Pacing::OnceRefused { lower_account_per_second: 25 },
    };
    (Budget::new(config, Arc::clone(&clock) as Arc<dyn Clock>), clock)
}

#[tokio::test(start_paused = true)]
async fn who_was_never_held_back_is_paced_by_the_first_refusal_and_rests_by_the_next() {
    for (retry_after, rest) in
        [(None, Duration::ZERO), (Some(Duration::from_secs(7)), Duration::from_secs(7))]
    {
        let (budget, clock) = unpaced_budget();
        let early = budget.acquire(&CHARGES, LONG).await.expect("leave");
        budget
            .acquire(&CHARGES, LONG)
            .await
            .expect("leave")
            .limited(RateLimitScope::EndpointRate, retry_after);
        // It left when nobody knew of a limit, so it tells nothing new.
        early.limited(RateLimitScope::EndpointRate, None);
        let refused_at = clock.monotonic();
        let paced = budget.acquire(&CHARGES, LONG).await.expect("leave");
        let waited = clock.monotonic() - refused_at;
        assert!(waited >= rest && waited < rest + Duration::from_millis(100), "{waited:?} of {rest:?}");
        paced.limited(RateLimitScope::EndpointRate, None);
        let refused_at = clock.monotonic();
        drop(budget.acquire(&REFUNDS, LONG).await.expect("leave"));
        assert!(clock.monotonic() - refused_at >= Duration::from_secs(1), "the pace was too fast");
    }
}

#[tokio::test(start_paused = true)]
async fn one_endpoint_s_first_refusal_paces_the_others_and_those_to_come() {
    let (budget, clock) = unpaced_budget();
    let unpaced = volley(&budget, &clock, REFUNDS, 100).await;
    assert_eq!(unpaced[0], unpaced[99], "nothing is held back yet");
    budget.acquire(&CHARGES, LONG).await.expect("leave").limited(RateLimitScope::EndpointRate, None);
    for endpoint in [REFUNDS, SEARCH] {
        budget.acquire(&endpoint, LONG).await.expect("leave").served();
        let moments = volley(&budget, &clock, endpoint, 100).await;
        for (at, first) in moments.iter().enumerate() {
            let window =
                moments[at..].iter().take_while(|one| **one < *first + Duration::from_secs(1)).count();
            assert!(window <= 25, "{window} in one second");
        }
    }
}

//! The breaker and the budget under an outage.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use testkit::{Script, ScriptedServer};
use transport::{BreakerPolicy, BreakerState, Failure, RateLimitScope, StopReason};

use crate::support::{config, harness, harness_at, keyed_write, read};

fn policy() -> BreakerPolicy {
    BreakerPolicy { failures_to_open: 5, ..BreakerPolicy::default() }
}

#[tokio::test]
async fn the_breaker_opens_after_failures_in_a_row_half_opens_and_closes() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(503, &[], "{}"));
    let mut config = config(&server.base_url());
    config.breaker = policy();
    let harness = harness(config);
    assert!(harness.client.breaker_allows());
    let last = harness.client.send(read()).await.expect("an answer");
    assert_eq!((last.status, last.attempts), (503, 5));
    assert!(!harness.client.breaker_allows());
    let BreakerState::Open { next_try } = harness.client.quota().breaker else { panic!("not open") };
    let refused = harness.client.send(keyed_write()).await;
    assert_eq!(refused.expect_err("refused"), Failure::BreakerOpen { next_try });
    assert_eq!(server.requests().len(), 5, "a refused request is not sent");

    // One look after five seconds fails and doubles the time.
    harness.clock.0.advance(Duration::from_secs(5));
    assert!(harness.client.breaker_allows());
    let look = harness.client.send(read()).await.expect("an answer");
    assert_eq!((look.status, look.attempts, look.ended), (503, 1, StopReason::BreakerOpen));
    harness.clock.0.advance(Duration::from_secs(9));
    assert!(!harness.client.breaker_allows());

    // The vendor is back: one look closes it.
    server.push(Script::answer(200, &[], "{}"));
    harness.clock.0.advance(Duration::from_secs(1));
    assert_eq!(harness.client.send(read()).await.expect("an answer").status, 200);
    assert_eq!(harness.client.quota().breaker, BreakerState::Closed { failures_in_a_row: 0 });
}

#[tokio::test]
async fn a_look_that_the_caller_gave_up_leaves_the_next_one_its_turn() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(503, &[], "{}"));
    let mut config = config(&server.base_url());
    config.breaker = policy();
    let harness = harness(config);
    harness.client.send(read()).await.expect("an answer");
    harness.clock.0.advance(Duration::from_secs(5));
    server.push(Script::silent());
    let seen = async {
        while server.requests().len() < 6 {
            tokio::task::yield_now().await;
        }
        // Meanwhile nobody else is let through.
        assert_eq!(harness.client.quota().breaker, BreakerState::HalfOpen);
        assert!(harness.client.send(read()).await.is_err());
    };
    tokio::select! { _ = harness.client.send(read()) => panic!("silence"), () = seen => {} }
    server.push(Script::answer(200, &[], "{}"));
    assert_eq!(harness.client.send(read()).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn p24_503_for_30_min() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(503, &[], "{}"));
    let mut config = config(&server.base_url());
    config.breaker = policy();
    let harness = harness(config);
    // Somebody asks every second for half an hour.
    for _ in 0..1800 {
        let _outage = harness.client.send(read()).await;
        harness.clock.0.advance(Duration::from_secs(1));
    }
    let sent = server.requests().len();
    assert!((30..=75).contains(&sent), "{sent} requests: looks every 30 s and few more");
    server.push(Script::answer(200, &[], "{}"));
    harness.clock.0.advance(Duration::from_secs(30));
    assert_eq!(harness.client.send(read()).await.expect("an answer").status, 200);
}

#[tokio::test]
async fn g10_an_outage_of_ten_minutes_with_500_queued_reads_costs_no_storm() {
    let server = ScriptedServer::start([]).await.then_always(Script::reset_after_request());
    let mut config = config(&server.base_url());
    config.breaker = policy();
    let harness = harness(config);
    let client = Arc::clone(&harness.client);
    let mut waiting = 500;
    let outage_ends = harness.clock.0.monotonic() + Duration::from_secs(600);
    while waiting > 0 {
        if harness.clock.0.monotonic() >= outage_ends {
            // The network is back; every read is answered now.
            break;
        }
        let results = join_all((0..waiting).map(|_| client.send(read()))).await;
        waiting = results.iter().filter(|result| result.is_err()).count();
        harness.clock.0.advance(Duration::from_secs(1));
    }
    assert_eq!(waiting, 500, "nothing can have been answered yet");
    for _ in 0..600 {
        server.push(Script::answer(200, &[], "{}"));
    }
    harness.clock.0.advance(Duration::from_secs(30));
    for _ in 0..waiting {
        assert_eq!(client.send(read()).await.expect("an answer").status, 200);
    }
    let total = server.requests().len();
    assert!(total <= 600, "{total} requests for 500 reads");
}

#[tokio::test]
async fn a_429_slows_what_the_vendor_names_and_nothing_else() {
    for (reason, account, endpoint, concurrent, scope) in [
        ("global-rate", 40_000, 40_000, 16, RateLimitScope::AccountRate),
        ("endpoint-rate", 80_000, 20_000, 16, RateLimitScope::EndpointRate),
        ("global-concurrency", 80_000, 40_000, 8, RateLimitScope::AccountConcurrency),
        ("resource-specific", 80_000, 40_000, 16, RateLimitScope::Object),
    ] {
        let header = format!("Stripe-Rate-Limited-Reason: {reason}");
        let server = ScriptedServer::start([]).await.then_always(Script::answer(429, &[&header], "{}"));
        let mut config = config(&server.base_url());
        (config.budget.account_per_second, config.budget.endpoint_per_second) = (100, 50);
        config.policy.max_attempts_read = 1;
        let harness = harness(config);
        harness.clock.0.advance(Duration::from_millis(500));
        assert_eq!(harness.client.send(read()).await.expect("an answer").status, 429);
        let quota = harness.client.quota();
        assert!(quota.cooling_down);
        assert_eq!(quota.account.allowed_millirequests_per_second, account, "{reason}");
        assert_eq!(quota.endpoints[0].meter.allowed_millirequests_per_second, endpoint, "{reason}");
        assert_eq!((quota.max_concurrent, quota.last_429_scope), (concurrent, Some(scope)), "{reason}");
        assert!(quota.account.last_429_at.is_some() && quota.endpoints[0].meter.last_429_at.is_some());
    }
}

#[tokio::test]
async fn a_429_is_no_outage() {
    let server = ScriptedServer::start([]).await.then_always(Script::answer(429, &[], "{}"));
    let harness = harness_at(&server.base_url());
    for _ in 0..30 {
        harness.client.send(read()).await.expect("an answer");
    }
    assert_eq!(harness.client.quota().breaker, BreakerState::Closed { failures_in_a_row: 0 });
}

#[tokio::test]
async fn tries_that_found_no_connection_never_left() {
    // Nothing listens on the lowest port.
    let harness = harness_at("http://127.0.0.1:1");
    harness.client.send(read()).await.expect_err("no answer");
    assert_eq!(harness.client.quota().sent, 0);
    let server = ScriptedServer::start([]).await.then_always(Script::answer(200, &[], "{}"));
    let harness = harness_at(&server.base_url());
    harness.client.send(read()).await.expect("an answer");
    assert_eq!(harness.client.quota().sent, 1);
}

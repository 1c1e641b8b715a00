//! The sandbox delivers here as a vendor does: registered by its API, signed by its secret, and once more when asked to;
//! and an endpoint whose maker is gone takes what waits for it along.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use contract::ErrorCode;
use contract::events::{OpenHook, ResendEvent};
use contract::history::{CameBy, TriggerEvent};
use contract::relay::{AddEndpoint, DeliveryState, ListDeliveries, ShowEndpoint, TouchEndpoint};
use desk::Connection;
use operations::Clock;
use testkit::{Script, ScriptedServer};

use crate::listening::{SECRET, free_port, hook, listed, now, received, secret, shop};
use crate::relay::{Moving, added, deliveries, happened, to, until};
use crate::support::{SANDBOX, TestHome, connected, small_vendor};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_triggered_is_delivered_here_by_the_sandbox_and_again_when_it_is_asked_to() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let request = OpenHook { port: Some(free_port()), secret: secret(SECRET), ..OpenHook::default() };
    desk.call(SANDBOX, request).await.unwrap();
    let none = ResendEvent { id: "evt_unknown".to_owned(), endpoint: None };
    assert_eq!(desk.call(SANDBOX, none).await.unwrap_err().code, ErrorCode::UnknownId);
    let register = OpenHook { register: true, ..OpenHook::default() };
    desk.call(SANDBOX, register.clone()).await.unwrap();
    // A second time changes nothing: it delivers here already.
    desk.call(SANDBOX, register).await.unwrap();
    for kind in ["charge.dispute.updated", "charge.dispute.closed"] {
        let trigger = TriggerEvent { event_type: kind.to_owned(), account: None };
        let caused = desk.call(SANDBOX, trigger).await.unwrap().event.unwrap();
        let came = until("the delivery", async || {
            let found = listed(&desk, &format!("type:{kind} verdict:verified")).await;
            found.into_iter().find(|one| one.id == caused)
        });
        assert_eq!(came.await.came, CameBy::Verified);
        let before = received(&desk, false).await.total;
        let resent = desk.call(SANDBOX, ResendEvent { id: caused.clone(), endpoint: None }).await.unwrap();
        assert!(resent.endpoint.starts_with("we_") && resent.url.contains("/hooks/"), "{resent:?}");
        until("the second delivery", async || {
            let page = received(&desk, false).await;
            let again = page.items.iter().filter(|one| one.event.as_deref() == Some(caused.as_str()));
            (page.total > before && again.filter(|one| one.state == "known").count() == 1).then_some(())
        })
        .await;
        let wrong = ResendEvent { id: caused, endpoint: Some("we_nobody".to_owned()) };
        assert_eq!(desk.call(SANDBOX, wrong).await.unwrap_err().code, ErrorCode::CannotResend);
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_whose_lease_ends_is_gone_and_what_waits_for_it_is_canceled() {
    let home = TestHome::new();
    let clock = Arc::new(Moving(AtomicI64::new(now() * 1_000)));
    let desk = Connection::open_at(home.options(true), Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
    let vendor = small_vendor().await;
    connected(&desk, &vendor, "shop").await;
    let hook = hook(&desk, SECRET).await;
    let server = ScriptedServer::start([]).await.then_always(Script::answer(503, &[], "not yet"));
    let at = added(&desk, AddEndpoint { temporary: true, ..to(&server.base_url()) }).await;
    happened(&hook, "evt_1").await;
    until("the first try", async || {
        let one = deliveries(&desk, &at.id).await.into_iter().next()?;
        (one.state == DeliveryState::Waiting && one.attempts == 1).then_some(())
    })
    .await;
    desk.call(SANDBOX, TouchEndpoint { id: at.id.clone() }).await.unwrap();
    let tries = server.requests().len();
    clock.forward(1);
    // Whatever comes wakes the relay, which finds the lease ended before the next try is due.
    added(&desk, to(&server.base_url())).await;
    until("the endpoint to be gone", async || {
        let shown = desk.call(SANDBOX, ShowEndpoint { id: at.id.clone() }).await;
        shown.err().filter(|error| error.code == ErrorCode::UnknownEndpoint)
    })
    .await;
    let request = ListDeliveries { state: Some(DeliveryState::Canceled), ..ListDeliveries::default() };
    assert_eq!(desk.call(SANDBOX, request).await.unwrap().total, 1);
    assert_eq!(server.requests().len(), tries, "nothing more was sent");
    let touch = desk.call(SANDBOX, TouchEndpoint { id: at.id.clone() }).await.unwrap_err();
    assert_eq!(touch.code, ErrorCode::UnknownEndpoint);
    desk.close().await;
}

//! The sandbox delivers here as a vendor does: registered by its API, signed by its secret, and once more when asked to.

use contract::ErrorCode;
use contract::events::{OpenHook, ResendEvent};
use contract::history::{CameBy, TriggerEvent};

use crate::listening::{
    SECRET, customer, decided, deliver_signed, event, free_port, hook, listed, now, received, secret, shop,
};
use crate::relay::until;
use crate::support::{SANDBOX, TestHome};

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
async fn an_event_that_is_older_than_stripe_resends_is_refused_and_nobody_is_asked() {
    let home = TestHome::new();
    let (desk, vendor) = shop(&home).await;
    let hook = hook(&desk, SECRET).await;
    let made = now() - 30 * 86_400 - 60;
    let body = event("evt_old", "customer.created", made, &customer("cus_old", "Ada", made)).to_string();
    assert_eq!(deliver_signed(&hook, SECRET, body.as_bytes(), now()).await, 200);
    decided(&desk, 1).await;
    let asked = vendor.counters().requests.get("GET /v1/webhook_endpoints").copied();
    let resend = ResendEvent { id: "evt_old".to_owned(), endpoint: None };
    let refused = desk.call(SANDBOX, resend).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::CannotResend);
    assert!(refused.params["why"].contains("30 days"), "{refused:?}");
    assert_eq!(vendor.counters().requests.get("GET /v1/webhook_endpoints").copied(), asked);
    desk.close().await;
}

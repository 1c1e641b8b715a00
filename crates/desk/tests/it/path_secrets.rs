//! The secret of a path, when two want to make or change it at once.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use contract::SecretText;
use contract::events::{HookView, ListHooks, OpenHook};
use desk::Connection;
use domain::Secret;

use crate::listening::{SECRET, customer, deliver_signed, event, free_port, hook, now, secret, shop};
use crate::support::{SANDBOX, TestHome};

/// Whether what is signed by a secret is believed.
async fn is_good(hook: &HookView, secret: &str, id: &str) -> bool {
    let at = now();
    let body = event(id, "customer.created", at, &customer(&format!("cus_{id}"), "Ada", at)).to_string();
    match deliver_signed(hook, secret, body.as_bytes(), at).await {
        200 => true,
        400 => false,
        other => panic!("{id} was answered {other}"),
    }
}

async fn only_hook(desk: &Connection) -> HookView {
    let mut hooks = desk.call(SANDBOX, ListHooks {}).await.unwrap().items;
    assert_eq!(hooks.len(), 1, "{hooks:?}");
    hooks.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_make_a_path_at_once_get_one_and_only_the_secret_that_was_taken_is_good() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let port = Some(free_port());
    let offering = |text: &str| OpenHook {
        port,
        offered_secret: Some(SecretText(Secret::new(text))),
        ..OpenHook::default()
    };
    let (one, other) = tokio::join!(
        desk.call(SANDBOX, offering("whsec_of_the_one")),
        desk.call(SANDBOX, offering("whsec_of_the_other"))
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.url, other.url);
    assert!(one.took_offered != other.took_offered, "one of the two secrets is shown: {one:?}, {other:?}");
    let hook = only_hook(&desk).await;
    assert_eq!(is_good(&hook, "whsec_of_the_one", "evt_one").await, one.took_offered);
    assert_eq!(is_good(&hook, "whsec_of_the_other", "evt_other").await, other.took_offered);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_change_a_secret_at_once_are_both_believed_and_the_one_before_is_not() {
    let home = TestHome::new();
    let (desk, _vendor) = shop(&home).await;
    let made = hook(&desk, SECRET).await;
    let changing = |text: &str| OpenHook { secret: secret(text), ..OpenHook::default() };
    let (one, other) = tokio::join!(
        desk.call(SANDBOX, changing("whsec_of_the_one")),
        desk.call(SANDBOX, changing("whsec_of_the_other"))
    );
    assert_eq!((one.unwrap().url, other.unwrap().url), (made.url.clone(), made.url.clone()));
    let hook = only_hook(&desk).await;
    // The later of the two is the secret now, and the other the one before it.
    assert!(is_good(&hook, "whsec_of_the_one", "evt_one").await);
    assert!(is_good(&hook, "whsec_of_the_other", "evt_other").await);
    assert!(!is_good(&hook, SECRET, "evt_before").await);
    desk.close().await;
}

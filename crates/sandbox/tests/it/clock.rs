//! The sandbox's own clock, moved from outside: a night in no time.

use crate::client::Client;
use crate::{moment, start};

#[tokio::test]
async fn whoever_has_the_key_moves_the_clock_forward_and_what_is_made_then_has_its_time() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let began = moment().timestamp();
    let moved = client.post("/sandbox/clock", "advance_seconds=3600").await;
    assert_eq!((moved.status, moved.json()["now"].as_i64()), (200, Some(began + 3_600)));
    let made = client.post("/v1/customers", "description=late").await.json();
    assert_eq!(made["created"].as_i64(), Some(began + 3_600), "{made}");
    for wrong in ["", "advance_seconds=", "advance_seconds=-1", "advance_seconds=34560001", "seconds=5"] {
        assert_eq!(client.post("/sandbox/clock", wrong).await.status, 400, "{wrong}");
    }
    let stranger = Client::with_key(&sandbox, "sk_test_of_somebody_else");
    assert_eq!(stranger.post("/sandbox/clock", "advance_seconds=60").await.status, 401);
    assert_eq!(sandbox.now().timestamp(), began + 3_600);
}

//! The requests of each account by day.

use domain::{AccountId, Timestamp};
use mirror::{ApiCallRow, RequestCounts};

use crate::support::{NOON, shop};

fn call(account_id: AccountId, method: &str, status: Option<u16>, at: i64) -> ApiCallRow {
    ApiCallRow {
        call_id: format!("{method}-{at}"),
        account_id,
        method: method.to_owned(),
        path_template: "/v1/charges".to_owned(),
        attempt: 1,
        status,
        error: None,
        started_at: Timestamp::from_seconds(at),
        duration_ms: 3,
        request_id: None,
        idempotency_key: None,
        decision: "done".to_owned(),
        wait_ms: None,
    }
}

#[tokio::test]
async fn requests_are_counted_by_account_and_day_and_stay_when_the_calls_are_purged() {
    let (_home, mirror, shop) = shop().await;
    let other = AccountId::generate();
    let day = 86_400;
    let calls = [
        call(shop, "GET", Some(200), NOON),
        call(shop, "GET", Some(429), NOON + 1),
        call(shop, "POST", Some(200), NOON + 2),
        call(shop, "GET", None, NOON + day),
        call(other, "GET", Some(200), NOON),
    ];
    mirror.api_calls().insert(&calls).await.unwrap();
    mirror.api_calls().insert(&[call(shop, "GET", Some(200), NOON + 3)]).await.unwrap();
    let at = Timestamp::from_seconds;
    mirror.request_days().note_proof(shop, at(NOON), 2).await.unwrap();
    mirror.api_calls().purge_before(at(NOON + 9 * day)).await.unwrap();
    let days = mirror.request_days();
    let first = RequestCounts { reads: 3, proof_reads: 2, writes: 1, too_many: 1 };
    assert_eq!(days.between(shop, at(NOON), at(NOON)).await.unwrap(), first);
    let both = days.between(shop, at(NOON), at(NOON + day)).await.unwrap();
    assert_eq!((both.reads, both.writes), (4, 1));
    assert_eq!(days.between(other, at(NOON), at(NOON + day)).await.unwrap().reads, 1);
    assert_eq!(days.transactions_since(shop, at(0)).await.unwrap(), 0);
}

#[tokio::test]
async fn tries_that_found_no_connection_use_nothing_up() {
    let (_home, mirror, shop) = shop().await;
    let failed = |error: &str, at: i64| ApiCallRow {
        call_id: format!("{error}-{at}"),
        error: Some(error.to_owned()),
        ..call(shop, "GET", None, at)
    };
    let calls =
        [failed("dns", NOON), failed("connect", NOON), failed("timeout", NOON), failed("reset", NOON)];
    mirror.api_calls().insert(&calls).await.unwrap();
    let at = Timestamp::from_seconds(NOON);
    assert_eq!(mirror.request_days().between(shop, at, at).await.unwrap().reads, 2);
}

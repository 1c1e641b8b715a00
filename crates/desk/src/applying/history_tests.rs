use domain::{AccountId, Environment, Timestamp};
use mirror::{KeyReference, Mirror, OpenOptions, Received, Verdict};
use tempfile::TempDir;

use super::*;

/// A mirror with a source of HubSpot's, and the number of its path.
async fn with_source() -> (TempDir, Mirror, AccountId, i64) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let path = home.join("mirror-test.db");
    let options = OpenOptions { path, environment: Environment::Test, key: None, readers: 2 };
    let mirror = Mirror::open(options).await.unwrap();
    let (id, at) = (AccountId::generate(), Timestamp::from_ms(1));
    mirror.insert_source(id, &"crm".parse().unwrap(), "hubspot", at).await.unwrap();
    let hook = mirror.hooks().insert("hook-1", id, "hubspot", &KeyReference::Vault, at).await.unwrap();
    (folder, mirror, id, hook.number)
}

async fn came(mirror: &Mirror, account_id: AccountId, hook: i64, body: &str) {
    let received = Received {
        account_id,
        hook,
        received_at: Timestamp::from_ms(2),
        method: "POST".to_owned(),
        path: "/hooks/…".to_owned(),
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        scheme: "hubspot".to_owned(),
        verdict: Verdict::VerifiedInPart,
        state: InboxState::Waiting,
        reason: None,
        event_id: None,
        event_type: None,
        replayable: true,
    };
    mirror.receive(&received).await.unwrap();
}

async fn reasons(mirror: &Mirror) -> Vec<(InboxState, Option<String>)> {
    let taken = keep_waiting(mirror, 200).await.unwrap();
    taken.into_iter().map(|one| (one.state, one.row.reason)).collect()
}

#[tokio::test]
async fn a_request_of_a_source_that_is_no_more_does_not_keep_others_waiting() {
    let (_folder, mirror, id, hook) = with_source().await;
    came(&mirror, id, hook, r#"[{"eventId":1}]"#).await;
    mirror.tamper("update accounts set removed_at = 3").await.unwrap();
    assert_eq!(reasons(&mirror).await, [(InboxState::Apart, Some("unknown_account".to_owned()))]);
    assert_eq!(reasons(&mirror).await, [], "it waits no longer");
}

#[tokio::test]
async fn a_request_whose_known_event_was_damaged_does_not_keep_others_waiting() {
    let (_folder, mirror, id, hook) = with_source().await;
    came(&mirror, id, hook, r#"[{"eventId":1}]"#).await;
    assert_eq!(reasons(&mirror).await, [(InboxState::Applied, None)]);
    assert!(mirror.tamper("update raw_objects set json_zstd = x'00'").await.unwrap() > 0);
    came(&mirror, id, hook, r#"[{"eventId":1}]"#).await;
    came(&mirror, id, hook, r#"[{"eventId":2}]"#).await;
    let expected = [(InboxState::Apart, Some("damaged".to_owned())), (InboxState::Applied, None)];
    assert_eq!(reasons(&mirror).await, expected);
}

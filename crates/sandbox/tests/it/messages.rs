//! In the place of Slack, PagerDuty and SendGrid: what they take, what they refuse, and what is kept of it.

use crate::client::Client;
use crate::start;

const ROUTING_KEY: &str = "R0123456789abcdefghijklmnopqrstu";
const MAIL: &str = r#"{"personalizations":[{"to":[{"email":"ops@example.com"}]}],"from":{"email":"desk@example.com"},
    "subject":"A refund","content":[{"type":"text/plain","value":"It settled."}]}"#;

fn incident(key: &str, severity: &str) -> String {
    format!(
        r#"{{"routing_key":"{key}","event_action":"trigger","dedup_key":"a","payload":{{"summary":"s","source":"shop","severity":"{severity}"}}}}"#
    )
}

#[tokio::test]
async fn each_takes_and_refuses_as_the_vendor_does() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    let slack = client.post("/services/T0/B0/x", r#"{"text":"hello"}"#).await;
    assert_eq!((slack.status, slack.body.as_slice()), (200, &b"ok"[..]));
    assert_eq!(client.post("/services/T0/B0/x", r#"{"blocks":[]}"#).await.status, 400);
    assert_eq!(client.post("/services/T0/B0/x", "hello").await.body, b"invalid_payload");
    let opened = client.post("/v2/enqueue", &incident(ROUTING_KEY, "error")).await;
    assert_eq!((opened.status, opened.json()["dedup_key"].as_str()), (202, Some("a")));
    assert_eq!(client.post("/v2/enqueue", &incident("short", "error")).await.status, 400);
    assert_eq!(client.post("/v2/enqueue", &incident(ROUTING_KEY, "awful")).await.status, 400);
    let keyed = client.header("authorization", "Bearer SG.a.b");
    let sent = keyed.post("/v3/mail/send", MAIL).await;
    assert_eq!((sent.status, sent.header("x-message-id").is_some(), sent.body.len()), (202, true, 0));
    assert_eq!(client.post("/v3/mail/send", MAIL).await.status, 401, "another vendor's key");
    let field = keyed.post("/v3/mail/send", &MAIL.replace("A refund", "")).await.json();
    assert_eq!(field["errors"][0]["field"], "subject");
}

#[tokio::test]
async fn what_came_is_kept_with_its_answer_and_without_the_key() {
    let sandbox = start().await;
    let client = Client::new(&sandbox);
    client.post("/v2/enqueue", &incident(ROUTING_KEY, "error")).await;
    for (fault, kept) in [("reset-before", 1), ("500", 2), ("429", 3), ("reset-after", 4), ("html", 5)] {
        sandbox.set_faults(format!("POST /services/*:{fault}:1").parse().unwrap());
        let answer = client.send("POST", "/services/T0/B0/x", r#"{"text":"hello"}"#).await;
        match fault {
            "reset-before" | "reset-after" => assert!(answer.is_err(), "{fault}"),
            "429" => assert_eq!(answer.unwrap().header("retry-after"), Some("1")),
            "html" => assert!(answer.unwrap().body.starts_with(b"<!DOCTYPE")),
            _ => assert_eq!(answer.unwrap().status, 500),
        }
        assert_eq!(sandbox.messages().len(), kept, "{fault}");
    }
    let listed = client.get("/sandbox/messages").await.json();
    let messages = listed["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[0]["vendor"]), (5, &"pagerduty".into()));
    let statuses: Vec<_> = messages.iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [202, 500, 429, 200, 200]);
    assert!(!listed.to_string().contains(ROUTING_KEY));
}

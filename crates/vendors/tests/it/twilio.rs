//! What leaves for Twilio, and what its answers come to, against scripts of what a vendor can answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Environment, MessageId, PhoneNumber, Secret, Timestamp};
use serde_json::{Value, json};
use testkit::{Script, ScriptedServer};
use transport::{AttemptRecord, AttemptSink, SystemClock};
use uuid::Uuid;
use vendors::twilio::{CallError, LogSearch, Sender, Sms, SmsAnswer, Twilio, TwilioConfig};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const MESSAGE: &str = "SM0123456789abcdef0123456789abcdef";

struct NoSink;

impl AttemptSink for NoSink {
    fn record(&self, _attempt: AttemptRecord) {}
}

fn answer(status: u16, body: &Value) -> Script {
    Script::answer(status, &["Content-Type: application/json"], &body.to_string())
}

async fn serve(scripts: impl IntoIterator<Item = Script>) -> (ScriptedServer, Twilio) {
    let server = ScriptedServer::start(scripts).await;
    let config = TwilioConfig {
        account: AccountId::generate(),
        base_url: server.base_url().parse().unwrap(),
        environment: Environment::Sandbox,
        account_sid: ACCOUNT.to_owned(),
        key: Secret::new("c0ffee"),
        attempt: Duration::from_secs(5),
    };
    let client = Twilio::new(config, Arc::new(NoSink), Arc::new(SystemClock::new())).unwrap();
    (server, client)
}

fn sms() -> Sms {
    Sms {
        message: MessageId::generate(),
        from: Sender::read("+15005550006").unwrap(),
        to: PhoneNumber::read("+4915112345678").unwrap(),
        text: "Größe & mehr".to_owned(),
        callback: Some("https://a.example/hooks/x".to_owned()),
    }
}

async fn sent(script: Script) -> SmsAnswer {
    let (_server, client) = serve([script]).await;
    client.send_sms(sms().to_bytes().unwrap(), Uuid::now_v7()).await
}

#[tokio::test]
async fn only_the_vendors_own_words_take_or_refuse_a_message() {
    let taken = sent(answer(201, &json!({ "sid": MESSAGE, "num_segments": "2" }))).await;
    assert_eq!(taken, SmsAnswer::Taken { vendor_id: MESSAGE.to_owned(), segments: Some(2) });
    let refused =
        sent(answer(400, &json!({ "code": 21610, "message": "unsubscribed", "status": 400 }))).await;
    let SmsAnswer::Refused(problem) = refused else { panic!("{refused:?}") };
    assert_eq!(problem.reason(), "unsubscribed (21610)");
    for script in [
        answer(201, &json!({ "sid": "SMx" })),
        answer(201, &json!({})),
        Script::answer(200, &["Content-Type: text/html"], "<html>Sign in</html>"),
        Script::answer(400, &["Content-Type: text/html"], "<html>Proxy</html>"),
        Script::answer(408, &[], ""),
        Script::answer(302, &["Location: https://evil.example/"], ""),
        answer(500, &json!({ "code": 20500 })),
        Script::answer(502, &[], "Bad gateway"),
    ] {
        let answer = sent(script).await;
        assert!(matches!(answer, SmsAnswer::InDoubt { .. }), "{answer:?}");
    }
    let busy = sent(answer(429, &json!({ "code": 20429, "message": "Too Many Requests" }))).await;
    assert!(matches!(busy, SmsAnswer::NotAdmitted { code: "rate_limited", later: true, .. }), "{busy:?}");
}

#[tokio::test]
async fn an_answer_cannot_lead_the_list_elsewhere() {
    for uri in [
        "https://evil.example/2010-04-01/Accounts/AC/Messages.json?PageToken=x",
        "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdee/Messages.json?PageToken=x",
        "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
        "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json?To=x",
    ] {
        let page = answer(200, &json!({ "messages": [], "next_page_uri": uri }));
        let (_server, client) = serve([page]).await;
        assert_eq!(client.messages(&LogSearch::default(), None).await, Err(CallError::Unreadable), "{uri}");
    }
    let next = format!(
        "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=5&Page=1&PageToken=PA1&To=%2B1&Evil=1"
    );
    let (server, client) = serve([
        answer(200, &json!({ "messages": [7, {}], "next_page_uri": next })),
        answer(200, &json!({ "messages": [], "next_page_uri": null })),
    ])
    .await;
    let search = LogSearch { to: Some("+4915112345678".to_owned()), page_size: 5, ..LogSearch::default() };
    let page = client.messages(&search, None).await.unwrap();
    assert_eq!((page.messages.len(), page.skipped), (0, 2));
    assert_eq!(client.messages(&search, page.next.as_ref()).await.unwrap().next, None);
    let second = server.requests()[1].line().to_owned();
    assert!(second.contains("PageToken=PA1") && second.contains("To=%2B4915112345678"), "{second}");
    assert!(!second.contains("Evil"), "{second}");
}

#[tokio::test]
async fn what_test_credentials_may_not_do_is_told_apart() {
    let (_server, client) = serve([answer(403, &json!({ "code": 20008, "message": "Test Account" }))]).await;
    assert!(matches!(client.standing().await, Err(CallError::TestCredentials(_))));
    let (_server, client) = serve([answer(401, &json!({ "code": 20003, "message": "Authenticate" }))]).await;
    assert!(matches!(client.standing().await, Err(CallError::Unauthorized(_))));
}

/// What is sent has the paths, names and forms of Twilio's own description, where that is on this machine.
#[tokio::test]
async fn requests_are_as_the_vendor_describes_them() {
    let place = "../../../shared/specs/twilio/twilio_api_v2010.messages.json";
    let Ok(bytes) = std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(place)) else {
        println!("skipped: ../shared/specs/twilio is not here");
        return;
    };
    let spec: Value = serde_json::from_slice(&bytes).unwrap();
    let described = &spec["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
    let (server, client) = serve([
        answer(201, &json!({ "sid": MESSAGE })),
        answer(200, &json!({ "messages": [], "next_page_uri": null })),
    ])
    .await;
    client.send_sms(sms().to_bytes().unwrap(), Uuid::now_v7()).await;
    let day = Some(Timestamp::from_seconds(1_790_000_000));
    let number = || Some("+4915112345678".to_owned());
    let search = LogSearch { to: number(), from: number(), since: day, until: day, page_size: 5_000 };
    client.messages(&search, None).await.unwrap();
    let requests = server.requests();
    assert!(requests[0].line().starts_with(&format!("POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json ")));
    let forms = &described["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
    for (name, value) in url::form_urlencoded::parse(&requests[0].body) {
        assert_fits(&forms["properties"][name.as_ref()], &name, &value);
    }
    let line = requests[1].line().to_owned();
    let query = line.split_whitespace().nth(1).unwrap().split_once('?').unwrap().1.to_owned();
    let known = described["get"]["parameters"].as_array().unwrap();
    let mut count = 0;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let parameter = known.iter().find(|one| one["name"] == name.as_ref());
        assert_fits(&parameter.unwrap_or_else(|| panic!("{name} is unknown"))["schema"], &name, &value);
        count += 1;
    }
    assert_eq!(count, 5);
}

fn assert_fits(described: &Value, name: &str, value: &str) {
    match described["type"].as_str().unwrap_or_else(|| panic!("{name} is unknown")) {
        "integer" => {
            let number: i64 = value.parse().unwrap();
            assert!(described["minimum"].as_i64().is_none_or(|least| number >= least), "{name}={value}");
            assert!(described["maximum"].as_i64().is_none_or(|most| number <= most), "{name}={value}");
        }
        "string" => {
            let is_right = match described["format"].as_str() {
                Some("uri") => url::Url::parse(value).is_ok(),
                // Twilio's description says a time, and its documents a day of Greenwich, which is what its own clients send.
                Some("date-time") => {
                    value.len() == 10 && value.bytes().filter(|byte| *byte == b'-').count() == 2
                }
                Some("phone-number") => PhoneNumber::read(value).is_ok(),
                _ => !value.is_empty(),
            };
            assert!(is_right, "{name}={value}");
        }
        other => panic!("{name} is described as {other}"),
    }
}

//! The simulated SendGrid, asked as its clients ask it.

use std::time::Duration;

use sandbox::{MailSandbox, MailSandboxConfig, Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Answer, Client};

const LIMIT: Duration = Duration::from_secs(30);

fn mail(to: &str) -> Value {
    json!({
        "personalizations": [{ "to": [{ "email": to }], "custom_args": { "order": "17" } }],
        "from": { "email": "shop@example.com" }, "subject": "Hello", "content": [{ "type": "text/plain", "value": "Hi" }],
    })
}

async fn started() -> (MailSandbox, Client) {
    let config = MailSandboxConfig { pace: Duration::from_millis(5), ..MailSandboxConfig::default() };
    let vendor = MailSandbox::start(config).await.unwrap();
    let client = Client::at(&vendor.base_url(), vendor.api_key()).header("content-type", "application/json");
    (vendor, client)
}

async fn send(client: &Client, mail: &Value) -> Answer {
    client.post("/v3/mail/send", &mail.to_string()).await
}

#[tokio::test]
async fn mail_is_taken_checked_or_refused_in_the_vendors_shape() {
    let (vendor, client) = started().await;
    let taken = send(&client, &mail("ada@example.com")).await;
    assert_eq!((taken.status, taken.body.len()), (202, 0));
    assert_eq!(taken.header("x-message-id"), Some(vendor.taken()[0].message_id.as_str()));
    assert!(taken.header("x-ratelimit-remaining").is_some());
    let mut checked = mail("ada@example.com");
    checked["mail_settings"] = json!({ "sandbox_mode": { "enable": true } });
    assert_eq!(send(&client, &checked).await.status, 200);
    let with = |name: &str, value: Value| {
        let mut one = mail("ada@example.com");
        one[name] = value;
        one
    };
    let twice = json!([{ "to": [{ "email": "a@example.com" }, { "email": "A@example.com" }] }]);
    for (request, status, field) in [
        (with("personalizations", json!([])), 400, "personalizations"),
        (with("personalizations", twice), 400, "personalizations"),
        (with("from", json!({ "email": "else@example.com" })), 403, "from"),
        (with("subject", json!("")), 400, "subject"),
        (with("content", json!([])), 400, "content.0.value"),
        (with("template_id", json!("d-unknown")), 400, "template_id"),
        (mail("no address"), 400, "personalizations.0.to.0.email"),
    ] {
        let refused = send(&client, &request).await;
        assert_eq!(
            (refused.status, refused.json()["errors"][0]["field"].as_str()),
            (status, Some(field)),
            "{request}"
        );
    }
    let stranger = Client::at(&vendor.base_url(), "SG.x.y").header("content-type", "application/json");
    assert_eq!(send(&stranger, &mail("ada@example.com")).await.status, 401);
    assert_eq!(vendor.taken().len(), 2);
}

#[tokio::test]
async fn faults_take_a_mail_or_do_not_as_they_say() {
    let (vendor, client) = started().await;
    for (fault, takes) in [
        ("reset-before", false),
        ("429", false),
        ("500-before", false),
        ("reset-after", true),
        ("html", true),
    ] {
        let before = vendor.taken().len();
        vendor.set_faults(format!("POST /v3/mail/send:{fault}:1").parse().unwrap());
        let answer = client.send("POST", "/v3/mail/send", &mail("ada@example.com").to_string()).await;
        assert_eq!(vendor.taken().len() - before, usize::from(takes), "{fault}: {answer:?}");
    }
}

#[tokio::test]
async fn events_are_delivered_again_until_they_are_taken_and_carry_what_was_put_with_the_mail() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (vendor, client) = started().await;
    vendor.deliver_events_to(&format!("http://{}/hook", listener.local_addr().unwrap()));
    assert_eq!(send(&client, &mail("bounce@example.com")).await.status, 202);
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let (mut stream, _) = tokio::time::timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        let mut bytes = vec![0; 65_536];
        let mut count = 0;
        while !bytes[..count].ends_with(b"}]") {
            count += stream.read(&mut bytes[count..]).await.unwrap();
        }
        let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
        // The first is not taken, so it must come again.
        let status = if heard.is_empty() { "503 Busy" } else { "200 OK" };
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        assert!(request.contains("X-Twilio-Email-Event-Webhook-Signature: "), "{request}");
        let body = request.split_once("\r\n\r\n").unwrap().1;
        heard.push(serde_json::from_str::<Value>(body).unwrap()[0].clone());
    }
    let words: Vec<_> = heard.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(words, ["processed", "processed", "bounce"]);
    assert_eq!(heard[0]["sg_event_id"], heard[1]["sg_event_id"]);
    assert_eq!((&heard[2]["order"], &heard[2]["email"]), (&json!("17"), &json!("bounce@example.com")));
}

#[tokio::test]
async fn past_mail_follows_from_the_seed_and_belongs_to_the_charges_of_the_sandbox() {
    let config = SandboxConfig { charges: 300, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config.clone()).await.unwrap();
    let history = sandbox.past_mail(300);
    assert_eq!(history, Sandbox::start(config.clone()).await.unwrap().past_mail(300));
    let other = Sandbox::start(SandboxConfig { seed: 9, ..config }).await.unwrap();
    assert_ne!(history, other.past_mail(300));
    let about = history.iter().filter_map(|one| one.about.as_deref()).collect::<Vec<_>>();
    assert!(about.len() > 150, "{}", about.len());
    let client = Client::at(&sandbox.base_url(), sandbox.secret_key());
    let charge = client.send("GET", &format!("/v1/charges/{}", about[0]), "").await.unwrap();
    assert_eq!(charge.status, 200);

    // It can be asked for, as SendGrid's activity is.
    let config = MailSandboxConfig { history: history.clone(), ..MailSandboxConfig::default() };
    let vendor = MailSandbox::start(config).await.unwrap();
    let client = Client::at(&vendor.base_url(), vendor.api_key());
    let one = &history[0];
    let asked = format!("/v3/messages?limit=50&query=to_email%3D%22{}%22", one.to.replace('@', "%40"));
    let answer: Value = serde_json::from_slice(&client.send("GET", &asked, "").await.unwrap().body).unwrap();
    let listed = answer["messages"].as_array().unwrap();
    let id = format!("{}.filter0001.1.0", one.message_id);
    assert!(listed.iter().any(|found| found["msg_id"] == json!(id)), "{listed:?}");
    let detail: Value =
        serde_json::from_slice(&client.send("GET", &format!("/v3/messages/{id}"), "").await.unwrap().body)
            .unwrap();
    assert_eq!(detail["events"].as_array().unwrap().len(), one.events.len());
    assert_eq!(client.send("GET", "/v3/messages/nothing", "").await.unwrap().status, 404);
    let without = MailSandboxConfig { activity: false, ..MailSandboxConfig::default() };
    let without = MailSandbox::start(without).await.unwrap();
    let client = Client::at(&without.base_url(), without.api_key());
    assert_eq!(client.send("GET", "/v3/messages?limit=1", "").await.unwrap().status, 403);
}

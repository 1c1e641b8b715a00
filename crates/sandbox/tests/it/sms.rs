//! The simulated Twilio, asked as its clients ask it.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine;
use sandbox::{SmsSandbox, SmsSandboxConfig};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::{Answer, Client};

const LIMIT: Duration = Duration::from_secs(30);

async fn started(history: u32) -> (SmsSandbox, Client) {
    let config = SmsSandboxConfig { pace: Duration::from_millis(5), history, ..SmsSandboxConfig::default() };
    let vendor = SmsSandbox::start(config).await.unwrap();
    let client = client(&vendor, vendor.account());
    (vendor, client)
}

fn client(vendor: &SmsSandbox, (user, password): (&str, &str)) -> Client {
    let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    Client::at(&vendor.base_url(), "").header("authorization", &format!("Basic {both}"))
}

fn path(vendor: &SmsSandbox, rest: &str) -> String {
    format!("/2010-04-01/Accounts/{}{rest}", vendor.account().0)
}

async fn send(vendor: &SmsSandbox, client: &Client, form: &str) -> Answer {
    client.post(&path(vendor, "/Messages.json"), form).await
}

#[tokio::test]
async fn messages_are_taken_or_refused_with_the_vendors_numbers() {
    let (vendor, client) = started(0).await;
    let form = "To=%2B4915112345678&From=%2B15005550006&Body=Gr%C3%BC%C3%9Fe+";
    let taken = send(&vendor, &client, form).await;
    let one = taken.json();
    assert_eq!(
        (taken.status, one["status"].as_str(), one["body"].as_str()),
        (201, Some("queued"), Some("Grüße "))
    );
    assert_eq!(one["sid"].as_str(), Some(vendor.taken()[0].sid.as_str()));
    assert!(one["price"].is_null() && one["num_segments"] == "1");
    let to = |to: &str| format!("To=%2B{to}&From=%2B15005550006&Body=Hi");
    for (form, code) in [
        ("From=%2B15005550006&Body=Hi".to_owned(), 21604),
        ("To=%2B4915112345678&Body=Hi".to_owned(), 21603),
        ("To=%2B4915112345678&From=%2B15005550006".to_owned(), 21602),
        (format!("{}{}", to("4915112345678"), "x".repeat(1_600)), 21617),
        (to("x"), 21211),
        (to("15005550001"), 21211),
        (to("15005550004"), 21610),
        ("To=%2B4915112345678&From=%2B15005550007&Body=Hi".to_owned(), 21606),
        (format!("{}&StatusCallback=ftp%3A%2F%2Fx", to("4915112345678")), 21609),
    ] {
        let refused = send(&vendor, &client, &form).await;
        assert_eq!((refused.status, refused.json()["code"].as_u64()), (400, Some(code)), "{form}");
    }
    let stranger = self::client(&vendor, ("AC1", "x"));
    let refused = send(&vendor, &stranger, form).await;
    assert_eq!((refused.status, refused.json()["code"].as_u64()), (401, Some(20003)));
    let key = self::client(&vendor, vendor.api_key());
    assert_eq!(send(&vendor, &key, form).await.status, 201);
    assert_eq!(vendor.taken().len(), 2);
}

#[tokio::test]
async fn test_credentials_send_to_nobody_and_read_nothing() {
    let (vendor, _) = started(0).await;
    let (sid, token) = vendor.test_credentials();
    let client = client(&vendor, (sid, token));
    let account = format!("/2010-04-01/Accounts/{sid}");
    let refused = client.get(&format!("{account}.json")).await;
    assert_eq!((refused.status, refused.json()["code"].as_u64()), (403, Some(20008)));
    let form = "To=%2B4915112345678&From=%2B15005550006&Body=Hi";
    assert_eq!(client.post(&format!("{account}/Messages.json"), form).await.status, 201);
    assert!(vendor.taken().is_empty());
}

#[tokio::test]
async fn the_list_is_read_page_by_page_newest_first_and_by_its_filters() {
    let (vendor, client) = started(120).await;
    let mut next = Some(path(&vendor, "/Messages.json?PageSize=50"));
    let mut all = Vec::new();
    while let Some(page) = next {
        let answer = client.get(&page).await.json();
        all.extend(answer["messages"].as_array().unwrap().clone());
        next = answer["next_page_uri"].as_str().map(str::to_owned);
    }
    assert_eq!(all.len(), 120);
    let moments: Vec<_> = all
        .iter()
        .map(|one| chrono::DateTime::parse_from_rfc2822(one["date_created"].as_str().unwrap()).unwrap())
        .collect();
    assert!(moments.windows(2).all(|two| two[0] >= two[1]));
    assert_eq!(all.iter().filter(|one| one["direction"] == "inbound").count(), 24);
    let day = moments[60].format("%Y-%m-%d");
    let of_day =
        client.get(&path(&vendor, &format!("/Messages.json?DateSent={day}&PageSize=1000"))).await.json();
    assert_eq!(of_day["messages"].as_array().unwrap().len(), 24);
    let inbound = client.get(&path(&vendor, "/Messages.json?To=%2B15005550006")).await.json();
    assert_eq!(inbound["messages"].as_array().unwrap().len(), 24);
    for bad in ["PageSize=2000", "PageSize=0", "PageToken=PAx"] {
        assert_eq!(client.get(&path(&vendor, &format!("/Messages.json?{bad}"))).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn what_becomes_of_a_message_is_told_by_signed_callbacks() {
    let (vendor, client) = started(0).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in?id=7", listener.local_addr().unwrap());
    let form = format!("To=%2B4915112330006&From=%2B15005550006&Body=Hi&StatusCallback={url}");
    send(&vendor, &client, &form).await;
    let mut told = Vec::new();
    while told.len() < 3 {
        let (mut stream, _) = tokio::time::timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"To=%2B4915112330006") {
            let mut piece = [0; 4_096];
            let count = tokio::time::timeout(LIMIT, stream.read(&mut piece)).await.unwrap().unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&request));
            request.extend_from_slice(&piece[..count]);
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        let text = String::from_utf8(request).unwrap();
        assert!(text.starts_with("POST /in?id=7 ") && text.contains("X-Twilio-Signature: "), "{text}");
        let status = text.split("MessageStatus=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        assert_eq!(text.contains("ErrorCode=30006"), status == "undelivered");
        told.push(status);
    }
    assert_eq!(told, ["sending", "sent", "undelivered"]);
    let sid = vendor.taken()[0].sid.clone();
    let one = client.get(&path(&vendor, &format!("/Messages/{sid}.json"))).await.json();
    assert_eq!((one["status"].as_str(), one["error_code"].as_u64()), (Some("undelivered"), Some(30006)));
    assert_eq!(one["price"].as_str(), Some("-0.00750"));
}

#[tokio::test]
async fn faults_take_a_message_or_do_not_as_they_say() {
    let (vendor, client) = started(0).await;
    let form = "To=%2B4915112345678&From=%2B15005550006&Body=Hi";
    for (fault, takes) in [
        ("reset-before", false),
        ("429", false),
        ("500", false),
        ("reset-after", true),
        ("500-after", true),
        ("html", true),
    ] {
        let before = vendor.taken().len();
        vendor.set_faults(format!("POST /Messages.json:{fault}:1").parse().unwrap());
        let answer = client.send("POST", &path(&vendor, "/Messages.json"), form).await;
        assert!(answer.map_or(true, |answer| answer.status != 201), "{fault}");
        assert_eq!(vendor.taken().len() - before, usize::from(takes), "{fault}");
    }
}

/// What it answers has the fields, words and forms of Twilio's own description, where that is on this machine.
#[tokio::test]
async fn answers_are_as_the_vendor_describes_them() {
    let place = "../../../shared/specs/twilio/twilio_api_v2010.messages.json";
    let Ok(bytes) = std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(place)) else {
        println!("skipped: ../shared/specs/twilio is not here");
        return;
    };
    let spec: Value = serde_json::from_slice(&bytes).unwrap();
    let schemas = &spec["components"]["schemas"];
    let fields = schemas["api.v2010.account.message"]["properties"].as_object().unwrap();
    let (vendor, client) = started(30).await;
    let form = "To=%2B4915112345678&From=%2B15005550006&Body=Hi";
    let taken = send(&vendor, &client, form).await.json();
    let listed = client.get(&path(&vendor, "/Messages.json?PageSize=1000")).await.json();
    let listed = listed["messages"].as_array().unwrap();
    assert_eq!(listed.len(), 31);
    for one in listed.iter().chain([&taken]) {
        for (name, described) in fields {
            let value = one.get(name).unwrap_or_else(|| panic!("{name} is missing"));
            assert_fits(schemas, name, described, value);
        }
        assert!(one.as_object().unwrap().keys().all(|name| fields.contains_key(name)), "{one}");
    }
}

fn assert_fits(schemas: &Value, name: &str, described: &Value, value: &Value) {
    let described = match described["$ref"].as_str() {
        Some(reference) => &schemas[reference.rsplit('/').next().unwrap()],
        None => described,
    };
    if value.is_null() {
        assert_eq!(described["nullable"], true, "{name}");
        return;
    }
    match described["type"].as_str().unwrap() {
        "string" => {
            let text = value.as_str().unwrap_or_else(|| panic!("{name}: {value}"));
            if let Some(words) = described["enum"].as_array() {
                assert!(words.contains(value), "{name}: {value}");
            }
            for (limit, fits) in [("minLength", true), ("maxLength", false)] {
                if let Some(length) = described[limit].as_u64() {
                    let is_so = if fits { text.len() as u64 >= length } else { text.len() as u64 <= length };
                    assert!(is_so, "{name}: {value}");
                }
            }
        }
        "integer" => assert!(value.is_i64(), "{name}: {value}"),
        "object" => assert!(value.is_object(), "{name}: {value}"),
        other => panic!("{name} is described as {other}"),
    }
}

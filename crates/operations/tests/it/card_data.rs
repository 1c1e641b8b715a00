//! Privacy V01 to V12: what a vendor lists goes through cleaning, the mirror's commit, its word index and
//! its documents, and nothing of a card's secrets is anywhere after it.
#![expect(clippy::unwrap_used, reason = "what a test stands on must be there")]

use domain::{AccountId, Kind};
use mirror::{FindScope, Mirror};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{account_at, sync};

const NEWEST: i64 = 1_772_366_400;

/// What a shop's staff and its customers write where they should not.
fn fields() -> Vec<(&'static str, Value)> {
    let wide: String =
        "4242424242424242".chars().map(|one| char::from_u32(one as u32 - 0x30 + 0xff10).unwrap()).collect();
    let hidden: String = "4242424242424242".chars().flat_map(|one| [one, '\u{200b}']).collect();
    vec![
        (
            "v01",
            json!({ "description": "card 4242 4242 4242 4242", "metadata": { "a": "4242-4242-4242-4242", "b": "4242.4242.4242.4242" } }),
        ),
        (
            "v02",
            json!({ "metadata": { "pan": 4_242_424_242_424_242_i64 }, "fraud_details": { "seen": 4_242_424_242_424_242_i64 } }),
        ),
        ("v03", json!({ "metadata": { "first": "42424242", "second": "42424242" } })),
        ("v04", json!({ "description": wide, "metadata": { "a": hidden } })),
        (
            "v05",
            json!({ "description": "NDI0MjQyNDI0MjQyNDI0Mg==", "metadata": { "a": "4242%204242%204242%204242" } }),
        ),
        ("v06", json!({ "description": "https://shop.example/pay?pan=4242424242424242" })),
        ("v07", json!({ "description": "4222222222222", "metadata": { "a": "6304000000000000000" } })),
        ("v08", json!({ "metadata": { "order_id": "01890242-4242-7242-8242-424242424242" } })),
        ("v09", json!({ "description": "4242 4242 4242 4242 cvv 987", "metadata": { "cvc": "987" } })),
        ("v10", json!({ "description": "%B4242424242424242^LOVELACE/ADA^30121010000000000?" })),
        ("v11", json!({ "description": "pay to GB29 NWBK 6016 1331 9268 19" })),
        (
            "v12",
            json!({ "description": "use sk_live_abc123def456", "metadata": { "secret": "rk_live_zzz999" } }),
        ),
    ]
}

fn charge(name: &str, fields: &Value) -> Value {
    let mut charge = json!({
        "id": format!("ch_{name}"), "object": "charge", "amount": 1999, "amount_captured": 1999,
        "amount_refunded": 0, "created": NEWEST, "currency": "usd", "status": "succeeded", "livemode": false,
    });
    charge.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    charge
}

/// A vendor that has these charges and nothing else.
async fn start(charges: Vec<Value>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let list =
        json!({ "object": "list", "url": "/v1/charges", "has_more": false, "data": charges }).to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, list.clone()));
        }
    });
    address
}

async fn serve(stream: TcpStream, list: String) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
            return;
        }
        let mut header = String::new();
        while header.trim_end() != "" || header.is_empty() {
            header.clear();
            if stream.read_line(&mut header).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let unknown = json!({ "error": { "type": "invalid_request_error", "message": "Unrecognized" } });
        let (status, body) = match first.contains(" /v1/charges?") {
            true => (200, list.clone()),
            false => (404, unknown.to_string()),
        };
        let head = format!(
            "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.get_mut().write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn raw(mirror: &Mirror, account: AccountId, name: &str) -> String {
    let raw = mirror.raw(account, Kind::Payments, &format!("ch_{name}")).await.unwrap();
    String::from_utf8(raw.unwrap_or_else(|| panic!("{name} is not mirrored"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn v01_to_v12_nothing_of_a_card_is_in_the_mirror_after_a_commit() {
    let mut charges: Vec<Value> = fields().iter().map(|(name, fields)| charge(name, fields)).collect();
    // One that is no payment is kept apart, cleaned as well.
    let mut odd = charge("odd", &json!({ "description": "4242 4242 4242 4242", "customer": "cus_odd" }));
    odd.as_object_mut().unwrap().remove("amount");
    charges.push(odd);
    let address = start(charges).await;
    let (account, _, folder) = account_at(&address, "sk_test_51abcdefghijklmnop").await;
    sync(&account).await.unwrap();
    let (mirror, id) = (&account.mirror, account.row.id);

    let mut all = String::new();
    for (name, _) in fields() {
        all.push_str(&raw(mirror, id, name).await);
        let stored = mirror.payments().by_id(id, &format!("ch_{name}")).await.unwrap().unwrap();
        all.push_str(&format!("{:?}", stored.payment));
    }
    all.push_str(&mirror.copy_person(id, "cus_odd").await.unwrap().document);
    for ending in ["", "-wal"] {
        let path = folder.path().join("home").join(format!("mirror-sandbox.db{ending}"));
        all.push_str(&String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()));
    }
    let plain = plain_digits(&all);
    for secret in [
        "4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242.4242.4242.4242",
        "\"42424242\"",
        "NDI0MjQyNDI0MjQyNDI0Mg",
        "4242%204242",
        "4222222222222",
        "6304000000000000000",
        "LOVELACE/ADA",
        "sk_live_abc123def456",
        "rk_live_zzz999",
    ] {
        assert!(!plain.contains(secret), "{secret} is in the mirror");
    }
    assert!(!raw(mirror, id, "v09").await.contains("987"));
    assert!(raw(mirror, id, "v08").await.contains("01890242-4242-7242-8242-424242424242"));
    assert!(raw(mirror, id, "v11").await.contains("GB29 NWBK 6016 1331 9268 19"));
    let scope = FindScope::all(account.clock.now());
    let found = mirror.find("metadata.secret:rk_live_zzz999", scope, 10, None).await.unwrap();
    assert!(found.items.is_empty());
}

/// The text with digits of ASCII, without marks that nobody sees.
fn plain_digits(text: &str) -> String {
    let visible = text.chars().filter(|one| *one != '\u{200b}');
    let plain = |one: char| match u32::from(one) {
        wide @ 0xff10..=0xff19 => char::from_u32(wide - 0xff10 + 0x30).unwrap_or(one),
        _ => one,
    };
    visible.map(plain).collect()
}

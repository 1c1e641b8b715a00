//! Sessions: recorded requests sent again to a server, signed anew or as they were recorded.

use domain::{Secret, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use webhooks::session::{Replayer, Signing};
use webhooks::{Keys, RecordedRequest, Rules, Scheme, sign, verify};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const RECORDED: Timestamp = Timestamp::const_from_ms(1_700_000_000_000);
const NOW: Timestamp = Timestamp::const_from_ms(1_800_000_000_000);

fn recorded(scheme: Scheme, body: &[u8]) -> RecordedRequest {
    let secret = Secret::new("whsec_b3RoZXIgc2VjcmV0IG9mIGEgdmVuZG9y");
    let mut headers = vec![
        ("Host".to_owned(), "127.0.0.1:4242".to_owned()),
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("X-Api-Key".to_owned(), "[removed]".to_owned()),
        ("X-Shop".to_owned(), "eu".to_owned()),
    ];
    let signed = sign(scheme, "msg_1", RECORDED, body, &[secret]).unwrap();
    headers.extend(signed.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let url = "http://127.0.0.1:4242/hooks/x".to_owned();
    RecordedRequest { method: "POST".to_owned(), url, headers, body: body.to_vec() }
}

/// Takes one request, answers it, and hands it back as it came.
async fn arrived(listener: TcpListener, status: u16) -> RecordedRequest {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    let end = loop {
        stream.read_buf(&mut bytes).await.unwrap();
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let headers: Vec<(String, String)> = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.unwrap().1.parse().unwrap();
    while bytes.len() < end + 4 + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    let url = "http://127.0.0.1/hook".to_owned();
    RecordedRequest { method: "POST".to_owned(), url, headers, body: bytes[end + 4..].to_vec() }
}

async fn sent(request: &RecordedRequest, signing: Signing, status: u16) -> (RecordedRequest, Option<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("{}/hook", listener.local_addr().unwrap());
    let server = tokio::spawn(arrived(listener, status));
    let sent = Replayer::new(&to, signing).unwrap().send(request, NOW).await;
    (server.await.unwrap(), sent.status)
}

#[tokio::test]
async fn a_request_is_signed_anew_in_its_own_scheme_or_sent_as_it_was_recorded() {
    let body = br#"{"id":"evt_1","type":"charge.refunded"}"#;
    for scheme in [Scheme::Stripe, Scheme::Standard, Scheme::Svix] {
        let request = recorded(scheme, body);
        let anew = Signing::Anew { secret: Secret::new(SECRET), scheme: None };
        let (came, status) = sent(&request, anew, 200).await;
        assert_eq!((status, came.body.as_slice()), (Some(200), body.as_slice()));
        let keys = Keys { secrets: vec![Secret::new(SECRET)], ..Keys::default() };
        let rules = Rules { at: NOW, tolerance: scheme.default_tolerance() };
        assert!(verify(scheme, &came, &keys, &rules).is_ok(), "{scheme}: {:?}", came.headers);
        assert_eq!(came.header_values("x-shop").collect::<Vec<_>>(), ["eu"]);
        assert_eq!(came.header_values("x-api-key").count(), 0, "what was not kept is not made up");
        let (came, status) = sent(&request, Signing::AsRecorded, 500).await;
        assert_eq!(status, Some(500));
        let name = if scheme == Scheme::Stripe { "stripe-signature" } else { "x-shop" };
        assert_eq!(
            came.header_values(name).collect::<Vec<_>>(),
            request.header_values(name).collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn nobody_there_and_no_secret_are_said() {
    let body = b"{}";
    let request = recorded(Scheme::Stripe, body);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let replayer = Replayer::new(&format!("http://{closed}/"), Signing::AsRecorded).unwrap();
    let sent = replayer.send(&request, NOW).await;
    assert!(sent.status.is_none() && sent.problem.is_some(), "{sent:?}");
    let blank = Signing::Anew { secret: Secret::new(" "), scheme: None };
    let sent = Replayer::new(&format!("http://{closed}/"), blank).unwrap().send(&request, NOW).await;
    assert!(sent.problem.unwrap().contains("empty"));
    assert!(Replayer::new("ftp://127.0.0.1/", Signing::AsRecorded).is_err());
    assert!(Replayer::new("http://169.254.169.254/", Signing::AsRecorded).is_err());
}

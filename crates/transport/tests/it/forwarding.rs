//! What an endpoint's address may be and what an endpoint may do, each over real sockets (bad inputs F01 to F18 and F24;
//! F15 and F19 to F22 as well as F25 are those of a whole Desk, and F23 is that of a process).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use testkit::{Script, ScriptedServer, Step, http_response};
use transport::{
    Courier, CourierLimits, ErrorKind, Handed, NameLookup, NotHanded, Parcel, Target, TargetRefusal,
};

/// Answers with the addresses of its list, one entry for each question, the last one for ever.
#[derive(Default)]
struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn of(answers: &[&[&str]]) -> Arc<Self> {
        let addresses = |one: &&[&str]| one.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(addresses).collect()), ..Self::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl NameLookup for Names {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        self.asked.lock().unwrap().push(name);
        let mut answers = self.answers.lock().unwrap();
        let found = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let found: Vec<_> = found.unwrap_or_default().into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
        Box::pin(async move { Ok(found) })
    }
}

async fn server() -> ScriptedServer {
    ScriptedServer::start([]).await.then_always(Script::answer(200, &[], "taken"))
}

fn limits() -> CourierLimits {
    CourierLimits { total: Duration::from_secs(10), ..CourierLimits::default() }
}

fn parcel(target: Target) -> Parcel {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Parcel { target, headers, bearer: None, body: Bytes::from_static(b"{\"id\":\"evt_1\"}"), own_port: None }
}

async fn sent(target: Target, names: &Arc<Names>) -> Handed {
    let lookup: Arc<dyn NameLookup> = names.clone();
    Courier::with_name_lookup(limits(), lookup).hand_over(&parcel(target)).await
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// That an address cannot be an endpoint's, and that nothing of this machine was called while that was found.
async fn refused(url: &str, allow_local: bool) -> TargetRefusal {
    match Target::read(url, allow_local) {
        Err(refusal) => refusal,
        Ok(target) => match sent(target, &Names::of(&[&["127.0.0.1"]])).await.end {
            Err(NotHanded::Refused(refusal)) => refusal,
            other => panic!("{url}: {other:?}"),
        },
    }
}

#[tokio::test]
async fn f01_loopback_without_the_tick_is_never_called() {
    let server = server().await;
    assert_eq!(refused(&server.base_url(), false).await, TargetRefusal::Local(ip("127.0.0.1")));
    let named = format!("https://inside.example:{}/", server.address().port());
    assert_eq!(refused(&named, false).await, TargetRefusal::Local(ip("127.0.0.1")));
    assert_eq!(server.connections(), 0);
    // With the tick it is, and the body arrives byte for byte.
    let target = Target::read(&server.base_url(), true).unwrap();
    let handed = sent(target, &Names::of(&[])).await;
    let receipt = handed.end.unwrap();
    assert_eq!((receipt.status, receipt.body.as_slice()), (200, b"taken".as_slice()));
    assert_eq!(handed.address, Some(server.address()));
    assert_eq!(server.requests()[0].body, b"{\"id\":\"evt_1\"}");
    assert!(server.requests()[0].line().starts_with("POST / "));
}

#[tokio::test]
async fn f02_loopback_of_ipv6_and_mapped_addresses() {
    for url in ["https://[::1]/", "https://[::ffff:7f00:1]/", "https://[::ffff:127.0.0.1]/"] {
        assert!(matches!(refused(url, false).await, TargetRefusal::Local(_)), "{url}");
    }
    assert_eq!(refused("https://[::7f00:1]/", true).await, TargetRefusal::Never(ip("::7f00:1")));
}

#[tokio::test]
async fn f03_the_address_of_no_machine() {
    for url in ["http://0.0.0.0:3000/", "http://0/", "http://[::]/", "http://0.1.2.3/"] {
        assert!(matches!(refused(url, true).await, TargetRefusal::Never(_)), "{url}");
    }
}

#[tokio::test]
async fn f04_numbers_in_other_spellings_are_the_same_address() {
    let server = server().await;
    let port = server.address().port();
    for host in ["2130706433", "0x7f.1", "017700000001", "127.1", "0x7f000001", "0177.0.0.1"] {
        let url = format!("https://{host}:{port}/");
        assert_eq!(refused(&url, false).await, TargetRefusal::Local(ip("127.0.0.1")), "{url}");
    }
    assert_eq!(server.connections(), 0);
    let target = Target::read(&format!("http://2130706433:{port}/"), true).unwrap();
    assert!(sent(target, &Names::of(&[])).await.end.is_ok(), "it is this machine, which was allowed");
}

#[tokio::test]
async fn f05_what_clouds_tell_their_machines() {
    for url in ["http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://100.100.100.200/"] {
        assert!(matches!(refused(url, true).await, TargetRefusal::Never(_)), "{url}");
    }
    let target = Target::read("http://metadata.example/", true).unwrap();
    let handed = sent(target, &Names::of(&[&["169.254.169.254"]])).await;
    assert_eq!(handed.end, Err(NotHanded::Refused(TargetRefusal::Never(ip("169.254.169.254")))));
}

#[tokio::test]
async fn f06_what_clouds_tell_their_machines_over_ipv6() {
    for url in ["http://[fd00:ec2::254]/", "http://[fd20:ce::254]/", "http://[fe80::a9fe:a9fe]/"] {
        assert!(matches!(refused(url, true).await, TargetRefusal::Never(_)), "{url}");
    }
}

#[tokio::test]
async fn f07_private_addresses_behind_translation() {
    for address in ["64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:a00:1::1"] {
        let target = Target::read("https://inside.example/", true).unwrap();
        let handed = sent(target, &Names::of(&[&[address]])).await;
        assert_eq!(handed.end, Err(NotHanded::Refused(TargetRefusal::Never(ip(address)))), "{address}");
    }
}

#[tokio::test]
async fn f08_teredo() {
    let url = "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/";
    assert!(matches!(refused(url, true).await, TargetRefusal::Never(_)));
}

#[tokio::test]
async fn f09_a_name_that_leads_elsewhere_the_second_time() {
    let server = server().await;
    let names = Names::of(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let lookup: Arc<dyn NameLookup> = names.clone();
    let courier = Courier::with_name_lookup(limits(), lookup);
    let target =
        Target::read(&format!("http://rebinding.example:{}/", server.address().port()), true).unwrap();
    let first = courier.hand_over(&parcel(target.clone())).await;
    assert_eq!(first.address, Some(server.address()), "what was judged is what was called");
    assert_eq!(names.asked(), 1, "a try asks once");
    let second = courier.hand_over(&parcel(target)).await;
    assert_eq!(second.end, Err(NotHanded::Refused(TargetRefusal::Never(ip("169.254.169.254")))));
    assert_eq!(
        (names.asked(), server.connections()),
        (2, 1),
        "no connection is kept from one try to the next"
    );
}

#[tokio::test]
async fn f10_a_name_with_a_public_and_a_private_address() {
    let server = server().await;
    let url = format!("https://both.example:{}/", server.address().port());
    for addresses in [&["8.8.8.8", "127.0.0.1"][..], &["127.0.0.1", "8.8.8.8"]] {
        let handed = sent(Target::read(&url, false).unwrap(), &Names::of(&[addresses])).await;
        assert_eq!(handed.end, Err(NotHanded::Refused(TargetRefusal::Local(ip("127.0.0.1")))));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn f11_a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = server().await;
    let to = format!("Location: {}/latest/meta-data/", elsewhere.base_url());
    let server = ScriptedServer::start([
        Script::answer(302, &["Location: http://169.254.169.254/latest/meta-data/"], ""),
        Script::answer(307, &[&to], ""),
    ])
    .await;
    for status in [302, 307] {
        let target = Target::read(&server.base_url(), true).unwrap();
        assert_eq!(sent(target, &Names::of(&[])).await.end.unwrap().status, status);
    }
    assert_eq!((server.requests().len(), elsewhere.connections()), (2, 0));
}

#[tokio::test]
async fn f12_a_host_that_hides_behind_a_user_name() {
    let server = server().await;
    for url in [
        "http://good.example@evil.example/".to_owned(),
        format!("http://good.example:80@{}/", server.address()),
        format!("http://@{}/", server.address()),
        format!("http:\\\\good.example@{}/", server.address()),
    ] {
        assert_eq!(refused(&url, true).await, TargetRefusal::UserInfo, "{url}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn f13_full_stops_and_digits_of_other_scripts() {
    let server = server().await;
    let port = server.address().port();
    for host in
        ["127\u{3002}0\u{3002}0\u{3002}1", "\u{ff11}\u{ff12}\u{ff17}.0.0.1", "127\u{ff0e}0\u{ff0e}0\u{ff0e}1"]
    {
        let url = format!("https://{host}:{port}/");
        assert_eq!(refused(&url, false).await, TargetRefusal::Local(ip("127.0.0.1")), "{url}");
    }
    let names = Names::of(&[&["127.0.0.1"]]);
    let target = Target::read(&format!("http://b\u{fc}cher.example:{port}/"), true).unwrap();
    assert!(sent(target, &names).await.end.is_ok());
    assert_eq!(names.asked.lock().unwrap()[0], "xn--bcher-kva.example", "asked for in its one form");
}

#[tokio::test]
async fn f14_ports_of_other_services() {
    for port in [22, 25, 6379, 0, 5432, 2375, 11_211] {
        let url = format!("http://127.0.0.1:{port}/");
        assert_eq!(refused(&url, true).await, TargetRefusal::Port(port), "{url}");
    }
}

#[tokio::test]
async fn f15_paydesk_s_own_listener() {
    let server = server().await;
    let port = server.address().port();
    for host in ["127.0.0.1", "loop.example"] {
        let target = Target::read(&format!("http://{host}:{port}/hooks/token"), true).unwrap();
        let lookup: Arc<dyn NameLookup> = Names::of(&[&["127.0.0.1"]]);
        let courier = Courier::with_name_lookup(limits(), lookup);
        let handed = courier.hand_over(&Parcel { own_port: Some(port), ..parcel(target) }).await;
        assert_eq!(handed.end, Err(NotHanded::Refused(TargetRefusal::OwnListener(port))));
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn f16_other_protocols() {
    for url in [
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "unix:/run/docker.sock",
        "ftp://127.0.0.1/",
        "ws://127.0.0.1/",
    ] {
        assert_eq!(refused(url, true).await, TargetRefusal::Scheme, "{url}");
    }
}

/// The time limit is shorter than that of the relay, which is 30 s, and the late answer as close to it.
#[tokio::test]
async fn f17_an_answer_just_in_time_is_one() {
    let late = vec![Step::Wait(Duration::from_millis(2_400)), Step::Send(http_response(200, &[], "ok"))];
    let server = ScriptedServer::start([Script::steps(late)]).await;
    let limits = CourierLimits { total: Duration::from_secs(4), ..limits() };
    let target = Target::read(&server.base_url(), true).unwrap();
    let handed = Courier::new(limits).hand_over(&parcel(target)).await;
    assert_eq!(handed.end.unwrap().status, 200);
    assert!(handed.took >= Duration::from_millis(2_400), "{:?}", handed.took);
}

#[tokio::test]
async fn f18_headers_and_then_a_body_for_ever() {
    let limits = CourierLimits { total: Duration::from_secs(2), ..limits() };
    let server = ScriptedServer::start([
        Script::one_byte_per(Duration::from_millis(50)),
        Script::endless_chunk(Duration::ZERO),
        Script::interim_flood(),
        Script::silent(),
    ])
    .await;
    let courier = Courier::new(limits);
    let hand_over =
        async || courier.hand_over(&parcel(Target::read(&server.base_url(), true).unwrap())).await;
    let slow = hand_over().await;
    assert!(matches!(slow.end, Err(NotHanded::Failed { kind: ErrorKind::Timeout, .. })), "{slow:?}");
    assert!(slow.took < Duration::from_secs(8), "{:?}", slow.took);
    // Of one that comes fast enough the beginning is kept and the rest never read.
    let fast = hand_over().await.end.unwrap();
    assert!(fast.cut && fast.body.len() == 64 * 1024, "{}", fast.body.len());
    for _ in 0..2 {
        let none = hand_over().await;
        assert!(matches!(none.end, Err(NotHanded::Failed { .. })), "{none:?}");
        assert!(none.took < Duration::from_secs(8), "{:?}", none.took);
    }
}

#[tokio::test]
async fn f24_line_breaks_in_headers_and_addresses() {
    let server = server().await;
    let target = Target::read(&server.base_url(), true).unwrap();
    for (name, value) in [
        ("content-type", "text/plain\r\nX-Injected: yes"),
        ("content-type", "text/plain\nX-Injected: yes"),
        ("x-a\r\nx-injected", "yes"),
        ("host", "evil.example"),
        ("content-length", "0"),
        ("authorization", "Bearer x"),
        ("transfer-encoding", "chunked"),
    ] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let handed = Courier::new(limits()).hand_over(&Parcel { headers, ..parcel(target.clone()) }).await;
        assert!(matches!(handed.end, Err(NotHanded::Unsendable(_))), "{name}: {handed:?}");
    }
    for url in
        ["http://127.0.0.1/\r\nX-Injected: yes", "http://127.0.0.1\r\n.example/", "http://127.0.0.1/\ta"]
    {
        assert_eq!(refused(url, true).await, TargetRefusal::Unreadable, "{url:?}");
    }
    assert_eq!(server.connections(), 0);
    // What is escaped in an address stays so.
    let target = Target::read(&format!("{}/a%0d%0aX-Injected:%20yes", server.base_url()), true).unwrap();
    assert!(sent(target, &Names::of(&[])).await.end.is_ok());
    assert!(server.requests()[0].header("x-injected").is_empty());
}

#[tokio::test]
async fn what_an_endpoint_asks_for_is_read_by_its_own_clock() {
    let dated = ["Date: Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After: Sun, 22 Nov 2026 10:02:00 GMT"];
    let server = ScriptedServer::start([
        Script::answer(429, &dated, ""),
        Script::answer(503, &["Retry-After: 7", "Set-Cookie: a=b", "X-Request: 1"], "later"),
    ])
    .await;
    let target = Target::read(&server.base_url(), true).unwrap();
    let first = sent(target.clone(), &Names::of(&[])).await.end.unwrap();
    assert_eq!(first.retry_after, Some(Duration::from_secs(120)));
    let second = sent(target, &Names::of(&[])).await.end.unwrap();
    assert_eq!(second.retry_after, Some(Duration::from_secs(7)));
    assert!(second.headers.contains(&("x-request".to_owned(), "1".to_owned())));
    assert!(!second.headers.iter().any(|(name, _)| name == "set-cookie"));
}

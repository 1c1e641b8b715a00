//! The listener over real sockets: everything that may not be taken, and that what is taken is handed on as it came.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use webhooks::{Listener, ListenerConfig, ListenerLimits, Outcome, Receiver, RecordedRequest};

const TOKEN: &str = "00112233445566778899aabbccddeeff";
/// The longest that anything here may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Keeps what it is handed, in memory.
#[derive(Clone)]
struct Kept {
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
    outcome: Arc<Mutex<Outcome>>,
}

impl Receiver for Kept {
    fn body_limit(&self, token: &str) -> Option<usize> {
        (token == TOKEN).then_some(1024 * 1024)
    }

    fn is_called(&self, _name: &str) -> bool {
        false
    }

    async fn receive(&self, _token: &str, request: RecordedRequest) -> Outcome {
        self.requests.lock().unwrap().push(request);
        *self.outcome.lock().unwrap()
    }
}

struct Stage {
    port: u16,
    kept: Kept,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Stage {
    async fn start(limits: ListenerLimits) -> Self {
        let config =
            ListenerConfig { limits, hosts: vec!["tunnel.example".to_owned()], ..ListenerConfig::default() };
        let listener = Listener::bind(config).await.unwrap();
        let kept = Kept { requests: Arc::default(), outcome: Arc::new(Mutex::new(Outcome::Kept)) };
        let (port, stop) = (listener.port(), CancellationToken::new());
        let task = tokio::spawn(listener.run(kept.clone(), stop.clone()));
        Self { port, kept, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// Says something on a connection of its own, and hears all until it is closed.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A refusal may come, and the connection end, before all of it is said.
        let _ = stream.write_all(bytes).await;
        hear(&mut stream).await
    }

    /// Puts the port and the token where they belong.
    fn filled(&self, text: &str) -> Vec<u8> {
        text.replace("PORT", &self.port.to_string()).replace("TOKEN", TOKEN).into_bytes()
    }

    fn requests(&self) -> Vec<RecordedRequest> {
        self.kept.requests.lock().unwrap().clone()
    }
}

async fn hear(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut heard)).await.unwrap();
    String::from_utf8(heard).unwrap()
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or("none")
}

/// A whole request with some lines of its head, and a body.
fn post(lines: &str, body: &str) -> String {
    format!(
        "POST /hooks/TOKEN HTTP/1.1\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn with_host(lines: &str) -> String {
    format!("Host: 127.0.0.1:PORT\r\n{lines}")
}

#[tokio::test]
async fn w01_to_w18_what_two_readers_could_read_in_two_ways_is_refused() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let line = |method: &str, target: &str| {
        format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    };
    let raw = |head: &str| format!("POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n{{}}");
    let many: String = (0..1_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let cases = [
        ("w01 get", line("GET", "/hooks/TOKEN"), "405"),
        ("w01 get of the root", line("GET", "/"), "405"),
        ("w01 put", line("PUT", "/hooks/TOKEN"), "405"),
        ("w01 trace", line("TRACE", "/hooks/TOKEN"), "405"),
        ("w02 no content-length", raw("A: 1"), "411"),
        ("w03 both lengths", raw("Content-Length: 2\r\nTransfer-Encoding: chunked"), "400"),
        ("w03 both, the other way round", raw("Transfer-Encoding: chunked\r\nContent-Length: 2"), "400"),
        ("w03 a coding that nobody knows", raw("Transfer-Encoding: xchunked"), "501"),
        ("w03 two codings", raw("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), "400"),
        ("w04 two lengths", raw("Content-Length: 2\r\nContent-Length: 3"), "400"),
        ("w04 the same length twice", raw("Content-Length: 2\r\nContent-Length: 2"), "400"),
        ("w04 two lengths in one", raw("Content-Length: 2, 2"), "400"),
        ("w05 negative length", raw("Content-Length: -2"), "400"),
        ("w05 length with a plus", raw("Content-Length: +2"), "400"),
        ("w05 length beyond all numbers", raw("Content-Length: 99999999999999999999999"), "400"),
        ("w06 another expectation", raw("Content-Length: 2\r\nExpect: payment"), "417"),
        ("w07 header of 64 KiB", raw(&format!("Content-Length: 2\r\nA: {}", "a".repeat(65_536))), "431"),
        ("w08 1,000 headers", raw(&format!("{many}Content-Length: 2")), "431"),
        (
            "w09 bare lf",
            "POST /hooks/TOKEN HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n".to_owned(),
            "400",
        ),
        ("w09 one bare lf", raw("A: 1\nContent-Length: 2"), "400"),
        ("w09 bare cr", raw("A: 1\rB: 2\r\nContent-Length: 2"), "400"),
        ("w10 nul in a header", raw("A: 1\0\r\nContent-Length: 2"), "400"),
        ("w10 blank before the colon", raw("Content-Length : 2"), "400"),
        ("w10 folded line", raw("A: 1\r\n b\r\nContent-Length: 2"), "400"),
        ("w11 no host", post("", "{}"), "400"),
        ("w11 two hosts", post("Host: localhost\r\nHost: localhost\r\n", "{}"), "400"),
        ("w11 foreign host", post("Host: evil.example\r\n", "{}"), "403"),
        ("w11 foreign port", post("Host: localhost:1\r\n", "{}"), "403"),
        ("w11 trailing dot", post("Host: localhost.:PORT\r\n", "{}"), "403"),
        ("w11 an address that is ours in another spelling", post("Host: 2130706433:PORT\r\n", "{}"), "403"),
        ("w12 origin null", post(&with_host("Origin: null\r\n"), "{}"), "403"),
        ("w12 foreign origin", post(&with_host("Origin: https://evil.example\r\n"), "{}"), "403"),
        ("w12 our own origin", post(&with_host("Origin: http://127.0.0.1:PORT\r\n"), "{}"), "403"),
        ("w13 preflight", raw("Content-Length: 0").replace("POST", "OPTIONS"), "405"),
        (
            "w13 preflight with an origin",
            raw("Origin: https://a.example\r\nAccess-Control-Request-Method: POST")
                .replace("POST /", "OPTIONS /"),
            "403",
        ),
        ("w14 absolute form", line("POST", "http://localhost/hooks/TOKEN"), "400"),
        ("w15 encoded path", line("POST", "/hooks/..%2fhooks%2fTOKEN"), "404"),
        ("w15 twice encoded path", line("POST", "/hooks/%252e%252e/TOKEN"), "404"),
        ("w15 dots", line("POST", "/a/../hooks/TOKEN"), "404"),
        ("w15 another token", line("POST", "/hooks/00112233445566778899aabbccddeefe"), "404"),
        ("w16 http/0.9", "POST /hooks/TOKEN\r\n\r\n".to_owned(), "400"),
        ("w16 garbage", "\u{1}\u{2}garbage\r\n\r\n".to_owned(), "400"),
        ("w16 a version to come", "POST /hooks/TOKEN HTTP/3.0\r\nHost: localhost\r\n\r\n".to_owned(), "505"),
        ("w17 tls hello on a plain port", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(), "400"),
        ("w18 h2 prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "505"),
    ];
    for (name, said, expected) in cases {
        let answer = stage.say(&stage.filled(&said)).await;
        assert_eq!(status(&answer), expected, "{name}: {answer}");
        assert!(answer.len() < 200, "{name}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{name}: {answer}");
        assert!(answer.contains("Connection: close"), "{name}: {answer}");
    }
    assert!(stage.requests().is_empty(), "something of it was handed on");
}

#[tokio::test]
async fn what_is_taken_is_handed_on_byte_for_byte() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let bodies = [
        ("w25 empty", String::new()),
        ("w27 multipart", "--a\r\nContent-Disposition: form-data\r\n\r\n1\r\n--a--\r\n".to_owned()),
        ("w28 form", "a=1&b=%20".to_owned()),
        ("w29 list", "[1]".to_owned()),
        ("w30 byte order mark", "\u{feff}{}".to_owned()),
        ("w34 a long text", format!("\"{}\"", "a".repeat(1_000_000))),
        ("w24 one mebibyte", "a".repeat(1024 * 1024)),
    ];
    for host in ["127.0.0.1:PORT", "localhost:PORT", "[::1]:PORT", "tunnel.example"] {
        let said = post(&format!("Host: {host}\r\n"), "{}");
        assert_eq!(status(&stage.say(&stage.filled(&said)).await), "200", "w11 {host}");
    }
    let before = stage.requests().len();
    for (name, body) in &bodies {
        let answer = stage.say(&stage.filled(&post(&with_host("X: a\r\nx:  b \r\n"), body))).await;
        assert_eq!(status(&answer), "200", "{name}: {answer}");
    }
    let requests = stage.requests();
    for ((name, body), request) in bodies.iter().zip(requests.iter().skip(before)) {
        assert!(request.body == body.as_bytes(), "{name} was changed on its way");
        assert_eq!(request.url, format!("http://127.0.0.1:{}/hooks/{TOKEN}", stage.port));
        let doubled: Vec<&str> = request.header_values("X").collect();
        assert_eq!(doubled, ["a", "b"], "{name}");
    }
    let chunked = "POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
                   3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(status(&stage.say(&stage.filled(chunked)).await), "200");
    assert_eq!(stage.requests().last().unwrap().body, b"abcde");
    // An older proxy says nothing of keeping the connection, and is closed after its answer.
    let old = "POST /hooks/TOKEN HTTP/1.0\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(status(&stage.say(&stage.filled(old)).await), "200");
}

#[tokio::test]
async fn w06_whoever_waits_to_go_on_is_told_to() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let mut stream = stage.connect().await;
    let head = "POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n";
    stream.write_all(&stage.filled(head)).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").await.unwrap();
    assert_eq!(status(&hear(&mut stream).await), "200");
}

#[tokio::test]
async fn w19_requests_that_come_together_are_answered_one_after_the_other_and_not_for_ever() {
    let limits = ListenerLimits { requests_per_connection: 120, ..ListenerLimits::default() };
    let stage = Stage::start(limits).await;
    let one = stage.filled("POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    let answer = stage.say(&one.repeat(150)).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 120, "{answer}");
    assert_eq!(stage.requests().len(), 120);
}

#[tokio::test]
async fn w20_w21_w22_whoever_does_not_end_what_it_says_is_sent_away() {
    let short = Duration::from_millis(300);
    let limits = ListenerLimits { head: short, body: short, ..ListenerLimits::default() };
    let stage = Stage::start(limits).await;
    let whole = post(&with_host(""), "{}");
    let cases = [
        ("w20 half header", whole.get(..40).unwrap().to_owned(), "408"),
        ("w21 half body", whole.get(..whole.len() - 1).unwrap().to_owned(), "408"),
        ("w22 silent", String::new(), "none"),
    ];
    for (name, said, expected) in cases {
        let began = Instant::now();
        let answer = stage.say(&stage.filled(&said)).await;
        assert_eq!(status(&answer), expected, "{name}");
        assert!(began.elapsed() >= short, "{name} had no time to say anything");
        assert!(began.elapsed() < LIMIT / 2, "{name}");
    }
    assert!(stage.requests().is_empty());
}

#[tokio::test]
async fn w21_a_byte_now_and_then_does_not_move_the_deadline() {
    let limits = ListenerLimits { head: Duration::from_millis(600), ..ListenerLimits::default() };
    let stage = Stage::start(limits).await;
    let (began, mut stream) = (Instant::now(), stage.connect().await);
    for byte in stage.filled(&post(&with_host(""), "{}")) {
        if stream.write_all(&[byte]).await.is_err() || began.elapsed() > Duration::from_secs(3) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let heard = hear(&mut stream).await;
    assert!(matches!(status(&heard), "408" | "none"), "{heard}");
    assert!(stage.requests().is_empty());
}

#[tokio::test]
async fn w24_a_body_of_a_byte_too_much_is_refused_unread() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let head = format!(
        "POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        1024 * 1024 + 1
    );
    assert_eq!(status(&stage.say(&stage.filled(&head)).await), "413");
    let chunked =
        "POST /hooks/TOKEN HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n";
    let mut said = stage.filled(chunked);
    said.extend(vec![b'a'; 0x10_0000]);
    said.extend_from_slice(b"\r\n1\r\na\r\n0\r\n\r\n");
    assert_eq!(status(&stage.say(&said).await), "413");
    assert!(stage.requests().is_empty());
}

#[tokio::test]
async fn w26_a_packed_body_is_refused() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let said = post(&with_host("Content-Encoding: gzip\r\n"), "packed");
    assert_eq!(status(&stage.say(&stage.filled(&said)).await), "415");
    let said = post(&with_host("Content-Encoding: identity\r\n"), "plain");
    assert_eq!(status(&stage.say(&stage.filled(&said)).await), "200");
}

#[tokio::test]
async fn only_what_is_kept_is_answered_so() {
    let stage = Stage::start(ListenerLimits::default()).await;
    for (outcome, expected) in [
        (Outcome::Kept, "200"),
        (Outcome::Refused, "400"),
        (Outcome::Unavailable, "503"),
        (Outcome::Unknown, "404"),
    ] {
        *stage.kept.outcome.lock().unwrap() = outcome;
        assert_eq!(status(&stage.say(&stage.filled(&post(&with_host(""), "{}"))).await), expected);
    }
}

#[tokio::test]
async fn w23_a_thousand_connections_that_say_nothing_are_in_nobodys_way() {
    const SILENT: usize = 1_000;
    // Both ends are in this process, so that it holds more than it would in life.
    let limits =
        ListenerLimits { connections: 200, head: Duration::from_secs(8), ..ListenerLimits::default() };
    let stage = Stage::start(limits).await;
    let mut silent = Vec::new();
    for number in 0..SILENT {
        // Where the system gives a process no more, what there is must do.
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", stage.port)).await else { break };
        if number % 2 == 0 {
            let _ = stream.write_all(b"POST /hooks/").await;
        }
        silent.push(stream);
        if number % 20 == 0 {
            let (began, answer) =
                (Instant::now(), stage.say(&stage.filled(&post(&with_host(""), "{}"))).await);
            assert_eq!(status(&answer), "200", "beside {number}");
            assert!(began.elapsed() < Duration::from_secs(2), "beside {number}: {:?}", began.elapsed());
        }
    }
    assert!(silent.len() > 400, "only {} connections were to be had", silent.len());
    let began = Instant::now();
    for mut stream in silent {
        let mut heard = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut heard))
            .await
            .expect("it stays");
    }
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test]
async fn w51_who_is_in_the_middle_when_it_stops_is_told_to_come_again() {
    let stage = Stage::start(ListenerLimits::default()).await;
    let whole = stage.filled(&post(&with_host(""), "{}"));
    let (mut half_head, mut half_body, mut silent) =
        (stage.connect().await, stage.connect().await, stage.connect().await);
    half_head.write_all(&whole[..30]).await.unwrap();
    half_body.write_all(&whole[..whole.len() - 1]).await.unwrap();
    // A request that is answered shows that those before it were heard of.
    assert_eq!(status(&stage.say(&whole).await), "200");
    tokio::time::sleep(Duration::from_millis(200)).await;
    stage.stop.cancel();
    assert_eq!(status(&hear(&mut half_head).await), "503");
    assert_eq!(status(&hear(&mut half_body).await), "503");
    assert_eq!(hear(&mut silent).await, "");
    tokio::time::timeout(LIMIT, stage.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", stage.port)).await.is_err());
    assert_eq!(stage.kept.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn it_listens_on_both_addresses_of_this_machine_and_on_no_other() {
    let stage = Stage::start(ListenerLimits::default()).await;
    assert!(TcpStream::connect(("127.0.0.1", stage.port)).await.is_ok());
    // Where the machine has no such address there is nothing to connect to.
    let has_ipv6 = tokio::net::TcpListener::bind("[::1]:0").await.is_ok();
    assert_eq!(TcpStream::connect(("::1", stage.port)).await.is_ok(), has_ipv6);
    let other = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    if let Ok(address) = other.map(|address| address.ip())
        && !address.is_loopback()
    {
        assert!(TcpStream::connect((address, stage.port)).await.is_err(), "it listens on {address}");
    }
    let taken = ListenerConfig { port: stage.port, ..ListenerConfig::default() };
    assert!(Listener::bind(taken).await.is_err(), "two have one port");
}

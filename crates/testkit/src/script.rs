//! What a scripted server does with one request.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;

/// One thing a server does.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes.
    Send(Bytes),
    /// Sends these bytes again and again, with a pause after each, until the client goes away or so
    /// many have been sent.
    Repeat {
        /// What to send.
        bytes: Bytes,
        /// Pause after each.
        pause: Duration,
        /// How often at most.
        times: usize,
    },
    /// Sends these bytes past the TLS layer, which breaks the connection's encryption.
    SendBelowTls(Bytes),
    /// Waits.
    Wait(Duration),
    /// Says nothing more until the client goes away.
    Silence,
    /// Ends the connection in order (FIN).
    Close,
    /// Ends the connection rudely (RST).
    Reset,
}

/// What a server does with one request, after reading it or instead.
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) reads_request: bool,
    pub(crate) steps: Vec<Step>,
}

/// A whole answer with a right `Content-Length`; headers as `name: value`.
pub fn http_response(status: u16, headers: &[&str], body: &str) -> Bytes {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    Bytes::from(format!("{head}\r\n{body}"))
}

impl Script {
    /// Reads the request, then does these steps. Without [`Step::Close`] or [`Step::Reset`] the
    /// connection stays open for the next request.
    pub fn steps(steps: Vec<Step>) -> Self {
        Self { reads_request: true, steps }
    }

    /// Does these steps when a connection opens, whatever comes in.
    pub fn on_accept(steps: Vec<Step>) -> Self {
        Self { reads_request: false, steps }
    }

    /// An ordinary answer.
    pub fn answer(status: u16, headers: &[&str], body: &str) -> Self {
        Self::steps(vec![Step::Send(http_response(status, headers, body))])
    }

    /// Sends exactly these bytes and closes.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self::steps(vec![Step::Send(bytes.into()), Step::Close])
    }

    /// Takes the request, then resets: the vendor may have carried it out.
    pub fn reset_after_request() -> Self {
        Self::steps(vec![Step::Reset])
    }

    /// Resets the connection as soon as it opens.
    pub fn reset_on_accept() -> Self {
        Self::on_accept(vec![Step::Reset])
    }

    /// Takes the request and says nothing, ever.
    pub fn silent() -> Self {
        Self::steps(vec![Step::Silence])
    }

    /// Announces `length` bytes, sends `body`, and closes.
    pub fn wrong_content_length(length: usize, body: &str) -> Self {
        Self::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"))
    }

    /// A chunk that never ends: its length is announced as huge and bytes keep coming.
    pub fn endless_chunk(pause: Duration) -> Self {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n";
        let repeat = Step::Repeat { bytes: Bytes::from(vec![b'x'; 16 * 1024]), pause, times: usize::MAX };
        Self::steps(vec![Step::Send(head.into()), repeat])
    }

    /// A body that comes one byte at a time.
    pub fn one_byte_per(pause: Duration) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
        let repeat = Step::Repeat { bytes: Bytes::from_static(b"x"), pause, times: 100_000 };
        Self::steps(vec![Step::Send(head.into()), repeat])
    }

    /// Interim answers without end, and never a final one.
    pub fn interim_flood() -> Self {
        let bytes = Bytes::from("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100));
        Self::steps(vec![Step::Repeat { bytes, pause: Duration::from_millis(1), times: usize::MAX }])
    }

    /// An answer with so many headers.
    pub fn many_headers(count: usize) -> Self {
        let headers: String = (0..count).map(|number| format!("X-Header-{number}: x\r\n")).collect();
        Self::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{headers}\r\n{{}}"))
    }

    /// A body of so many bytes of zero, compressed to about a thousandth.
    pub fn gzip_bomb(bytes_unpacked: usize) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let block = vec![0_u8; 64 * 1024];
        let mut left = bytes_unpacked;
        while left > 0 {
            let now = left.min(block.len());
            encoder.write_all(&block[..now]).expect("memory takes bytes");
            left -= now;
        }
        let packed = encoder.finish().expect("memory takes bytes");
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len());
        Self::raw([head.into_bytes(), packed].concat())
    }
}

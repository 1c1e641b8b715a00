//! A server that plays scripts in order and keeps every request as it came.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::certificate::TestCertificate;
use crate::connection::Connection;
use crate::script::{Script, Step, http_response};

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The request line and the headers, without the empty line.
    pub head: String,
    /// The body as announced by its length.
    pub body: Vec<u8>,
}

impl RecordedRequest {
    /// The request line, such as `GET /v1/charges HTTP/1.1`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The values of a header, looked up without regard to case.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        pairs.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }
}

#[derive(Debug, Default)]
struct Shared {
    scripts: VecDeque<Script>,
    always: Option<Script>,
    requests: Vec<RecordedRequest>,
    connections: usize,
}

/// A server on 127.0.0.1. The n-th request, over whichever connection, meets the n-th script; after
/// the last one the script given to [`ScriptedServer::then_always`], else a `599`.
#[derive(Debug)]
pub struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
    is_tls: bool,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScriptedServer {
    /// Starts it over plain HTTP.
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::launch(None, scripts).await
    }

    /// Starts it over TLS.
    pub async fn start_tls(certificate: &TestCertificate, scripts: impl IntoIterator<Item = Script>) -> Self {
        Self::launch(Some(certificate.acceptor(&["http/1.1"])), scripts).await
    }

    async fn launch(
        acceptor: Option<tokio_native_tls::TlsAcceptor>,
        scripts: impl IntoIterator<Item = Script>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared =
            Arc::new(Mutex::new(Shared { scripts: scripts.into_iter().collect(), ..Shared::default() }));
        let is_tls = acceptor.is_some();
        let task = tokio::spawn(accept_loop(listener, acceptor, Arc::clone(&shared)));
        Self { address, shared, task, is_tls }
    }

    /// What to do with every request after the scripts are used up.
    pub fn then_always(self, script: Script) -> Self {
        lock(&self.shared).always = Some(script);
        self
    }

    /// Adds a script at the end.
    pub fn push(&self, script: Script) {
        lock(&self.shared).scripts.push_back(script);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a base, such as `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.address)
    }

    /// All requests so far, in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared).requests.clone()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        lock(&self.shared).connections
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept_loop(
    listener: TcpListener,
    acceptor: Option<tokio_native_tls::TlsAcceptor>,
    shared: Arc<Mutex<Shared>>,
) {
    // Dropping the set when this task is aborted ends the connections too.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        lock(&shared).connections += 1;
        connections.spawn(serve(stream, acceptor.clone(), Arc::clone(&shared)));
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: Option<tokio_native_tls::TlsAcceptor>,
    shared: Arc<Mutex<Shared>>,
) {
    let mut connection = match acceptor {
        None => Connection::Plain(stream),
        // A client that refuses the certificate ends the handshake: there is no request to play.
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(tls) => Connection::Tls(Box::new(tls)),
            Err(_) => return,
        },
    };
    let mut buffer = Vec::new();
    loop {
        let on_accept = {
            let mut shared = lock(&shared);
            let is_next = shared.scripts.front().is_some_and(|script| !script.reads_request);
            if is_next { shared.scripts.pop_front() } else { None }
        };
        let script = match on_accept {
            Some(script) => script,
            None => {
                let Ok(request) = read_request(&mut connection, &mut buffer).await else { return };
                let mut shared = lock(&shared);
                shared.requests.push(request);
                shared.scripts.pop_front().or_else(|| shared.always.clone()).unwrap_or_else(|| {
                    Script::steps(vec![Step::Send(http_response(599, &[], "no script is left")), Step::Close])
                })
            }
        };
        match play(connection, script.steps).await {
            Some(open) => connection = open,
            None => return,
        }
    }
}

/// Does the steps; gives the connection back if it is still open.
async fn play(mut connection: Connection, steps: Vec<Step>) -> Option<Connection> {
    for step in steps {
        match step {
            Step::Send(bytes) => connection.send(&bytes).await.ok()?,
            Step::SendBelowTls(bytes) => connection.send_below_tls(&bytes).await.ok()?,
            Step::Repeat { bytes, pause, times } => {
                for _ in 0..times {
                    connection.send(&bytes).await.ok()?;
                    tokio::time::sleep(pause).await;
                }
            }
            Step::Wait(duration) => tokio::time::sleep(duration).await,
            Step::Silence => {
                let mut ignored = Vec::new();
                while connection.read(&mut ignored).await.is_ok_and(|count| count > 0) {
                    ignored.clear();
                }
                return None;
            }
            Step::Close => {
                connection.close().await;
                return None;
            }
            Step::Reset => {
                connection.reset();
                return None;
            }
        }
    }
    Some(connection)
}

/// Reads one request whose body, if any, has a `Content-Length`.
async fn read_request(connection: &mut Connection, buffer: &mut Vec<u8>) -> io::Result<RecordedRequest> {
    let head_end = loop {
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if connection.read(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&buffer[..head_end]).into_owned();
    let mut request = RecordedRequest { head, body: Vec::new() };
    let length = request.header("content-length").first().and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = head_end + 4 + length;
    while buffer.len() < end {
        if connection.read(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    request.body = buffer[head_end + 4..end].to_vec();
    buffer.drain(..end);
    Ok(request)
}

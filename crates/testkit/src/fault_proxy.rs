//! A TCP proxy between a client and a real server that breaks connections on purpose.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What happens to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes pass both ways.
    None,
    /// The connection is reset as soon as it opens; the server sees nothing.
    ResetOnAccept,
    /// So many bytes of the request pass, then the client is reset.
    ResetAfterRequestBytes(usize),
    /// So many bytes of the answer pass, then the client is reset. With 0 the server has done its
    /// work and the client learns nothing.
    ResetAfterAnswerBytes(usize),
    /// So many bytes of the answer pass, then the connection ends in order.
    TruncateAnswer(usize),
    /// The answer waits so long before its first byte.
    DelayAnswer(Duration),
    /// The answer passes one byte at a time, with a pause after each.
    OneBytePer(Duration),
    /// The request passes; the answer never does.
    SwallowAnswer,
}

#[derive(Debug, Default)]
struct Shared {
    next: VecDeque<Fault>,
    always: Option<Fault>,
    connections: usize,
}

/// A proxy on 127.0.0.1. The n-th connection meets the n-th fault; after the last one the fault given
/// to [`FaultProxy::always`], else none.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FaultProxy {
    /// Starts it in front of a server.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let task = tokio::spawn(accept_loop(listener, upstream, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as a base, such as `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next new connection not yet spoken for meets this fault.
    pub fn push(&self, fault: Fault) {
        lock(&self.shared).next.push_back(fault);
    }

    /// What connections meet when nothing else is planned.
    pub fn always(&self, fault: Fault) {
        lock(&self.shared).always = Some(fault);
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        lock(&self.shared).connections
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept_loop(listener: TcpListener, upstream: SocketAddr, shared: Arc<Mutex<Shared>>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let fault = {
            let mut shared = lock(&shared);
            shared.connections += 1;
            shared.next.pop_front().or(shared.always).unwrap_or(Fault::None)
        };
        connections.spawn(carry(client, upstream, fault));
    }
}

async fn carry(client: TcpStream, upstream: SocketAddr, fault: Fault) {
    if fault == Fault::ResetOnAccept {
        let _gone = client.set_zero_linger();
        return;
    }
    let Ok(server) = TcpStream::connect(upstream).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let request_limit = match fault {
        Fault::ResetAfterRequestBytes(count) => Some(count),
        _ => None,
    };
    let up = async {
        let is_cut = copy(&mut from_client, &mut to_server, request_limit, Pace::default()).await;
        let _gone = to_server.shutdown().await;
        is_cut
    };
    let down = async {
        let (limit, pace) = match fault {
            Fault::ResetAfterAnswerBytes(count) | Fault::TruncateAnswer(count) => {
                (Some(count), Pace::default())
            }
            Fault::DelayAnswer(first) => (None, Pace { first, ..Pace::default() }),
            Fault::OneBytePer(each) => (None, Pace { each, ..Pace::default() }),
            _ => (None, Pace::default()),
        };
        if fault == Fault::SwallowAnswer {
            let mut ignored = vec![0; 16 * 1024];
            while from_server.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
            // The server is done; the client is left waiting for as long as it likes.
            std::future::pending::<()>().await;
        }
        copy(&mut from_server, &mut to_client, limit, pace).await
    };
    // Whichever side ends first ends the connection, as a broken network does.
    let is_cut = tokio::select! { biased; cut = down => cut, true = up => true };
    let is_rude = is_cut && !matches!(fault, Fault::TruncateAnswer(_));
    if let (true, Ok(client)) = (is_rude, from_client.reunite(to_client)) {
        let _gone = client.set_zero_linger();
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    first: Duration,
    each: Duration,
}

/// Passes bytes on until the end or the limit; says whether the limit was what ended it.
async fn copy(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    limit: Option<usize>,
    pace: Pace,
) -> bool {
    let mut left = limit.unwrap_or(usize::MAX);
    let mut buffer = vec![0; if pace.each.is_zero() { 16 * 1024 } else { 1 }];
    let mut is_first = true;
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return false };
        if std::mem::take(&mut is_first) {
            tokio::time::sleep(pace.first).await;
        }
        let passing = count.min(left);
        if to.write_all(&buffer[..passing]).await.is_err() {
            return false;
        }
        left -= passing;
        if limit.is_some() && left == 0 {
            return true;
        }
        if !pace.each.is_zero() {
            tokio::time::sleep(pace.each).await;
        }
    }
}

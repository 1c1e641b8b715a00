//! The listener: HTTP/1.1 on this machine's own addresses, for what tunnels, proxies and vendors deliver.
//!
//! It is written by hand because it may refuse nearly everything: one method, one kind of path, one body, and no
//! spelling that two readers could read in two ways. What it takes it hands on as it came, and it says so to the
//! vendor only once the receiver says that it is kept.

mod answer;
mod body;
mod connection;
mod crowd;
mod head;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::request::RecordedRequest;
use crowd::Crowd;

/// In front of the token in a path.
pub const PATH: &str = "/hooks/";
/// How long connections that are being answered may take once the listener stops.
const STOPPING_LIMIT: Duration = Duration::from_secs(15);
/// How long it waits when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// A kilobyte of a body, of which there is room for a number.
const BODY_UNIT: usize = 1024;

/// What is done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is on the disk.
    Kept,
    /// It is not believed, and is to be sent again only when whoever sends it knows why.
    Refused,
    /// Nobody may deliver under the token.
    Unknown,
    /// It is not kept and must be sent again.
    Unavailable,
}

/// Whoever takes what the listener receives.
pub trait Receiver: Send + Sync + 'static {
    /// Most bytes of a body under the token; none where nobody may deliver under it. Asked before a body is read.
    fn body_limit(&self, token: &str) -> Option<usize>;

    /// Whether a vendor was told to call this listener under that name, without its port.
    fn is_called(&self, name: &str) -> bool;

    /// Takes a request. It is answered with what comes back, so that [`Outcome::Kept`] may only come once nothing can
    /// lose the request any more.
    fn receive(&self, token: &str, request: RecordedRequest) -> impl Future<Output = Outcome> + Send;
}

/// Bounds on what anybody may take of this machine.
#[derive(Debug, Clone)]
pub struct ListenerLimits {
    /// From the first moment of a connection, or the end of the last answer, to the end of a request's headers.
    pub head: Duration,
    /// From the end of the headers to the end of the body.
    pub body: Duration,
    /// Bytes of request line and headers.
    pub head_bytes: usize,
    /// Headers.
    pub headers: usize,
    /// Bytes of a body under any token.
    pub body_bytes: usize,
    /// Bytes of all bodies that are being read or kept.
    pub all_body_bytes: usize,
    /// How long a body of which a part is there waits for more room; its vendor is told to come again then.
    pub room: Duration,
    /// Connections at once. Above it the one that has said nothing for longest makes room.
    pub connections: usize,
    /// Requests of one connection.
    pub requests_per_connection: u32,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(14),
            head_bytes: 16 * 1024,
            headers: 64,
            body_bytes: 4 * 1024 * 1024,
            all_body_bytes: 32 * 1024 * 1024,
            room: Duration::from_secs(2),
            connections: 512,
            requests_per_connection: 1_000,
        }
    }
}

/// How a listener is made.
#[derive(Debug, Clone, Default)]
pub struct ListenerConfig {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// An address of this machine that others reach, or 0.0.0.0 for all of IPv4, to listen on as well. Who
    /// calls it must name the very address that the connection came to.
    pub lan: Option<IpAddr>,
    /// Names besides those of this machine under which a tunnel or proxy delivers, without ports.
    pub hosts: Vec<String>,
    /// Bounds.
    pub limits: ListenerLimits,
}

/// A listener that holds its port.
pub struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
    config: ListenerConfig,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Listener").field("port", &self.port).finish_non_exhaustive()
    }
}

/// What all connections share.
struct Shared<R> {
    receiver: R,
    config: ListenerConfig,
    port: u16,
    bodies: Arc<Semaphore>,
    crowd: Crowd,
    stop: CancellationToken,
}

impl Listener {
    /// Takes the port on 127.0.0.1, and on ::1 where this machine has that. From then on connections wait to be
    /// answered by [`Listener::run`].
    ///
    /// # Errors
    /// When somebody else has the port, or the system refuses.
    pub async fn bind(config: ListenerConfig) -> io::Result<Self> {
        let mut tries_left = if config.port == 0 { 16 } else { 1 };
        loop {
            tries_left -= 1;
            // The address that stands for all of a kind stands for this machine's own, too.
            let [own_4, own_6] = own_addresses(config.lan);
            let first = TcpListener::bind(SocketAddr::from((own_4, config.port))).await?;
            let port = first.local_addr()?.port();
            let mut sockets = vec![first];
            if let Some(lan) = config.lan.filter(|lan| !lan.is_unspecified() && !lan.is_loopback()) {
                sockets.push(TcpListener::bind(SocketAddr::from((lan, port))).await?);
            }
            match TcpListener::bind(SocketAddr::from((own_6, port))).await {
                Ok(second) => sockets.push(second),
                // A free port may be taken on the other address.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries_left > 0 => continue,
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
                // A machine without IPv6 has no such address.
                Err(_) => {}
            }
            return Ok(Self { sockets, port, config });
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers until told to stop. Who was in the middle of a request is then told to come again.
    pub async fn run<R: Receiver>(self, receiver: R, stop: CancellationToken) {
        let Self { sockets, port, config } = self;
        let shared = Arc::new(Shared {
            receiver,
            port,
            bodies: Arc::new(Semaphore::new(config.limits.all_body_bytes / BODY_UNIT)),
            crowd: Crowd::new(config.limits.connections),
            config,
            stop: stop.clone(),
        });
        let connections = TaskTracker::new();
        let mut accepting = JoinSet::new();
        for socket in sockets {
            accepting.spawn(accept(socket, Arc::clone(&shared), connections.clone()));
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = accepting.join_next() => {}
        }
        accepting.shutdown().await;
        connections.close();
        if tokio::time::timeout(STOPPING_LIMIT, connections.wait()).await.is_err() {
            tracing::warn!("connections were still being answered when the listener stopped");
        }
    }
}

/// The addresses of this machine, those that stand for all of them where others are to reach it.
fn own_addresses(lan: Option<IpAddr>) -> [IpAddr; 2] {
    let own_4 = lan.filter(|lan| lan.is_unspecified() && lan.is_ipv4());
    [own_4.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), IpAddr::V6(Ipv6Addr::LOCALHOST)]
}

/// Takes connections for ever.
async fn accept<R: Receiver>(socket: TcpListener, shared: Arc<Shared<R>>, connections: TaskTracker) {
    loop {
        let stream = match socket.accept().await {
            Ok((stream, peer)) if shared.config.lan.is_some() || is_own(peer.ip()) => stream,
            Ok(_) => continue,
            // The system has no more to give, so whoever has said nothing for longest makes room.
            Err(error) => {
                tracing::debug!(%error, "a connection was not accepted");
                shared.crowd.make_room();
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = shared.crowd.enter() else {
            // Everybody here is being answered.
            drop(stream);
            continue;
        };
        let shared = Arc::clone(&shared);
        connections.spawn(async move { serve(stream, &shared, place).await });
    }
}

fn is_own(peer: IpAddr) -> bool {
    peer.is_loopback()
}

async fn serve<R: Receiver>(stream: TcpStream, shared: &Shared<R>, place: crowd::Place) {
    // An answer is one small piece; waiting for more of it only takes time.
    let _ = stream.set_nodelay(true);
    connection::Connection::new(stream, shared, place).serve().await;
}

//! An HTTP/2 server over TLS that refuses streams or says goodbye on purpose.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use h2::Reason;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::certificate::TestCertificate;

/// What the server does with one stream.
#[derive(Debug, Clone)]
pub enum Http2Reply {
    /// An answer.
    Answer(u16, Bytes),
    /// `RST_STREAM` with `REFUSED_STREAM`: the request was not touched.
    RefuseStream,
    /// `RST_STREAM` with `INTERNAL_ERROR`: the request may have been carried out.
    ResetStream,
    /// `GOAWAY` with `INTERNAL_ERROR`, and the connection ends.
    GoAway,
}

#[derive(Debug, Default)]
struct Shared {
    replies: VecDeque<Http2Reply>,
    requests: usize,
}

/// A server on 127.0.0.1 that speaks only HTTP/2. The n-th stream meets the n-th reply; after the
/// last one a `599`.
#[derive(Debug)]
pub struct Http2Server {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Http2Server {
    /// Starts it.
    pub async fn start(certificate: &TestCertificate, replies: impl IntoIterator<Item = Http2Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Mutex::new(Shared { replies: replies.into_iter().collect(), requests: 0 }));
        let acceptor = certificate.acceptor(&["h2"]);
        let for_task = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, acceptor.clone(), Arc::clone(&for_task)));
            }
        });
        Self { address, shared, task }
    }

    /// Its address as a base.
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// How many streams were opened so far.
    pub fn requests(&self) -> usize {
        lock(&self.shared).requests
    }
}

impl Drop for Http2Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, acceptor: tokio_native_tls::TlsAcceptor, shared: Arc<Mutex<Shared>>) {
    let Ok(tls) = acceptor.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(tls).await else { return };
    while let Some(Ok((_request, mut respond))) = connection.accept().await {
        let reply = {
            let mut shared = lock(&shared);
            shared.requests += 1;
            shared.replies.pop_front().unwrap_or(Http2Reply::Answer(599, Bytes::new()))
        };
        match reply {
            Http2Reply::RefuseStream => respond.send_reset(Reason::REFUSED_STREAM),
            Http2Reply::ResetStream => respond.send_reset(Reason::INTERNAL_ERROR),
            Http2Reply::GoAway => connection.abrupt_shutdown(Reason::INTERNAL_ERROR),
            Http2Reply::Answer(status, body) => {
                let head = http::Response::builder().status(status).body(()).expect("a status");
                // A client that has gone away needs no answer.
                if let Ok(mut sender) = respond.send_response(head, false) {
                    let _gone = sender.send_data(body, true);
                }
            }
        }
    }
}

//! Connections that can be broken on purpose.
//!
//! A fault such as "the answer was cut off" cannot be made above HTTP: the server would rather send a clean error. So the listener hands out streams with a
//! switch that the request handler can set before it answers.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// How the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It lives on.
    Open,
    /// The next byte to be written resets it.
    Reset,
    /// So many bytes of the body are still written, then it closes.
    Truncate(usize),
    /// The head is through; so many bytes are left.
    Cut(usize),
}

/// The switch of one connection.
#[derive(Clone, Debug)]
pub(crate) struct Switch {
    ending: Arc<Mutex<Ending>>,
}

impl Switch {
    fn new() -> Switch {
        Switch { ending: Arc::new(Mutex::new(Ending::Open)) }
    }

    fn get(&self) -> Ending {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how the connection ends.
    pub(crate) fn set(&self, ending: Ending) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = ending;
    }
}

/// Accepts connections on loopback.
pub(crate) struct Loopback {
    pub(crate) listener: TcpListener,
}

impl Listener for Loopback {
    type Io = Connection;
    type Addr = Switch;

    async fn accept(&mut self) -> (Connection, Switch) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Small answers must not wait for more; a failure to set this only costs time.
                    let _ = stream.set_nodelay(true);
                    let switch = Switch::new();
                    return (Connection { stream, switch: switch.clone() }, switch);
                }
                // No descriptors left, or the peer is gone already: others may still come.
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Switch> {
        Ok(Switch::new())
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Switch {
        stream.remote_addr().clone()
    }
}

/// Binds the loopback address, and only that.
pub(crate) async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await
}

/// One connection.
pub(crate) struct Connection {
    stream: TcpStream,
    switch: Switch,
}

impl Connection {
    fn reset(&self) -> io::Error {
        // Without a linger time closing sends a reset instead of an orderly end.
        let _ = self.stream.set_zero_linger();
        io::Error::from(io::ErrorKind::ConnectionReset)
    }

    fn write_cut(&mut self, context: &mut Context<'_>, bytes: &[u8], left: usize) -> Poll<io::Result<usize>> {
        if left == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe)));
        }
        let most = bytes.len().min(left);
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, &bytes[..most]))?;
        self.switch.set(Ending::Cut(left - written));
        Poll::Ready(Ok(written))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.switch.get() {
            Ending::Open => Pin::new(&mut self.stream).poll_write(context, bytes),
            Ending::Reset => Poll::Ready(Err(self.reset())),
            Ending::Cut(left) => self.write_cut(context, bytes, left),
            Ending::Truncate(body) => match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                // The head may come in pieces; all of it is written, and so many bytes of what follows.
                None => Pin::new(&mut self.stream).poll_write(context, bytes),
                Some(head) => self.write_cut(context, bytes, head + 4 + body),
            },
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.switch.get() == Ending::Reset {
            let _ = self.stream.set_zero_linger();
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

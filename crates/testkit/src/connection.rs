//! A server's side of a connection, plain or TLS, that can also be torn down rudely.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_native_tls::TlsStream;

/// One accepted connection.
pub(crate) enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    pub(crate) async fn read(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read_buf(buffer).await,
            Self::Tls(stream) => stream.read_buf(buffer).await,
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    fn tcp(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_mut().get_mut().get_mut(),
        }
    }

    /// Writes below TLS: what arrives is no record, and the other side answers with an alert.
    pub(crate) async fn send_below_tls(&mut self, bytes: &[u8]) -> io::Result<()> {
        let tcp = self.tcp();
        tcp.write_all(bytes).await?;
        tcp.flush().await
    }

    /// Ends the connection with RST instead of FIN: what is still on the way is lost.
    pub(crate) fn reset(mut self) {
        // A connection that is already gone needs no reset.
        let _gone = self.tcp().set_zero_linger();
    }

    /// Ends the connection in order.
    pub(crate) async fn close(mut self) {
        let _gone = match &mut self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
        };
    }
}

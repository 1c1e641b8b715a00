//! The body: so many bytes, or chunks in their one spelling.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BODY_UNIT;
use super::answer::Answer;
use super::head::Length;

/// Longest line that tells the size of a chunk, its end left out.
const CHUNK_LINE_MAX: usize = 8;
/// Read at once.
const PIECE: usize = 16 * 1024;

/// A stream with what was read of it and not used yet.
pub(super) struct Buffered<S> {
    pub(super) stream: S,
    pub(super) unused: Vec<u8>,
}

/// Why a body was not read.
pub(super) enum Broken {
    /// It is answered.
    Answer(Answer),
    /// Nobody is there to be answered.
    Gone,
}

impl From<Answer> for Broken {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// A body with the room that it takes.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Held until the request is kept.
    pub(super) room: Vec<OwnedSemaphorePermit>,
}

impl<S: AsyncRead + Unpin> Buffered<S> {
    /// Reads more; an end is an error, since nothing is whole at one.
    pub(super) async fn more(&mut self) -> io::Result<()> {
        self.unused.reserve(PIECE.min(4096 + self.unused.len()));
        match self.stream.read_buf(&mut self.unused).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Takes so many bytes off, once they are there.
    async fn take(&mut self, count: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let mut left = count;
        loop {
            let now = left.min(self.unused.len());
            into.extend(self.unused.drain(..now));
            left -= now;
            if left == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    /// Reads a body of that length, of so many bytes at the most.
    pub(super) async fn body(
        &mut self,
        length: Length,
        most: usize,
        room: &Arc<Semaphore>,
    ) -> Result<Body, Broken> {
        let mut body = Body { bytes: Vec::new(), room: Vec::new() };
        match length {
            Length::Known(bytes) => {
                body.room.extend(claim(room, bytes).await?);
                self.take(bytes, &mut body.bytes).await?;
            }
            Length::Chunked => {
                while let Some(bytes) = self.chunk_size().await? {
                    if bytes > most - body.bytes.len() {
                        return Err(Answer::TooLarge.into());
                    }
                    body.room.extend(claim(room, bytes).await?);
                    self.take(bytes, &mut body.bytes).await?;
                    self.line_end().await?;
                }
            }
        }
        Ok(body)
    }

    /// The size of the next chunk; none of the last, whose end is read with it. Extensions and trailers are used by
    /// nobody who delivers here, and are another way to be read differently.
    async fn chunk_size(&mut self) -> Result<Option<usize>, Broken> {
        let mut line = Vec::new();
        loop {
            let mut byte = Vec::with_capacity(1);
            self.take(1, &mut byte).await?;
            match byte.first() {
                Some(b'\r') => break,
                Some(digit) if digit.is_ascii_hexdigit() && line.len() < CHUNK_LINE_MAX => line.push(*digit),
                _ => return Err(Answer::BadRequest.into()),
            }
        }
        self.exactly(b"\n").await?;
        let digits = std::str::from_utf8(&line).map_err(|_| Answer::BadRequest)?;
        let size = usize::from_str_radix(digits, 16).map_err(|_| Answer::BadRequest)?;
        if size == 0 {
            self.line_end().await?;
            return Ok(None);
        }
        Ok(Some(size))
    }

    async fn line_end(&mut self) -> Result<(), Broken> {
        self.exactly(b"\r\n").await
    }

    async fn exactly(&mut self, wanted: &[u8]) -> Result<(), Broken> {
        let mut found = Vec::with_capacity(wanted.len());
        self.take(wanted.len(), &mut found).await?;
        if found == wanted { Ok(()) } else { Err(Answer::BadRequest.into()) }
    }
}

/// Room for so many bytes, once there is some.
async fn claim(room: &Arc<Semaphore>, bytes: usize) -> Result<Option<OwnedSemaphorePermit>, Answer> {
    let units = u32::try_from(bytes.div_ceil(BODY_UNIT)).map_err(|_| Answer::TooLarge)?;
    if units == 0 {
        return Ok(None);
    }
    let permit = Arc::clone(room).acquire_many_owned(units).await;
    permit.map(Some).map_err(|_| Answer::Unavailable)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use tokio::sync::Semaphore;

    use super::*;

    async fn chunked(bytes: &[u8]) -> Result<Vec<u8>, ()> {
        let mut stream = Buffered { stream: bytes, unused: Vec::new() };
        let room = Arc::new(Semaphore::new(1024));
        let read = stream.body(Length::Chunked, 1024 * 1024, &room).await;
        read.map(|body| body.bytes).map_err(|_| ())
    }

    #[tokio::test]
    async fn chunks_have_one_spelling() {
        assert_eq!(chunked(b"3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n").await.unwrap(), b"abc0123456789");
        for bad in [
            &b"3;x=1\r\nabc\r\n0\r\n\r\n"[..],
            b"3\nabc\r\n0\r\n\r\n",
            b" 3\r\nabc\r\n0\r\n\r\n",
            b"-3\r\nabc\r\n0\r\n\r\n",
            b"0x3\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"3\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n",
            b"3\r\nabc\r\n",
            b"\r\n\r\n",
            b"fffffffff\r\n",
            b"100001\r\n",
        ] {
            assert!(chunked(bad).await.is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(chunked(&bytes));
        }
    }
}

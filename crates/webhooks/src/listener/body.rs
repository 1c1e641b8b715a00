//! The body: so many bytes, or chunks in their one spelling.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

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

/// Room for bodies.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) units: &'a Arc<Semaphore>,
    /// How long a body of which a part is there waits for more.
    pub(super) patience: Duration,
}

/// A body with the room that it takes.
pub(super) struct Body<'a> {
    pub(super) bytes: Vec<u8>,
    room: Room<'a>,
    /// Held until the request is kept.
    held: Option<OwnedSemaphorePermit>,
}

impl Body<'_> {
    /// Takes so many bytes off what was read, with room for the sum of all: what was only announced takes none.
    async fn add(&mut self, unused: &mut Vec<u8>, count: usize) -> Result<(), Answer> {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = (self.bytes.len() + count).div_ceil(BODY_UNIT).saturating_sub(held);
        if missing > 0 {
            let missing = u32::try_from(missing).map_err(|_| Answer::TooLarge)?;
            let claim = Arc::clone(self.room.units).acquire_many_owned(missing);
            let claimed = match &self.held {
                None => claim.await,
                // Each of several bodies could have a part of the room and wait for the others for ever.
                Some(_) => timeout(self.room.patience, claim).await.map_err(|_| Answer::Unavailable)?,
            };
            let claimed = claimed.map_err(|_| Answer::Unavailable)?;
            match &mut self.held {
                None => self.held = Some(claimed),
                Some(held) => held.merge(claimed),
            }
        }
        self.bytes.extend(unused.drain(..count));
        Ok(())
    }
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

    /// Reads so many bytes of a body.
    async fn body_bytes(&mut self, count: usize, body: &mut Body<'_>) -> Result<(), Broken> {
        let mut left = count;
        loop {
            let now = left.min(self.unused.len());
            body.add(&mut self.unused, now).await?;
            left -= now;
            if left == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    /// Reads a body of that length, of so many bytes at the most.
    pub(super) async fn body<'a>(
        &mut self,
        length: Length,
        most: usize,
        room: Room<'a>,
    ) -> Result<Body<'a>, Broken> {
        let mut body = Body { bytes: Vec::new(), room, held: None };
        match length {
            Length::Known(bytes) => self.body_bytes(bytes, &mut body).await?,
            Length::Chunked => {
                while let Some(bytes) = self.chunk_size().await? {
                    if bytes > most - body.bytes.len() {
                        return Err(Answer::TooLarge.into());
                    }
                    self.body_bytes(bytes, &mut body).await?;
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;
    use tokio::sync::Semaphore;

    use super::*;

    fn of(units: &Arc<Semaphore>) -> Room<'_> {
        Room { units, patience: Duration::from_millis(1) }
    }

    async fn chunked(bytes: &[u8]) -> Result<Vec<u8>, ()> {
        let mut stream = Buffered { stream: bytes, unused: Vec::new() };
        let room = Arc::new(Semaphore::new(1024));
        let read = stream.body(Length::Chunked, 1024 * 1024, of(&room)).await;
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

    #[tokio::test]
    async fn room_is_taken_by_what_arrived_and_not_by_what_was_announced_or_by_the_number_of_chunks() {
        let room = Arc::new(Semaphore::new(4));
        let (mut sender, stream) = tokio::io::duplex(64);
        let mut announced = Buffered { stream, unused: Vec::new() };
        let reading = announced.body(Length::Known(4 * BODY_UNIT), 4 * BODY_UNIT, of(&room));
        tokio::pin!(reading);
        sender.write_all(b"a").await.unwrap();
        // The reader takes what is there, and nothing else is ready.
        tokio::select! {
            biased;
            _ = &mut reading => panic!("it was announced and never came"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(room.available_permits(), 3, "one byte is there");
        let tiny = [b"1\r\na\r\n".repeat(BODY_UNIT), b"0\r\n\r\n".to_vec()].concat();
        let mut chunks = Buffered { stream: tiny.as_slice(), unused: Vec::new() };
        let body = chunks.body(Length::Chunked, 4 * BODY_UNIT, of(&room)).await.map_err(|_| ()).unwrap();
        assert_eq!((body.bytes.len(), room.available_permits()), (BODY_UNIT, 2));
        drop(body);
        assert_eq!(room.available_permits(), 3);
    }

    #[tokio::test]
    async fn a_body_for_which_there_is_no_more_room_is_to_come_again_and_gives_its_room_back() {
        let room = Arc::new(Semaphore::new(2));
        let _others = Arc::clone(&room).acquire_owned().await.unwrap();
        let bytes = vec![b'a'; 2 * BODY_UNIT];
        let (mut sender, stream) = tokio::io::duplex(BODY_UNIT);
        let sending = tokio::spawn(async move { sender.write_all(&bytes).await });
        let mut stream = Buffered { stream, unused: Vec::new() };
        let read = stream.body(Length::Known(2 * BODY_UNIT), 2 * BODY_UNIT, of(&room)).await;
        assert!(matches!(read, Err(Broken::Answer(Answer::Unavailable))));
        assert_eq!(room.available_permits(), 1);
        drop(stream);
        let _ = sending.await;
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(chunked(&bytes));
        }
    }
}

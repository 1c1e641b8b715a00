//! One connection: requests one after the other, each answered before the next is read.

use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::Answer;
use super::body::{Broken, Buffered, Room};
use super::crowd::Place;
use super::head::{self, Head, Length};
use super::{Receiver, Shared};
use crate::request::RecordedRequest;

/// How long an answer may take to be taken.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// After a refusal so much more is read, and for so long, so that whoever still sends learns of it: a connection that
/// is closed with unread bytes takes its answer with it.
const UNREAD_MAX: usize = 64 * 1024;
const UNREAD_LIMIT: Duration = Duration::from_millis(500);

/// A connection.
pub(super) struct Connection<'a, R> {
    stream: Buffered<TcpStream>,
    shared: &'a Shared<R>,
    place: Place,
}

/// How a request was answered.
enum Next {
    /// Another may follow.
    Request,
    /// That was the last.
    End,
}

impl<'a, R: Receiver> Connection<'a, R> {
    pub(super) fn new(stream: TcpStream, shared: &'a Shared<R>, place: Place) -> Self {
        Self { stream: Buffered { stream, unused: Vec::new() }, shared, place }
    }

    /// Answers requests until there are no more.
    pub(super) async fn serve(mut self) {
        for left in (0..self.shared.config.limits.requests_per_connection).rev() {
            let closes = match self.request(left == 0).await {
                Ok(Next::Request) => continue,
                Ok(Next::End) => return self.linger().await,
                Err(Broken::Gone) => return,
                Err(Broken::Answer(answer)) => answer,
            };
            if self.answer(closes, true).await.is_ok() {
                self.linger().await;
            }
            return;
        }
    }

    async fn request(&mut self, is_last: bool) -> Result<Next, Broken> {
        let head = self.head().await?;
        self.place.speak();
        let shared = self.shared;
        let limits = &shared.config.limits;
        // From beyond this machine the address itself is the name, and no other: a page elsewhere cannot make one of its
        // own names stand for it.
        let reached = self.stream.stream.local_addr().ok().filter(|_| shared.config.lan.is_some());
        let reached = reached.map(|address| match address.ip().to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        });
        let is_called = |name: &str| reached.as_deref() == Some(name) || shared.receiver.is_called(name);
        if !head::is_our_host(&head.host, shared.port, &shared.config.hosts, is_called) {
            return Err(Answer::Forbidden.into());
        }
        let token = head.token().ok_or(Answer::NotFound)?;
        let most = shared.receiver.body_limit(token).ok_or(Answer::NotFound)?.min(limits.body_bytes);
        if matches!(head.length, Length::Known(bytes) if bytes > most) {
            return Err(Answer::TooLarge.into());
        }
        let deadline = Instant::now() + limits.body;
        if head.expects && self.stream.unused.is_empty() {
            timeout(WRITE_LIMIT, self.stream.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n"))
                .await
                .map_err(|_| Broken::Gone)??;
        }
        let reading =
            self.stream.body(head.length, most, Room { units: &shared.bodies, patience: limits.room });
        let body = tokio::select! {
            biased;
            () = shared.stop.cancelled() => return Err(Answer::Unavailable.into()),
            body = timeout_at(deadline, reading) => body.map_err(|_| Answer::TimedOut)??,
        };
        let Head { host, target, closes, .. } = &head;
        let request = RecordedRequest {
            method: head.method.clone(),
            url: format!("http://{host}{target}"),
            headers: head.headers.clone(),
            body: body.bytes,
        };
        let answer = Answer::from(shared.receiver.receive(token, request).await);
        let closes = *closes || is_last || !answer.keeps_connection() || shared.stop.is_cancelled();
        self.answer(answer, closes).await?;
        Ok(if closes { Next::End } else { Next::Request })
    }

    /// Waits for the headers of the next request.
    async fn head(&mut self) -> Result<Head, Broken> {
        let shared = self.shared;
        let limits = &shared.config.limits;
        let deadline = Instant::now() + limits.head;
        let make_room = self.place.fall_silent();
        loop {
            if let Some(end) = head::end(&self.stream.unused, limits)? {
                let bytes: Vec<u8> = self.stream.unused.drain(..end).collect();
                return Ok(head::read(&bytes, limits)?);
            }
            let began = !self.stream.unused.is_empty();
            let or_nobody = |answer: Answer| if began { Broken::Answer(answer) } else { Broken::Gone };
            tokio::select! {
                more = self.stream.more() => more?,
                () = make_room.cancelled() => return Err(Broken::Gone),
                () = tokio::time::sleep_until(deadline) => return Err(or_nobody(Answer::TimedOut)),
                () = shared.stop.cancelled() => return Err(or_nobody(Answer::Unavailable)),
            }
        }
    }

    async fn answer(&mut self, answer: Answer, closes: bool) -> Result<(), Broken> {
        let bytes = answer.bytes(closes);
        timeout(WRITE_LIMIT, self.stream.stream.write_all(&bytes)).await.map_err(|_| Broken::Gone)??;
        Ok(())
    }

    /// Says that no more comes, and lets the other side finish what it is saying.
    async fn linger(mut self) {
        if self.stream.stream.shutdown().await.is_err() {
            return;
        }
        let rest = async {
            let mut left = UNREAD_MAX;
            let mut piece = [0; 4096];
            while left > 0 {
                match self.stream.stream.read(&mut piece).await {
                    Ok(count) if count > 0 => left = left.saturating_sub(count),
                    _ => return,
                }
            }
        };
        let _ = timeout(UNREAD_LIMIT, rest).await;
    }
}

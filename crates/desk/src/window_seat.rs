//! One running window program per home. Whoever starts it again hands over what it was started for, such as a link, and ends.
//!
//! It is bound to the home and not to the user's session: two homes have a program each, and one home has one also where there
//! is no session bus.

use std::fs::{OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use contract::{ErrorBody, ErrorCode};
use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::home::{Home, WINDOW_LOCK};
use crate::socket::{self, Listens};

/// How long a second start waits for the first, which may be starting itself.
const HANDING_OVER_LIMIT: Duration = Duration::from_secs(5);
/// How often it tries meanwhile.
const PAUSE: Duration = Duration::from_millis(20);
/// How long one second start may keep the first one busy.
const CONVERSATION_LIMIT: Duration = Duration::from_secs(2);
/// Starts that may wait to be looked at.
const WAITING_MAX: usize = 16;
/// Longest word that is handed over; no link is longer.
const WORD_BYTES_MOST: usize = 2_048;

/// What another start wants shown. It is a word of somebody's, and whoever takes it reads it strictly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    word: Option<String>,
}

/// What is said back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Heard {
    heard: bool,
}

/// Whether this start is the one of its home.
#[derive(Debug)]
pub enum WindowTaken {
    /// It is, as long as the seat lives.
    Here(WindowSeat),
    /// Another runs, and was told.
    HandedOver,
}

/// Another program has the window of this home and does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAnswer;

/// The seat of the window program.
#[derive(Debug)]
pub struct WindowSeat {
    /// The lock is the operating system's: it is gone with the process, however it ends.
    _lock: std::fs::File,
    wishes: mpsc::Receiver<Option<String>>,
    address: String,
}

impl WindowSeat {
    /// What the next other start wants shown: a word, or just the window. None when there will be no more.
    pub async fn next(&mut self) -> Option<Option<String>> {
        self.wishes.recv().await
    }
}

impl Drop for WindowSeat {
    fn drop(&mut self) {
        #[cfg(unix)]
        let _ = std::fs::remove_file(&self.address);
    }
}

/// Takes the window's seat of a home, or hands the word over to whoever has it. `Ok(Err(NoAnswer))` when that one is silent.
///
/// # Errors
/// When the home cannot be used.
pub async fn take_window(
    home: &Path,
    word: Option<String>,
) -> Result<Result<WindowTaken, NoAnswer>, ErrorBody> {
    let home = Home::open(home)?;
    let unusable = |error: io::Error| {
        ErrorBody::new(ErrorCode::HomeReadOnly).with("path", home.root().display()).with("why", error)
    };
    let address = socket::address(&home, Listens::Window).map_err(unusable)?;
    let started = Instant::now();
    loop {
        let file = open(&home).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {
                let listener = socket::listen(&address).map_err(unusable)?;
                let (sender, wishes) = mpsc::channel(WAITING_MAX);
                tokio::spawn(listen(listener, home, sender));
                return Ok(Ok(WindowTaken::Here(WindowSeat { _lock: file, wishes, address })));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        if hand_over(&address, &home, word.clone()).await {
            return Ok(Ok(WindowTaken::HandedOver));
        }
        if started.elapsed() > HANDING_OVER_LIMIT {
            return Ok(Err(NoAnswer));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn open(home: &Home) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(home.file(WINDOW_LOCK))
}

/// Tells the one that runs; false when it is not there, or not yet.
async fn hand_over(address: &str, home: &Home, word: Option<String>) -> bool {
    let talk = async {
        let stream =
            socket::connect(address).await.ok().filter(|stream| socket::is_same_user(stream, home))?;
        let (mut reader, mut writer) = socket::frames(stream);
        if !writer.send(&Wish { word }).await {
            return None;
        }
        reader.next::<Heard>().await
    };
    matches!(tokio::time::timeout(CONVERSATION_LIMIT, talk).await, Ok(Some(Heard { heard: true })))
}

/// Takes wishes until nobody waits for them any more.
async fn listen(listener: Listener, home: Home, wishes: mpsc::Sender<Option<String>>) {
    loop {
        let accepted = tokio::select! {
            () = wishes.closed() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(stream) if socket::is_same_user(&stream, &home) => {
                // One after the other, each within its time, so that nobody can hold many open.
                let _ = tokio::time::timeout(CONVERSATION_LIMIT, hear(stream, &wishes)).await;
            }
            Ok(_) => tracing::warn!("a process of another user was turned away from the window's socket"),
            Err(error) => {
                tracing::warn!(%error, "another start could not be heard");
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn hear(stream: Stream, wishes: &mpsc::Sender<Option<String>>) {
    let (mut reader, mut writer) = socket::frames(stream);
    let Some(wish) = reader.next::<Wish>().await else { return };
    let fits = wish.word.as_ref().is_none_or(|word| word.len() <= WORD_BYTES_MOST);
    // Where many wait already, this one is told so and tries again.
    let heard = fits && wishes.try_send(wish.word).is_ok();
    writer.send(&Heard { heard }).await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{NoAnswer, WindowSeat, WindowTaken, take_window};

    async fn seat(home: &std::path::Path) -> WindowSeat {
        match take_window(home, None).await.unwrap() {
            Ok(WindowTaken::Here(seat)) => seat,
            other => panic!("the seat was free, and the answer is {other:?}"),
        }
    }

    async fn next(seat: &mut WindowSeat) -> Option<Option<String>> {
        tokio::time::timeout(Duration::from_secs(5), seat.next()).await.unwrap()
    }

    #[tokio::test]
    async fn a_second_start_hands_over_its_word_and_does_not_stay() {
        let home = tempfile::tempdir().unwrap();
        let mut first = seat(home.path()).await;
        for word in [None, Some("paydesk://payment/ch_1".to_owned())] {
            let second = take_window(home.path(), word.clone()).await.unwrap();
            assert!(matches!(second, Ok(WindowTaken::HandedOver)));
            assert_eq!(next(&mut first).await, Some(word));
        }
    }

    #[tokio::test]
    async fn each_home_has_a_seat_and_it_is_free_again_afterwards() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = seat(one.path()).await;
        let _other = seat(other.path()).await;
        drop(first);
        let _again = seat(one.path()).await;
    }

    #[tokio::test]
    async fn one_that_holds_the_seat_and_is_silent_is_told_from_one_that_answers() {
        let home = tempfile::tempdir().unwrap();
        let held = std::fs::File::create(home.path().join(super::WINDOW_LOCK)).unwrap();
        held.try_lock().unwrap();
        assert!(matches!(take_window(home.path(), None).await.unwrap(), Err(NoAnswer)));
    }

    #[tokio::test]
    async fn a_word_that_is_longer_than_any_link_is_not_taken() {
        let home = tempfile::tempdir().unwrap();
        let mut first = seat(home.path()).await;
        let long = take_window(home.path(), Some("x".repeat(super::WORD_BYTES_MOST + 1))).await.unwrap();
        assert!(matches!(long, Err(NoAnswer)));
        let second = take_window(home.path(), None).await.unwrap();
        assert!(matches!(second, Ok(WindowTaken::HandedOver)));
        assert_eq!(next(&mut first).await, Some(None), "the long one waits there");
    }
}

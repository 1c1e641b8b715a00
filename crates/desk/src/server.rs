//! Answers other shells on the local socket.

use std::sync::Arc;

use contract::wire::{DeskFrame, PROTOCOL, ShellFrame};
use contract::{ErrorBody, ErrorCode, Notice};
use interprocess::local_socket::tokio::{Listener, Stream};
use interprocess::local_socket::traits::tokio::Listener as _;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::desk::Desk;
use crate::socket::{self, FrameReader, FrameWriter};

/// Answers that may wait to be written to one shell before its requests are read more slowly.
const ANSWERS_WAITING_MAX: usize = 64;
/// Shells at once; a loop gone wild in a script must not exhaust the Desk.
const SHELLS_MAX: usize = 256;

/// Accepts shells until told to stop.
pub(crate) async fn serve(listener: Listener, desk: Arc<Desk>, stop: CancellationToken, tasks: TaskTracker) {
    let places = Arc::new(tokio::sync::Semaphore::new(SHELLS_MAX));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a shell could not be accepted");
                tokio::task::yield_now().await;
                continue;
            }
        };
        if !socket::is_same_user(&stream, desk.home()) {
            tracing::warn!("a process of another user was turned away from the local socket");
            continue;
        }
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!(limit = SHELLS_MAX, "too many shells at once");
            continue;
        };
        let (desk, stop, inner_tasks) = (Arc::clone(&desk), stop.clone(), tasks.clone());
        tasks.spawn(async move {
            converse(stream, desk, stop, inner_tasks).await;
            drop(place);
        });
    }
}

/// Talks to one shell until it leaves, or until the Desk stops and everything under way is answered.
async fn converse(stream: Stream, desk: Arc<Desk>, stop: CancellationToken, tasks: TaskTracker) {
    let (mut reader, mut writer) = socket::frames(stream);
    if !welcome(&mut reader, &mut writer).await {
        return;
    }
    let (answers, mut waiting) = mpsc::channel::<DeskFrame>(ANSWERS_WAITING_MAX);
    let mut notices = desk.notices();
    // It owns the sender of answers, so that writing ends after the last of them.
    let reading = async move {
        loop {
            let frame = tokio::select! {
                () = stop.cancelled() => return,
                frame = reader.next::<ShellFrame>() => frame,
            };
            let Some(ShellFrame::Call { number, scope, call }) = frame else { return };
            let (desk, answers) = (Arc::clone(&desk), answers.clone());
            tasks.spawn(async move {
                let result = Box::new(desk.answer(scope, *call).await);
                // The shell may be gone; its write was carried out all the same, once.
                let _ = answers.send(DeskFrame::Answer { number, result }).await;
            });
        }
    };
    let writing = async {
        loop {
            let frame = tokio::select! {
                biased;
                answer = waiting.recv() => match answer { Some(answer) => answer, None => return },
                notice = notices.recv() => match notice {
                    Ok(notice) => DeskFrame::Notice { notice: Box::new(notice) },
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        DeskFrame::Notice { notice: Box::new(Notice::Missed {}) }
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            };
            if !writer.send(&frame).await {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}

/// The handshake. A shell of another protocol is told so in words instead of being misunderstood.
async fn welcome(reader: &mut FrameReader, writer: &mut FrameWriter) -> bool {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    match reader.next::<ShellFrame>().await {
        Some(ShellFrame::Hello { protocol: PROTOCOL, .. }) => {
            writer.send(&DeskFrame::Welcome { version }).await
        }
        Some(ShellFrame::Hello { version: theirs, .. }) => {
            let error =
                ErrorBody::new(ErrorCode::VersionMismatch).with("theirs", version).with("ours", theirs);
            writer.send(&DeskFrame::Refused { error }).await;
            false
        }
        _ => false,
    }
}

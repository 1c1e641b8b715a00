//! The Desk seen from another shell, over the local socket.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use contract::shared::Shell;
use contract::wire::{DeskFrame, PROTOCOL, ShellFrame};
use contract::{ErrorBody, ErrorCode, Notice, Request, Response, Scope};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::socket::{self, FrameReader};

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Response, ErrorBody>>>>>;

/// A conversation with the running Desk.
#[derive(Clone)]
pub(crate) struct RemoteDesk {
    frames: mpsc::Sender<ShellFrame>,
    waiting: Waiting,
    next_number: Arc<AtomicU64>,
    gone: CancellationToken,
}

impl RemoteDesk {
    /// Connects and shakes hands. `Ok(None)` when nobody answers there.
    pub(crate) async fn connect(
        address: &str,
        shell: Shell,
        notices: broadcast::Sender<Notice>,
    ) -> Result<Option<Self>, ErrorBody> {
        let Ok(stream) = socket::connect(address).await else { return Ok(None) };
        let (mut reader, mut writer) = socket::frames(stream);
        let hello =
            ShellFrame::Hello { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned(), shell };
        if !writer.send(&hello).await {
            return Ok(None);
        }
        match reader.next::<DeskFrame>().await {
            Some(DeskFrame::Welcome { .. }) => {}
            Some(DeskFrame::Refused { error }) => return Err(error),
            _ => return Ok(None),
        }
        let (frames, mut outgoing) = mpsc::channel::<ShellFrame>(64);
        let remote = Self {
            frames,
            waiting: Waiting::default(),
            next_number: Arc::default(),
            gone: CancellationToken::new(),
        };
        let (waiting, gone) = (Arc::clone(&remote.waiting), remote.gone.clone());
        tokio::spawn(async move {
            let writing = async {
                while let Some(frame) = outgoing.recv().await {
                    if !writer.send(&frame).await {
                        return;
                    }
                }
            };
            tokio::select! {
                () = writing => {}
                () = listen(reader, &waiting, &notices) => {}
            }
            gone.cancel();
            // Dropping the senders tells every caller that no answer will come.
            waiting.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        Ok(Some(remote))
    }

    /// Sends a request and waits for its answer. `desk_gone` when the Desk ended before answering.
    pub(crate) async fn request(&self, scope: Scope, call: Request) -> Result<Response, ErrorBody> {
        let gone = || ErrorBody::new(ErrorCode::DeskGone);
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        if self.gone.is_cancelled() {
            return Err(gone());
        }
        let frame = ShellFrame::Call { number, scope, call: Box::new(call) };
        self.frames.send(frame).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Whether the Desk is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// Ends when the Desk is gone.
    pub(crate) async fn gone(&self) {
        self.gone.cancelled().await;
    }
}

/// Hands answers to those who wait for them and notices to everyone, until the Desk is gone.
async fn listen(mut reader: FrameReader, waiting: &Waiting, notices: &broadcast::Sender<Notice>) {
    while let Some(frame) = reader.next::<DeskFrame>().await {
        match frame {
            DeskFrame::Answer { number, result } => {
                let sender = waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
                if let Some(sender) = sender {
                    // The caller may have given up.
                    let _ = sender.send(*result);
                }
            }
            DeskFrame::Notice { notice } => {
                // Nobody has to listen.
                let _ = notices.send(*notice);
            }
            DeskFrame::Welcome { .. } | DeskFrame::Refused { .. } => return,
        }
    }
}

//! What the Desk says unasked goes to the windows that it concerns, and what a person asked to be told
//! of goes to the desktop as well.

use contract::{Environment, Notice};
use tauri::{AppHandle, Emitter, EventTarget};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::{desktop, tray, windows};

/// The event that pages listen to.
const EVENT: &str = "notice";

/// Forwards until the Desk is gone.
pub(crate) fn forward(app: &AppHandle, mut notices: Receiver<Notice>) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        while let Some(notice) = next(&mut notices).await {
            if let Err(error) = send(&app, &notice) {
                tracing::warn!(%error, "a notice did not reach its window");
            }
            desktop::tell(&app, &notice);
            tray::note(&app, &notice);
        }
    });
}

/// The next notice; a gap is a notice too. None when there will be no more.
pub(crate) async fn next(notices: &mut Receiver<Notice>) -> Option<Notice> {
    match notices.recv().await {
        Ok(notice) => Some(notice),
        Err(RecvError::Lagged(_)) => Some(Notice::Missed {}),
        Err(RecvError::Closed) => None,
    }
}

fn send(app: &AppHandle, notice: &Notice) -> tauri::Result<()> {
    match environment(notice) {
        Some(one) => app.emit_to(EventTarget::AnyLabel { label: windows::label(one) }, EVENT, notice),
        None => app.emit(EVENT, notice),
    }
}

/// Which environment a notice is about; none when it is about all.
fn environment(notice: &Notice) -> Option<Environment> {
    match notice {
        Notice::Sync { environment, .. }
        | Notice::Proof { environment, .. }
        | Notice::Changed { environment, .. }
        | Notice::Export { environment, .. }
        | Notice::Bulk { environment, .. }
        | Notice::MailRun { environment, .. }
        | Notice::BulkImport { environment, .. }
        | Notice::Event { environment, .. }
        | Notice::Delivery { environment, .. }
        | Notice::Replay { environment, .. }
        | Notice::ViewGained { environment, .. } => Some(*environment),
        Notice::Missed {} => None,
    }
}

#[cfg(test)]
mod tests {
    use contract::{Environment, Notice};
    use tokio::sync::broadcast;

    use super::next;

    fn changed(environment: Environment) -> Notice {
        Notice::Changed { environment, tags: Vec::new() }
    }

    #[tokio::test]
    async fn a_shell_that_fell_behind_is_told_so_and_goes_on() {
        let (sender, mut receiver) = broadcast::channel(1);
        sender.send(changed(Environment::Test)).unwrap();
        sender.send(changed(Environment::Live)).unwrap();
        assert_eq!(next(&mut receiver).await, Some(Notice::Missed {}));
        assert_eq!(next(&mut receiver).await, Some(changed(Environment::Live)));
        drop(sender);
        assert_eq!(next(&mut receiver).await, None);
    }
}

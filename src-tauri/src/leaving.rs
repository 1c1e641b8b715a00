//! Closing windows, and the end. Nothing is lost by an end at any moment, but while an
//! intent is unsettled, or something is sent on as it happens, the Desk has work, so it goes on without a window and says so.

use contract::Scope;
use contract::home::ShowHome;
use contract::shared::Shell;
use desk::Connection;
use rfd::{AsyncMessageDialog, MessageLevel};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager, RunEvent, Window, WindowEvent};

use crate::notices;

/// A window is only closed once it is known that nothing needs it.
pub(crate) fn on_window_event(window: &Window, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event {
        api.prevent_close();
        let window = window.clone();
        spawn(async move {
            if let Err(error) = close(&window).await {
                tracing::warn!(%error, "a window could not be closed");
            }
        });
    }
}

/// The last window is gone, or something else wants the end: the Desk leaves in good order first.
pub(crate) fn on_run_event(app: &AppHandle, event: RunEvent) {
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
        leave(app);
    }
}

async fn close(window: &Window) -> tauri::Result<()> {
    let app = window.app_handle();
    let work = work(app).await;
    if work == Work::default() || others_are_visible(window) {
        return window.destroy();
    }
    window.hide()?;
    leave_once_done(app);
    say_it_goes_on(work).await;
    Ok(())
}

fn others_are_visible(window: &Window) -> bool {
    window
        .app_handle()
        .webview_windows()
        .values()
        .any(|other| other.label() != window.label() && other.is_visible().unwrap_or(false))
}

/// What needs the Desk without a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Work {
    /// Intents that are not settled.
    open: u64,
    /// Endpoints and channels that something is sent to as it happens.
    sent_to: u64,
}

/// What of all environments still needs the Desk. When it cannot say, nothing keeps the window: all of it is on disk and
/// gone on with at the next start.
async fn work(app: &AppHandle) -> Work {
    let scope = Scope { environment: None, shell: Shell::Window };
    let connection = app.state::<Connection>().inner().clone();
    match connection.call(scope, ShowHome::default()).await {
        Ok(home) => Work {
            open: home.environments.iter().map(|one| one.open_intents).sum(),
            sent_to: home.environments.iter().map(|one| u64::from(one.sent_to)).sum(),
        },
        Err(_) => Work::default(),
    }
}

/// Why it goes on, and until when.
fn words(work: Work) -> String {
    let open = match work.open {
        0 => None,
        1 => Some("1 refund or other action is not settled yet".to_owned()),
        more => Some(format!("{more} refunds or other actions are not settled yet")),
    };
    match (open, work.sent_to) {
        (Some(open), 0) => format!(
            "{open}, so Paydesk goes on in the tray and ends by itself when it is done. Start Paydesk again to see it."
        ),
        (open, _) => format!(
            "{}Events or notifications are sent on as they happen, so Paydesk goes on in the tray. Quit it there, or \
             pause the endpoints and channels. Start Paydesk again to see it.",
            open.map(|open| format!("{open}. ")).unwrap_or_default()
        ),
    }
}

async fn say_it_goes_on(work: Work) {
    AsyncMessageDialog::new()
        .set_level(MessageLevel::Info)
        .set_title("Paydesk goes on")
        .set_description(words(work))
        .show()
        .await;
}

/// Ends a Desk without a window as soon as nothing needs it any more, unless a window came back.
fn leave_once_done(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        let mut notices = app.state::<Connection>().notices();
        while notices::next(&mut notices).await.is_some() {
            if app.webview_windows().values().any(|window| window.is_visible().unwrap_or(false)) {
                return;
            }
            if work(&app).await == Work::default() {
                return leave(&app);
            }
        }
    });
}

/// Answers what is under way, closes the files, gives up the lock, and ends the process.
pub(crate) fn leave(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        for window in app.webview_windows().values() {
            // Hiding is a courtesy: it looks closed while the last answers come in.
            let _ = window.hide();
        }
        app.state::<Connection>().inner().clone().close().await;
        app.exit(0);
    });
}

#[cfg(test)]
mod tests {
    use super::{Work, words};

    #[test]
    fn whoever_closes_the_last_window_is_told_what_goes_on() {
        let open = words(Work { open: 2, sent_to: 0 });
        assert!(open.contains("2 refunds") && open.contains("ends by itself"));
        let sent = words(Work { open: 0, sent_to: 1 });
        assert!(sent.starts_with("Events or notifications") && sent.contains("Quit it there"));
        let both = words(Work { open: 1, sent_to: 3 });
        assert!(both.starts_with("1 refund") && both.contains("Quit it there"));
    }
}

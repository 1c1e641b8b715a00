//! Closing windows, the tray, and the end. Nothing is lost by an end at any moment, but while an
//! intent is unsettled the Desk has work, so it goes on without a window and says so.

use contract::Scope;
use contract::home::ShowHome;
use contract::shared::Shell;
use desk::Connection;
use rfd::{AsyncMessageDialog, MessageLevel};
use tauri::async_runtime::spawn;
use tauri::menu::{Menu, MenuEvent, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, RunEvent, Window, WindowEvent};

use crate::{notices, windows};

const SHOW: &str = "show";
const QUIT: &str = "quit";

/// Puts the icon into the tray, with the way back and the way out.
pub(crate) fn put_into_tray(app: &AppHandle) -> tauri::Result<()> {
    let show = MenuItem::with_id(app, SHOW, "Show Paydesk", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit Paydesk", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&show, &quit])?;
    let mut tray =
        TrayIconBuilder::with_id("paydesk").tooltip("Paydesk").menu(&menu).on_menu_event(on_menu_event);
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}

fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        SHOW => show_all(app),
        QUIT => leave(app),
        _ => {}
    }
}

fn show_all(app: &AppHandle) {
    for window in app.webview_windows().values() {
        if let Err(error) = windows::bring_forward(window) {
            tracing::warn!(%error, "a window could not be shown");
        }
    }
}

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
    let open = open_intents(app).await;
    if open == 0 || others_are_visible(window) {
        return window.destroy();
    }
    window.hide()?;
    leave_once_settled(app);
    say_it_goes_on(open).await;
    Ok(())
}

fn others_are_visible(window: &Window) -> bool {
    window
        .app_handle()
        .webview_windows()
        .values()
        .any(|other| other.label() != window.label() && other.is_visible().unwrap_or(false))
}

/// Intents of all environments that still need the Desk. When it cannot say, nothing keeps the window:
/// every intent is on disk and settled at the next start.
async fn open_intents(app: &AppHandle) -> u64 {
    let scope = Scope { environment: None, shell: Shell::Window };
    let connection = app.state::<Connection>().inner().clone();
    match connection.call(scope, ShowHome::default()).await {
        Ok(home) => home.environments.iter().map(|one| one.open_intents).sum(),
        Err(_) => 0,
    }
}

async fn say_it_goes_on(open: u64) {
    let what = match open {
        1 => "1 refund or other action is".to_owned(),
        more => format!("{more} refunds or other actions are"),
    };
    AsyncMessageDialog::new()
        .set_level(MessageLevel::Info)
        .set_title("Paydesk goes on")
        .set_description(format!(
            "{what} not settled yet, so Paydesk goes on in the tray and ends by itself when it is done. \
             Start Paydesk again to see it."
        ))
        .show()
        .await;
}

/// Ends a Desk without a window as soon as nothing needs it any more, unless a window came back.
fn leave_once_settled(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        let mut notices = app.state::<Connection>().notices();
        while notices::next(&mut notices).await.is_some() {
            if app.webview_windows().values().any(|window| window.is_visible().unwrap_or(false)) {
                return;
            }
            if open_intents(&app).await == 0 {
                return leave(&app);
            }
        }
    });
}

/// Answers what is under way, closes the files, gives up the lock, and ends the process.
fn leave(app: &AppHandle) {
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

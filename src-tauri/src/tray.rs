//! The icon in the tray: the way back, the way out, and what would be missed with no window open: work that is not settled, and
//! the next dispute that must be answered.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use contract::home::{HomeView, ShowHome};
use contract::shared::Shell;
use contract::{Environment, Notice, Scope, Tag, Timestamp};
use desk::Connection;
use tauri::async_runtime::spawn;
use tauri::menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};
use tokio::sync::Notify;

use crate::{leaving, windows};

const SHOW: &str = "show";
const QUIT: &str = "quit";
/// Notices come in bursts; the menu follows at most so often.
const PAUSE: Duration = Duration::from_secs(1);
/// How long what the menu tells holds without a notice, since a deadline comes closer by itself.
const HOLDS_FOR: Duration = Duration::from_secs(60);

/// Asks for the menu to be told anew.
#[derive(Debug, Default)]
struct Stale(Arc<Notify>);

/// Puts the icon up, and keeps its menu true.
pub(crate) fn put_up(app: &AppHandle) -> tauri::Result<()> {
    let work = MenuItem::with_id(app, "work", no_work(), false, None::<&str>)?;
    let deadline = MenuItem::with_id(app, "deadline", no_deadline(), false, None::<&str>)?;
    let show = MenuItem::with_id(app, SHOW, "Show Paydesk", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit Paydesk", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&work, &deadline, &line, &show, &quit])?;
    TrayIconBuilder::with_id("paydesk")
        .tooltip("Paydesk")
        .icon(tauri::include_image!("icons/tray.png"))
        .menu(&menu)
        .on_menu_event(on_menu_event)
        .build(app)?;
    let stale = Stale::default();
    follow(app, Arc::clone(&stale.0), work, deadline);
    app.manage(stale);
    Ok(())
}

/// Notes what the Desk said, where it may change what the menu tells.
pub(crate) fn note(app: &AppHandle, notice: &Notice) {
    let concerns = match notice {
        Notice::Missed {} => true,
        Notice::Changed { tags, .. } => {
            tags.iter().any(|tag| matches!(tag, Tag::Home | Tag::Refunds | Tag::Payments | Tag::Accounts))
        }
        _ => false,
    };
    if let Some(stale) = app.try_state::<Stale>().filter(|_| concerns) {
        stale.0.notify_one();
    }
}

/// Brings all windows back.
pub(crate) fn show_all(app: &AppHandle) {
    for window in app.webview_windows().values() {
        if let Err(error) = windows::bring_forward(window) {
            tracing::warn!(%error, "a window could not be shown");
        }
    }
}

fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        SHOW => show_all(app),
        QUIT => leaving::leave(app),
        _ => {}
    }
}

fn follow(app: &AppHandle, stale: Arc<Notify>, work: MenuItem<Wry>, deadline: MenuItem<Wry>) {
    let connection = app.state::<Connection>().inner().clone();
    spawn(async move {
        let scope = Scope { environment: None, shell: Shell::Window };
        loop {
            match connection.call(scope, ShowHome::default()).await {
                Ok(home) => {
                    let told = work
                        .set_text(work_words(&home))
                        .and_then(|()| deadline.set_text(deadline_words(&home, now())));
                    if told.is_err() {
                        // The program ends.
                        return;
                    }
                }
                // It says what it last knew, and asks again.
                Err(error) => tracing::info!(code = %error.code, "the tray could not be told anew"),
            }
            tokio::time::sleep(PAUSE).await;
            // Whichever comes first.
            let _ = tokio::time::timeout(HOLDS_FOR, stale.notified()).await;
        }
    });
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn no_work() -> String {
    "Everything is settled".to_owned()
}

fn no_deadline() -> String {
    "No dispute to answer".to_owned()
}

/// What of each environment is not settled. Live stands first.
fn work_words(home: &HomeView) -> String {
    let counted: Vec<String> = [Environment::Live, Environment::Test, Environment::Sandbox]
        .into_iter()
        .filter_map(|environment| {
            let view = home.environments.iter().find(|view| view.environment == environment)?;
            (view.open_intents > 0).then(|| format!("{} in {environment}", view.open_intents))
        })
        .collect();
    if counted.is_empty() { no_work() } else { format!("Not settled: {}", counted.join(", ")) }
}

/// How long the nearest dispute can still be answered. The menu may show on a screen that others see, so it names nobody.
fn deadline_words(home: &HomeView, now: Timestamp) -> String {
    let due = home.environments.iter().filter(|view| view.environment == Environment::Live);
    let due = due.chain(home.environments.iter().filter(|view| view.environment != Environment::Live));
    let Some((environment, at)) = due.filter_map(|view| Some((view.environment, view.evidence_due?))).next()
    else {
        return no_deadline();
    };
    let hours = at.ms_since(now).max(0) / 3_600_000;
    let left = match hours {
        0 => "within the hour".to_owned(),
        1..48 => format!("in {hours} h"),
        _ => format!("in {} days", hours / 24),
    };
    format!("A dispute must be answered {left} ({environment})")
}

#[cfg(test)]
mod tests {
    use contract::home::HomeView;
    use contract::{Environment, Timestamp};
    use serde_json::json;

    use super::{deadline_words, no_deadline, no_work, work_words};

    const HOUR_MS: i64 = 3_600_000;

    fn home(environments: &[(Environment, u64, Option<i64>)]) -> HomeView {
        let views: Vec<_> = environments
            .iter()
            .map(|(environment, open, due)| {
                json!({
                    "environment": environment, "accounts": 1, "mirror_exists": true, "encrypted": true, "bytes": 1,
                    "open_intents": open, "sent_to": 0, "evidence_due": due.map(Timestamp::from_ms),
                    "lock": { "unlocked_until": null, "actions_left": null, "account": null }, "writable": true, "checks": [],
                })
            })
            .collect();
        serde_json::from_value(json!({
            "version": "0", "home": "/home", "environment": null, "desk_shell": "window", "desk_process": 1,
            "vault": { "kind": "keychain", "available": true }, "environments": views, "problems": [],
            "unlock_by": "not_set_up", "who": { "system_user": "ada", "name": "" }, "from_email": null, "undo_seconds": 10,
            "exponents": [],
        }))
        .unwrap()
    }

    #[test]
    fn work_that_is_not_settled_is_told_by_environment() {
        assert_eq!(work_words(&home(&[(Environment::Live, 0, None)])), no_work());
        let both = home(&[(Environment::Sandbox, 1, None), (Environment::Live, 2, None)]);
        assert_eq!(work_words(&both), "Not settled: 2 in live, 1 in sandbox");
    }

    #[test]
    fn the_deadline_of_live_comes_before_a_nearer_one_elsewhere() {
        let now = Timestamp::from_ms(0);
        assert_eq!(deadline_words(&home(&[(Environment::Live, 0, None)]), now), no_deadline());
        let both = home(&[(Environment::Test, 0, Some(HOUR_MS)), (Environment::Live, 0, Some(30 * HOUR_MS))]);
        assert_eq!(deadline_words(&both, now), "A dispute must be answered in 30 h (live)");
        let far = home(&[(Environment::Test, 0, Some(72 * HOUR_MS))]);
        assert_eq!(deadline_words(&far, now), "A dispute must be answered in 3 days (test)");
        assert!(deadline_words(&home(&[(Environment::Live, 0, Some(1))]), now).contains("within the hour"));
    }
}

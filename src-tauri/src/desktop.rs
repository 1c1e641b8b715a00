//! Notifications of the desktop: what somebody asked to be told of while looking elsewhere.
//!
//! They may show on a locked screen, so they name the view and a number, and nothing of a payment.

use contract::{Environment, Notice};
use notify_rust::Notification;
use tauri::AppHandle;

use crate::windows;

/// How long a notification stays where the desktop has no habit of its own.
const SHOWN_FOR_MS: i32 = 10_000;

/// Shows a notification where the notice asks for one.
pub(crate) fn tell(app: &AppHandle, notice: &Notice) {
    if let Notice::ViewGained { environment, view, gained, .. } = notice {
        show(app.clone(), *environment, words(view, *gained));
    }
}

fn words(view: &str, gained: u32) -> String {
    match gained {
        1 => format!("{view}: one payment came in"),
        many => format!("{view}: {many} payments came in"),
    }
}

/// On a thread of its own, since the desktop answers when it likes, and a click comes much later.
fn show(app: AppHandle, environment: Environment, words: String) {
    std::thread::spawn(move || {
        let shown = Notification::new()
            .appname("Paydesk")
            .summary(windows::title(environment))
            .body(&words)
            .timeout(SHOWN_FOR_MS)
            .action("default", "Open")
            .show();
        match shown {
            Ok(shown) => open_when_clicked(&app, environment, shown),
            // A desktop without notifications is no failure: the window says the same.
            Err(error) => tracing::info!(%error, "the desktop shows no notifications"),
        }
    });
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open_when_clicked(app: &AppHandle, environment: Environment, shown: notify_rust::NotificationHandle) {
    shown.wait_for_action(|action| {
        if action == "default"
            && let Err(error) = windows::open(app, environment)
        {
            tracing::warn!(%error, "the window of a notification could not be opened");
        }
    });
}

/// Other systems bring the program forward by themselves.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn open_when_clicked<T>(_: &AppHandle, _: Environment, _: T) {}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn one_is_told_from_many() {
        assert_eq!(words("Large refunds", 1), "Large refunds: one payment came in");
        assert_eq!(words("Large refunds", 3), "Large refunds: 3 payments came in");
    }
}

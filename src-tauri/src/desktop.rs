//! Notifications of the desktop: what somebody asked to be told of while looking elsewhere.
//!
//! They may show on a locked screen, so those of saved views name the view and a number, and those of channels nothing of a
//! payer unless the channel was told to.

use contract::channels::TakeDesktopMessages;
use contract::shared::Shell;
use contract::{Environment, Notice, Scope, Tag};
use desk::Connection;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::windows;

/// How long a notification stays where the desktop has no habit of its own.
const SHOWN_FOR_MS: i32 = 10_000;

/// Shows a notification where the notice asks for one.
pub(crate) fn tell(app: &AppHandle, notice: &Notice) {
    match notice {
        Notice::ViewGained { environment, view, gained, .. } => {
            show(app.clone(), *environment, words(view, *gained));
        }
        Notice::Changed { environment, tags } if tags.contains(&Tag::Channels) => take(app, *environment),
        _ => {}
    }
}

/// Shows what channels have for this desktop. The Desk gives each message once.
pub(crate) fn take(app: &AppHandle, environment: Environment) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let scope = Scope { environment: Some(environment), shell: Shell::Window };
        let connection = app.state::<Connection>().inner().clone();
        match connection.call(scope, TakeDesktopMessages {}).await {
            Ok(messages) => {
                for message in messages.items {
                    show(app.clone(), environment, format!("{}\n{}", message.title, message.text));
                }
            }
            // The messages wait, and the next notice asks again.
            Err(error) => tracing::info!(code = %error.code, "no messages for this desktop"),
        }
    });
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
            .body(&plain(&words))
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

/// The words as they stand: the desktops of Linux read markup in the text of a notification
/// (<https://specifications.freedesktop.org/notification-spec/latest/markup.html>), and a payer's name is theirs to choose.
#[cfg(all(unix, not(target_os = "macos")))]
fn plain(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The words as they stand: other systems read no markup.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn plain(words: &str) -> String {
    words.to_owned()
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
    #[cfg(all(unix, not(target_os = "macos")))]
    fn a_name_is_no_markup() {
        assert_eq!(
            super::plain("<a href=\"x\">Ann & Bob</a>"),
            "&lt;a href=\"x\"&gt;Ann &amp; Bob&lt;/a&gt;"
        );
        assert_eq!(super::plain("&amp;"), "&amp;amp;");
    }

    #[test]
    fn one_is_told_from_many() {
        assert_eq!(words("Large refunds", 1), "Large refunds: one payment came in");
        assert_eq!(words("Large refunds", 3), "Large refunds: 3 payments came in");
    }
}

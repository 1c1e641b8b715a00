//! What links and other starts of the same home want shown. They only ever open a page.

use contract::home::ShowHome;
use contract::shared::Shell;
use contract::{Environment, Scope};
use desk::{Connection, WindowSeat};
use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::async_runtime::spawn;
use tauri::{AppHandle, Manager};

use crate::link::Link;
use crate::{tray, windows};

/// Opens what the program was started with, and then what other starts bring, one after the other: a page that sends a hundred
/// links has one question on the screen and not a hundred.
pub(crate) fn listen(app: &AppHandle, mut seat: WindowSeat, first: Option<Link>) {
    let app = app.clone();
    spawn(async move {
        if let Some(link) = first {
            open(&app, link).await;
        }
        while let Some(word) = seat.next().await {
            match word.as_deref().map(Link::read) {
                None => show(&app).await,
                Some(Some(link)) => open(&app, link).await,
                // The other start reads it in the same way, so this came from another program of the user's.
                Some(None) => tracing::warn!("something that is no link was handed over, and is left alone"),
            }
        }
    });
}

/// Brings the windows back, or opens the one that was last worked in.
async fn show(app: &AppHandle) {
    if app.webview_windows().is_empty() {
        let environment = last_environment(app).await;
        if let Err(error) = windows::open(app, environment) {
            tracing::warn!(%error, "the window could not be opened");
        }
        return;
    }
    tray::show_all(app);
}

async fn last_environment(app: &AppHandle) -> Environment {
    let scope = Scope { environment: None, shell: Shell::Window };
    let connection = app.state::<Connection>().inner().clone();
    let home = connection.call(scope, ShowHome::default()).await;
    home.ok().and_then(|home| home.environment).unwrap_or(Environment::Sandbox)
}

/// Opens a link: at once where its environment is the one that somebody looks at, and after a question elsewhere, so that nobody
/// finds themselves among live money by a link.
async fn open(app: &AppHandle, link: Link) {
    let visible = windows::visible(app);
    let environment = match (link.environment, visible.first()) {
        (Some(named), _) => named,
        (None, Some(seen)) => *seen,
        (None, None) => last_environment(app).await,
    };
    if needs_question(&visible, environment) && !agreed(&link, environment).await {
        return;
    }
    if let Err(error) = windows::open_at(app, environment, &link.route()) {
        tracing::warn!(%error, "the page of a link could not be opened");
    }
}

fn needs_question(visible: &[Environment], wanted: Environment) -> bool {
    visible.first() != Some(&wanted)
}

async fn agreed(link: &Link, environment: Environment) -> bool {
    let answer = AsyncMessageDialog::new()
        .set_level(MessageLevel::Info)
        .set_title(windows::title(environment))
        .set_description(question(link, environment))
        .set_buttons(MessageButtons::OkCancelCustom("Open".to_owned(), "Leave it".to_owned()))
        .show()
        .await;
    match answer {
        MessageDialogResult::Ok => true,
        MessageDialogResult::Custom(chosen) => chosen == "Open",
        _ => false,
    }
}

fn question(link: &Link, environment: Environment) -> String {
    let place = match environment {
        Environment::Sandbox => "the sandbox, where no money is",
        Environment::Test => "the test environment",
        Environment::Live => "LIVE, where real money is",
    };
    format!(
        "A link wants to open {} in {place}. It is only shown; nothing is done to it. Open it?",
        link.words()
    )
}

#[cfg(test)]
mod tests {
    use contract::Environment;

    use super::{needs_question, question};
    use crate::link::Link;

    #[test]
    fn a_link_to_another_environment_asks() {
        let (test, live) = (Environment::Test, Environment::Live);
        assert!(!needs_question(&[test, live], test));
        assert!(needs_question(&[test, live], live), "live is open, and somebody looks at test");
        assert!(needs_question(&[test], live) && needs_question(&[], test));
    }

    #[test]
    fn the_question_names_what_and_where() {
        let link = Link::read("paydesk://payment/ch_1?environment=live").unwrap();
        let words = question(&link, Environment::Live);
        assert!(words.contains("ch_1") && words.contains("LIVE") && words.contains("only shown"), "{words}");
    }
}

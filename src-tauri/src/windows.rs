//! One window per environment. Its label says which, and everything else follows from the label.

use contract::Environment;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::start;

const LABEL_START: &str = "main-";
const WIDTH: f64 = 1360.0;
const HEIGHT: f64 = 860.0;
const WIDTH_MIN: f64 = 960.0;
const HEIGHT_MIN: f64 = 600.0;

/// The label of an environment's window.
pub(crate) fn label(environment: Environment) -> String {
    format!("{LABEL_START}{environment}")
}

/// Which environment a window is for; none for a window of another sort, whose requests then reach no money.
pub(crate) fn environment(label: &str) -> Option<Environment> {
    label.strip_prefix(LABEL_START)?.parse().ok()
}

/// What stands over the window of an environment.
pub(crate) fn title(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "Paydesk — Sandbox",
        Environment::Test => "Paydesk — Test",
        Environment::Live => "Paydesk — LIVE",
    }
}

/// Opens the window of an environment, or brings it to the front.
pub(crate) fn open(app: &AppHandle, environment: Environment) -> tauri::Result<()> {
    let window = match app.get_webview_window(&label(environment)) {
        Some(window) => window,
        None => build(app, environment)?,
    };
    bring_forward(&window)
}

/// Shows a window that was hidden, small or behind others.
pub(crate) fn bring_forward(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

fn build(app: &AppHandle, environment: Environment) -> tauri::Result<WebviewWindow> {
    let page = WebviewUrl::App("index.html".into());
    let mut window = WebviewWindowBuilder::new(app, label(environment), page)
        .title(title(environment))
        .inner_size(WIDTH, HEIGHT)
        .min_inner_size(WIDTH_MIN, HEIGHT_MIN)
        // A `.env` file that is dropped goes to the page as its text, not to us as its path.
        .disable_drag_drop_handler()
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny);
    // What the page keeps, such as chosen columns, belongs to the home like everything else.
    if let Ok(home) = start::home() {
        window = window.data_directory(home.join("window"));
    }
    window.build()
}

/// Whether an address is the page's own. Anything else stays outside the window: a page from elsewhere
/// in a window that may refund would be the end of all other walls.
fn is_own(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "tauri" => host == "localhost",
        // Windows and Android have no own schemes for pages.
        "http" | "https" if host == "tauri.localhost" => cfg!(any(windows, target_os = "android")),
        // The Vite server, in builds that do not carry the page.
        "http" => cfg!(dev) && host == "127.0.0.1" && url.port() == Some(1420),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use contract::Environment;

    use super::{environment, is_own, label};

    #[test]
    fn the_label_says_the_environment_and_nothing_else_does() {
        for one in Environment::ALL {
            assert_eq!(environment(&label(one)), Some(one));
        }
        for other in ["main", "main-", "main-LIVE", "main-live2", "xmain-live", "live", ""] {
            assert_eq!(environment(other), None, "{other}");
        }
    }

    #[test]
    fn u05_navigation_to_a_remote_page() {
        let own = |address: &str| is_own(&address.parse().unwrap());
        assert!(own("tauri://localhost/index.html?environment=live"));
        for foreign in [
            "https://example.com/",
            "http://localhost/",
            "http://127.0.0.1:4242/v1/charges",
            "https://127.0.0.1:1420/",
            "tauri://localhost.example.com/",
            "tauri://example.com/",
            "file:///etc/passwd",
            "data:text/html,<script>1</script>",
            "javascript:alert(1)",
            "about:blank",
            "blob:tauri://localhost/1",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }
}

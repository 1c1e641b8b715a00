//! One window per environment. Its label says which, and everything else follows from the label.

use contract::Environment;
use contract::ErrorBody;
use tauri::plugin::TauriPlugin;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Wry};
use tauri_plugin_window_state::StateFlags;

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

/// Remembers where each window was and how large. It is kept in the home, so that each home has its own; the plugin joins the
/// name to the folder of the program, and a whole path in its place stands for itself.
pub(crate) fn remembered() -> Result<TauriPlugin<Wry>, ErrorBody> {
    let file = std::path::absolute(start::home()?.join("window").join("places.json"))
        .map_err(|error| ErrorBody::new(contract::ErrorCode::Internal).with("why", error))?;
    let kept = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    Ok(tauri_plugin_window_state::Builder::new()
        .with_filename(file.to_string_lossy())
        .with_state_flags(kept)
        .build())
}

/// Opens a page of an environment's window, which is opened first where it is not.
pub(crate) fn open_at(app: &AppHandle, environment: Environment, route: &str) -> tauri::Result<()> {
    let window = match app.get_webview_window(&label(environment)) {
        Some(window) => {
            let mut address = window.url()?;
            // What stands behind the hash is the page's own address, so the page stays and goes there.
            address.set_fragment(Some(route));
            window.navigate(address)?;
            window
        }
        None => build(app, environment, Some(route))?,
    };
    bring_forward(&window)
}

/// Which environments have a window that somebody can see, the one that has the focus first.
pub(crate) fn visible(app: &AppHandle) -> Vec<Environment> {
    let mut found: Vec<(bool, Environment)> = app
        .webview_windows()
        .values()
        .filter(|window| window.is_visible().unwrap_or(false))
        .filter_map(|window| Some((!window.is_focused().unwrap_or(false), environment(window.label())?)))
        .collect();
    found.sort_by_key(|(behind, environment)| (*behind, environment.as_str()));
    found.into_iter().map(|(_, environment)| environment).collect()
}

/// Opens the window of an environment, or brings it to the front.
pub(crate) fn open(app: &AppHandle, environment: Environment) -> tauri::Result<()> {
    let window = match app.get_webview_window(&label(environment)) {
        Some(window) => window,
        None => build(app, environment, None)?,
    };
    bring_forward(&window)
}

/// Shows a window that was hidden, small or behind others.
pub(crate) fn bring_forward(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

fn build(app: &AppHandle, environment: Environment, route: Option<&str>) -> tauri::Result<WebviewWindow> {
    let page = route.map_or_else(|| "index.html".to_owned(), |route| format!("index.html#{route}"));
    let page = WebviewUrl::App(page.into());
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

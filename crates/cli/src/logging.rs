//! What the program did, for those who ask: `PAYDESK_LOG=info`, to stderr only.

use tracing_subscriber::EnvFilter;

/// Starts logging when `PAYDESK_LOG` says what to log.
pub(crate) fn start() {
    let Some(wanted) = std::env::var("PAYDESK_LOG").ok().filter(|wanted| !wanted.trim().is_empty()) else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(wanted))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // Its own complaint about a closed stderr would be a panic.
        .log_internal_errors(false)
        .init();
}

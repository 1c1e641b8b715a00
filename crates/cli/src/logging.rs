//! What the program did: kept in the home while its Desk runs here, and on stderr for those who ask by `PAYDESK_LOG=info`.

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// Starts logging.
pub(crate) fn start() {
    let wanted = std::env::var("PAYDESK_LOG").ok().filter(|wanted| !wanted.trim().is_empty());
    let to_stderr = wanted.map(|wanted| {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(false)
            // Its own complaint about a closed stderr would be a panic.
            .log_internal_errors(false)
            .with_filter(EnvFilter::new(wanted))
    });
    tracing_subscriber::registry().with(desk::log_layer()).with(to_stderr).init();
}

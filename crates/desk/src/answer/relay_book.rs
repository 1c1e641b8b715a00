//! What people change about endpoints, channels and replays, in the book.

use contract::ErrorBody;
use mirror::NewLine;
use serde_json::Value as Json;

use super::endpoints::of_mirror;
use super::scope::Resolved;
use crate::desk::OpenMirror;

/// Writes a line of what somebody changed. Neither a secret nor an address, which may hold one, is part of it.
pub(super) async fn note(
    scope: &Resolved,
    open: &OpenMirror,
    action: &str,
    subject: &str,
    facts: Json,
) -> Result<(), ErrorBody> {
    let line = NewLine { facts, ..NewLine::new(scope.clock.now(), action, subject) };
    open.mirror.book().append(&line).await.map_err(of_mirror)?;
    Ok(())
}

/// The machine of an address, which is all that the book says of it.
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn the_book_names_a_machine_and_no_path() {
        assert_eq!(host_of("https://example.com:8443/hooks/token?key=1"), "example.com:8443");
        assert_eq!(host_of("http://127.0.0.1:3000"), "127.0.0.1:3000");
    }
}

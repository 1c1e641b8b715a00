//! What SendGrid delivers of the messages of an account, taken over into their journal.

use mirror::{InboxRow, Mirror, MirrorError};
use vendors::sendgrid;
use webhooks::Scheme;

/// Takes over what a request tells of messages, where it is one of an account that sends mail. What is known already changes nothing, so a kill
/// between this and the request's own end forgets nothing and doubles nothing.
pub(super) async fn tell(mirror: &Mirror, row: &InboxRow, body: &[u8]) -> Result<(), MirrorError> {
    if row.scheme != Scheme::SendGrid.as_str() {
        return Ok(());
    }
    let accounts = mirror.accounts().list().await?;
    // A source has no messages: nobody sends by it.
    if !accounts.iter().any(|account| account.id == row.account_id) {
        return Ok(());
    }
    let Some(read) = sendgrid::read_events(body) else { return Ok(()) };
    if read.skipped > 0 {
        tracing::warn!(skipped = read.skipped, "events of messages could not be read");
    }
    mirror.messages().apply(row.account_id, &read.events, row.received_at).await?;
    Ok(())
}

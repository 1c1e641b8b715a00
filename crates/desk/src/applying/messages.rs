//! What SendGrid and Twilio deliver of the messages of an account, taken over into their journal.

use domain::{MessageChannel, ToldEvent};
use mirror::{InboxRow, Mirror, MirrorError};
use vendors::{sendgrid, twilio};
use webhooks::Scheme;

/// Takes over what a request tells of messages, where it is one of an account that sends mail. What is known already changes nothing, so a kill
/// between this and the request's own end forgets nothing and doubles nothing.
pub(super) async fn tell(mirror: &Mirror, row: &InboxRow, body: &[u8]) -> Result<(), MirrorError> {
    let Some((channel, told)) = told(row, body) else { return Ok(()) };
    let accounts = mirror.accounts().list().await?;
    // A source has no messages: nobody sends by it.
    if !accounts.iter().any(|account| account.id == row.account_id) {
        return Ok(());
    }
    mirror.messages().apply(row.account_id, channel, &told, row.received_at).await?;
    Ok(())
}

/// What a request tells of messages; none where it is of a vendor that sends none.
fn told(row: &InboxRow, body: &[u8]) -> Option<(MessageChannel, Vec<ToldEvent>)> {
    if row.scheme == Scheme::Twilio.as_str() {
        let told = twilio::read_callback(&row.path, body, row.received_at)?;
        return Some((MessageChannel::Sms, vec![told]));
    }
    if row.scheme != Scheme::SendGrid.as_str() {
        return None;
    }
    let read = sendgrid::read_events(body)?;
    if read.skipped > 0 {
        tracing::warn!(skipped = read.skipped, "events of messages could not be read");
    }
    Some((MessageChannel::Email, read.events))
}

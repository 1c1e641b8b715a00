//! What Twilio calls to tell what became of a message: a form, in any order, each state at most once.

use domain::{MessageEvent, MessageEventKind, MessageId, TellsOf, Timestamp, ToldEvent};
use percent_encoding::percent_decode_str;

use super::answer::is_message_sid;
use super::reasons::reason;

/// Under this name the address that Twilio calls carries our id.
pub const MESSAGE_ARGUMENT: &str = "paydesk_message";
/// Longest word or number that is kept, in characters.
const WORD_MAX: usize = 60;
/// Most fields of a form; Twilio sends some twenty.
const MOST_FIELDS: usize = 200;

/// Reads a call about a message that we, or somebody else, sent: its path with the query, its form, and when it came, since Twilio tells no time. None where it
/// tells of no message, or of one that came in.
pub fn read_callback(path: &str, form: &[u8], received_at: Timestamp) -> Option<ToldEvent> {
    let text = std::str::from_utf8(form).ok()?;
    let sid =
        field(text, "MessageSid").or_else(|| field(text, "SmsSid")).filter(|sid| is_message_sid(sid))?;
    let status = field(text, "MessageStatus").or_else(|| field(text, "SmsStatus"))?;
    if status.is_empty() || status.chars().count() > WORD_MAX || is_inbound(&status) {
        return None;
    }
    let code = field(text, "ErrorCode").and_then(|code| code.parse().ok());
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let message: Option<MessageId> = field(query, MESSAGE_ARGUMENT).and_then(|id| id.parse().ok());
    let to: String = field(text, "To").unwrap_or_default().chars().take(WORD_MAX).collect();
    Some(ToldEvent {
        event: event(&sid, &status, code, received_at),
        of: TellsOf { message, vendor_id: Some(sid), to, ..TellsOf::default() },
    })
}

/// That a message reached a state. The list of messages and a call tell of the same, so that it is the same event.
pub(super) fn event(sid: &str, status: &str, code: Option<u32>, at: Timestamp) -> MessageEvent {
    let reason = code.filter(|code| *code > 0).map(reason);
    MessageEvent { id: format!("{sid}:{status}"), kind: kind(status), at, reason }
}

/// Whether a state is one of a message that somebody sent to the account.
pub(super) fn is_inbound(status: &str) -> bool {
    matches!(status, "receiving" | "received")
}

/// Twilio's word for how a message stands, in ours; one that is not known is kept.
fn kind(status: &str) -> MessageEventKind {
    match status {
        "accepted" | "scheduled" | "queued" => MessageEventKind::Queued,
        "sending" | "sent" => MessageEventKind::Processed,
        // What came in was delivered to us.
        "delivered" | "receiving" | "received" => MessageEventKind::Delivered,
        "undelivered" => MessageEventKind::Bounced,
        "failed" | "canceled" => MessageEventKind::Dropped,
        "read" => MessageEventKind::Opened,
        other => MessageEventKind::Other(other.to_owned()),
    }
}

/// The first field of that name in a form.
fn field(form: &str, name: &str) -> Option<String> {
    form.split('&').take(MOST_FIELDS).find_map(|pair| {
        let (one, value) = pair.split_once('=')?;
        (one == name).then(|| percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
    })
}

#[cfg(test)]
mod tests {
    use domain::MessageState;

    use super::*;

    const SID: &str = "SM0123456789abcdef0123456789abcdef";

    fn read(path: &str, form: &str) -> Option<ToldEvent> {
        read_callback(path, form.as_bytes(), Timestamp::from_seconds(7))
    }

    #[test]
    fn a_call_tells_of_our_message_by_its_address_or_by_the_vendors_id() {
        let ours = MessageId::generate();
        let form = format!(
            "MessageSid={SID}&MessageStatus=undelivered&ErrorCode=30003&To=%2B4915112345678&From=%2B1"
        );
        let told = read(&format!("/hooks/…?{MESSAGE_ARGUMENT}={ours}"), &form).unwrap();
        assert_eq!(told.of.message, Some(ours));
        assert_eq!((told.of.vendor_id.as_deref(), told.of.to.as_str()), (Some(SID), "+4915112345678"));
        assert_eq!(told.event.id, format!("{SID}:undelivered"));
        assert_eq!(told.event.kind.state(), Some(MessageState::Bounced));
        assert_eq!(told.event.reason.as_deref(), Some("handset_unreachable (30003)"));
        assert_eq!(read("/hooks/…?paydesk_message=x", &form).unwrap().of.message, None);
    }

    #[test]
    fn what_tells_of_no_message_of_ours_is_passed_over() {
        for form in [
            "",
            "MessageStatus=sent",
            "MessageSid=SMx&MessageStatus=sent",
            &format!("MessageSid={SID}"),
            &format!("MessageSid={SID}&MessageStatus="),
            &format!("MessageSid={SID}&SmsStatus=received&Body=Hello"),
            "CallSid=CA1&CallStatus=ringing",
            "{}",
        ] {
            assert_eq!(read("/", form), None, "{form}");
        }
        assert_eq!(read_callback("/", &[0xff, 0xfe], Timestamp::from_seconds(1)), None);
        let odd = read("/", &format!("MessageSid={SID}&MessageStatus=partially_delivered")).unwrap();
        assert_eq!(odd.event.kind.state(), None);
    }
}

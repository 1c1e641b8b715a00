//! What an answer of a channel's vendor means. Each has words of its own.

use super::Form;
use crate::relay::{Ended, NextStep, StopReason, Tried, decide};

/// Types that end an incident: they are never taken into a summary, so that nothing stays open.
pub const RESOLVING: [&str; 4] =
    ["paydesk.refund.settled", "paydesk.refund.closed", "paydesk.dispute.answered", "paydesk.mirror.healed"];

/// What follows a try at a channel. `answer` is the beginning of what its vendor said.
///
/// What the vendor says about the channel itself stops it; what it says about one message gives that up; all else passes.
pub fn judge(form: Form, tried: &Tried, answer: &[u8]) -> NextStep {
    let Ended::Status(status) = tried.ended else { return decide(tried) };
    let says = |word: &str| {
        let text = String::from_utf8_lossy(answer).to_lowercase();
        text.contains(word)
    };
    match (form, status) {
        // Anything else in place of `ok` is a page of somebody between here and Slack.
        (Form::Slack, 200) if answer.trim_ascii() == b"ok" => NextStep::Delivered,
        (Form::Slack, 200..=299) => decide(&Tried { ended: Ended::NoAnswer, ..*tried }),
        (Form::Slack, 403 | 404 | 410) => NextStep::Stop(StopReason::Gone),
        (Form::PagerDuty | Form::Email, 202) => NextStep::Delivered,
        (Form::PagerDuty | Form::Email, 200..=299) => decide(&Tried { ended: Ended::NoAnswer, ..*tried }),
        (Form::PagerDuty, 400) if says("routing key") || says("routing_key") => {
            NextStep::Stop(StopReason::Gone)
        }
        (Form::PagerDuty, 401 | 403 | 404 | 410) => NextStep::Stop(StopReason::Gone),
        (Form::Email, 401 | 403) => NextStep::Stop(StopReason::Gone),
        (_, 400 | 413) => NextStep::GiveUp,
        _ => decide(tried),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::super::Form;
    use super::judge;
    use crate::relay::{Ended, NextStep, Schedule, StopReason, Tried};

    fn after(form: Form, ended: Ended, answer: &str) -> NextStep {
        let tried = Tried {
            schedule: Schedule::Relay,
            ended,
            attempt: 1,
            retry_after_ms: None,
            failing_since: None,
            now: Timestamp::from_ms(1_700_000_000_000),
            chance: 200,
        };
        judge(form, &tried, answer.as_bytes())
    }

    #[test]
    fn each_vendor_has_words_of_its_own() {
        use Form::{Email, PagerDuty, Slack};
        let status = |form, status, answer| after(form, Ended::Status(status), answer);
        assert_eq!(status(Slack, 200, "ok"), NextStep::Delivered);
        assert!(matches!(status(Slack, 200, "<html>Sign in"), NextStep::Retry { .. }));
        for gone in [(403, "invalid_token"), (404, "no_service"), (410, "channel_is_archived")] {
            assert_eq!(status(Slack, gone.0, gone.1), NextStep::Stop(StopReason::Gone), "{gone:?}");
        }
        assert_eq!(status(Slack, 400, "invalid_payload"), NextStep::GiveUp);
        assert_eq!(status(PagerDuty, 202, r#"{"status":"success"}"#), NextStep::Delivered);
        assert_eq!(
            status(PagerDuty, 400, r#"{"errors":["Invalid routing key"]}"#),
            NextStep::Stop(StopReason::Gone)
        );
        assert_eq!(status(PagerDuty, 400, r#"{"errors":["'payload.source' is missing"]}"#), NextStep::GiveUp);
        assert_eq!(status(Email, 202, ""), NextStep::Delivered);
        assert_eq!(status(Email, 401, ""), NextStep::Stop(StopReason::Gone));
        assert_eq!(status(Email, 413, ""), NextStep::GiveUp);
        for form in [Slack, PagerDuty, Email] {
            // The table's five seconds, or thirty where the vendor wants fewer.
            assert_eq!(status(form, 500, ""), NextStep::Retry { wait_ms: 5_000 }, "{form:?}");
            assert_eq!(status(form, 429, ""), NextStep::Retry { wait_ms: 30_000 }, "{form:?}");
            assert_eq!(after(form, Ended::NoAnswer, ""), NextStep::Retry { wait_ms: 5_000 }, "{form:?}");
        }
    }
}

//! Endpoints, deliveries and replays as text.

use contract::Page;
use contract::relay::{
    DeliveryAttemptView, DeliveryDetail, DeliveryState, DeliveryView, EndpointDetail, EndpointState,
    EndpointView, ReplaySource, ReplayState, ReplayView,
};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

fn endpoint_state(one: &EndpointView) -> String {
    let word = match one.state {
        EndpointState::On => "on",
        EndpointState::Paused => "paused",
        EndpointState::Stopped => "stopped",
    };
    one.reason.as_deref().map_or_else(|| word.to_owned(), |reason| format!("{word}: {}", code(reason)))
}

fn wanted(events: &[String]) -> String {
    if events.is_empty() { "all".to_owned() } else { events.join(",") }
}

impl Answer for EndpointView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("Endpoint", Some(self.id.clone())),
            ("URL", Some(self.url.clone())),
            ("Account", Some(self.account.clone().unwrap_or_else(|| "all".to_owned()))),
            ("Events", Some(wanted(&self.events))),
            ("Where", (!self.conditions.is_empty()).then(|| self.conditions.join(" and "))),
            ("Secret in", Some(self.secret_location.clone())),
            ("State", Some(endpoint_state(self))),
            ("Since", Some(moment(self.since))),
            ("Failing", self.failing_since.map(|since| format!("since {}", moment(since)))),
            ("Pace", Some(format!("{} a second, {} at once", self.rate_per_second, self.concurrency))),
            ("Ordered", self.ordered.then(|| "per object".to_owned())),
            ("Waiting", Some(self.waiting.to_string())),
            ("Failed", Some(self.failed.to_string())),
        ]);
    }
}

impl Answer for Page<EndpointView> {
    fn write_text(&self, text: &mut Text) {
        let columns =
            [left("ENDPOINT"), left("STATE"), right("WAITING"), right("FAILED"), left("EVENTS"), left("URL")];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    one.id.clone(),
                    endpoint_state(one),
                    one.waiting.to_string(),
                    one.failed.to_string(),
                    wanted(&one.events),
                    one.url.clone(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for EndpointDetail {
    fn write_text(&self, text: &mut Text) {
        self.endpoint.write_text(text);
        if self.days.is_empty() {
            return;
        }
        text.heading("Tries by day");
        let columns = [left("DAY"), right("TAKEN"), right("FAILED"), right("TYPICALLY")];
        let rows: Vec<Vec<String>> = self
            .days
            .iter()
            .map(|one| {
                vec![
                    one.day.clone(),
                    one.taken.to_string(),
                    one.failed.to_string(),
                    format!("{} ms", one.typical_ms),
                ]
            })
            .collect();
        text.table(&columns, &rows);
    }
}

/// The word for how far a delivery is.
pub(super) fn state_word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Sending => "sending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::Canceled => "canceled",
    }
}

fn delivery_state(one: &DeliveryView) -> String {
    let word = state_word(one.state);
    one.problem.as_deref().map_or_else(|| word.to_owned(), |problem| format!("{word}: {}", code(problem)))
}

impl Answer for Page<DeliveryView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("DELIVERY"),
            left("MADE"),
            left("STATE"),
            right("STATUS"),
            right("TRIES"),
            left("TYPE"),
            left("EVENT"),
            left("ENDPOINT"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    one.id.clone(),
                    moment(one.created),
                    delivery_state(one),
                    or_dash(one.status.map(|status| status.to_string())),
                    format!("{}/{}", one.attempts, one.attempts_max),
                    one.event_type.clone(),
                    one.event.clone(),
                    one.endpoint.clone(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for DeliveryDetail {
    fn write_text(&self, text: &mut Text) {
        let one = &self.delivery;
        text.facts(&[
            ("Delivery", Some(one.id.clone())),
            ("Event", Some(one.event.clone())),
            ("Type", Some(one.event_type.clone())),
            ("Account", Some(one.account.clone())),
            ("Endpoint", Some(one.endpoint.clone())),
            ("URL", Some(one.url.clone())),
            ("Message id", Some(one.message_id.clone())),
            ("Replay", one.replay.clone()),
            ("State", Some(delivery_state(one))),
            ("Next try", one.next_try.map(moment)),
        ]);
        for attempt in &self.attempts {
            write_attempt(text, attempt);
        }
    }
}

fn write_attempt(text: &mut Text, one: &DeliveryAttemptView) {
    text.heading(&format!("Try {}", one.number));
    text.facts(&[
        ("When", Some(moment(one.started))),
        ("Took", Some(format!("{} ms", one.took_ms))),
        ("Status", one.status.map(|status| status.to_string())),
        ("Problem", one.problem.as_deref().map(code)),
        ("Detail", one.detail.clone()),
        ("Address", one.address.clone()),
    ]);
    for (name, value) in &one.headers {
        text.line(format!("  {name}: {value}"));
    }
    for line in one.answer.lines() {
        text.line(format!("  {line}"));
    }
    if one.answer_cut {
        text.line("  … the rest was not read");
    }
}

fn replay_state(state: ReplayState) -> &'static str {
    match state {
        ReplayState::Preparing => "preparing",
        ReplayState::Running => "running",
        ReplayState::Done => "done",
        ReplayState::Canceled => "canceled",
    }
}

fn source(source: &ReplaySource) -> String {
    match source {
        ReplaySource::Events { ids } if ids.len() == 1 => ids.concat(),
        ReplaySource::Events { ids } => format!("{} events", ids.len()),
        ReplaySource::Query { query } => format!("query {query}"),
        ReplaySource::FailedSince { since, .. } => format!("failed since {}", moment(*since)),
    }
}

impl Answer for ReplayView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("Replay", Some(self.id.clone())),
            ("Of", Some(source(&self.source))),
            ("To", Some(self.url.clone())),
            ("State", Some(replay_state(self.state).to_owned())),
            ("Events", Some(self.total.to_string())),
            ("Delivered", Some(self.delivered.to_string())),
            ("Failed", Some(self.failed.to_string())),
            ("Waiting", (self.waiting > 0).then(|| self.waiting.to_string())),
            ("Taken back", (self.canceled > 0).then(|| self.canceled.to_string())),
            ("Left out", (self.left_out > 0).then(|| format!("{} that are masked or gone", self.left_out))),
            ("Ended since", self.problem.as_ref().map(|problem| problem.words().what)),
        ]);
    }
}

impl Answer for Page<ReplayView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("REPLAY"),
            left("STARTED"),
            left("STATE"),
            right("EVENTS"),
            right("DELIVERED"),
            right("FAILED"),
            left("TO"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    one.id.clone(),
                    moment(one.started),
                    replay_state(one.state).to_owned(),
                    one.total.to_string(),
                    one.delivered.to_string(),
                    one.failed.to_string(),
                    one.url.clone(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

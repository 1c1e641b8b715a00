//! Channels as text.

use contract::Page;
use contract::channels::{
    ChannelKind, ChannelPreview, ChannelRules, ChannelTested, ChannelView, SandboxMessage,
};
use contract::relay::EndpointState;

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

fn kind(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Slack => "slack",
        ChannelKind::Pagerduty => "pagerduty",
        ChannelKind::Email => "email",
        ChannelKind::Desktop => "desktop",
    }
}

fn state(one: &ChannelView) -> String {
    let word = match one.state {
        EndpointState::On if one.quiet_until.is_some() => "quiet",
        EndpointState::On => "on",
        EndpointState::Paused => "paused",
        EndpointState::Stopped => "stopped",
    };
    one.reason.as_deref().map_or_else(|| word.to_owned(), |reason| format!("{word}: {}", code(reason)))
}

fn quiet(rules: &ChannelRules) -> Option<String> {
    let quiet = rules.quiet.as_ref()?;
    Some(format!("{}-{} in {}", quiet.from, quiet.to, quiet.zone))
}

fn last(one: &ChannelView) -> Option<String> {
    let last = one.last.as_ref()?;
    let state = super::relay::state_word(last.state);
    let problem = last.problem.as_deref().map(|problem| format!(", {}", code(problem))).unwrap_or_default();
    Some(format!("{} {}: {state}{problem}", moment(last.created), last.event_type))
}

impl Answer for ChannelView {
    fn write_text(&self, text: &mut Text) {
        let rules = &self.rules;
        text.facts(&[
            ("Channel", Some(self.name.clone())),
            ("Kind", Some(kind(self.kind).to_owned())),
            ("Id", Some(self.id.clone())),
            ("Messages", Some(rules.events.join(","))),
            ("Where", (!rules.conditions.is_empty()).then(|| rules.conditions.join(" and "))),
            ("Quiet", quiet(rules)),
            ("Most an hour", rules.per_hour.map(|most| most.to_string())),
            ("Payers named", Some(if rules.with_personal { "yes" } else { "no" }.to_owned())),
            ("From", rules.from.clone()),
            ("To", (!rules.to.is_empty()).then(|| rules.to.join(", "))),
            ("Secret in", self.secret_location.clone()),
            ("State", Some(state(self))),
            ("Quiet until", self.quiet_until.map(moment)),
            ("Failing", self.failing_since.map(|since| format!("since {}", moment(since)))),
            ("Waiting", Some(self.waiting.to_string())),
            ("Failed", Some(self.failed.to_string())),
            ("Last", last(self)),
        ]);
    }
}

impl Answer for Page<ChannelView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("CHANNEL"),
            left("KIND"),
            left("STATE"),
            right("WAITING"),
            right("FAILED"),
            left("MESSAGES"),
            left("LAST"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    one.name.clone(),
                    kind(one.kind).to_owned(),
                    state(one),
                    one.waiting.to_string(),
                    one.failed.to_string(),
                    one.rules.events.join(","),
                    or_dash(last(one)),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for ChannelPreview {
    fn write_text(&self, text: &mut Text) {
        for message in &self.messages {
            let wanted = if message.wanted { "" } else { " (not wanted)" };
            text.heading(&format!("{}{wanted}", message.event_type));
            for line in message.text.lines() {
                text.line(line);
            }
        }
    }
}

impl Answer for ChannelTested {
    fn write_text(&self, text: &mut Text) {
        let what = match (self.taken, self.status, self.problem.as_deref()) {
            (true, None, _) => format!("The test message is shown by {}.", self.name),
            (true, Some(status), _) => format!("{} took the test message ({status}).", self.name),
            (false, Some(status), _) => format!("{} did not take the test message ({status}).", self.name),
            (false, None, problem) => {
                format!(
                    "The test message did not reach {}: {}.",
                    self.name,
                    code(problem.unwrap_or("failed"))
                )
            }
        };
        text.line(what);
        text.facts(&[
            ("Answer", Some(self.answer.clone()).filter(|answer| !answer.is_empty())),
            ("Took", self.status.map(|_| format!("{} ms", self.took_ms))),
        ]);
        if !self.taken {
            text.line(
                "No money moved. Check what the vendor said, give the channel another secret or try again.",
            );
        }
    }
}

impl Answer for Page<SandboxMessage> {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("AT"), left("IN PLACE OF"), right("ANSWERED"), left("BODY")];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    moment(one.at),
                    kind(one.vendor).to_owned(),
                    one.status.to_string(),
                    one.body.chars().take(200).collect(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

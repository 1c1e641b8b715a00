//! Events as text.

use contract::Page;
use contract::events::{EventDetail, HookView, ReceivedDetail, ReceivedEventView};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash};
use crate::words::{code, moment};

impl Answer for Page<ReceivedEventView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("NUMBER"),
            left("RECEIVED"),
            left("ACCOUNT"),
            left("SIGNATURE"),
            left("BECAME"),
            left("TYPE"),
            left("EVENT"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                vec![
                    one.received_id.clone(),
                    moment(one.received),
                    one.account.clone(),
                    code(&one.verdict),
                    became(one),
                    kind_of(one),
                    or_dash(one.event.as_deref()),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for EventDetail {
    fn write_text(&self, text: &mut Text) {
        if let Some(event) = &self.event {
            text.facts(&[
                ("Event", Some(event.id.clone())),
                ("Account", Some(event.account.clone())),
                ("Type", Some(event.event_type.clone())),
                ("Created", Some(moment(event.created))),
                ("About", event.object_id.clone()),
                ("Payment", event.payment.clone()),
                ("Version", event.api_version.clone()),
                ("Request", event.request_id.clone()),
                ("Came", Some(super::history::came(event.came).to_owned())),
            ]);
        }
        for one in &self.received {
            write_request(text, one);
        }
        if self.versions.len() > 1 {
            text.heading("Events about the same thing");
            for one in &self.versions {
                text.line(format!("{}  {}  {}", moment(one.created), one.id, one.event_type));
            }
        }
        text.heading("Document");
        for line in self.document.lines() {
            text.line(line);
        }
    }
}

fn write_request(text: &mut Text, one: &ReceivedDetail) {
    text.heading(&format!("Received as {}", one.request.received_id));
    text.facts(&[
        ("When", Some(moment(one.request.received))),
        ("Signature", Some(format!("{} ({})", code(&one.request.verdict), one.scheme))),
        ("Signed", one.signed_at.map(moment)),
        ("Became", Some(became(&one.request))),
        ("Request", Some(format!("{} {}", one.method, one.path))),
        ("Bytes", Some(one.body_bytes.to_string())),
        ("Replayable", Some(if one.request.replayable { "yes" } else { "no" }.to_owned())),
    ]);
    for (name, value) in &one.headers {
        text.line(format!("  {name}: {value}"));
    }
}

/// What a request tells of, or of how much where that is several.
fn kind_of(one: &ReceivedEventView) -> String {
    match one.several {
        0 => or_dash(one.event_type.as_deref()),
        several => format!("{several} events"),
    }
}

impl Answer for Page<HookView> {
    fn write_text(&self, text: &mut Text) {
        if self.items.is_empty() {
            return text.line("No path; `paydeskctl listen` or `paydeskctl hooks add` makes one.");
        }
        for (place, hook) in self.items.iter().enumerate() {
            if place > 0 {
                text.line("");
            }
            hook.write_text(text);
        }
    }
}

impl Answer for HookView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            (if self.is_source { "Source" } else { "Account" }, Some(self.account.clone())),
            ("Scheme", Some(self.scheme.clone())),
            ("URL", self.url.clone()),
            ("Called", self.public_url.clone()),
            ("Webhook", self.webhook_id.clone()),
            ("Secret", Some(self.secret_location.clone())),
            ("Listening", Some(if self.listening { "yes" } else { "no" }.to_owned())),
            ("Problem", self.problem.clone()),
        ]);
    }
}

/// What became of a request, with the reason where it has one.
fn became(one: &ReceivedEventView) -> String {
    let state = code(&one.state);
    one.reason.as_deref().map_or_else(|| state.clone(), |reason| format!("{state}: {}", code(reason)))
}

/// One line for an event that came now.
pub(crate) fn line_of(one: &ReceivedEventView) -> String {
    let line = [
        moment(one.received),
        kind_of(one),
        or_dash(one.event.as_deref()),
        or_dash(one.object_id.as_deref()),
        became(one),
    ];
    crate::words::clean(&line.join("  "))
}

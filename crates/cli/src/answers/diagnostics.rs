//! The log, what leaves the machine, telemetry and the text for support, as text.

use contract::diagnostics::{
    DestinationKind, Destinations, Diagnostics, DiagnosticsSaved, LogLevel, LogLine, LogPage, TelemetryView,
};

use super::Answer;
use crate::text::{Text, left};
use crate::words::moment;

impl Answer for LogPage {
    fn write_text(&self, text: &mut Text) {
        let rows: Vec<Vec<String>> = self.items.iter().map(row).collect();
        text.table(&[left("TIME"), left("LEVEL"), left("PART"), left("WHAT")], &rows);
        text.line(format!("{} lines from {} ({} bytes)", self.items.len(), self.folder, self.bytes));
        if let Some(next) = &self.next {
            text.line(format!("Older lines: --after {next}"));
        }
    }
}

fn row(line: &LogLine) -> Vec<String> {
    let level = match line.level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    };
    let facts: String = line.facts.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    vec![moment(line.at), level.to_owned(), line.part.clone(), format!("{}{facts}", line.message)]
}

impl Answer for Destinations {
    fn write_text(&self, text: &mut Text) {
        let row = |host: &str, kind: DestinationKind, company: Option<&str>, used: String| {
            let whom = company.map_or_else(String::new, |company| format!("{company}: "));
            vec![host.to_owned(), used, format!("{whom}{}", what(kind))]
        };
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                let used: Vec<&str> = one.used_in.iter().map(|environment| environment.as_str()).collect();
                let used = match (used.is_empty(), one.in_use) {
                    (false, _) => used.join(", "),
                    (true, true) => "yes".to_owned(),
                    (true, false) => "no".to_owned(),
                };
                row(&one.host, one.kind, one.company.as_deref(), used)
            })
            .collect();
        text.table(&[left("TO"), left("IN USE"), left("WHAT")], &rows);
        text.line("Nothing else leaves this machine by Paydesk. There is no telemetry unless an address is set for it.");
    }
}

fn what(kind: DestinationKind) -> &'static str {
    match kind {
        DestinationKind::Payments => "calls about payments, with the account's key",
        DestinationKind::Email => "email to customers, and what became of it",
        DestinationKind::Sms => "SMS to customers, and what became of them",
        DestinationKind::Channel => "messages of Paydesk's own, where a channel was added",
        DestinationKind::Endpoint => "events, as a person asked for",
        DestinationKind::Certificate => "reads the certificate that events are signed with",
        DestinationKind::Telemetry => "figures of calls, as a person asked for",
    }
}

impl Answer for TelemetryView {
    fn write_text(&self, text: &mut Text) {
        let Some(address) = &self.address else {
            text.line("Off. No figures leave this machine.");
            return;
        };
        text.facts(&[
            ("sent to", Some(address.clone())),
            ("last taken", Some(self.taken_at.map_or_else(|| "not since the start".to_owned(), moment))),
            ("problem", self.problem.clone()),
        ]);
    }
}

impl Answer for Diagnostics {
    fn write_text(&self, text: &mut Text) {
        for line in self.text.lines() {
            text.line(line);
        }
    }
}

impl Answer for DiagnosticsSaved {
    fn write_text(&self, text: &mut Text) {
        text.line(format!("Saved {} bytes in {}. Nothing was sent.", self.bytes, self.path));
    }
}

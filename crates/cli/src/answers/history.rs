//! The history of events as text.

use contract::history::{
    CameBy, EventCount, EventDiff, EventsExported, FoundEvents, MissedEvents, Triggered,
};
use serde::Serialize;

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::moment;

/// What was found, with how much there is of it.
#[derive(Debug, Serialize)]
pub(crate) struct FoundEventsAndCount {
    /// The page.
    #[serde(flatten)]
    pub(crate) found: FoundEvents,
    /// All of it.
    pub(crate) count: EventCount,
}

/// How an event came, in a word.
pub(super) fn came(by: CameBy) -> &'static str {
    match by {
        CameBy::Feed => "by the feed",
        CameBy::Verified => "verified",
        CameBy::Part => "verified in part",
        CameBy::Refused => "refused",
        CameBy::Apart => "kept apart",
    }
}

impl Answer for FoundEventsAndCount {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("WHEN"), left("ACCOUNT"), left("TYPE"), left("ABOUT"), left("CAME"), left("ID")];
        let rows: Vec<Vec<String>> = self
            .found
            .items
            .iter()
            .map(|one| {
                let came = came(one.came);
                vec![
                    moment(one.created),
                    one.account.clone(),
                    or_dash(one.event_type.as_deref()),
                    or_dash(one.object_id.as_deref()),
                    one.reason.as_ref().map_or_else(
                        || came.to_owned(),
                        |why| format!("{came}: {}", crate::words::code(why)),
                    ),
                    one.id.clone(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        super::write_page_end(text, self.found.items.len(), self.count.events, self.found.next.as_deref());
    }
}

impl Answer for EventDiff {
    fn write_text(&self, text: &mut Text) {
        for (name, side) in [("Before", &self.before), ("After", &self.after)] {
            let what = side.event_type.as_deref().unwrap_or("as it is now");
            text.facts(&[(name, Some(format!("{}  {}  {what}", moment(side.at), side.id)))]);
        }
        if !self.same_object {
            text.line("They are about different things.");
        }
        if self.changes.is_empty() {
            text.line("Nothing differs in what they carry.");
        }
        let columns = [left("FIELD"), left("BEFORE"), left("AFTER")];
        let rows: Vec<Vec<String>> = self
            .changes
            .iter()
            .map(|one| vec![one.path.clone(), or_dash(one.before.as_deref()), or_dash(one.after.as_deref())])
            .collect();
        if !rows.is_empty() {
            text.table(&columns, &rows);
        }
        if self.cut {
            text.line("There are more changes than these.");
        }
        if let Some(previous) = &self.previous_attributes {
            text.heading("What the later event says was so before");
            for line in previous.lines() {
                text.line(line);
            }
        }
    }
}

impl Answer for EventsExported {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("File", Some(self.path.clone())),
            ("Requests", Some(self.requests.to_string())),
            ("From the feed", Some(self.from_feed.to_string())),
            ("Left out", Some(self.left_out.to_string())),
        ]);
        if self.left_out > 0 {
            text.line("What was left out is not kept byte for byte as it came.");
        }
    }
}

impl Answer for MissedEvents {
    fn write_text(&self, text: &mut Text) {
        if self.items.is_empty() {
            text.line("Nothing was missed.");
        }
        for one in &self.items {
            let events = if one.events == 1 { "event was" } else { "events were" };
            text.heading(&format!(
                "{} {events} missed at {} from {} to {}",
                one.events,
                one.account,
                moment(one.from),
                moment(one.until)
            ));
            let rows: Vec<Vec<String>> =
                one.types.iter().map(|each| vec![each.events.to_string(), each.event_type.clone()]).collect();
            text.table(&[right("EVENTS"), left("TYPE")], &rows);
            if one.beyond_feed {
                text.line("The vendor's feed did not reach back to all of it; there may have been more.");
            }
            text.line(format!("Replay them: paydeskctl replay --query '{}' --to URL", one.query));
        }
    }
}

impl Answer for Triggered {
    fn write_text(&self, text: &mut Text) {
        for step in &self.steps {
            text.line(format!("{} {} {}", step.status, step.call, step.id.as_deref().unwrap_or_default()));
        }
        match &self.event {
            Some(id) => text.line(format!("{} at {}: {id}", self.event_type, self.account)),
            None => text.line(format!("{} at {}", self.event_type, self.account)),
        }
    }
}

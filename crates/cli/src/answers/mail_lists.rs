//! Templates, groups and suppressions as text.

use contract::mail_lists::{
    GroupList, RenderedView, SuppressionList, SuppressionView, TemplateDetail, TemplateList,
};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{clean, code, moment};

impl Answer for TemplateList {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("ID"), left("NAME"), left("SUBJECT"), left("CHANGED")];
        let row = |one: &contract::mail_lists::TemplateView| {
            vec![
                one.id.clone(),
                one.name.clone(),
                or_dash(one.subject.as_deref()),
                or_dash(one.updated.as_deref()),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        text.line(format!("{} templates of {} as of {}", self.items.len(), self.account, moment(self.as_of)));
    }
}

/// What a template comes to.
pub(super) fn write_rendered(text: &mut Text, one: &RenderedView) {
    text.facts(&[
        ("subject", Some(one.subject.clone())),
        ("missing", Some(one.missing.join(", ")).filter(|all| !all.is_empty())),
        (
            "helpers that SendGrid does not have",
            Some(one.unknown_helpers.join(", ")).filter(|all| !all.is_empty()),
        ),
    ]);
    for (heading, body) in [("Text", &one.text), ("HTML", &one.html)] {
        if !body.is_empty() {
            text.heading(heading);
            body.lines().for_each(|line| text.line(clean(line)));
        }
    }
}

impl Answer for TemplateDetail {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("id", Some(self.template.id.clone())),
            ("name", Some(self.template.name.clone())),
            ("as of", Some(moment(self.as_of))),
            ("filled in", Some(self.data.clone())),
            ("cannot be shown", self.problem.clone()),
        ]);
        if let Some(rendered) = &self.rendered {
            write_rendered(text, rendered);
        }
    }
}

/// Why an address gets nothing.
pub(super) fn suppression(one: &SuppressionView) -> String {
    let since = one.since.map(|since| format!(" since {}", moment(since))).unwrap_or_default();
    let reason = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let effect = if one.drops { "SendGrid would drop it" } else { "SendGrid would try" };
    format!("{}{since}{reason}; {effect}", code(&one.kind))
}

impl Answer for SuppressionList {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("ADDRESS"), left("LIST"), left("GROUP"), left("SINCE"), left("WHY")];
        let row = |one: &SuppressionView| {
            vec![
                one.email.clone(),
                code(&one.kind),
                or_dash(one.group.map(|group| group.to_string()).as_deref()),
                or_dash(one.since.map(moment).as_deref()),
                or_dash(one.reason.as_deref()),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
        text.line(format!("as of {}", moment(self.as_of)));
    }
}

impl Answer for GroupList {
    fn write_text(&self, text: &mut Text) {
        let columns = [right("NUMBER"), left("NAME"), left("FOR"), right("LEFT")];
        let row = |one: &contract::mail_lists::GroupView| {
            vec![one.id.to_string(), one.name.clone(), one.description.clone(), one.unsubscribes.to_string()]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        text.line(format!("{} groups of {} as of {}", self.items.len(), self.account, moment(self.as_of)));
    }
}

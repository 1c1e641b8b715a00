//! Email by the thousand as text.

use contract::Page;
use contract::bulk::BulkRunState;
use contract::mail_runs::{MailRunRowView, MailRunView, MailSamples};

use super::mail_lists::write_rendered;
use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

/// The word for how far a run is.
fn state(run: &MailRunView) -> &'static str {
    match run.state {
        BulkRunState::Ready => "ready",
        BulkRunState::Running => "running",
        BulkRunState::Paused => "paused",
        BulkRunState::Done => "done",
        BulkRunState::Canceled => "canceled",
    }
}

impl Answer for MailRunView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("run", Some(self.id.clone())),
            ("from", Some(format!("{} ({})", self.name, code(&self.source)))),
            ("account", Some(self.account.clone())),
            ("subject", self.subject.clone()),
            ("template", self.template.clone()),
            ("group", self.group.map(|group| group.to_string())),
            ("goes at", self.send_at.map(moment)),
            ("at the vendor", self.schedule.as_deref().map(code)),
            ("state", Some(state(self).to_owned())),
            ("because", self.problem.as_deref().map(code)),
            ("in the vendor's words", self.problem_detail.clone()),
            ("same as", self.same_as.clone()),
            ("made", Some(moment(self.created))),
            ("recipients", Some(self.rows.to_string())),
            ("to be sent", Some(self.to_send.to_string())),
        ]);
        let rows: Vec<Vec<String>> =
            self.states.iter().map(|one| vec![code(&one.state), one.rows.to_string()]).collect();
        text.blank();
        text.table(&[left("STATE"), right("RECIPIENTS")], &rows);
        if !self.problems.is_empty() {
            text.heading("Left out");
            let row = |one: &contract::mail_runs::MailProblemView| {
                vec![code(&one.hold), code(&one.code), one.rows.to_string()]
            };
            let rows: Vec<Vec<String>> = self.problems.iter().map(row).collect();
            text.table(&[left("WHAT"), left("WHY"), right("RECIPIENTS")], &rows);
        }
    }

    fn remark(&self) -> Option<String> {
        if self.in_doubt > 0 && self.state != BulkRunState::Running {
            return Some(format!(
                "Of {} it is not known whether they got it. They are not tried again; wait for what the vendor tells of them.",
                self.in_doubt
            ));
        }
        match self.state {
            BulkRunState::Paused => Some(format!("Go on with `email bulk --resume {}`.", self.id)),
            _ if !self.suppressions_read => Some(
                "The key may not read whom the vendor sends nothing to, so nobody was left out for that."
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

impl Answer for Page<MailRunView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("MADE"),
            left("FROM"),
            left("STATE"),
            right("RECIPIENTS"),
            right("TO SEND"),
            right("IN DOUBT"),
            left("ID"),
        ];
        let row = |run: &MailRunView| {
            vec![
                moment(run.created),
                run.name.clone(),
                state(run).to_owned(),
                run.rows.to_string(),
                run.to_send.to_string(),
                run.in_doubt.to_string(),
                run.id.clone(),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for Page<MailRunRowView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [right("LINE"), left("TO"), left("STATE"), left("WHY"), left("MORE"), left("MESSAGE")];
        let row = |one: &MailRunRowView| {
            vec![
                one.line.to_string(),
                one.to.clone().unwrap_or_else(|| one.given.clone()),
                code(&one.state),
                or_dash(one.reason.as_deref()),
                or_dash(one.detail.as_deref()),
                or_dash(one.message.as_deref()),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for MailSamples {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[("from", Some(self.from.clone()))]);
        for one in &self.items {
            text.heading(&format!("Line {}: {}", one.line, one.to));
            write_rendered(text, &one.rendered);
            if one.sandbox_mode {
                text.line("The vendor would only check it: the address is not on the account's list.");
            }
        }
    }
}

//! Approvals as text.

use contract::Page;
use contract::approvals::{ApprovalRowView, ApprovalRunView, ApprovalView, ApproverView, MyKey, SignerView};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment, money};

impl Answer for MyKey {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("key", Some(self.key.clone())),
            ("fingerprint", Some(self.fingerprint.clone())),
            ("name", Some(self.name.clone()).filter(|name| !name.is_empty())),
            ("user", Some(self.system_user.clone())),
            ("file", self.path.clone()),
        ]);
    }
}

impl Answer for Page<ApproverView> {
    fn write_text(&self, text: &mut Text) {
        if self.items.is_empty() {
            text.line("Nobody's approvals count here yet.");
            return;
        }
        let columns = [left("NAME"), left("FINGERPRINT"), left("SINCE"), left("UNTIL"), left("KEY")];
        let row = |one: &ApproverView| {
            vec![
                one.name.clone(),
                one.fingerprint.clone(),
                moment(one.trusted),
                or_dash(one.removed.map(moment)),
                one.key.clone(),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
    }
}

impl Answer for ApproverView {
    fn write_text(&self, text: &mut Text) {
        let until = self.removed.map(moment);
        text.line(match until {
            None => format!("The approvals of {} ({}) count here now.", self.name, self.fingerprint),
            Some(_) => format!("The approvals of {} ({}) count here no more.", self.name, self.fingerprint),
        });
    }
}

fn who(one: &SignerView) -> String {
    let known = match (one.me, one.trusted) {
        (true, _) => "you",
        (false, true) => "trusted here",
        (false, false) => "NOT trusted here",
    };
    format!("{} ({}, {known})", one.name, one.fingerprint)
}

/// Whether money moved, in a sentence.
fn money_sentence(one: &ApprovalView) -> &'static str {
    match one.state.as_str() {
        "used" if one.run.is_some() => "Its run began under it; the run tells what moved.",
        "used" => "It became a refund; the refund tells whether money moved.",
        "approved" if one.mine => "No money moved yet: issue it with `approvals use`.",
        _ => "No money moved.",
    }
}

impl Answer for Page<ApprovalView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("CREATED"),
            left("STATE"),
            right("AMOUNT"),
            left("PAYMENT OR RUN"),
            left("ACCOUNT"),
            left("ASKED BY"),
            left("DECIDED BY"),
            left("EXPIRES"),
            left("ID"),
        ];
        let name = |one: &SignerView| if one.me { "you".to_owned() } else { one.name.clone() };
        let row = |one: &ApprovalView| {
            vec![
                moment(one.created),
                code(&one.state),
                or_dash(one.amount.map(money).or_else(|| one.run.as_ref().map(|run| run.total.clone()))),
                or_dash(one.payment.clone().or_else(|| one.run.as_ref().map(in_short))),
                one.account.clone().unwrap_or_else(|| one.account_id.clone()),
                or_dash(one.asked_by.as_ref().map(name)),
                or_dash(one.decided_by.as_ref().map(name)),
                moment(one.expires),
                one.id.clone(),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

/// A run in a few words.
fn in_short(run: &ApprovalRunView) -> String {
    format!("{} rows of {}", run.rows, run.name.as_ref().unwrap_or(&run.id))
}

impl Answer for Page<ApprovalRowView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [right("LINE"), right("AMOUNT"), left("PAYMENT"), left("REASON"), left("MIND")];
        let row = |one: &ApprovalRowView| {
            vec![
                one.line.to_string(),
                money(one.amount),
                one.payment.clone(),
                or_dash(one.reason.as_deref().map(code)),
                or_dash(one.warning.as_deref().map(code)),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for ApprovalView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("state", Some(code(&self.state))),
            ("amount", self.amount.map(money)),
            ("payment", self.payment.clone()),
            ("run", self.run.as_ref().map(|run| run.id.clone())),
            ("from", self.run.as_ref().and_then(|run| run.name.clone())),
            ("rows", self.run.as_ref().map(|run| run.rows.to_string())),
            ("in all", self.run.as_ref().map(|run| run.total.clone())),
            ("digest of the rows", self.run.as_ref().map(|run| run.digest.clone())),
            ("account", Some(self.account.clone().unwrap_or_else(|| self.account_id.clone()))),
            ("environment", Some(self.environment.to_string())),
            ("above the limit", self.limit.as_deref().map(code)),
            ("reason", self.reason.as_deref().map(code)),
            ("note", self.note.clone()),
            ("ticket", self.ticket.clone()),
            ("asked by", self.asked_by.as_ref().map(who)),
            ("asked", Some(moment(self.created))),
            ("counts until", Some(moment(self.expires))),
            ("decided by", self.decided_by.as_ref().map(who)),
            ("decided", self.decided.map(moment)),
            ("refund", self.intent_state.as_deref().map(code)),
            ("status", self.refund_status.as_deref().map(code)),
            ("id", Some(self.id.clone())),
            ("file", self.path.clone()),
        ]);
        if let Some(payment) = &self.payment_here {
            text.heading("The payment as it is known here");
            text.facts(&[
                ("amount", Some(money(payment.amount))),
                ("refunded", Some(money(payment.refunded))),
                ("state", Some(code(&payment.state))),
                ("email", payment.email.clone()),
                ("created", Some(moment(payment.created))),
            ]);
        }
        for warning in &self.warnings {
            text.line(format!("Mind: {}.", code(warning)));
        }
        text.line(money_sentence(self));
        if let (Some(file), None) = (&self.file, &self.path) {
            text.heading("Hand this line on, whole");
            text.line(file);
        }
    }
}

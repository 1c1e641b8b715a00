//! Refunds by the thousand as text.

use contract::Page;
use contract::approvals::BulkRunApproval;
use contract::bulk::{BulkReceiptsFile, BulkRowView, BulkRunState, BulkRunView};

use super::{Answer, write_page_end};
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment, money};

/// The word for how far a run is.
fn state(run: &BulkRunView) -> &'static str {
    match run.state {
        BulkRunState::Ready => "ready",
        BulkRunState::Running => "running",
        BulkRunState::Paused => "paused",
        BulkRunState::Done => "done",
        BulkRunState::Canceled => "canceled",
    }
}

/// Whether somebody was asked about exactly what could be sent now.
fn is_asked(run: &BulkRunView) -> bool {
    let is_open = |one: &BulkRunApproval| one.fits && matches!(one.state.as_str(), "asked" | "approved");
    run.approval.as_ref().is_some_and(is_open)
}

/// How it stands with the second person who was asked.
fn approval(one: &BulkRunApproval) -> String {
    let by = one.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    let fits = match one.state.as_str() {
        "asked" | "approved" if !one.fits => "; the rows are others by now, so ask anew",
        "approved" => "; begin it in time, then it counts to the end of the run",
        _ => "",
    };
    let (state, until) = (code(&one.state), moment(one.expires));
    format!("{state}{by}, {} rows, {}, until {until} ({}){fits}", one.rows, one.total, one.id)
}

impl Answer for BulkRunView {
    fn write_text(&self, text: &mut Text) {
        let reason = self.problem.as_deref().map(code);
        let is_limit = self.problem.as_deref() == Some("over_limit");
        text.facts(&[
            ("run", Some(self.id.clone())),
            ("from", Some(format!("{} ({})", self.name, code(&self.source)))),
            ("account", Some(self.account.clone())),
            ("state", Some(state(self).to_owned())),
            ("because", reason),
            (if is_limit { "limit" } else { "in the vendor's words" }, self.problem_detail.clone()),
            ("same rows as", self.same_as.clone()),
            ("made", Some(moment(self.created))),
            ("rows", Some(self.rows.to_string())),
            ("to be sent", Some(format!("{} rows, {}", self.to_send, self.total))),
            ("approval", self.approval.as_ref().map(approval)),
        ]);
        for over in &self.over_limits {
            text.line(format!(
                "Beyond the limit of {} ({}, {} left): {} in {} rows.",
                code(&over.limit),
                money(over.most),
                money(over.left),
                money(over.wanted),
                over.rows
            ));
        }
        text.blank();
        let rows: Vec<Vec<String>> = self
            .totals
            .iter()
            .map(|one| vec![code(&one.state), one.rows.to_string(), or_dash(one.amount.map(money))])
            .collect();
        text.table(&[left("STATE"), right("ROWS"), right("AMOUNT")], &rows);
        if !self.problems.is_empty() {
            text.blank();
            let rows: Vec<Vec<String>> = self
                .problems
                .iter()
                .map(|one| vec![one.code.clone(), one.rows.to_string(), code(&one.hold)])
                .collect();
            text.table(&[left("PROBLEM"), right("ROWS"), left("SO IT")], &rows);
        }
    }

    fn remark(&self) -> Option<String> {
        let has = |states: &[&str]| self.totals.iter().any(|one| states.contains(&one.state.as_str()));
        let (id, label) = (&self.id, &self.account);
        match self.state {
            BulkRunState::Paused if self.problem.as_deref() == Some("live_locked") => Some(format!(
                "Unlock the account by `paydeskctl unlock {label}`, then go on by `paydeskctl refunds run {id} --resume`."
            )),
            BulkRunState::Ready | BulkRunState::Paused | BulkRunState::Done
                if (!self.over_limits.is_empty() || has(&["needs_approval"])) && !is_asked(self) =>
            {
                Some(format!(
                    "It goes beyond what you may give back alone. Ask a second person by `paydeskctl approvals \
                     request --run {id}`."
                ))
            }
            BulkRunState::Paused => Some(format!("Go on by `paydeskctl refunds run {id} --resume`.")),
            _ if has(&["unsettled", "needs_person", "sent", "prepared"]) => {
                Some("Some refunds are not settled yet: run `paydeskctl refunds settle`.".to_owned())
            }
            BulkRunState::Ready if has(&["asks"]) => Some(format!(
                "Look at the rows that ask by `paydeskctl refunds status {id} --rows --state asks`; those that are \
                 meant are sent after `paydeskctl refunds tick {id} --problem …`."
            )),
            BulkRunState::Ready if self.to_send > 0 => {
                Some(format!("Nothing was sent. Send it by `paydeskctl refunds run {id}`."))
            }
            _ => None,
        }
    }
}

impl Answer for Page<BulkRunView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            left("MADE"),
            left("RUN"),
            left("STATE"),
            right("ROWS"),
            right("TO SEND"),
            right("ENDED"),
            left("FROM"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|run| {
                vec![
                    moment(run.created),
                    run.id.clone(),
                    state(run).to_owned(),
                    run.rows.to_string(),
                    run.to_send.to_string(),
                    run.ended_rows.to_string(),
                    run.name.clone(),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for Page<BulkRowView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [
            right("LINE"),
            left("STATE"),
            left("TICKED"),
            left("MATCH"),
            left("PAYMENT"),
            right("AMOUNT"),
            left("REFUND"),
            left("PROBLEM"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|row| {
                let problem = row.problem.as_ref().map(|problem| match &row.problem_detail {
                    Some(detail) => format!("{problem}: {detail}"),
                    None => problem.clone(),
                });
                vec![
                    row.line.to_string(),
                    code(&row.state),
                    if row.ticked { "yes" } else { "no" }.to_owned(),
                    code(&row.matched),
                    or_dash(row.payment.as_deref()),
                    or_dash(row.amount.map(money)),
                    or_dash(row.refund_id.as_deref()),
                    or_dash(problem),
                ]
            })
            .collect();
        text.table(&columns, &rows);
        write_page_end(text, self.items.len(), self.total, self.next.as_deref());
    }
}

impl Answer for BulkReceiptsFile {
    fn write_text(&self, text: &mut Text) {
        text.line(format!("{} receipts in {}", self.rows, self.path));
    }
}

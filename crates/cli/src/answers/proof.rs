//! The proof as text.

use contract::Page;
use contract::proof::{KindProof, ProofCalendar, ProofRun};

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

impl Answer for Page<ProofRun> {
    fn write_text(&self, text: &mut Text) {
        for run in &self.items {
            text.blank();
            text.facts(&[
                ("account", Some(run.account.clone())),
                ("state", Some(code(&run.state))),
                ("days compared", Some(format!("{} of {}", run.compared, run.planned))),
                ("proven", Some(run.green.to_string())),
                ("days with gaps", Some(run.gaps.to_string())),
                ("of them healed", Some(run.healed.to_string())),
                ("requests", Some(run.requests.to_string())),
                ("as of", Some(moment(run.started))),
                ("problem", run.problem.clone()),
                ("in its own words", run.problem_detail.clone()),
            ]);
        }
    }

    fn remark(&self) -> Option<String> {
        let unproven: Vec<String> = self
            .items
            .iter()
            .filter(|run| run.green < run.planned || run.healed < run.gaps)
            .map(|run| format!("{} of {} days of {} are proven.", run.green, run.planned, run.account))
            .collect();
        (!unproven.is_empty()).then(|| unproven.join("\n"))
    }
}

impl Answer for ProofCalendar {
    fn write_text(&self, text: &mut Text) {
        let days = self.first_day.as_ref().map(|first| format!("{first} to {}", self.last_day));
        text.facts(&[
            ("days", days),
            ("proven", Some(self.green.to_string())),
            ("not compared, or changed since", Some(self.amber.to_string())),
            ("being healed", Some(self.red.to_string())),
            ("oldest proof as of", self.as_of.map(moment)),
        ]);
        for account in &self.accounts {
            text.heading(&account.account);
            let allowed =
                account.reads_allowed_today.map(|allowed| format!(" of {allowed}")).unwrap_or_default();
            text.facts(&[("requests today", Some(format!("{}{allowed}", account.reads_today)))]);
            let columns = [left("KIND"), right("PROVEN"), right("OPEN"), right("RED"), left("OLDEST PROOF")];
            let rows: Vec<Vec<String>> = account.kinds.iter().map(row_of).collect();
            text.table(&columns, &rows);
        }
        let red: Vec<&str> =
            self.days.iter().filter(|day| day.state == "red").map(|day| day.day.as_str()).collect();
        if !red.is_empty() {
            text.heading("Red days");
            text.line(red.join(" "));
        }
    }
}

fn row_of(kind: &KindProof) -> Vec<String> {
    vec![
        code(&kind.kind),
        kind.green.to_string(),
        kind.amber.to_string(),
        kind.red.to_string(),
        or_dash(kind.as_of.map(moment)),
    ]
}

//! Mirrors as text.

use contract::Page;
use contract::sync::{CatchUpView, ReadsView, SyncView};

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

fn requests(sync: &SyncView) -> String {
    let requests = sync.requests_this_run;
    match sync.too_many_this_run {
        0 => requests.to_string(),
        too_many => format!("{requests}, of which {too_many} were too many at once"),
    }
}

fn reads(reads: &ReadsView) -> Option<String> {
    reads.counted.then(|| {
        format!("{} of {} allowed, {} of them today", reads.this_month, reads.allowance, reads.today)
    })
}

/// `from … to …, 12 records by events`.
fn caught_up(gap: &CatchUpView) -> String {
    let until = gap.until.map_or_else(|| "now, under way".to_owned(), moment);
    let how = match gap.means.as_str() {
        "lists" => "by listing everything again".to_owned(),
        means => format!("by {}", code(means)),
    };
    format!("from {} to {until}, {} records {how}", moment(gap.from), gap.records)
}

impl Answer for Page<SyncView> {
    fn write_text(&self, text: &mut Text) {
        for sync in &self.items {
            text.blank();
            text.facts(&[
                ("account", Some(sync.account.clone())),
                ("state", Some(code(&sync.state))),
                ("as of", sync.as_of.map(moment)),
                ("rows in this run", Some(sync.rows_this_run.to_string())),
                ("requests in this run", Some(requests(sync))),
                ("reads this month", reads(&sync.reads)),
                ("problem", sync.problem.clone()),
                ("in its own words", sync.problem_detail.clone()),
            ]);
            let columns = [left("KIND"), left("STATE"), right("ROWS"), right("UNREADABLE"), left("AS OF")];
            let rows: Vec<Vec<String>> = sync
                .kinds
                .iter()
                .map(|kind| {
                    vec![
                        code(&kind.kind),
                        code(&kind.state),
                        kind.rows.to_string(),
                        kind.skipped.to_string(),
                        or_dash(kind.as_of.map(moment)),
                    ]
                })
                .collect();
            text.table(&columns, &rows);
            for gap in &sync.caught_up {
                text.facts(&[("caught up", Some(caught_up(gap)))]);
            }
        }
    }

    fn remark(&self) -> Option<String> {
        let failed: Vec<String> = self
            .items
            .iter()
            .filter_map(|sync| {
                Some(format!("{} could not be synced: {}.", sync.account, code(sync.problem.as_ref()?)))
            })
            .collect();
        (!failed.is_empty()).then(|| failed.join("\n"))
    }
}

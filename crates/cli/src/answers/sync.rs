//! Mirrors as text.

use contract::Page;
use contract::sync::SyncView;

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment};

impl Answer for Page<SyncView> {
    fn write_text(&self, text: &mut Text) {
        for sync in &self.items {
            text.blank();
            text.facts(&[
                ("account", Some(sync.account.clone())),
                ("state", Some(code(&sync.state))),
                ("as of", sync.as_of.map(moment)),
                ("rows in this run", Some(sync.rows_this_run.to_string())),
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

//! Exports and saved views as text.

use contract::Page;
use contract::completion::QuerySubject;
use contract::exports::ExportView;
use contract::saved_views::{GainedView, ImportedViews, SavedViewView, ViewsFile};

use super::Answer;
use crate::commands::views::format_word;
use crate::text::{Text, left, or_dash, right};

impl Answer for ExportView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("file", Some(self.path.clone())),
            ("format", Some(format_word(self.format).to_owned())),
            ("rows", Some(self.rows.to_string())),
            ("bytes", self.bytes.map(|bytes| bytes.to_string())),
            ("cells cut to 32767 characters", (self.shortened > 0).then(|| self.shortened.to_string())),
        ]);
    }
}

fn count(view: &SavedViewView) -> Option<String> {
    let number = view.count?;
    Some(if view.count_exact { number.to_string() } else { format!("{number}+") })
}

fn subject_word(of: QuerySubject) -> &'static str {
    match of {
        QuerySubject::Payments => "payments",
        QuerySubject::Events => "events",
    }
}

fn yes_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

impl Answer for Page<SavedViewView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("NAME"), left("OF"), right("FOUND"), left("NOTIFIES"), left("SEARCH")];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|view| {
                let found = or_dash(view.problem.clone().or_else(|| count(view)));
                let of = subject_word(view.of).to_owned();
                vec![view.name.clone(), of, found, yes_no(view.notify), view.query.clone()]
            })
            .collect();
        text.table(&columns, &rows);
    }
}

impl Answer for SavedViewView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("name", Some(self.name.clone())),
            ("search", Some(self.query.clone())),
            ("notifies", Some(yes_no(self.notify))),
            (subject_word(self.of), count(self)),
        ]);
    }
}

impl Answer for Page<GainedView> {
    fn write_text(&self, text: &mut Text) {
        if self.items.is_empty() {
            text.line("No view gained a payment that nobody was told of.");
            return;
        }
        let columns = [left("NAME"), right("GAINED"), left("PAYMENT"), left("SEARCH")];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|one| {
                let payment = or_dash(one.payment.as_deref());
                vec![one.name.clone(), one.payments.to_string(), payment, one.query.clone()]
            })
            .collect();
        text.table(&columns, &rows);
    }
}

impl Answer for ViewsFile {
    fn write_text(&self, text: &mut Text) {
        text.line(format!("{} views written.", self.views));
    }
}

impl Answer for ImportedViews {
    fn write_text(&self, text: &mut Text) {
        for name in &self.saved {
            text.line(format!("saved  {name}"));
        }
        for name in &self.kept {
            text.line(format!("kept   {name}"));
        }
        text.line(format!("{} saved, {} left as they are", self.saved.len(), self.kept.len()));
    }
}

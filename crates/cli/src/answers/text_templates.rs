//! Templates of SMS as text.

use contract::Page;
use contract::text_templates::TextTemplateView;

use super::Answer;
use crate::text::{Text, left};
use crate::words::moment;

impl Answer for Page<TextTemplateView> {
    fn write_text(&self, text: &mut Text) {
        let columns = [left("NAME"), left("FILLS IN"), left("CHANGED"), left("TEXT")];
        let row = |one: &TextTemplateView| {
            vec![
                one.name.clone(),
                one.names.join(", "),
                moment(one.updated),
                one.text.replace(['\n', '\r'], " "),
            ]
        };
        text.table(&columns, &self.items.iter().map(row).collect::<Vec<_>>());
    }
}

impl Answer for TextTemplateView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("name", Some(self.name.clone())),
            ("fills in", Some(self.names.join(", ")).filter(|names| !names.is_empty())),
            ("changed", Some(moment(self.updated))),
        ]);
        self.text.lines().for_each(|line| text.line(line));
    }
}

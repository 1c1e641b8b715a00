//! Whether refunds tell their payers, as text.

use contract::refund_notices::{RefundNoticeView, RefundNoticesView};

use super::Answer;
use crate::text::{Text, left, or_dash};
use crate::words::{code, moment};

impl Answer for RefundNoticesView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("account", Some(self.account.clone())),
            ("refunds tell their payers", Some(if self.on { "yes" } else { "no" }.to_owned())),
            ("by", Some(self.channel.clone())),
            ("sent by", self.by.clone()),
            ("template", Some(self.template.clone().unwrap_or_else(|| "our own words".to_owned()))),
            ("language", Some(self.language.clone().unwrap_or_else(|| "the customer's".to_owned()))),
            ("waiting", Some(self.waiting.to_string())),
        ]);
        if self.not_sent.is_empty() {
            return;
        }
        text.heading("Nobody was told of");
        let columns = [left("SETTLED"), left("REFUND"), left("PAYMENT"), left("WHY")];
        let row = |one: &RefundNoticeView| {
            vec![
                moment(one.created),
                or_dash(one.refund.as_deref()),
                or_dash(one.payment.as_deref()),
                or_dash(one.reason.as_deref().map(code).as_deref()),
            ]
        };
        text.table(&columns, &self.not_sent.iter().map(row).collect::<Vec<_>>());
    }
}

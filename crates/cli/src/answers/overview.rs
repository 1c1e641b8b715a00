//! The overview as text.

use contract::overview::{CurrencyOverview, MailRates, Overview};

use super::Answer;
use super::payments::write_payments;
use crate::text::{Text, left, right};
use crate::words::{code, moment, money, rate};

impl Answer for Overview {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("days", Some(format!("{} to {}", self.first_day, self.last_day))),
            ("as of", self.as_of.map(moment)),
            ("open disputes", Some(self.open_disputes.to_string())),
            ("open intents", Some(self.open_intents.to_string())),
            ("of them need a person", Some(self.needs_person.to_string())),
        ]);
        text.blank();
        let columns = [
            left("CURRENCY"),
            right("GROSS"),
            right("REFUNDED"),
            right("NET"),
            right("SUCCEEDED"),
            right("FAILED"),
            right("REFUNDS"),
            right("REFUND RATE"),
            right("SUCCESS RATE"),
        ];
        let rows: Vec<Vec<String>> = self.currencies.iter().map(row_of).collect();
        text.table(&columns, &rows);
        if !self.mail.is_empty() {
            text.heading("Email");
            let columns =
                [left("ACCOUNT"), right("TAKEN"), right("DELIVERED"), right("BOUNCED"), right("OPENED")];
            let row = |one: &MailRates| {
                vec![
                    one.account.clone(),
                    one.taken.to_string(),
                    rate(one.delivered_per_10_000),
                    rate(one.bounced_per_10_000),
                    rate(one.opened_per_10_000),
                ]
            };
            text.table(&columns, &self.mail.iter().map(row).collect::<Vec<_>>());
        }
        if !self.failures.is_empty() {
            text.heading("Why payments failed");
            let rows: Vec<Vec<String>> =
                self.failures.iter().map(|one| vec![code(&one.reason), one.count.to_string()]).collect();
            text.table(&[left("REASON"), right("COUNT")], &rows);
        }
        if !self.recent_failures.is_empty() {
            text.heading("Failed last");
            write_payments(text, &self.recent_failures);
        }
    }
}

fn row_of(currency: &CurrencyOverview) -> Vec<String> {
    vec![
        currency.currency.clone(),
        money(currency.gross),
        money(currency.refunded),
        money(currency.net),
        currency.succeeded.to_string(),
        currency.failed.to_string(),
        currency.refunds.to_string(),
        rate(currency.refund_rate_per_10_000),
        rate(currency.success_rate_per_10_000),
    ]
}

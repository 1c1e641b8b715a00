//! Accounts as text.

use contract::Page;
use contract::accounts::{AccountView, Connected, RefundLimitsView, RightView};

use super::Answer;
use crate::text::{Text, left, or_dash, right};
use crate::words::{code, moment, money};

impl Answer for Page<AccountView> {
    fn write_text(&self, text: &mut Text) {
        if self.items.is_empty() {
            text.line("No account is connected here yet.");
            return;
        }
        let columns = [
            left("LABEL"),
            left("VENDOR"),
            left("ENVIRONMENT"),
            left("NAME AT THE VENDOR"),
            left("KEY"),
            left("AS OF"),
        ];
        let rows: Vec<Vec<String>> = self
            .items
            .iter()
            .map(|account| {
                vec![
                    account.label.clone(),
                    account.vendor.to_string(),
                    account.environment.to_string(),
                    or_dash(account.vendor_name.as_deref()),
                    account.key_location.clone(),
                    or_dash(account.as_of.map(moment)),
                ]
            })
            .collect();
        text.table(&columns, &rows);
    }
}

impl Answer for AccountView {
    fn write_text(&self, text: &mut Text) {
        text.facts(&[
            ("label", Some(self.label.clone())),
            ("vendor", Some(self.vendor.to_string())),
            ("environment", Some(self.environment.to_string())),
            ("name at the vendor", self.vendor_name.clone()),
            ("id at the vendor", self.vendor_account_id.clone()),
            ("address", Some(self.base_url.clone())),
            ("key", Some(self.key_location.clone())),
            ("key for what moves money", self.write_key_location.clone()),
            ("days of", Some(self.reporting_zone.clone())),
            ("connected", Some(moment(self.created_at))),
            ("mirror as of", self.as_of.map(moment)),
        ]);
        write_limits(text, &self.limits);
        write_rights(text, &self.rights);
    }
}

fn write_limits(text: &mut Text, limits: &[RefundLimitsView]) {
    if limits.is_empty() {
        return;
    }
    text.heading("What one person alone may give back");
    let cell = |limit: Option<contract::Money>| or_dash(limit.map(money));
    let rows: Vec<Vec<String>> = limits
        .iter()
        .map(|one| vec![one.currency.clone(), cell(one.per_refund), cell(one.per_day), cell(one.per_person)])
        .collect();
    let columns = [left("CURRENCY"), right("PER REFUND"), right("PER DAY"), right("PER DAY AND PERSON")];
    text.table(&columns, &rows);
}

fn write_rights(text: &mut Text, rights: &[RightView]) {
    if rights.is_empty() {
        return;
    }
    text.heading("What may be done with the keys");
    let rows: Vec<Vec<String>> = rights
        .iter()
        .map(|right| vec![right.right.clone(), code(&right.answer), right.permission.clone()])
        .collect();
    text.table(&[left("RIGHT"), left("ANSWER"), left("PERMISSION AT THE VENDOR")], &rows);
}

impl Answer for Connected {
    fn write_text(&self, text: &mut Text) {
        self.account.write_text(text);
        if self.imported.is_empty() {
            return;
        }
        text.heading("Taken over from the file");
        let rows: Vec<Vec<String>> = self
            .imported
            .iter()
            .map(|one| vec![one.name.clone(), code(&one.outcome), or_dash(one.reason.as_deref().map(code))])
            .collect();
        text.table(&[left("VARIABLE"), left("OUTCOME"), left("REASON")], &rows);
    }

    fn remark(&self) -> Option<String> {
        let kept = self.imported.iter().any(|one| one.outcome != "skipped");
        kept.then(|| {
            "The keys are in the vault now. Delete the .env file, so that they are nowhere else.".to_owned()
        })
    }
}

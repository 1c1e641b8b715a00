//! Lists of recipients: files and views as rows, each looked over before anything is sent.

use std::collections::HashMap;

use domain::card_number::mask_card_numbers;
use domain::mail_run::{MailHold, MailRunContent, MailRunRow};
use domain::{AccountId, ExponentTable, MessageId, Payment, Timestamp};
use export::reading::{GivenCell, GivenRow, GivenTable, MOST_ROWS};
use mirror::{FindScope, Mirror};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vendors::EmailAddress;
use vendors::sendgrid::check_data;

use crate::bulk::{BulkColumn, propose};
use crate::error::{BadInput, Result};

/// Longest text that is kept of what stood in place of an address, in characters.
const GIVEN_MAX: usize = 200;
/// Longest name of a column in a template, in characters.
const NAME_MAX: usize = 60;

/// A list as it is read: its rows, the names that its columns have in a template, and the column of the addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailList {
    table: GivenTable,
    has_names: bool,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The column of the addresses, where some column seems to hold them.
    pub address: Option<usize>,
    /// The payments that the rows are about, row for row; none of a file.
    payments: Option<(AccountId, Vec<String>)>,
}

impl MailList {
    /// What a table holds.
    pub fn of_table(table: GivenTable) -> Self {
        let mapping = propose(&table);
        let width = mapping.columns.len();
        let names = table.rows.first().filter(|_| mapping.has_names);
        let columns = (0..width)
            .map(|place| {
                let heading = names.and_then(|row| row.cells.get(place)).map(|cell| name_of(&cell.text));
                heading.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("column_{}", place + 1))
            })
            .collect();
        let address = mapping.columns.iter().position(|one| *one == Some(BulkColumn::Email));
        Self { address, columns, has_names: mapping.has_names, table, payments: None }
    }

    /// The rows that hold recipients.
    pub fn rows(&self) -> &[GivenRow] {
        self.table.rows.get(usize::from(self.has_names)..).unwrap_or_default()
    }

    /// The table that it was read from.
    pub fn table(&self) -> &GivenTable {
        &self.table
    }
}

/// A heading as a name that a template can write out.
fn name_of(heading: &str) -> String {
    let plain =
        heading.trim().chars().take(NAME_MAX).map(|one| if one.is_alphanumeric() { one } else { '_' });
    plain.collect::<String>().trim_matches('_').to_lowercase()
}

/// What a payment tells a template.
pub fn payment_data(payment: &Payment) -> Map<String, Value> {
    let day = payment.created_at.to_datetime().format("%Y-%m-%d").to_string();
    let money = |minor| {
        let money = domain::Money::new(minor, payment.amount.currency);
        format!("{} {}", money.to_decimal(ExponentTable::Stripe), payment.amount.currency)
    };
    let mut data = Map::new();
    data.insert("payment".to_owned(), json!(payment.vendor_id));
    data.insert("amount".to_owned(), json!(money(payment.amount.minor)));
    data.insert("refunded".to_owned(), json!(money(payment.refunded_minor)));
    data.insert("currency".to_owned(), json!(payment.amount.currency.code()));
    data.insert("date".to_owned(), json!(day));
    for (name, value) in
        [("email", &payment.email), ("name", &payment.name), ("description", &payment.description)]
    {
        if let Some(value) = value {
            data.insert(name.to_owned(), json!(mask_card_numbers(value)));
        }
    }
    data
}

/// The payers of a saved view, each with what their payment tells a template.
///
/// # Errors
/// When the search cannot be read, or finds nobody, or too many.
pub async fn list_of_view(
    mirror: &Mirror,
    account: AccountId,
    query: &str,
    now: Timestamp,
) -> Result<MailList> {
    const COLUMNS: [&str; 8] =
        ["email", "payment", "amount", "refunded", "currency", "date", "name", "description"];
    let scope = FindScope { account: Some(account), now };
    let (mut rows, mut payments, mut after) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let page = mirror.find(query, scope, 1_000, after.as_deref()).await?;
        if page.relaxed {
            break;
        }
        for one in page.items {
            let data = payment_data(&one.payment);
            let cell = |name: &&str| {
                let text = data.get(*name).and_then(Value::as_str).unwrap_or_default().to_owned();
                GivenCell { text, is_number: false }
            };
            let line = u64::try_from(rows.len()).unwrap_or(u64::MAX) + 1;
            rows.push(GivenRow { line, cells: COLUMNS.iter().map(cell).collect() });
            payments.push(one.payment.vendor_id);
        }
        if rows.len() > MOST_ROWS {
            return Err(BadInput::Text(format!("the search finds more than {MOST_ROWS} payments")).into());
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if rows.is_empty() {
        return Err(BadInput::Text("the search finds no payment of this account".to_owned()).into());
    }
    Ok(MailList {
        table: GivenTable { rows, encoding: None, delimiter: None, sheets: Vec::new(), sheet: None },
        has_names: false,
        columns: COLUMNS.map(str::to_owned).to_vec(),
        address: Some(0),
        payments: Some((account, payments)),
    })
}

/// The rows of a list as recipients: addresses that are none are kept with the reason, and so is each that stands in an earlier line.
pub fn recipients(list: &MailList, address: usize, content: &MailRunContent) -> Vec<MailRunRow> {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let common = match content {
        MailRunContent::Template { data, .. } => serde_json::from_str(data).unwrap_or_default(),
        MailRunContent::Text { .. } => Map::new(),
    };
    let row = |(place, given): (usize, &GivenRow)| {
        let text = given.cells.get(address).map(|cell| cell.text.as_str()).unwrap_or_default();
        let data = matches!(content, MailRunContent::Template { .. }).then(|| data_of(list, given));
        let payment =
            list.payments.as_ref().and_then(|(account, ids)| Some((*account, ids.get(place)?.clone())));
        let mut row = MailRunRow {
            line: given.line,
            given: mask_card_numbers(
                &text.chars().filter(|one| !one.is_control()).take(GIVEN_MAX).collect::<String>(),
            ),
            to: None,
            data: data.as_ref().map(|data| Value::Object(data.clone()).to_string()),
            payment,
            hold: None,
            problem_code: None,
            problem_detail: None,
            message: MessageId::generate(),
        };
        let mut hold = |hold, code: &str, detail: Option<String>| {
            (row.hold, row.problem_code, row.problem_detail) = (Some(hold), Some(code.to_owned()), detail);
        };
        match EmailAddress::read(text) {
            Err(problem) => hold(MailHold::Invalid, "bad_address", Some(problem.to_string())),
            Ok(to) => {
                let mut whole = common.clone();
                whole.extend(data.unwrap_or_default());
                if let Some(earlier) = seen.get(&to.as_str().to_lowercase()) {
                    hold(MailHold::Duplicate, "duplicate", Some(format!("line {earlier}")));
                } else if let Err(problem) = check_data(&whole) {
                    hold(MailHold::Invalid, "bad_data", Some(problem.to_string()));
                } else {
                    seen.insert(to.as_str().to_lowercase(), given.line);
                }
                row.to = Some(to.to_string());
            }
        }
        row
    };
    list.rows().iter().enumerate().map(row).collect()
}

/// What the columns of a row tell a template, without card numbers.
fn data_of(list: &MailList, row: &GivenRow) -> Map<String, Value> {
    let cell =
        |place: usize| row.cells.get(place).map(|cell| mask_card_numbers(&cell.text)).unwrap_or_default();
    list.columns.iter().enumerate().map(|(place, name)| (name.clone(), Value::String(cell(place)))).collect()
}

/// A digest of what is said to whom, the same in whatever order the recipients stand.
pub fn digest(content: &MailRunContent, rows: &[MailRunRow]) -> String {
    let mut head = Sha256::new();
    let (one, other) = match content {
        MailRunContent::Text { subject, text } => (subject.as_str(), text.as_deref().unwrap_or_default()),
        MailRunContent::Template { id, data } => (id.as_str(), data.as_str()),
    };
    for part in [one, other] {
        head.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        head.update(part.as_bytes());
    }
    let mut sum = 0_u128;
    for row in rows {
        let mut hasher = Sha256::new();
        for part in [row.to.as_deref().unwrap_or(&row.given), row.data.as_deref().unwrap_or_default()] {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part.to_lowercase().as_bytes());
        }
        let half = hasher.finalize().iter().take(16).fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        sum = sum.wrapping_add(half);
    }
    head.update(sum.to_be_bytes());
    head.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use export::reading::read_pasted;

    use super::*;

    fn template() -> MailRunContent {
        MailRunContent::Template { id: "d-1".to_owned(), data: "{}".to_owned() }
    }

    fn read(text: &str) -> (MailList, Vec<MailRunRow>) {
        let list = MailList::of_table(read_pasted(text).unwrap());
        let rows = recipients(&list, list.address.unwrap(), &template());
        (list, rows)
    }

    #[test]
    fn rows_are_looked_over_and_what_is_wrong_is_named_with_its_line() {
        let text = "E-Mail,First name,Card\nada@example.com,Ada,4242424242424242\nADA@example.com,Ada,\nno address,X,\nk@b\u{fc}cher.example,K,\n";
        let (list, rows) = read(text);
        assert_eq!(list.columns[1..], ["first_name", "card"]);
        let holds: Vec<_> = rows.iter().map(|row| (row.line, row.hold, row.problem_detail.clone())).collect();
        assert_eq!(holds[0], (2, None, None));
        assert_eq!(holds[1], (3, Some(MailHold::Duplicate), Some("line 2".to_owned())));
        assert_eq!((holds[2].0, holds[2].1), (4, Some(MailHold::Invalid)));
        assert_eq!(rows[3].to.as_deref(), Some("k@xn--bcher-kva.example"));
        let data: Map<String, Value> = serde_json::from_str(rows[0].data.as_deref().unwrap()).unwrap();
        assert_eq!((&data["first_name"], data["card"] == "4242424242424242"), (&json!("Ada"), false));
    }

    #[test]
    fn the_same_said_to_the_same_people_is_known_in_any_order() {
        let digest_of = |text: &str| digest(&template(), &read(text).1);
        let one = digest_of("email,name\na@example.com,A\nb@example.com,B\n");
        assert_eq!(one, digest_of("email,name\nb@example.com,B\na@example.com,A\n"));
        assert_ne!(one, digest_of("email,name\na@example.com,B\nb@example.com,A\n"));
        let other = MailRunContent::Template { id: "d-2".to_owned(), data: "{}".to_owned() };
        assert_ne!(one, digest(&other, &read("email,name\na@example.com,A\nb@example.com,B\n").1));
    }
}

//! One receipt for each row, also for those that were not sent.

use std::borrow::Cow;
use std::path::Path;

use domain::bulk::BulkRowState;
use domain::{ExponentTable, Timestamp};
use export::{Cell, Column, ExportError, File, Finished, Format, Sort};
use mirror::BulkReceipt;

const fn column(name: &'static str, sort: Sort) -> Column {
    Column { name, sort }
}

const COLUMNS: &[Column] = &[
    column("line", Sort::Whole),
    column("state", Sort::Text),
    column("money_moved", Sort::Text),
    column("payment", Sort::Text),
    column("amount", Sort::Amount),
    column("currency", Sort::Text),
    column("intent", Sort::Text),
    column("refund", Sort::Text),
    column("refund_status", Sort::Text),
    column("trace_reference", Sort::Text),
    column("reason", Sort::Text),
    column("note", Sort::Text),
    column("match", Sort::Text),
    column("matched_by", Sort::Text),
    column("problem", Sort::Text),
    column("problem_detail", Sort::Text),
    column("given_payment", Sort::Text),
    column("given_email", Sort::Text),
    column("given_amount", Sort::Text),
    column("given_order", Sort::Text),
    column("decided", Sort::Moment),
    column("changed", Sort::Moment),
    column("account", Sort::Text),
    column("approval", Sort::Text),
];

/// A file of receipts that gets its name when it is whole.
#[derive(Debug)]
pub struct ReceiptFile {
    file: File,
    account: String,
}

impl ReceiptFile {
    /// Begins one.
    ///
    /// # Errors
    /// Why no file can be there.
    pub fn create(path: &Path, overwrite: bool, account: &str) -> Result<Self, ExportError> {
        let file = File::create_with(path, Format::Csv, "receipts", COLUMNS, overwrite)?;
        Ok(Self { file, account: account.to_owned() })
    }

    /// Adds receipts.
    ///
    /// # Errors
    /// Why they could not be written.
    pub fn push(&mut self, receipts: &[BulkReceipt]) -> Result<(), ExportError> {
        for receipt in receipts {
            self.file.push(&cells(receipt, &self.account))?;
        }
        Ok(())
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Why it could not be put there.
    pub fn finish(self) -> Result<Finished, ExportError> {
        // Nobody gives it up on the way, so there always is one.
        self.file.finish_unless(|| false)?.ok_or(ExportError::Mismatch)
    }
}

/// Whether money moved for a row, in one word.
fn money_moved(receipt: &BulkReceipt) -> &'static str {
    match receipt.state {
        // It came back with a copy, and may have been sent since that was made.
        BulkRowState::NotSent if receipt.row.problem_code.as_deref() == Some("restored_row") => "unknown",
        BulkRowState::Settled => "yes",
        BulkRowState::Sent | BulkRowState::Unsettled | BulkRowState::NeedsPerson => "unknown",
        _ => "no",
    }
}

fn cells<'a>(receipt: &'a BulkReceipt, account: &'a str) -> Vec<Cell<'a>> {
    let given = &receipt.row.given;
    let text =
        |text: &'a Option<String>| text.as_deref().map_or(Cell::Empty, |one| Cell::Text(Cow::Borrowed(one)));
    let word = |word: &'static str| Cell::Text(Cow::Borrowed(word));
    let moment = |moment: Option<Timestamp>| moment.map_or(Cell::Empty, Cell::Moment);
    let currency =
        receipt.row.amount.map_or(Cell::Empty, |money| Cell::Text(Cow::Owned(money.currency.to_string())));
    // What is wrong with the intent came later than what was wrong with the row.
    let is_sent = receipt.intent_id.is_some();
    let (problem, detail) = match is_sent {
        true => (&receipt.intent_problem, &receipt.intent_detail),
        false => (&receipt.row.problem_code, &receipt.row.problem_detail),
    };
    vec![
        Cell::Whole(i64::try_from(given.line).unwrap_or(i64::MAX)),
        word(receipt.state.as_str()),
        word(money_moved(receipt)),
        text(&receipt.row.payment_id),
        receipt.row.amount.map_or(Cell::Empty, |money| Cell::Amount(money, ExponentTable::Stripe)),
        currency,
        text(&receipt.intent_id),
        text(&receipt.refund_id),
        text(&receipt.refund_status),
        text(&receipt.trace_reference),
        text(&given.reason),
        text(&given.note),
        word(receipt.row.matched.as_str()),
        text(&receipt.row.matched_by),
        text(problem),
        text(detail),
        text(&given.payment),
        text(&given.email),
        text(&given.amount),
        text(&given.order),
        moment(receipt.decided_at),
        moment(receipt.changed_at),
        Cell::Text(Cow::Borrowed(account)),
        text(&receipt.approval),
    ]
}

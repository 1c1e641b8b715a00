//! The page of a payment's evidence: one file that needs nothing else, the same for the same mirror. Nothing of
//! the clock gets in, and no text of a vendor or payer can be anything but text.

use std::fmt::Write as _;

use contract::Money;
use contract::book::{BookLineView, Said};
use contract::payments::PaymentDetail;
use domain::{ExponentTable, Timestamp, is_deceptive};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#111;background:#fff;margin:2rem auto;\
     max-width:60rem;padding:0 1rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}\
     table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem .25rem 0;\
     border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:break-word}th{font-weight:600;white-space:nowrap}td:last-child{overflow-wrap:anywhere}\
     .mono{font-family:ui-monospace,monospace}.quiet{color:#555}@media print{body{margin:0}}";

/// A file beside the page.
pub(crate) struct Attachment {
    /// Its name in the folder.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
    /// Its SHA-256, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// The page.
pub(crate) fn page(
    payment: &PaymentDetail,
    done: &[BookLineView],
    folder: &str,
    attachments: &[Attachment],
) -> String {
    let mut page = Page(String::new());
    let one = &payment.payment;
    page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\"><title>");
    page.text(&format!("Payment {}", one.id));
    page.raw("</title><style>");
    page.raw(STYLE);
    page.raw("</style></head><body>\n<h1>");
    page.text(&format!("Payment {}, {}", one.id, money(one.amount)));
    page.raw("</h1>\n<p class=\"quiet\">");
    page.text(&format!(
        "From the account {} at {}, as the vendor stated it until {}. All times are UTC.",
        one.account,
        one.vendor,
        moment(one.as_of)
    ));
    page.raw("</p>\n");
    facts(&mut page, payment);
    timeline(&mut page, payment);
    refunds(&mut page, payment);
    disputes(&mut page, payment);
    decisions(&mut page, done);
    list(&mut page, folder, attachments);
    page.raw("</body></html>\n");
    page.0
}

struct Page(String);

impl Page {
    fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// Text of anybody. Characters that turn the direction of what follows, or that nobody sees, are named.
    fn text(&mut self, text: &str) {
        for one in text.chars() {
            match one {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                '\n' => self.raw("<br>"),
                one if one.is_control() || is_deceptive(one) => {
                    _ = write!(self.0, "[U+{:04X}]", u32::from(one))
                }
                one => self.0.push(one),
            }
        }
    }

    fn heading(&mut self, heading: &str) {
        self.raw("<h2>");
        self.text(heading);
        self.raw("</h2>\n");
    }

    fn row(&mut self, cell: &str, cells: &[&str]) {
        self.raw("<tr>");
        for text in cells {
            _ = write!(self.0, "<{cell}>");
            self.text(text);
            _ = write!(self.0, "</{cell}>");
        }
        self.raw("</tr>\n");
    }

    fn table(&mut self, heading: &str, titles: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        self.heading(heading);
        self.raw("<table>\n");
        self.row("th", titles);
        for row in rows {
            self.row("td", &row.iter().map(String::as_str).collect::<Vec<_>>());
        }
        self.raw("</table>\n");
    }
}

fn money(money: Money) -> String {
    format!("{} {}", money.to_decimal(ExponentTable::Stripe), money.currency)
}

fn moment(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A code as words.
fn words(code: &str) -> String {
    code.replace('_', " ")
}

fn facts(page: &mut Page, payment: &PaymentDetail) {
    let one = &payment.payment;
    let card = one.card.as_ref().map(|card| {
        let brand = card.brand.clone().unwrap_or_default();
        let last4 = card.last4.as_ref().map(|last4| format!(" ending in {last4}")).unwrap_or_default();
        let country =
            card.country.as_ref().map(|country| format!(", issued in {country}")).unwrap_or_default();
        format!("{brand}{last4}{country}")
    });
    let known = [
        ("State", Some(words(&one.state))),
        ("Asked for", Some(money(one.amount))),
        ("Taken", Some(money(one.captured))),
        ("Given back", Some(money(one.refunded))),
        ("Shown to the payer", one.presentment.map(money)),
        ("Made", Some(moment(one.created))),
        ("Payer's name", one.name.clone()),
        ("Payer's email", one.email.clone()),
        ("Customer", one.customer.clone()),
        ("Card", card),
        ("Means", one.method.as_deref().map(words)),
        ("For", one.description.clone()),
        ("On the statement", one.statement_descriptor.clone()),
        ("Receipt number", one.receipt_number.clone()),
        ("Failed because", one.failure_message.clone().or_else(|| one.failure_code.clone())),
        ("Bank's reason", one.decline_reason.as_deref().map(words)),
        ("Payer's intention", one.payment_intent.clone()),
    ];
    let metadata = one.metadata.iter().map(|(name, value)| vec![name.clone(), value.clone()]);
    let rows: Vec<Vec<String>> = known
        .into_iter()
        .filter_map(|(name, value)| Some(vec![name.to_owned(), value?]))
        .chain(metadata)
        .collect();
    page.table("The payment", &["What", "As the vendor has it"], &rows);
}

fn timeline(page: &mut Page, payment: &PaymentDetail) {
    let rows: Vec<Vec<String>> = payment
        .timeline
        .iter()
        .filter(|entry| entry.sort != "intent")
        .map(|entry| {
            vec![
                moment(entry.at),
                // An event is called as the vendor calls it.
                if entry.sort == "event" { entry.what.clone() } else { words(&entry.what) },
                entry.amount.map(money).unwrap_or_default(),
                entry.id.clone(),
                entry.detail.clone().unwrap_or_default(),
            ]
        })
        .collect();
    page.table("What happened", &["When", "What", "Amount", "Id", "More"], &rows);
}

fn refunds(page: &mut Page, payment: &PaymentDetail) {
    let rows: Vec<Vec<String>> = payment
        .refunds
        .iter()
        .map(|one| {
            vec![
                moment(one.created),
                one.amount.map(money).unwrap_or_default(),
                one.refund_status.as_deref().or(one.state.as_deref()).map(words).unwrap_or_default(),
                one.reason.as_deref().map(words).unwrap_or_default(),
                one.refund_id.clone().unwrap_or_default(),
                one.trace_reference.clone().unwrap_or_default(),
            ]
        })
        .collect();
    page.table("Refunds", &["When", "Amount", "State", "Reason", "Id", "Bank's reference"], &rows);
}

fn disputes(page: &mut Page, payment: &PaymentDetail) {
    let rows: Vec<Vec<String>> = payment
        .disputes
        .iter()
        .map(|one| {
            vec![
                moment(one.created),
                money(one.amount),
                words(&one.status),
                one.reason.as_deref().map(words).unwrap_or_default(),
                one.id.clone(),
                one.evidence_due.map(moment).unwrap_or_default(),
            ]
        })
        .collect();
    page.table("Disputes", &["When", "Amount", "State", "Reason", "Id", "Evidence due"], &rows);
}

/// Who decided what, from the book; notes and tickets stay inside the house.
fn decisions(page: &mut Page, done: &[BookLineView]) {
    let change = |said: &[Said]| {
        let parts: Vec<String> =
            said.iter().map(|one| format!("{}: {}", words(&one.name), one.value)).collect();
        parts.join(", ")
    };
    let rows: Vec<Vec<String>> = done
        .iter()
        .map(|line| {
            let who = match (line.shell.as_str(), line.name.is_empty()) {
                ("paydesk", _) => "Paydesk by itself".to_owned(),
                (_, true) => line.system_user.clone(),
                (_, false) => format!("{} ({})", line.name, line.system_user),
            };
            vec![
                line.number.to_string(),
                moment(line.at),
                who,
                words(&line.action),
                line.amount.map(money).unwrap_or_default(),
                change(&line.before),
                change(&line.after),
            ]
        })
        .collect();
    let titles = ["Line", "When", "Who", "What", "Amount", "Before", "After"];
    page.table("Decisions, from the book", &titles, &rows);
}

fn list(page: &mut Page, folder: &str, attachments: &[Attachment]) {
    let rows: Vec<Vec<String>> = attachments
        .iter()
        .map(|one| vec![format!("{folder}/{}", one.name), one.bytes.len().to_string(), one.sha256.clone()])
        .collect();
    page.table("The vendor's own records, beside this page", &["File", "Bytes", "SHA-256"], &rows);
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn u01_text_is_never_markup_and_shows_what_hides_in_it() {
        let mut page = Page(String::new());
        page.text("<img src=x onerror=alert(1)> \"'&\u{202e}fdp.exe\u{0}\u{200b}");
        assert_eq!(
            page.0,
            "&lt;img src=x onerror=alert(1)&gt; &quot;&#39;&amp;[U+202E]fdp.exe[U+0000][U+200B]"
        );
    }
}

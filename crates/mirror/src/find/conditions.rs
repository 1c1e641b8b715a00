//! From terms to conditions. User text is always bound, never part of a statement; words for the
//! word index are quoted there as well, so that none of its operators can come through.

use super::classes::{CLASSES, Class};
use super::term::{Ask, Bounds, Id, Node, Status, Term, Text, Words};
use crate::key::first_of_second;
use crate::statement::{Value, fold};

/// Makes conditions on rows of `payments`, and keeps what is bound in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    pub(super) values: Vec<Value>,
    /// Whether the way that was taken leads to a handful of rows: then each is looked up in the word
    /// index by itself, rather than listing all that the words are in.
    pub(super) few: bool,
}

impl Conditions {
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.values.push(value.into());
        self.values.len()
    }

    /// The condition of a node that only sifts rows which are come by otherwise. The plus in front of
    /// a key keeps SQLite from taking it for a way to the rows, and then sorting what it found.
    pub(super) fn node(&mut self, node: &Node) -> String {
        let joined = |made: &mut Self, nodes: &[Node], by: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| made.node(node)).collect();
            nested(&parts, by)
        };
        match node {
            Node::Term(term) => format!("({})", self.term(&term.ask, "+payments.key")),
            // An empty column answers neither yes nor no; what is not yes is meant by `-`.
            Node::Not(node) => format!("not coalesce({}, 0)", self.node(node)),
            Node::All(nodes) => joined(self, nodes, " and "),
            Node::Any(nodes) => joined(self, nodes, " or "),
        }
    }

    /// The condition of one term; `key` is how the key of a row is written in it.
    pub(super) fn term(&mut self, ask: &Ask, key: &str) -> String {
        if let Some(list) = self.list(ask) {
            let checked = if let Ask::Email(email) = ask { self.has_email(email) } else { String::new() };
            return format!("{key} in ({list}){checked}");
        }
        match ask {
            Ask::Column { column, value } => format!("payments.{column} = ?{}", self.bind(value)),
            Ask::Expiry { month, year } => {
                let (month, year) = (self.bind(i64::from(*month)), self.bind(i64::from(*year)));
                format!("payments.card_exp_month = ?{month} and payments.card_exp_year = ?{year}")
            }
            Ask::Status(status) => self.status(*status),
            Ask::Amount(bounds) => self.amount(*bounds),
            Ask::Minor { currency, minor } => {
                let (currency, minor) = (self.bind(currency), self.bind(*minor));
                format!("payments.currency = ?{currency} and payments.amount_minor = ?{minor}")
            }
            Ask::Last4(digits) => format!("payments.card_last4 = ?{}", self.bind(digits)),
            Ask::Created { from, until } => {
                let from = from.map(|from| format!("{key} >= ?{}", self.bind(first_of_second(from))));
                let until = until.map(|until| format!("{key} < ?{}", self.bind(first_of_second(until))));
                let both: Vec<String> = from.into_iter().chain(until).collect();
                if both.is_empty() { "true".to_owned() } else { both.join(" and ") }
            }
            Ask::Id(Id::PaymentIntent(id)) => format!("payments.payment_intent_id = ?{}", self.bind(id)),
            Ask::Customer(id) | Ask::Id(Id::Customer(id)) => {
                format!("payments.customer_id = ?{}", self.bind(id))
            }
            Ask::Currency(code) => format!("payments.currency = ?{}", self.bind(code)),
            Ask::Words(words) => self.words(&match_text(words)),
            Ask::Refund(status) => self.refunded_with(status.as_deref()),
            Ask::AccountNumber(number) => format!("payments.account = ?{}", self.bind(*number)),
            Ask::Vendor(vendor) => {
                let vendor = self.bind(vendor);
                format!("payments.account in (select number from accounts where vendor = ?{vendor})")
            }
            // Nothing can have it. The rest are lists, or became others before.
            _ => "false".to_owned(),
        }
    }

    /// Looks words up: for each row by itself where there are few, else in a list of all.
    pub(super) fn words(&mut self, matched: &str) -> String {
        let number = self.bind(matched);
        // A beginning is put together from all words that begin so, each time.
        match self.few && !matched.contains("\" *") {
            true => format!(
                "exists (select 1 from payment_words where payment_words match ?{number} and rowid = payments.key)"
            ),
            false => {
                format!(
                    "+payments.key in (select rowid from payment_words where payment_words match ?{number})"
                )
            }
        }
    }

    /// A select of all keys that a term has, where that is how it is looked up. A key may be in it twice:
    /// a list of what may be is a set anyway.
    fn list(&mut self, ask: &Ask) -> Option<String> {
        Some(match ask {
            Ask::Id(id) => return self.id(id),
            Ask::Email(email) => {
                // Of the payment itself, or of a customer with the id that it is tied to; whether that is
                // its customer is only asked of rows that are wanted, so that the list needs no rows.
                let own = self.begins("email_folded", email);
                let customers = own.replace("email_folded", "c.email_folded");
                format!(
                    "select key from payments where {own} union all \
                     select p.key from customers c join payments p on p.customer_id = c.vendor_id \
                     where {customers}"
                )
            }
            Ask::Trace(number) => {
                let number = self.bind(number);
                format!(
                    "select p.key from refunds r indexed by refunds_trace join payments p on p.vendor_id = r.payment_id \
                     and p.account = r.account where r.trace_reference = ?{number}"
                )
            }
            Ask::Keys(keys) => {
                let keys = self.bind(serde_json::json!(keys).to_string());
                format!("select value from json_each(?{keys})")
            }
            Ask::Metadata { name, value } => {
                let name = self.bind(name);
                let value = self.begins("value_folded", value);
                format!("select payment_key from payment_metadata where name = ?{name} and {value}")
            }
            Ask::Dispute(status) => {
                let status = match status {
                    Some(status) => format!(" where d.status = ?{}", self.bind(status)),
                    None => String::new(),
                };
                format!(
                    "select p.key from disputes d join payments p on p.vendor_id = d.payment_id \
                     and p.account = d.account{status}"
                )
            }
            Ask::Refund(Some(status)) if status != "succeeded" => {
                let status = self.bind(status);
                format!(
                    "select p.key from refunds r join payments p on p.vendor_id = r.payment_id \
                     and p.account = r.account where r.status = ?{status}"
                )
            }
            Ask::Note(text) => {
                let (folded, text) = (self.bind(fold(text)), self.bind(text));
                // SQLite folds the letters of English alone; others are met as they were written.
                let noted = format!(
                    "from intents i indexed by intents_noted where i.note is not null \
                     and (instr(lower(i.note), ?{folded}) > 0 or instr(i.note, ?{text}) > 0)"
                );
                format!(
                    "select p.key from payments p join (select i.target_id, i.account {noted}) n \
                     on p.vendor_id = n.target_id and p.account = n.account union all \
                     select p.key from payments p join (select i.target_id, i.account {noted}) n \
                     on p.payment_intent_id = n.target_id and p.account = n.account"
                )
            }
            _ => return None,
        })
    }

    /// The email is the payment's own or that of its customer in the same account, for rows that a list
    /// brought: two accounts may have customers with one id.
    fn has_email(&mut self, email: &Text) -> String {
        let own = self.begins("payments.email_folded", email);
        let customers = own.replace("payments.email_folded", "c.email_folded");
        format!(
            " and ({own} or exists (select 1 from customers c where c.vendor_id = payments.customer_id \
             and c.account = payments.account and {customers}))"
        )
    }

    fn id(&mut self, id: &Id) -> Option<String> {
        Some(match id {
            Id::Own(key) => match key {
                Some(key) => format!("select ?{}", self.bind(*key)),
                None => "select null".to_owned(),
            },
            Id::Payment(id) => format!("select key from payments where vendor_id = ?{}", self.bind(id)),
            Id::Refund(id) => {
                let number = self.bind(id);
                format!(
                    "select p.key from refunds r join payments p on p.account = r.account \
                     and p.vendor_id = r.payment_id where r.vendor_id = ?{number} union all \
                     select p.key from refunds r join payments p on p.account = r.account \
                     and p.payment_intent_id = r.payment_intent_id \
                     where r.vendor_id = ?{number} and r.payment_id is null"
                )
            }
            Id::Dispute(id) => format!(
                "select p.key from disputes d join payments p on p.account = d.account \
                 and p.vendor_id = d.payment_id where d.vendor_id = ?{}",
                self.bind(id)
            ),
            Id::BalanceEntry(id) => {
                let entry =
                    format!("from balance_entries b join {{}} where b.vendor_id = ?{}", self.bind(id));
                let of = |source: &str| entry.replace("{}", source);
                format!(
                    "select p.key {} union select p.key {} union select p.key {}",
                    of("payments p on p.account = b.account and p.vendor_id = b.source_id"),
                    of("refunds r on r.account = b.account and r.vendor_id = b.source_id \
                        join payments p on p.account = r.account and p.vendor_id = r.payment_id"),
                    of("disputes d on d.account = b.account and d.vendor_id = b.source_id \
                        join payments p on p.account = d.account and p.vendor_id = d.payment_id"),
                )
            }
            Id::PaymentIntent(_) | Id::Customer(_) => return None,
        })
    }

    fn status(&mut self, status: Status) -> String {
        match status {
            // The index holds what did not succeed; what did is soon met on a walk along the dates.
            Status::Plain("succeeded") => "payments.status = 'succeeded'".to_owned(),
            Status::Plain(word) => {
                format!("payments.status = ?{} and payments.status <> 'succeeded'", self.bind(word))
            }
            Status::Refunded => {
                "payments.refunded_minor > 0 and payments.refunded_minor >= payments.captured_minor"
                    .to_owned()
            }
            Status::PartiallyRefunded => {
                "payments.refunded_minor > 0 and payments.refunded_minor < payments.captured_minor".to_owned()
            }
            Status::Disputed => "payments.disputed = 1".to_owned(),
        }
    }

    /// A range of amounts in any currency's own decimals.
    fn amount(&mut self, bounds: Bounds) -> String {
        let parts: Vec<String> = CLASSES.into_iter().filter_map(|class| self.range(class, bounds)).collect();
        if parts.is_empty() { "false".to_owned() } else { parts.join(" or ") }
    }

    fn range(&mut self, class: Class, bounds: Bounds) -> Option<String> {
        let (least, most) = class.minor(bounds)?;
        let (least, most) = (self.bind(least), self.bind(most));
        let currencies = class.currencies("payments.currency");
        Some(format!("(payments.amount_minor between ?{least} and ?{most} and {currencies})"))
    }

    /// The payment has a refund that is looked up from its side, since most refunds are of this kind.
    fn refunded_with(&mut self, status: Option<&str>) -> String {
        let status = match status {
            Some(status) => format!(" and r.status = ?{}", self.bind(status)),
            None => String::new(),
        };
        format!(
            "exists (select 1 from refunds r where r.payment_id = payments.vendor_id \
             and r.account = payments.account{status})"
        )
    }

    /// Equal, or beginning so: the range of all texts that begin so, since a pattern would take the
    /// wildcards in the text for its own.
    pub(super) fn begins(&mut self, column: &str, text: &Text) -> String {
        let from = self.bind(&text.text);
        if !text.prefix {
            return format!("{column} = ?{from}");
        }
        let until = self.bind(format!("{}\u{10ffff}", text.text));
        format!("{column} >= ?{from} and {column} < ?{until}")
    }
}

/// Conditions joined by a word, each half in brackets of its own: SQLite counts the levels of a
/// condition, and a long row of them side by side is as deep as it is long.
pub(super) fn nested(parts: &[String], by: &str) -> String {
    match parts {
        [] => "true".to_owned(),
        [only] => format!("({only})"),
        _ => {
            let (first, second) = parts.split_at(parts.len() / 2);
            format!("({}{by}{})", nested(first, by), nested(second, by))
        }
    }
}

/// Most groups inside of one another that are asked of the word index, whose parser holds no more
/// than a hundred tokens at once.
const MOST_WORD_DEPTH: usize = 10;

/// What the word index is asked for a node of words alone; none where there is anything else in it.
pub(super) fn match_of(node: &Node) -> Option<String> {
    if node.depth() > MOST_WORD_DEPTH {
        return None;
    }
    let joined = |nodes: &[Node], by: &str| {
        let parts: Option<Vec<String>> = nodes.iter().map(match_of).collect();
        parts.map(|parts| format!("({})", parts.join(by)))
    };
    match node {
        Node::Term(Term { ask: Ask::Words(words), .. }) => Some(match_text(words)),
        Node::All(nodes) => joined(nodes, " AND "),
        Node::Any(nodes) => joined(nodes, " OR "),
        Node::Term(_) | Node::Not(_) => None,
    }
}

/// The words as one quoted phrase for the word index, with a star behind it for a beginning.
pub(super) fn match_text(words: &Words) -> String {
    // A zero would end the text in the middle of its quotes.
    let text = fold(&words.text).replace(char::is_control, " ");
    let phrase = format!("\"{}\"", text.replace('"', "\"\""));
    let star = if words.prefix { " *" } else { "" };
    match words.columns {
        [] => format!("{phrase}{star}"),
        columns => format!("{{{}}} : {phrase}{star}", columns.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_the_word_index_stay_words() {
        let words = |text: &str, prefix| Words { text: text.to_owned(), prefix, columns: &[] };
        assert_eq!(match_text(&words("a OR \"b\" NOT c*", false)), "\"a or \"\"b\"\" not c*\"");
        assert_eq!(match_text(&words("jan", true)), "\"jan\" *");
        let named = Words { text: "jane".to_owned(), prefix: false, columns: &["name"] };
        assert_eq!(match_text(&named), "{name} : \"jane\"");
    }
}

//! From terms to SQL. User text is always bound, never part of a statement; words for the word
//! index are quoted there as well, so that none of its operators can come through.

use domain::ExponentTable;

use super::term::{Ask, Bounds, Id, Node, Status, Term, Text, Words};
use crate::key::first_of_second;
use crate::statement::{Value, fold};

/// What a search needs of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    /// Number of the value that the word index is searched with, where it leads the search: it is
    /// in date order, so that the first page ends early.
    leading_words: Option<usize>,
    conditions: Vec<String>,
    pub(super) values: Vec<Value>,
}

impl Filter {
    pub(super) fn new(nodes: &[Node], account: Option<i64>) -> Self {
        let mut filter = Self { leading_words: None, conditions: Vec::new(), values: Vec::new() };
        let mut words = Vec::new();
        for node in nodes {
            if let Some(matched) = match_of(node) {
                words.push(matched);
            } else {
                let condition = filter.node(node);
                filter.conditions.push(condition);
            }
        }
        if !words.is_empty() {
            filter.leading_words = Some(filter.bind(words.join(" AND ")));
        }
        if let Some(account) = account {
            let number = filter.bind(account);
            filter.conditions.push(format!("payments.account = ?{number}"));
        }
        filter
    }

    /// Counts what is found.
    pub(super) fn count(&self) -> String {
        match (self.leading_words, self.conditions.is_empty()) {
            (Some(number), true) => {
                format!("select count(*) from payment_words where payment_words match ?{number}")
            }
            (Some(number), false) => format!(
                "select count(*) from payment_words cross join payments on payments.key = payment_words.rowid \
                 where payment_words match ?{number}{}",
                self.further()
            ),
            (None, _) => format!("select count(*) from payments where true{}", self.further()),
        }
    }

    /// What follows `from payments` for a page of rows below a key.
    pub(super) fn page(&self, below: usize, limit: usize) -> String {
        match self.leading_words {
            None => format!(
                "where payments.key < ?{below}{} order by payments.key desc limit ?{limit}",
                self.further()
            ),
            // The word index must be the outer loop to be read in its own order.
            Some(number) => format!(
                "join (select rowid as word_key from payment_words where payment_words match ?{number} \
                 and rowid < ?{below} order by rowid desc) as found on payments.key = found.word_key \
                 where true{} order by found.word_key desc limit ?{limit}",
                self.further()
            ),
        }
    }

    fn further(&self) -> String {
        self.conditions.iter().map(|condition| format!(" and {condition}")).collect()
    }

    fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.values.push(value.into());
        self.values.len()
    }

    fn node(&mut self, node: &Node) -> String {
        let joined = |filter: &mut Self, nodes: &[Node], by: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| filter.node(node)).collect();
            format!("({})", parts.join(by))
        };
        match node {
            Node::Term(term) => format!("({})", self.condition(&term.ask)),
            // An empty column answers neither yes nor no; what is not yes is meant by `-`.
            Node::Not(node) => format!("not coalesce({}, 0)", self.node(node)),
            Node::All(nodes) => joined(self, nodes, " and "),
            Node::Any(nodes) => joined(self, nodes, " or "),
        }
    }

    fn condition(&mut self, ask: &Ask) -> String {
        match ask {
            Ask::Column { column, value } => format!("payments.{column} = ?{}", self.bind(value)),
            Ask::Expiry { month, year } => {
                let (month, year) = (self.bind(i64::from(*month)), self.bind(i64::from(*year)));
                format!("payments.card_exp_month = ?{month} and payments.card_exp_year = ?{year}")
            }
            Ask::Status(status) => self.status(*status),
            Ask::Amount(bounds) => self.amount(*bounds),
            Ask::Number { amount, last4, word } => self.number(*amount, last4.as_deref(), word),
            Ask::Last4(digits) => format!("payments.card_last4 = ?{}", self.bind(digits)),
            Ask::Email(email) => self.email(email),
            Ask::Created { from, until } => {
                let from = from.map(|from| format!("payments.key >= ?{}", self.bind(first_of_second(from))));
                let until =
                    until.map(|until| format!("payments.key < ?{}", self.bind(first_of_second(until))));
                let both: Vec<String> = from.into_iter().chain(until).collect();
                if both.is_empty() { "true".to_owned() } else { both.join(" and ") }
            }
            Ask::Customer(id) => format!("payments.customer_id = ?{}", self.bind(id)),
            Ask::Currency(code) => format!("payments.currency = ?{}", self.bind(code)),
            Ask::Brand(brand) => format!("payments.card_brand = ?{}", self.bind(brand)),
            Ask::Id(id) => self.id(id),
            Ask::Words(words) => {
                let number = self.bind(match_text(words));
                format!(
                    "payments.key in (select rowid from payment_words where payment_words match ?{number})"
                )
            }
            Ask::Metadata { name, value } => {
                let name = self.bind(name);
                let value = self.begins("value_folded", value);
                format!(
                    "payments.key in (select payment_key from payment_metadata where name = ?{name} and {value})"
                )
            }
            Ask::Refund(status) => self.tied("refunds", status.as_deref()),
            Ask::Dispute(status) => self.tied("disputes", status.as_deref()),
        }
    }

    fn status(&mut self, status: Status) -> String {
        match status {
            Status::Plain(word) => format!("payments.status = ?{}", self.bind(word)),
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

    /// One amount goes through the index; a range is read in date order, since it mostly holds much.
    fn amount(&mut self, bounds: Bounds) -> String {
        if bounds.least.is_some() && bounds.least == bounds.most && !bounds.open {
            return format!("payments.key in ({})", self.exact_amount(bounds));
        }
        let parts: Vec<String> = CLASSES.into_iter().filter_map(|class| self.range(class, bounds)).collect();
        if parts.is_empty() { "false".to_owned() } else { parts.join(" or ") }
    }

    /// A select of the keys of payments of exactly this amount, in any currency's own decimals.
    fn exact_amount(&mut self, bounds: Bounds) -> String {
        let mut parts = Vec::new();
        for class in CLASSES {
            if let Some((minor, most)) = class.minor(bounds)
                && minor == most
            {
                let minor = self.bind(minor);
                let currencies = class.currencies("currency");
                parts
                    .push(format!("select key from payments where amount_minor = ?{minor} and {currencies}"));
            }
        }
        if parts.is_empty() {
            "select key from payments where false".to_owned()
        } else {
            parts.join(" union all ")
        }
    }

    fn range(&mut self, class: Class, bounds: Bounds) -> Option<String> {
        let (least, most) = class.minor(bounds)?;
        let (least, most) = (self.bind(least), self.bind(most));
        // The plus keeps the index on amounts out of it.
        let currencies = class.currencies("payments.currency");
        Some(format!("(+payments.amount_minor between ?{least} and ?{most} and {currencies})"))
    }

    fn number(&mut self, amount: Bounds, last4: Option<&str>, word: &Words) -> String {
        let mut parts = vec![self.exact_amount(amount)];
        if let Some(digits) = last4 {
            parts.push(format!("select key from payments where card_last4 = ?{}", self.bind(digits)));
        }
        let word = self.bind(match_text(word));
        parts.push(format!("select rowid from payment_words where payment_words match ?{word}"));
        format!("payments.key in ({})", parts.join(" union all "))
    }

    /// Of the payment itself, or of the customer that it is tied to.
    fn email(&mut self, email: &Text) -> String {
        let own = self.begins("email_folded", email);
        let customers = own.replace("email_folded", "c.email_folded");
        format!(
            "payments.key in (select key from payments where {own} union \
             select p.key from customers c join payments p on p.customer_id = c.vendor_id \
             and p.account = c.account where {customers})"
        )
    }

    fn id(&mut self, id: &Id) -> String {
        match id {
            Id::Own(key) => match key {
                Some(key) => format!("payments.key = ?{}", self.bind(*key)),
                None => "false".to_owned(),
            },
            Id::Payment(id) => format!("payments.vendor_id = ?{}", self.bind(id)),
            Id::PaymentIntent(id) => format!("payments.payment_intent_id = ?{}", self.bind(id)),
            Id::Customer(id) => format!("payments.customer_id = ?{}", self.bind(id)),
            Id::Refund(id) => {
                let number = self.bind(id);
                format!(
                    "payments.key in (select p.key from refunds r join payments p on p.account = r.account \
                     and p.vendor_id = r.payment_id where r.vendor_id = ?{number} union \
                     select p.key from refunds r join payments p on p.account = r.account \
                     and p.payment_intent_id = r.payment_intent_id \
                     where r.vendor_id = ?{number} and r.payment_id is null)"
                )
            }
            Id::Dispute(id) => format!(
                "payments.key in (select p.key from disputes d join payments p on p.account = d.account \
                 and p.vendor_id = d.payment_id where d.vendor_id = ?{})",
                self.bind(id)
            ),
            Id::BalanceEntry(id) => {
                let number = self.bind(id);
                format!(
                    "payments.key in (select key from payments where balance_entry_id = ?{number} union \
                     select p.key from balance_entries b join payments p on p.account = b.account \
                     and p.vendor_id = b.source_id where b.vendor_id = ?{number} union \
                     select p.key from refunds r join payments p on p.account = r.account \
                     and p.vendor_id = r.payment_id where r.balance_entry_id = ?{number})"
                )
            }
        }
    }

    /// The payment has a row in another table, of one status where one is given.
    fn tied(&mut self, table: &str, status: Option<&str>) -> String {
        let status = match status {
            Some(status) => format!(" and t.status = ?{}", self.bind(status)),
            None => String::new(),
        };
        format!(
            "exists (select 1 from {table} t where t.account = payments.account \
             and t.payment_id = payments.vendor_id{status})"
        )
    }

    /// Equal, or beginning so: the range of all texts that begin so, since a pattern would take the
    /// wildcards in the text for its own.
    fn begins(&mut self, column: &str, text: &Text) -> String {
        let from = self.bind(&text.text);
        if !text.prefix {
            return format!("{column} = ?{from}");
        }
        let until = self.bind(format!("{}\u{10ffff}", text.text));
        format!("{column} >= ?{from} and {column} < ?{until}")
    }
}

/// Currencies of one number of decimals, as Stripe counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    exponent: u32,
}

const CLASSES: [Class; 3] = [Class { exponent: 2 }, Class { exponent: 0 }, Class { exponent: 3 }];

impl Class {
    /// Least and most minor units within the bounds; none where there are none.
    fn minor(self, bounds: Bounds) -> Option<(i64, i64)> {
        // The bounds are in thousandths, so a minor unit is a whole number of them.
        let unit = 10_i64.pow(3 - self.exponent);
        let open = i64::from(bounds.open);
        let least = bounds.least.map_or(Some(i64::MIN), |least| {
            let up = least.checked_add(open)?.checked_add(unit - 1)?;
            Some(up.div_euclid(unit))
        })?;
        let most =
            bounds.most.map_or(Some(i64::MAX), |most| Some(most.checked_sub(open)?.div_euclid(unit)))?;
        if least <= most { Some((least, most)) } else { None }
    }

    /// The condition that holds for the currencies of this class.
    fn currencies(self, column: &str) -> String {
        let exceptions = ExponentTable::Stripe.exceptions();
        let of = |wanted: Option<u32>| {
            let codes =
                exceptions.iter().filter(|(_, exponent)| wanted.is_none_or(|wanted| wanted == *exponent));
            codes.map(|(code, _)| format!("'{code}'")).collect::<Vec<_>>().join(", ")
        };
        match self.exponent {
            2 => format!("{column} not in ({})", of(None)),
            other => format!("{column} in ({})", of(Some(other))),
        }
    }
}

/// What the word index is asked for a node of words alone; none where there is anything else in it.
fn match_of(node: &Node) -> Option<String> {
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
fn match_text(words: &Words) -> String {
    let phrase = format!("\"{}\"", fold(&words.text).replace('"', "\"\""));
    let star = if words.prefix { " *" } else { "" };
    match words.columns {
        [] => format!("{phrase}{star}"),
        columns => format!("{{{}}} : {phrase}{star}", columns.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::number::bounds;

    fn minor(exponent: u32, text: &str) -> Option<(i64, i64)> {
        Class { exponent }.minor(bounds(text).unwrap())
    }

    #[test]
    fn amounts_take_the_decimals_of_their_currency() {
        assert_eq!(minor(2, "19.99"), Some((1999, 1999)));
        assert_eq!(minor(3, "19.99"), Some((19_990, 19_990)));
        assert_eq!(minor(0, "19.99"), None);
        assert_eq!(minor(0, "500"), Some((500, 500)));
        assert_eq!(minor(2, "500"), Some((50_000, 50_000)));
        assert_eq!(minor(0, "10.5..20.5"), Some((11, 20)));
        assert_eq!(minor(2, ">10"), Some((1001, i64::MAX)));
        assert_eq!(minor(0, ">10"), Some((11, i64::MAX)));
        assert_eq!(minor(0, ">10.5"), Some((11, i64::MAX)));
        assert_eq!(minor(2, "<10"), Some((i64::MIN, 999)));
        assert_eq!(minor(2, "20..10"), None);
    }

    #[test]
    fn operators_of_the_word_index_stay_words() {
        let words = |text: &str, prefix| Words { text: text.to_owned(), prefix, columns: &[] };
        assert_eq!(match_text(&words("a OR \"b\" NOT c*", false)), "\"a or \"\"b\"\" not c*\"");
        assert_eq!(match_text(&words("jan", true)), "\"jan\" *");
        let named = Words { text: "jane".to_owned(), prefix: false, columns: &["name"] };
        assert_eq!(match_text(&named), "{name} : \"jane\"");
    }
}

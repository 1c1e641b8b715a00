//! From terms to conditions, for events and for the requests that brought none. User text is always bound, never part
//! of a statement.

use super::ask::{Came, EventAsk};
use crate::find::conditions::Conditions;
use crate::find::paths::within;
use crate::find::term::Node;

/// The two tables of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Events,
    Requests,
}

impl Side {
    /// The key of a row, such as it is written where it only sifts.
    fn key(self) -> &'static str {
        match self {
            Self::Events => "+events.key",
            Self::Requests => "+inbox.place",
        }
    }

    fn column(self, of_events: &'static str, of_requests: &'static str) -> &'static str {
        match self {
            Self::Events => of_events,
            Self::Requests => of_requests,
        }
    }

    /// Whether nothing of this side can have it, whatever stands in its rows.
    fn never_has(self, ask: &EventAsk) -> bool {
        match ask {
            EventAsk::Nothing => true,
            EventAsk::Kind(_)
            | EventAsk::Like(_)
            | EventAsk::Id(_)
            | EventAsk::Created { .. }
            | EventAsk::Account { .. }
            | EventAsk::Vendor(_)
            | EventAsk::AccountNumber(_) => false,
            EventAsk::Received(_) | EventAsk::Came(Came::Refused | Came::Apart) => self == Self::Events,
            EventAsk::Object(_)
            | EventAsk::Subject(_)
            | EventAsk::Payment(_)
            | EventAsk::OwnPayment(_)
            | EventAsk::Customer(_)
            | EventAsk::Call(_)
            | EventAsk::Key(_)
            | EventAsk::Version(_)
            | EventAsk::Delivery(_)
            | EventAsk::Came(Came::Feed | Came::Verified | Came::Part) => self == Self::Requests,
        }
    }

    /// Whether a node holds for no row, or for every row, of this side; none where that hangs on the row.
    fn always(self, node: &Node<EventAsk>) -> Option<bool> {
        match node {
            Node::Term(term) => self.never_has(&term.ask).then_some(false),
            Node::Not(node) => self.always(node).map(|holds| !holds),
            Node::All(nodes) => {
                let all: Vec<_> = nodes.iter().map(|node| self.always(node)).collect();
                if all.contains(&Some(false)) {
                    Some(false)
                } else {
                    all.iter().all(|one| *one == Some(true)).then_some(true)
                }
            }
            Node::Any(nodes) => {
                let all: Vec<_> = nodes.iter().map(|node| self.always(node)).collect();
                if all.contains(&Some(true)) {
                    Some(true)
                } else {
                    all.iter().all(|one| *one == Some(false)).then_some(false)
                }
            }
        }
    }

    /// Whether any row of this side can have all of these.
    pub(super) fn has_all(self, nodes: &[Node<EventAsk>]) -> bool {
        nodes.iter().all(|node| self.always(node) != Some(false))
    }

    /// The condition of one term.
    pub(super) fn condition(self, made: &mut Conditions, ask: &EventAsk) -> String {
        if self.never_has(ask) {
            return "false".to_owned();
        }
        let equal =
            |made: &mut Conditions, column: &str, value: &str| format!("{column} = ?{}", made.bind(value));
        let kind = self.column("events.kind", "inbox.event_type");
        match ask {
            EventAsk::Kind(word) => equal(made, kind, word),
            EventAsk::Like(pattern) => format!("{kind} glob ?{}", made.bind(glob(pattern))),
            EventAsk::Object(word) => equal(made, "events.subject_object", word),
            EventAsk::Id(id) => equal(made, self.column("events.vendor_id", "inbox.event_id"), id),
            EventAsk::Subject(id) => equal(made, "events.subject_id", id),
            EventAsk::Payment(id) => equal(made, "events.payment_id", id),
            EventAsk::OwnPayment(Some(key)) => {
                format!(
                    "events.payment_id = (select p.vendor_id from payments p where p.key = ?{})",
                    made.bind(*key)
                )
            }
            EventAsk::Customer(id) => equal(made, "events.customer_id", id),
            EventAsk::Call(id) => equal(made, "events.request_id", id),
            EventAsk::Key(key) => equal(made, "events.idempotency_key", key),
            EventAsk::Version(version) => equal(made, "events.api_version", version),
            EventAsk::Received(number) => format!("inbox.number = ?{}", made.bind(*number)),
            EventAsk::AccountNumber(number) => {
                format!("{} = ?{}", self.column("events.account", "inbox.account"), made.bind(*number))
            }
            EventAsk::Vendor(word) => format!(
                "{} in (select a.number from accounts a where a.vendor = ?{})",
                self.column("events.account", "inbox.account"),
                made.bind(word.as_str())
            ),
            EventAsk::Came(Came::Feed) => "events.signed = 0".to_owned(),
            EventAsk::Came(Came::Verified) => "events.signed = 1".to_owned(),
            EventAsk::Came(Came::Part) => "events.signed = 2".to_owned(),
            EventAsk::Came(Came::Refused) => "inbox.verdict = 'refused'".to_owned(),
            EventAsk::Came(Came::Apart) => "inbox.verdict <> 'refused'".to_owned(),
            EventAsk::Delivery(states) => format!(
                "exists (select 1 from deliveries d indexed by deliveries_event where d.event_id = events.vendor_id \
                 and d.account = events.account and d.state in {states})"
            ),
            EventAsk::Created { from, until } => within(made, self.key(), (*from, *until)),
            // Nothing can have it, or it became another before.
            EventAsk::OwnPayment(None) | EventAsk::Account { .. } | EventAsk::Nothing => "false".to_owned(),
        }
    }
}

/// A pattern in which only `*` stands for anything, as SQLite's `glob` reads it.
fn glob(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    for one in pattern.chars() {
        match one {
            '[' | '?' => text.extend(['[', one, ']']),
            one => text.push(one),
        }
    }
    text
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("charge.*", "charge.refunded", true),
            ("charge.*", "charge", false),
            ("*.created", "customer.created", true),
            ("*dispute*", "charge.dispute.created", true),
            ("*a*a", "a", false),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("c?arge.*", "charge.x", false),
            ("a*b*c", "a-b-b-c", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} on {text}");
        }
        assert_eq!(glob("a?[b]*"), "a[?][[]b]*");
    }
}

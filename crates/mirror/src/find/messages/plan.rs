//! Which way a search for messages takes to its rows. User text is always bound, never part of a statement.

use domain::{MessageChannel, MessageDirection, MessageState};

use super::ask::MessageAsk;
use crate::find::branch::{Rows, Source};
use crate::find::conditions::{Conditions, match_text};
use crate::find::paths::{Period, Subject, Way, within};
use crate::find::term::Words;

/// The messages, as every statement over them names them.
pub(super) const MESSAGES: Rows =
    Rows { table: "messages m", key: "m.place", along: "indexed by messages_place" };

/// The messages.
#[derive(Debug, Clone, Copy)]
pub(in crate::find) struct OfTable;

/// States that most messages end in, so that the index on them leads to nearly all.
fn is_common(state: MessageState) -> bool {
    matches!(state, MessageState::Queued | MessageState::Sent | MessageState::Delivered)
}

impl Subject for OfTable {
    type Ask = MessageAsk;

    fn rows(self) -> Rows {
        MESSAGES
    }

    fn way(self, ask: &MessageAsk) -> Way {
        match ask {
            MessageAsk::Id(_) | MessageAsk::Nothing => Way::List,
            MessageAsk::To(_)
            | MessageAsk::From(_)
            | MessageAsk::ToPrefix { few: true, .. }
            | MessageAsk::Payment(_)
            | MessageAsk::OwnPayment(_)
            | MessageAsk::Customer(_) => Way::Few,
            MessageAsk::State(state) if !is_common(*state) => Way::Many(0),
            MessageAsk::Known(_) => Way::Many(1),
            MessageAsk::Words(_) => Way::Many(2),
            MessageAsk::Template(_) => Way::Many(3),
            MessageAsk::Domain(_) => Way::Many(4),
            MessageAsk::Link(_) => Way::Many(5),
            MessageAsk::Purpose(_) => Way::Many(6),
            MessageAsk::State(_) => Way::Many(7),
            MessageAsk::Channel(MessageChannel::Sms) => Way::Many(8),
            MessageAsk::Direction(MessageDirection::Inbound) => Way::Many(9),
            MessageAsk::Created { from: Some(_), .. } => Way::Span,
            _ => Way::Walk,
        }
    }

    fn source(self, made: &mut Conditions, ask: &MessageAsk) -> (Source, Option<String>) {
        let index = match ask {
            MessageAsk::Words(words) => {
                let number = made.bind(match_text(words));
                let select = format!(
                    "select rowid as word_key from message_words where message_words match ?{number}"
                );
                return (Source::Found { select, key: "rowid" }, None);
            }
            MessageAsk::Id(id) => {
                let number = made.bind(id);
                let listed = format!(
                    "m.place in (select o.place from messages o where o.id = ?{number} union all \
                     select o.place from messages o indexed by messages_vendor_id where o.vendor_id = ?{number})"
                );
                return (Source::Key, Some(listed));
            }
            MessageAsk::ToPrefix { .. } => {
                return (Source::Unsorted("messages_to"), Some(self.term(made, ask)));
            }
            MessageAsk::To(_) => "messages_to",
            MessageAsk::From(_) => "messages_from",
            MessageAsk::Domain(_) => "messages_domain",
            MessageAsk::Payment(_) | MessageAsk::OwnPayment(_) => "messages_payment",
            MessageAsk::Customer(_) => "messages_customer",
            MessageAsk::Template(_) => "messages_template",
            MessageAsk::State(_) => "messages_state",
            MessageAsk::Purpose(_) => "messages_purpose",
            MessageAsk::Link(_) => "messages_link",
            MessageAsk::Known(mark) => mark.index,
            MessageAsk::Channel(MessageChannel::Sms) => "messages_sms",
            MessageAsk::Direction(MessageDirection::Inbound) => "messages_inbound",
            _ => return (Source::Key, Some(self.term(made, ask))),
        };
        (Source::Index(index), Some(self.term(made, ask)))
    }

    fn term(self, made: &mut Conditions, ask: &MessageAsk) -> String {
        let mut equal = |column: &str, value: &str| format!("{column} = ?{}", made.bind(value));
        match ask {
            MessageAsk::To(address) => equal("m.to_folded", address),
            MessageAsk::ToPrefix { text, .. } => {
                let (from, until) = (made.bind(text), made.bind(format!("{text}\u{10ffff}")));
                format!("m.to_folded >= ?{from} and m.to_folded < ?{until}")
            }
            MessageAsk::From(from) => equal("m.from_address", from),
            // Word for word as the indexes on them say it.
            MessageAsk::Channel(MessageChannel::Sms) => "m.channel = 'sms'".to_owned(),
            MessageAsk::Channel(MessageChannel::Email) => "m.channel = 'email'".to_owned(),
            MessageAsk::Direction(MessageDirection::Inbound) => "m.direction = 'inbound'".to_owned(),
            MessageAsk::Direction(MessageDirection::Outbound) => "m.direction = 'outbound'".to_owned(),
            MessageAsk::Domain(domain) => equal("m.to_domain", domain),
            MessageAsk::State(state) => equal("m.state", state.as_str()),
            MessageAsk::Known(mark) => format!("{} is not null", mark.column),
            MessageAsk::Purpose(purpose) => equal("m.purpose", purpose.as_str()),
            MessageAsk::Template(id) => equal("m.template", id),
            MessageAsk::Payment(id) => equal("m.payment_id", id),
            MessageAsk::OwnPayment(Some(key)) => {
                let key = made.bind(*key);
                format!("m.payment_id = (select p.vendor_id from payments p where p.key = ?{key})")
            }
            MessageAsk::Customer(id) => equal("m.customer_id", id),
            MessageAsk::Link(link) => equal("m.link", link.as_str()),
            MessageAsk::Words(words) => has_words(made, words),
            MessageAsk::Id(id) => {
                let number = made.bind(id);
                format!("m.id = ?{number} or m.vendor_id = ?{number}")
            }
            MessageAsk::AccountNumber(number) => format!("m.account = ?{}", made.bind(*number)),
            MessageAsk::Created { from, until } => within(made, "+m.place", (*from, *until)),
            // Nothing can have it, or it became another before.
            MessageAsk::OwnPayment(None) | MessageAsk::Account { .. } | MessageAsk::Nothing => {
                "false".to_owned()
            }
        }
    }

    fn period(self, ask: &MessageAsk) -> Option<Period> {
        match ask {
            MessageAsk::Created { from, until } => Some((*from, *until)),
            _ => None,
        }
    }
}

/// Looks each row up in the word index by itself; a beginning is put together from all words that begin so, so that is
/// listed once.
fn has_words(made: &mut Conditions, words: &Words) -> String {
    let number = made.bind(match_text(words));
    match words.prefix {
        true => format!("+m.place in (select rowid from message_words where message_words match ?{number})"),
        false => format!(
            "exists (select 1 from message_words where message_words match ?{number} and rowid = m.place)"
        ),
    }
}

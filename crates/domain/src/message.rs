//! Messages to customers: how one stands, and what events make of that.
//!
//! A vendor tells of a message in any order, several times, and before its answer to the send. So how a message
//! stands is the highest of all that was told, in one order, and never goes back.

use std::fmt;
use std::str::FromStr;

use crate::Timestamp;
use crate::ids::{MessageId, UnknownWord};
use crate::open_enum::open_enum;

/// How a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Written down, and on its way to the vendor or about to be.
    Prepared,
    /// The vendor says no, and has not taken it.
    Refused,
    /// A person gave it up.
    Canceled,
    /// The vendor may have taken it. It is not sent again.
    Unsettled,
    /// Nothing tells any more whether the vendor took it; a person decides.
    NeedsPerson,
    /// The vendor took it.
    Queued,
    /// The vendor works on it.
    Sent,
    /// The receiving side asked the vendor to come again later.
    Deferred,
    /// The receiving side took it.
    Delivered,
    /// The vendor took it and does not send it.
    Dropped,
    /// The receiving side does not take it, or gave it back later.
    Bounced,
}

impl MessageState {
    /// All of them, in their order: what is told by a vendor's event is above all that we only suppose, so that an event proves
    /// wrong what an answer, or a person, made of a message; and a message may bounce after it was delivered.
    pub const ALL: [Self; 11] = [
        Self::Prepared,
        Self::Refused,
        Self::Canceled,
        Self::Unsettled,
        Self::NeedsPerson,
        Self::Queued,
        Self::Sent,
        Self::Deferred,
        Self::Delivered,
        Self::Dropped,
        Self::Bounced,
    ];

    /// The word for it, in the database, over JSON and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Refused => "refused",
            Self::Canceled => "canceled",
            Self::Unsettled => "unsettled",
            Self::NeedsPerson => "needs_person",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Delivered => "delivered",
            Self::Dropped => "dropped",
            Self::Bounced => "bounced",
        }
    }

    /// Its place in the order.
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or_default()
    }

    /// Whether it may be at the vendor or not, so that nothing like it is sent.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Prepared | Self::Unsettled | Self::NeedsPerson)
    }
}

impl fmt::Display for MessageState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for MessageState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessagePurpose {
    /// It says what was paid.
    Receipt,
    /// It says what was given back.
    RefundNotice,
    /// What a person wrote.
    FreeText,
    /// A template of the vendor's.
    Template,
    /// It was not sent by Paydesk.
    Elsewhere,
}

impl MessagePurpose {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Receipt, Self::RefundNotice, Self::FreeText, Self::Template, Self::Elsewhere];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::RefundNotice => "refund_notice",
            Self::FreeText => "free_text",
            Self::Template => "template",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl fmt::Display for MessagePurpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for MessagePurpose {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

open_enum! {
    /// What a vendor tells of a message.
    MessageEventKind {
        /// The vendor took it.
        Queued = "queued",
        /// The vendor works on it.
        Processed = "processed",
        /// The receiving side asked to come again later.
        Deferred = "deferred",
        /// The receiving side took it.
        Delivered = "delivered",
        /// The receiving side does not take it.
        Bounced = "bounced",
        /// The vendor does not send it.
        Dropped = "dropped",
        /// Somebody, or a program of theirs, looked at it.
        Opened = "opened",
        /// Somebody, or a program of theirs, followed a link in it.
        Clicked = "clicked",
        /// Somebody called it spam.
        Complained = "complained",
        /// Somebody wants no more of them.
        Unsubscribed = "unsubscribed",
    }
}

impl MessageEventKind {
    /// How a message stands of which this is told; none where it tells nothing of that.
    pub fn state(&self) -> Option<MessageState> {
        match self {
            Self::Queued => Some(MessageState::Queued),
            Self::Processed => Some(MessageState::Sent),
            Self::Deferred => Some(MessageState::Deferred),
            // What was looked at, or called spam, was delivered.
            Self::Delivered | Self::Opened | Self::Clicked | Self::Complained | Self::Unsubscribed => {
                Some(MessageState::Delivered)
            }
            Self::Bounced => Some(MessageState::Bounced),
            Self::Dropped => Some(MessageState::Dropped),
            Self::Other(_) => None,
        }
    }
}

/// One thing that a vendor told of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEvent {
    /// The vendor's id of it; the same id is the same event for ever.
    pub id: String,
    /// What.
    pub kind: MessageEventKind,
    /// When it happened, by the vendor's clock.
    pub at: Timestamp,
    /// Why, in the vendor's or the receiving side's words.
    pub reason: Option<String>,
}

/// What an event is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TellsOf {
    /// Our id of the message, where it was sent by Paydesk.
    pub message: Option<MessageId>,
    /// The vendor's id of the message, as the answer to its send told it.
    pub vendor_id: Option<String>,
    /// Whom it was sent to.
    pub to: String,
    /// Its subject, where the vendor tells that.
    pub subject: Option<String>,
    /// The vendor's id of its template, where the vendor tells that.
    pub template: Option<String>,
    /// Names and values that its sender gave it, such as an order's id.
    pub named: Vec<(String, String)>,
}

/// An event and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEvent {
    /// What it is about.
    pub of: TellsOf,
    /// The event.
    pub event: MessageEvent,
}

/// How surely a message belongs to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkCertainty {
    /// It was sent about it.
    Exact,
    /// It went to the payer at about that time.
    Likely,
    /// A person said so.
    ByHand,
}

impl LinkCertainty {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Likely, Self::ByHand];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Likely => "likely",
            Self::ByHand => "by_hand",
        }
    }
}

impl FromStr for LinkCertainty {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// How a message stands, with all that was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The highest that was told, or what our own call came to.
    pub state: MessageState,
    /// Why it stands so.
    pub reason: Option<String>,
    /// When that happened and the vendor's id of the event, where an event told it.
    pub told_by: Option<(Timestamp, String)>,
    /// When it was first delivered.
    pub delivered_at: Option<Timestamp>,
    /// When it was first looked at.
    pub opened_at: Option<Timestamp>,
    /// When a link in it was first followed.
    pub clicked_at: Option<Timestamp>,
    /// When it was first called spam.
    pub complained_at: Option<Timestamp>,
    /// When its reader first asked for no more.
    pub unsubscribed_at: Option<Timestamp>,
}

impl Standing {
    /// A message of which nothing was told.
    pub fn new(state: MessageState) -> Self {
        Self {
            state,
            reason: None,
            told_by: None,
            delivered_at: None,
            opened_at: None,
            clicked_at: None,
            complained_at: None,
            unsubscribed_at: None,
        }
    }

    /// How it stands once this was told as well. The same events in any order, and any number of times, come to the same.
    #[must_use]
    pub fn told(mut self, event: &MessageEvent) -> Self {
        if let Some(first) = match event.kind {
            MessageEventKind::Delivered => Some(&mut self.delivered_at),
            MessageEventKind::Opened => Some(&mut self.opened_at),
            MessageEventKind::Clicked => Some(&mut self.clicked_at),
            MessageEventKind::Complained => Some(&mut self.complained_at),
            MessageEventKind::Unsubscribed => Some(&mut self.unsubscribed_at),
            _ => None,
        } {
            *first = Some(first.map_or(event.at, |known| known.min(event.at)));
        }
        let Some(state) = event.kind.state() else { return self };
        let place = (event.at, event.id.clone());
        let is_later = self.told_by.as_ref().is_none_or(|told_by| place > *told_by);
        if state.rank() > self.state.rank() || (state == self.state && is_later) {
            self.state = state;
            self.reason.clone_from(&event.reason);
            self.told_by = Some(place);
        }
        self
    }

    /// The higher of two accounts of one message, of which neither knows all: this one, which knows what was decided last, and one from before.
    #[must_use]
    pub fn joined(mut self, before: Self) -> Self {
        for (first, other) in [
            (&mut self.delivered_at, before.delivered_at),
            (&mut self.opened_at, before.opened_at),
            (&mut self.clicked_at, before.clicked_at),
            (&mut self.complained_at, before.complained_at),
            (&mut self.unsubscribed_at, before.unsubscribed_at),
        ] {
            *first = [*first, other].into_iter().flatten().min();
        }
        let is_higher = before.state.rank() > self.state.rank() && !before.state.is_open();
        let is_later = before.state == self.state && before.told_by > self.told_by;
        if is_higher || is_later {
            self.state = before.state;
            self.reason = before.reason;
            self.told_by = before.told_by;
        }
        self
    }

    /// How it stands once our own call came to this. What an event told before is higher and stays; an answer moves only what is open, since
    /// nothing is sent again once a vendor took it.
    #[must_use]
    pub fn answered(mut self, state: MessageState, reason: Option<String>) -> Self {
        if self.state.is_open() {
            self.state = state;
            self.reason = reason;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{MessageEvent, MessageEventKind, MessagePurpose, MessageState, Standing};
    use crate::Timestamp;

    fn event(id: &str, kind: MessageEventKind, second: i64) -> MessageEvent {
        let reason = Some(format!("{kind} {id}"));
        MessageEvent { id: id.to_owned(), kind, at: Timestamp::from_seconds(second), reason }
    }

    /// Every order of the items, by Heap's method.
    fn orders(items: &[MessageEvent]) -> Vec<Vec<MessageEvent>> {
        let Some((first, rest)) = items.split_first() else { return vec![Vec::new()] };
        let mut all = Vec::new();
        for order in orders(rest) {
            for place in 0..=order.len() {
                let mut one = order.clone();
                one.insert(place, first.clone());
                all.push(one);
            }
        }
        all
    }

    #[test]
    fn every_order_of_events_comes_to_the_same_and_twice_is_once() {
        let events = [
            event("a", MessageEventKind::Processed, 1),
            event("b", MessageEventKind::Deferred, 2),
            event("c", MessageEventKind::Deferred, 2),
            event("d", MessageEventKind::Delivered, 5),
            event("e", MessageEventKind::Opened, 9),
            event("f", MessageEventKind::Opened, 7),
            event("g", MessageEventKind::Other("translated".to_owned()), 8),
        ];
        let told = |events: &[MessageEvent]| {
            events.iter().fold(Standing::new(MessageState::Queued), |standing, one| standing.told(one))
        };
        let once = told(&events);
        assert_eq!(once.state, MessageState::Delivered);
        assert_eq!(once.opened_at, Some(Timestamp::from_seconds(7)));
        let all = orders(&events);
        assert_eq!(all.len(), 5_040);
        for mut order in all {
            assert_eq!(told(&order), once);
            order.extend_from_slice(&events[2..4]);
            assert_eq!(told(&order), once, "the same event twice");
        }
    }

    #[test]
    fn a_bounce_after_a_delivery_stays_and_nothing_goes_back() {
        let standing = Standing::new(MessageState::Queued)
            .told(&event("a", MessageEventKind::Bounced, 9))
            .told(&event("b", MessageEventKind::Delivered, 3))
            .told(&event("c", MessageEventKind::Processed, 20));
        assert_eq!(standing.state, MessageState::Bounced);
        assert_eq!(standing.reason.as_deref(), Some("bounced a"));
        for (place, lower) in MessageState::ALL.iter().enumerate() {
            assert_eq!(lower.rank(), place);
        }
    }

    #[test]
    fn an_event_before_the_answer_to_the_send_is_not_taken_back_by_it() {
        let early = Standing::new(MessageState::Prepared).told(&event("a", MessageEventKind::Delivered, 3));
        for answer in [MessageState::Queued, MessageState::Unsettled, MessageState::Refused] {
            assert_eq!(early.clone().answered(answer, Some("late".to_owned())), early);
        }
        let unsettled = Standing::new(MessageState::Prepared).answered(MessageState::Unsettled, None);
        assert_eq!(unsettled.told(&event("a", MessageEventKind::Processed, 3)).state, MessageState::Sent);
        let given_up = Standing::new(MessageState::Canceled);
        assert_eq!(given_up.told(&event("a", MessageEventKind::Processed, 3)).state, MessageState::Sent);
    }

    #[test]
    fn two_accounts_of_one_message_come_to_the_higher_and_what_a_person_gave_up_stays_so() {
        let told = Standing::new(MessageState::Queued)
            .told(&event("a", MessageEventKind::Delivered, 3))
            .told(&event("b", MessageEventKind::Opened, 9));
        let waiting = Standing::new(MessageState::NeedsPerson);
        assert_eq!(waiting.clone().joined(told.clone()), told);
        assert_eq!(told.clone().joined(waiting.clone()), told);
        let earlier = Standing::new(MessageState::Queued).told(&event("c", MessageEventKind::Opened, 4));
        let joined = told.clone().joined(earlier);
        assert_eq!((joined.opened_at, joined.told_by), (Some(Timestamp::from_seconds(4)), told.told_by));
        let given_up = Standing::new(MessageState::Canceled);
        assert_eq!(given_up.clone().joined(waiting), given_up);
    }

    #[test]
    fn words_read_back() {
        for state in MessageState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        for purpose in MessagePurpose::ALL {
            assert_eq!(purpose.as_str().parse(), Ok(purpose));
        }
    }
}

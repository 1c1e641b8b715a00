//! Which page of which list: cursors, spans of time and filters, as Stripe's query (vendor facts 1.3).

use domain::Timestamp;

use super::MAX_PAGE;

/// A place in a list: by the id of an object (vendor facts 1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// The objects after this one: at Stripe the older ones.
    After(String),
    /// The objects just before this one: at Stripe the newer ones, still newest first.
    Before(String),
}

/// A span of creation times. Stripe counts whole seconds, so it is widened to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CreatedRange {
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Up to but not including this moment.
    pub until: Option<Timestamp>,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Refunds or disputes of a payment.
    OfPayment(String),
    /// Payments, refunds or disputes of a payer's intention.
    OfPaymentIntent(String),
    /// Payments or intentions of a customer.
    OfCustomer(String),
    /// Balance entries of a payout; Stripe knows this of automatic payouts only.
    OfPayout(String),
    /// Balance entries that this moved.
    OfSource(String),
    /// Customers with exactly this email address.
    Email(String),
}

impl Filter {
    fn as_query(&self) -> (String, String) {
        let (name, value) = match self {
            Self::OfPayment(id) => ("charge", id),
            Self::OfPaymentIntent(id) => ("payment_intent", id),
            Self::OfCustomer(id) => ("customer", id),
            Self::OfPayout(id) => ("payout", id),
            Self::OfSource(id) => ("source", id),
            Self::Email(address) => ("email", address),
        };
        (name.to_owned(), value.clone())
    }
}

/// What the event feed is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Sorts of events, at most 20; empty for all.
    pub types: Vec<String>,
    /// Only those that some endpoint has not taken yet (false), or all have (true).
    pub delivered: Option<bool>,
}

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// From where.
    pub cursor: Option<Cursor>,
    /// Created when.
    pub created: CreatedRange,
    /// How many, 1 to [`MAX_PAGE`]; held to that.
    pub limit: u16,
    /// Narrowed to what.
    pub filters: Vec<Filter>,
    /// For the event feed only.
    pub events: EventFilter,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            cursor: None,
            created: CreatedRange::default(),
            limit: MAX_PAGE,
            filters: Vec::new(),
            events: EventFilter::default(),
        }
    }
}

impl PageRequest {
    pub(crate) fn as_query(&self) -> Vec<(String, String)> {
        let mut query = vec![("limit".to_owned(), self.limit.clamp(1, MAX_PAGE).to_string())];
        match &self.cursor {
            Some(Cursor::After(id)) => query.push(("starting_after".to_owned(), id.clone())),
            Some(Cursor::Before(id)) => query.push(("ending_before".to_owned(), id.clone())),
            None => {}
        }
        if let Some(from) = self.created.from {
            query.push(("created[gte]".to_owned(), from.as_seconds().to_string()));
        }
        if let Some(until) = self.created.until {
            let whole = until.plus_ms(999).as_seconds();
            query.push(("created[lt]".to_owned(), whole.to_string()));
        }
        query.extend(self.filters.iter().map(Filter::as_query));
        for (place, word) in self.events.types.iter().enumerate() {
            query.push((format!("types[{place}]"), word.clone()));
        }
        if let Some(delivered) = self.events.delivered {
            query.push(("delivery_success".to_owned(), delivered.to_string()));
        }
        query
    }
}

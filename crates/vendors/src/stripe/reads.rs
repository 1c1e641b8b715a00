//! Reading from Stripe.

use std::collections::HashSet;

use domain::{Currency, Kind, Observed, Record, SavedPaymentMethod, Timestamp};
use transport::{Endpoint, Method, Request, Response};

use super::clean::clean;
use super::json::read;
use super::observe::{Circumstances, Item, Page, item, page, split_list};
use super::problem::CallError;
use super::query::{Cursor, EventFilter, Filter, PageRequest};
use super::{Stripe, Unread, records};

/// Most pages of one list that is read whole: the refunds of a payment, the cards of a customer.
const MAX_PAGES_OF_WHOLE_LIST: usize = 100;

/// Who the account is, at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// Its id, such as `acct_…`.
    pub vendor_account_id: String,
    /// Its name: that of the dashboard, else of the business, else its email address.
    pub name: Option<String>,
    /// The currency it settles in by default.
    pub default_currency: Option<Currency>,
    /// Two-letter country.
    pub country: Option<String>,
}

/// A customer, or the trace of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerFound {
    /// The customer.
    Kept(Box<Observed>),
    /// Stripe only says that it was deleted; what is mirrored of it stays and is marked.
    Deleted {
        /// Its id.
        vendor_id: String,
        /// When Stripe said so.
        observed_at: Timestamp,
    },
}

/// Path templates of a kind: the list, and one object of it.
pub(crate) fn templates(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Payments => ("/v1/charges", "/v1/charges/{id}"),
        Kind::Refunds => ("/v1/refunds", "/v1/refunds/{id}"),
        Kind::Customers => ("/v1/customers", "/v1/customers/{id}"),
        Kind::PaymentIntents => ("/v1/payment_intents", "/v1/payment_intents/{id}"),
        Kind::Disputes => ("/v1/disputes", "/v1/disputes/{id}"),
        Kind::BalanceEntries => ("/v1/balance_transactions", "/v1/balance_transactions/{id}"),
        Kind::Payouts => ("/v1/payouts", "/v1/payouts/{id}"),
        Kind::Events => ("/v1/events", "/v1/events/{id}"),
    }
}

impl Stripe {
    /// Who the account is; none where the key may not know (403) or the address has no such call
    /// (404), which is no reason not to connect.
    ///
    /// # Errors
    /// Anything else.
    pub async fn account(&self) -> Result<Option<AccountFacts>, CallError> {
        let response = match self.get("/v1/account", &[], Vec::new()).await {
            Err(CallError::Forbidden { .. } | CallError::NotFound(_)) => return Ok(None),
            other => other?,
        };
        let facts = read(&response.body, |mut tree| {
            clean(&mut tree);
            let vendor_account_id = tree.need_id()?;
            let dashboard_name = tree.get("settings").get("dashboard").text("display_name");
            Ok(AccountFacts {
                vendor_account_id,
                name: dashboard_name
                    .or_else(|| tree.get("business_profile").text("name"))
                    .or_else(|| tree.text("email")),
                default_currency: tree.need_currency("default_currency").ok(),
                country: tree.text("country"),
            })
        });
        facts.and_then(|facts| facts).map(Some).map_err(|what| unreadable(&response, what))
    }

    /// One page of a list. A kind that answers 404 is "not offered"; a filter that names something
    /// that does not exist is [`CallError::NotFound`] instead.
    ///
    /// # Errors
    /// When there is no page. Objects that cannot be read are in [`Page::skipped`] instead.
    pub async fn list(&self, kind: Kind, request: &PageRequest) -> Result<Page, CallError> {
        match self.page(kind, request).await {
            // In the middle of a list a 404 is a fault, and must not look like its end.
            Err(CallError::NotFound(problem))
                if request.cursor.is_none() && !problem.is_about_an_object() =>
            {
                Ok(Page::not_offered(kind))
            }
            other => other,
        }
    }

    async fn page(&self, kind: Kind, request: &PageRequest) -> Result<Page, CallError> {
        let response = self.get(templates(kind).0, &[], request.as_query()).await?;
        let page = page(kind, &response.body, self.around(&response));
        let page = page.map_err(|what| unreadable(&response, what))?;
        Ok(Page { server_date: response.server_date, ..page })
    }

    /// The events just after one that was seen, oldest first. While `has_more`, call again with
    /// `first_id`, which stays the newest of the page. A page that brings nothing new ends the walk.
    ///
    /// # Errors
    /// [`CallError::CursorGone`] when Stripe no longer has that event (it keeps them for 30 days).
    pub async fn events_after(&self, last_seen_id: &str, filter: &EventFilter) -> Result<Page, CallError> {
        let request = PageRequest {
            cursor: Some(Cursor::Before(last_seen_id.to_owned())),
            events: filter.clone(),
            ..PageRequest::default()
        };
        let mut page = self.list(Kind::Events, &request).await?;
        if page.first_id.is_none() || page.first_id.as_deref() == Some(last_seen_id) {
            page.has_more = false;
        }
        page.records.retain(|seen| seen.record.vendor_id() != last_seen_id);
        page.carried.retain(|carried| carried.event_id != last_seen_id);
        page.records.reverse();
        page.carried.reverse();
        page.newest_first = page.newest_first.map(|newest_first| !newest_first);
        Ok(page)
    }

    /// One object.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn one(&self, kind: Kind, vendor_id: &str) -> Result<Observed, CallError> {
        let response = self.get(templates(kind).1, &[vendor_id], Vec::new()).await?;
        match item(kind, &response.body, self.around(&response)) {
            Ok(Item::Record { observed, .. }) if observed.record.vendor_id() == vendor_id => Ok(*observed),
            Ok(_) => Err(unreadable(&response, Unread::OtherObject)),
            Err(skipped) => Err(unreadable(&response, skipped.reason)),
        }
    }

    /// One payment.
    ///
    /// # Errors
    /// As [`Stripe::one`].
    pub async fn payment(&self, vendor_id: &str) -> Result<Observed, CallError> {
        self.one(Kind::Payments, vendor_id).await
    }

    /// One payer's intention.
    ///
    /// # Errors
    /// As [`Stripe::one`].
    pub async fn payment_intent(&self, vendor_id: &str) -> Result<Observed, CallError> {
        self.one(Kind::PaymentIntents, vendor_id).await
    }

    /// One refund.
    ///
    /// # Errors
    /// As [`Stripe::one`].
    pub async fn refund(&self, vendor_id: &str) -> Result<Observed, CallError> {
        self.one(Kind::Refunds, vendor_id).await
    }

    /// One dispute.
    ///
    /// # Errors
    /// As [`Stripe::one`].
    pub async fn dispute(&self, vendor_id: &str) -> Result<Observed, CallError> {
        self.one(Kind::Disputes, vendor_id).await
    }

    /// One customer, who may have been deleted.
    ///
    /// # Errors
    /// When there never was one, or it cannot be read.
    pub async fn customer(&self, vendor_id: &str) -> Result<CustomerFound, CallError> {
        let response = self.get(templates(Kind::Customers).1, &[vendor_id], Vec::new()).await?;
        let around = self.around(&response);
        match item(Kind::Customers, &response.body, around) {
            Ok(Item::Record { observed, .. }) if observed.record.vendor_id() == vendor_id => {
                Ok(CustomerFound::Kept(observed))
            }
            Ok(Item::Deleted { vendor_id: id }) if id == vendor_id => {
                Ok(CustomerFound::Deleted { vendor_id: id, observed_at: around.seen_at })
            }
            Ok(_) => Err(unreadable(&response, Unread::OtherObject)),
            Err(skipped) => Err(unreadable(&response, skipped.reason)),
        }
    }

    /// Every refund of a payment (`ch_…`, `py_…`) or payer's intention (`pi_…`), in the vendor's
    /// order. This is the look that decides whether money went back, so it is complete or an error:
    /// a refund that cannot be read, or a list that does not end, leaves nothing known.
    ///
    /// # Errors
    /// Whatever keeps it from being complete.
    pub async fn refunds_of(&self, payment_id: &str) -> Result<Vec<Observed>, CallError> {
        let is_intent = payment_id.starts_with("pi_");
        let filter = if is_intent { Filter::OfPaymentIntent } else { Filter::OfPayment };
        let request = PageRequest { filters: vec![filter(payment_id.to_owned())], ..PageRequest::default() };
        let mut refunds = self.list_whole(Kind::Refunds, request).await?;
        // A vendor that ignores the filter must not lend us the refunds of other payments.
        refunds.retain(|seen| match &seen.record {
            Record::Refund(refund) if is_intent => refund.payment_intent_id.as_deref() == Some(payment_id),
            Record::Refund(refund) => refund.payment_id.as_deref() == Some(payment_id),
            _ => false,
        });
        Ok(refunds)
    }

    /// A list to its end, each record once.
    ///
    /// # Errors
    /// [`CallError::NotFound`] when there is no such list or a filter names nothing;
    /// [`CallError::ListDoesNotEnd`] when pages repeat themselves or there are too many;
    /// [`CallError::Unreadable`] when an object cannot be read; anything that a page can fail with.
    pub async fn list_whole(&self, kind: Kind, mut request: PageRequest) -> Result<Vec<Observed>, CallError> {
        let mut seen = HashSet::new();
        let mut records = Vec::new();
        for _ in 0..MAX_PAGES_OF_WHOLE_LIST {
            let page = self.page(kind, &request).await?;
            if let Some(skipped) = page.skipped.first() {
                return Err(CallError::Unreadable { what: skipped.reason, request_id: None });
            }
            let known = seen.len();
            for observed in page.records {
                if seen.insert(observed.record.vendor_id().to_owned()) {
                    records.push(observed);
                }
            }
            seen.extend(page.deleted);
            if !page.has_more {
                return Ok(records);
            }
            match page.last_id {
                Some(last_id) if seen.len() > known => request.cursor = Some(Cursor::After(last_id)),
                _ => return Err(CallError::ListDoesNotEnd),
            }
        }
        Err(CallError::ListDoesNotEnd)
    }

    /// The first record of a list that is looked for, on so many pages at most. That there is none is said
    /// only of a list that was read to its end and whole.
    ///
    /// # Errors
    /// As [`Stripe::list_whole`].
    pub async fn find_in(
        &self,
        kind: Kind,
        mut request: PageRequest,
        pages_max: usize,
        is_it: impl Fn(&Observed) -> bool + Send + Sync,
    ) -> Result<Option<Observed>, CallError> {
        let mut cursors = HashSet::new();
        let mut unread = None;
        for _ in 0..pages_max {
            let page = self.page(kind, &request).await?;
            unread = unread.or_else(|| page.skipped.first().map(|skipped| skipped.reason));
            if let Some(found) = page.records.into_iter().find(&is_it) {
                return Ok(Some(found));
            }
            match (page.has_more, page.last_id, unread) {
                (false, _, None) => return Ok(None),
                (false, _, Some(what)) => return Err(CallError::Unreadable { what, request_id: None }),
                (true, Some(last_id), _) if cursors.insert(last_id.clone()) => {
                    request.cursor = Some(Cursor::After(last_id));
                }
                _ => return Err(CallError::ListDoesNotEnd),
            }
        }
        Err(CallError::ListDoesNotEnd)
    }

    /// The payment methods kept for a customer; those that cannot be read are left out.
    ///
    /// # Errors
    /// When there is no such list, or it does not end.
    pub async fn saved_payment_methods(
        &self,
        customer_id: &str,
    ) -> Result<Vec<SavedPaymentMethod>, CallError> {
        let mut seen = HashSet::new();
        let mut methods: Vec<SavedPaymentMethod> = Vec::new();
        let mut request = PageRequest::default();
        for _ in 0..MAX_PAGES_OF_WHOLE_LIST {
            let template = "/v1/customers/{id}/payment_methods";
            let response = self.get(template, &[customer_id], request.as_query()).await?;
            let (objects, has_more) =
                split_list(&response.body).map_err(|what| unreadable(&response, what))?;
            let found = objects.into_iter().filter_map(|bytes| {
                let method = read(bytes, |mut tree| {
                    clean(&mut tree);
                    records::saved_payment_method(&tree)
                });
                method.and_then(|method| method).ok()
            });
            let known = methods.len();
            methods.extend(found.filter(|method| seen.insert(method.vendor_id.clone())));
            if !has_more {
                return Ok(methods);
            }
            match methods.last() {
                Some(last) if methods.len() > known => {
                    request.cursor = Some(Cursor::After(last.vendor_id.clone()));
                }
                _ => break,
            }
        }
        Err(CallError::ListDoesNotEnd)
    }

    /// A GET, to a success or an error.
    pub(crate) async fn get(
        &self,
        path_template: &'static str,
        ids: &[&str],
        query: Vec<(String, String)>,
    ) -> Result<Response, CallError> {
        let endpoint = Endpoint { method: Method::GET, path_template };
        let path = endpoint.path(ids).map_err(|error| CallError::NotSent { reason: error.to_string() })?;
        let mut request = Request::new(endpoint, path);
        request.query = query;
        request.deadline = self.read_deadline;
        let response = self.client.send(request).await?;
        self.hear(&response);
        if response.is_success() { Ok(response) } else { Err(CallError::from_response(&response)) }
    }

    pub(crate) fn around(&self, response: &Response) -> Circumstances {
        Circumstances { seen_at: response.server_date.unwrap_or_else(|| self.now()), live: self.is_live() }
    }
}

fn unreadable(response: &Response, what: Unread) -> CallError {
    CallError::Unreadable { what, request_id: response.request_id.clone() }
}

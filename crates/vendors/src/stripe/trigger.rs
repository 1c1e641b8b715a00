//! Causing an event at a vendor on this machine by doing what it tells of, with Stripe's own test cards.
//!
//! Nothing here ever leaves for Stripe: the client refuses where its account is not of the sandbox.

use std::collections::BTreeMap;

use domain::Environment;
use serde_json::Value;
use transport::{Body, Endpoint, Method, Request};

use super::Stripe;
use super::form::{Form, Param};
use super::problem::CallError;

/// A card that is charged.
const GOOD_CARD: &str = "pm_card_visa";

/// What is done for an event, one call after the other.
#[derive(Debug)]
struct Recipe {
    event_type: &'static str,
    steps: &'static [Step],
}

/// One call. An id in braces is that of what an earlier step made; `metadata` is put under the name `colour`.
#[derive(Debug)]
enum Step {
    /// A payer's intention, by card.
    Pay {
        card: &'static str,
        more: &'static [(&'static str, &'static str)],
    },
    /// A payout of a part of what [`FUNDS`] brought.
    PayOut {
        more: &'static [(&'static str, &'static str)],
    },
    Post {
        path: &'static str,
        form: &'static [(&'static str, &'static str)],
    },
    Delete {
        path: &'static str,
    },
    /// The newest of a list becomes what later steps name.
    Find {
        path: &'static str,
        by: (&'static str, &'static str),
    },
}

const fn pay(card: &'static str) -> Step {
    Step::Pay { card, more: &[("confirm", "true")] }
}

const CUSTOMER: Step = Step::Post { path: "/v1/customers", form: &[("description", "Made by a trigger")] };
const REFUND: Step = Step::Post { path: "/v1/refunds", form: &[("payment_intent", "{payment_intent}")] };
const HELD: Step = Step::Pay { card: GOOD_CARD, more: &[("confirm", "true"), ("capture_method", "manual")] };
const CAPTURE: Step = Step::Post { path: "/v1/payment_intents/{payment_intent}/capture", form: &[] };
/// Money that is available at once, more than refunds and disputes of a day take away.
const FUNDS: Step =
    Step::Pay { card: "pm_card_bypassPending", more: &[("confirm", "true"), ("amount", "100000")] };
/// A bank account of the vendor's tests that is closed.
const CLOSED_BANK: &str = "btok_us_account_closed";
const PAYOUT: Step = Step::PayOut { more: &[] };

const NEW: Step = Step::Pay { card: GOOD_CARD, more: &[] };
const ATTACH: Step =
    Step::Post { path: "/v1/payment_methods/pm_card_visa/attach", form: &[("customer", "{customer}")] };

const DISPUTED: Step = pay("pm_card_createDispute");
const DISPUTE: Step = Step::Find { path: "/v1/disputes", by: ("charge", "{charge}") };

const fn recipe(event_type: &'static str, steps: &'static [Step]) -> Recipe {
    Recipe { event_type, steps }
}

static RECIPES: &[Recipe] = &[
    recipe("balance.available", &[FUNDS]),
    recipe("charge.captured", &[HELD, CAPTURE]),
    recipe(
        "charge.dispute.closed",
        &[DISPUTED, DISPUTE, Step::Post { path: "/v1/disputes/{dispute}/close", form: &[] }],
    ),
    recipe("charge.dispute.created", &[DISPUTED]),
    recipe(
        "charge.dispute.updated",
        &[DISPUTED, DISPUTE, Step::Post { path: "/v1/disputes/{dispute}", form: &[("metadata", "red")] }],
    ),
    recipe("charge.failed", &[pay("pm_card_visa_chargeDeclined")]),
    recipe("charge.refunded", &[pay(GOOD_CARD), REFUND]),
    recipe("charge.succeeded", &[pay(GOOD_CARD)]),
    recipe(
        "charge.updated",
        &[
            pay(GOOD_CARD),
            Step::Post { path: "/v1/charges/{charge}", form: &[("description", "Changed by a trigger")] },
        ],
    ),
    recipe("customer.created", &[CUSTOMER]),
    recipe("customer.deleted", &[CUSTOMER, Step::Delete { path: "/v1/customers/{customer}" }]),
    recipe(
        "customer.updated",
        &[CUSTOMER, Step::Post { path: "/v1/customers/{customer}", form: &[("metadata", "red")] }],
    ),
    recipe("payment_intent.amount_capturable_updated", &[HELD]),
    recipe(
        "payment_intent.canceled",
        &[NEW, Step::Post { path: "/v1/payment_intents/{payment_intent}/cancel", form: &[] }],
    ),
    recipe("payment_intent.created", &[NEW]),
    recipe("payment_intent.payment_failed", &[pay("pm_card_visa_chargeDeclined")]),
    recipe("payment_intent.requires_action", &[pay("pm_card_authenticationRequired")]),
    recipe("payment_intent.succeeded", &[pay(GOOD_CARD)]),
    recipe("payment_method.attached", &[CUSTOMER, ATTACH]),
    recipe(
        "payment_method.detached",
        &[CUSTOMER, ATTACH, Step::Post { path: "/v1/payment_methods/{payment_method}/detach", form: &[] }],
    ),
    recipe(
        "payout.canceled",
        &[FUNDS, PAYOUT, Step::Post { path: "/v1/payouts/{payout}/cancel", form: &[] }],
    ),
    recipe("payout.created", &[FUNDS, PAYOUT]),
    recipe(
        "payout.failed",
        &[FUNDS, Step::PayOut { more: &[("method", "instant"), ("destination", CLOSED_BANK)] }],
    ),
    recipe("payout.paid", &[FUNDS, Step::PayOut { more: &[("method", "instant")] }]),
    recipe("refund.created", &[pay(GOOD_CARD), REFUND]),
    recipe(
        "refund.updated",
        &[pay(GOOD_CARD), REFUND, Step::Post { path: "/v1/refunds/{refund}", form: &[("metadata", "red")] }],
    ),
];

/// The types of events that can be caused.
pub fn triggers() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|recipe| recipe.event_type)
}

/// One call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerCall {
    /// Such as `POST /v1/refunds`.
    pub call: String,
    /// Status of the answer.
    pub status: u16,
    /// Id of what it made or changed.
    pub id: Option<String>,
}

/// What a trigger did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caused {
    /// The calls, in order.
    pub calls: Vec<TriggerCall>,
    /// The vendor's id of the newest event of the type.
    pub event: Option<String>,
}

/// Why nothing was caused.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// The account is not of the sandbox.
    #[error("events are caused in the sandbox alone")]
    NotSandbox,
    /// Nothing is known that causes such an event.
    #[error("no way is known to cause such an event")]
    UnknownType,
    /// The vendor.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl Stripe {
    /// Causes an event by doing what it tells of.
    ///
    /// # Errors
    /// Where the account is not of the sandbox, the type is not one of [`triggers`], or a call fails.
    pub async fn trigger(&self, event_type: &str) -> Result<Caused, TriggerError> {
        if self.environment() != Environment::Sandbox {
            return Err(TriggerError::NotSandbox);
        }
        let found = RECIPES.iter().find(|recipe| recipe.event_type == event_type);
        let recipe = found.ok_or(TriggerError::UnknownType)?;
        let mut made = BTreeMap::new();
        let mut calls = Vec::new();
        for step in recipe.steps {
            calls.push(self.step(step, &mut made).await?);
        }
        let query = vec![("type".to_owned(), event_type.to_owned()), ("limit".to_owned(), "1".to_owned())];
        let listed = self.get("/v1/events", &[], query).await?;
        let listed: Value = serde_json::from_slice(&listed.body).unwrap_or_default();
        let event = listed["data"][0]["id"].as_str().map(str::to_owned);
        Ok(Caused { calls, event })
    }

    async fn step(&self, step: &Step, made: &mut BTreeMap<String, String>) -> Result<TriggerCall, CallError> {
        let (method, template, fields) = match step {
            Step::Pay { card, more } => {
                let fixed = [
                    ("amount", "2000"),
                    ("currency", "usd"),
                    ("payment_method", *card),
                    ("description", "Made by a trigger"),
                ];
                // What a recipe says itself stands in place of what all have.
                let fixed = fixed.into_iter().filter(|(name, _)| more.iter().all(|(own, _)| own != name));
                (Method::POST, "/v1/payment_intents", fixed.chain(more.iter().copied()).collect())
            }
            Step::PayOut { more } => {
                let fixed = [("amount", "1100"), ("currency", "usd"), ("description", "Made by a trigger")];
                (Method::POST, "/v1/payouts", [&fixed[..], *more].concat())
            }
            Step::Post { path, form } => (Method::POST, *path, form.to_vec()),
            Step::Delete { path } => (Method::DELETE, *path, Vec::new()),
            Step::Find { path, by } => return self.find_made(path, *by, made).await,
        };
        let mut form = Form::new();
        if matches!(step, Step::Pay { .. }) {
            form = form.with("payment_method_types", Param::List(vec!["card".into()]));
        }
        for (name, value) in fields {
            let value = filled(value, made);
            let value = match name {
                "metadata" => Param::Map(vec![("colour".to_owned(), Param::Text(value))]),
                _ => Param::Text(value),
            };
            form = form.with(name, value);
        }
        let endpoint = Endpoint { method, path_template: template };
        let call = format!("{} {template}", endpoint.method);
        let mut request = Request::new(endpoint, filled(template, made));
        request.body = Some(Body::Form(form.encode().into()));
        request.deadline = self.write_deadline;
        let response = self.writes().send(request).await?;
        self.hear(&response);
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        // A declined card is what some events tell of; its intention is in the refusal.
        let declined = &answer["error"]["payment_intent"];
        let object = if declined.is_object() { declined } else { &answer };
        if !response.is_success() && !declined.is_object() {
            return Err(CallError::from_response(&response));
        }
        let id = object["id"].as_str().map(str::to_owned);
        if let (Some(id), Some(sort)) = (&id, object["object"].as_str()) {
            made.insert(sort.to_owned(), id.clone());
        }
        if let Some(charge) = object["latest_charge"].as_str() {
            made.insert("charge".to_owned(), charge.to_owned());
        }
        Ok(TriggerCall { call, status: response.status, id })
    }
}

impl Stripe {
    /// Looks for what an earlier step caused without telling its id.
    async fn find_made(
        &self,
        path: &'static str,
        (name, value): (&str, &str),
        made: &mut BTreeMap<String, String>,
    ) -> Result<TriggerCall, CallError> {
        let response = self.get(path, &[], vec![(name.to_owned(), filled(value, made))]).await?;
        let listed: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let newest = &listed["data"][0];
        let id = newest["id"].as_str().map(str::to_owned);
        if let (Some(id), Some(sort)) = (&id, newest["object"].as_str()) {
            made.insert(sort.to_owned(), id.clone());
        }
        Ok(TriggerCall { call: format!("GET {path}"), status: response.status, id })
    }
}

/// A text with the ids of what was made in place of its names in braces.
fn filled(text: &str, made: &BTreeMap<String, String>) -> String {
    made.iter().fold(text.to_owned(), |text, (sort, id)| text.replace(&format!("{{{sort}}}"), id))
}

#[cfg(test)]
mod tests {
    use super::{RECIPES, triggers};

    #[test]
    fn types_stand_once_and_in_order() {
        assert!(triggers().is_sorted_by(|one, next| one < next));
        assert!(RECIPES.iter().all(|recipe| !recipe.steps.is_empty()));
    }
}

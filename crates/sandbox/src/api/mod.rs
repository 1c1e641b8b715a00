//! The endpoints: one table of routes, one function each.

mod charges;
mod customers;
mod disputes;
mod intents;
mod list;
mod methods;
mod money;
mod params;
mod payouts;
mod refunds;
mod webhooks;

use crate::error::ApiError;
use crate::expand::Expand;
use crate::form::Table;
use crate::ids::Kind;
use crate::json::Json;
use crate::render::View;
use crate::world::World;

/// One request, checked as far as every endpoint has in common.
pub(crate) struct Call<'c> {
    pub(crate) params: &'c Table,
    /// The values of the braces in the template, in order.
    pub(crate) captures: Vec<&'c str>,
    pub(crate) path: &'c str,
    pub(crate) now: i64,
}

/// What an endpoint answers: a whole body, or an error.
pub(crate) type Answer = Result<Vec<u8>, ApiError>;

/// How an endpoint is run.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// Reads only.
    Read(fn(&World, &Call<'_>) -> Answer),
    /// Changes the account.
    Write(fn(&mut World, &Call<'_>) -> Answer),
}

/// One endpoint.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    /// The resource in a restricted key's rights, such as `charge` in `rak_charge_read`.
    pub(crate) resource: &'static str,
    /// The parameters it knows, besides `expand`.
    params: &'static [&'static str],
    pub(crate) run: Run,
}

const fn read(
    template: &'static str,
    resource: &'static str,
    params: &'static [&'static str],
    run: fn(&World, &Call<'_>) -> Answer,
) -> Route {
    Route { method: "GET", template, resource, params, run: Run::Read(run) }
}

const fn write(
    template: &'static str,
    resource: &'static str,
    params: &'static [&'static str],
    run: fn(&mut World, &Call<'_>) -> Answer,
) -> Route {
    Route { method: "POST", template, resource, params, run: Run::Write(run) }
}

const fn delete(
    template: &'static str,
    resource: &'static str,
    run: fn(&mut World, &Call<'_>) -> Answer,
) -> Route {
    Route { method: "DELETE", template, resource, params: &[], run: Run::Write(run) }
}

const NONE: &[&str] = &[];

static ROUTES: &[Route] = &[
    read("/v1/account", "account", NONE, money::account),
    read("/v1/balance", "balance", NONE, money::balance),
    read(
        "/v1/charges",
        "charge",
        &[
            "limit",
            "starting_after",
            "ending_before",
            "created",
            "customer",
            "payment_intent",
            "transfer_group",
        ],
        charges::list,
    ),
    write(
        "/v1/charges",
        "charge",
        &[
            "amount",
            "currency",
            "source",
            "customer",
            "description",
            "metadata",
            "capture",
            "receipt_email",
            "statement_descriptor",
            "statement_descriptor_suffix",
        ],
        charges::create,
    ),
    read("/v1/charges/{charge}", "charge", NONE, charges::get),
    write(
        "/v1/charges/{charge}",
        "charge",
        &["description", "metadata", "receipt_email", "customer", "fraud_details"],
        charges::update,
    ),
    write(
        "/v1/charges/{charge}/capture",
        "charge",
        &["amount", "receipt_email", "statement_descriptor_suffix"],
        charges::capture,
    ),
    read(
        "/v1/charges/{charge}/refunds",
        "charge",
        &["limit", "starting_after", "ending_before"],
        refunds::of_charge,
    ),
    read(
        "/v1/refunds",
        "charge",
        &["limit", "starting_after", "ending_before", "created", "charge", "payment_intent"],
        refunds::list,
    ),
    write(
        "/v1/refunds",
        "charge",
        &[
            "charge",
            "payment_intent",
            "amount",
            "reason",
            "metadata",
            "refund_application_fee",
            "reverse_transfer",
            "instructions_email",
            "currency",
            "customer",
            "origin",
        ],
        refunds::create,
    ),
    read("/v1/refunds/{refund}", "charge", NONE, refunds::get),
    write("/v1/refunds/{refund}", "charge", &["metadata"], refunds::update),
    write("/v1/refunds/{refund}/cancel", "charge", NONE, refunds::cancel),
    write("/v1/test_helpers/refunds/{refund}/approve", "charge", NONE, refunds::approve),
    write("/v1/test_helpers/refunds/{refund}/decline", "charge", NONE, refunds::decline),
    read(
        "/v1/customers",
        "customer",
        &["limit", "starting_after", "ending_before", "created", "email"],
        customers::list,
    ),
    write("/v1/customers", "customer", customers::FIELDS, customers::create),
    read("/v1/customers/{customer}", "customer", NONE, customers::get),
    write("/v1/customers/{customer}", "customer", customers::FIELDS, customers::update),
    delete("/v1/customers/{customer}", "customer", customers::delete),
    read(
        "/v1/customers/{customer}/payment_methods",
        "customer",
        &["limit", "starting_after", "ending_before", "type", "allow_redisplay"],
        methods::of_customer,
    ),
    read(
        "/v1/customers/{customer}/payment_methods/{payment_method}",
        "customer",
        NONE,
        methods::get_of_customer,
    ),
    read(
        "/v1/payment_intents",
        "payment_intent",
        &["limit", "starting_after", "ending_before", "created", "customer"],
        intents::list,
    ),
    write("/v1/payment_intents", "payment_intent", intents::CREATE_FIELDS, intents::create),
    read("/v1/payment_intents/{intent}", "payment_intent", &["client_secret"], intents::get),
    write(
        "/v1/payment_intents/{intent}",
        "payment_intent",
        &["amount", "currency", "customer", "description", "metadata", "payment_method", "receipt_email"],
        intents::update,
    ),
    write(
        "/v1/payment_intents/{intent}/confirm",
        "payment_intent",
        intents::CONFIRM_FIELDS,
        intents::confirm,
    ),
    write(
        "/v1/payment_intents/{intent}/capture",
        "payment_intent",
        &["amount_to_capture", "metadata", "final_capture", "statement_descriptor_suffix"],
        intents::capture,
    ),
    write("/v1/payment_intents/{intent}/cancel", "payment_intent", &["cancellation_reason"], intents::cancel),
    read(
        "/v1/payment_methods",
        "payment_method",
        &["limit", "starting_after", "ending_before", "customer", "type"],
        methods::list,
    ),
    write(
        "/v1/payment_methods",
        "payment_method",
        &["type", "card", "billing_details", "metadata"],
        methods::create,
    ),
    read("/v1/payment_methods/{payment_method}", "payment_method", NONE, methods::get),
    write("/v1/payment_methods/{payment_method}/attach", "payment_method", &["customer"], methods::attach),
    write("/v1/payment_methods/{payment_method}/detach", "payment_method", NONE, methods::detach),
    write("/v1/tokens", "token", &["card"], methods::create_token),
    read("/v1/tokens/{token}", "token", NONE, methods::get_token),
    read(
        "/v1/disputes",
        "dispute",
        &["limit", "starting_after", "ending_before", "created", "charge", "payment_intent"],
        disputes::list,
    ),
    read("/v1/disputes/{dispute}", "dispute", NONE, disputes::get),
    write("/v1/disputes/{dispute}", "dispute", &["evidence", "metadata", "submit"], disputes::update),
    write("/v1/disputes/{dispute}/close", "dispute", NONE, disputes::close),
    read(
        "/v1/balance_transactions",
        "balance",
        &["limit", "starting_after", "ending_before", "created", "currency", "payout", "source", "type"],
        money::transactions,
    ),
    read("/v1/balance_transactions/{transaction}", "balance", NONE, money::transaction),
    read(
        "/v1/balance/history",
        "balance",
        &["limit", "starting_after", "ending_before", "created", "currency", "payout", "source", "type"],
        money::transactions,
    ),
    read(
        "/v1/payouts",
        "payout",
        &["limit", "starting_after", "ending_before", "created", "arrival_date", "status", "destination"],
        payouts::list,
    ),
    write(
        "/v1/payouts",
        "payout",
        &["amount", "currency", "description", "destination", "metadata", "method"],
        payouts::create,
    ),
    read("/v1/payouts/{payout}", "payout", NONE, payouts::get),
    write("/v1/payouts/{payout}/cancel", "payout", NONE, payouts::cancel),
    read(
        "/v1/events",
        "event",
        &["limit", "starting_after", "ending_before", "created", "type", "types", "delivery_success"],
        money::events,
    ),
    read("/v1/events/{event}", "event", NONE, money::event),
    write("/v1/events/{event}/retry", "event", &["webhook_endpoint"], webhooks::resend),
    read("/v1/webhook_endpoints", "webhook", &["limit", "starting_after", "ending_before"], webhooks::list),
    write(
        "/v1/webhook_endpoints",
        "webhook",
        &["url", "enabled_events", "description", "metadata", "api_version", "connect"],
        webhooks::create,
    ),
    read("/v1/webhook_endpoints/{endpoint}", "webhook", NONE, webhooks::get),
    write(
        "/v1/webhook_endpoints/{endpoint}",
        "webhook",
        &["url", "enabled_events", "description", "metadata", "disabled"],
        webhooks::update,
    ),
    delete("/v1/webhook_endpoints/{endpoint}", "webhook", webhooks::delete),
];

/// The endpoint of a path, and the values in the path.
pub(crate) fn route<'p>(method: &str, path: &'p str) -> Option<(&'static Route, Vec<&'p str>)> {
    // A fixed path such as `/v1/balance/history` wins over one with braces because it stands first or has another shape.
    ROUTES
        .iter()
        .filter(|route| route.method == method)
        .find_map(|route| Some((route, captures(route.template, path)?)))
}

fn captures<'p>(template: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let mut found = Vec::new();
    let mut parts = path.split('/');
    for expected in template.split('/') {
        let part = parts.next()?;
        if expected.starts_with('{') {
            if part.is_empty() {
                return None;
            }
            found.push(part);
        } else if part != expected {
            return None;
        }
    }
    parts.next().is_none().then_some(found)
}

impl Route {
    /// Checks the parameters that came against those the endpoint knows.
    pub(crate) fn check(&self, params: &Table) -> Result<(), ApiError> {
        params.allow(self.params)
    }
}

impl Call<'_> {
    /// The first value in the path; the template guarantees it.
    pub(crate) fn id(&self) -> &str {
        self.captures.first().copied().unwrap_or_default()
    }

    /// The place the path's first value names.
    pub(crate) fn found(&self, world: &World, kind: Kind) -> Result<u32, ApiError> {
        find(world, kind, self.id(), "id")
    }

    /// Answers with one object, expanded as asked.
    pub(crate) fn object(&self, world: &World, kind: Kind, index: u32) -> Answer {
        let expand = Expand::read(self.params, Some(kind), false)?;
        let mut json = Json::new(&world.ids);
        View { world, now: self.now }.object(&mut json, kind, index, &expand);
        Ok(json.finish())
    }

    /// Checks `expand` before anything is changed, so that a bad path does not leave a change behind a 400.
    pub(crate) fn check_expand(&self, kind: Kind) -> Result<(), ApiError> {
        Expand::read(self.params, Some(kind), false).map(|_| ())
    }
}

/// The place an id names, or Stripe's answer that there is no such object.
pub(crate) fn find(world: &World, kind: Kind, id: &str, param: &str) -> Result<u32, ApiError> {
    world.place(kind, id).ok_or_else(|| ApiError::no_such(kind, id, param))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_meet_their_templates() {
        let (found, values) = route("GET", "/v1/charges/ch_1").unwrap();
        assert_eq!((found.template, values.as_slice()), ("/v1/charges/{charge}", ["ch_1"].as_slice()));
        assert_eq!(
            route("POST", "/v1/charges/ch_1/capture").unwrap().0.template,
            "/v1/charges/{charge}/capture"
        );
        for (method, path) in [
            ("GET", "/v1/charges/"),
            ("GET", "/v1"),
            ("DELETE", "/v1/charges"),
            ("GET", "/v1/charges/a/b"),
            ("GET", "/"),
        ] {
            assert!(route(method, path).is_none(), "{method} {path}");
        }
    }
}

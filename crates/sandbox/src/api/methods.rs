//! Cards: `/v1/payment_methods`, `/v1/tokens`, and the parameters that name a card.

use std::sync::Arc;

use chrono::{DateTime, Datelike};

use super::list::{List, Rows};
use super::{Answer, Call, find, params};
use crate::cards::{self, Card};
use crate::error::ApiError;
use crate::form::{Table, Value};
use crate::ids::Kind;
use crate::model::{Contact, PaymentMethod, Token};
use crate::world::World;

fn year(now: i64) -> u16 {
    DateTime::from_timestamp(now, 0).map_or(2_026, |at| at.year() as u16)
}

/// The place of a `pm_…` or `card_…` id.
pub(crate) fn index(world: &World, id: &str) -> Option<u32> {
    let legacy = id.strip_prefix("card_").map(|rest| format!("pm_{rest}"));
    let index = world.place(Kind::PaymentMethod, legacy.as_deref().unwrap_or(id))?;
    (world.methods.at(index).legacy == legacy.is_some()).then_some(index)
}

/// The card a parameter names; a fixed test id such as `pm_card_visa` makes a new one each time, as at the vendor.
pub(crate) fn resolve(world: &mut World, now: i64, id: &str, param: &str) -> Result<u32, ApiError> {
    if let Some(card) = cards::by_name(id, year(now)).filter(|_| id.starts_with("pm_")) {
        return Ok(add(world, now, card, crate::world::nobody(), false));
    }
    index(world, id).ok_or_else(|| ApiError::no_such(Kind::PaymentMethod, id, param))
}

fn add(world: &mut World, now: i64, card: Card, contact: Arc<Contact>, legacy: bool) -> u32 {
    world.create_method(PaymentMethod {
        created: now,
        contact,
        card: Arc::new(card),
        customer: None,
        legacy,
        metadata: Vec::new(),
    })
}

/// The `customer` parameter.
pub(crate) fn customer_param(world: &World, table: &Table) -> Result<Option<u32>, ApiError> {
    let Some(id) = table.filled("customer")? else { return Ok(None) };
    let index = find(world, Kind::Customer, id, "customer")?;
    if world.customers.at(index).deleted {
        Err(ApiError::no_such(Kind::Customer, id, "customer"))
    } else {
        Ok(Some(index))
    }
}

/// The card of the older calls: a token, a card number, one of the customer's cards, or the customer's default.
pub(crate) fn source_param(
    world: &mut World,
    call: &Call<'_>,
    customer: Option<u32>,
) -> Result<u32, ApiError> {
    match call.params.get("source") {
        Some(Value::Table(table)) => {
            let (card, contact) = params::raw_card(table)?;
            Ok(add(world, call.now, card, contact, true))
        }
        Some(Value::Text(id)) if !id.is_empty() => named_source(world, call.now, id, customer),
        _ => match customer {
            Some(customer) => world.customers.at(customer).default_source.ok_or_else(|| {
                ApiError::refused("Cannot charge a customer that has no active card")
                    .code("missing")
                    .param("card")
            }),
            None => Err(ApiError::invalid("Must provide source or customer.")
                .code("parameter_missing")
                .param("source")),
        },
    }
}

fn named_source(world: &mut World, now: i64, id: &str, customer: Option<u32>) -> Result<u32, ApiError> {
    if let Some(card) = cards::by_name(id, year(now)).filter(|_| id.starts_with("tok_")) {
        return Ok(add(world, now, card, crate::world::nobody(), true));
    }
    if let Some(token) =
        world.ids.index(Kind::Token, id).filter(|token| (*token as usize) < world.tokens.len())
    {
        let row = &mut world.tokens[token as usize];
        if row.used {
            return Err(ApiError::refused(format!("You cannot use a Stripe token more than once: {id}."))
                .code("token_already_used")
                .param("source"));
        }
        row.used = true;
        let (card, contact) = (Arc::clone(&row.card), Arc::clone(&row.contact));
        return Ok(world.create_method(PaymentMethod {
            created: now,
            contact,
            card,
            customer: None,
            legacy: true,
            metadata: Vec::new(),
        }));
    }
    let owned =
        index(world, id).filter(|index| customer.is_some() && world.methods.at(*index).customer == customer);
    owned.ok_or_else(|| ApiError::no_such(Kind::Token, id, "source"))
}

fn list_of(world: &World, call: &Call<'_>, customer: u32) -> Answer {
    call.params.word("type", &["card"])?;
    let rows = Rows::These(sorted(&world.customers.at(customer).methods));
    List { kind: Kind::PaymentMethod, rows, created: |index| world.methods.created(index), keep: |_| true }
        .answer(world, call)
}

fn sorted(places: &[u32]) -> Vec<u32> {
    let mut places = places.to_vec();
    places.sort_unstable();
    places
}

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    match customer_param(world, call.params)? {
        Some(customer) => list_of(world, call, customer),
        // Without a customer Stripe lists methods of Treasury accounts only: none here.
        None => List { kind: Kind::PaymentMethod, rows: Rows::All(0), created: |_| 0, keep: |_| true }
            .answer(world, call),
    }
}

pub(crate) fn of_customer(world: &World, call: &Call<'_>) -> Answer {
    let customer = call.found(world, Kind::Customer)?;
    list_of(world, call, customer)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index =
        index(world, call.id()).ok_or_else(|| ApiError::no_such(Kind::PaymentMethod, call.id(), "id"))?;
    call.object(world, Kind::PaymentMethod, index)
}

pub(crate) fn get_of_customer(world: &World, call: &Call<'_>) -> Answer {
    let customer = call.found(world, Kind::Customer)?;
    let id = call.captures.get(1).copied().unwrap_or_default();
    let index = index(world, id).filter(|index| world.methods.at(*index).customer == Some(customer));
    call.object(
        world,
        Kind::PaymentMethod,
        index.ok_or_else(|| ApiError::no_such(Kind::PaymentMethod, id, "payment_method"))?,
    )
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentMethod)?;
    call.params.required("type")?;
    call.params.word("type", &["card"])?;
    let table = call.params.table("card")?.ok_or_else(|| {
        ApiError::invalid("Missing required param: card.").code("parameter_missing").param("card")
    })?;
    let contact = call.params.table("billing_details")?.map(params::contact).transpose()?.unwrap_or_default();
    let metadata = params::metadata(call.params, &Vec::new())?;
    // The card comes last: a token must not be used up by a request that is refused for something else.
    let card = match table.filled("token")? {
        Some(token) => {
            let index = named_source(world, call.now, token, None)?;
            (*world.methods.at(index).card).clone()
        }
        None => params::raw_card(table)?.0,
    };
    let index = add(world, call.now, card, Arc::new(contact), false);
    world.methods.edit(index).metadata = metadata;
    call.object(world, Kind::PaymentMethod, index)
}

pub(crate) fn attach(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentMethod)?;
    call.params.required("customer")?;
    let customer = customer_param(world, call.params)?.unwrap_or_default();
    let index = resolve(world, call.now, call.id(), "payment_method")?;
    match world.methods.at(index).customer {
        Some(owner) if owner == customer => {}
        Some(_) => {
            return Err(ApiError::refused(
                "The payment method you provided has already been attached to a customer.",
            ));
        }
        None => world.attach(call.now, index, customer),
    }
    call.object(world, Kind::PaymentMethod, index)
}

pub(crate) fn detach(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentMethod)?;
    let index = index(world, call.id())
        .ok_or_else(|| ApiError::no_such(Kind::PaymentMethod, call.id(), "payment_method"))?;
    if world.methods.at(index).customer.is_none() {
        return Err(ApiError::refused(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        ));
    }
    world.detach(call.now, index);
    call.object(world, Kind::PaymentMethod, index)
}

pub(crate) fn create_token(world: &mut World, call: &Call<'_>) -> Answer {
    let table = call.params.table("card")?.ok_or_else(|| ApiError::invalid("You must supply either a card, customer, PII data, bank account, or account legal entity to create a token.").code("parameter_missing"))?;
    let (card, contact) = params::raw_card(table)?;
    world.tokens.push(Token { created: call.now, card: Arc::new(card), contact, used: false });
    call.object(world, Kind::Token, (world.tokens.len() - 1) as u32)
}

pub(crate) fn get_token(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Token)?;
    call.object(world, Kind::Token, index)
}

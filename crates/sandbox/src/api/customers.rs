//! `/v1/customers`.

use std::sync::Arc;

use serde_json::json;

use super::list::{List, Rows};
use super::{Answer, Call, methods, params};
use crate::error::ApiError;
use crate::ids::Kind;
use crate::model::Customer;
use crate::world::World;

/// What create and update take.
pub(crate) const FIELDS: &[&str] = &[
    "name",
    "email",
    "phone",
    "description",
    "metadata",
    "address",
    "source",
    "payment_method",
    "invoice_settings",
    "default_source",
    "preferred_locales",
];

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let email = call.params.filled("email")?;
    let keep = |index: u32| {
        if !world.customers.has(index) {
            return false;
        }
        let row = world.customers.at(index);
        !row.deleted && email.is_none_or(|email| row.email.as_deref() == Some(email))
    };
    List {
        kind: Kind::Customer,
        rows: Rows::All(world.customers.end()),
        created: |index| world.customers.created(index),
        keep,
    }
    .answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Customer)?;
    call.object(world, Kind::Customer, index)
}

struct Fields {
    row: Customer,
    method: Option<u32>,
    source: Option<u32>,
    default_method: Option<u32>,
}

/// Reads the parameters onto a copy of the row, so that a bad one changes nothing.
fn read(
    world: &mut World,
    call: &Call<'_>,
    customer: Option<u32>,
    mut row: Customer,
) -> Result<Fields, ApiError> {
    let table = call.params;
    params::set(&mut row.name, params::optional(table, "name")?);
    params::set(&mut row.phone, params::optional(table, "phone")?);
    params::set(&mut row.description, params::optional(table, "description")?);
    params::set(&mut row.email, params::email(table, "email")?);
    row.metadata = params::metadata(table, &row.metadata)?;
    if let Some(address) = table.table("address")? {
        row.address = Some(Arc::new(params::address(address)?));
    }
    table.list("preferred_locales")?;
    let default_method = match table.table("invoice_settings")? {
        Some(settings) => {
            settings.allow(&["default_payment_method", "custom_fields", "footer", "rendering_options"])?;
            settings
                .filled("default_payment_method")?
                .map(|id| methods::resolve(world, call.now, id, "invoice_settings[default_payment_method]"))
                .transpose()?
        }
        None => None,
    };
    let method = table
        .filled("payment_method")?
        .map(|id| methods::resolve(world, call.now, id, "payment_method"))
        .transpose()?;
    let source = if table.get("source").is_some() {
        Some(methods::source_param(world, call, customer)?)
    } else {
        None
    };
    Ok(Fields { row, method, source, default_method })
}

fn apply_methods(
    world: &mut World,
    now: i64,
    customer: u32,
    fields: (Option<u32>, Option<u32>, Option<u32>),
) {
    let (method, source, default_method) = fields;
    for index in [method, source].into_iter().flatten() {
        if world.methods.at(index).customer != Some(customer) {
            world.attach(now, index, customer);
        }
    }
    let row = world.customers.edit(customer);
    row.default_source = source.or(row.default_source);
    row.default_method = default_method.or(row.default_method);
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Customer)?;
    let fields = read(world, call, None, Customer { created: call.now, ..Customer::default() })?;
    let index = world.create_customer(fields.row);
    apply_methods(world, call.now, index, (fields.method, fields.source, fields.default_method));
    call.object(world, Kind::Customer, index)
}

/// The customer of the path, unless it was deleted.
fn living(world: &World, call: &Call<'_>) -> Result<u32, ApiError> {
    let index = call.found(world, Kind::Customer)?;
    if world.customers.at(index).deleted {
        Err(ApiError::no_such(Kind::Customer, call.id(), "id"))
    } else {
        Ok(index)
    }
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Customer)?;
    let index = living(world, call)?;
    let old = world.customers.at(index).into_owned();
    let before = json!({ "description": old.description.as_deref(), "email": old.email.as_deref(), "name": old.name.as_deref(), "phone": old.phone.as_deref() });
    let fields = read(world, call, Some(index), old)?;
    *world.customers.edit(index) = fields.row;
    apply_methods(world, call.now, index, (fields.method, fields.source, fields.default_method));
    world.emit_customer(call.now, "customer.updated", index, Some(before));
    call.object(world, Kind::Customer, index)
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let index = living(world, call)?;
    world.emit_customer(call.now, "customer.deleted", index, None);
    world.customers.edit(index).deleted = true;
    for method in std::mem::take(&mut world.customers.edit(index).methods) {
        world.methods.edit(method).customer = None;
    }
    call.object(world, Kind::Customer, index)
}

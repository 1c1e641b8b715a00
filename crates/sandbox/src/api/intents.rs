//! `/v1/payment_intents`.

use super::list::{List, Rows};
use super::{Answer, Call, charges, methods, params};
use crate::cards::Behaviour;
use crate::error::ApiError;
use crate::ids::Kind;
use crate::model::IntentStatus;
use crate::world::{NewCharge, NewIntent, World};

pub(crate) const CREATE_FIELDS: &[&str] = &[
    "amount",
    "currency",
    "customer",
    "payment_method",
    "confirm",
    "capture_method",
    "confirmation_method",
    "description",
    "receipt_email",
    "metadata",
    "payment_method_types",
    "automatic_payment_methods",
    "off_session",
    "setup_future_usage",
    "return_url",
    "error_on_requires_action",
    "use_stripe_sdk",
    "statement_descriptor_suffix",
];
pub(crate) const CONFIRM_FIELDS: &[&str] = &[
    "payment_method",
    "return_url",
    "off_session",
    "receipt_email",
    "setup_future_usage",
    "capture_method",
    "error_on_requires_action",
    "use_stripe_sdk",
    "client_secret",
];

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let rows = match methods::customer_param(world, call.params)? {
        Some(customer) => Rows::These(world.intents_of(customer)),
        None => Rows::All(world.intents.end()),
    };
    List {
        kind: Kind::PaymentIntent,
        rows,
        created: |index| world.intents.created(index),
        keep: |index| world.intents.has(index),
    }
    .answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::PaymentIntent)?;
    call.object(world, Kind::PaymentIntent, index)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentIntent)?;
    let table = call.params;
    let currency = params::currency(table)?;
    let amount = params::charge_amount(table, currency)?;
    let confirm = table.boolean("confirm")?.unwrap_or(false);
    let manual_capture =
        table.word("capture_method", &["automatic", "automatic_async", "manual"])? == Some("manual");
    table.word("confirmation_method", &["automatic", "manual"])?;
    let metadata = params::metadata(table, &Vec::new())?;
    let description = params::optional(table, "description")?.flatten();
    let receipt_email = params::email(table, "receipt_email")?.flatten();
    let customer = methods::customer_param(world, table)?;
    if table.list("payment_method_types")?.iter().any(|kind| *kind != "card") {
        return Err(ApiError::invalid(
            "The payment method type provided is invalid. This account takes cards only.",
        )
        .param("payment_method_types"));
    }
    let method = table
        .filled("payment_method")?
        .map(|id| methods::resolve(world, call.now, id, "payment_method"))
        .transpose()?;
    if confirm && method.is_none() {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent with cus_…, specify a payment method attached to this customer along with the customer ID.";
        return Err(ApiError::refused(message).code("payment_intent_unexpected_state"));
    }
    let intent = world.create_intent(
        call.now,
        NewIntent {
            amount,
            currency,
            customer,
            payment_method: method,
            manual_capture,
            description,
            receipt_email,
            metadata,
        },
    );
    if confirm {
        try_payment(world, call, intent, table.boolean("off_session")?.unwrap_or(false))?;
    }
    call.object(world, Kind::PaymentIntent, intent)
}

/// Tries the intent's card.
fn try_payment(world: &mut World, call: &Call<'_>, intent: u32, off_session: bool) -> Result<(), ApiError> {
    let row = world.intents.at(intent);
    let Some(method) = row.payment_method else {
        return Err(unexpected(world, intent, "confirm", "requires_confirmation, requires_payment_method"));
    };
    let behaviour = world.methods.at(method).card.behaviour;
    if behaviour == Behaviour::NeedsAuthentication && !off_session {
        world.intents.edit(intent).status = IntentStatus::RequiresAction;
        world.emit_intent(call.now, "payment_intent.requires_action", intent, None);
        return Ok(());
    }
    let decline = charges::decline_of(behaviour);
    let row = world.intents.at(intent);
    let charge = NewCharge {
        amount: row.amount,
        currency: row.currency,
        customer: row.customer,
        payment_intent: Some(intent),
        payment_method: method,
        capture: !row.manual_capture,
        authenticated: false,
        decline,
        risk_score: charges::QUIET_RISK,
        description: row.description.clone(),
        receipt_email: row.receipt_email.clone(),
        statement_suffix: None,
        metadata: row.metadata.clone(),
    };
    let charge = world.charge(call.now, charge);
    match decline {
        Some(decline) => Err(ApiError::card(decline, Some(charge), Some(intent))),
        None => Ok(()),
    }
}

fn unexpected(world: &World, intent: u32, verb: &str, statuses: &str) -> ApiError {
    let status = world.intents.at(intent).status.word();
    let past = match verb {
        "cancel" => "canceled",
        "capture" => "captured",
        _ => "confirmed",
    };
    let message = format!(
        "You cannot {verb} this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one of the following statuses may be {past}: {statuses}."
    );
    ApiError {
        payment_intent: Some(intent),
        ..ApiError::refused(message).code("payment_intent_unexpected_state")
    }
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentIntent)?;
    let index = call.found(world, Kind::PaymentIntent)?;
    let table = call.params;
    let metadata = params::metadata(table, &world.intents.at(index).metadata)?;
    let description = params::optional(table, "description")?;
    let receipt_email = params::email(table, "receipt_email")?;
    let money = table.get("amount").is_some() || table.get("currency").is_some();
    if money
        && matches!(
            world.intents.at(index).status,
            IntentStatus::Succeeded | IntentStatus::Canceled | IntentStatus::RequiresCapture
        )
    {
        let status = world.intents.at(index).status.word();
        let message =
            format!("This PaymentIntent's amount could not be updated because it has a status of {status}.");
        return Err(ApiError::refused(message).code("payment_intent_unexpected_state"));
    }
    let currency = match table.filled("currency")? {
        Some(_) => params::currency(table)?,
        None => world.intents.at(index).currency,
    };
    let amount = match table.get("amount") {
        Some(_) => params::charge_amount(table, currency)?,
        None => world.intents.at(index).amount,
    };
    let customer = methods::customer_param(world, table)?;
    let method = table
        .filled("payment_method")?
        .map(|id| methods::resolve(world, call.now, id, "payment_method"))
        .transpose()?;
    let row = world.intents.edit(index);
    (row.metadata, row.amount, row.currency) = (metadata, amount, currency);
    params::set(&mut row.description, description);
    params::set(&mut row.receipt_email, receipt_email);
    if method.is_some() && row.status == IntentStatus::RequiresPaymentMethod {
        row.payment_method = method;
        row.status = IntentStatus::RequiresConfirmation;
    }
    if let Some(customer) = customer.filter(|_| row.customer.is_none()) {
        row.customer = Some(customer);
        let intents = &mut world.customers.edit(customer).intents;
        let at = intents.partition_point(|other| *other < index);
        intents.insert(at, index);
    }
    call.object(world, Kind::PaymentIntent, index)
}

pub(crate) fn confirm(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentIntent)?;
    let index = call.found(world, Kind::PaymentIntent)?;
    let off_session = call.params.boolean("off_session")?.unwrap_or(false);
    if !matches!(
        world.intents.at(index).status,
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation
    ) {
        return Err(unexpected(world, index, "confirm", "requires_payment_method, requires_confirmation"));
    }
    if let Some(id) = call.params.filled("payment_method")? {
        let method = methods::resolve(world, call.now, id, "payment_method")?;
        world.intents.edit(index).payment_method = Some(method);
        world.intents.edit(index).status = IntentStatus::RequiresConfirmation;
    }
    try_payment(world, call, index, off_session)?;
    call.object(world, Kind::PaymentIntent, index)
}

pub(crate) fn capture(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentIntent)?;
    let index = call.found(world, Kind::PaymentIntent)?;
    let metadata = params::metadata(call.params, &world.intents.at(index).metadata)?;
    let held = world
        .intents
        .at(index)
        .latest_charge
        .filter(|_| world.intents.at(index).status == IntentStatus::RequiresCapture);
    let Some(charge) = held else {
        return Err(unexpected(world, index, "capture", "requires_capture"));
    };
    charges::check_capture(world, charge, call.now)?;
    let amount = charges::capture_amount(world, call, charge, "amount_to_capture")?;
    world.intents.edit(index).metadata = metadata;
    world.capture(call.now, charge, amount);
    call.object(world, Kind::PaymentIntent, index)
}

pub(crate) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::PaymentIntent)?;
    let index = call.found(world, Kind::PaymentIntent)?;
    let reason = call
        .params
        .word("cancellation_reason", &["duplicate", "fraudulent", "requested_by_customer", "abandoned"])?
        .map(|word| match word {
            "duplicate" => "duplicate",
            "fraudulent" => "fraudulent",
            "abandoned" => "abandoned",
            _ => "requested_by_customer",
        });
    if matches!(world.intents.at(index).status, IntentStatus::Succeeded | IntentStatus::Canceled) {
        return Err(unexpected(
            world,
            index,
            "cancel",
            "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing",
        ));
    }
    world.cancel_intent(call.now, index, reason);
    call.object(world, Kind::PaymentIntent, index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_confirm_field_is_known_to_create() {
        for field in CONFIRM_FIELDS.iter().filter(|field| **field != "client_secret") {
            assert!(CREATE_FIELDS.contains(field), "{field}");
        }
    }
}

//! `/v1/charges`.

use serde_json::json;

use super::list::{List, Rows};
use super::{Answer, Call, find, methods, params};
use crate::cards::{self, Behaviour, Decline};
use crate::error::ApiError;
use crate::ids::Kind;
use crate::model::ChargeStatus;
use crate::world::{NewCharge, World};

/// The risk score of payments made through the API.
pub(crate) const QUIET_RISK: u8 = 12;

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let customer =
        call.params.filled("customer")?.map(|id| find(world, Kind::Customer, id, "customer")).transpose()?;
    let intent = call
        .params
        .filled("payment_intent")?
        .map(|id| find(world, Kind::PaymentIntent, id, "payment_intent"))
        .transpose()?;
    // Nothing here has a transfer group, so asking for one finds nothing.
    let grouped = call.params.filled("transfer_group")?.is_some();
    let rows = match (intent, customer) {
        (Some(intent), _) => Rows::These(world.intents.at(intent).into_owned().charges),
        (None, Some(customer)) => Rows::These(world.charges_of(customer)),
        (None, None) => Rows::All(world.charges.end()),
    };
    let keep = |index: u32| {
        !grouped && customer.is_none_or(|customer| world.charges.at(index).customer == Some(customer))
    };
    List { kind: Kind::Charge, rows, created: |index| world.charges.created(index), keep }.answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Charge)?;
    call.object(world, Kind::Charge, index)
}

/// What a card does to a charge that is made without the customer present.
pub(crate) fn decline_of(behaviour: Behaviour) -> Option<&'static Decline> {
    match behaviour {
        Behaviour::Declines(decline) => Some(decline),
        Behaviour::NeedsAuthentication => Some(&cards::AUTHENTICATION_REQUIRED),
        _ => None,
    }
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Charge)?;
    let currency = params::currency(call.params)?;
    let amount = params::charge_amount(call.params, currency)?;
    let capture = call.params.boolean("capture")?.unwrap_or(true);
    let metadata = params::metadata(call.params, &Vec::new())?;
    let receipt_email = params::email(call.params, "receipt_email")?.flatten();
    let description = params::optional(call.params, "description")?.flatten();
    let statement_suffix = params::optional(call.params, "statement_descriptor_suffix")?.flatten();
    let customer = methods::customer_param(world, call.params)?;
    let payment_method = methods::source_param(world, call, customer)?;
    let decline = decline_of(world.methods.at(payment_method).card.behaviour);
    let index = world.charge(
        call.now,
        NewCharge {
            amount,
            currency,
            customer,
            payment_intent: None,
            payment_method,
            capture,
            authenticated: false,
            decline,
            risk_score: QUIET_RISK,
            description,
            receipt_email,
            statement_suffix,
            metadata,
        },
    );
    match decline {
        Some(decline) => Err(ApiError::card(decline, Some(index), None)),
        None => call.object(world, Kind::Charge, index),
    }
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Charge)?;
    let index = call.found(world, Kind::Charge)?;
    let metadata = params::metadata(call.params, &world.charges.at(index).metadata)?;
    let description = params::optional(call.params, "description")?;
    let receipt_email = params::email(call.params, "receipt_email")?;
    let customer = methods::customer_param(world, call.params)?;
    let report = match call.params.table("fraud_details")? {
        Some(table) => {
            table.allow(&["user_report"])?;
            table
                .word("user_report", &["fraudulent", "safe"])?
                .map(|word| if word == "safe" { "safe" } else { "fraudulent" })
        }
        None => None,
    };
    let row = world.charges.edit(index);
    if customer.is_some() && row.customer.is_some() && customer != row.customer {
        return Err(ApiError::refused("You cannot change the customer on a charge that already has one.")
            .param("customer"));
    }
    let before =
        json!({ "description": row.description.as_deref(), "receipt_email": row.receipt_email.as_deref() });
    row.metadata = metadata;
    params::set(&mut row.description, description);
    params::set(&mut row.receipt_email, receipt_email);
    row.fraud_report = report.or(row.fraud_report);
    if let Some(customer) = customer.filter(|_| row.customer.is_none()) {
        row.customer = Some(customer);
        let charges = &mut world.customers.edit(customer).charges;
        let at = charges.partition_point(|other| *other < index);
        charges.insert(at, index);
    }
    world.emit_charge(call.now, "charge.updated", index, Some(before));
    call.object(world, Kind::Charge, index)
}

/// Whether a charge can be captured now, and if not, in Stripe's words why.
pub(crate) fn check_capture(world: &World, index: u32, now: i64) -> Result<(), ApiError> {
    let row = world.charges.at(index);
    let id = world.ids.text(Kind::Charge, index);
    if row.status != ChargeStatus::Succeeded {
        return Err(ApiError::refused(format!("Charge {id} cannot be captured because it has failed."))
            .code("capture_unauthorized_payment"));
    }
    if row.captured {
        return Err(ApiError::refused(format!("Charge {id} has already been captured."))
            .code("charge_already_captured"));
    }
    if row.refunded {
        return Err(ApiError::refused(format!("Charge {id} has been refunded, you cannot capture it."))
            .code("charge_already_refunded"));
    }
    if row.capture_before.is_some_and(|before| before < now) {
        return Err(ApiError::refused(format!("Charge {id} has expired and cannot be captured."))
            .code("charge_expired_for_capture"));
    }
    Ok(())
}

/// The amount of a capture: all by default, never more than is held.
pub(crate) fn capture_amount(
    world: &World,
    call: &Call<'_>,
    index: u32,
    name: &str,
) -> Result<i64, ApiError> {
    let row = world.charges.at(index);
    let amount = params::positive(call.params, name)?.unwrap_or(row.amount);
    params::check_step(amount, row.currency, name)?;
    if amount > row.amount {
        let message = format!(
            "Amount to capture ({}) is greater than the capturable amount ({}).",
            row.currency.display(amount),
            row.currency.display(row.amount)
        );
        return Err(ApiError::refused(message).code("amount_too_large").param(name));
    }
    Ok(amount)
}

pub(crate) fn capture(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Charge)?;
    let index = call.found(world, Kind::Charge)?;
    check_capture(world, index, call.now)?;
    let amount = capture_amount(world, call, index, "amount")?;
    world.capture(call.now, index, amount);
    call.object(world, Kind::Charge, index)
}

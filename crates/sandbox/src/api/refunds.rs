//! `/v1/refunds` (vendor facts: "Refunds").

use serde_json::json;

use super::list::{List, Rows};
use super::{Answer, Call, find, params};
use crate::error::ApiError;
use crate::ids::Kind;
use crate::model::{Charge, ChargeStatus, RefundStatus};
use crate::world::World;

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let charge =
        call.params.filled("charge")?.map(|id| find(world, Kind::Charge, id, "charge")).transpose()?;
    let intent = call
        .params
        .filled("payment_intent")?
        .map(|id| find(world, Kind::PaymentIntent, id, "payment_intent"))
        .transpose()?;
    let rows = match (charge, intent) {
        (Some(charge), _) => Rows::These(world.charges.at(charge).into_owned().refunds),
        (None, Some(intent)) => {
            let mut places: Vec<u32> = world
                .intents
                .at(intent)
                .charges
                .iter()
                .flat_map(|charge| world.charges.at(*charge).into_owned().refunds)
                .collect();
            places.sort_unstable();
            Rows::These(places)
        }
        (None, None) => Rows::All(world.refunds.end()),
    };
    let keep =
        |index: u32| intent.is_none_or(|intent| world.refunds.at(index).payment_intent == Some(intent));
    List { kind: Kind::Refund, rows, created: |index| world.refunds.created(index), keep }.answer(world, call)
}

pub(crate) fn of_charge(world: &World, call: &Call<'_>) -> Answer {
    let charge = call.found(world, Kind::Charge)?;
    let rows = Rows::These(world.charges.at(charge).into_owned().refunds);
    List { kind: Kind::Refund, rows, created: |index| world.refunds.created(index), keep: |_| true }
        .answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Refund)?;
    call.object(world, Kind::Refund, index)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Refund)?;
    let amount = params::positive(call.params, "amount")?;
    let reason =
        call.params.word("reason", &["duplicate", "fraudulent", "requested_by_customer"])?.map(|word| {
            match word {
                "duplicate" => "duplicate",
                "fraudulent" => "fraudulent",
                _ => "requested_by_customer",
            }
        });
    let metadata = params::metadata(call.params, &Vec::new())?;
    call.params.boolean("reverse_transfer")?;
    call.params.boolean("refund_application_fee")?;
    if call.params.filled("origin")?.is_some() {
        return Err(ApiError::invalid("Refunds of a customer balance are not available on this account.")
            .param("origin"));
    }
    let charge = target(world, call)?;
    let amount = check(world, charge, amount)?;
    let index = world.refund_by_card(call.now, charge, amount, reason, metadata);
    call.object(world, Kind::Refund, index)
}

/// The charge to refund: named itself, or as the payment of an intent.
fn target(world: &World, call: &Call<'_>) -> Result<u32, ApiError> {
    let charge =
        call.params.filled("charge")?.map(|id| find(world, Kind::Charge, id, "charge")).transpose()?;
    let intent = call
        .params
        .filled("payment_intent")?
        .map(|id| find(world, Kind::PaymentIntent, id, "payment_intent"))
        .transpose()?;
    match (charge, intent) {
        (Some(charge), Some(intent)) if world.charges.at(charge).payment_intent != Some(intent) => {
            Err(ApiError::refused("The charge does not belong to the PaymentIntent.").param("payment_intent"))
        }
        (Some(charge), _) => Ok(charge),
        (None, Some(intent)) => {
            let latest = world
                .intents
                .at(intent)
                .latest_charge
                .filter(|charge| world.charges.at(*charge).status == ChargeStatus::Succeeded);
            latest.ok_or_else(|| {
                let id = world.ids.text(Kind::PaymentIntent, intent);
                ApiError::refused(format!(
                    "This PaymentIntent ({id}) does not have a successful charge to refund."
                ))
                .param("payment_intent")
            })
        }
        (None, None) => Err(ApiError::invalid(
            "One of the following params should be provided for this request: payment_intent or charge.",
        )
        .code("parameter_missing")
        .param("charge")),
    }
}

/// Whether the money of this charge is in the hands of a dispute.
fn charged_back(world: &World, row: &Charge) -> bool {
    row.dispute.is_some_and(|dispute| {
        let dispute = world.disputes.at(dispute);
        !dispute.inquiry && dispute.status != "won"
    })
}

/// The rules of a refund; answers the amount it will have.
fn check(world: &World, index: u32, asked: Option<i64>) -> Result<i64, ApiError> {
    let row = world.charges.at(index);
    let id = world.ids.text(Kind::Charge, index);
    if row.status != ChargeStatus::Succeeded {
        return Err(ApiError::refused(format!("Charge {id} did not succeed and cannot be refunded."))
            .code("charge_not_refundable"));
    }
    if charged_back(world, &row) {
        return Err(ApiError::refused(format!("Charge {id} has been charged back; cannot issue a refund."))
            .code("charge_disputed"));
    }
    let left = row.refundable();
    if left <= 0 {
        return Err(ApiError::refused(format!("Charge {id} has already been refunded."))
            .code("charge_already_refunded"));
    }
    let amount = asked.unwrap_or(left);
    if amount > left {
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            row.currency.display(amount),
            row.currency.display(left)
        );
        return Err(ApiError::refused(message).param("amount"));
    }
    if !row.captured && amount != left {
        let message = "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount";
        return Err(ApiError::refused(message).param("amount"));
    }
    params::check_step(amount, row.currency, "amount")?;
    Ok(amount)
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Refund)?;
    let index = call.found(world, Kind::Refund)?;
    let metadata = params::metadata(call.params, &world.refunds.at(index).metadata)?;
    let before: serde_json::Map<String, serde_json::Value> = world
        .refunds
        .at(index)
        .metadata
        .iter()
        .map(|(key, value)| (key.to_string(), serde_json::Value::from(&**value)))
        .collect();
    world.refunds.edit(index).metadata = metadata;
    world.emit_refund(call.now, "refund.updated", index, Some(json!({ "metadata": before })));
    call.object(world, Kind::Refund, index)
}

/// The row of a refund that is held for an approval.
fn held(world: &World, call: &Call<'_>) -> Result<u32, ApiError> {
    call.check_expand(Kind::Refund)?;
    let index = call.found(world, Kind::Refund)?;
    match world.refunds.at(index).status {
        RefundStatus::RequiresReview => Ok(index),
        status => {
            Err(ApiError::refused(format!("This refund waits for no approval: it is {}.", status.word())))
        }
    }
}

/// Stands for the dashboard, where such a refund is approved; the vendor has no call for it.
pub(crate) fn approve(world: &mut World, call: &Call<'_>) -> Answer {
    let index = held(world, call)?;
    world.approve_refund(call.now, index);
    call.object(world, Kind::Refund, index)
}

/// Stands for the dashboard, where such a refund is declined.
pub(crate) fn decline(world: &mut World, call: &Call<'_>) -> Answer {
    let index = held(world, call)?;
    world.cancel_refund(call.now, index);
    call.object(world, Kind::Refund, index)
}

pub(crate) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Refund)?;
    let index = call.found(world, Kind::Refund)?;
    let status = world.refunds.at(index).status;
    if status != RefundStatus::RequiresAction {
        let message = format!(
            "You cannot cancel this refund because it has a status of {}. Only refunds with a status of requires_action may be canceled.",
            status.word()
        );
        return Err(ApiError::refused(message));
    }
    world.cancel_refund(call.now, index);
    call.object(world, Kind::Refund, index)
}

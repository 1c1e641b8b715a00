//! `/v1/disputes` (vendor facts: "Disputes").

use super::list::{List, Rows};
use super::{Answer, Call, find, params};
use crate::error::ApiError;
use crate::form::Value;
use crate::ids::Kind;
use crate::model::Metadata;
use crate::render::EVIDENCE;
use crate::world::{World, text};

const MOST_EVIDENCE: usize = 150_000;

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let charge =
        call.params.filled("charge")?.map(|id| find(world, Kind::Charge, id, "charge")).transpose()?;
    let intent = call
        .params
        .filled("payment_intent")?
        .map(|id| find(world, Kind::PaymentIntent, id, "payment_intent"))
        .transpose()?;
    let rows = match charge {
        Some(charge) => Rows::These(world.charges.at(charge).dispute.into_iter().collect()),
        None => Rows::All(world.disputes.end()),
    };
    let keep =
        |index: u32| intent.is_none_or(|intent| world.disputes.at(index).payment_intent == Some(intent));
    List { kind: Kind::Dispute, rows, created: |index| world.disputes.created(index), keep }
        .answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Dispute)?;
    call.object(world, Kind::Dispute, index)
}

fn open(world: &World, index: u32, verb: &str) -> Result<(), ApiError> {
    let status = world.disputes.at(index).status;
    if matches!(status, "needs_response" | "warning_needs_response") {
        return Ok(());
    }
    Err(ApiError::refused(format!("This dispute has a status of {status} and cannot be {verb}.")))
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Dispute)?;
    let index = call.found(world, Kind::Dispute)?;
    // Stripe submits unless told not to.
    let submit = call.params.boolean("submit")?.unwrap_or(true);
    let metadata = params::metadata(call.params, &world.disputes.at(index).metadata)?;
    let mut evidence = world.disputes.at(index).evidence.clone();
    let given = call.params.table("evidence")?;
    if let Some(table) = given {
        table.allow(&EVIDENCE)?;
        for (name, value) in table.entries() {
            let Value::Text(value) = value else {
                return Err(ApiError::invalid("Invalid string").param(format!("evidence[{name}]")));
            };
            merge(&mut evidence, name, value);
        }
    }
    if evidence.iter().map(|(_, value)| value.chars().count()).sum::<usize>() > MOST_EVIDENCE {
        return Err(ApiError::invalid(format!(
            "The combined length of all evidence may be at most {MOST_EVIDENCE} characters."
        ))
        .param("evidence"));
    }
    if given.is_some() {
        open(world, index, "answered")?;
    }
    world.disputes.edit(index).metadata = metadata;
    world.disputes.edit(index).evidence = evidence;
    if given.is_some() && submit {
        world.submit_evidence(call.now, index);
    } else {
        world.emit_dispute(call.now, "charge.dispute.updated", index, None);
    }
    call.object(world, Kind::Dispute, index)
}

fn merge(evidence: &mut Metadata, name: &str, value: &str) {
    evidence.retain(|(known, _)| &**known != name);
    if !value.is_empty() {
        evidence.push((text(name), text(value)));
    }
}

pub(crate) fn close(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Dispute)?;
    let index = call.found(world, Kind::Dispute)?;
    open(world, index, "closed")?;
    world.close_dispute(call.now, index, "lost");
    call.object(world, Kind::Dispute, index)
}

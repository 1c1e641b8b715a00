//! The account, its balance, balance lines, payouts and events.

use std::borrow::Cow;

use super::list::{List, Rows, range};
use super::{Answer, Call, find};
use crate::currency::Currency;
use crate::error::ApiError;
use crate::ids::Kind;
use crate::json::Json;
use crate::render::{View, write_account, write_balance};
use crate::world::{DAY, EVENT_DAYS, World};

const MOST_TYPES: usize = 20;

pub(crate) fn account(world: &World, call: &Call<'_>) -> Answer {
    let mut json = Json::new(&world.ids);
    write_account(View { world, now: call.now }, &mut json);
    Ok(json.finish())
}

pub(crate) fn balance(world: &World, call: &Call<'_>) -> Answer {
    let mut json = Json::new(&world.ids);
    write_balance(View { world, now: call.now }, &mut json);
    Ok(json.finish())
}

pub(crate) fn transactions(world: &World, call: &Call<'_>) -> Answer {
    let kind = call.params.filled("type")?;
    let currency = call
        .params
        .filled("currency")?
        .map(|code| {
            Currency::parse(code)
                .ok_or_else(|| ApiError::invalid(format!("Invalid currency: {code}")).param("currency"))
        })
        .transpose()?;
    let source = call.params.filled("source")?.map(|id| lines_of(world, id)).transpose()?;
    let payout = call
        .params
        .filled("payout")?
        .map(|id| find(world, Kind::Payout, world.payouts.len(), id, "payout"))
        .transpose()?;
    let rows = match (source, payout) {
        (Some(lines), _) => Rows::These(Cow::Owned(lines)),
        (None, Some(payout)) => Rows::These(Cow::Borrowed(&world.payouts[payout].lines[..])),
        (None, None) => Rows::All(world.transactions.len()),
    };
    let keep = |index: u32| {
        let line = &world.transactions[index as usize];
        kind.is_none_or(|kind| line.words.0 == kind)
            && currency.is_none_or(|currency| line.currency == currency)
            && payout.is_none_or(|payout| line.payout == Some(payout as u32))
    };
    List {
        kind: Kind::BalanceTransaction,
        rows,
        created: |index| world.transactions[index as usize].created,
        keep,
    }
    .answer(world, call)
}

/// The balance lines of an object.
fn lines_of(world: &World, id: &str) -> Result<Vec<u32>, ApiError> {
    let place = |kind: Kind, len: usize| {
        world.ids.index(kind, id).map(|index| index as usize).filter(|index| *index < len)
    };
    if let Some(index) = place(Kind::Charge, world.charges.len()) {
        return Ok(world.charges[index].balance_transaction.into_iter().collect());
    }
    if let Some(index) = place(Kind::Refund, world.refunds.len()) {
        let row = &world.refunds[index];
        return Ok(row.balance_transaction.into_iter().chain(row.failure_transaction).collect());
    }
    if let Some(index) = place(Kind::Dispute, world.disputes.len()) {
        return Ok(world.disputes[index].transactions.clone());
    }
    if let Some(index) = place(Kind::Payout, world.payouts.len()) {
        let row = &world.payouts[index];
        return Ok([row.balance_transaction].into_iter().chain(row.failure_transaction).collect());
    }
    Err(ApiError::missing("source", id, "source"))
}

pub(crate) fn transaction(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::BalanceTransaction, world.transactions.len())?;
    call.object(world, Kind::BalanceTransaction, index as u32)
}

pub(crate) fn payouts(world: &World, call: &Call<'_>) -> Answer {
    let status = call.params.word("status", &["pending", "paid", "failed", "canceled", "in_transit"])?;
    let arrival = range(call.params, "arrival_date")?;
    // One bank account per currency; asking for one that is not ours finds nothing.
    let destination = call.params.filled("destination")?.is_some();
    let keep = |index: u32| {
        let row = &world.payouts[index as usize];
        !destination && status.is_none_or(|status| row.status == status) && arrival.contains(row.arrival)
    };
    List {
        kind: Kind::Payout,
        rows: Rows::All(world.payouts.len()),
        created: |index| world.payouts[index as usize].created,
        keep,
    }
    .answer(world, call)
}

pub(crate) fn payout(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Payout, world.payouts.len())?;
    call.object(world, Kind::Payout, index as u32)
}

pub(crate) fn events(world: &World, call: &Call<'_>) -> Answer {
    let mut types = call.params.list("types")?;
    if types.len() > MOST_TYPES {
        return Err(
            ApiError::invalid(format!("You may pass at most {MOST_TYPES} event types.")).param("types")
        );
    }
    if let Some(kind) = call.params.filled("type")? {
        if !types.is_empty() {
            return Err(ApiError::invalid("You may only specify one of these parameters: type, types.")
                .code("parameters_exclusive")
                .param("type"));
        }
        types.push(kind);
    }
    let delivered = call.params.boolean("delivery_success")?;
    let oldest = call.now - EVENT_DAYS * DAY;
    let keep = |index: u32| {
        let event = &world.events[index as usize];
        event.created >= oldest
            && (types.is_empty() || types.iter().any(|wanted| matches(wanted, event.kind)))
            && delivered.is_none_or(|delivered| (event.pending == 0) == delivered)
    };
    List {
        kind: Kind::Event,
        rows: Rows::All(world.events.len()),
        created: |index| world.events[index as usize].created,
        keep,
    }
    .answer(world, call)
}

fn matches(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    }
}

pub(crate) fn event(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Event, world.events.len())?;
    if world.events[index].created < call.now - EVENT_DAYS * DAY {
        return Err(ApiError::no_such(Kind::Event, call.id(), "id"));
    }
    call.object(world, Kind::Event, index as u32)
}

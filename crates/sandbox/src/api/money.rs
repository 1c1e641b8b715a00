//! The account, its balance, balance lines and events.

use super::list::{List, Rows};
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
    write_balance(&world.balance(call.now), &mut json);
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
    let payout =
        call.params.filled("payout")?.map(|id| find(world, Kind::Payout, id, "payout")).transpose()?;
    let rows = match (source, payout) {
        (Some(lines), _) => Rows::These(lines),
        (None, Some(payout)) => Rows::These(world.lines_of(payout)),
        (None, None) => Rows::All(world.transactions.end()),
    };
    let keep = |index: u32| {
        let line = world.transactions.at(index);
        kind.is_none_or(|kind| line.words.0 == kind)
            && currency.is_none_or(|currency| line.currency == currency)
            && payout.is_none_or(|payout| line.payout == Some(payout))
    };
    List { kind: Kind::BalanceTransaction, rows, created: |index| world.transactions.created(index), keep }
        .answer(world, call)
}

/// The balance lines of an object.
fn lines_of(world: &World, id: &str) -> Result<Vec<u32>, ApiError> {
    if let Some(index) = world.place(Kind::Charge, id) {
        return Ok(world.charges.at(index).balance_transaction.into_iter().collect());
    }
    if let Some(index) = world.place(Kind::Refund, id) {
        let row = world.refunds.at(index);
        return Ok(row.balance_transaction.into_iter().chain(row.failure_transaction).collect());
    }
    if let Some(index) = world.place(Kind::Dispute, id) {
        return Ok(world.disputes.at(index).transactions.clone());
    }
    if let Some(index) = world.place(Kind::Payout, id) {
        let row = world.payouts.at(index);
        return Ok([row.balance_transaction].into_iter().chain(row.failure_transaction).collect());
    }
    Err(ApiError::missing("source", id, "source"))
}

pub(crate) fn transaction(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::BalanceTransaction)?;
    call.object(world, Kind::BalanceTransaction, index)
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
        rows: Rows::All(world.events.len() as u32),
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
    let index = call.found(world, Kind::Event)?;
    if world.events[index as usize].created < call.now - EVENT_DAYS * DAY {
        return Err(ApiError::no_such(Kind::Event, call.id(), "id"));
    }
    call.object(world, Kind::Event, index)
}

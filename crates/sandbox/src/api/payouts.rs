//! `/v1/payouts`: those of the schedule, and those that a client asks for.

use super::list::{List, Rows, range};
use super::{Answer, Call, params};
use crate::error::ApiError;
use crate::ids::Kind;
use crate::model::ByHand;
use crate::world::{World, text};

/// Test bank accounts that send money back. The account has no list of bank accounts here, so a payout names one of the
/// vendor's test tokens in its place.
static RETURNING: [(&str, (&str, &str)); 4] = [
    ("btok_us_account_closed", ("account_closed", "The bank account has been closed.")),
    ("btok_us_no_account", ("no_account", "The bank account details on file are probably incorrect.")),
    (
        "btok_us_debit_not_authorized",
        ("debit_not_authorized", "Debit transactions are not approved on the bank account."),
    ),
    (
        "btok_us_invalid_currency",
        ("invalid_currency", "The bank was unable to process this payout because of its currency."),
    ),
];
const GOOD_BANK: &str = "btok_us_verified";

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let status = call.params.word("status", &["pending", "paid", "failed", "canceled", "in_transit"])?;
    let arrival = range(call.params, "arrival_date")?;
    // One bank account per currency; asking for one that is not ours finds nothing.
    let destination = call.params.filled("destination")?.is_some();
    let keep = |index: u32| {
        let row = world.payouts.at(index);
        !destination && status.is_none_or(|status| row.status == status) && arrival.contains(row.arrival)
    };
    List {
        kind: Kind::Payout,
        rows: Rows::All(world.payouts.end()),
        created: |index| world.payouts.created(index),
        keep,
    }
    .answer(world, call)
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = call.found(world, Kind::Payout)?;
    call.object(world, Kind::Payout, index)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Payout)?;
    let currency = params::currency(call.params)?;
    call.params.required("amount")?;
    let amount = params::positive(call.params, "amount")?.unwrap_or_default();
    params::check_step(amount, currency, "amount")?;
    let instant = call.params.word("method", &["standard", "instant"])? == Some("instant");
    let returned = match call.params.filled("destination")? {
        None | Some(GOOD_BANK) => None,
        Some(token) => match RETURNING.iter().find(|(known, _)| *known == token) {
            Some((_, why)) => Some(*why),
            None => return Err(ApiError::missing("external account", token, "destination")),
        },
    };
    let metadata = params::metadata(call.params, &Vec::new())?;
    let available = world.balance(call.now).get(&currency).map_or(0, |sums| sums.0);
    if amount > available {
        return Err(ApiError::invalid(
            "You have insufficient available funds in your Stripe account for this payout.",
        )
        .code("balance_insufficient")
        .param("amount"));
    }
    let description = call.params.filled("description")?.map(text);
    let by_hand = ByHand { instant, description, metadata, returned };
    let index = world.pay_out_by_hand(call.now, (amount, currency), by_hand);
    call.object(world, Kind::Payout, index)
}

pub(crate) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    call.check_expand(Kind::Payout)?;
    let index = call.found(world, Kind::Payout)?;
    if world.payouts.at(index).status != "pending" {
        return Err(ApiError::invalid("Payouts can only be canceled while they are pending."));
    }
    world.cancel_payout(call.now, index);
    call.object(world, Kind::Payout, index)
}

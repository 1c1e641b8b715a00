use std::collections::BTreeSet;

use super::*;
use crate::ids::Kind;
use crate::json::Json;
use crate::render::View;

const END: i64 = 1_790_000_000;

#[test]
fn a_history_has_exactly_the_charges_asked_for_and_reaches_its_end() {
    for charges in [0, 1, 7, 100, 500, 3_000] {
        let world = history(1, charges, u32::MAX, END);
        assert_eq!(world.charges.held().len(), charges as usize);
        if charges >= 500 {
            let (first, last) =
                (world.charges.held()[0].created, world.charges.held()[charges as usize - 1].created);
            assert!(END - first > 500 * DAY, "starts {} days back", (END - first) / DAY);
            assert!(END - last < 4 * DAY, "ends {} days back", (END - last) / DAY);
        }
    }
}

#[test]
fn every_list_is_in_order_of_time() {
    let world = history(3, 2_000, u32::MAX, END);
    assert!(world.charges.held().is_sorted_by_key(|row| row.created));
    assert!(world.intents.held().is_sorted_by_key(|row| row.created));
    assert!(world.customers.held().is_sorted_by_key(|row| row.created));
    assert!(world.refunds.held().is_sorted_by_key(|row| row.created));
    assert!(world.disputes.held().is_sorted_by_key(|row| row.created));
    assert!(world.transactions.held().is_sorted_by_key(|row| row.created));
    assert!(world.payouts.held().is_sorted_by_key(|row| row.created));
    assert!(world.events.is_sorted_by_key(|row| row.created));
    assert!(world.payouts.held().iter().all(|payout| payout.lines.is_sorted()));
}

#[test]
fn payouts_add_up_to_the_cent() {
    let world = history(1, 3_000, u32::MAX, END);
    assert!(world.payouts.held().len() > 100);
    for payout in world.payouts.held() {
        let others = payout.lines.iter().filter(|line| **line != payout.balance_transaction);
        let sum: i64 = others.map(|line| world.transactions.held()[*line as usize].net()).sum();
        assert_eq!(sum, payout.amount);
        assert_eq!(world.transactions.held()[payout.balance_transaction as usize].net(), -payout.amount);
        assert!(
            payout
                .lines
                .iter()
                .all(|line| world.transactions.held()[*line as usize].currency == payout.currency)
        );
    }
}

#[test]
fn no_charge_gives_back_more_than_it_took() {
    let world = history(2, 3_000, u32::MAX, END);
    for (index, charge) in world.charges.held().iter().enumerate() {
        let live: i64 = charge
            .refunds
            .iter()
            .map(|refund| &world.refunds.held()[*refund as usize])
            .filter(|refund| {
                !matches!(
                    refund.status,
                    crate::model::RefundStatus::Failed | crate::model::RefundStatus::Canceled
                )
            })
            .map(|refund| refund.amount)
            .sum();
        assert_eq!(live, charge.amount_refunded, "charge {index}");
        assert!(charge.refundable() >= 0 && charge.amount % charge.currency.step() == 0);
        assert_eq!(charge.refunded, charge.refundable() == 0 && !charge.refunds.is_empty());
    }
}

#[test]
fn five_hundred_charges_show_a_bit_of_everything() {
    for seed in 1..=3 {
        let world = history(seed, 500, u32::MAX, END);
        let disputes: BTreeSet<&str> = world.disputes.held().iter().map(|dispute| dispute.status).collect();
        assert!(
            disputes.contains("needs_response") && disputes.contains("won") && disputes.contains("lost"),
            "seed {seed}: {disputes:?}"
        );
        assert!(disputes.iter().any(|status| status.starts_with("warning_")), "seed {seed}: {disputes:?}");
        let waiting = world
            .disputes
            .held()
            .iter()
            .filter(|dispute| {
                dispute.status == "needs_response" && dispute.due_by.is_some_and(|due| due > END)
            })
            .count();
        assert!(waiting > 0, "seed {seed}");
        let currencies: BTreeSet<&str> =
            world.charges.held().iter().map(|charge| charge.currency.code()).collect();
        for code in ["usd", "eur", "gbp", "jpy", "kwd", "isk"] {
            assert!(currencies.contains(code), "seed {seed}: {code}");
        }
        let declines: BTreeSet<&str> = world
            .charges
            .held()
            .iter()
            .filter_map(|charge| charge.decline)
            .map(|decline| decline.decline_code.unwrap_or(decline.code))
            .collect();
        assert!(declines.len() >= 4, "seed {seed}: {declines:?}");
        assert!(world.charges.held().iter().any(|charge| charge.authenticated));
        assert!(
            world
                .charges
                .held()
                .iter()
                .any(|charge| charge.captured && charge.amount_captured < charge.amount),
            "seed {seed}"
        );
        assert!(world.charges.held().iter().any(|charge| charge.payment_intent.is_none()));
        assert!(
            world
                .charges
                .held()
                .iter()
                .any(|charge| charge.customer.is_none() && charge.receipt_email.is_some())
        );
        assert!(
            world
                .refunds
                .held()
                .iter()
                .any(|refund| refund.amount < world.charges.held()[refund.charge as usize].amount),
            "seed {seed}"
        );
        assert!(world.events.len() > 50);
    }
}

#[test]
fn rarer_refund_states_and_payouts_come_with_size() {
    let world = history(1, 6_000, u32::MAX, END);
    let states: BTreeSet<&str> = world.refunds.held().iter().map(|refund| refund.status.word()).collect();
    assert_eq!(
        states.into_iter().collect::<Vec<_>>(),
        ["canceled", "failed", "pending", "requires_action", "succeeded"]
    );
    let payouts: BTreeSet<&str> = world.payouts.held().iter().map(|payout| payout.status).collect();
    assert!(
        payouts.contains("paid") && payouts.contains("in_transit") && payouts.contains("failed"),
        "{payouts:?}"
    );
    assert!(
        world.charges.held().iter().any(|charge| charge.capture_before.is_some_and(|before| before > END))
    );
    assert!(world.refunds.held().iter().any(|refund| refund.reason == Some("expired_uncaptured_charge")));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let print = |seed: u64| {
        let world = history(seed, 300, u32::MAX, END);
        let mut json = Json::new(&world.ids);
        let view = View { world: &world, now: END };
        json.list(|json| {
            for index in 0..world.charges.held().len() as u32 {
                json.item();
                view.object(json, Kind::Charge, index, crate::expand::Expand::nothing());
            }
            for index in 0..world.events.len() as u32 {
                json.item();
                view.object(json, Kind::Event, index, crate::expand::Expand::nothing());
            }
        });
        json.finish()
    };
    let first = print(1);
    assert!(first == print(1));
    assert!(first != print(2));
    serde_json::from_slice::<serde_json::Value>(&first).unwrap();
}

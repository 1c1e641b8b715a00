use std::collections::{BTreeMap, BTreeSet};

use super::Archived;
use crate::currency::Currency;
use crate::expand::Expand;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::{ChargeStatus, IntentStatus, RefundStatus, Source};
use crate::render::View;
use crate::seed::history;
use crate::world::World;

const END: i64 = 1_790_000_000;
const CHARGES: u32 = 5_500;
const RECENT: u32 = 500;

fn world(seed: u64) -> World {
    history(seed, CHARGES, RECENT, END)
}

/// The numbers of the archive's rows of a kind.
fn numbers<T: Archived>(table: &crate::world::Table<T>) -> Vec<u32> {
    (0..table.first()).filter(|number| table.has(*number)).collect()
}

fn print(world: &World, kind: Kind, numbers: impl Iterator<Item = u32>) -> Vec<Vec<u8>> {
    let view = View { world, now: END };
    numbers
        .map(|number| {
            let mut json = Json::new(&world.ids);
            view.object(&mut json, kind, number, Expand::nothing());
            json.finish()
        })
        .collect()
}

#[test]
fn a_history_is_divided_where_a_day_begins_and_small_ones_are_not() {
    let world = world(1);
    assert_eq!(world.charges.end(), CHARGES);
    assert!(world.charges.held().len() >= RECENT as usize && world.charges.held().len() < 700);
    let archive = world.archive.as_ref().unwrap();
    assert_eq!(archive.end() % crate::world::DAY, 0);
    assert!(world.charges.held()[0].created >= archive.end());
    assert!(world.charges.created(world.charges.first() - 1) < archive.end());
    for charges in [0, RECENT, RECENT + 1] {
        assert!(history(1, charges, RECENT, END).charges.end() == charges, "{charges}");
    }
    assert!(history(1, RECENT, RECENT, END).archive.is_none());
}

#[test]
fn every_list_goes_on_from_the_archive_in_order_of_time() {
    fn check<T: Archived>(table: &crate::world::Table<T>) {
        assert!(table.first() > 0);
        let times: Vec<i64> = (0..table.end()).map(|number| table.created(number)).collect();
        assert!(times.is_sorted());
        for number in numbers(table) {
            assert_eq!(table.at(number).created(), table.created(number));
        }
    }
    let world = world(2);
    check(&world.charges);
    check(&world.intents);
    check(&world.customers);
    check(&world.methods);
    check(&world.refunds);
    check(&world.disputes);
    check(&world.transactions);
    check(&world.payouts);
}

#[test]
fn a_charge_agrees_with_its_refunds_lines_intent_card_and_customer() {
    let world = world(3);
    for number in 0..world.charges.first() {
        let charge = world.charges.at(number);
        let refunds: Vec<_> = charge.refunds.iter().map(|refund| world.refunds.at(*refund)).collect();
        assert!(refunds.iter().all(|refund| refund.charge == number && refund.created > charge.created));
        let lasting = refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded);
        assert_eq!(lasting.map(|refund| refund.amount).sum::<i64>(), charge.amount_refunded);
        assert!(charge.refundable() >= 0 || !charge.captured);
        assert_eq!(charge.refunded, charge.amount_refunded > 0 && charge.refundable() == 0);
        assert_eq!(charge.balance_transaction.is_some(), charge.captured);
        if let Some(line) = charge.balance_transaction {
            assert_eq!(world.transactions.at(line).source, Source::Charge(number));
        }
        if let Some(dispute) = charge.dispute {
            assert_eq!(world.disputes.at(dispute).charge, number);
        }
        let method = world.methods.at(charge.payment_method);
        assert!(world.methods.has(charge.payment_method) && method.created <= charge.created);
        assert_eq!(method.card.fingerprint, charge.card.fingerprint);
        if let Some(customer) = charge.customer {
            assert!(world.customers.has(customer) && world.customers.created(customer) <= charge.created);
            assert!(world.charges_of(customer).contains(&number));
        }
        let Some(intent) = charge.payment_intent else {
            assert!(method.legacy);
            continue;
        };
        assert!(world.intents.has(intent));
        let intent = world.intents.at(intent);
        assert!(intent.charges.contains(&number) && intent.customer == charge.customer);
        assert_eq!((intent.amount, intent.currency), (charge.amount, charge.currency));
        if intent.latest_charge == Some(number) {
            let succeeded = charge.status == ChargeStatus::Succeeded && charge.captured;
            assert_eq!(intent.status == IntentStatus::Succeeded, succeeded);
            assert_eq!(intent.amount_received, charge.amount_captured);
        }
    }
}

#[test]
fn every_balance_line_comes_from_one_object_and_all_add_up() {
    let world = world(4);
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for number in 0..world.transactions.first() {
        let line = world.transactions.at(number);
        *sums.entry(line.currency).or_default() += line.net();
        let named = match line.source {
            Source::Charge(charge) => world.charges.at(charge).balance_transaction == Some(number),
            Source::Refund(refund) => {
                let refund = world.refunds.at(refund);
                [refund.balance_transaction, refund.failure_transaction].contains(&Some(number))
            }
            Source::Dispute(dispute) => world.disputes.at(dispute).transactions.contains(&number),
            Source::Payout(payout) => {
                let payout = world.payouts.at(payout);
                payout.balance_transaction == number || payout.failure_transaction == Some(number)
            }
        };
        assert!(named, "{number}: {line:?}");
    }
    let mut noted: BTreeMap<Currency, i64> = BTreeMap::new();
    for (_, currency, sum) in world.archive.as_ref().unwrap().sums() {
        *noted.entry(currency).or_default() += sum;
    }
    assert_eq!(noted, sums);
}

#[test]
fn each_payout_pays_its_lines_and_the_played_part_pays_the_rest() {
    let world = world(5);
    let mut paid = BTreeSet::new();
    for number in 0..world.payouts.end() {
        let payout = world.payouts.at(number);
        let lines = world.lines_of(number);
        assert!(lines.is_sorted() && lines.last() == Some(&payout.balance_transaction));
        let mut sum = 0;
        for line in &lines {
            assert!(paid.insert(*line), "line {line} is paid twice");
            let row = world.transactions.at(*line);
            assert_eq!((row.payout, row.currency), (Some(number), payout.currency));
            if *line != payout.balance_transaction {
                assert!(row.available_on <= payout.created);
                sum += row.net();
            }
        }
        assert_eq!(sum, payout.amount);
        assert_eq!(world.transactions.at(payout.balance_transaction).net(), -payout.amount);
    }
    for number in 0..world.transactions.end() {
        assert_eq!(world.transactions.at(number).payout.is_some(), paid.contains(&number));
    }
    assert!(world.archive.as_ref().unwrap().unpaid().iter().all(|line| paid.contains(line)));
}

#[test]
fn the_archive_shows_a_bit_of_everything() {
    let world = history(1, 25_000, RECENT, END);
    let charges: Vec<_> = (0..world.charges.first()).map(|number| world.charges.at(number)).collect();
    let share = |wanted: usize| wanted * 1_000 / charges.len();
    assert!((30..90).contains(&share(charges.iter().filter(|row| row.decline.is_some()).count())));
    assert!((40..100).contains(&share(charges.iter().filter(|row| row.amount_refunded > 0).count())));
    let customers = numbers(&world.customers).len();
    assert!((250..350).contains(&share(customers)), "{customers}");
    assert!(
        (620..800).contains(&share(charges.iter().filter(|row| row.customer.is_some()).count())) || {
            charges.iter().filter(|row| row.customer.is_some()).count() > 2 * customers
        }
    );
    let states: BTreeSet<&str> =
        numbers(&world.refunds).iter().map(|refund| world.refunds.at(*refund).status.word()).collect();
    assert_eq!(states.into_iter().collect::<Vec<_>>(), ["canceled", "failed", "succeeded"]);
    let disputes: BTreeSet<&str> =
        numbers(&world.disputes).iter().map(|dispute| world.disputes.at(*dispute).status).collect();
    assert_eq!(disputes.into_iter().collect::<Vec<_>>(), ["lost", "prevented", "warning_closed", "won"]);
    assert!(charges.iter().any(|row| row.captured && row.amount_captured < row.amount));
    assert!(charges.iter().any(|row| row.refunds.len() == 2));
    assert!(charges.iter().any(|row| row.payment_intent.is_none()));
    assert!(numbers(&world.intents).iter().any(|intent| world.intents.at(*intent).charges.len() == 2));
    assert!(numbers(&world.payouts).iter().any(|payout| world.payouts.at(*payout).status == "failed"));
    let names: BTreeSet<_> = charges.iter().filter_map(|row| row.contact.email.clone()).collect();
    assert!(names.len() > customers / 2);
}

#[test]
fn rows_do_not_depend_on_the_order_of_asking() {
    let forward = world(6);
    let backward = world(6);
    let kinds = [
        (Kind::Charge, forward.charges.first()),
        (Kind::PaymentIntent, forward.charges.first()),
        (Kind::Customer, forward.charges.first()),
        (Kind::Refund, forward.refunds.first()),
        (Kind::Dispute, forward.disputes.first()),
        (Kind::BalanceTransaction, forward.transactions.first()),
        (Kind::Payout, forward.payouts.first()),
    ];
    for (kind, end) in kinds {
        let mut second = print(&backward, kind, (0..end).rev());
        second.reverse();
        assert!(print(&forward, kind, 0..end) == second, "{kind:?}");
    }
    assert!(print(&forward, Kind::Charge, 0..50) != print(&world(7), Kind::Charge, 0..50));
}

#[test]
fn a_customers_charges_are_those_a_scan_finds() {
    let world = world(8);
    let mut found: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut intents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for number in 0..world.charges.first() {
        if let Some(customer) = world.charges.at(number).customer {
            found.entry(customer).or_default().push(number);
        }
        if world.intents.has(number)
            && let Some(customer) = world.intents.at(number).customer
        {
            intents.entry(customer).or_default().push(number);
        }
    }
    assert!(found.values().any(|charges| charges.len() > 5));
    for customer in numbers(&world.customers) {
        assert_eq!(world.charges_of(customer), found.remove(&customer).unwrap_or_default());
        assert_eq!(world.intents_of(customer), intents.remove(&customer).unwrap_or_default());
    }
    assert!(found.is_empty() && intents.is_empty());
}

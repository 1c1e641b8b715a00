//! The seeded history: about eighteen months of a shop, played in order of time through the same functions that serve clients.

mod orders;
mod people;
mod words;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::archive::Archive;
use crate::currency::{EUR, GBP, USD};
use crate::model::Text;
use crate::random::Random;
use crate::world::{DAY, NewDispute, NewRefund, PAYOUT_FAILURE, World, end_of_day, midnight, text};
use orders::{Shop, order_times};
pub(crate) use orders::{hour_weights, price};
pub(crate) use people::{Person, person, region};
pub(crate) use words::{GOODS, Region};

/// How far back the history goes.
pub(crate) const HISTORY_DAYS: i64 = 548;
/// Below this many charges no dispute or rarity is forced.
const ENOUGH_FOR_RARITIES: u32 = 100;

/// Reasons of disputes, with the network's code for each.
pub(crate) const DISPUTE_REASONS: [(&str, &str); 7] = [
    ("fraudulent", "10.4"),
    ("product_not_received", "13.1"),
    ("product_unacceptable", "13.3"),
    ("duplicate", "12.6.1"),
    ("credit_not_processed", "13.6"),
    ("unrecognized", "75"),
    ("subscription_canceled", "13.2"),
];

/// Something the history does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// A declined payment is tried again, with the same intent.
    Retry { intent: u32 },
    /// A customer answers the bank's challenge.
    Authenticate { intent: u32 },
    /// A held charge is captured, with a share of the amount in hundredths.
    Capture { charge: u32, share: u8 },
    /// A hold lapses.
    Expire { intent: u32 },
    /// An intent is given up.
    Abandon { intent: u32 },
    /// A refund, of a share in hundredths of what is left.
    Refund { charge: u32, share: u8, fate: Fate },
    /// A refund that was shown as done comes back.
    RefundFails { refund: u32 },
    /// A pending refund arrives.
    RefundSettles { refund: u32 },
    /// A refund that waited for the customer is canceled.
    RefundCanceled { refund: u32 },
    /// A dispute is opened.
    Dispute { charge: u32, inquiry: bool },
    /// Evidence goes out.
    Answer { dispute: u32 },
    /// A dispute ends.
    Close { dispute: u32, end: End },
    /// The day's payouts.
    Payouts,
    /// A payout is in the bank.
    Arrives { payout: u32 },
    /// A payout comes back.
    Returns { payout: u32 },
    /// The states that only recent payments can be in are shown, however small the history is.
    ShowOpenStates,
}

/// How a seeded refund goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Succeeds,
    Fails,
    Pends,
    NeedsCustomer,
    Canceled,
}

/// How a seeded dispute ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Won,
    Lost,
    WarningClosed,
    Prevented,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            End::Won => "won",
            End::Lost => "lost",
            End::WarningClosed => "warning_closed",
            End::Prevented => "prevented",
        }
    }
}

/// The history being played: the account, the plan, the dice.
pub(crate) struct History {
    pub(crate) world: World,
    pub(crate) random: Random,
    plan: BinaryHeap<Reverse<(i64, u64, Action)>>,
    planned: u64,
    end: i64,
    wanted: u32,
    disputes_opened: u32,
}

/// Makes the account with its history of `charges` charges that ends at `end`. Of a history larger than `recent` only the newest days, which have at least so
/// many charges, are played; the older ones are in an archive.
pub(crate) fn history(seed: u64, charges: u32, recent: u32, end: i64) -> World {
    let archive = Archive::new(seed, charges, recent, end).map(Arc::new);
    let archived = archive.as_ref().map_or(0, |archive| archive.charges());
    let start = archive.as_ref().map_or(midnight(end - HISTORY_DAYS * DAY), |archive| archive.end());
    let charges = charges - archived;
    let mut history = History {
        world: World::empty(seed, end, archive),
        random: Random::new(seed, 1),
        plan: BinaryHeap::new(),
        planned: 0,
        end,
        wanted: charges,
        disputes_opened: 0,
    };
    history.world.reserve(charges as usize);
    // Some orders are paid in two tries and some never: a few more moments than charges are drawn, and the surplus is left out evenly as it shows, so that
    // the history has exactly as many charges as asked for and reaches to its end.
    let times = order_times(seed, charges + charges / 20, start, end);
    let mut shop = Shop::new(seed, archived, end);
    // An account's first payout comes on its second day; behind an archive they go on from day to day.
    let first_payout = if archived == 0 { start + DAY } else { start };
    history.plan(first_payout + 5 * 60, Action::Payouts);
    if charges >= ENOUGH_FOR_RARITIES {
        history.plan(end - 5 * 3_600, Action::ShowOpenStates);
    }
    for (index, at) in times.iter().enumerate() {
        history.play_until(*at);
        let moments = (times.len() - index) as u64;
        let missing = u64::from(charges).saturating_sub(history.world.charges.held().len() as u64);
        if missing == 0 {
            break;
        }
        if missing >= moments || history.random.below(moments) < missing {
            shop.order(&mut history, *at, missing >= moments);
        }
    }
    history.play_until(end);
    let mut world = history.world;
    world.seeded_refunds = world.refunds.held().len();
    world
}

impl History {
    /// Plans an action; what would come after the end of history never happens.
    pub(crate) fn plan(&mut self, at: i64, action: Action) {
        if at <= self.end {
            self.planned += 1;
            self.plan.push(Reverse((at, self.planned, action)));
        }
    }

    fn play_until(&mut self, at: i64) {
        while let Some(Reverse((when, _, action))) = self.plan.peek().copied() {
            if when > at {
                return;
            }
            self.plan.pop();
            self.play(when, action);
        }
    }

    fn full(&self) -> bool {
        self.world.charges.held().len() as u32 >= self.wanted
    }

    fn play(&mut self, now: i64, action: Action) {
        match action {
            Action::Retry { intent } if !self.full() => orders::pay(self, now, intent, None, false),
            Action::Authenticate { intent } if !self.full() => orders::pay(self, now, intent, None, true),
            Action::Retry { .. } | Action::Authenticate { .. } => {}
            Action::Capture { charge, share } => self.capture(now, charge, share),
            Action::Expire { intent } => self.world.cancel_intent(now, intent, Some("automatic")),
            Action::Abandon { intent } => self.world.cancel_intent(now, intent, Some("abandoned")),
            Action::Refund { charge, share, fate } => self.refund(now, charge, share, fate),
            Action::RefundFails { refund } => {
                let reason = *self.random.pick(&[
                    "expired_or_canceled_card",
                    "lost_or_stolen_card",
                    "declined",
                    "unknown",
                ]);
                self.world.fail_refund(now, refund, reason);
            }
            Action::RefundSettles { refund } => self.world.settle_refund(now, refund),
            Action::RefundCanceled { refund } => self.world.cancel_refund(now, refund),
            Action::Dispute { charge, inquiry } => self.dispute(now, charge, inquiry),
            Action::Answer { dispute } => self.answer(now, dispute),
            Action::Close { dispute, end } => self.world.close_dispute(now, dispute, end.word()),
            Action::Payouts => self.payouts(now),
            Action::Arrives { payout } => self.world.payout_arrives(now, payout),
            Action::Returns { payout } => self.world.payout_fails(now, payout, PAYOUT_FAILURE),
            Action::ShowOpenStates => self.show_open_states(now),
        }
    }

    fn capture(&mut self, now: i64, charge: u32, share: u8) {
        let row = self.world.charges.at(charge);
        let step = row.currency.step();
        let amount = (row.amount * i64::from(share) / 100 / step * step).max(step);
        self.world.capture(now, charge, amount);
        orders::plan_aftermath(self, now, charge);
    }

    fn refund(&mut self, now: i64, charge: u32, share: u8, fate: Fate) {
        let row = self.world.charges.at(charge);
        let left = row.refundable();
        // A payment that a dispute holds is not refunded by a careful shop.
        if left <= 0 || row.dispute.is_some() {
            return;
        }
        let step = row.currency.step();
        let amount = if share >= 100 {
            left
        } else {
            (left * i64::from(share) / 100 / step * step).max(step).min(left)
        };
        let status = match fate {
            Fate::Pends => crate::model::RefundStatus::Pending,
            Fate::NeedsCustomer | Fate::Canceled => crate::model::RefundStatus::RequiresAction,
            Fate::Succeeds | Fate::Fails => crate::model::RefundStatus::Succeeded,
        };
        let reason = [None, Some("requested_by_customer"), Some("duplicate"), Some("fraudulent")]
            [self.random.weighted(&[30, 56, 10, 4])];
        let refund =
            self.world.refund(now, NewRefund { charge, amount, reason, status, metadata: Vec::new() });
        match fate {
            Fate::Succeeds => {}
            Fate::Fails => {
                let at = now + self.random.between(2 * DAY, 12 * DAY);
                self.plan(at, Action::RefundFails { refund });
            }
            Fate::Pends => {
                let at = now + self.random.between(DAY, 5 * DAY);
                self.plan(at, Action::RefundSettles { refund });
            }
            Fate::NeedsCustomer => {}
            Fate::Canceled => {
                let at = now + self.random.between(DAY, 20 * DAY);
                self.plan(at, Action::RefundCanceled { refund });
            }
        }
    }

    fn dispute(&mut self, now: i64, charge: u32, inquiry: bool) {
        if let Some(dispute) = self.open_dispute(now, charge, inquiry) {
            self.plan_dispute(now, dispute, inquiry);
        }
    }

    fn open_dispute(&mut self, now: i64, charge: u32, inquiry: bool) -> Option<u32> {
        if !self.untouched(charge) {
            return None;
        }
        let (reason, network_code) = *self.random.pick(&DISPUTE_REASONS);
        let due_by = Some(end_of_day(now + self.random.between(7, 21) * DAY));
        self.disputes_opened += 1;
        Some(self.world.open_dispute(now, NewDispute { charge, inquiry, reason, network_code, due_by }))
    }

    /// Whether a payment was taken and nothing has happened to it since.
    fn untouched(&self, charge: u32) -> bool {
        let row = self.world.charges.at(charge);
        row.captured && row.dispute.is_none() && row.refunds.is_empty()
    }

    fn show_open_states(&mut self, now: i64) {
        let recent = (0..self.world.charges.end()).rev().filter(|charge| self.untouched(*charge));
        let mut recent = recent.skip(2).take(6).collect::<Vec<u32>>().into_iter();
        let mut next = || recent.next();
        let open = [next(), next(), next()];
        for (charge, inquiry) in open.into_iter().flatten().zip([false, true, false]) {
            self.open_dispute(now, charge, inquiry);
        }
        for (charge, (share, fate)) in
            recent.zip([(100, Fate::Pends), (50, Fate::NeedsCustomer), (30, Fate::Succeeds)])
        {
            self.refund(now, charge, share, fate);
        }
    }

    /// Disputes take turns in how they go on, so that a small history has each kind.
    fn plan_dispute(&mut self, now: i64, dispute: u32, inquiry: bool) {
        let turn = self.disputes_opened % 5;
        let answered = now + self.random.between(DAY, 6 * DAY);
        let closed = answered + self.random.between(20 * DAY, 70 * DAY);
        match (inquiry, turn) {
            (false, 0) => self.plan(now + 3_600, Action::Close { dispute, end: End::Prevented }),
            (false, 1 | 2) => {
                self.plan(answered, Action::Answer { dispute });
                self.plan(closed, Action::Close { dispute, end: End::Won });
            }
            (false, 3) => {
                self.plan(answered, Action::Answer { dispute });
                self.plan(closed, Action::Close { dispute, end: End::Lost });
            }
            // No answer: lost when the time is over.
            (false, _) => self.plan(now + 22 * DAY, Action::Close { dispute, end: End::Lost }),
            (true, 0 | 1) => {
                self.plan(answered, Action::Answer { dispute });
                self.plan(closed, Action::Close { dispute, end: End::WarningClosed });
            }
            (true, _) => self.plan(closed, Action::Close { dispute, end: End::WarningClosed }),
        }
    }

    fn answer(&mut self, now: i64, dispute: u32) {
        let row = self.world.disputes.edit(dispute);
        row.evidence.push(evidence());
        self.world.submit_evidence(now, dispute);
    }

    fn payouts(&mut self, now: i64) {
        self.plan(now + DAY, Action::Payouts);
        // 1970-01-01 was a Thursday: days 2 and 3 of this count are the weekend, when banks rest.
        if matches!((now / DAY).rem_euclid(7), 2 | 3) {
            return;
        }
        for currency in [USD, EUR, GBP] {
            if let Some(payout) = self.world.pay_out(now, currency) {
                let arrival = self.world.payouts.at(payout).arrival + 7 * 3_600;
                self.plan(arrival, Action::Arrives { payout });
                if self.random.chance(8_000) {
                    let at = arrival + self.random.between(DAY, 3 * DAY);
                    self.plan(at, Action::Returns { payout });
                }
            }
        }
    }
}

/// What the shop says about a disputed order.
pub(crate) fn evidence() -> (Text, Text) {
    (text("uncategorized_text"), text("Delivered and signed for; tracking attached."))
}

/// Whether this many charges are enough to show every rarity.
pub(crate) fn shows_rarities(charges: u32) -> bool {
    charges >= ENOUGH_FOR_RARITIES
}

#[cfg(test)]
mod tests;
